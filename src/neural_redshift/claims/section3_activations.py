"""Section 3: what activations, depth and weight magnitude do to plain random networks. Complexities are c*."""

from typing import Any

import numpy as np
import pandas as pd

from neural_redshift.claims.evidence import Estimates, counted
from neural_redshift.claims.grids import ALL, EVERY, OTHERS, RELU_LIKE, Grid, by_halves, complexity, of_units
from neural_redshift.replicates import fitted_rise, leave_one_out

Array = np.ndarray
Table = pd.DataFrame
LOW = 0.25
DEEP = 3  # hidden layers from which the others are said to rise with magnitude


def preferred_level(
    random_networks: Table,
    calibration: Table,
    *,
    measure: str = "fourier",
    constant: str = "left_out",
    variants: str = "plain",
) -> Estimates:
    """η² = σ²_between/(σ²_between + σ²_within) of networks over cells, what noise adds to σ²_between taken off."""
    names = "plain" if variants == "plain" else ["plain", "layer_norm", "residual", "skip", "gated"]
    grid = complexity(random_networks, calibration, measure, constant, **_all_cells(EVERY, names))
    return grid.estimates(_share_between(grid))


def relu_low(
    random_networks: Table, calibration: Table, *, measure: str = "fourier", constant: str = "left_out"
) -> Estimates:
    """c* of every cell of ReLU networks."""
    grid = complexity(random_networks, calibration, measure, constant, **_all_cells("relu"))
    return grid.estimates(grid.means)


def relu_virtually_all(
    random_networks: Table, calibration: Table, *, measure: str = "fourier", constant: str = "left_out"
) -> Estimates:
    """Share of ReLU networks with c* < .25."""
    values = complexity(random_networks, calibration, measure, constant, **_all_cells("relu")).values
    known = values[np.isfinite(values)]
    return counted(int((known < LOW).sum()), len(known))


def relu_flat_magnitude(
    random_networks: Table,
    calibration: Table,
    *,
    measure: str = "fourier",
    constant: str = "left_out",
    biases: str = "fixed",
) -> Estimates:
    """c* of every cell of ReLU networks minus the mean over magnitudes at its depth."""
    study, prior = ("heatmaps", "glorot") if biases == "fixed" else ("biases_scaled", "biases_scaled")
    axes = _all_cells("relu") | {"prior": prior}
    grid = complexity(random_networks, calibration, measure, constant, study, **axes)
    return grid.estimates(deviations(grid.means, -1))


def relu_flat_depth(
    random_networks: Table, calibration: Table, *, measure: str = "fourier", constant: str = "left_out"
) -> Estimates:
    """c* of every cell of ReLU networks minus the mean over depths at its magnitude."""
    grid = complexity(random_networks, calibration, measure, constant, **_all_cells("relu"))
    return grid.estimates(deviations(grid.means, -2))


def relu_unique(
    random_networks: Table, calibration: Table, *, measure: str = "fourier", constant: str = "left_out"
) -> Estimates:
    """Most minus least complex cell of every other activation, minus the same of ReLU.

    Which cells those are one half of the networks says, and the other is judged there, so that noise adds nothing.
    """
    grid = complexity(random_networks, calibration, measure, constant, **_all_cells(EVERY))
    cells = grid.values.reshape(*grid.values.shape[:2], -1)
    activations = np.arange(len(EVERY))

    def judge(choosing: Array, judging: Array) -> Array:
        means = leave_one_out(choosing)[0]
        most, least = means.argmax(-1), means.argmin(-1)
        ranges = judging[:, activations, most] - judging[:, activations, least]
        return ranges[:, 1:] - ranges[:, :1]

    return of_units(by_halves(cells, judge), grid.n)


def relu_like_low(
    random_networks: Table, calibration: Table, *, measure: str = "fourier", constant: str = "left_out"
) -> Estimates:
    """c* of every cell of GELU, Swish and SELU networks."""
    grid = complexity(random_networks, calibration, measure, constant, **_all_cells(RELU_LIKE))
    return grid.estimates(grid.means)


def relu_like_slight_rise(
    random_networks: Table, calibration: Table, *, measure: str = "fourier", constant: str = "left_out"
) -> Estimates:
    """Fitted rise of GELU, Swish and SELU over all depths (mean over magnitudes), and over all magnitudes."""
    grid = complexity(random_networks, calibration, measure, constant, "closeups", **_all_cells(RELU_LIKE))
    return grid.estimates(_rises(grid))


def relu_like_unlike_relu(
    random_networks: Table, calibration: Table, *, measure: str = "fourier", constant: str = "left_out"
) -> Estimates:
    """The same rises minus those of ReLU."""
    names = ["relu", *RELU_LIKE]
    grid = complexity(random_networks, calibration, measure, constant, "closeups", **_all_cells(names))
    rises = _rises(grid)
    return grid.estimates(rises[:, :, 1:] - rises[:, :, :1])


