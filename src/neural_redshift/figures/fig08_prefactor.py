"""Figure 8: the best prefactor moves with the frequency of the labels."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from neural_redshift.figures import style
from neural_redshift.statistics import quadratic_fit, quadratic_peak, quadratic_peak_interval

ACTIVATION = "gaussian"
ROWS = {
    ("paper", "constant"): "fixed steps",
    ("converged", "constant"): "until fitted",
    ("paper", "scaled"): "fixed steps,\nlearning rate ÷ prefactor",
}  # budget and learning rate rule
BASE: Any = {"color": style.FAINT, "linewidth": 0.9, "linestyle": (0, (1, 2))}
FIT: Any = {"color": style.INK, "linewidth": 1.0}
PEAK: Any = {"color": style.ALARM, "linewidth": 1.0, "linestyle": (0, (4, 2))}


@style.style()
def draw(modulo: pd.DataFrame) -> Figure:
    """Test accuracy against prefactor with the peak of a parabola: columns = moduli, rows = ways to train."""
    drawn = modulo[(modulo.split == "half") & (modulo.activation == ACTIVATION)]
    rows = [row for row in ROWS if ((drawn.budget == row[0]) & (drawn.learning_rate_rule == row[1])).any()]
    moduli = sorted(set(drawn.modulus), reverse=True)
    figure = style.page(1.5 + 1.55 * max(len(rows), 1))
    panels = figure.subplots(max(len(rows), 1), max(len(moduli), 1), sharex=True, sharey=True, squeeze=False)
    for line, (row, (budget, rule)) in enumerate(zip(panels, rows, strict=False)):
        chosen = drawn[(drawn.budget == budget) & (drawn.learning_rate_rule == rule)]
        for axes, modulus in zip(row, moduli, strict=False):
            models = chosen[chosen.modulus == modulus]
            peak = _accuracy(axes, style.successful(models))
            axes.set_title(f"modulus {modulus}\n{peak}" if line == 0 else peak)
        row[0].set_ylabel(f"{ROWS[budget, rule]}:\ntest accuracy")
    for axes in panels[-1]:
        axes.set_xlabel("prefactor")
    shown = [
        style.handle(ACTIVATION, linestyle="", markersize=3.5, alpha=0.5, label="a seed"),
        style.handle(
            ACTIVATION, linestyle="", markeredgecolor=style.INK, markeredgewidth=0.6, markersize=6, label="mean"
        ),
        Line2D([], [], **FIT, label="quadratic fit"),
        Line2D([], [], **PEAK, label="its peak (band: 95 %)"),
        Line2D([], [], **BASE, label="base rate"),
    ]
    figure.legend(handles=shown, loc="outside upper center", ncols=5, frameon=False)
    return style.finish(figure, _caption(drawn))


def _accuracy(axes: Axes, models: pd.DataFrame) -> str:
    """Draw the panel, and say where the peak lies."""
    _, colour, marker, _ = style.look(ACTIVATION)
    known = models.dropna(subset=["test_accuracy"])
    means = style.means(known, ["prefactor"], "test_accuracy")
    style.logarithmic(axes)
    style.plain_ticks(axes.yaxis)
    if known.empty:
        return "no model"
    positive = known.positive_rate.mean()
    axes.axhline(max(positive, 1 - positive), **BASE)
    axes.plot(known.prefactor, known.test_accuracy, marker, color=colour, markersize=2.5, alpha=0.4, markeredgewidth=0)
    edge: Any = {"markeredgecolor": style.INK, "markeredgewidth": 0.6}
    axes.plot(means.prefactor, means["mean"], marker, color=colour, markersize=5, zorder=4, **edge)
    table = known.pivot_table(index="seed", columns="prefactor", values="test_accuracy")
    x, y = np.log10(table.columns.to_numpy(float)), table.to_numpy(float)
    points = np.tile(x, len(y)), y.ravel()
    peak = quadratic_peak(*points)
    low, high = quadratic_peak_interval(x, y, seed=0)
    along = np.linspace(x.min(), x.max(), 100)
    axes.plot(10**along, np.polyval(quadratic_fit(*points), along), **FIT)
    if not np.isfinite(peak):
        return "no peak"
    inside = bool(x.min() <= peak <= x.max())
    if inside:
        axes.axvline(10**peak, **PEAK)
    if np.isfinite([low, high]).any() and max(low, x.min()) < min(high, x.max()):
        axes.axvspan(10 ** max(low, x.min()), 10 ** min(high, x.max()), color=style.ALARM, alpha=0.12, linewidth=0)
    return f"peak {_power(peak)} [{_power(low)}, {_power(high)}]" + ("" if inside else ", out of range")


def _power(exponent: float) -> str:
    """10 to the exponent, in few digits."""
    if np.isnan(exponent):
        return "–"
    if np.isinf(exponent):
        return "0" if exponent < 0 else "∞"
    return style.short(10**exponent) if abs(exponent) < 3 else ("<.001" if exponent < 0 else ">1000")


def _caption(drawn: pd.DataFrame) -> str:
    models = style.successful(drawn)
    cells = models.groupby(["prefactor", "modulus", "budget", "learning_rate_rule"]).size()
    steps = {name: style.between(rows.steps) for name, rows in drawn.groupby("budget")}
    to_the_end = models[models.budget == "converged"]
    unfitted = int((~to_the_end.fitted).sum())
    return (
        "Accuracy of Gaussian networks on the points that were not trained on (half of them), against the prefactor on "
        f"the hidden layers. Rows: trained for {steps.get('paper', '0')} steps; trained until the training points are "
        f"fitted ({steps.get('converged', '0')} steps; {unfitted:,} of {len(to_the_end):,} never were); the first "
        "with a learning rate divided by the prefactor. "
        "Line: least-squares parabola in log₁₀ of the prefactor through all seeds; dashed its vertex, above each panel "
        "in numbers with its 95 % interval by a bootstrap over seeds (0 or ∞: parabolas that open upwards). "
        f"Dotted: accuracy of always saying the more frequent label. {style.networks(drawn)}. n = "
        f"{style.between(cells)} seeds a prefactor. " + style.left_out(drawn, ["test_accuracy"])
    )
