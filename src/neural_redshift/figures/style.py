"""What the figures share: the look of an activation and of a measure, heatmaps, mosaics of functions, captions.

An activation has one colour, marker, line and name everywhere. The colours are those of Okabe & Ito and of
Tol, which colour-blind readers tell apart; markers and dashes carry the same in grey.
"""

import re
import textwrap
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import isqrt
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import LogLocator, NullLocator

from neural_redshift.correlations import FITTED
from neural_redshift.statistics import mean_interval

Array = np.ndarray
CELL = ["variant", "activation", "prior", "depth", "width", "weight_magnitude", "bias_magnitude", "grid_points"]
PAGE = 7.2  # inches, the text width of a two-column page
COLOURS = "viridis"
PLATE = {"boxstyle": "round,pad=0.15", "facecolor": "white", "alpha": 0.85, "linewidth": 0}
MARKER: Any = {"markersize": 4, "markeredgewidth": 0.7}
INK, FAINT, ALARM = "#222222", "#767676", "#B2182B"
ALPHA, DEPTH = "weight magnitude α", "depth (hidden layers)"
CAPTION = "caption"  # the name of the caption in an SVG, where the page looks for it
ORIENTATION = "first input downwards, second to the right, both from −1 to 1"
RC: Any = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7.5,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "lines.linewidth": 1.1,
    "text.color": INK,
    "axes.labelcolor": INK,
    "figure.constrained_layout.h_pad": 0.04,
    "figure.constrained_layout.w_pad": 0.04,
}


class Look(NamedTuple):
    """How an activation appears."""

    label: str
    colour: str
    marker: str
    line: Any


class Measure(NamedTuple):
    """How a measure of complexity appears; the limits are those of every colour scale."""

    label: str
    unit: str
    limits: tuple[float, float] | None


ACTIVATIONS = {
    "relu": Look("ReLU", "#0072B2", "o", "-"),
    "gelu": Look("GELU", "#56B4E9", "s", (0, (5, 1))),
    "swish": Look("Swish", "#009E73", "^", (0, (3, 1, 1, 1))),
    "selu": Look("SELU", "#332288", "D", (0, (1, 1))),
    "tanh": Look("tanh", "#D55E00", "v", "-"),
    "gaussian": Look("Gaussian", "#CC79A7", "P", (0, (5, 1))),
    "gaussian_half": Look("Gaussian exp(−x²/2)", "#882255", "X", (0, (2, 1))),
    "sin": Look("sine", "#E69F00", "*", (0, (3, 1, 1, 1))),
    "sigmoid": Look("sigmoid", "#999933", "<", (0, (1, 1))),
    "none": Look("unbiased", "#000000", "h", (0, (4, 2))),
}
# White noise scores .541 on the first two, a little more on coarse grids.
MEASURES = {
    "fourier": Measure("Fourier complexity", "mean |k| / largest |k|", (0, 0.55)),
    "cosine": Measure("Cosine complexity", "mean |k| / largest |k|", (0, 0.55)),
    "chebyshev": Measure("Chebyshev order", "mean total order", None),
    "legendre": Measure("Legendre order", "mean total order", None),
    "lempel_ziv": Measure("Lempel-Ziv", "phrases", None),
}
VARIANTS = {
    "plain": "plain",
    "layer_norm": "layer norm",
    "layer_norm_scaled": "layer norm,\nbiases × α",
    "norm_gain": "layer norm × γ",
    "residual": "residual z + φ(z)",
    "skip": "skip x + φ(z)",
    "gated": "gated",
}


@contextmanager
def style() -> Iterator[None]:
    """Fonts and line widths of the figures; also a decorator for a draw function."""
    with mpl.rc_context(RC):
        yield


def look(activation: str) -> Look:
    """The look of an activation; one that has no row is grey under its own name."""
    return ACTIVATIONS.get(activation, Look(activation, "#666666", "d", ":"))


def in_order(names: Iterable[Any], table: Mapping[str, Any] = ACTIVATIONS) -> list[str]:
    """Each name once, in the order of the table, then those that it does not have."""
    found = set(names)
    return [name for name in table if name in found] + sorted(found - set(table))


