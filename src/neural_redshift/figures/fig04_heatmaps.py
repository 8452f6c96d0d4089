"""Figure 4: every activation over depth and weight magnitude: functions, Fourier complexity and its leak-free twin."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from neural_redshift.complexity.cosine import cosine
from neural_redshift.complexity.fourier import fourier
from neural_redshift.figures import style

Array = np.ndarray
Numbers = list[int] | list[float]


@style.style()
def draw(random_networks: pd.DataFrame, function_images: pd.DataFrame, mean_field: pd.DataFrame) -> Figure:
    """One row an activation: functions of every other cell, heatmaps of `fourier` and `cosine`, with the line χ̂ = 1."""
    networks, images = (_plain(style.heatmap_networks(table)) for table in (random_networks, function_images))
    names = style.in_order(networks.activation)
    figure = style.page(1.3 + 1.02 * len(names))
    panels = figure.subplots(len(names), 3, squeeze=False, width_ratios=[1, 1.6, 1.6])
    critical = mean_field.groupby("activation").critical_magnitude.first().dropna()
    first = next((name for name in names if name in critical), None)
    for row, name in zip(panels, names, strict=True):
        _functions(row[0], images[(images.activation == name) & (images.network == 0)])
        for axes, measure in zip(row[1:], (fourier, cosine), strict=True):
            means = style.depth_by_magnitude(networks[networks.activation == name], measure.__name__)
            heat = style.heatmap(axes, means, measure.__name__)
            style.write_range(axes, means)
            if name in critical:
                _line(axes, means, critical[name], "χ̂ = 1" if name == first and measure is fourier else "")
        row[0].set_ylabel(style.look(name).label, fontweight="bold")
        row[1].set_ylabel("depth")
        if name == "none":
            _without_layers(row, panels[0, 0])
    for column, measure in enumerate((fourier, cosine), start=1):
        marks = {"plane": style.plane_level(measure, networks)}
        style.colour_bar(
            figure,
            heat,
            list(panels[:, column]),
            measure.__name__,
            marks,
            orientation="horizontal",
            aspect=25,
            pad=0.01,
        )
    for axes in panels[:-1].ravel():
        axes.tick_params(labelbottom=False)
    for axes, title in zip(panels[0], ("Functions", "Fourier complexity", "Cosine complexity (no leak)"), strict=True):
        axes.set_title(title)
    for axes in panels[-1]:
        axes.set_xlabel(style.ALPHA)
    figure.align_ylabels(panels[:, 0])
    return style.finish(figure, _caption(networks, critical))


def _line(axes: Axes, means: pd.DataFrame, magnitude: float, label: str) -> None:
    """A line at a weight magnitude, between the columns that are nearest to it on the logarithmic scale."""
    place = np.interp(np.log(magnitude), np.log(means.columns.astype(float)), np.arange(means.shape[1]))
    halo = [withStroke(linewidth=2.4, foreground="white")]
    axes.axvline(place, color=style.INK, linewidth=1, path_effects=halo)
    if label:
        top = means.shape[0] - 0.5
        axes.annotate(label, (place, top), (3, -5), textcoords="offset points", va="top", fontsize=7, bbox=style.PLATE)


def _plain(networks: pd.DataFrame) -> pd.DataFrame:
    return networks[networks.variant.isin(["plain", "unbiased"])]


def _functions(axes: Axes, images: pd.DataFrame) -> None:
    depths, magnitudes = (_every_other(sorted(set(images[axis]))) for axis in ("depth", "weight_magnitude"))
    pictures = {(row.depth, row.weight_magnitude): style.picture(row.image) for row in style.rows(images)}
    kept = {cell: picture for cell, picture in pictures.items() if cell[0] in depths and cell[1] in magnitudes}
    style.mosaic(axes, kept, depths[::-1], magnitudes)


def _without_layers(row: Array, model: Axes) -> None:
    row[1].set_ylabel("no layers")
    for axes in row:
        axes.set_yticks([])
    # The pictures keep the size that they have in the rows above.
    top, bottom = row[0].get_ylim()[::-1]
    middle, half = (top + bottom) / 2, abs(np.diff(model.get_ylim())[0]) / 2
    row[0].set_ylim(middle + half, middle - half)


def _every_other(values: Numbers) -> Numbers:
    return values[::2] if len(values) > 3 else values


def _caption(networks: pd.DataFrame, critical: "pd.Series[float]") -> str:
    crossed = ", ".join(
        f"{style.look(name).label} {style.short(critical[name])}" for name in style.in_order(critical.index)
    )
    theory = (
        f"Line: where the mean-field slope χ̂ passes 1 in the limit of depth (α: {crossed}); to the right of it "
        "infinitely wide networks get rougher with depth. Without a line: χ̂ tends to 1 or less at any α. "
    )
    return (
        "Left: one function (network 0) of every other cell, each from its own minimum (black) to its maximum "
        f"(white); {style.ORIENTATION}. Middle and right: mean complexity of all networks of a cell over depth (hidden "
        "layers) and weight magnitude; the range of the cell means is written in each panel; white: no value. "
        f"{theory if len(critical) else ''}The unbiased model has no layers: its one row is stretched. "
        f"{style.sampling(networks)} {style.count_networks(networks)}"
    )
