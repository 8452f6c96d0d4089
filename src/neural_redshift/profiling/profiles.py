"""Profiles: networks of an architecture drawn, and measured, at every depth and weight magnitude."""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from torch import nn

from neural_redshift.device import gpu
from neural_redshift.networks.activations import ACTIVATIONS
from neural_redshift.networks.cells import Cell
from neural_redshift.networks.mlp import VARIANTS
from neural_redshift.networks.priors import PRIORS
from neural_redshift.profiling.cells import Mine, MlpNetworks, ModuleNetworks, Networks, dropped_in
from neural_redshift.profiling.measuring import ALL, CELL, Key, Measured, left_out, measure_networks, scales
from neural_redshift.profiling.modules import AS_BUILT, Blueprint
from neural_redshift.profiling.problems import BadModule
from neural_redshift.profiling.views import View, view

DEPTH = 3  # hidden layers of our MLPs, as in the paper's Figure 3
MOST_NETWORKS = 100_000  # a cell


def silent(cell: str, networks: int) -> None:
    """Nobody listens to progress."""


class Request(NamedTuple):
    """How an architecture is looked at: `instrument.profile` says what each means."""

    inputs: int | Sequence[int] = 2
    networks: int = 100
    depths: Iterable[int] = ()
    weight_magnitudes: Iterable[float] = (1.0,)
    kind: str | None = None
    grid_points: int | None = None
    slices: int = 4
    paths: int = 8
    data: Any = None
    seed: int = 0
    progress: Callable[[str, int], None] = silent

    def view(self) -> View:
        """Where networks are looked at. Raises BadModule where that cannot be."""
        shape = (self.inputs,) if isinstance(self.inputs, int) else tuple(self.inputs)
        default = {1: 64, 2: 64, 3: 24}.get(int(np.prod(shape)), 16) if self.kind == "grid" else 64
        points = default if self.grid_points is None else self.grid_points
        return view(shape, self.kind, points, self.slices, self.paths, self.data, self.seed)


class Profile(NamedTuple):
    """What is found: cells by name, depth and weight magnitude, the scale, and how the networks were made."""

    measured: Mapping[Key, Measured]
    scale: Mapping[str, tuple[float, float]]
    notes: Mapping[str, list[str]]
    settings: Mapping[str, Any]

    def table(self, part: str = "networks") -> pd.DataFrame:
        """One row a network, or of part `outputs` one a network and output; with the place on the calibrated scale."""
        rows = pd.concat([getattr(found, part) for found in self.measured.values()], ignore_index=True)
        for measure in ALL:
            plane, white = self.scale.get(measure, (np.nan, np.nan))
            rows[f"{measure}_calibrated"] = (rows[measure] - plane) / (white - plane)
        return rows

    def pictures(self) -> dict[Key, bytes]:
        """Network 0 of every cell that has a square picture."""
        return {key: found.picture for key, found in self.measured.items() if found.picture is not None}

    def images(self) -> pd.DataFrame:
        """The pictures as a table."""
        return pd.DataFrame([(*key, picture) for key, picture in self.pictures().items()], columns=[*CELL, "image"])


def profiled(
    what: Any,
    request: Request,
    name: str | None,
    prior: str | None,
    bias_magnitude: float,
    arguments: Mapping[str, Any],
) -> Profile:
    """Draw and measure the networks of an architecture, as `instrument.profile` says."""
    seen = request.view()
    depths, magnitudes = list(request.depths), [float(value) for value in request.weight_magnitudes]
    _check(request.networks, depths, magnitudes, prior)
    mine = _activation(what, arguments)
    called = name or (mine.name if mine else what if isinstance(what, str) else _name_of(what))
    measured: dict[Key, Measured] = {}
    notes: dict[str, list[str]] = {called: []}
    with dropped_in(mine):
        for depth in depths or [DEPTH if mine or isinstance(what, str) else 0]:
            for magnitude in magnitudes:
                cell = mine.name if mine else what
                found = _networks(cell, called, depth, magnitude, prior, bias_magnitude, arguments, seen)
                row = about(called, depth, magnitude, _prior(prior, found), seen, found.outputs)
                done = partial(request.progress, f"{called}, depth {depth or 'as built'}, α = {magnitude:.3g}")
                measured[called, depth, magnitude] = measure_networks(found, request.networks, seen, row, done)
                notes[called] = list(dict.fromkeys([*notes[called], *found.notes]))
    some_value(called, measured)
    notes[called] += left_out(seen.shape)
    settings = {name: getattr(request, name) for name in ("networks", "slices", "paths", "seed")}
    settings |= {"names": [called], "inputs": list(seen.inputs), "view": seen.kind, "grid_points": seen.grid_points}
    settings |= {"depths": depths, "weight_magnitudes": magnitudes}
    settings |= {"data": None if seen.data is None else len(seen.data)}
    return Profile(measured, scales(seen.shape), notes, settings)


def some_value(name: str, measured: Mapping[Key, Measured]) -> None:
    """Raises BadModule where no function has a complexity."""
    rows = [row for found in measured.values() for row in found.networks.status]
    if "ok" not in rows:
        found = {status: rows.count(status) for status in dict.fromkeys(rows)}
        said = " and ".join(
            f"{count} {'are constant' if status == 'constant' else 'have values that are NaN or infinite'}"
            for status, count in found.items()
        )
        raise BadModule(f"of {len(rows)} functions of {name}, {said}; none has a complexity")


def about(name: str, depth: int, weight_magnitude: float, prior: str, seen: View, outputs: int) -> dict[str, Any]:
    """Columns that all rows of a cell share."""
    return {
        "name": name,
        "prior": prior,
        "depth": depth,
        "weight_magnitude": weight_magnitude,
        "seed": seen.seed,
        "view": seen.kind,
        "inputs": " x ".join(map(str, seen.inputs)),
        "grid_points": seen.grid_points,
        "outputs": outputs,
    }


def _networks(
    what: Any,
    name: str,
    depth: int,
    weight_magnitude: float,
    prior: str | None,
    bias_magnitude: float,
    arguments: Mapping[str, Any],
    seen: View,
) -> Networks:
    if not isinstance(what, str):
        blueprint = Blueprint(name, what, arguments, prior or AS_BUILT, bias_magnitude)
        return ModuleNetworks(blueprint, depth, weight_magnitude, seen, gpu())
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
    return MlpNetworks(cell, seen.seed, gpu())


def _activation(what: Any, arguments: Mapping[str, Any]) -> Mine | None:
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


def _prior(prior: str | None, found: Networks) -> str:
    return prior or (found.cell.prior if isinstance(found, MlpNetworks) else AS_BUILT)


def _name_of(what: Any) -> str:
    inner = what.func if isinstance(what, partial) else what
    name = getattr(inner, "__name__", type(inner).__name__)
    return "activation" if name == "<lambda>" else name