def handle(activation: str, **changes: Any) -> Line2D:
    """Legend entry of an activation."""
    label, colour, marker, line = look(activation)
    kept = {"color": colour, "marker": marker, "linestyle": line, "markersize": 4, "label": label}
    return Line2D([], [], **{**kept, **changes})


def page(height: float) -> Figure:
    """An empty figure as wide as the page, `height` inches high, that no global state knows."""
    return Figure(figsize=(PAGE, height), dpi=150, layout="constrained")


def finish(figure: Figure, caption: str, size: float = 7) -> Figure:
    """Put the caption under the figure, wrapped, and make every tick while the style holds."""
    # A number stays on the line of its sign.
    whole = caption.replace(" = ", "\u00a0=\u00a0").replace(" × ", "\u00a0×\u00a0")
    lines = textwrap.wrap(whole, round(figure.get_figwidth() * 72 / size * 1.77), break_on_hyphens=False)
    label = figure.supxlabel("\n".join(lines), x=0.01, ha="left", fontsize=size, color=INK, linespacing=1.3)
    label.set_gid(CAPTION)
    figure.set_layout_engine("constrained")  # also of a finished figure to which something was added
    figure.draw_without_rendering()
    _settle(figure, label)
    return figure


def _settle(figure: Figure, label: Text) -> None:
    """Keep the layout as it is, but for its last digits, which its solver gives otherwise in every process."""
    figure.set_layout_engine("none")
    for part in figure.findobj(SubFigure):
        part.bbox_relative.set_points(part.bbox_relative.get_points().round(6))
    for axes in figure.findobj(Axes):
        place = axes.get_position(original=True)
        place.set_points(place.get_points().round(6))
        axes.set_position(place, "original")
        axes.set_in_layout(True)
    label.set_y(round(label.get_position()[1], 6))


def heatmap_networks(random_networks: pd.DataFrame) -> pd.DataFrame:
    """Networks of the study `heatmaps` under the paper's prior, and the Fourier model, which has none."""
    return random_networks[(random_networks.study == "heatmaps") & random_networks.prior.isin(["glorot", "none"])]


