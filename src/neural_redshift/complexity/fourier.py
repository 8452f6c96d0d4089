"""Mean frequency of the discrete Fourier transform, the paper's measure."""

import numpy as np
from scipy import fft

from neural_redshift.complexity.averages import average_order, centred, norms

Array = np.ndarray


def radii(shape: tuple[int, ...]) -> Array:
    """|k| of every frequency that `rfftn` returns, in cycles per domain."""
    return norms([np.fft.fftfreq(n, 1 / n) for n in shape[:-1]] + [np.arange(shape[-1] // 2 + 1)])


def multiplicity(shape: tuple[int, ...]) -> Array:
    """How often each frequency of `rfftn` stands in the full plane: 2, or 1 where the last axis mirrors itself."""
    last = np.arange(shape[-1] // 2 + 1)
    return np.where((last == 0) | (2 * last == shape[-1]), 1, 2)


def amplitudes(functions: Array) -> Array:
    """|f̃(k)| of functions (networks, *grid), on the half plane of `rfftn`."""
    return np.abs(fft.rfftn(centred(functions), axes=tuple(range(1, functions.ndim))))


def fourier(functions: Array) -> Array:
    """C = Σ_{k≠0} |f̃(k)| |k| / (k_max Σ_{k≠0} |f̃(k)|), over the full plane of the periodic FFT.

    functions: (networks, *grid) → (networks,), without unit, in [0, 1]; k_max is the largest |k| of the grid.
    NaN for a constant function. White noise: .541 in two dimensions. A plane scores .190, .165, .141 on
    64, 128, 300 points: the FFT sees the jump at the border (`cosine` does not).

    Teney et al. 2024, section 3.
    """
    radius = radii(functions.shape[1:])
    return average_order(amplitudes(functions) * multiplicity(functions.shape[1:]), radius / radius.max())


def white_noise_level(shape: tuple[int, ...]) -> float:
    """The value of a flat spectrum on this grid: the mean of |k|/k_max over every k ≠ 0."""
    radius = radii(shape)
    flat = np.broadcast_to(multiplicity(shape), radius.shape)[None]
    return float(average_order(flat, radius / radius.max())[0])


measure = fourier
