"""Radial spectra of random functions: what lies behind one mean frequency."""

from collections.abc import Iterable, Iterator

import numpy as np

from neural_redshift.complexity.fourier import amplitudes, multiplicity, radii
from neural_redshift.networks import function_files
from neural_redshift.networks.cells import network_rows
from neural_redshift.networks.functions import STATUSES
from neural_redshift.schemas import CELL_KEY
from neural_redshift.statistics import half_width
from neural_redshift.tables import Tensors

Array = np.ndarray
PRECISION = 2**12  # keeps the table of a study under 2 MB, and is finer than any interval


def radial_spectrum(functions: Array) -> Array:
    """a_r = mean of |f̃(k)| over r − ½ ≤ |k| < r + ½, over its mean over all k ≠ 0; r = 1, …, R cycles per domain.

    functions: (networks, *grid) → (networks, R), without unit; the full plane of the periodic FFT. R is k_max rounded
    down, and its ring takes what lies beyond it in the corner too. A flat spectrum is 1 at every radius; over all
    frequencies the mean is 1, whatever the amplitude and offset of the function. NaN for a constant function.
    """
    return ring_means(amplitudes(functions), functions.shape[1:])


def ring_means(amplitudes: Array, shape: tuple[int, ...]) -> Array:
    """The same from |f̃(k)| in the order of rfftn, (…, *half plane), 0 at k = 0: (…, R)."""
    radius = radii(shape)
    ring, counts = np.rint(radius), np.broadcast_to(multiplicity(shape), radius.shape)
    rings = np.arange(1, np.floor(radius.max()) + 1)
    members = counts.ravel()[:, None] * (np.minimum(ring, rings[-1]).ravel()[:, None] == rings)
    sums = amplitudes.reshape(len(amplitudes), -1).astype(np.float64) @ members
    sizes = members.sum(axis=0)
    with np.errstate(invalid="ignore"):
        return sums / sizes / (sums.sum(axis=1, keepdims=True) / sizes.sum())


def spectra(files: Iterable[Tensors]) -> dict[str, Array]:
    """Columns of `spectra`: the mean of a_r over the networks of each cell, with its interval, radius by radius.

    Rounded to four digits. A network that is constant or not finite has no spectrum, and is not counted.
    """
    parts = [part for tensors in files for part in _of_cells(tensors)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _of_cells(tensors: Tensors) -> Iterator[dict[str, Array]]:
    settings = function_files.settings_of_networks(tensors)
    for start in range(0, function_files.count(tensors), settings["networks"]):
        stop = start + settings["networks"]
        keys, functions = network_rows(settings, start, stop), function_files.read(tensors, "", start, stop)
        found = radial_spectrum(functions.values)[functions.status == STATUSES.index("ok")]
        radius, n = np.arange(1, found.shape[1] + 1), len(found)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = found.sum(axis=0) / n
            half = half_width(np.sqrt(((found - mean) ** 2).sum(axis=0) / (n - 1)), n)
        yield {
            **{field.name: np.repeat(keys[field.name][0], len(radius)) for field in CELL_KEY},
            "radius": radius,
            "amplitude": _rounded(mean),
            "low": _rounded(mean - half),
            "high": _rounded(mean + half),
            "n": np.full(len(radius), n),
        }


def _rounded(values: Array) -> Array:
    """To a relative precision of 1/4096."""
    mantissa, exponent = np.frexp(values)
    return np.ldexp(np.rint(mantissa * PRECISION) / PRECISION, exponent)
