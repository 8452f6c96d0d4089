"""Random functions on the grid: draw a batch of networks, evaluate it, and keep what is exact."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from neural_redshift.networks import fourier_model, mlp
from neural_redshift.networks.cells import Cell, cells
from neural_redshift.networks.functions import Functions, chunks, grid, scale

Array = np.ndarray
PRECISIONS = ("automatic", "float32", "float64")
PROBED = 64  # points, at which float32 is held to float64
ROUNDING = 1e-5  # of the range: above it rounding begins to look complex
GOLDEN = (5**0.5 - 1) / 2  # multiples of it, modulo 1, lie apart, and in no row of a grid


def sample(cell: Cell, seed: int, networks: Array, grid_points: int, precision: str = "automatic") -> Functions:
    """Evaluate the given networks of a cell on the grid.

    Computed in float32, and again in float64 where rounding is not small beside the range of the output
    (`exact_in_float32`); with `precision` float32 never, with float64 always (the Fourier
    model is float64 in any case). `status` indexes `STATUSES`: a function whose range is still
    under 1e-9 of its magnitude is constant (values 0), one with a value that is not finite is
    non_finite (values 0, minimum and maximum NaN). None is dropped.

    Raises ValueError for a precision that is none of `PRECISIONS`.
    """
    if cell.variant == "unbiased":
        _known(precision)
        coefficients = fourier_model.draw(seed, cell.weight_magnitude, networks, grid_points, cell.inputs)
        outputs, float64 = fourier_model.forward(coefficients), np.ones(len(networks), bool)
    else:
        layers = mlp.draw(cell, seed, networks)
        outputs, float64 = evaluate(cell, layers, grid(grid_points, cell.inputs, np.float64), precision)
    return scale(outputs.reshape(len(networks), *[grid_points] * cell.inputs), float64)


def evaluate(
    cell: Cell, layers: list[mlp.Layer[Array]], points: Array, precision: str = "automatic"
) -> tuple[Array, Array]:
    """Outputs of networks, (networks, points), at float64 points (inputs, points); which were computed in float64.

    Computed as `sample` says.
    """
    _known(precision)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        outputs = mlp.forward(cell, layers, points.astype(np.float32)).astype(np.float64)
        if precision == "automatic":
            float64 = ~exact_in_float32(cell, layers, points, outputs)
        else:
            float64 = np.full(len(outputs), precision == "float64")
        if float64.any():
            outputs[float64] = mlp.forward(cell, mlp.in_float64(layers, float64), points)
    return outputs, float64


def exact_in_float32(cell: Cell, layers: list[mlp.Layer[Array]], points: Array, outputs: Array) -> Array:
    """Which networks, as a mask, have outputs in float32 (networks, points) whose error no measure sees.

    At some of the points, spread evenly, the root mean square of the difference from float64, an offset aside, is at
    most 1e-5 of the range of the output; and so is half a unit in the last place of its largest magnitude.
    """
    probe, everyone = probed(points.shape[1]), np.ones(len(outputs), bool)
    error = np.std(outputs[:, probe] - mlp.forward(cell, mlp.in_float64(layers, everyone), points[:, probe]), axis=1)
    last_place = np.finfo(np.float32).epsneg * np.abs(outputs).max(axis=1)
    return np.maximum(error, last_place) <= ROUNDING * np.ptp(outputs, axis=1)


def probed(points: int) -> Array:
    """Where of so many points float32 is held to float64."""
    spread = np.arange(PROBED) * GOLDEN % 1 * points
    return np.unique(spread.astype(int)) if points > PROBED else np.arange(points)


def _known(precision: str) -> None:
    if precision not in PRECISIONS:
        raise ValueError(f"precision {precision!r} found; choose from {', '.join(PRECISIONS)}")


def sample_study(settings: Mapping[str, Any]) -> Iterator[tuple[int, Functions]]:
    """Functions of all networks of a study, variant and activation, in the order of `network_rows`.

    Yields the row of the first network and a batch, so that memory does not grow with the study.
    """
    for number, cell in enumerate(cells(settings)):
        numbers = settings["grid_points"] ** cell.inputs + 2 * mlp.parameter_count(cell)
        for networks in chunks(settings["networks"], numbers):
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
