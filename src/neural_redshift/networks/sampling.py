"""Random functions on the grid: draw a batch of networks, evaluate it, and keep what is exact."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from neural_redshift.networks import fourier_model, mlp
from neural_redshift.networks.cells import Cell, cells
from neural_redshift.networks.functions import Functions, chunks, grid, scale

Array = np.ndarray
PRECISIONS = ("automatic", "float32", "mixed", "float64")
PROBED = 64  # points, at which float32 is held to float64
ROUNDING = 1e-5  # of the range: above it rounding begins to look complex
GOLDEN = (5**0.5 - 1) / 2  # multiples of it, modulo 1, lie apart, and in no row of a grid


def sample(cell: Cell, seed: int, networks: Array, grid_points: int, precision: str = "automatic") -> Functions:
    """Evaluate the given networks of a cell on the grid.

    Computed in float32 where rounding is small beside the range of the output, else in mixed precision or in float64
    (`cheapest`), or in the `precision` that is named (the Fourier model is float64 in any case); `float64` is
    false for float32. `status` indexes `STATUSES`: a function whose range is
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
    """Outputs of networks, (networks, points), at float64 points (inputs, points); which are not of float32 alone.

    Computed as `sample` says; in float64 also what is not finite otherwise.
    """
    _known(precision)
    automatic, outputs = precision == "automatic", np.empty((len(layers[0].affine[0]), points.shape[1]))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        needed = cheapest(cell, layers, points) if automatic else np.full(len(outputs), precision)
        for each in PRECISIONS[1:]:
            now = needed == each
            if now.any():
                outputs[now] = forward(cell, mlp.chosen(layers, now), points, each)
                if automatic:
                    needed[now & ~np.isfinite(outputs).all(axis=1)] = "float64"
    return outputs, needed != "float32"


def forward(cell: Cell, layers: list[mlp.Layer[Array]], points: Array, precision: str) -> Array:
    """Outputs (networks, points) in float32, in mixed precision (`mlp.affine`) or in float64, of float32 weights."""
    if precision == "float32":
        return mlp.forward(cell, layers, points.astype(np.float32))
    return mlp.forward(cell, mlp.chosen(layers, slice(None), np.float64) if precision == "float64" else layers, points)


def cheapest(cell: Cell, layers: list[mlp.Layer[Array]], points: Array) -> Array:
    """The first of float32, mixed and float64 whose error no measure sees, for each network.

    At some of the points, spread evenly, the root mean square of the difference from float64, an offset aside, is at
    most 1e-5 of the range of the output there; in float32, so is half a unit in the last place of the largest output.
    """
    probe = points[:, probed(points.shape[1])]
    exact = forward(cell, layers, probe, "float64")
    bound, last_place = ROUNDING * np.ptp(exact, axis=1), np.finfo(np.float32).epsneg * np.abs(exact).max(axis=1)

    def enough(precision: str, networks: Array) -> Array:
        found = forward(cell, mlp.chosen(layers, networks), probe, precision)
        return np.std(found - exact[networks], axis=1) <= bound[networks]

    everyone = np.arange(len(exact))
    float32 = enough("float32", everyone) & (last_place <= bound)
    needed = np.where(float32, "float32", "float64")
    needed[~float32] = np.where(enough("mixed", everyone[~float32]), "mixed", "float64")
    return needed


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
