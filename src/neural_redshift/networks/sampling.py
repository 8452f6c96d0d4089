"""Random functions on the grid: draw a batch of networks, evaluate it, and keep what is exact.

A function is kept as its smallest and largest value (float64) and its shape, scaled to [0, 1]
(float32): measures do not see amplitude and offset, and a function that varies little about a large
mean loses nothing to rounding.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from neural_redshift.networks import fourier_model, mlp
from neural_redshift.networks.cells import cells

Array = np.ndarray
STATUSES = ("ok", "constant", "non_finite")
SMALL_RANGE = 0.1  # of the largest magnitude: below it float32 rounding begins to look complex
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


def sample(cell: mlp.Cell, seed: int, networks: Array, grid_points: int) -> Functions:
    """Evaluate the given networks of a cell on the grid.

    Computed in float32, and again in float64 where the range of the output is under a tenth of its
    magnitude or a value is not finite. `status` indexes `STATUSES`: a function whose range is still
    under 1e-9 of its magnitude is constant (values 0), one with a value that is not finite is
    non_finite (values 0, minimum and maximum NaN). None is dropped.
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        if cell.variant == "unbiased":
            coefficients = fourier_model.draw(seed, cell.weight_magnitude, networks, grid_points, cell.inputs)
            outputs = fourier_model.forward(coefficients).reshape(len(networks), -1)
            float64 = np.ones(len(networks), bool)
        else:
            layers = mlp.draw(cell, seed, networks)
            outputs = mlp.forward(cell, layers, grid(grid_points, cell.inputs)).astype(np.float64)
            float64 = ~(np.ptp(outputs, axis=1) >= SMALL_RANGE * np.abs(outputs).max(axis=1))
            if float64.any():
                precise = mlp.in_float64(layers, float64)
                outputs[float64] = mlp.forward(cell, precise, grid(grid_points, cell.inputs, np.float64))
    return scale(outputs.reshape(len(networks), *[grid_points] * cell.inputs), float64)


def scale(outputs: Array, float64: Array) -> Functions:
    """Scale outputs (networks, *grid) to [0, 1] and say of each whether it is constant or not finite."""
    flat = outputs.reshape(len(outputs), -1)
    finite = np.isfinite(flat).all(axis=1)
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


def chunks(networks: int, grid_size: int, bytes_at_once: int = 2**26) -> Iterator[Array]:
    """Numbers of networks, as many at a time as fit `bytes_at_once` in float64. Results do not depend on it."""
    together = max(1, bytes_at_once // (8 * grid_size))
    for first in range(0, networks, together):
        yield np.arange(first, min(first + together, networks))


def sample_study(settings: Mapping[str, Any]) -> Iterator[tuple[int, Functions]]:
    """Functions of all networks of a study, variant and activation, in the order of `network_rows`.

    Yields the row of the first network and a batch, so that memory does not grow with the study.
    """
    for number, cell in enumerate(cells(settings)):
        for networks in chunks(settings["networks"], settings["grid_points"] ** cell.inputs):
            row = number * settings["networks"] + int(networks[0])
            yield row, sample(cell, settings["seed"], networks, settings["grid_points"])


def function_shapes(settings: Mapping[str, Any]) -> dict[str, tuple[type, tuple[int, ...]]]:
    """Type and shape of each tensor that `sample_study` fills."""
    rows = len(cells(settings)) * settings["networks"]
    shapes: dict[str, tuple[type, tuple[int, ...]]] = {"values": (np.float32, (rows, *[settings["grid_points"]] * 2))}
    return shapes | {
        "minimum": (np.float64, (rows,)),
        "maximum": (np.float64, (rows,)),
        "status": (np.uint8, (rows,)),
        "float64": (np.uint8, (rows,)),
    }
