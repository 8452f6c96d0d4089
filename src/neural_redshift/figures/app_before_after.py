"""Does complexity before training tell complexity after it?"""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from neural_redshift.figures import style

MEASURES = ("cosine", "lempel_ziv")
GROUPS = {"between_architectures": "all", "fitted": "fitted"}
SAME: Any = {"color": style.FAINT, "linewidth": 0.8, "linestyle": (0, (1, 2))}


@style.style()
def draw(before_after: pd.DataFrame, correlations: pd.DataFrame) -> Figure:
    """Complexity after against before training: columns = tasks, rows = measures, with rank correlations."""
    models = style.successful(before_after)
    tasks = style.tasks(before_after.task)
    found = correlations[(correlations.table == "before_after") & (correlations.method == "spearman")]
    found = found.set_index(["group", "key", "x", "y"])[["estimate", "low", "high", "n"]]
    figure = style.page(5.3)
    panels = figure.subplots(len(MEASURES), len(tasks), sharex="row", sharey="row", squeeze=False)
    for row, measure in zip(panels, MEASURES, strict=True):
        for axes, task in zip(row, tasks, strict=True):
            x, y = f"{measure}_init", f"{measure}_trained"
            style.crosses(axes, models[models.task == task], x, y, "train_score")
            axes.set_title(_numbers(found, task, x, y), fontsize=7)
        limits = _limits(models, measure)
        for axes in row:
            if measure == "cosine":
                style.logarithmic(axes)
                style.logarithmic(axes, "y")
            axes.plot(limits, limits, **SAME)
            axes.set(xlim=limits, ylim=limits)
            style.plain_ticks(axes.xaxis, axes.yaxis)
        label, unit, _ = style.MEASURES[measure]
        row[0].set_ylabel(f"{label}\nafter training ({unit})", fontsize=7.5)
        row[len(row) // 2].set_xlabel(f"{label} before training ({unit})")
    for axes, task in zip(panels[0], tasks, strict=True):
        axes.set_title(f"{style.task_name(task)}\n\n{axes.get_title()}", fontsize=7)
    shown = [style.handle(name, linestyle="") for name in style.in_order(before_after.activation)]
    shown += [*style.fit_handles(), Line2D([], [], **SAME, label="unchanged")]
    figure.legend(handles=shown, loc="outside upper center", ncols=5, frameon=False, handletextpad=0.5)
    return style.finish(figure, _caption(before_after, models, found))


def _limits(models: pd.DataFrame, measure: str) -> tuple[float, float]:
    """The least and the largest mean complexity before or after, and some air: both axes of a measure."""
    by = ["task", "activation", "prefactor"]
    values = [v for stage in ("init", "trained") for v in style.means(models, by, f"{measure}_{stage}")["mean"]]
    return min(values, default=0.1) / 1.2, max(values, default=1) * 1.2


def _numbers(found: pd.DataFrame, task: str, x: str, y: str) -> str:
    lines = []
    for group, name in GROUPS.items():
        if (key := (group, task, x, y)) in found.index:
            estimate, low, high = (style.decimals(found[end].loc[key], 2) for end in ("estimate", "low", "high"))
            lines.append(f"{name}: {estimate} [{low}, {high}]")
        else:
            lines.append(f"{name}: –")
    return "\n".join(lines)


def _caption(drawn: pd.DataFrame, models: pd.DataFrame, found: pd.DataFrame) -> str:
    cells = models.groupby(["activation", "prefactor", "task"]).size()
    n = {group: style.between(found.n[group].astype(int)) for group in GROUPS if group in found.index}
    return (
        "Complexity after against before training. A marker is an architecture (activation and prefactor): mean over "
        "seeds with 95 % intervals (Student), hollow where its mean score on the training points (modulo: accuracy; "
        "waves, which are random sums of cosines: Pearson correlation) is under .99; a line joins the prefactors of an "
        "activation in order. Above the panels: Spearman rank correlation between the means of architectures with 95 % "
        f"bootstrap intervals, over all of them (n = {n.get('between_architectures', 0)}) and over the fitted ones (n "
        f"= {n.get('fitted', 0)}; – where there are under four). {style.networks(drawn)}. n = {style.between(cells)} "
        "seeds a marker. "
        + style.left_out(drawn, [f"{measure}_{stage}" for measure in MEASURES for stage in ("init", "trained")])
    )
