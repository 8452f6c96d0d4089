"""Figure 1: complexity of random networks against depth and weight magnitude."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from neural_redshift.complexity.cosine import cosine
from neural_redshift.complexity.fourier import fourier
from neural_redshift.figures import style

SHOWN = ("relu", "tanh", "sin")  # the paper's opening picture


@style.style()
def draw(random_networks: pd.DataFrame) -> Figure:
    """Heatmaps of ReLU, tanh, sine and the unbiased model; above `fourier`, below its leak-free twin `cosine`."""
    networks = style.heatmap_networks(random_networks)
    networks = networks[networks.variant.isin(["plain", "unbiased"])]
    found = style.in_order(networks[networks.variant == "plain"].activation)
    shown = [name for name in found if name in SHOWN] or found[: len(SHOWN)]
    networks = networks[networks.activation.isin([*shown, "none"])]
    names = style.in_order(networks.activation)
    figure = style.page(4.1)
    panels = figure.subplots(2, len(names), squeeze=False)
    for row, measure in zip(panels, (fourier, cosine), strict=True):
        images = [_panel(axes, networks, name, measure.__name__) for axes, name in zip(row, names, strict=True)]
        marks = {"plane": style.plane_level(measure, networks)}
        style.colour_bar(figure, images[0], list(row), measure.__name__, marks, aspect=14, pad=0.015)
        row[0].set_ylabel(style.DEPTH)
    for axes, name in zip(panels[0], names, strict=True):
        axes.set_title("Unbiased model" if name == "none" else style.look(name).label, fontweight="bold")
    for axes in panels[1]:
        axes.set_xlabel(style.ALPHA)
    return style.finish(figure, _caption(networks))


def _panel(axes: Axes, networks: pd.DataFrame, name: str, measure: str) -> AxesImage:
    means = style.depth_by_magnitude(networks[networks.activation == name], measure)
    image = style.heatmap(axes, means, measure)
    style.write_range(axes, means)
    if name == "none":
        axes.set_yticks([])
        axes.text(
            0.5,
            0.5,
            "no layers: one value\nfor each α",
            transform=axes.transAxes,
            ha="center",
            va="center",
            bbox=style.PLATE,
        )
    return image


def _caption(networks: pd.DataFrame) -> str:
    return (
        "Mean complexity of the functions of random networks (colour; the range of the cell means is written in each "
        "panel). The unbiased model, an inverse Fourier transform with random coefficients, has no layers: its one "
        "row of cells is stretched over the panel. Below: the cosine transform has no jump at the border of the "
        f"grid, so it lacks the leak that lifts the Fourier complexity of a plane. {style.sampling(networks)} "
        f"{style.count_networks(networks)}"
    )
