"""Values of a user's networks at points: all networks at once by torch.func where the module allows it, else a loop.

On a GPU, if there is one and the networks say there what they say on the CPU.
"""

import copy
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from neural_redshift.device import InFlight
from neural_redshift.profiling.modules import Blueprint, linear_maps
from neural_redshift.profiling.problems import BadModule, in_words, raised
from neural_redshift.tiles import deterministic

Array = np.ndarray
Forward = Callable[[list[nn.Module], Tensor], Tensor]
PROBED = 8  # points
SMALL_RANGE = 0.1  # of the largest magnitude: below it float32 rounding begins to look complex
TOLERANCE = 1e-4  # of the largest magnitude: what vmapped values may differ from the loop's by
MOST_OUTPUTS = 16  # that are measured of a network
TILE = 2**20  # input numbers of a network at a time
KINDS = (tuple, list, dict)


class How(NamedTuple):
    """How networks are evaluated: all at once or one by one, why, which of their outputs are measured, and where."""

    forward: Forward
    reason: str
    outputs: int
    measured: Array
    place: torch.device
    stay: str  # why they stay on the CPU where there is a GPU
    flight: InFlight


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
def look_at(blueprint: Blueprint, models: list[nn.Module], points: Tensor, place: torch.device | None = None) -> How:
    """Try the first networks at a few points, (1, points, *inputs); on a GPU too, if one is given.

    Raises BadModule where a network fails on the inputs, returns no tensor of one row a point, or draws random
    numbers when it is called.
    """
    values = _tried(blueprint, models[0], points[0])
    again = _tried(blueprint, models[0], points[0])
    if not torch.equal(values.nan_to_num(), again.nan_to_num()):
        raise BadModule(f"{blueprint.called()} returns other values when it is called again; it must be a function")
    outputs = values[0].numel()
    measured = np.unique(np.linspace(0, outputs - 1, min(outputs, MOST_OUTPUTS)).round().astype(int))
    forward, reason = _all_at_once(blueprint, models, points)
    where, stay = torch.device("cpu"), ""
    if place:
        expected = forward(models, points)
        stay = stays(expected, lambda: forward(there(models, place), points.to(place)), place, blueprint.file())
        where = where if stay else place
    return How(forward, reason, outputs, measured, where, stay, InFlight())


def stays(values: Tensor, on_gpu: Callable[[], Tensor], place: torch.device, file: str | None = None) -> str:
    """Why networks stay on the CPU, where they have these values; nothing if they have them on the GPU too."""
    try:
        with exactly(place):
            found = on_gpu().cpu()
    except Exception as problem:
        return f"on a GPU it fails, {raised(problem, file)}"
    apart = _apart(found, values)
    return f"on a GPU its values differ by {apart:.2g}" if apart else ""


def there(models: list[nn.Module], place: torch.device) -> list[nn.Module]:
    """Copies of the networks on a GPU; on a CPU themselves."""
    return models if place.type == "cpu" else [copy.deepcopy(model).to(place) for model in models]


@contextmanager
def exactly(place: torch.device) -> Iterator[None]:
    """On a GPU, deterministic algorithms, and products and convolutions with all digits of float32, not TF32's."""
    if place.type == "cpu":
        yield
        return
    products, convolutions = torch.backends.cuda.matmul, torch.backends.cudnn
    before = products.allow_tf32, convolutions.allow_tf32
    products.allow_tf32 = convolutions.allow_tf32 = False
    try:
        with deterministic():
            yield
    finally:
        products.allow_tf32, convolutions.allow_tf32 = before


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


def _all_at_once(blueprint: Blueprint, models: list[nn.Module], points: Tensor) -> tuple[Forward, str]:
    """Whether networks can be evaluated all at once, and if not, why."""
    looped = one_by_one(models, points)
    try:
        together = vmapped(models, points)
    except Exception as problem:
        return one_by_one, in_words(problem, blueprint.file())
    if apart := _apart(together, looped):
        return one_by_one, f"it keeps numbers outside its parameters and buffers (values differ by {apart:.2g})"
    return vmapped, ""


def _apart(found: Tensor, expected: Tensor) -> float:
    """The largest difference of values, 0 within the tolerance; infinite where one alone is finite."""
    finite = expected.isfinite()
    if not torch.equal(found.isfinite(), finite):
        return torch.inf
    apart = (found - expected).where(finite, 0).abs().max()
    return float(apart) if apart > TOLERANCE * expected.where(finite, 0).abs().max() else 0.0


def _states(models: list[nn.Module]) -> Iterator[list[dict[str, Tensor]]]:
    yield [dict(model.named_parameters()) for model in models]
    yield [dict(model.named_buffers()) for model in models]


def _tiled(how: How, models: list[nn.Module], points: Array, dtype: torch.dtype) -> Array:
    step = max(64, TILE // max(int(np.prod(points.shape[2:])), 64))
    parts = []
    with _quiet(), exactly(how.place):
        for start in range(0, points.shape[1], step):
            x = torch.from_numpy(np.ascontiguousarray(points[:, start : start + step])).to(how.place, dtype)
            parts.append(np.concatenate(list(how.flight.run(range(len(models)), partial(_values, how, models, x)))))
    return np.concatenate(parts, axis=1)


def _values(how: How, models: list[nn.Module], x: Tensor, chosen: Sequence[int]) -> Array:
    members = slice(chosen[0], chosen[-1] + 1)
    found = how.forward(models[members], x if len(x) == 1 else x[members])
    return found[..., how.measured].double().cpu().numpy()


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
