"""Appendix F: ReLU-like activations from close by, on fine grids of depth and weight magnitude."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neural_redshift.figures import style
from neural_redshift.figures.curves import name_magnitudes
from neural_redshift.statistics import contrast

MEASURES = ("fourier", "cosine")


@style.style()
def draw(random_networks: pd.DataFrame) -> Figure:
    """Above: heatmaps on the colour scale of their own range; below: averages over one axis with 95 % intervals."""
    networks = random_networks[random_networks.study == "closeups"]
    activations = style.in_order(networks.activation)
    figure = style.page(6.3)
    parts: Any = figure.subfigures(2, 1, height_ratios=[1.5, 1])
    heats, curves = parts
    panels = heats.subplots(2, len(activations), squeeze=False, sharex=True, sharey=True)
    for row, measure in zip(panels, MEASURES, strict=True):
        _heatmaps(heats, row, networks, activations, measure)
    for axes, name in zip(panels[0], activations, strict=True):
        axes.set_title(style.look(name).label, fontweight="bold")
    for axes in panels[1]:
        axes.set_xlabel(style.ALPHA)
    pairs = [(measure, along) for measure in MEASURES for along in ("weight_magnitude", "depth")]
    for axes, (measure, along) in zip(curves.subplots(1, 4), pairs, strict=True):
        _averages(axes, networks, activations, measure, along)
    handles = [style.handle(name) for name in activations]
    curves.legend(handles=handles, loc="outside upper center", ncols=len(handles), frameon=False, handlelength=2.4)
    return style.finish(figure, _caption(networks))


def _heatmaps(figure: Any, row: Any, networks: pd.DataFrame, activations: list[str], measure: str) -> None:
    means = [style.depth_by_magnitude(networks[networks.activation == name], measure) for name in activations]
    values = np.concatenate([mean.to_numpy().ravel() for mean in means])
    for axes, mean in zip(row, means, strict=True):
        image = style.heatmap(axes, mean, measure)
        image.set_clim(np.nanmin(values), np.nanmax(values))
        style.write_range(axes, mean)
    row[0].set_ylabel(style.DEPTH)
    bar = figure.colorbar(image, ax=list(row), aspect=14, pad=0.015)
    bar.outline.set_visible(False)
    bar.set_label("{}\n({})".format(*style.MEASURES[measure][:2]))
    style.plain_ticks(bar.ax.yaxis)


def _averages(axes: Axes, networks: pd.DataFrame, activations: list[str], measure: str, along: str) -> None:
    for name in activations:
        found = average_along(networks[networks.activation == name], measure, along)
        _, colour, marker, line = style.look(name)
        axes.fill_between(found.index, found.low, found.high, color=colour, alpha=0.2, linewidth=0)
        axes.plot(found.index, found.estimate, color=colour, marker=marker, linestyle=line, markersize=3)
    if along == "weight_magnitude":
        axes.set_xscale("log")
        name_magnitudes(axes, sorted(set(networks.weight_magnitude)))
    else:
        axes.set_xlabel(style.DEPTH)
    style.plain_ticks(axes.yaxis)
    axes.set_title(style.MEASURES[measure].label)


def average_along(networks: pd.DataFrame, measure: str, along: str) -> pd.DataFrame:
    """Mean over the cells at each value of `along`, each cell counting the same, with its 95 % interval."""
    known = networks.dropna(subset=[measure]).astype({measure: float})
    cells = known.groupby(["depth", "weight_magnitude"])[measure].agg(["mean", "var", "count"])
    found = {}
    for value, group in cells.groupby(along):
        means, variances, counts = (group[name].to_numpy() for name in ("mean", "var", "count"))
        found[value] = contrast(means, variances, counts, np.full(len(group), 1 / len(group)))
    return pd.DataFrame.from_dict(found, orient="index", columns=["estimate", "low", "high"])


def _caption(networks: pd.DataFrame) -> str:
    return (
        "ReLU-like activations from close by. Above: mean complexity of a cell; each measure has the colour scale of "
        "its own range, which is written in each panel, so that small differences show. Below: averages over the other "
        "axis, each cell counting the same, shaded their 95 % interval (Welch–Satterthwaite over networks). "
        f"{style.sampling(networks)} {style.count_networks(networks)}"
    )
