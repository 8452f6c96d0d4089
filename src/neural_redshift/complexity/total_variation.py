"""How much a function goes up and down along a path."""

import numpy as np

Array = np.ndarray


def total_variation(functions: Array) -> Array:
    """TV = Σ_i |f(x_{i+1}) − f(x_i)| / (max f − min f) on evenly spaced points of a path.

    functions: (networks, points) → (networks,), without unit, from 1 (it rises, or falls, all the way) to
    points − 1; NaN for a constant function. White noise of n normal values has about 2(n − 1)/√π over their range.
    Variation along paths between data points is what Teney et al. 2025 look at; the range makes it blind to amplitude.
    """
    values = functions.astype(np.float64)
    span = np.ptp(values, axis=1)
    with np.errstate(invalid="ignore"):
        return np.abs(np.diff(values, axis=1)).sum(axis=1) / np.where(span == 0, np.nan, span)
