"""Figure 5: complexity against weight magnitude, for every variant of the architecture."""

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


@style.style()
def draw(random_networks: pd.DataFrame) -> Figure:
    """Mean complexity with 95 % intervals against α, lines = activations; columns = variants, rows = measures."""
    networks = style.heatmap_networks(random_networks)
    mlps, unbiased = (networks[(networks.variant == "unbiased") == flag] for flag in (False, True))
    depth = max((found for found in set(mlps.depth) if found <= PAPER_DEPTH), default=mlps.depth.min())
    mlps = mlps[mlps.depth == depth]
    variants, activations = style.in_order(mlps.variant, style.VARIANTS), style.in_order(mlps.activation)
    figure = style.page(4.6)
    panels = figure.subplots(2, len(variants), sharex=True, sharey="row", squeeze=False)
    for row, measure in zip(panels, (fourier, cosine), strict=True):
        for axes, variant in zip(row, variants, strict=True):
            axes.axhline(style.plane_level(measure, mlps), color=style.FAINT, linewidth=0.8, linestyle=(0, (1, 2)))
            _lines(axes, unbiased, ["none"], measure.__name__)
            _lines(axes, mlps[mlps.variant == variant], activations, measure.__name__)
            axes.set(xscale="log", xlabel="", ylabel="", ylim=(0, HIGHEST))
        style.plain_ticks(row[0].yaxis)
        row[0].set_ylabel("{}\n({})".format(*style.MEASURES[measure.__name__][:2]))
    _name_axes(panels[0], panels[1], variants, sorted(set(mlps.weight_magnitude)))
    plane = Line2D([], [], color=style.FAINT, linewidth=0.8, linestyle=(0, (1, 2)), label="a plane")
    shown = [*map(style.handle, activations), style.handle("none", marker=""), plane]
    figure.legend(
        handles=shown, loc="outside upper center", ncols=len(shown), frameon=False, handlelength=2.4, columnspacing=1.1
    )
    return style.finish(figure, _caption(pd.concat([mlps, unbiased]), depth))


def _lines(axes: Axes, networks: pd.DataFrame, activations: list[str], measure: str) -> None:
    found = networks.dropna(subset=[measure]).astype({measure: float})
    for name in [name for name in activations if name in set(found.activation)]:
        _, colour, marker, line = style.look(name)
        sns.lineplot(
            found[found.activation == name],
            x="weight_magnitude",
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


def _name_axes(top: list[Axes], bottom: list[Axes], variants: list[str], magnitudes: list[float]) -> None:
    for axes, variant in zip(top, variants, strict=True):
        axes.set_title(style.VARIANTS.get(variant, variant))
    for axes in bottom:
        axes.set_xlabel(style.ALPHA)
        axes.xaxis.set_minor_locator(NullLocator())
        style.some_ticks(axes.xaxis, magnitudes, [style.short(value) for value in magnitudes], 4)


def _caption(networks: pd.DataFrame, depth: int) -> str:
    return (
        f"Complexity against weight magnitude at {depth} hidden layers: mean over the networks of a cell, shaded its "
        "95 % interval (Student). Columns: variants of the architecture (the skip is ours: the paper's residual adds "
        "z, the pre-activation). Below: the same without the leak at the border of the grid. Dashed black: the "
        f"unbiased model, which has no layers; dotted: a plane. {style.sampling(networks)} "
        f"{style.count_networks(networks)}"
    )
