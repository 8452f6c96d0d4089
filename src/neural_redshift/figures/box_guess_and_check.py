"""Box in section 4: random networks that happen to fit the training points generalise, but for the unbiased model."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from neural_redshift.figures import style

TASKS = {"digits": "digits 0 and 1", "half_plane": "half-plane", "circle": "circle", "kink": "kink"}
LOSSES = {"cross_entropy": "cross-entropy", "mse": "squared error"}
METHODS: dict[str, dict[str, Any]] = {
    "guess": {"linestyle": "-", "markersize": 4.5, "markeredgewidth": 0},
    "descent": {"linestyle": "", "markersize": 4.2, "markeredgewidth": 0.8, "markerfacecolor": "white"},
    "poisoned": {"linestyle": "", "marker": "x", "markersize": 2.8, "markeredgewidth": 0.8},
}
NAMES = {"guess": "guess and check", "descent": "trained", "poisoned": "trained on false labels too"}
SHIFT = {"guess": 0.0, "descent": 0.07, "poisoned": 0.14}  # octaves
DODGE = 0.2  # octaves between models
CHANCE: Any = {"color": style.FAINT, "linewidth": 0.9, "linestyle": (0, (1, 2))}


@style.style()
def draw(guess_and_check: pd.DataFrame) -> Figure:
    """Test accuracy for both losses, and how many guesses fit, against training points: columns = tasks."""
    tasks = style.in_order(guess_and_check.task, TASKS)
    losses = style.in_order(guess_and_check.loss, LOSSES)
    looks = _looks(guess_and_check)
    figure = style.page(1.6 + 2.8 * len(losses))
    heights = [*[1.6] * len(losses), *[1.0] * len(losses)]
    panels = figure.subplots(
        len(heights), len(tasks), sharex=True, sharey="row", squeeze=False, gridspec_kw={"height_ratios": heights}
    )
    for column, task in zip(panels.T, tasks, strict=True):
        column[0].set_title(TASKS.get(task, task))
        for above, below, loss in zip(column, column[len(losses) :], losses, strict=False):
            found = guess_and_check[(guess_and_check.task == task) & (guess_and_check.loss == loss)]
            above.axhline(0.5, **CHANCE)
            for place, (key, look) in enumerate(looks.items()):
                of_model = found[(found.model == key[0]) & (found.prefactor == key[1])]
                _methods(above, below, of_model, look, DODGE * (place - (len(looks) - 1) / 2))
        column[-1].set_xlabel("training points")
    for row, loss in zip(panels, losses, strict=False):
        row[0].set_ylabel(f"{LOSSES[loss]}:\ntest accuracy")
        row[0].set_ylim(0, 1.03)
        style.plain_ticks(row[0].yaxis)
    for row, loss in zip(panels[len(losses) :], losses, strict=True):
        row[0].set_ylabel(f"{LOSSES[loss]}:\nshare that fits")
        row[0].set(yscale="log", ylim=(_least_share(guess_and_check) / 3, 1.5))
    _name_points(panels[0, 0], sorted(set(guess_and_check.points)))
    shown = [Line2D([], [], **METHODS["guess"] | look) for look in looks.values()]
    ink = {"color": style.INK, "marker": "o"}
    shown += [Line2D([], [], **{**ink, **METHODS[name]}, label=NAMES[name]) for name in METHODS]
    shown.append(Line2D([], [], **CHANCE, label="chance"))
    figure.legend(handles=shown, loc="outside upper center", ncols=4, frameon=False)
    return style.finish(figure, _caption(guess_and_check))


def _least_share(table: pd.DataFrame) -> float:
    """The least mean share of guesses that fit, over all panels, that is not 0."""
    guesses = table[table.method == "guess"]
    shares = guesses.groupby(["task", "points", "model", "prefactor", "loss"]).acceptance_rate.mean()
    return float(shares[shares > 0].min()) if (shares > 0).any() else 0.01


def _looks(table: pd.DataFrame) -> dict[tuple[str, float], dict[str, Any]]:
    """The look of every model and prefactor, in order; a further prefactor of a model is darker, with a pentagon."""
    looks = {}
    for model in style.in_order(table.model):
        label, colour, marker, _ = style.look("none" if model == "unbiased" else model)
        prefactors = sorted(set(table[table.model == model].prefactor))
        for number, prefactor in enumerate(prefactors):
            named = f"{label}, prefactor {style.short(prefactor)}" if len(prefactors) > 1 else label
            red, green, blue = (0.55**number * part for part in to_rgb(colour))
            looks[model, prefactor] = {"color": (red, green, blue), "marker": "p" if number else marker, "label": named}
    return looks


def _methods(above: Axes, below: Axes, table: pd.DataFrame, look: dict[str, Any], dodge: float) -> None:
    """Test accuracies of a model's methods above, the share of its guesses that fit below."""
    for method in style.in_order(table.method, METHODS):
        found = table[table.method == method]
        marks = look | METHODS[method]
        _means(above, style.means(found, ["points"], "test_accuracy"), marks, dodge + SHIFT[method])
        if method == "guess":
            rates = style.means(found, ["points"], "acceptance_rate")
            _means(below, rates[rates["mean"] > 0], marks, dodge)


def _means(axes: Axes, means: pd.DataFrame, look: dict[str, Any], dodge: float) -> None:
    bars = [means["mean"] - means.low, means.high - means["mean"]]
    axes.errorbar(means.points * 2**dodge, means["mean"], yerr=bars, elinewidth=0.8, **look)


def _name_points(axes: Axes, points: list[int]) -> None:
    axes.set_xscale("log", base=2)
    axes.set_xlim(points[0] / 2**0.6, points[-1] * 2**0.6)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(points, [str(n) for n in points])


def _caption(table: pd.DataFrame) -> str:
    known = table.dropna(subset=["test_accuracy"])
    cells = known.groupby(["task", "points", "model", "prefactor", "method", "loss"]).size()
    none = table[table.test_accuracy.isna()].groupby("method").size()
    guesses = table[table.method == "guess"]
    return (
        "Guess and check: random networks are drawn until they fit every training point (by cross-entropy: on the "
        "right side; by squared error: within 1 of the label ±1), and tested on other points. Filled, with lines: mean "
        "over splits of the mean accuracy of the accepted networks, with 95 % intervals (Student); hollow: "
        "networks trained to the mean loss of the guesses; crosses: to the same loss on the same points, and on other "
        f"points with false labels. Below: share of guesses that fit, of at most {guesses.candidates.max():,} a split. "
        f"n = {style.between(cells)} splits a marker. Splits without a network to test, and left out: "
        f"{int(none.get('guess', 0)):,} of {len(guesses):,} with guesses, {int(none.get('descent', 0)):,} of "
        f"{int((table.method == 'descent').sum()):,} with trained networks, {int(none.get('poisoned', 0)):,} of "
        f"{int((table.method == 'poisoned').sum()):,} with those trained on false labels."
    )
