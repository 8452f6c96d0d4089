"""What the tasks share: a part of a job, and the functions of ensembles."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from neural_redshift.networks.cells import Cell
from neural_redshift.networks.functions import Functions, grid, scale
from neural_redshift.networks.mlp import Layer, chosen
from neural_redshift.networks.sampling import evaluate

Array = np.ndarray
STAGES = ("initial", "trained", "target")


class Part(NamedTuple):
    """Rows of a task's table, without its measures; and functions by stage, in the order of the rows."""

    table: dict[str, Any]
    functions: Mapping[str, Functions] = {}


def architecture(settings: Mapping[str, Any], prefactor: float, inputs: int = 2) -> Cell:
    """The plain cell of a task: its activation, depth and width, the paper's prior, and a prefactor."""
    return Cell(
        "plain", settings["activation"], "glorot", settings["depth"], settings["width"], 1.0, 1.0, inputs, prefactor
    )


def described(cell: Cell) -> dict[str, Any]:
    """The columns of a table that name an architecture."""
    return {name: getattr(cell, name) for name in ("activation", "depth", "width", "prefactor")}


def repeated(layers: list[Layer[Array]], times: int) -> list[Layer[Array]]:
    """The networks of `layers`, one after the other, and all of them again: `times` in all."""
    return chosen(layers, np.tile(np.arange(len(layers[0].affine[0])), times))


def on_grid(cell: Cell, layers: list[Layer[Array]], points: int) -> Functions:
    """Functions of trained or untrained networks on the regular grid on [−1, 1]ᵈ."""
    outputs, float64 = evaluate(cell, layers, grid(points, cell.inputs, np.float64))
    return scale(outputs.reshape(-1, *[points] * cell.inputs), float64)


def joined(parts: Iterable[Functions]) -> Functions:
    """Batches of functions as one."""
    return Functions(*(np.concatenate(tensors) for tensors in zip(*parts, strict=True)))


def status(diverged: Array) -> Array:
    """ok or diverged, for the column of that name."""
    return np.where(diverged, "diverged", "ok")
