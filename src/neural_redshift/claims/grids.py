"""Values of units (networks, seeds, splits) in the cells of a grid, cut out of a table."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from neural_redshift.claims.evidence import FEWEST, Estimates, TooLittle, jackknifed
from neural_redshift.replicates import PLAIN, Scale, leave_one_out

Array = np.ndarray
ALL = ...  # every level of an axis that the table has
RELU_LIKE = ("gelu", "swish", "selu")
SPANS = {"depth": 6, "width": 30, "weight_magnitude": 30, "bias_magnitude": 30}  # largest to smallest, for "any"
OTHERS = ("tanh", "gaussian", "sin")
EVERY = ("relu", *RELU_LIKE, *OTHERS)


class Grid(NamedTuple):
    """values: (units, *axes), NaN where a unit has none; levels of the axes that were kept, by name, in order."""

    values: Array
    levels: dict[str, Array]

    @property
    def means(self) -> Array:
        """Cell means, of all units and of all but each: (1 + units, *axes)."""
        return leave_one_out(self.values)

    @property
    def units(self) -> int:
        """Units in the sparsest cell."""
        return int(np.isfinite(self.values).sum(0).min())

    @property
    def n(self) -> int:
        """Values in all cells."""
        return int(np.isfinite(self.values).sum())

    def estimates(self, replicates: Array, scale: Scale = PLAIN) -> Estimates:
        """Statistics of `means`, (1 + units, members), with limits."""
        return jackknifed(replicates, self.units, self.n, scale)

    def cut(self, values: Array) -> "Grid":
        """Some of the cells, without levels."""
        return Grid(values, {})

    def log(self, axis: str) -> Array:
        """Logarithms of the levels of an axis."""
        return np.log(self.levels[axis].astype(float))


def select(table: pd.DataFrame, unit: str, value: str, **axes: Any) -> Grid:
    """Values of `value` by unit and cell; the axes in the order given, where one level alone keeps no axis.

    An axis is a level, a list of levels, or ALL. Raises TooLittle where the table has no value at one of them.
    """
    rows = np.ones(len(table), bool)
    columns = {name: table[name].to_numpy() for name in axes}
    for name, wanted in axes.items():
        if wanted is not ALL:
            rows &= np.isin(columns[name], wanted)
    found = {
        name: np.unique(column[rows]) if axes[name] is ALL else np.atleast_1d(axes[name])
        for name, column in columns.items()
    }
    if not rows.any():
        raise TooLittle(f"no rows with {_as_text(axes)}")
    places = [_place(columns[name][rows], levels) for name, levels in found.items()]
    units, row = np.unique(table[unit].to_numpy()[rows], return_inverse=True)
    values = np.full((len(units), *map(len, found.values())), np.nan)
    if len(np.unique(np.ravel_multi_index((row, *places), values.shape))) < len(row):
        raise ValueError(
            f"several values of {value} for one {unit} at {_as_text(axes)}; name the axis in which they differ"
        )
    values[(row, *places)] = table[value].to_numpy(float)[rows]
    if not np.isfinite(values).any(0).all():
        raise TooLittle(f"no {value} in some cells of {_as_text(axes)}")
    dropped = tuple(1 + i for i, wanted in enumerate(axes.values()) if wanted is not ALL and np.ndim(wanted) == 0)
    kept = {name: levels for name, levels in found.items() if axes[name] is ALL or np.ndim(axes[name]) == 1}
    return Grid(values.squeeze(dropped), kept)


def complete(*grids: Grid) -> list[Grid]:
    """The grids with the units that have a value in every cell, if they are 4: others would be no like of these."""
    known = np.logical_and.reduce([np.isfinite(g.values).reshape(len(g.values), -1).all(1) for g in grids])
    return [grid._replace(values=grid.values[known]) if known.sum() >= FEWEST else grid for grid in grids]


def of_units(values: Array, n: int, scale: Scale = PLAIN) -> Estimates:
    """Means of statistics that each unit has by itself, (units, members), over the n values behind them."""
    return jackknifed(leave_one_out(values), int(np.isfinite(values).sum(0).min()), n, scale)


def by_halves(values: Array, judge: Callable[[Array, Array], Array]) -> Array:
    """Statistics of units, (units, members), where something is tuned: on every other unit, judged on the rest.

    judge(choosing, judging), both (some units, …), gives the statistics of the judging units; both ways round.
    """
    if len(values) < FEWEST:
        raise TooLittle(f"{len(values)} units; {FEWEST} are needed to choose with some and judge by others")
    even = np.arange(len(values)) % 2 == 0
    return np.concatenate([judge(values[~even], values[even]), judge(values[even], values[~even])])


def _place(column: Array, levels: Array) -> Array:
    order = np.argsort(levels)
    return order[np.searchsorted(levels, column, sorter=order)]


def _as_text(axes: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {'of any value' if wanted is ALL else wanted}" for name, wanted in axes.items())


def calibrated(values: Array, grid_points: Array, calibration: pd.DataFrame, measure: str) -> Array:
    """c* = (C − C_plane)/(C_white − C_plane), each on its own grid."""
    rows = calibration[calibration.measure == measure]
    ends = {name: rows[rows.function == name].set_index("grid_points")["mean"] for name in ("plane", "white_noise")}
    unknown = sorted(map(int, set(grid_points) - set(rows.grid_points)))
    if unknown:
        raise TooLittle(f"no calibration of {measure} on {unknown} points")
    plane, white = (pd.Series(grid_points).map(end).to_numpy() for end in ends.values())
    return (values - plane) / (white - plane)


def complexity(
    random_networks: pd.DataFrame,
    calibration: pd.DataFrame,
    measure: str,
    constant: str,
    study: str = "heatmaps",
    **axes: Any,
) -> Grid:
    """c* of the networks of a study. constant: networks without output are left_out, or count as a plane.

    Raises TooLittle where ALL of an axis is not enough to speak of any depth, width or magnitude.
    """
    rows = random_networks[random_networks.study == study]
    value = calibrated(rows[measure].to_numpy(float), rows.grid_points.to_numpy(), calibration, measure)
    if constant == "plane":
        value = np.where(rows.status == "constant", 0.0, value)
    grid = select(rows.assign(value=value), "network", "value", **axes)
    for name in sorted(set(SPANS) & set(grid.levels)):
        levels = grid.levels[name].astype(float)
        if axes[name] is ALL and levels.max() < SPANS[name] * levels.min():
            raise TooLittle(f"{name} from {levels.min():g} to {levels.max():g} only")
    return grid
