"""The estimator of the authors' public code, which keeps a quadrant and rounds radii into bins."""

import numpy as np
from scipy import fft

from neural_redshift.complexity.averages import average_order, centred, norms

Array = np.ndarray


def fourier_authors(functions: Array) -> Array:
    """C = Σ_r r S(r) / (r_max Σ_r S(r)), S(r) = Σ |f̃(k)| over k ≥ 0 in both axes with round(|k|) = r.

    functions: (networks, *grid) → (networks,), in [0, 1]; NaN for a constant function. k runs over
    0…N/2 on each axis and r_max is the largest rounded radius.

    Code of Teney et al. 2024.
    """
    halves = [n // 2 + 1 for n in functions.shape[1:]]
    spectra = np.abs(fft.rfftn(centred(functions), axes=tuple(range(1, functions.ndim))))
    quadrant = spectra[(slice(None), *(slice(0, half) for half in halves))]
    radius = np.rint(norms([np.arange(half) for half in halves]))
    return average_order(quadrant, radius / radius.max())


measure = fourier_authors
