"""The networks of one depth and weight magnitude: a user's module, or our MLPs with an activation of ours or theirs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from neural_redshift.networks import mlp, on_device, sampling
from neural_redshift.networks.activations import ACTIVATIONS, Activation
from neural_redshift.networks.cells import Cell
from neural_redshift.networks.functions import chunks
from neural_redshift.networks.mlp import Layer
from neural_redshift.profiling import evaluation, modules
from neural_redshift.profiling.modules import Blueprint
from neural_redshift.profiling.problems import BadModule, in_words
from neural_redshift.profiling.views import View

Array = np.ndarray
Values = tuple[Array, Array]  # (networks, points, outputs) float64; for which networks float32 was not enough
Evaluate = Callable[[Array], Values]  # points: (1 or networks, points, *inputs)


class Networks(Protocol):
    """The networks of a cell."""

    outputs: int  # of a network

    @property
    def notes(self) -> list[str]:
        """How the networks are made and evaluated."""

    def batches(self, networks: int) -> Iterator[tuple[Array, Evaluate]]:
        """Networks 0, 1, … of the cell, some at a time, and a function that evaluates these at points."""


class ModuleNetworks:
    """Networks of a user's module."""

    def __init__(
        self, blueprint: Blueprint, depth: int, weight_magnitude: float, view: View, place: torch.device | None = None
    ):
        self.blueprint, self.weight_magnitude = blueprint.at(depth), weight_magnitude
        self.key = modules.key(self.blueprint, weight_magnitude, view.seed)
        few = view.planes(np.arange(1), 0)[:, :: max(view.grid_points**2 // evaluation.PROBED, 1)]
        self.example = torch.from_numpy(np.ascontiguousarray(few[:, : evaluation.PROBED]))
        models = self._draw(np.arange(2))
        self.how = evaluation.look_at(self.blueprint, models, self.example, place)
        self.together = evaluation.together(models, view.planes(np.arange(1), 0))
        self.outputs = self.how.outputs
        self.stayed = 0
        self._notes = modules.about(self.blueprint, models[0])

    def batches(self, networks: int) -> Iterator[tuple[Array, Evaluate]]:
        """As `Networks` says."""
        for start in range(0, networks, self.together):
            numbers = np.arange(start, min(start + self.together, networks))
            yield numbers, partial(self._evaluate, evaluation.there(self._draw(numbers), self.how.place))

    @property
    def notes(self) -> list[str]:
        """How the networks are made and evaluated."""
        name = self.blueprint.name
        way = f"one by one: torch.func cannot take {name} all at once, {self.how.reason}" if self.how.reason else ""
        place = "" if self.how.place.type == "cpu" else f", on {self.how.place}"
        notes = [*self._notes, f"Networks are evaluated {way or 'all at once, by torch.func.vmap'}{place}."]
        notes += _on_the_cpu(self.how.stay)
        if len(self.how.measured) < self.outputs:
            notes.append(f"{len(self.how.measured)} of {self.outputs:,} outputs are measured, evenly spaced.")
        if self.stayed:
            notes.append(f"{name} cannot be computed in float64, so rounding may look complex where ranges are small.")
        return notes

    def _draw(self, numbers: Array) -> list[torch.nn.Module]:
        return modules.draw(self.blueprint, self.weight_magnitude, self.key, numbers, self.example[0])

    def _evaluate(self, models: list[torch.nn.Module], points: Array) -> Values:
        values, float64, failed = evaluation.evaluate(models, points, self.how)
        self.stayed += failed
        return values, float64


class MlpNetworks:
    """Our MLPs, which take the inputs as one vector."""

    outputs = 1

    def __init__(self, cell: Cell, seed: int, place: torch.device | None = None):
        self.cell, self.seed = cell, seed
        stay = self._stays(place) if place else ""
        self.place = None if stay else place
        self.notes: list[str] = [
            f"{cell.activation} is in our MLPs: {cell.variant}, width {cell.width}, prior {cell.prior}, "
            f"biases times {cell.bias_magnitude:g}.",
            *_on_the_cpu(stay),
            *([f"They are evaluated on {place} where they share a grid, else on the CPU."] if self.place else []),
        ]

    def batches(self, networks: int) -> Iterator[tuple[Array, Evaluate]]:
        """As `Networks` says."""
        for numbers in chunks(networks, 2 * mlp.parameter_count(self.cell)):
            yield numbers, partial(self._evaluate, mlp.draw(self.cell, self.seed, numbers))

    def _evaluate(self, layers: list[Layer[Array]], points: Array) -> Values:
        flat = points.reshape(*points.shape[:2], -1).astype(np.float64).swapaxes(1, 2)
        if len(flat) == 1 and self.place:
            with evaluation.exactly(self.place):
                outputs, wide = on_device.evaluate(self.cell, layers, flat[0], self.place)
            return outputs[..., None].cpu().numpy(), wide.cpu().numpy()
        if len(flat) == 1:
            values, float64 = sampling.evaluate(self.cell, layers, flat[0])
            return values[..., None], float64
        found = [sampling.evaluate(self.cell, mlp.chosen(layers, np.array([n])), x) for n, x in enumerate(flat)]
        return np.concatenate([values for values, _ in found])[..., None], np.concatenate([wide for _, wide in found])

    def _stays(self, place: torch.device) -> str:
        """Why they stay on the CPU: an activation of the user's may know no other."""
        layers = mlp.draw(self.cell, self.seed, np.arange(2))
        points = np.linspace(-1, 1, 8 * self.cell.inputs, dtype=np.float32).reshape(self.cell.inputs, 8)
        values = torch.from_numpy(mlp.forward(self.cell, layers, points))
        return evaluation.stays(values, lambda: on_device.forward(self.cell, layers, points, place), place)


class Mine(NamedTuple):
    """An activation function of the user's."""

    name: str
    function: Callable[[Tensor], Tensor]


@contextmanager
def dropped_in(mine: Mine | None) -> Iterator[None]:
    """Within the block our MLPs know the user's activation under its name.

    Raises BadModule where the function is not elementwise on tensors, or does not know float64.
    """
    if mine is None:
        yield
        return
    for dtype in (torch.float32, torch.float64):
        z = torch.linspace(-3, 3, 12, dtype=dtype).reshape(3, 4)
        try:
            values: Any = mine.function(z.clone())
            alone = mine.function(z[1:2, :2].clone())
        except Exception as problem:
            raise BadModule(f"{mine.name} fails on a tensor of shape (3, 4): {in_words(problem)}") from None
        if not isinstance(values, Tensor) or values.shape != z.shape or values.dtype != dtype:
            found = f"{tuple(values.shape)}, {values.dtype}" if isinstance(values, Tensor) else type(values).__name__
            raise BadModule(f"{mine.name} returns {found} for a tensor (3, 4), {dtype}; the same shape is needed")
        if not torch.allclose(values[1:2, :2], alone, atol=1e-5, equal_nan=True):
            raise BadModule(
                f"{mine.name} is not elementwise: a value changes with its neighbours; give a module instead"
            )
    ACTIVATIONS[mine.name] = Activation(mine.function)
    try:
        yield
    finally:
        del ACTIVATIONS[mine.name]


def _on_the_cpu(stay: str) -> list[str]:
    return [f"Networks stay on the CPU: {stay}."] if stay else []
