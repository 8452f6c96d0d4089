"""E φ(u) φ(v) of normal (u, v) with mean 0, variances q and q′ and covariance k: closed forms, elementwise on arrays.

An activation without a row has no expected spectrum.
"""

from collections.abc import Callable
from functools import cache
from itertools import combinations_with_replacement

import numpy as np
from scipy import stats

Array = np.ndarray
Kernel = Callable[[Array, Array, Array], Array]
SCALES = 6  # of the mixture that is tanh; the largest error of tanh is 3e-6
KOLMOGOROV = (0.05, 4.0)  # outside of it that law has no mass


def linear(k: Array, q: Array, q2: Array) -> Array:
    """Of φ(z) = z."""
    return k


def relu(k: Array, q: Array, q2: Array) -> Array:
    """√(qq′) (sin θ + (π − θ) cos θ)/2π, cos θ = k/√(qq′) (Cho & Saul 2009, the arc-cosine kernel of order 1)."""
    scale = np.sqrt(q * q2)
    c = np.clip(k / scale, -1.0, 1.0)
    return scale * (np.sqrt((1 - c) * (1 + c)) + (np.pi - np.arccos(c)) * c) / (2 * np.pi)


def sin(k: Array, q: Array, q2: Array) -> Array:
    """exp(−(q + q′)/2) sinh k."""
    return (np.exp(k - (q + q2) / 2) - np.exp(-k - (q + q2) / 2)) / 2


def gaussian(k: Array, q: Array, q2: Array) -> Array:
    """1/√((1 + 2q)(1 + 2q′) − 4k²), of exp(−z²)."""
    return 1 / np.sqrt((1 + 2 * q) * (1 + 2 * q2) - 4 * k**2)


def gaussian_half(k: Array, q: Array, q2: Array) -> Array:
    """1/√((1 + q)(1 + q′) − k²), of exp(−z²/2)."""
    return gaussian(k / 2, q / 2, q2 / 2)


def erf(k: Array, q: Array, q2: Array, scale: float = 1.0, scale2: float = 1.0) -> Array:
    """2/π arcsin(2 s s′ k/√((1 + 2s²q)(1 + 2s′²q′))), of erf(s z) and erf(s′ z) (Williams 1997)."""
    bound = np.sqrt((1 + 2 * scale**2 * q) * (1 + 2 * scale2**2 * q2))
    return 2 / np.pi * np.arcsin(2 * scale * scale2 * k / bound)


def tanh(k: Array, q: Array, q2: Array) -> Array:
    """Of tanh z = Σ p_i erf(s_i z): a sum over pairs of scales."""
    scales, shares = tanh_as_erfs()
    found = np.zeros(np.broadcast_shapes(k.shape, q.shape, q2.shape))
    for i, j in combinations_with_replacement(range(len(scales)), 2):
        found += shares[i] * shares[j] * erf(k, q, q2, scales[i], scales[j])
        if i != j:
            found += shares[i] * shares[j] * erf(k, q, q2, scales[j], scales[i])
    return found


@cache
def tanh_as_erfs() -> tuple[Array, Array]:
    """Scales s and shares p of tanh z = Σ p_i erf(s_i z).

    A logistic variable is 2K times a normal one, where K follows the law of Kolmogorov (Andrews & Mallows 1974;
    Stefanski 1991), so that tanh z = E erf(z/(√2 K)). The nodes are Gauss's for the law of ln K, from the recurrence of
    its orthogonal polynomials (Golub & Welsch 1969).
    """
    low, high = np.log(KOLMOGOROV)
    x, weights = np.polynomial.legendre.leggauss(400)
    places = low + (high - low) * (1 + x) / 2
    mass = weights * stats.kstwobign.pdf(np.exp(places)) * np.exp(places)
    basis = [np.sqrt(mass / mass.sum())]
    diagonal, beside = [], [0.0]
    for _ in range(SCALES):
        rest = places * basis[-1]
        diagonal.append(float(rest @ basis[-1]))
        for each in basis * 2:  # twice, against rounding
            rest = rest - (rest @ each) * each
        beside.append(float(np.linalg.norm(rest)))
        basis.append(rest / beside[-1])
    found, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(beside[1:-1], 1) + np.diag(beside[1:-1], -1))
    return np.exp(-found) / np.sqrt(2), vectors[0] ** 2


KERNELS: dict[str, Kernel] = {
    "relu": relu,
    "tanh": tanh,
    "gaussian": gaussian,
    "gaussian_half": gaussian_half,
    "sin": sin,
}
