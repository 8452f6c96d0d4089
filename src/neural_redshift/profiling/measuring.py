"""From networks to rows: every measure of every function of a cell, and of its paths."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from neural_redshift.complexity.measuring import loader
from neural_redshift.complexity.total_variation import total_variation
from neural_redshift.device import gpu
from neural_redshift.networks.functions import STATUSES, Functions, scale
from neural_redshift.networks.images import SIDE, thin
from neural_redshift.profiling.anchors import anchors
from neural_redshift.profiling.cells import Evaluate, Networks
from neural_redshift.profiling.views import PATH_POINTS, View
from neural_redshift.schemas import MAIN_MEASURES

Array = np.ndarray
Key = tuple[str, int, float]  # name, depth, weight magnitude
CELL = ["name", "depth", "weight_magnitude"]
TV = "total_variation"
ALL = (*MAIN_MEASURES, TV)
LEAST_POINTS = 24  # an axis, for polynomials of degree 15: on fewer, rounding to float32 moves their order by over .5 %
POLYNOMIAL = ("chebyshev", "legendre")


class Measured(NamedTuple):
    """What is found of a cell: rows of the networks, rows of their outputs, and network 0 as a picture."""

    networks: pd.DataFrame
    outputs: pd.DataFrame
    picture: bytes | None


class Counts(NamedTuple):
    """Functions of each network: (networks, functions) of values by measure, of statuses, and float64 (networks,)."""

    values: Mapping[str, Array]
    status: Array
    float64: Array


def measures_of(shape: tuple[int, ...]) -> dict[str, Callable[[Array], Array]]:
    """The measures that a grid allows, with the options of config.yaml."""
    names = [name for name in MAIN_MEASURES if name not in POLYNOMIAL or min(shape) >= LEAST_POINTS]
    load = loader(gpu())
    return {name: load(name) for name in names}


def left_out(shape: tuple[int, ...]) -> list[str]:
    """What is said of measures that a grid does not allow."""
    if min(shape) >= LEAST_POINTS:
        return []
    return [f"Chebyshev and Legendre orders need {LEAST_POINTS} points an axis, and are left out."]


def scales(shape: tuple[int, ...], path: int | None = PATH_POINTS) -> dict[str, tuple[float, float]]:
    """What each measure says of a plane and of white noise: the ends of the calibrated scale."""
    ends = {name: anchors(measure, shape) for name, measure in measures_of(shape).items()}
    return ends | ({TV: anchors(total_variation, (path,))} if path else {})


def measure_networks(
    found: Networks, networks: int, view: View, about: Mapping[str, Any], done: Callable[[int], None]
) -> Measured:
    """Rows of all networks of a cell; `done` hears of every batch how many networks it had."""
    rows, outputs, picture = [], [], None
    for numbers, evaluate in found.batches(networks):
        functions = [_functions(evaluate, view.planes(numbers, i), view.shape) for i in range(view.slices)]
        paths = [_functions(evaluate, view.path(numbers, i), (PATH_POINTS,)) for i in range(view.paths)]
        if picture is None and len(view.shape) == 2:
            picture = as_picture(functions[0].values[0, 0])
        counts = _count(functions, measures_of(view.shape)), _count(paths, {TV: total_variation})
        key = {"network": numbers, **about}
        rows.append(frame(counts, key))
        for output in range(functions[0].status.shape[1]):
            outputs.append(frame(counts, key, output).assign(output=output))
        done(len(numbers))
    return Measured(pd.concat(rows, ignore_index=True), pd.concat(outputs, ignore_index=True), picture)


def as_picture(values: Array) -> bytes:
    """A function (points, points) with values in [0, 1] as 8-bit picture of at most 64 × 64."""
    return np.rint(255 * thin(values[None], SIDE)).astype(np.uint8).tobytes()


def measure_arrays(values: Array, about: Mapping[str, Any]) -> Measured:
    """Rows of functions (functions, *grid) from anywhere; on one axis their total variation too."""
    one = scale(values.astype(np.float64), np.ones(len(values), bool))
    functions = [Functions(*(part[:, None] for part in one))]
    on_path = {TV: total_variation} if values.ndim == 2 else {}
    counts = _count(functions, measures_of(values.shape[1:])), _count(functions, on_path)
    rows = frame(counts, {"network": np.arange(len(values)), **about})
    square = values.ndim == 3 and values.shape[1] == values.shape[2]
    return Measured(rows, rows.assign(output=0), as_picture(one.values[0]) if square else None)


def frame(counts: tuple[Counts, Counts], key: Mapping[str, Any], output: int | None = None) -> pd.DataFrame:
    """A row a network: status, and means over its functions (or those of one output) that have a value."""
    on_grid, on_paths = counts

    def chosen(values: Array) -> Array:
        return values.reshape(len(values), -1) if output is None else values[:, :, output]

    status = chosen(on_grid.status)
    ok, constant, non_finite = ((status == index).sum(axis=1) for index in range(3))
    state = np.where(ok > 0, 0, np.where(non_finite > 0, 2, 1))
    rows = {**key, "functions": status.shape[1], "constant": constant, "non_finite": non_finite}
    rows |= {"status": np.array(STATUSES)[state], "float64": on_grid.float64}
    measured = {name: _mean(chosen(values)) for name, values in {**on_grid.values, **on_paths.values}.items()}
    return pd.DataFrame({**rows, **{name: measured.get(name, np.nan) for name in ALL}})


def _functions(evaluate: Evaluate, points: Array, shape: tuple[int, ...]) -> Functions:
    """Scaled functions: values (networks, outputs, *shape), status (networks, outputs)."""
    values, float64 = evaluate(points)
    networks, _, outputs = values.shape
    flat = values.swapaxes(1, 2).reshape(networks * outputs, *shape)
    found = scale(flat, float64)
    return Functions(
        found.values.reshape(networks, outputs, *shape),
        found.minimum.reshape(networks, outputs),
        found.maximum.reshape(networks, outputs),
        found.status.reshape(networks, outputs),
        float64,
    )


def _count(functions: list[Functions], measures: Mapping[str, Callable[[Array], Array]]) -> Counts:
    """Values and statuses of functions: (networks, planes or paths, outputs)."""
    status = np.stack([each.status for each in functions], axis=1)
    values = {}
    for name, measure in measures.items():
        parts = [measure(each.values.reshape(-1, *each.values.shape[2:])) for each in functions]
        shaped = np.stack([part.reshape(status[:, 0].shape) for part in parts], axis=1)
        values[name] = np.where(status == 0, shaped, np.nan)
    wide = np.stack([each.float64.reshape(len(status), -1) for each in functions], axis=1)
    return Counts(values, status, np.asarray(wide.any(axis=(1, 2))))


def _mean(values: Array) -> Array:
    """Mean along the last axis over the values that are numbers; NaN where none is."""
    known = np.isfinite(values)
    return np.where(
        known.any(axis=1), np.where(known, values, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1), np.nan
    )
