"""A report as a figure: dots on the calibrated scale, lines along one axis, or heatmaps over two."""

from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neural_redshift.figures import style
from neural_redshift.profiling.measuring import ALL

if TYPE_CHECKING:
    from neural_redshift.profiling.report import Report

Array = np.ndarray
SCALE = "calibrated complexity c*"
AXES = {"depth": "depth", "weight_magnitude": style.ALPHA}
LABELS = {name: look.label for name, look in style.MEASURES.items()} | {"total_variation": "Total variation"}
# Architectures that are not the paper's: greys, which no activation has, told apart by marker and line.
THEIRS = [
    ("#222222", "D", "-"),
    ("#767676", "X", (0, (5, 1))),
    ("#444444", "p", (0, (1, 1))),
    ("#999999", "8", (0, (4, 2))),
]
HIGHEST = 1.1


class Range(NamedTuple):
    """How far a calibrated scale is drawn."""

    low: float
    high: float


def looks(names: list[str]) -> dict[str, style.Look]:
    """How each architecture appears: the paper's as everywhere, others in greys."""
    theirs = [name for name in names if name not in style.ACTIVATIONS]
    new = {name: style.Look(name, *THEIRS[place % len(THEIRS)]) for place, name in enumerate(theirs)}
    return {name: style.ACTIVATIONS.get(name) or new[name] for name in names}


@style.style()
def draw(report: "Report") -> Figure:
    """Mean c* of the networks of every cell, with 95 % intervals where they can be drawn."""
    cells = report.cells
    varied = [axis for axis in AXES if cells.groupby("name")[axis].nunique().max() > 1]
    measures = [measure for measure in ALL if measure in set(cells.measure)]
    if len(varied) == 2:
        figure = _heatmaps(report, cells, measures)
    elif varied:
        figure = _lines(cells, measures, varied[0])
    else:
        figure = _dots(cells, measures)
    return style.finish(figure, _caption(report, cells, varied))


def _dots(cells: pd.DataFrame, measures: list[str]) -> Figure:
    names = list(dict.fromkeys(cells.name))
    figure = style.page(1.4 + 0.14 * len(measures) * (len(names) + 1))
    axes = figure.subplots()
    seen = looks(names)
    for row, measure in enumerate(measures):
        for place, name in enumerate(names):
            found = cells[(cells.measure == measure) & (cells.name == name)].iloc[0]
            height = row + 0.8 * ((place + 0.5) / len(names) - 0.5)
            mean, low, high = (found[f"{end}_calibrated"] for end in ("mean", "low", "high"))
            _, colour, marker, _ = seen[name]
            axes.plot([low, high], [height, height], color=colour, linewidth=1.2, solid_capstyle="butt")
            label = seen[name].label if row == 0 else None
            axes.plot(mean, height, marker, color=colour, label=label, linestyle="", **style.MARKER)
        if row:
            axes.axhline(row - 0.5, color="#dddddd", linewidth=0.6)
    for end, what in ((0, "plane"), (1, "white noise")):
        axes.axvline(end, color=style.FAINT, linewidth=0.8, linestyle=(0, (1, 2)))
        axes.annotate(what, (end, 1), xycoords=("data", "axes fraction"), ha="center", va="bottom", color=style.FAINT)
    axes.set_yticks(range(len(measures)), [LABELS[measure] for measure in measures])
    axes.set(xlabel=SCALE, ylim=(len(measures) - 0.5, -0.5), xmargin=0.08)
    style.plain_ticks(axes.xaxis)
    figure.legend(loc="outside upper center", ncols=min(len(names), 6), frameon=False)
    return figure


def _lines(cells: pd.DataFrame, measures: list[str], along: str) -> Figure:
    names = list(dict.fromkeys(cells.name))
    figure, seen = style.page(4.4), looks(list(dict.fromkeys(cells.name)))
    panels = figure.subplots(2, 3, sharex=True, sharey=True).ravel()
    for axes, measure in zip(panels, measures, strict=False):
        for end in (0, 1):
            axes.axhline(end, color=style.FAINT, linewidth=0.8, linestyle=(0, (1, 2)))
        for name in names:
            found = cells[(cells.measure == measure) & (cells.name == name)].sort_values(along)
            known = found[[f"{end}_calibrated" for end in ("mean", "low", "high")]].set_axis(
                ["mean", "low", "high"], axis=1
            )
            label, colour, marker, line = seen[name]
            kept = {"color": colour, "marker": marker, "linestyle": line, "markersize": 3.5, "label": label}
            style.band(axes, known.assign(**{along: found[along]}), along, **kept)
        axes.set_title(LABELS[measure])
        if along == "weight_magnitude":
            style.logarithmic(axes)
        style.plain_ticks(axes.yaxis)
    for axes in panels[len(measures) :]:
        axes.set_axis_off()
    for axes in panels[3:]:
        axes.set_xlabel(AXES[along])
    for axes in panels[::3]:
        axes.set_ylabel(SCALE)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=min(len(names), 6), frameon=False)
    return figure


