"""Figure 7: modulo addition. Which architectures learn a label of low, middle and high frequency?"""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from neural_redshift.figures import style
from neural_redshift.tasks import targets

ROWS = (
    ("half", "fourier", "half"),
    ("half", "cosine", "half"),
    ("three_quarters", "cosine", "three quarters"),
)  # split, measure, name of the split
TARGET: Any = {"color": style.INK, "linewidth": 0.9, "linestyle": (0, (4, 2))}
CHANCE: Any = {"color": style.FAINT, "linewidth": 0.9, "linestyle": (0, (1, 2))}


@style.style()
def draw(modulo: pd.DataFrame) -> Figure:
    """Columns = moduli. Rows: the labels; test accuracy against complexity before training, for splits and measures."""
    drawn = modulo[(modulo.budget == "paper") & (modulo.learning_rate_rule == "constant")]
    models, moduli = style.successful(drawn), sorted(set(drawn.modulus), reverse=True)
    rows = [row for row in ROWS if row[0] in set(drawn.split)]
    figure = style.page(2.6 + 1.65 * len(rows))
    heights = [1.0, *[1.5] * len(rows)]
    panels = figure.subplots(1 + len(rows), len(moduli), squeeze=False, gridspec_kw={"height_ratios": heights})
    for axes, modulus in zip(panels[0], moduli, strict=True):
        _labels(axes, modulus, int(drawn.side.max()))
    for row, (split, measure, name) in zip(panels[1:], rows, strict=True):
        for axes, modulus in zip(row, moduli, strict=True):
            _accuracy(axes, models[(models.split == split) & (models.modulus == modulus)], measure)
            style.logarithmic(axes)
            axes.set(xlim=_limits(models, measure), ylim=(0.25, 1.03))
        row[0].set_ylabel(f"trained on {name}:\nbalanced test accuracy")
        label, unit, _ = style.MEASURES[measure]
        row[len(row) // 2].set_xlabel(f"{label} before training ({unit})")
    shown = [style.handle(name, linestyle="") for name in style.in_order(drawn.activation)]
    shown += [
        *style.fit_handles(),
        Line2D([], [], **TARGET, label="complexity of the labels"),
        Line2D([], [], **CHANCE, label="chance"),
    ]
    figure.legend(
        handles=shown, loc="outside upper center", ncols=5, frameon=False, handletextpad=0.5, columnspacing=1.4
    )
    return style.finish(figure, _caption(drawn, models))


def _labels(axes: Axes, modulus: int, side: int) -> None:
    image = targets.modulo(targets.lattice(side), modulus)
    axes.imshow(image.reshape(side, side), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    axes.set(xticks=[], yticks=[])
    axes.set_title(f"modulus {modulus}; {100 * image.mean():.0f} % have label 1")


def _limits(models: pd.DataFrame, measure: str) -> tuple[float, float]:
    """The least and the largest mean complexity, or that of labels, and some air."""
    means = style.means(models, ["activation", "prefactor"], f"{measure}_init")["mean"]
    values = [*means, *models[f"target_{measure}"].dropna()]
    return min(values, default=0.1) / 1.2, max(values, default=0.5) * 1.2


def _accuracy(axes: Axes, models: pd.DataFrame, measure: str) -> None:
    axes.axhline(0.5, **CHANCE)
    if len(models):
        axes.axvline(float(models[f"target_{measure}"].iloc[0]), **TARGET)
        style.crosses(axes, models, f"{measure}_init", "balanced_test_accuracy", "train_accuracy")
    style.plain_ticks(axes.yaxis)


def _caption(drawn: pd.DataFrame, models: pd.DataFrame) -> str:
    cells = models.groupby(["activation", "prefactor", "modulus", "split"]).size()
    prefactors = sorted(set(drawn.prefactor))
    return (
        "Modulo addition. Top: the label of x₁ + x₂, 1 (white) where the sum modulo M is under M/2, on "
        f"{style.several(drawn.side)} × {style.several(drawn.side)} points. "
        "Below: accuracy on the points that were not trained on, mean over the two labels (chance is .5, whatever "
        "their shares), against complexity before training. A marker is an architecture "
        f"(activation, and prefactor on the hidden layers, {len(prefactors)} from {style.short(prefactors[0])} to "
        f"{style.short(prefactors[-1])}): mean over seeds with 95 % intervals (Student), hollow where it fits under "
        "99 % of the training points; a line joins the prefactors of an activation in order. Dashed: "
        "complexity of the labels, extended to real numbers. "
        f"{style.networks(drawn)}, Adam, {style.between(drawn.steps)} steps. n = {style.between(cells)} seeds a "
        "marker. " + style.left_out(drawn, ["balanced_test_accuracy", "fourier_init", "cosine_init"])
    )
