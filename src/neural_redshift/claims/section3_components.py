"""Section 3: what width, biases, LayerNorm, residual connections and gating do to random networks. c* throughout."""

from typing import Any

import numpy as np
import pandas as pd

from neural_redshift.claims.evidence import Estimates, TooLittle, averaged
from neural_redshift.claims.grids import (
    ALL,
    EVERY,
    OTHERS,
    RELU_LIKE,
    Grid,
    by_halves,
    calibrated,
    complexity,
    of_units,
    select,
)
from neural_redshift.claims.section3_activations import LOW, deviations
from neural_redshift.replicates import fitted_rise, leave_one_out

Array = np.ndarray
Table = pd.DataFrame
HIGH = 0.75
CLEAR = 0.10


def width_none(
    random_networks: Table,
    calibration: Table,
    *,
    measure: str = "fourier",
    constant: str = "left_out",
    prior: str = "glorot",
    weight_magnitude: float = 1.0,
) -> Estimates:
    """c* at every width minus the mean over widths, for each activation."""
    axes = {"prior": prior, "weight_magnitude": weight_magnitude, "activation": list(EVERY), "width": ALL}
    grid = complexity(random_networks, calibration, measure, constant, "width", **axes)
    return grid.estimates(deviations(grid.means, -1))


def bias_none(
    random_networks: Table,
    calibration: Table,
    *,
    measure: str = "fourier",
    constant: str = "left_out",
    weight_magnitude: float = 1.0,
) -> Estimates:
    """c* at every bias magnitude minus the mean over bias magnitudes, for each activation."""
    axes = {"weight_magnitude": weight_magnitude, "activation": list(EVERY), "bias_magnitude": ALL}
    grid = complexity(random_networks, calibration, measure, constant, "bias_magnitude", **axes)
    return grid.estimates(deviations(grid.means, -1))


def norm_removes_magnitude(
    random_networks: Table,
    calibration: Table,
    *,
    measure: str = "fourier",
    constant: str = "left_out",
    biases: str = "fixed",
) -> Estimates:
    """c* with LayerNorm in every cell minus the mean over magnitudes, for each activation and depth."""
    study = "heatmaps" if biases == "fixed" else "biases_scaled"
    grid = _cells(random_networks, calibration, measure, constant, "layer_norm", study)
    return grid.estimates(deviations(grid.means, -1))


def norm_lowers(
    random_networks: Table,
    calibration: Table,
    *,
    measure: str = "fourier",
    constant: str = "left_out",
    cells: str = "not low",
) -> Estimates:
    """c* of plain minus of normalised networks, mean over the cells where plain networks are not low.

    Which cells those are one half of the networks says, and the other is judged there, both ways round.
    """
    grid = _cells(random_networks, calibration, measure, constant, ["plain", "layer_norm"])
    small = grid.levels["weight_magnitude"] <= 1.0

    def judge(choosing: Array, judging: Array) -> Array:
        plain = leave_one_out(choosing)[0, 0]
        chosen = plain > LOW if cells == "not low" else np.broadcast_to(small, plain.shape)
        if not chosen.any():
            raise TooLittle("no plain networks that are not low")
        return np.nanmean((judging[:, 0] - judging[:, 1])[:, chosen], axis=1, keepdims=True)

    return of_units(by_halves(grid.values, judge), grid.n)


def norm_gain(
    random_networks: Table,
    calibration: Table,
    *,
    measure: str = "fourier",
    constant: str = "left_out",
    depth: Any = ALL,
) -> Estimates:
    """Fitted rise of c* over the logarithm of the gain, mean over depths: less a tenth for tanh, Gaussian, sine; GELU.

    So all are above 0 where the rise of the three is clear, and GELU's is a rise.
    """
    axes: dict[str, Any] = {"variant": "norm_gain", "activation": [*OTHERS, "gelu"], "weight_magnitude": ALL}
    depths = depth if depth is ALL else [depth]
    grid = complexity(random_networks, calibration, measure, constant, "norm_gain", depth=depths, **axes)
    rises = fitted_rise(grid.means, grid.log("weight_magnitude")).mean(1)
    return grid.estimates(rises - np.array([CLEAR] * len(OTHERS) + [0.0]))


def residual_low(
    random_networks: Table,
    calibration: Table,
    *,
    measure: str = "fourier",
    constant: str = "left_out",
    variant: str = "residual",
) -> Estimates:
    """c* of every cell of residual networks."""
    grid = _cells(random_networks, calibration, measure, constant, variant)
    return grid.estimates(grid.means)


