"""Activations φ and their derivatives φ′ on numpy arrays in float64, for the mean-field theory.

They are those of `networks.activations`, which needs torch (a test compares). An activation without a row has no row in
`mean_field` either.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import expit, ndtr

Array = np.ndarray
SCALE, BELOW = 1.0507009873554805, 1.6732632423543772  # of SELU (Klambauer et al. 2017)


class Response(NamedTuple):
    """φ and φ′, elementwise."""

    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]


def density(z: Array) -> Array:
    """exp(−z²/2)/√(2π)."""
    return np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


def selu(z: Array) -> Array:
    """λ z where z > 0, λ a (exp(z) − 1) elsewhere."""
    return SCALE * np.where(z > 0, z, BELOW * np.expm1(np.minimum(z, 0)))


def selu_slope(z: Array) -> Array:
    """λ where z > 0, λ a exp(z) elsewhere."""
    return SCALE * np.where(z > 0, 1.0, BELOW * np.exp(np.minimum(z, 0)))


RESPONSES: dict[str, Response] = {
    "relu": Response(lambda z: np.maximum(z, 0), lambda z: (z > 0).astype(float)),
    "gelu": Response(lambda z: z * ndtr(z), lambda z: ndtr(z) + z * density(z)),
    "swish": Response(lambda z: z * expit(z), lambda z: expit(z) * (1 + z * expit(-z))),
    "selu": Response(selu, selu_slope),
    "tanh": Response(np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "gaussian": Response(lambda z: np.exp(-(z**2)), lambda z: -2 * z * np.exp(-(z**2))),
    "gaussian_half": Response(lambda z: np.exp(-(z**2) / 2), lambda z: -z * np.exp(-(z**2) / 2)),
    "sin": Response(np.sin, np.cos),
    "sigmoid": Response(expit, lambda z: expit(z) * expit(-z)),
}
