"""Mean frequency of the discrete cosine transform: the Fourier measure without its leak."""

import numpy as np
from scipy import fft

from neural_redshift.complexity.averages import average_order, centred, norms

Array = np.ndarray


def amplitudes(functions: Array) -> Array:
    """|DCT-II coefficients| of functions (networks, *grid), orthonormal."""
    return np.abs(fft.dctn(centred(functions), type=2, axes=tuple(range(1, functions.ndim)), norm="ortho"))


def radii(shape: tuple[int, ...]) -> Array:
    """|k| of every coefficient, in half cycles per domain."""
    return norms([np.arange(n) for n in shape])


def cosine(functions: Array) -> Array:
    """C = Σ_{k≠0} |f̃(k)| |k| / (k_max Σ_{k≠0} |f̃(k)|), f̃ the orthonormal DCT-II.

    functions: (networks, *grid) → (networks,), in [0, 1]; NaN for a constant function. The even extension
    has no jump at the border, so a plane scores .006 on 300 points where the FFT gives .141. White noise
    scores .541, as with the FFT.
    """
    radius = radii(functions.shape[1:])
    return average_order(amplitudes(functions), radius / radius.max())


measure = cosine