def _heatmaps(report: "Report", cells: pd.DataFrame, measures: list[str]) -> Figure:
    names = list(dict.fromkeys(cells.name))
    with_pictures = bool(report.pictures)
    columns = len(measures) + with_pictures
    figure = style.page(1.3 + 1.15 * len(names))
    panels = figure.subplots(len(names), columns, squeeze=False)
    low, high = _range(cells)
    for row, name in zip(panels, names, strict=True):
        mine = cells[cells.name == name]
        for axes in row[1 + with_pictures :]:
            axes.tick_params(labelleft=False)
        for axes in row if name != names[-1] else []:
            axes.tick_params(labelbottom=False)
        if with_pictures:
            _functions(row[0], report, name)
        for axes, measure in zip(row[with_pictures:], measures, strict=True):
            means = mine[mine.measure == measure].pivot_table(
                index="depth", columns="weight_magnitude", values="mean_calibrated", dropna=False
            )
            image = axes.imshow(
                means.to_numpy(float), cmap=style.COLOURS, vmin=low, vmax=high, origin="lower", aspect="auto"
            )
            places, depths = np.arange(means.shape[1]), np.arange(means.shape[0])
            style.some_ticks(axes.xaxis, places, [style.short(float(value)) for value in means.columns], 3)
            style.some_ticks(axes.yaxis, depths, [str(value) for value in means.index], 4)
            _write_range(axes, means.to_numpy(float))
        row[0].set_ylabel(f"{looks(names)[name].label}\ndepth")
    titles = (["Functions"] if with_pictures else []) + [LABELS[measure] for measure in measures]
    for axes, title in zip(panels[0], titles, strict=True):
        axes.set_title(title.replace(" ", "\n", 1), pad=12)
    for axes in panels[-1]:
        axes.set_xlabel("α")
    bar = figure.colorbar(image, ax=list(panels[:, -1]), aspect=25)
    bar.set_label(f"{SCALE}\n(0 plane, 1 white noise)")
    bar.outline.set_visible(False)
    return figure


def _write_range(axes: Axes, values: Array) -> None:
    """The lowest and the highest mean, two digits, above the heatmap."""
    known = values[np.isfinite(values)]
    if len(known):
        text = " – ".join(style.bare(f"{value:.2f}") for value in (known.min(), known.max()))
        axes.text(0.5, 1.02, text, transform=axes.transAxes, ha="center", va="bottom", fontsize=6, color=style.FAINT)


def _functions(axes: Axes, report: "Report", name: str) -> None:
    keys = [key for key in report.pictures if key[0] == name]
    depths: list[int] = _at_most_four({depth for _, depth, _ in keys})
    magnitudes: list[float] = _at_most_four({magnitude for _, _, magnitude in keys})
    pictures: dict[tuple[Hashable, Hashable], Array] = {
        (key[1], key[2]): style.picture(report.pictures[key]) for key in keys
    }
    kept = {cell: found for cell, found in pictures.items() if cell[0] in depths and cell[1] in magnitudes}
    style.mosaic(axes, kept, depths[::-1], magnitudes)


def _at_most_four(values: Iterable[Any]) -> list[Any]:
    found = sorted(values)
    return found[:: -(-len(found) // 4)]


def _range(cells: pd.DataFrame) -> Range:
    values = cells.mean_calibrated.to_numpy(float)
    return Range(min(0.0, float(np.nanmin(values))), max(1.0, min(HIGHEST, float(np.nanmax(values)))))


def _caption(report: "Report", cells: pd.DataFrame, varied: list[str]) -> str:
    table = report.table
    if set(table.prior) == {"none"}:
        what, seen, unit = "functions", "a regular grid", "functions"
    else:
        seen = "the whole grid" if set(table["view"]) == {"grid"} else "planes through the input space"
        what, unit = "random networks", "networks a cell"
    paths = "; total variation along straight paths" if "total_variation" in set(cells.measure) else ""
    counts = table.groupby(["name", "depth", "weight_magnitude"]).size()
    intervals = "" if len(varied) == 2 else f" with 95 % intervals over {unit.split()[0]} (Student)"
    constant, non_finite = (int(table[column].sum()) for column in ("constant", "non_finite"))
    return (
        f"Mean complexity of {what}{intervals}, between a plane (0) and white noise (1) on the same points: {seen}, "
        f"{style.several(table.grid_points)} points an axis{paths}. n = {style.between(counts)} {unit}; left out of "
        f"{int(table.functions.sum()):,} functions: {constant:,}\u00a0constant, {non_finite:,}\u00a0non-finite."
    )
