"""Mean order of the Legendre polynomials that fit a function."""

import numpy as np
from numpy.polynomial.legendre import legvander

from neural_redshift.complexity.polynomial import mean_order

Array = np.ndarray


def legendre(functions: Array, degree: int = 15) -> Array:
    """Σ_{n≠0} |c_n| |n| / Σ_{n≠0} |c_n|, c_n the Legendre coefficients of the least-squares fit.

    functions: (networks, *grid) → (networks,), in orders, between 1 and d·degree; |n| is the total order
    over the d axes; NaN for a constant function. Teney et al. 2024, section 3.

    Raises ValueError where an axis has no more points than `degree`.
    """
    return mean_order(functions, legvander, degree)


measure = legendre
