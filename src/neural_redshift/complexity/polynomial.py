"""Polynomial fits on the grid, which the Chebyshev and Legendre measures share."""

from collections.abc import Callable

import numpy as np

from neural_redshift.complexity.averages import average_order, centred

Array = np.ndarray


def coefficients(functions: Array, vandermonde: Callable[[Array, int], Array], degree: int) -> Array:
    """Least-squares coefficients in a product basis, `degree` an axis: (networks, degree + 1, …).

    The grid is a product, so the fit is one small pseudo-inverse an axis: c = V⁺ f for each axis in turn.
    Degree 15 is well behaved (condition 2.8 on 64 points), degree 31 is not (83).

    Raises ValueError where an axis has no more points than `degree`.
    """
    fitted = centred(functions)
    for axis, points in enumerate(functions.shape[1:], start=1):
        if points <= degree:
            raise ValueError(f"degree {degree} found on {points} points; a fit needs more points than its degree")
        inverse = np.linalg.pinv(vandermonde(np.linspace(-1, 1, points), degree)).astype(functions.dtype)
        fitted = np.moveaxis(np.moveaxis(fitted, axis, -1) @ inverse.T, -1, axis)
    return fitted


def mean_order(functions: Array, vandermonde: Callable[[Array, int], Array], degree: int) -> Array:
    """Σ_{n≠0} |c_n| |n| / Σ_{n≠0} |c_n|, |n| = total order over the axes: (networks,)."""
    sizes = np.abs(coefficients(functions, vandermonde, degree))
    orders = np.indices(sizes.shape[1:]).sum(axis=0)
    return average_order(sizes, orders)
