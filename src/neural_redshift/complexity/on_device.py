"""The measures in torch, for functions that lie on a GPU: formulas and names are those of the CPU's.

functions: (networks, *grid), float32 or float64, on any device → (networks,) there, float64. Of the same functions the
numbers differ from the CPU's by at most 1e-5 (absolute and relative; polynomials on fewer than 28 points an axis by
more, `docs/gpu.md`), those of Lempel-Ziv not at all (phrases: int64).
Sums run over tiles of `TOGETHER` functions, so that a number does not depend on the other functions. A product with a
matrix an axis takes the place of the DCT as of the fits.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial, wraps
from typing import Any

import numpy as np
import torch
from numpy.polynomial.chebyshev import chebvander
from numpy.polynomial.legendre import legvander
from scipy import fft
from torch import Tensor

from neural_redshift.complexity import cosine as of_cosine
from neural_redshift.complexity import fourier as of_fourier
from neural_redshift.complexity.averages import norms
from neural_redshift.complexity.sequences import scan
from neural_redshift.device import InFlight
from neural_redshift.networks.cells import Cell
from neural_redshift.networks.on_device import OnDevice, batches
from neural_redshift.tiles import deterministic, in_tiles

Array = np.ndarray
Measure = Callable[..., Tensor]
TOGETHER = 256  # functions a tile


def tiled(measure: Measure) -> Measure:
    """The measure, of one tile after the other."""

    @wraps(measure)
    def of_all(functions: Tensor, **options: Any) -> Tensor:
        with deterministic():
            parts = [measure(tile, **options)[:size] for size, tile in in_tiles(functions, TOGETHER)]
        return torch.cat(parts) if parts else functions.new_empty(0, dtype=torch.float64)

    return of_all


@tiled
def fourier(functions: Tensor) -> Tensor:
    """`complexity.fourier` in torch."""
    shape = functions.shape[1:]
    radius = of_fourier.radii(shape)
    sizes = _spectrum(functions) * _like(of_fourier.multiplicity(shape), functions)
    return _average_order(sizes, radius / radius.max())


@tiled
def fourier_authors(functions: Tensor) -> Tensor:
    """`complexity.fourier_authors` in torch."""
    halves = [n // 2 + 1 for n in functions.shape[1:]]
    quadrant = _spectrum(functions)[(slice(None), *(slice(0, half) for half in halves))]
    radius = np.rint(norms([np.arange(half) for half in halves]))
    return _average_order(quadrant, radius / radius.max())


@tiled
def cosine(functions: Tensor) -> Tensor:
    """`complexity.cosine` in torch, by the matrix of the DCT."""
    radius = of_cosine.radii(functions.shape[1:])
    sizes = _along_axes(functions, [_dct(points) for points in functions.shape[1:]]).abs()
    return _average_order(sizes, radius / radius.max())


@tiled
def chebyshev(functions: Tensor, degree: int = 15) -> Tensor:
    """`complexity.chebyshev` in torch. Raises ValueError where an axis has no more points than `degree`."""
    return _mean_order(functions, chebvander, degree)


@tiled
def legendre(functions: Tensor, degree: int = 15) -> Tensor:
    """`complexity.legendre` in torch. Raises ValueError where an axis has no more points than `degree`."""
    return _mean_order(functions, legvander, degree)


@tiled
def total_variation(functions: Tensor) -> Tensor:
    """`complexity.total_variation` in torch."""
    values = functions.double()
    span = values.amax(1) - values.amin(1)
    return values.diff(dim=1).abs().sum(1) / span.where(span != 0, torch.nan)


def lempel_ziv(functions: Tensor, levels: int = 10, scan_order: str = "row") -> Tensor:
    """`complexity.lempel_ziv` in torch: the same phrases."""
    return phrases(_symbols(functions, levels, scan_order), levels)


def lempel_ziv_76(functions: Tensor, levels: int = 10, scan_order: str = "row") -> Tensor:
    """`complexity.lempel_ziv_76` in torch: the same words."""
    symbols = _symbols(functions, levels, scan_order)
    scale = float(np.log2(symbols.shape[1]))
    constant = (symbols == symbols[:, :1]).all(1)
    both = words(symbols) + words(symbols.flip(1))
    return torch.where(constant, scale, scale * both.double() / 2)


MEASURES: dict[str, Measure] = {
    "fourier": fourier,
    "fourier_authors": fourier_authors,
    "cosine": cosine,
    "chebyshev": chebyshev,
    "legendre": legendre,
    "total_variation": total_variation,
    "lempel_ziv": lempel_ziv,
    "lempel_ziv_76": lempel_ziv_76,
}


def load(measure: str, **options: Any) -> Measure:
    """The measure of that name with its options, as `measuring.load` has it for arrays."""
    return partial(MEASURES[measure], **options)


def of_arrays(place: torch.device, measure: str, **options: Any) -> Callable[[Array], Array]:
    """`measuring.load` on a device: functions are taken there, as many at once as fit, and numbers come back."""
    on_device, flight = load(measure, **options), InFlight()

    def measured(functions: Array) -> Array:
        def run(piece: Sequence[int]) -> Array:
            return on_device(torch.tensor(functions[piece[0] : piece[-1] + 1], device=place)).double().cpu().numpy()

        return np.concatenate([np.empty(0), *flight.run(range(len(functions)), run)])

    return measured


def measure_cell(
    cell: Cell, seed: int, networks: int, grid_points: int, measures: Mapping[str, Measure], place: torch.device
) -> dict[str, Array]:
    """Status, float64 and every measure of networks 0 … `networks` − 1 of a cell, whose functions stay on the device.

    The values are arrays (networks,); NaN where the status is not ok.
    """

    def measured(found: OnDevice) -> dict[str, Tensor]:
        ok = found.status == 0
        values = {name: measure(found.values).double() for name, measure in measures.items()}
        columns = {name: value.where(ok, torch.nan) for name, value in values.items()}
        return {
            name: part.cpu() for name, part in {"status": found.status, "float64": found.float64, **columns}.items()
        }

    parts = list(batches(cell, seed, networks, grid_points, place, measured))
    return {name: torch.cat([part[name] for part in parts]).numpy() for name in parts[0]}


def phrases(sequences: Tensor, symbols: int) -> Tensor:
    """LZ78 phrases of sequences (sequences, length) of 0 … `symbols` − 1, all at once: (sequences,), int64.

    Each sequence walks through a trie of its own, one symbol a step. A node is the place of its first child in the
    table of all tries; a child that is 0 is none.
    """
    room = (most_phrases(sequences.shape[1], symbols) + 1) * symbols
    root = room * torch.arange(len(sequences), device=sequences.device)
    tries = torch.zeros(room * len(sequences), dtype=torch.int64, device=sequences.device)
    node, fresh = root, root + symbols
    # Each sequence writes to its own trie, so the order of writing does not matter, and to sort it takes long.
    with deterministic(False):
        for symbol in sequences.T.contiguous():
            place = node + symbol
            child = tries[place]
            leaves = child == 0
            tries[place] = torch.where(leaves, fresh, child)
            node = torch.where(leaves, root, child)
            fresh = fresh.add(leaves, alpha=symbols)
    return (fresh - root) // symbols - 1


def most_phrases(length: int, symbols: int) -> int:
    """The largest number of distinct phrases with at most `length` symbols in all: every short one comes first."""
    found, size = 0, 1
    while fits := min(symbols**size, length // size):
        found, length, size = found + fits, length - fits * size, size + 1
    return found


def words(sequences: Tensor) -> Tensor:
    """Words of the exhaustive history (Lempel & Ziv 1976) of sequences (sequences, length): (sequences,), int64.

    Of every place, whether a copy of the word so far ends there: as it did one place and one symbol earlier, if the
    symbols agree. Where no copy is left the word is complete. Quadratic in the length, but without a branch.
    """
    rows, length = sequences.shape
    copies = torch.ones(rows, length + 1, dtype=torch.bool, device=sequences.device)
    found = torch.zeros(rows, dtype=torch.int64, device=sequences.device)
    complete = torch.ones_like(found, dtype=torch.bool)
    for position in range(length):
        same = sequences[:, :position] == sequences[:, position : position + 1]
        here = copies[:, :position] & same
        complete = ~here.any(1)
        found += complete
        copies[:, 1 : position + 1] = here | complete[:, None]
        copies[:, 0] = complete
    return found + ~complete


def _spectrum(functions: Tensor) -> Tensor:
    return torch.fft.rfftn(_centred(functions), dim=_axes(functions)).abs()


def _average_order(amplitudes: Tensor, order: Array) -> Tensor:
    """`averages.average_order` in torch, with sums in place of a product, which rounds a row by its place."""
    flat = amplitudes.flatten(1)[:, 1:].double()
    return (flat * _like(order.ravel()[1:], flat)).sum(1) / flat.sum(1)


def _centred(functions: Tensor) -> Tensor:
    shifted = functions - functions[(slice(None), *[slice(0, 1)] * (functions.ndim - 1))]
    return shifted - shifted.mean(_axes(functions), keepdim=True)


def _mean_order(functions: Tensor, vandermonde: Callable[[Array, int], Array], degree: int) -> Tensor:
    sizes = _along_axes(functions, [_fit(vandermonde, degree, points) for points in functions.shape[1:]]).abs()
    return _average_order(sizes, np.indices(sizes.shape[1:]).sum(axis=0))


def _along_axes(functions: Tensor, matrices: Sequence[Array]) -> Tensor:
    """Centred functions with each axis multiplied by its matrix."""
    values = _centred(functions)
    for axis, matrix in enumerate(matrices, start=1):
        values = (values.movedim(axis, -1) @ _like(matrix, values).T).movedim(-1, axis)
    return values


@cache
def _dct(points: int) -> Array:
    return fft.dct(np.eye(points), axis=0, norm="ortho")


@cache
def _fit(vandermonde: Callable[[Array, int], Array], degree: int, points: int) -> Array:
    if points <= degree:
        raise ValueError(f"degree {degree} found on {points} points; a fit needs more points than its degree")
    return np.linalg.pinv(vandermonde(np.linspace(-1, 1, points), degree))


def _symbols(functions: Tensor, levels: int, scan_order: str) -> Tensor:
    """`sequences.discretise` in torch, in the order of `scan`: (networks, points)."""
    if levels < 2:
        raise ValueError(f"levels {levels} found; a sequence needs 2 or more")
    flat = functions.flatten(1)
    lowest = flat.amin(1, keepdim=True)
    span = flat.amax(1, keepdim=True) - lowest
    scaled = (flat - lowest) / span.where(span != 0, 1) * levels
    order = torch.from_numpy(scan(tuple(functions.shape[1:]), scan_order)).to(flat.device)
    return scaled.int().clamp(max=levels - 1)[:, order]


def _axes(functions: Tensor) -> tuple[int, ...]:
    return tuple(range(1, functions.ndim))


def _like(array: Array, tensor: Tensor) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array)).to(tensor)
