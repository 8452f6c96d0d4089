"""The paper's measurement of an architecture of one's own.

from neural_redshift.instrument import profile

report = profile(MyNet, inputs=2)             # 100 networks as MyNet builds them
report = profile(my_activation).compare(["relu", "sin"])
report.plot()
"""

import inspect
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np
from torch import nn

from neural_redshift.networks.activations import ACTIVATIONS
from neural_redshift.networks.cells import Cell
from neural_redshift.networks.mlp import VARIANTS
from neural_redshift.networks.priors import PRIORS
from neural_redshift.profiling.cells import Mine, MlpNetworks, ModuleNetworks, Networks, dropped_in
from neural_redshift.profiling.measuring import Measured, measure_arrays, measure_networks, scales
from neural_redshift.profiling.modules import AS_BUILT, Blueprint
from neural_redshift.profiling.problems import BadModule, in_words
from neural_redshift.profiling.report import Key, Report, report
from neural_redshift.profiling.views import View, view

__all__ = ["BadModule", "Report", "measure", "profile"]
Array = np.ndarray
DEPTH = 3  # hidden layers of our MLPs, as in the paper's Figure 3
MOST_NETWORKS = 100_000  # a cell


def profile(
    what: Any,
    inputs: int | Sequence[int] = 2,
    *,
    name: str | None = None,
    networks: int = 100,
    depths: Iterable[int] = (),
    weight_magnitudes: Iterable[float] = (1.0,),
    prior: str | None = None,
    bias_magnitude: float = 1.0,
    kind: str | None = None,
    grid_points: int | None = None,
    slices: int = 4,
    paths: int = 8,
    data: Any = None,
    seed: int = 0,
    progress: Callable[[str, int], None] | None = None,
    **arguments: Any,
) -> Report:
    """Draw random networks of an architecture, and measure how complex their functions are.

    what: a class of `torch.nn.Module`, or a function that builds one, called with `arguments`; or an activation
    function, or the name of one of ours, in our MLPs (`arguments`: variant, width).
    inputs: how many numbers a network takes, or the shape of its input without the batch, such as (3, 32, 32).
    name: what it is called in tables and pictures; its own name by default.
    networks: how many networks a cell has; the unit over which intervals are taken.
    depths: given to the module as the keyword argument `depth`; of our MLPs the hidden layers (3 by default).
    weight_magnitudes: α, factors on the weights of linear and convolutional layers.
    prior: `"as built"` (the default of a module), or one of our priors (glorot by default for our MLPs).
    bias_magnitude: factor on biases that are drawn from one of our priors.
    kind: `"grid"`, the whole grid on [−1, 1]ᵈ (the default of up to two inputs), or `"slices"`, planes through the
    input space. grid_points: points an axis; 64 by default, 16 in three dimensions.
    slices, paths: planes of a network, and straight paths, along which the total variation is taken.
    data: points (points, *inputs) through which planes and paths go, instead of random directions.
    seed: master seed of every random number.
    progress: is called with a cell in words and a number of networks that are done.

    Raises BadModule, with one sentence, for whatever cannot be measured.
    """
    depths, weight_magnitudes = list(depths), [float(value) for value in weight_magnitudes]
    shape = (inputs,) if isinstance(inputs, int) else tuple(inputs)
    default = 16 if kind == "grid" and int(np.prod(shape)) > 2 else 64
    seen = view(shape, kind, default if grid_points is None else grid_points, slices, paths, data, seed)
    _check(networks, depths, weight_magnitudes, prior)
    mine = _activation(what, arguments)
    called = name or (mine.name if mine else what if isinstance(what, str) else _name_of(what))
    measured: dict[Key, Measured] = {}
    notes: dict[str, list[str]] = {}
    with dropped_in(mine):
        for depth in depths or [DEPTH if mine or isinstance(what, str) else 0]:
            for magnitude in weight_magnitudes:
                cell = mine.name if mine else what
                found = _networks(cell, called, depth, magnitude, prior, bias_magnitude, arguments, seen)
                about = _about(called, depth, magnitude, _prior(prior, found), seed, seen, found.outputs)
                done = partial(progress or _silent, f"{called}, depth {depth or 'as built'}, α = {magnitude:.3g}")
                measured[called, depth, magnitude] = measure_networks(found, networks, seen, about, done)
                notes[called] = list(dict.fromkeys([*notes.get(called, []), *found.notes]))
    _some_value(called, measured)
    settings = {"names": [called], "inputs": list(shape), "view": seen.kind, "grid_points": seen.grid_points}
    settings |= {"networks": networks, "slices": seen.slices, "paths": paths, "seed": seed, "depths": depths}
    settings |= {"weight_magnitudes": weight_magnitudes, "data": None if data is None else len(data)}
    again = partial(
        profile,
        inputs=inputs,
        networks=networks,
        weight_magnitudes=weight_magnitudes,
        depths=depths,
        kind=kind,
        grid_points=grid_points,
        slices=slices,
        paths=paths,
        data=data,
        seed=seed,
        progress=progress,
    )
    return report(measured, scales(seen.shape), notes, settings, again)


