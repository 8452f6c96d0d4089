"""Where the functions of random networks lie among functions that everybody can picture, by every measure."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter
from matplotlib.transforms import offset_copy

from neural_redshift.figures import style

COLUMNS = 3
PLACES = (("lowest", "o", 0.27), ("centre", "D", 0.0), ("highest", "s", -0.27))  # cell, marker, place within a line
CLOSEST = 0.105  # labels of reference lines, as a share of the panel


@style.style()
def draw(random_networks: pd.DataFrame, calibration: pd.DataFrame) -> Figure:
    """A panel a measure: lines are known functions, ticks plain networks of three cells, a row an activation."""
    networks = style.heatmap_networks(random_networks)
    networks = networks[networks.variant.isin(["plain", "unbiased"])]
    points = max(set(networks.grid_points) & set(calibration.grid_points))
    known = calibration[calibration.grid_points == points].set_index(["measure", "function"])
    networks = _in_three_cells(networks[networks.grid_points == points])
    measures = [name for name in style.MEASURES if name in known.index and networks[name].notna().any()]
    names = style.in_order(networks.activation)[::-1]
    rows = -(-(len(measures) + 1) // COLUMNS)
    figure = style.page(0.75 + (1.5 + 0.2 * len(names)) * rows)
    panels = figure.subplots(rows, COLUMNS, sharey=True, squeeze=False)
    for axes, measure in zip(panels.flat, measures, strict=False):
        _known_functions(axes, known.loc[measure])
        for line, name in enumerate(names):
            _networks(axes, networks[networks.activation == name], line, measure)
        _name_axes(axes, measure, names)
    for axes in panels.flat[len(measures) :]:
        axes.set_axis_off()
    panels.flat[len(measures)].legend(handles=_legend(networks), loc="center", frameon=False, labelspacing=0.9)
    return style.finish(figure, _caption(networks, known))


def _in_three_cells(networks: pd.DataFrame) -> pd.DataFrame:
    """Networks of the lowest, middle and highest depth and magnitude; the Fourier model has no depth."""
    mlps, unbiased = (networks[(networks.variant == "unbiased") == flag] for flag in (False, True))
    depths, magnitudes = (sorted(set(mlps[axis])) for axis in ("depth", "weight_magnitude"))
    cells: dict[tuple[int, float], str] = {}
    for (place, *_), share in zip(PLACES, (0.0, 0.5, 1.0), strict=True):
        depth, magnitude = (values[int(share * (len(values) - 1))] for values in (depths, magnitudes))
        cells.setdefault((depth, magnitude), place)
    parts = []
    for (depth, magnitude), place in cells.items():
        parts += [
            mlps[(mlps.depth == depth) & (mlps.weight_magnitude == magnitude)].assign(place=place),
            unbiased[unbiased.weight_magnitude == magnitude].assign(place=place),
        ]
    return pd.concat(parts, ignore_index=True)


def _known_functions(axes: Axes, known: pd.DataFrame) -> None:
    known = known.sort_values("mean")
    lowest, highest = known["mean"].min() / 1.15, known["mean"].max() * 1.15
    axes.set(xscale="log", xlim=(lowest, highest))
    at = np.log(known["mean"].to_numpy() / lowest) / np.log(highest / lowest)
    figure: Any = axes.figure
    above = offset_copy(axes.transAxes, figure, y=10, units="points")
    for function, place, label in zip(style.rows(known), at, _apart(at), strict=True):
        axes.axvspan(
            function.mean - function.standard_deviation,
            function.mean + function.standard_deviation,
            color="#DDDDDD",
            linewidth=0,
        )
        axes.axvline(function.mean, color=style.FAINT, linewidth=0.8)
        axes.annotate(
            function.Index.replace("_", " "),
            (place, 1),
            (label, 1),
            xycoords="axes fraction",
            textcoords=above,
            rotation=45,
            rotation_mode="anchor",
            fontsize=6.5,
            va="center",
            arrowprops={"arrowstyle": "-", "color": style.FAINT, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 0},
        )


def _apart(places: np.ndarray) -> np.ndarray:
    """The same places in order, moved right and then left until no two are closer than `CLOSEST`."""
    labels = places.copy()
    for i in range(1, len(labels)):
        labels[i] = max(labels[i], labels[i - 1] + CLOSEST)
    labels[-1] = min(labels[-1], max(places[-1], 1.0))
    for i in range(len(labels) - 2, -1, -1):
        labels[i] = min(labels[i], labels[i + 1] - CLOSEST)
    return labels


def _networks(axes: Axes, networks: pd.DataFrame, line: int, measure: str) -> None:
    for place, marker, shift in PLACES:
        values = networks.loc[networks.place == place, measure].dropna().astype(float)
        if values.empty:
            continue
        colour = style.look(networks.activation.iloc[0]).colour
        axes.plot(values, np.full(len(values), line + shift), "|", color=colour, markersize=5, markeredgewidth=0.5)
        axes.plot(values.mean(), line + shift, marker, color="white", markersize=3.6, markeredgecolor=colour)


def _name_axes(axes: Axes, measure: str, names: list[str]) -> None:
    label, unit, _ = style.MEASURES[measure]
    axes.set_title(label, fontweight="bold", loc="left", pad=44)
    axes.set_xlabel(f"{unit} (log scale)")
    axes.set_yticks(range(len(names)), [style.look(name).label for name in names])
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    style.plain_ticks(axes.xaxis)


def _legend(networks: pd.DataFrame) -> list[Line2D]:
    mlps = networks[networks.variant != "unbiased"]
    handles = []
    for place, marker, _ in (row for row in PLACES if row[0] in set(mlps.place)):
        cell = mlps[mlps.place == place].iloc[0]
        name = f"depth {cell.depth}, α = {style.short(cell.weight_magnitude)}"
        look: Any = {"marker": marker, "markersize": 4.5, "markerfacecolor": "white", "markeredgecolor": style.INK}
        handles.append(Line2D([], [], linestyle="", label=f"mean at {name}", **look))
    ticks = Line2D([], [], linestyle="", marker="|", color=style.INK, label="one network")
    lines = Line2D([], [], color=style.FAINT, linewidth=0.8, label="a known function: mean\n(grey band: ± 1 sd)")
    return [*handles, ticks, lines]


def _caption(networks: pd.DataFrame, known: pd.DataFrame) -> str:
    return (
        "What each measure says of functions that everybody can picture (vertical lines, mean over "
        f"{style.between(known.n)} of each kind with random direction, place or size) and of plain random networks "
        "(a tick is a network) at the lowest, middle and highest depth and weight magnitude of the heatmaps. The "
        "measures do not even order the known functions alike: by Fourier a plane is more complex than a paraboloid "
        "because the grid is taken as periodic; by Lempel-Ziv step and disc, which have two values, are simpler than "
        f"both. {style.sampling(networks)} {style.count_networks(networks)}"
    )
