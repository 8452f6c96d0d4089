"""Priors over weights and biases: a law (the shape of the distribution) and its scales.

Every law has the standard deviation s/√3 of the uniform law U(−s, s) that the paper uses, except
Cauchy, which has none and gets the same quartiles ±s/2. A new prior is one row of `PRIORS`.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from neural_redshift.seeds import uniform

Array = np.ndarray


def uniform_law(words: Array, count: int) -> Array:
    """U(−1, 1), one word a number."""
    return uniform(words[:, :count])


def student_law(degrees_of_freedom: float) -> Callable[[Array, int], Array]:
    """Student's t by Bailey's polar method (Math. Comp. 62, 1994), two words a number.

    t = √(ν (U^(−2/ν) − 1)) cos(2πV); ν → ∞ is Box–Muller's normal, ν = 1 is Cauchy. Computed in
    float64, because cos and the power differ between libraries in the last bits of float32.
    """

    def law(words: Array, count: int) -> Array:
        u = (words[:, :count] + 0.5) * 2.0**-32
        v = (words[:, count : 2 * count] + 0.5) * 2.0**-32
        nu = degrees_of_freedom
        if np.isinf(nu):
            radius, scale = np.sqrt(-2 * np.log(u)), 3**-0.5
        else:
            radius = np.sqrt(nu * (u ** (-2 / nu) - 1))
            scale = ((nu - 2) / nu / 3) ** 0.5 if nu > 2 else 0.5
        return (scale * radius * np.cos(2 * np.pi * v)).astype(np.float32)

    return law


def ball_law(words: Array, count: int) -> Array:
    """Uniform in a ball of `count` dimensions, radius √((count + 2)/3): standard deviation 1/√3."""
    direction = student_law(np.inf)(words, count).astype(np.float64)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    depth = (words[:, 2 * count : 2 * count + 1] + 0.5) * 2.0**-32
    radius = np.sqrt((count + 2) / 3) * depth ** (1 / count)
    return (radius * direction).astype(np.float32)


def glorot(fan_in: int, fan_out: int) -> float:
    """√(6/(fan_in + fan_out)) (Glorot & Bengio 2010)."""
    return (6 / (fan_in + fan_out)) ** 0.5


def fan_in(fan_in: int, fan_out: int) -> float:
    """√(3/fan_in): Glorot's value where a layer is square, but width leaves the first layer alone."""
    return (3 / fan_in) ** 0.5


def unscaled(fan_in: int, fan_out: int) -> float:
    """1."""
    return 1.0


class Prior(NamedTuple):
    """Weights ~ law · α · weight_scale(fan_in, fan_out); biases ~ law · β (· α if biases_scaled)."""

    law: Callable[[Array, int], Array]
    weight_scale: Callable[[int, int], float]
    biases_scaled: bool = False

    def words(self, count: int) -> int:
        """Random words that one draw of `count` numbers takes."""
        return count if self.law is uniform_law else 2 * count + 1


PRIORS: dict[str, Prior] = {
    "glorot": Prior(uniform_law, glorot),
    "fan_in": Prior(uniform_law, fan_in),
    "biases_scaled": Prior(uniform_law, glorot, biases_scaled=True),
    "gaussian": Prior(student_law(np.inf), glorot),
    "ball": Prior(ball_law, glorot),
    "student_t": Prior(student_law(3), glorot),
    "cauchy": Prior(student_law(1), glorot),
    "authors_code": Prior(uniform_law, unscaled, biases_scaled=True),
}