def measure(
    what: Any, inputs: int = 2, *, name: str = "measured", grid_points: int = 64, batch: bool = False
) -> Report:
    """Measure functions from anywhere: values on a grid, or a callable that is called with the points of one.

    what: an array of values, (points, …) or with `batch` (functions, points, …); or a callable from points
    (points, inputs) to values (points,), such as the `predict` of a model of scikit-learn; or a list of such.

    Raises BadModule where there is nothing that can be measured.
    """
    values = _on_grid(what, inputs, grid_points) if callable(what) or isinstance(what, list | tuple) else what
    try:
        values = np.asarray(values, float)
    except (TypeError, ValueError) as problem:
        raise BadModule(f"{name} holds no numbers: {in_words(problem)}") from None
    values = values if batch or callable(what) or isinstance(what, list | tuple) else values[None]
    if values.ndim < 2 or min(values.shape[1:]) < 2 or not len(values):
        axes = "functions and 2 or more points an axis" if batch else "2 or more points an axis"
        raise BadModule(f"{name} has shape {values.shape if batch else values.shape[1:]}; {axes} are needed")
    shape = values.shape[1:]
    about = _about(name, 0, 1.0, "none", 0, View("grid", (len(shape),), shape[0], 1, 0, None, 0), 1)
    found = {(name, 0, 1.0): measure_arrays(values, about)}
    _some_value(name, found)
    settings = {"names": [name], "shape": list(values.shape), "seed": 0}
    notes = [f"{len(values):,} functions on a grid of {' × '.join(map(str, shape))} points."]
    if min(shape) < 16:
        notes.append("Chebyshev and Legendre orders need 16 points an axis, and are left out.")
    return report(found, scales(shape, shape[0] if len(shape) == 1 else None), {name: notes}, settings)


def _on_grid(what: Any, inputs: int, grid_points: int) -> Array:
    seen = view((inputs,), "grid", grid_points, 1, 1, None, 0)
    points = seen.planes(np.arange(1), 0)[0]
    values = []
    for function in what if isinstance(what, list | tuple) else [what]:
        if not callable(function):
            raise BadModule(f"{function!r} is not callable; give a function of points (points, {inputs}), or an array")
        try:
            found = np.asarray(function(points), float)
        except Exception as problem:
            raise BadModule(f"the function fails on points of shape {points.shape}: {in_words(problem)}") from None
        if found.size != len(points):
            raise BadModule(
                f"the function returns shape {found.shape} on {len(points):,} points; one value a point is needed"
            )
        values.append(found.reshape(seen.shape))
    return np.stack(values)


