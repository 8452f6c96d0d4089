"""Functions on the regular grid, as they are kept.

A function is kept as its smallest and largest value (float64) and its shape, scaled to [0, 1]
(float32): measures do not see amplitude and offset, and a function that varies little about a large
mean loses nothing to rounding.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

Array = np.ndarray
STATUSES = ("ok", "constant", "non_finite")
CONSTANT = 1e-9  # of the largest magnitude: below it float64 rounding would


class Functions(NamedTuple):
    """A batch of functions: values (networks, *grid) in [0, 1], their scale, and how they were found."""

    values: Array
    minimum: Array
    maximum: Array
    status: Array
    float64: Array


def grid(points: int, inputs: int, dtype: type = np.float32) -> Array:
    """The regular grid on [−1, 1]ᵈ, ends included: shape (inputs, points**inputs), first input slowest."""
    axis = np.linspace(-1, 1, points)
    return np.stack(np.meshgrid(*[axis] * inputs, indexing="ij")).reshape(inputs, -1).astype(dtype)


def scale(outputs: Array, float64: Array) -> Functions:
    """Scale outputs (networks, *grid) to [0, 1] and say of each whether it is constant or not finite."""
    flat = outputs.reshape(len(outputs), -1)
    with np.errstate(over="ignore", invalid="ignore"):
        finite = np.isfinite(np.ptp(flat, axis=1))
    flat = np.where(finite[:, None], flat, 0)
    minimum, maximum = flat.min(axis=1), flat.max(axis=1)
    constant = maximum - minimum <= CONSTANT * np.maximum(np.abs(minimum), np.abs(maximum))
    values = (flat - minimum[:, None]) / np.where(constant, 1, maximum - minimum)[:, None]
    values[constant] = 0
    status = np.where(finite, np.where(constant, 1, 0), 2).astype(np.uint8)
    missing = np.where(finite, 0, np.nan)
    return Functions(
        values.astype(np.float32).reshape(outputs.shape), minimum + missing, maximum + missing, status, float64
    )


def chunks(networks: int, numbers: int, bytes_at_once: int = 2**26) -> Iterator[Array]:
    """Networks 0, 1, …, as many at a time as fit `bytes_at_once` if each takes that many float64 numbers.

    Results do not depend on it.
    """
    together = max(1, bytes_at_once // (8 * numbers))
    for first in range(0, networks, together):
        yield np.arange(first, min(first + together, networks))
