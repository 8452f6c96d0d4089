"""Controls of Section 3: what the findings on random networks are made of. Complexities are c*."""

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from neural_redshift.claims.evidence import Estimates, TooLittle
from neural_redshift.claims.grids import ALL, EVERY, complete, complexity
from neural_redshift.claims.section3_measures import MEASURES
from neural_redshift.replicates import CORRELATION
from neural_redshift.statistics import correlations
from neural_redshift.theory.mean_field import MARGIN

Array = np.ndarray
Table = pd.DataFrame
FEWEST_NETWORKS = 8  # a cell, for a correlation inside it
GROWS = 0.10  # less is not clear
NEAR = 1.25  # slopes between 1/1.25 and 1.25 are near 1


def c_measures_within(
    random_networks: Table,
    calibration: Table,
    *,
    constant: str = "left_out",
    method: str = "pearson",
    activation: str = "all",
    measures: str = "Figure 6",
) -> Estimates:
    """Correlation of every pair of measures over the networks of a cell, mean over the cells of plain networks."""
    names = MEASURES if measures == "Figure 6" else (*MEASURES, "cosine")
    chosen = list(EVERY) if activation == "all" else [activation]
    axes: dict[str, Any] = {"variant": "plain", "activation": chosen, "depth": ALL, "weight_magnitude": ALL}
    found = [complexity(random_networks, calibration, name, constant, **axes) for name in names]
    grids = complete(*(grid.cut(grid.values.reshape(len(grid.values), -1)) for grid in found))
    if len(grids[0].values) < FEWEST_NETWORKS:
        raise TooLittle(f"{len(grids[0].values)} networks a cell; {FEWEST_NETWORKS} are needed for a correlation")
    pairs = [_within(x.values.T, y.values.T, method) for x, y in combinations(grids, 2)]
    return grids[0].estimates(np.stack(pairs, axis=1), CORRELATION)


def c_phase(
    random_networks: Table,
    calibration: Table,
    mean_field: Table,
    *,
    measure: str = "fourier",
    constant: str = "left_out",
    slope: str = "limit",
    cells: str = "all",
) -> Estimates:
    """c* of the deepest minus the shallowest plain networks, for each activation and weight magnitude.

    Where the slope χ̂ is above 1 that rise itself; elsewhere what is left of .10 above it.
    """
    names = [name for name in EVERY if name in set(mean_field.activation)]
    axes: dict[str, Any] = {
        "variant": "plain",
        "prior": "glorot",
        "activation": names,
        "depth": ALL,
        "weight_magnitude": ALL,
    }
    grid = complexity(random_networks, calibration, measure, constant, **axes)
    column = {"limit": "slope", "layers": "slope_of_layers"}[slope]
    table = mean_field.pivot_table(index="activation", columns="weight_magnitude", values=column)
    slopes = table.reindex(index=names, columns=grid.levels["weight_magnitude"]).to_numpy()
    if np.isnan(slopes).any():
        raise TooLittle("no slope for some of the cells")
    kept = np.ones(slopes.shape, bool) if cells == "all" else np.abs(np.log(slopes)) > np.log(NEAR)
    ends = grid.cut(grid.values[:, :, [0, -1]].swapaxes(2, 3)[:, kept])
    rise = ends.means[..., 1] - ends.means[..., 0]
    return ends.estimates(np.where(slopes[kept] > 1 + MARGIN, rise, GROWS - rise))


def _within(x: Array, y: Array, method: str) -> Array:
    """Mean over cells of the correlation of (cells, units): with all units, and without each."""
    everyone = np.arange(x.shape[1])
    kept = [everyone, *(np.delete(everyone, unit) for unit in everyone)]
    return np.array([np.nanmean(correlations(x[:, units], y[:, units], method)) for units in kept])
