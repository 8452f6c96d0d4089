"""Figure 9: coloured digits. Which feature is learned, the simple one or the complex one?"""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from neural_redshift.figures import style
from neural_redshift.figures.curves import HIGHEST

COMPLEXITIES = ("cosine", "lempel_ziv")
FEATURES = {"color": "colour", "digit": "digit"}
SCORES = (-0.1, 1.0)
RUNS = {
    ("paper", "constant"): "fixed steps",
    ("paper", "scaled"): "fixed steps,\nlearning rate ÷ prefactor",
    ("matched", "constant"): "one training loss",
}  # budget and learning rate rule, where both features are trained on


@style.style()
def draw(colored_digits: pd.DataFrame) -> Figure:
    """Complexity before training and what is learned of both features, against the prefactor; columns = activations."""
    activations = style.in_order(colored_digits.activation)
    drawn, alone = (colored_digits[(colored_digits.features == "both") == both] for both in (True, False))
    found_runs = set(zip(drawn.budget, drawn.learning_rate_rule, strict=True))
    runs = [run for run in RUNS if run in found_runs]
    models, first = _at_their_loss(drawn), drawn[_is_run(drawn, runs[0])] if runs else drawn
    figure = style.page(1.6 + 1.15 * len(COMPLEXITIES) + 1.45 * len(runs) + 1.15)
    heights = [*[1.15] * len(COMPLEXITIES), *[1.45] * len(runs), 1.15]
    panels = figure.subplots(
        len(heights), len(activations), sharex=True, sharey="row", squeeze=False, gridspec_kw={"height_ratios": heights}
    )
    for column, name in zip(panels.T, activations, strict=True):
        found, every = models[models.activation == name], drawn[drawn.activation == name]
        column[0].set_title(style.look(name).label)
        for axes, measure in zip(column, COMPLEXITIES, strict=False):
            # Every run starts from the same weights.
            before = style.means(first[first.activation == name], ["prefactor"], f"{measure}_init")
            style.band(axes, before, "prefactor", **_line(name, "color"))
        for axes, run in zip(column[len(COMPLEXITIES) : -1], runs, strict=True):
            for feature in FEATURES:
                scores = style.means(found[_is_run(found, run)], ["prefactor"], f"r_{feature}")
                style.band(axes, scores, "prefactor", **_line(name, feature))
            axes.axhline(0, color=style.FAINT, linewidth=0.8, linestyle=(0, (1, 2)))
            _missing(axes, every[_is_run(every, run)])
        for feature in FEATURES:
            learned = _at_their_loss(alone[(alone.activation == name) & (alone.features == feature)])
            style.band(column[-1], style.means(learned, ["prefactor"], "steps"), "prefactor", **_line(name, feature))
        _missing(column[-1], alone[alone.activation == name])
        column[-1].set_xlabel("prefactor")
    for axes in panels.flat:
        style.logarithmic(axes)
        style.plain_ticks(axes.yaxis)
    for row, measure in zip(panels[:, 0], COMPLEXITIES, strict=False):
        row.set_ylabel("{}\n({})".format(*style.MEASURES[measure][:2]), fontsize=7)
    panels[0, 0].set_ylim(0, HIGHEST)
    for row, run in zip(panels[len(COMPLEXITIES) : -1, 0], runs, strict=True):
        row.set(ylabel=f"{RUNS[run]}:\ntest Pearson r", ylim=SCORES)
    if len(_at_their_loss(alone)):
        style.logarithmic(panels[-1, 0], "y")
    panels[-1, 0].set_ylabel("one feature alone:\nsteps to learn it")
    shown = [
        Line2D([], [], **{**_line("", feature), "color": style.INK}, label=text) for feature, text in FEATURES.items()
    ]
    figure.legend(handles=shown, loc="outside upper center", ncols=2, frameon=False, handlelength=3)
    return style.finish(figure, _caption(drawn, models, alone))


def _line(activation: str, feature: str) -> dict[str, Any]:
    """The look of a feature's line: the colour filled and solid, the digit hollow and dashed."""
    _, colour, marker, _ = style.look(activation)
    shared = {"color": colour, "marker": marker if activation else "o", "markersize": 4.5, "markeredgewidth": 0.8}
    digit = {"markerfacecolor": "white", "linestyle": (0, (4, 1.5))}
    return {**shared, **(digit if feature == "digit" else {})}


def _is_run(models: pd.DataFrame, run: tuple[str, str]) -> "pd.Series[bool]":
    return (models.budget == run[0]) & (models.learning_rate_rule == run[1])


def _at_their_loss(models: pd.DataFrame) -> pd.DataFrame:
    """Models that did not diverge and, if they were to, reached the matched training loss."""
    return style.successful(models[models.reached])


def _missing(axes: Axes, models: pd.DataFrame) -> None:
    """Write how many of the models of each prefactor are drawn, where some are not."""
    for prefactor in sorted(set(models.prefactor)):
        found = models[models.prefactor == prefactor]
        if (kept := len(_at_their_loss(found))) < len(found):
            at: Any = {"transform": axes.get_xaxis_transform(), "ha": "center", "va": "bottom"}
            axes.text(prefactor, 0.01, f"{kept}", fontsize=6.5, color=style.ALARM, **at)


def _caption(drawn: pd.DataFrame, models: pd.DataFrame, alone: pd.DataFrame) -> str:
    cells = models.groupby(["activation", "prefactor", "budget", "learning_rate_rule"]).size()
    learned = _at_their_loss(alone)
    of_alone = learned.groupby(["activation", "prefactor", "features"]).size()
    ended = style.successful(drawn)
    missed = int((~ended.reached).sum())
    matched, reached = ended[ended.budget == "matched"], models[models.budget == "matched"]
    paper = drawn[drawn.budget == "paper"]
    return (
        f"Coloured digits ({style.several(drawn.dataset)}). Top: complexity before training, mean over slices through "
        "test images. Below: correlation of output and label where only the colour (filled, solid) or only the digit "
        f"(hollow, dashed) tells the label, after as many steps for every model ({style.several(paper.steps)}), the "
        "same with a learning rate divided by the prefactor on the hidden layers, and where models are compared at the "
        f"same training loss (about {_loss(reached)}, reached in "
        f"{style.between(reached.steps)} steps; red: how many models of a prefactor are left where some did not reach "
        f"it). Bottom: steps to a training loss of about {_loss(learned)} where one feature is trained on, the other "
        f"dark. Mean over seeds, shaded its 95 % interval (Student). {style.networks(drawn)}. n = "
        f"{style.between(cells)} seeds a marker, {style.between(of_alone)} at the bottom. Of {len(matched):,} matched "
        f"models {missed:,} did not reach the loss and are left out, of {len(alone):,} with one feature "
        f"{int((~style.successful(alone).reached).sum()):,}. "
        + style.left_out(drawn, ["r_color", "r_digit", "cosine_init", "lempel_ziv_init"])
    )


def _loss(models: pd.DataFrame) -> str:
    """Their mean training loss."""
    return style.short(float(models.train_loss.mean())) if len(models) else "–"