def residual_flat_depth(
    random_networks: Table,
    calibration: Table,
    *,
    measure: str = "fourier",
    constant: str = "left_out",
    variant: str = "residual",
) -> Estimates:
    """c* of every cell of residual networks minus the mean over depths."""
    grid = _cells(random_networks, calibration, measure, constant, variant)
    return grid.estimates(deviations(grid.means, -2))


def gating_raises(
    random_networks: Table,
    calibration: Table,
    *,
    measure: str = "fourier",
    constant: str = "left_out",
    weight_magnitude: float | None = None,
) -> Estimates:
    """c* of the deepest gated minus plain networks at a magnitude (the largest), unless plain ones are high already.

    Which are is asked of every other network, the rest are judged.
    """
    magnitude: Any = ALL if weight_magnitude is None else [weight_magnitude]
    variants = ["plain", "gated"]
    grid = _cells(random_networks, calibration, measure, constant, variants, weight_magnitude=magnitude)
    choosing, judging = grid.values[::2, ..., -1, -1], grid.cut(grid.values[1::2, ..., -1, -1])
    can_rise = leave_one_out(choosing)[0, 0] < HIGH
    if not can_rise.any():
        raise TooLittle("every plain activation is high already")
    return judging.estimates((judging.means[:, 1] - judging.means[:, 0])[:, can_rise])


def gating_grows(
    random_networks: Table,
    calibration: Table,
    *,
    measure: str = "fourier",
    constant: str = "left_out",
    activations: str = "all",
) -> Estimates:
    """Fitted rise of gated minus plain over depths, and over magnitudes, mean over all else."""
    grid = _cells(random_networks, calibration, measure, constant, ["plain", "gated"])
    gain = grid.means[:, 1] - grid.means[:, 0]
    gain = (gain if activations == "all" else gain[:, : 1 + len(RELU_LIKE)]).mean(1)
    over_depths = fitted_rise(gain.mean(2), grid.levels["depth"])
    over_magnitudes = fitted_rise(gain.mean(1), grid.log("weight_magnitude"))
    return grid.estimates(np.stack([over_depths, over_magnitudes], axis=1))


def sensitivity_order(
    random_networks: Table, calibration: Table, *, measure: str = "fourier", constant: str = "left_out"
) -> Estimates:
    """Fitted rise over magnitudes: gated minus plain, plain minus residual, residual minus LayerNorm."""
    variants = ["gated", "plain", "residual", "layer_norm"]
    grid = _cells(random_networks, calibration, measure, constant, variants)
    rises = fitted_rise(grid.means, grid.log("weight_magnitude")).mean((2, 3))
    return grid.estimates(rises[:, :-1] - rises[:, 1:])


def unbiased_level(
    random_networks: Table,
    sensitivity: Table,
    calibration: Table,
    *,
    measure: str = "fourier",
    grid_points: str = "heatmaps",
) -> Estimates:
    """c* of the Fourier model at every magnitude."""
    if grid_points == "heatmaps":
        axes: dict[str, Any] = {"variant": "unbiased", "weight_magnitude": ALL}
        grid = complexity(random_networks, calibration, measure, "left_out", **axes)
    else:
        chosen = sensitivity[(sensitivity.measure == measure) & (sensitivity.setting == "grid_points")]
        chosen = chosen[(chosen.variant == "unbiased") & (chosen.setting_value == grid_points)]
        values = calibrated(chosen.value.to_numpy(float), chosen.grid_points.to_numpy(), calibration, measure)
        grid = select(chosen.assign(value=values), "network", "value", weight_magnitude=ALL)
    return grid.estimates(grid.means)


def unbiased_uniform(spectra: Table) -> Estimates:
    """Mean amplitude of the Fourier model at every radius over that at all frequencies, mean over magnitudes.

    The magnitude only scales the output, so magnitudes are draws of one spectrum.
    """
    rows = spectra[spectra.variant == "unbiased"]
    amplitude, low, high, n = (
        rows.pivot(index="weight_magnitude", columns="radius", values=name).to_numpy(float)
        for name in ("amplitude", "low", "high", "n")
    )
    return averaged(amplitude, low, high, n[:, 0] if len(rows) else n.ravel())


def _cells(
    random_networks: Table,
    calibration: Table,
    measure: str,
    constant: str,
    variant: str | list[str],
    study: str = "heatmaps",
    weight_magnitude: Any = ALL,
) -> Grid:
    """Axes (variants,) activations, depths, magnitudes."""
    axes = {"variant": variant, "activation": list(EVERY), "depth": ALL, "weight_magnitude": weight_magnitude}
    return complexity(random_networks, calibration, measure, constant, study, **axes)
