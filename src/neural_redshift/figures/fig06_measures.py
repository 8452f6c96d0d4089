"""Figure 6: how the measures of complexity agree."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neural_redshift.figures import style

GROUPS = {"over_networks": "networks", "between_cells": "cell means"}


@style.style()
def draw(random_networks: pd.DataFrame, correlations: pd.DataFrame) -> Figure:
    """Below the diagonal: cell means of each pair of measures. Above: their correlations, with intervals."""
    networks = style.heatmap_networks(random_networks)
    measures = list(style.MEASURES)
    means = networks.groupby(style.CELL, as_index=False)[measures].mean().dropna()
    found = correlations[(correlations.table == "random_networks") & correlations.group.isin(GROUPS)]
    found = found.set_index(["group", "x", "y", "method"])[["estimate", "low", "high", "n"]]
    figure = style.page(7.6)
    panels = figure.subplots(len(measures), len(measures), sharex="col", gridspec_kw={"wspace": 0, "hspace": 0})
    for i, y in enumerate(measures):
        for j, x in enumerate(measures):
            axes = panels[i, j]
            if i == j:
                _histogram(axes, means[x], x)
            elif i > j:
                _scatter(axes, means, x, y)
            else:
                _numbers(axes, found, x, y)
            _name_axes(axes, x, y, bottom=i == len(measures) - 1, left=j == 0 and i > 0)
    shown = [style.handle(name, linestyle="") for name in style.in_order(means.activation)]
    figure.legend(handles=shown, loc="outside upper center", ncols=len(shown), frameon=False, handletextpad=0.1)
    return style.finish(figure, _caption(networks, found))


def _scatter(axes: Axes, means: pd.DataFrame, x: str, y: str) -> None:
    for name in style.in_order(means.activation):
        cells, (_, colour, marker, _) = means[means.activation == name], style.look(name)
        axes.scatter(cells[x], cells[y], s=5, color=colour, marker=marker, linewidths=0, alpha=0.6, rasterized=True)


def _histogram(axes: Axes, values: pd.Series, measure: str) -> None:
    axes.hist(values, bins=40, color=style.FAINT)
    axes.set(yticks=[], ylim=(0, 1.2 * axes.get_ylim()[1]))
    axes.set_title(style.MEASURES[measure].label, y=0.87, pad=0, fontweight="bold", fontsize=7)


def _numbers(axes: Axes, found: pd.DataFrame, x: str, y: str) -> None:
    axes.set_axis_off()
    for top, (group, name) in zip((0.95, 0.45), GROUPS.items(), strict=True):
        axes.text(0.05, top, name, transform=axes.transAxes, va="top", fontsize=7, color=style.FAINT)
        for down, method in enumerate(("pearson", "spearman"), start=1):
            if (key := (group, y, x, method)) in found.index:
                estimate, low, high = (style.decimals(found[end].loc[key]) for end in ("estimate", "low", "high"))
                text = f"{method.title()[0]} {estimate} [{low}, {high}]"
                axes.text(0.05, top - 0.14 * down, text, transform=axes.transAxes, va="top", fontsize=7)


def _name_axes(axes: Axes, x: str, y: str, bottom: bool, left: bool) -> None:
    axes.set_xlabel(style.MEASURES[x].unit if bottom else "")
    style.plain_ticks(axes.xaxis, axes.yaxis)
    axes.tick_params(labelbottom=bottom, labelleft=left)
    axes.set_ylabel(style.MEASURES[y].unit if left else "")


def _caption(networks: pd.DataFrame, found: pd.DataFrame) -> str:
    n = {name: style.between(found.n[group]) for group, name in GROUPS.items() if group in found.index}
    return (
        "Below the diagonal: cell means (a point is the mean over the networks of one cell; every variant, depth and "
        "magnitude of the study heatmaps). Diagonal: their histogram. Above: Pearson (P) and Spearman rank (S) "
        f"correlations with 95 % bootstrap intervals, over networks (n = {n.get('networks', 0)}) and between cell "
        f"means (n = {n.get('cell means', 0)}). {style.count_networks(networks)}"
    )
