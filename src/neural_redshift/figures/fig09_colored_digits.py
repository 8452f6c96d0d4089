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
BUDGETS = {"paper": "fixed steps", "matched": "one training loss"}


@style.style()
def draw(colored_digits: pd.DataFrame) -> Figure:
    """Complexity before training and what is learned of both features, against the prefactor; columns = activations."""
    activations = style.in_order(colored_digits.activation)
    budgets = [budget for budget in BUDGETS if budget in set(colored_digits.budget)]
    models = _at_their_loss(colored_digits)
    figure = style.page(1.6 + 1.15 * len(COMPLEXITIES) + 1.55 * len(budgets))
    heights = [*[1.15] * len(COMPLEXITIES), *[1.55] * len(budgets)]
    panels = figure.subplots(
        len(heights), len(activations), sharex=True, sharey="row", squeeze=False, gridspec_kw={"height_ratios": heights}
    )
    for column, name in zip(panels.T, activations, strict=True):
        found = models[models.activation == name]
        every = colored_digits[colored_digits.activation == name]
        column[0].set_title(style.look(name).label)
        for axes, measure in zip(column, COMPLEXITIES, strict=False):
            # Every budget starts from the same weights.
            first = every[every.budget == every.budget.min()]
            style.band(axes, style.means(first, ["prefactor"], f"{measure}_init"), "prefactor", **_line(name, "color"))
        for axes, budget in zip(column[len(COMPLEXITIES) :], budgets, strict=True):
            for feature in FEATURES:
                scores = style.means(found[found.budget == budget], ["prefactor"], f"r_{feature}")
                style.band(axes, scores, "prefactor", **_line(name, feature))
            axes.axhline(0, color=style.FAINT, linewidth=0.8, linestyle=(0, (1, 2)))
            _missing(axes, every[every.budget == budget])
        column[-1].set_xlabel("prefactor")
    for axes in panels.flat:
        style.logarithmic(axes)
        style.plain_ticks(axes.yaxis)
    for row, measure in zip(panels[:, 0], COMPLEXITIES, strict=False):
        row.set_ylabel("{}\n({})".format(*style.MEASURES[measure][:2]), fontsize=7)
    panels[0, 0].set_ylim(0, HIGHEST)
    for row, budget in zip(panels[len(COMPLEXITIES) :, 0], budgets, strict=True):
        row.set(ylabel=f"{BUDGETS[budget]}:\ntest Pearson r", ylim=SCORES)
    shown = [
        Line2D([], [], **{**_line("", feature), "color": style.INK}, label=text) for feature, text in FEATURES.items()
    ]
    figure.legend(handles=shown, loc="outside upper center", ncols=2, frameon=False, handlelength=3)
    return style.finish(figure, _caption(colored_digits, models))


def _line(activation: str, feature: str) -> dict[str, Any]:
    """The look of a feature's line: the colour filled and solid, the digit hollow and dashed."""
    _, colour, marker, _ = style.look(activation)
    shared = {"color": colour, "marker": marker if activation else "o", "markersize": 4.5, "markeredgewidth": 0.8}
    digit = {"markerfacecolor": "white", "linestyle": (0, (4, 1.5))}
    return {**shared, **(digit if feature == "digit" else {})}


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


def _caption(drawn: pd.DataFrame, models: pd.DataFrame) -> str:
    cells = models.groupby(["activation", "prefactor", "budget"]).size()
    ended = style.successful(drawn)
    missed = int((~ended.reached).sum())
    matched, reached = ended[ended.budget == "matched"], models[models.budget == "matched"]
    paper = drawn[drawn.budget == "paper"]
    return (
        f"Coloured digits ({style.several(drawn.dataset)}). Top: complexity before training, mean over slices through "
        "test images. Below: correlation of output and label where only the colour (filled, solid) or only the digit "
        "(hollow, dashed) tells the label, after as many steps for every model "
        f"({style.several(paper.steps)}), and where models are compared at the same training loss (about "
        f"{style.short(float(reached.train_loss.mean())) if len(reached) else '–'}, reached in "
        f"{style.between(reached.steps)} steps; red: how many models of a prefactor are left where some did not reach "
        f"it). Mean over seeds, shaded its 95 % interval (Student). {style.networks(drawn)}. n = "
        f"{style.between(cells)} seeds a marker. Of {len(matched):,} matched models "
        f"{missed:,} did not reach the loss and are left out. "
        + style.left_out(drawn, ["r_color", "r_digit", "cosine_init", "lempel_ziv_init"])
    )
