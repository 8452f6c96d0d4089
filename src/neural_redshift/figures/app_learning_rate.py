"""Modulo addition over prefactor and learning rate: what is bias, and what is lack of time?"""

from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D

from neural_redshift.figures import style

RULES = {"constant": "rate kept", "scaled": "hidden rates ÷ α"}
LIMITS = (0.5, 1.0)  # chance and all of the points
LEARNED = 0.6  # accuracy under which no prefactor is called the best
BEST: Any = {"marker": "o", "linestyle": "", "color": style.ALARM, "markersize": 4.5, "markeredgecolor": "white"}
UNFITTED: Any = {"marker": "x", "linestyle": "", "color": "white", "markersize": 4, "markeredgewidth": 1.0}


@style.style()
def draw(learning_rates: pd.DataFrame) -> Figure:
    """Test accuracy over prefactor and learning rate: columns = activations, rows = moduli, each with both rules."""
    rules = style.in_order(learning_rates.learning_rate_rule, RULES)
    rules = [rule for rule in rules if rule in RULES]
    drawn = learning_rates[learning_rates.learning_rate_rule.isin(rules)]
    models, activations = style.successful(drawn), style.in_order(drawn.activation)
    rows = [(modulus, rule) for modulus in sorted(set(drawn.modulus), reverse=True) for rule in rules]
    figure = style.page(1.7 + 1.15 * len(rows))
    panels = figure.subplots(len(rows), len(activations), sharex=True, sharey=True, squeeze=False)
    for row, (modulus, rule) in zip(panels, rows, strict=True):
        for axes, name in zip(row, activations, strict=True):
            cell = (models.activation == name) & (models.modulus == modulus) & (models.learning_rate_rule == rule)
            image = _plane(axes, models[cell], drawn)
        row[0].set_ylabel(f"modulus {modulus},\n{RULES[rule]}\nlearning rate η")
    for axes, name in zip(panels[0], activations, strict=True):
        axes.set_title(style.look(name).label)
    for axes in panels[-1]:
        axes.set_xlabel("prefactor α")
    bar = figure.colorbar(image, ax=panels, aspect=60, pad=0.01)
    bar.outline.set_visible(False)
    bar.set_label("balanced test accuracy (chance: .5)")
    style.plain_ticks(bar.ax.yaxis)
    shown = [
        Line2D([], [], **BEST, label="best prefactor of a learning rate"),
        Line2D([], [], **{**UNFITTED, "color": style.INK}, label="most do not fit the training points in time"),
    ]
    figure.legend(handles=shown, loc="outside upper center", ncols=2, frameon=False)
    return style.finish(figure, _caption(drawn))


def _plane(axes: Axes, models: pd.DataFrame, drawn: pd.DataFrame) -> AxesImage:
    """Cell means, learning rate upwards, with the best prefactor of each rate and cells that lacked time marked."""
    prefactors, rates = (sorted(set(drawn[name])) for name in ("prefactor", "learning_rate"))
    cells = models.groupby(["learning_rate", "prefactor"])[["balanced_test_accuracy", "fitted"]].mean()
    cells = cells.reindex(pd.MultiIndex.from_product([rates, prefactors]))
    accuracy, fitted = (cells[name].to_numpy(float).reshape(len(rates), -1) for name in cells)
    colours = mpl.colormaps[style.COLOURS].with_extremes(bad="white")
    image = axes.imshow(accuracy, cmap=colours, vmin=LIMITS[0], vmax=LIMITS[1], origin="lower", aspect="auto")
    known = np.nan_to_num(accuracy, nan=0.0)
    learned = np.flatnonzero(known.max(axis=1) >= LEARNED)
    axes.plot(*np.nonzero((fitted < 0.5).T), **UNFITTED)
    axes.plot(known.argmax(axis=1)[learned], learned, **BEST)
    style.some_ticks(axes.xaxis, np.arange(len(prefactors)), [style.short(value) for value in prefactors], 5)
    style.some_ticks(axes.yaxis, np.arange(len(rates)), [style.bare(f"{value:.2g}") for value in rates], 4)
    return image


def _caption(drawn: pd.DataFrame) -> str:
    models = style.successful(drawn)
    cells = models.groupby(["activation", "prefactor", "modulus", "learning_rate_rule", "learning_rate"]).size()
    return (
        "Modulo addition: accuracy on the points that were not trained on (half of them), mean over the two labels and "
        "over seeds, for each prefactor α on the hidden layers and each learning rate η of Adam. Upper row of each "
        "modulus: every layer learns at η; lower row: the hidden layers at η/α, so that a step moves αW as far at any "
        f"prefactor. Trained until the training points are fitted, at most {drawn.steps.max():,} steps. Dots: the "
        f"prefactor with the highest mean for that learning rate, if above {style.short(LEARNED)}. Crosses: cells of "
        "which most models do not fit in time, where a low accuracy is a lack of steps; elsewhere it is the choice "
        "among functions that fit. "
        f"{style.networks(drawn)}. n = {style.between(cells)} seeds a cell. "
        + style.left_out(drawn, ["balanced_test_accuracy"])
    )
