"""Box in section 4: random networks that happen to fit the training points generalise, but for the unbiased model."""

from collections.abc import Callable
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
BINS = 0.8  # bins an octave, for both
USUAL = 8  # training points of the row against the loss
CHANCE: Any = {"color": style.FAINT, "linewidth": 0.9, "linestyle": (0, (1, 2))}


@style.style()
def draw(guess_and_check: pd.DataFrame) -> Figure:
    """Test accuracy for both losses, and against the loss, and how many guesses fit: columns = tasks."""
    tasks = style.in_order(guess_and_check.task, TASKS)
    losses = style.in_order(guess_and_check.loss, LOSSES)
    looks, points = _looks(guess_and_check), sorted(set(guess_and_check.points))
    shown_points = min(points, key=lambda count: abs(count - USUAL))
    figure = style.page(3.4 + 1.6 * len(losses))
    heights = [*[1.6] * len(losses), 1.6, 1.0]
    panels = figure.subplots(
        len(heights), len(tasks), sharey="row", squeeze=False, gridspec_kw={"height_ratios": heights}
    )
    for column, task in zip(panels.T, tasks, strict=True):
        column[0].set_title(TASKS.get(task, task))
        for place, (key, look) in enumerate(looks.items()):
            found = guess_and_check[(guess_and_check.task == task) & (guess_and_check.model == key[0])]
            found = found[found.prefactor == key[1]]
            dodge = DODGE * (place - (len(looks) - 1) / 2)
            for axes, loss in zip(column, losses, strict=False):
                _methods(axes, _over_bins(found[found.loss == loss]), "points", look, lambda x, d: x * 2**d, dodge)
            of_one = found[(found.loss == losses[0]) & (found.points == shown_points)]
            _methods(column[-2], of_one, "loss_bin", look, lambda x, d: x + BINS * d, dodge)
            _shares(column[-1], found[found.loss == losses[0]], look, dodge)
        for axes in column[: len(losses) + 1]:
            axes.axhline(0.5, **CHANCE)
            axes.set_ylim(0, 1.03)
            style.plain_ticks(axes.yaxis)
        for axes in (*column[: len(losses)], column[-1]):
            _name_points(axes, points)
            axes.set_xlabel("training points")
        column[-2].set(xlabel="bin of loss, from high to low", xticks=sorted(set(guess_and_check.loss_bin)))
        column[-1].set(yscale="log", ylim=(_least_share(guess_and_check) / 3, 1.5))
    for row, loss in zip(panels, losses, strict=False):
        row[0].set_ylabel(f"{LOSSES[loss]}:\ntest accuracy")
    panels[-2, 0].set_ylabel(f"{LOSSES[losses[0]]},\n{shown_points} points:\ntest accuracy")
    panels[-1, 0].set_ylabel(f"{LOSSES[losses[0]]}:\nshare that fits")
    shown = [Line2D([], [], **METHODS["guess"] | look) for look in looks.values()]
    ink = {"color": style.INK, "marker": "o"}
    shown += [Line2D([], [], **{**ink, **METHODS[name]}, label=NAMES[name]) for name in METHODS]
    shown.append(Line2D([], [], **CHANCE, label="chance"))
    figure.legend(handles=shown, loc="outside upper center", ncols=4, frameon=False)
    return style.finish(figure, _caption(guess_and_check))


def _over_bins(models: pd.DataFrame) -> pd.DataFrame:
    """The mean over those bins of loss in which a split has guesses, and trained networks if there are any."""
    compared = models[models.method.isin(["guess", "descent"])]
    known = compared.dropna(subset=["test_accuracy"]).groupby(["points", "split", "loss_bin"]).method.nunique()
    both = known[known == compared.method.nunique()].index
    keys = pd.MultiIndex.from_frame(models[["points", "split", "loss_bin"]])
    return models[keys.isin(both)].groupby(["method", "points", "split"])[["test_accuracy"]].mean().reset_index()


def _least_share(table: pd.DataFrame) -> float:
    """The least mean share of guesses that fit, over all panels, that is not 0."""
    shares = _rates(table).groupby(["task", "points", "model", "prefactor", "loss"]).acceptance_rate.mean()
    return float(shares[shares > 0].min()) if (shares > 0).any() else 0.01


def _rates(table: pd.DataFrame) -> pd.DataFrame:
    """The share of guesses of a split that are in any bin."""
    guesses = table[table.method == "guess"]
    by = ["task", "points", "model", "prefactor", "loss", "split"]
    return guesses.groupby(by)[["acceptance_rate"]].sum().reset_index()


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


def _methods(
    axes: Axes, models: pd.DataFrame, x: str, look: dict[str, Any], shifted: Callable[..., Any], dodge: float
) -> None:
    """Test accuracies of a model's methods against x."""
    for method in style.in_order(models.method, METHODS):
        means = style.means(models[models.method == method], [x], "test_accuracy")
        _means(axes, shifted(means[x], dodge + SHIFT[method]), means, look | METHODS[method])


def _shares(axes: Axes, models: pd.DataFrame, look: dict[str, Any], dodge: float) -> None:
    """The share of guesses that fit, where any do."""
    rates = style.means(_rates(models), ["points"], "acceptance_rate")
    rates = rates[rates["mean"] > 0]
    _means(axes, rates.points * 2**dodge, rates, look | METHODS["guess"])


def _means(axes: Axes, x: "pd.Series[float]", means: pd.DataFrame, look: dict[str, Any]) -> None:
    bars = [means["mean"] - means.low, means.high - means["mean"]]
    axes.errorbar(x, means["mean"], yerr=bars, elinewidth=0.8, **look)


def _name_points(axes: Axes, points: list[int]) -> None:
    axes.set_xscale("log", base=2)
    axes.set_xlim(points[0] / 2**0.6, points[-1] * 2**0.6)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(points, [str(n) for n in points])


def _caption(table: pd.DataFrame) -> str:
    cells = [
        _over_bins(models).dropna(subset=["test_accuracy"]).groupby(["method", "points"]).size()
        for _, models in table.groupby(["task", "model", "prefactor", "loss"])
    ]
    guesses, none = table[table.method == "guess"], table[table.test_accuracy.isna()].groupby("method").size()

    def empty(method: str) -> str:
        return f"{int(none.get(method, 0)):,} of {int((table.method == method).sum()):,}"

    return (
        "Guess and check: random networks are drawn until enough have every training point on the right side and a "
        "mean loss in each bin, and are tested on other points. The loss is that of outputs over their root mean "
        "square on the training points, so that it does not tell their size. Filled, with lines: mean over splits of "
        "the mean accuracy of the accepted networks, with 95 % intervals (Student); hollow: trained to the loss of the "
        "guesses; crosses: to a loss of the last bin on the same points, and on other points with false labels. Upper "
        "rows: mean over the bins in which a split has guesses and trained networks, so at equal loss; third row: bin "
        f"by bin. Below: share of guesses that are in a bin, of at most {guesses.candidates.max():,} a split. "
        f"n = {style.between(pd.concat(cells))} splits a marker of the upper rows. Bins of a split without a network, "
        f"and left out: {empty('guess')} with guesses, {empty('descent')} with trained networks, {empty('poisoned')} "
        "with those trained on false labels."
    )
