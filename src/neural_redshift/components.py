"""Table 1: what each component of an architecture does to complexity, with an interval.

A component is a contrast between two sets of cells that are alike in everything else, averaged over
all such pairs. Complexities are read on the calibrated scale c* = (C − C_plane)/(C_white − C_plane).
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from neural_redshift import statistics

RELU_LIKE = ("relu", "gelu", "swish", "selu")
OTHERS = ("tanh", "gaussian", "sin")
MARGIN = 0.10  # of the distance from a plane to white noise: what the list of claims calls "none"
CELL = ["variant", "activation", "prior", "depth", "width", "weight_magnitude", "bias_magnitude", "grid_points"]


class Component(NamedTuple):
    """`high` cells minus `low` cells of a study; a value is an entry of `factor`, or its ends.

    `paper` is the paper's word in Table 1, `paper_relu_like` what section 3 says of ReLU-like activations
    in particular ("" where it says nothing).
    """

    name: str
    study: str
    factor: str
    low: str
    high: str
    paper: str
    paper_relu_like: str


COMPONENTS = (
    Component("other activations", "heatmaps", "activation", "ReLU-like", "others", "higher", ""),
    Component("weight magnitude", "heatmaps", "weight_magnitude", "smallest", "largest", "higher", "none"),
    Component("depth", "heatmaps", "depth", "smallest", "largest", "higher", "none"),
    Component("gating", "heatmaps", "variant", "plain", "gated", "higher", "higher"),
    Component("layer normalisation", "heatmaps", "variant", "plain", "layer_norm", "lower", ""),
    Component("residual connections", "heatmaps", "variant", "plain", "residual", "lower", ""),
    Component("width", "width", "width", "smallest", "largest", "none", "none"),
    Component("bias magnitude", "bias_magnitude", "bias_magnitude", "smallest", "largest", "none", "none"),
)


def estimate_components(random_networks: pd.DataFrame, calibration: pd.DataFrame, measures: list[str]) -> pd.DataFrame:
    """Rows of `components`: each component, for all activations, ReLU-like ones, and the others.

    `over` is grid (the average over every depth and weight magnitude) or corner (the largest of both,
    where networks are most complex).
    """
    rows = []
    for measure in measures:
        cells = cell_statistics(random_networks, calibration, measure)
        for component in COMPONENTS:
            for group, members in {"all": RELU_LIKE + OTHERS, "ReLU-like": RELU_LIKE, "others": OTHERS}.items():
                if component.factor == "activation" and group != "all":
                    continue
                for over in ("grid", "corner"):
                    chosen = _select(cells[cells.activation.isin(members)], component, over)
                    paper = component.paper_relu_like if group == "ReLU-like" else component.paper
                    about = {"measure": measure, "activations": group, "over": over, "paper": paper}
                    rows.append({**about, **_estimate(chosen, component)})
    return pd.DataFrame(rows)


def cell_statistics(random_networks: pd.DataFrame, calibration: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Mean, variance and count of c* in each cell, over the networks that have a value."""
    found = random_networks.dropna(subset=[measure])
    ends = calibration[calibration.measure == measure].pivot(index="grid_points", columns="function", values="mean")
    plane, white = (found.grid_points.map(ends[name]) for name in ("plane", "white_noise"))
    scaled = found.assign(value=(found[measure].astype(float) - plane) / (white - plane))
    return scaled.groupby(["study", *CELL], as_index=False).value.agg(["mean", "var", "count"])


def direction(low: float, high: float) -> str:
    """lower or higher: the interval lies beyond 0; none: within the margin; else undecided.

    An interval beyond 0 that stays within the margin counts as none: the effect is real and too small to matter.
    """
    if low > -MARGIN and high < MARGIN:
        return "none"
    if low > 0 or high < 0:
        return "higher" if low > 0 else "lower"
    return "undecided"


def _select(cells: pd.DataFrame, component: Component, over: str) -> pd.DataFrame:
    """Cells of the component's study: plain, of the paper's prior; for the corner the largest depth and magnitude."""
    chosen = cells[(cells.study == component.study) & (cells.prior == "glorot")]
    if component.factor != "variant":
        chosen = chosen[chosen.variant == "plain"]
    for axis in ("depth", "weight_magnitude"):
        if over == "corner" and axis != component.factor:
            chosen = chosen[chosen[axis] == chosen[axis].max()]
    return chosen


def _estimate(chosen: pd.DataFrame, component: Component) -> dict[str, object]:
    side, low_name, high_name = _sides(chosen, component)
    others = [name for name in CELL if name not in (component.factor, "activation")]
    if component.factor != "activation":
        others.append("activation")
    chosen = chosen.assign(side=side).dropna(subset=["side"])
    both = chosen.groupby(others).side.transform("nunique") == 2
    chosen = chosen[both]
    share = chosen.groupby([*others, "side"]).side.transform("size")
    pairs = chosen.groupby(others).ngroups
    weights = chosen.side / share / max(pairs, 1)
    means, variances, counts = (chosen[name].to_numpy() for name in ("mean", "var", "count"))
    estimate, low, high = statistics.contrast(means, variances, counts, weights.to_numpy())
    return {
        "component": component.name,
        "contrast": f"{high_name} − {low_name}",
        "estimate": estimate,
        "low": low,
        "high": high,
        "cells": len(chosen),
        "n": int(chosen["count"].sum()),
        "direction": direction(low, high),
    }


def _sides(cells: pd.DataFrame, component: Component) -> tuple[pd.Series, str, str]:
    """+1 for cells on the high side, −1 on the low side, NaN for neither; and what to call them."""
    values = cells[component.factor]
    if component.factor == "activation":
        high, low = values.isin(OTHERS), values.isin(RELU_LIKE)
        names = ("ReLU-like", "others")
    elif component.low == "smallest":
        high, low = values == values.max(), values == values.min()
        names = (f"{component.factor} {values.min():.3g}", f"{component.factor} {values.max():.3g}")
    else:
        high, low = values == component.high, values == component.low
        names = (component.low, component.high)
    return pd.Series(np.select([high, low], [1.0, -1.0], np.nan), cells.index), *names