def _networks(
    what: Any,
    name: str,
    depth: int,
    weight_magnitude: float,
    prior: str | None,
    bias_magnitude: float,
    arguments: dict[str, Any],
    seen: View,
) -> Networks:
    if not isinstance(what, str):
        blueprint = Blueprint(name, what, arguments, prior or AS_BUILT, bias_magnitude)
        return ModuleNetworks(blueprint, depth, weight_magnitude, seen)
    if what not in ACTIVATIONS:
        raise BadModule(
            f"activation {what!r} found; choose from {', '.join(ACTIVATIONS)}, or give a module or function"
        )
    if prior == AS_BUILT:
        raise BadModule(f"our MLPs are drawn from a prior; choose from {', '.join(PRIORS)}")
    odd = sorted(set(arguments) - {"variant", "width"})
    if odd:
        raise BadModule(f"{', '.join(odd)} found, but our MLPs have the arguments variant and width alone")
    variant, width = arguments.get("variant", "plain"), arguments.get("width", 64)
    if variant not in VARIANTS:
        raise BadModule(f"variant {variant!r} found; choose from {', '.join(VARIANTS)}")
    cell = Cell(variant, what, prior or "glorot", depth, width, weight_magnitude, bias_magnitude, seen.size)
    return MlpNetworks(cell, seen.seed)


def _activation(what: Any, arguments: dict[str, Any]) -> Mine | None:
    """The user's activation, if `what` is one: a function with exactly one argument that it must be given."""
    if isinstance(what, nn.Module):
        name = type(what).__name__
        advice = f"give the class and its arguments, as in profile({name}, …), so that each network has its own weights"
        raise BadModule(f"a module that is built already was given, {name}(…); {advice}")
    if isinstance(what, str | type):
        return None
    if not callable(what):
        raise BadModule(
            f"{what!r} was given; a class of torch.nn.Module, a function, or the name of an activation is needed"
        )
    try:
        parameters = inspect.signature(what).parameters.values()
    except (TypeError, ValueError):  # torch's own functions have no signature
        needed = ["z"]
    else:
        kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        needed = [p.name for p in parameters if p.default is p.empty and p.kind in kinds and p.name not in arguments]
    if len(needed) != 1 or (needed == ["depth"]):
        return None
    name = _name_of(what)
    return Mine(f"my {name}" if name in ACTIVATIONS else name, what)


def _check(networks: int, depths: list[int], weight_magnitudes: list[float], prior: str | None) -> None:
    if not 1 <= networks <= MOST_NETWORKS:
        raise BadModule(f"networks is {networks}; it must be between 1 and {MOST_NETWORKS:,}")
    if any(not isinstance(depth, int) or depth < 1 for depth in depths):
        raise BadModule(f"depths are {depths}; each must be a whole number from 1 on")
    if not weight_magnitudes or not all(0 < value < float("inf") for value in weight_magnitudes):
        raise BadModule(f"weight_magnitudes are {weight_magnitudes}; each must be a positive number")
    if prior not in (None, AS_BUILT, *PRIORS):
        raise BadModule(f"prior {prior!r} found; choose from {AS_BUILT}, {', '.join(PRIORS)}")
    for axis, values in (("depths", depths), ("weight_magnitudes", weight_magnitudes)):
        if len(set(values)) < len(values):
            raise BadModule(f"{axis} are {values}; each may stand once")


def _about(
    name: str, depth: int, weight_magnitude: float, prior: str, seed: int, seen: View, outputs: int
) -> dict[str, Any]:
    return {
        "name": name,
        "prior": prior,
        "depth": depth,
        "weight_magnitude": weight_magnitude,
        "seed": seed,
        "view": seen.kind,
        "inputs": " x ".join(map(str, seen.inputs)),
        "grid_points": seen.grid_points,
        "outputs": outputs,
    }


def _prior(prior: str | None, found: Networks) -> str:
    return prior or (found.cell.prior if isinstance(found, MlpNetworks) else AS_BUILT)


def _some_value(name: str, measured: dict[Key, Measured]) -> None:
    rows = [row for found in measured.values() for row in found.networks.status]
    if "ok" not in rows:
        found = {status: rows.count(status) for status in dict.fromkeys(rows)}
        said = " and ".join(
            f"{count} {'are constant' if status == 'constant' else 'have values that are NaN or infinite'}"
            for status, count in found.items()
        )
        raise BadModule(f"of {len(rows)} functions of {name}, {said}; none has a complexity")


def _name_of(what: Any) -> str:
    inner = what.func if isinstance(what, partial) else what
    name = getattr(inner, "__name__", type(inner).__name__)
    return "activation" if name == "<lambda>" else name


def _silent(cell: str, networks: int) -> None:
    """Nobody listens."""
