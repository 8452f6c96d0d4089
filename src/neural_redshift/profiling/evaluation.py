"""Values of a user's networks at points: all networks at once by torch.func where the module allows it, else a loop."""

import copy
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from neural_redshift.profiling.modules import Blueprint, linear_maps
from neural_redshift.profiling.problems import BadModule, in_words

Array = np.ndarray
Forward = Callable[[list[nn.Module], Tensor], Tensor]
PROBED = 8  # points
SMALL_RANGE = 0.1  # of the largest magnitude: below it float32 rounding begins to look complex
TOLERANCE = 1e-4  # of the largest magnitude: what vmapped values may differ from the loop's by
MOST_OUTPUTS = 16  # that are measured of a network
TILE = 2**20  # input numbers of a network at a time
KINDS = (tuple, list, dict)


class How(NamedTuple):
    """How networks are evaluated: all at once or one by one, why, and which of their outputs are measured."""

    forward: Forward
    reason: str
    outputs: int
    measured: Array


def vmapped(models: list[nn.Module], points: Tensor) -> Tensor:
    """Values of all networks at once: points (1 or networks, points, *inputs) → (networks, points, outputs)."""
    parameters, buffers = ({n: torch.stack([s[n] for s in all_of]) for n in all_of[0]} for all_of in _states(models))
    base = copy.deepcopy(models[0])

    def one(parameters: Mapping[str, Tensor], buffers: Mapping[str, Tensor], x: Tensor) -> Any:
        return functional_call(base, (dict(parameters), dict(buffers)), (x,)).reshape(len(x), -1)

    shared = len(points) == 1
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "There is a performance drop")
        return vmap(one, in_dims=(0, 0, None if shared else 0))(parameters, buffers, points[0] if shared else points)


def one_by_one(models: list[nn.Module], points: Tensor) -> Tensor:
    """The same values by a loop over networks."""
    shared = points.expand(len(models), *points.shape[1:])
    return torch.stack([model(x).reshape(len(x), -1) for model, x in zip(models, shared, strict=True)])


@torch.no_grad()
def look_at(blueprint: Blueprint, models: list[nn.Module], points: Tensor) -> How:
    """Try the first networks at a few points: (1, points, *inputs).

    Raises BadModule where a network fails on the inputs, returns no tensor of one row a point, or draws random
    numbers when it is called.
    """
    values = _tried(blueprint, models[0], points[0])
    again = _tried(blueprint, models[0], points[0])
    if not torch.equal(values.nan_to_num(), again.nan_to_num()):
        raise BadModule(f"{blueprint.called()} returns other values when it is called again; it must be a function")
    outputs = values[0].numel()
    measured = np.unique(np.linspace(0, outputs - 1, min(outputs, MOST_OUTPUTS)).round().astype(int))
    looped = one_by_one(models, points)
    try:
        together = vmapped(models, points)
    except Exception as problem:
        return How(one_by_one, in_words(problem, blueprint.file()), outputs, measured)
    apart = (together - looped).abs().nan_to_num().max()
    if apart > TOLERANCE * looped.abs().nan_to_num().max():
        reason = f"it keeps numbers outside its parameters and buffers (values differ by {apart:.2g})"
        return How(one_by_one, reason, outputs, measured)
    return How(vmapped, "", outputs, measured)


@torch.no_grad()
def evaluate(models: list[nn.Module], points: Array, how: How) -> tuple[Array, Array, int]:
    """Values of networks, (networks, points, measured outputs), which were computed in float64, and where that failed.

    points: (1 or networks, points, *inputs). In float32, and again in float64 where an output has a range under a
    tenth of its magnitude or is not finite. A module that has no float64 stays in float32; how many did is the third
    part.
    """
    outputs = _tiled(how, models, points, torch.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        span = np.ptp(outputs, axis=1)
        small = ~(np.isfinite(span) & (span >= SMALL_RANGE * np.abs(outputs).max(axis=1)))
    float64, failed = small.any(axis=1), 0
    for number in np.flatnonzero(float64):
        wide, own = copy.deepcopy(models[number]).double(), points[number : number + 1] if len(points) > 1 else points
        try:
            outputs[number] = _tiled(how._replace(forward=one_by_one), [wide], own, torch.float64)[0]
        except Exception:  # whatever a module that knows float32 alone raises
            float64[number], failed = False, failed + 1
    return outputs, float64, failed


def together(models: list[nn.Module], points: Array) -> int:
    """How many such networks fit 128 MB with their inputs, if a layer has 64 numbers a point."""
    parameters = sum(part.numel() for part in models[0].parameters())
    inputs = int(np.prod(points.shape[2:]))
    return max(1, 2**25 // (parameters + points.shape[1] * (inputs + 64)))


def _states(models: list[nn.Module]) -> Iterator[list[dict[str, Tensor]]]:
    yield [dict(model.named_parameters()) for model in models]
    yield [dict(model.named_buffers()) for model in models]


def _tiled(how: How, models: list[nn.Module], points: Array, dtype: torch.dtype) -> Array:
    step = max(64, TILE // max(int(np.prod(points.shape[2:])), 64))
    parts = []
    with _quiet():
        for start in range(0, points.shape[1], step):
            x = torch.from_numpy(np.ascontiguousarray(points[:, start : start + step])).to(dtype)
            parts.append(how.forward(models, x)[..., how.measured].double().numpy())
    return np.concatenate(parts, axis=1)


def _tried(blueprint: Blueprint, model: nn.Module, points: Tensor) -> Tensor:
    asked = f"inputs of shape {_shape(points)}"
    try:
        with _quiet():
            values = model(points)
    except Exception as problem:
        said = f"{blueprint.called()} fails on {asked}: {in_words(problem, blueprint.file())}"
        raise BadModule(f"{said}{_expected(model, points)}") from None
    if not isinstance(values, Tensor):
        found = f"a {type(values).__name__}{f' of {len(values)}' if isinstance(values, KINDS) else ''}"
        advice = "wrap it in a module that returns the one to measure"
        raise BadModule(f"{blueprint.called()} returns {found}; one tensor is needed, {advice}")
    if not (values.is_floating_point() and values.ndim and len(values) == len(points)):
        found = f"{str(values.dtype).removeprefix('torch.')} values of shape {_shape(values)} on {asked}"
        raise BadModule(f"{blueprint.called()} returns {found}; floating-point values, one row a point, are needed")
    return values


def _expected(model: nn.Module, asked: Tensor) -> str:
    """What the first layer expects, if that is something else."""
    layers = _mapping(model)
    name, layer = next(((name, layer) for name, layer in model.named_modules() if layer in layers), ("", model))
    places = (("in_features", "last", -1), ("in_channels", "second", 1))
    for size, axis, place in places:
        expected = getattr(layer, size, None)
        if expected not in (None, asked.shape[place] if asked.ndim > 1 else None):
            return f"; its first layer, {name} ({type(layer).__name__}), expects {expected} on the {axis} axis"
    return ""


def _mapping(model: nn.Module) -> list[nn.Module]:
    weights = {id(found.weight) for found in linear_maps(model)}
    return [layer for layer in model.modules() if any(id(p) in weights for p in layer.parameters(recurse=False))]


def _shape(values: Tensor) -> str:
    return f"({', '.join(map(str, values.shape))})"


@contextmanager
def _quiet() -> Iterator[None]:
    """A network that overflows is counted; no warning is needed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
