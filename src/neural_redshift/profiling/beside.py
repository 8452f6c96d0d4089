"""Modules of the user beside the paper's activations, in figures of random networks."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.legend import Legend

from neural_redshift.figures import style
from neural_redshift.profiling.pictures import looks

HEATMAPS = {"study": "heatmaps", "variant": "plain", "prior": "glorot"}


def draw_beside(draw: Callable[..., Figure], tables: Mapping[str, pd.DataFrame]) -> Figure:
    """A figure of the tables that it takes, in which each module of `profiles` stands like an activation.

    tables: those of the figure, and `profiles` and `profile_images` of every module. The caption says which are
    modules of the user, how many networks they have, and where their weights come from.
    """
    taken = dict(tables)
    profiles, images = taken.pop("profiles"), taken.pop("profile_images")
    for name, rows in (("random_networks", profiles), ("function_images", images)):
        if name in taken:
            taken[name] = pd.concat([taken[name], _as_activations(rows, taken[name])], ignore_index=True)
    names = list(dict.fromkeys(profiles.name))
    known = dict(style.ACTIVATIONS)
    style.ACTIVATIONS.update(looks(names))
    try:
        figure = draw(**taken)
        for legend in list(figure.legends):
            _in_two_lines(figure, legend)
        correlated = " Correlations are those of the paper's." if "correlations" in taken else ""
        with style.style():
            return style.finish(figure, f"{_caption(figure)} {_about(profiles)}{correlated}")
    finally:
        style.ACTIVATIONS.clear()
        style.ACTIVATIONS.update(known)


def _as_activations(rows: pd.DataFrame, paper: pd.DataFrame) -> pd.DataFrame:
    """Rows of modules as the study heatmaps has them; width and biases, which a module does not have, are its own."""
    like = paper[(paper.study == HEATMAPS["study"]) & (paper.variant == HEATMAPS["variant"])].iloc[0]
    same = {name: like[name] for name in ("width", "bias_magnitude", "grid_points", "seed")}
    named = rows.rename(columns={"name": "activation"}).assign(**HEATMAPS, **same)
    if "network" not in named:
        named = named.assign(network=0)
    return named[[column for column in paper.columns if column in named]]


def _in_two_lines(figure: Figure, legend: Legend) -> None:
    """A legend that modules made longer than the page is wide."""
    shown: Any = legend.legend_handles
    labels = [text.get_text() for text in legend.get_texts()]
    legend.remove()
    with style.style():
        columns = -(-len(labels) // 2)
        figure.legend(shown, labels, loc="outside upper center", ncols=columns, frameon=False, handlelength=2.4)


def _caption(figure: Figure) -> str:
    return " ".join(figure.get_supxlabel().split("\n"))


def _about(profiles: pd.DataFrame) -> str:
    said = []
    for (name, prior), rows in profiles.groupby(["name", "prior"], sort=False):
        n = style.between(rows.groupby(["depth", "weight_magnitude"]).size())
        said.append(f"{name} (weights: {prior}, times α; n = {n} networks a cell)")
    return f"Not the paper's, and of a width of their own: {', '.join(said)}."