def others_rise_magnitude(
    random_networks: Table,
    calibration: Table,
    *,
    measure: str = "fourier",
    constant: str = "left_out",
    depths: str = "from 3",
) -> Estimates:
    """c* at the largest minus at the smallest magnitude, for tanh, Gaussian and sine at each depth."""
    grid = complexity(random_networks, calibration, measure, constant, **_all_cells(OTHERS))
    depth = grid.levels["depth"]
    least = {"from 3": DEEP, "all": 0, "deepest": depth.max()}[depths]
    ends = grid.cut(grid.values[:, :, depth >= least][..., [0, -1]])
    return ends.estimates(ends.means[..., 1] - ends.means[..., 0])


def others_rise_depth(
    random_networks: Table,
    calibration: Table,
    *,
    measure: str = "fourier",
    constant: str = "left_out",
    weight_magnitude: float | None = None,
) -> Estimates:
    """c* of the deepest minus of the shallowest networks at a magnitude (the largest), for tanh, Gaussian and sine."""
    axes = _all_cells(OTHERS) | ({} if weight_magnitude is None else {"weight_magnitude": [weight_magnitude]})
    grid = complexity(random_networks, calibration, measure, constant, **axes)
    ends = grid.cut(grid.values[:, :, [0, -1], -1])
    return ends.estimates(ends.means[..., 1] - ends.means[..., 0])


def others_above_relu_like(
    random_networks: Table,
    calibration: Table,
    *,
    measure: str = "fourier",
    constant: str = "left_out",
    magnitudes: str = "all",
) -> Estimates:
    """P(tanh, Gaussian or sine above ReLU, GELU, Swish or SELU) at equal depth and magnitude, mean over the grid."""
    grid = complexity(random_networks, calibration, measure, constant, **_all_cells(EVERY))
    kept = grid.levels["weight_magnitude"] <= (np.inf if magnitudes == "all" else 1.0)
    values = grid.values[..., kept]
    ahead = np.zeros((len(values), len(values)))
    for one in values[:, -len(OTHERS) :].swapaxes(0, 1):
        for other in values[:, : -len(OTHERS)].swapaxes(0, 1):
            ahead += np.nanmean(0.5 + np.sign(one[:, None] - other[None]) / 2, axis=(2, 3))
    ahead /= len(OTHERS) * (len(EVERY) - len(OTHERS))
    n = len(ahead)
    without = (ahead.sum() - ahead.sum(0) - ahead.sum(1) + np.diag(ahead)) / max(n - 1, 1) ** 2
    return grid.estimates(np.concatenate([[ahead.mean()], without]))


def magnitude_general(
    random_networks: Table,
    calibration: Table,
    *,
    measure: str = "fourier",
    constant: str = "left_out",
    variant: str = "plain",
) -> Estimates:
    """Fitted rise over all magnitudes, mean over activations and depths."""
    grid = complexity(random_networks, calibration, measure, constant, **_all_cells(EVERY, variant))
    return grid.estimates(fitted_rise(grid.means, grid.log("weight_magnitude")).mean((1, 2)))


def deviations(means: Array, axis: int) -> Array:
    """Cell mean minus the mean along an axis: a flat response has none."""
    return means - means.mean(axis, keepdims=True)


def _all_cells(activation: str | list[str] | tuple[str, ...], variant: str | list[str] = "plain") -> dict[str, Any]:
    names = activation if isinstance(activation, str) else list(activation)
    return {
        "prior": "glorot",
        "variant": variant,
        "activation": names,
        "depth": ALL,
        "weight_magnitude": ALL,
    }


def _rises(grid: Grid) -> Array:
    """(1 + units, 2, activations): over depths, and over magnitudes, each averaged over the other."""
    over_depths = fitted_rise(grid.means.mean(3), grid.levels["depth"])
    over_magnitudes = fitted_rise(grid.means.mean(2), grid.log("weight_magnitude"))
    return np.stack([over_depths, over_magnitudes], axis=1)


def _share_between(grid: Grid) -> Array:
    cells = grid.values.reshape(len(grid.values), -1)
    means, squares = leave_one_out(cells), leave_one_out(cells**2)
    counts = np.isfinite(cells).sum(0) - np.concatenate([np.zeros((1, cells.shape[1])), np.isfinite(cells)])
    within = (squares - means**2) * counts / np.maximum(counts - 1, 1)
    between = means.var(1, ddof=1) - (within / counts).mean(1)
    return between / (between + within.mean(1))