def depth_by_magnitude(networks: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Cell means of a measure: one row a depth, one column a weight magnitude."""
    known = networks.astype({measure: float})
    return known.pivot_table(index="depth", columns="weight_magnitude", values=measure, dropna=False)


def heatmap(axes: Axes, means: pd.DataFrame, measure: str) -> AxesImage:
    """Cell means as an image, depth upwards, weight magnitude to the right, on the common scale of the measure."""
    low, high = MEASURES[measure].limits or (None, None)
    image = axes.imshow(means.to_numpy(), cmap=COLOURS, vmin=low, vmax=high, origin="lower", aspect="auto")
    some_ticks(axes.xaxis, np.arange(means.shape[1]), [short(float(v)) for v in means.columns], 4)
    some_ticks(axes.yaxis, np.arange(means.shape[0]), [str(v) for v in means.index], 4)
    return image


def colour_bar(
    figure: Figure, image: AxesImage, axes: Any, measure: str, marks: Mapping[str, float], **place: Any
) -> None:
    """Colour scale of a measure, with named values marked on it."""
    label, unit, _ = MEASURES[measure]
    bar = figure.colorbar(image, ax=axes, **place)
    bar.outline.set_visible(False)
    bar.set_label(f"{label}\n({unit})")
    free = [tick for tick in (0, 0.2, 0.4) if all(abs(tick - value) > 0.05 for value in marks.values())]
    names = [*map(short, free), *(f"{short(value)} {name}" for name, value in marks.items())]
    bar.set_ticks([*free, *marks.values()], labels=names)
    for value in marks.values():
        along = bar.ax.axvline if place.get("orientation") == "horizontal" else bar.ax.axhline
        along(value, color="white", linewidth=1)


def mosaic(
    axes: Axes, pictures: Mapping[tuple[Hashable, Hashable], Array], rows: Sequence[Any], columns: Sequence[float]
) -> None:
    """Grey pictures on a grid, first row on top, as one image; a missing picture leaves a gap."""
    side = max((len(picture) for picture in pictures.values()), default=1)
    step = side + max(side // 12, 1)
    canvas = np.full((step * len(rows), step * len(columns)), np.nan)
    for (row, column), picture in pictures.items():
        top, left = step * rows.index(row), step * columns.index(column)
        canvas[top : top + len(picture), left : left + len(picture)] = picture
    axes.imshow(np.ma.masked_invalid(canvas[: side - step, : side - step]), cmap="gray", vmin=0, vmax=255)
    axes.set_xticks(step * np.arange(len(columns)) + side / 2, [short(column) for column in columns])
    axes.set_yticks(step * np.arange(len(rows)) + side / 2, [str(row) for row in rows])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def write_range(axes: Axes, means: pd.DataFrame) -> None:
    """Write the lowest and the highest cell mean into the corner of their heatmap."""
    values = means.to_numpy()[means.notna()]
    if len(values):
        text = f"{decimals(values.min())} – {decimals(values.max())}"
        axes.text(0.03, 0.94, text, transform=axes.transAxes, va="top", fontsize=7, bbox=PLATE)


def rows(table: pd.DataFrame) -> Iterator[Any]:
    """Rows of a table as named tuples."""
    yield from table.itertuples()


def picture(image: bytes) -> Array:
    """The square 8-bit picture of a row of `function_images`."""
    side = isqrt(len(image))
    return np.frombuffer(image, np.uint8).reshape(side, side)


def some_ticks(axis: Any, places: Sequence[float] | Array, labels: Sequence[str], most: int) -> None:
    """Ticks at evenly spaced places, at most `most` of them labelled, the first always."""
    step = max(-(-len(places) // most), 1)
    axis.set_ticks(places[::step], labels[::step])


def short(value: float) -> str:
    """Two significant digits, without a leading zero: .32, 1, 6.8."""
    return bare(f"{value:.2g}")


def decimals(value: float, digits: int = 3) -> str:
    """A number of the size of 1, without a leading zero: .195, −.02."""
    return bare(f"{value:.{digits}f}")


def bare(number: str) -> str:
    """A written number without a zero before its point, and with the sign of print."""
    return re.sub(r"^(-?)0\.", r"\1.", number).replace("-", "−")


def plane_level(measure: Callable[[Array], Array], networks: pd.DataFrame) -> float:
    """What a measure gives for a plane on the grid of the networks: the least that it can call simple."""
    points = int(networks.grid_points.max())
    plane = np.broadcast_to(np.linspace(-1, 1, points), (1, points, points))
    return float(measure(plane)[0])


def plain_ticks(*axes: Any) -> None:
    """Numbers on an axis in the way that they are written elsewhere: .2, 1, −1, 400."""
    for axis in axes:
        axis.set_major_formatter(lambda value, _: bare(f"{value:g}"))


def several(values: Iterable[Any]) -> str:
    """Distinct values in order: `64`, or `8, 16, 32`."""
    return ", ".join(str(v) if isinstance(v, str) else f"{v:g}" for v in sorted(set(values)))


def between(counts: Iterable[int]) -> str:
    """The range of counts: `20`, or `15–20`."""
    low, high = min(counts, default=0), max(counts, default=0)
    return f"{low:,}" if low == high else f"{low:,}–{high:,}"


def count_networks(networks: pd.DataFrame) -> str:
    """How many networks stand behind a figure, and how many are left out, as a sentence."""
    sizes = networks.groupby(CELL).size()
    status = networks.status.value_counts()
    constant, non_finite = (int(status.get(name, 0)) for name in ("constant", "non_finite"))
    return (
        f"n = {between(sizes)} networks a cell, {len(sizes):,} cells, {int(status.get('ok', 0)):,} networks with a "
        f"value; left out: {constant}\u00a0constant, {non_finite}\u00a0non-finite."
    )


def sampling(networks: pd.DataFrame) -> str:
    """Width, bias magnitude and grid of the networks, as a sentence."""
    mlps, points = networks[networks.variant != "unbiased"], several(networks.grid_points)
    width, biases = several(mlps.width), several(mlps.bias_magnitude)
    return f"Width {width}, biases U(−1,\u00a01) × {biases}, grid {points} × {points} on [−1, 1]²."


def successful(models: pd.DataFrame) -> pd.DataFrame:
    """Trained models that did not diverge."""
    return models[models.status == "ok"]


def means(models: pd.DataFrame, by: list[str], value: str) -> pd.DataFrame:
    """Mean, 95 % interval (low, high) and n of the numbers among `value`: one row a group, in order."""
    groups = models.loc[models[value].notna(), [*by, value]].groupby(by)[value]
    found = [(*key, v.mean(), *mean_interval(v), len(v)) for key, v in ((key, v.to_numpy(float)) for key, v in groups)]
    kinds = {**models[by].dtypes, **dict.fromkeys(["mean", "low", "high"], float), "n": int}
    return pd.DataFrame(found, columns=list(kinds)).astype(kinds)  # or a table of no rows would have no numbers


def band(axes: Axes, means: pd.DataFrame, x: str, **look: Any) -> None:
    """A line through means against the column x, and its 95 % interval as a band; `look` is that of the line."""
    axes.plot(means[x], means["mean"], markeredgewidth=look.pop("markeredgewidth", 0), **look)
    axes.fill_between(means[x], means.low, means.high, color=look["color"], alpha=0.2, linewidth=0)


def crosses(axes: Axes, models: pd.DataFrame, x: str, y: str, score: str) -> None:
    """A marker an activation and prefactor: means of x and y with 95 % intervals, over models that have both.

    It is hollow where the mean of `score`, on the training points, is under .99.
    """
    known, by = models.dropna(subset=[x, y]), ["activation", "prefactor"]
    across, up, fit = (means(known, by, column) for column in (x, y, score))
    for name in in_order(known.activation):
        rows, (_, colour, marker, _) = across.activation == name, look(name)
        places = across["mean"][rows], up["mean"][rows]
        left_right, down_up = (
            [found["mean"][rows] - found.low[rows], found.high[rows] - found["mean"][rows]] for found in (across, up)
        )
        bars: Any = {"fmt": "none", "ecolor": colour, "elinewidth": 0.5, "alpha": 0.35}
        axes.errorbar(*places, xerr=left_right, yerr=down_up, **bars)
        axes.plot(*places, color=colour, linewidth=0.7, alpha=0.5)
        for chosen, face in ((fit["mean"][rows] >= FITTED, colour), (fit["mean"][rows] < FITTED, "white")):
            axes.plot(*(place[chosen] for place in places), marker, color=colour, markerfacecolor=face, **MARKER)


def fit_handles() -> list[Line2D]:
    """Legend entries of the markers of `crosses`."""
    kept = {"linestyle": "", "marker": "o", "color": INK, **MARKER}
    return [
        Line2D([], [], **kept, label="training points fitted"),
        Line2D([], [], **kept, label="not fitted", markerfacecolor="white"),
    ]


def left_out(models: pd.DataFrame, values: list[str]) -> str:
    """How many trained models a figure leaves out, as a sentence; `values` are the columns that it draws."""
    ended = successful(models)
    missing = int(ended[values].isna().any(axis=1).sum())
    return (
        f"Of {len(models):,} models left out: {len(models) - len(ended):,}\u00a0diverged, "
        f"{missing:,}\u00a0without a value."
    )


def networks(models: pd.DataFrame) -> str:
    """Depth and width of trained networks, as the start of a sentence."""
    return f"{several(models.depth)} hidden layers of {several(models.width)}"


def tasks(names: Iterable[str]) -> list[str]:
    """Tasks, each once: modulo and then smooth, both by rising frequency."""

    def frequency(task: str) -> tuple[str, float]:
        kind, _, size = task.partition("_")
        return kind, -float(size) if kind == "modulo" else float(size)

    return sorted(set(names), key=frequency)


def task_name(task: str) -> str:
    """A task as it stands above a panel."""
    kind, _, size = task.partition("_")
    return f"modulus {size}" if kind == "modulo" else f"waves, {bare(size)} cycle" + ("s" if float(size) > 1 else "")


def logarithmic(axes: Axes, which: str = "x") -> None:
    """A logarithmic axis, x or y, with ticks at 1, 2, 5, 10."""
    axes.set(**{f"{which}scale": "log"})
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_minor_locator(NullLocator())
    plain_ticks(axis)
