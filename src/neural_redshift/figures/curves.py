"""Curves of complexity against weight magnitude, which several figures share."""

from collections.abc import Mapping

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from neural_redshift.complexity.cosine import cosine
from neural_redshift.complexity.fourier import fourier
from neural_redshift.figures import style
from neural_redshift.statistics import mean_interval

PAPER_DEPTH = 6
HIGHEST = 0.59  # white noise, .54, and some air
FEW = 5  # panels that leave room for a long label
DOTS = (0, (1, 2))


def depth_shown(networks: pd.DataFrame) -> int:
    """The paper's depth, or the largest below it that the networks have."""
    return int(max((depth for depth in set(networks.depth) if depth <= PAPER_DEPTH), default=networks.depth.min()))


def magnitude_curves(networks: pd.DataFrame, unbiased: pd.DataFrame, column: str, titles: Mapping[str, str]) -> Figure:
    """Mean complexity with 95 % intervals against α: lines = activations, rows = measures, a panel for each title.

    `titles` names the values of `column` that are drawn, in order, and what stands above them.
    """
    activations = style.in_order(networks.activation)
    figure = style.page(4.6)
    panels = figure.subplots(2, len(titles), sharex=True, sharey="row", squeeze=False)
    for row, measure in zip(panels, (fourier, cosine), strict=True):
        for axes, value in zip(row, titles, strict=True):
            axes.axhline(style.plane_level(measure, networks), color=style.FAINT, linewidth=0.8, linestyle=DOTS)
            lines(axes, unbiased, ["none"], measure.__name__, "weight_magnitude")
            lines(axes, networks[networks[column] == value], activations, measure.__name__, "weight_magnitude")
            axes.set(xscale="log", xlabel="", ylabel="", ylim=(0, HIGHEST))
        style.plain_ticks(row[0].yaxis)
        row[0].set_ylabel("{}\n({})".format(*style.MEASURES[measure.__name__][:2]))
    for axes, title in zip(panels[0], titles.values(), strict=True):
        axes.set_title(title)
    for axes in panels[1]:
        name_magnitudes(axes, sorted(set(networks.weight_magnitude)))
        axes.set_xlabel(style.ALPHA if len(titles) <= FEW else "α")
    plane = Line2D([], [], color=style.FAINT, linewidth=0.8, linestyle=DOTS, label="a plane")
    shown = [*map(style.handle, activations), style.handle("none", marker=""), plane]
    figure.legend(
        handles=shown, loc="outside upper center", ncols=len(shown), frameon=False, handlelength=2.4, columnspacing=1.1
    )
    return figure


def lines(axes: Axes, networks: pd.DataFrame, activations: list[str], measure: str, along: str) -> None:
    """A line an activation: mean and 95 % interval of the networks at each value of `along`."""
    found = networks.dropna(subset=[measure]).astype({measure: float})
    for name in [name for name in activations if name in set(found.activation)]:
        _, colour, marker, line = style.look(name)
        sns.lineplot(
            found[found.activation == name],
            x=along,
            y=measure,
            errorbar=mean_interval,
            color=colour,
            marker=None if name == "none" else marker,
            markersize=5 if marker == "*" else 3.5,
            markeredgewidth=0,
            linestyle=line,
            err_kws={"linewidth": 0},
            ax=axes,
        )


def name_magnitudes(axes: Axes, magnitudes: list[float]) -> None:
    """Label and ticks of a logarithmic axis of weight magnitudes."""
    axes.set_xlabel(style.ALPHA)
    axes.xaxis.set_minor_locator(NullLocator())
    style.some_ticks(axes.xaxis, magnitudes, [style.short(value) for value in magnitudes], 4)
