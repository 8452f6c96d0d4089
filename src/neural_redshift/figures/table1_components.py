"""Table 1: what each component of an architecture does to complexity, and what the paper says of it."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from neural_redshift.components import MARGIN
from neural_redshift.figures import style

MEASURES = ("fourier", "cosine")
OVER = {"grid": ("o", -0.17), "corner": ("D", 0.17)}  # marker, place within a line
VERDICTS = {
    "agrees": ("✓", "#0072B2"),
    "differs": ("✗", style.ALARM),
    "undecided": ("?", style.FAINT),
    "not stated": ("–", style.INK),
}
LINE = 0.185  # inches


@style.style()
def draw(components: pd.DataFrame) -> Figure:
    """Effect of each component with its interval, by `fourier` and `cosine`; our direction beside the paper's."""
    found = components[components.measure.isin(MEASURES) & components.over.isin(OVER)].copy()
    found["verdict"] = [_verdict(row.direction, row.paper) for row in style.rows(found)]
    heads, lines = _lay_out(found)
    found["line"] = [lines[row.component, row.activations] for row in style.rows(found)]
    last = max(lines.values())
    figure = style.page(1.75 + LINE * last)
    panels = figure.subplots(1, 5, sharey=True, width_ratios=[1.45, 1.8, 1.35, 1.8, 1.35], gridspec_kw={"wspace": 0})
    _names(panels[0], found, heads, lines)
    reach = float(np.nanmax(found[["low", "high", "estimate"]].abs().fillna(MARGIN).to_numpy()))
    for measure, effects, words in zip(MEASURES, panels[1::2], panels[2::2], strict=True):
        chosen = found[found.measure == measure]
        _effects(effects, chosen, reach * 1.08)
        _words(words, chosen)
        effects.set_title(style.MEASURES[measure].label, fontweight="bold")
        _heads(effects, words, chosen, heads)
    panels[0].set_ylim(last + 0.7, -1.6)
    figure.legend(
        handles=_legend(), loc="outside upper center", ncols=7, frameon=False, columnspacing=1.3, handlelength=1.4
    )
    return style.finish(figure, _caption(found))


def _verdict(direction: str, paper: str) -> str:
    if not paper:
        return "not stated"
    if direction == "undecided":
        return direction
    return "agrees" if direction == paper else "differs"


def _lay_out(found: pd.DataFrame) -> tuple[dict[str, float], dict[tuple[str, str], float]]:
    """The line of each component's heading, and those of its groups of activations below it."""
    heads: dict[str, float] = {}
    lines: dict[tuple[str, str], float] = {}
    line = -0.3
    for component, groups in found.groupby("component", sort=False).activations.unique().items():
        heads[str(component)] = line
        for place, group in enumerate(groups, start=1):
            lines[str(component), group] = line + place
        line += len(groups) + 1.3
    return heads, lines


def _names(axes: Axes, found: pd.DataFrame, heads: dict[str, float], lines: dict[tuple[str, str], float]) -> None:
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    for component, line in heads.items():
        axes.text(0, line, component.capitalize(), va="center", fontweight="bold")
    for (component, group), line in lines.items():
        said = found[(found.component == component) & (found.activations == group)].paper.iloc[0]
        differs = said not in ("", found[found.component == component].paper.iloc[0])
        label = "all activations" if group == "all" else group
        axes.text(0.1, line, f"{label} (paper: {said})" if differs else label, va="center")


def _heads(effects: Axes, words: Axes, chosen: pd.DataFrame, heads: dict[str, float]) -> None:
    plate = {**style.PLATE, "alpha": 1}
    for row in style.rows(chosen.drop_duplicates("component")):
        line, factor = heads[row.component], row.component.replace(" ", "_")
        contrast = row.contrast.replace(f"{factor} ", "").replace("_", " ")
        effects.text(0, line, contrast, ha="center", va="center", color=style.FAINT, fontsize=7, bbox=plate)
        words.text(0.02, line, f"paper: {row.paper}", va="center", fontweight="bold", fontsize=7)


def _effects(axes: Axes, chosen: pd.DataFrame, reach: float) -> None:
    axes.axvspan(-MARGIN, MARGIN, color="#E4E4E4", linewidth=0)
    axes.axvline(0, color=style.FAINT, linewidth=0.6)
    for row in style.rows(chosen):
        marker, shift = OVER[row.over]
        colour = VERDICTS[row.verdict][1]
        axes.plot([row.low, row.high], [row.line + shift] * 2, color=colour, linewidth=1.3)
        axes.plot(
            row.estimate,
            row.line + shift,
            marker,
            color=colour,
            markersize=3.6,
            markerfacecolor=colour if marker == "o" else "white",
        )
    axes.set(xlim=(-reach, reach), yticks=[], xlabel="effect on calibrated complexity\n(0: a plane, 1: white noise)")
    style.plain_ticks(axes.xaxis)
    axes.spines[["left", "right", "top"]].set_visible(False)


def _words(axes: Axes, chosen: pd.DataFrame) -> None:
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    places = dict(zip(OVER, (0.02, 0.53), strict=True))
    for over, place in places.items():
        axes.text(place, -1.2, over, va="center", color=style.FAINT, fontsize=7)
    for row in style.rows(chosen):
        mark, colour = VERDICTS[row.verdict]
        text = "no data" if pd.isna(row.estimate) else f"{mark} {row.direction}"
        weight = "bold" if row.verdict == "differs" else "normal"
        axes.text(places[row.over], row.line, text, va="center", color=colour, fontsize=6.5, fontweight=weight)


def _legend() -> list[Line2D | Patch]:
    shapes = [
        Line2D(
            [],
            [],
            color=style.INK,
            linewidth=1,
            markersize=3.6,
            marker=marker,
            label=over,
            markerfacecolor=style.INK if marker == "o" else "white",
        )
        for over, (marker, _) in OVER.items()
    ]
    marks = [
        Line2D([], [], color=colour, linestyle="", marker=f"${mark}$", markersize=5, label=name)
        for name, (mark, colour) in VERDICTS.items()
    ]
    return [*shapes, Patch(color="#E4E4E4", label=f"margin ±{style.decimals(MARGIN, 2)}"), *marks]


def _caption(found: pd.DataFrame) -> str:
    counts = {measure: found[found.measure == measure].verdict.value_counts() for measure in MEASURES}
    tally = "; ".join(
        f"{measure}: "
        + ", ".join(
            f"{int(count.get(verdict, 0))} {word}"
            for verdict, word in (("agrees", "agree"), ("differs", "differ"), ("undecided", "are undecided"))
        )
        for measure, count in counts.items()
    )
    return (
        "Difference of mean complexity between architectures that are alike in all else, with its 95 % interval "
        "(Welch-Satterthwaite over networks; often narrower than its marker). Grid: average over all depths and "
        "weight magnitudes; corner: the largest of both. “None”: the interval lies within the margin. The paper's "
        "word is for the component; of ReLU-like activations section 3 says otherwise where a word stands in brackets, "
        f"and nothing where we put a dash. Against the paper's word, {tally}. n = {style.between(found.n)} networks a "
        "contrast; networks that are constant or non-finite have no value and are not counted."
    )
