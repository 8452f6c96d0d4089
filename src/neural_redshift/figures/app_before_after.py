"""Does complexity before training tell complexity after it?"""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from neural_redshift.figures import style
from neural_redshift.figures.curves import HIGHEST

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
    figure = style.page(5)
    panels = figure.subplots(len(MEASURES), len(tasks), sharex="row", sharey="row", squeeze=False)
    for row, measure in zip(panels, MEASURES, strict=True):
        for axes, task in zip(row, tasks, strict=True):
            x, y = f"{measure}_init", f"{measure}_trained"
            style.crosses(axes, models[models.task == task], x, y, "train_score")
            axes.set_title(_numbers(found, task, x, y), fontsize=7)
        for axes in row:
            limits = _limits(models, measure)
            axes.axline((limits[0], limits[0]), slope=1, **SAME)
            axes.set(xlim=limits, ylim=limits)
            style.plain_ticks(axes.xaxis, axes.yaxis)
        label, unit, _ = style.MEASURES[measure]
        row[0].set_ylabel(f"{label}\nafter training ({unit})")
        row[len(row) // 2].set_xlabel(f"{label} before training ({unit})")
    for axes, task in zip(panels[0], tasks, strict=True):
        axes.set_title(f"{style.task_name(task)}\n\n{axes.get_title()}", fontsize=7)
    shown = [style.handle(name, linestyle="") for name in style.in_order(before_after.activation)]
    shown += [*style.fit_handles(), Line2D([], [], **SAME, label="unchanged")]
    figure.legend(handles=shown, loc="outside upper center", ncols=5, frameon=False, handletextpad=0.5)
    return style.finish(figure, _caption(before_after, models, found))


def _limits(models: pd.DataFrame, measure: str) -> tuple[float, float]:
    """Both axes of a measure: from 0 where it has a common scale, else about the means."""
    if style.MEASURES[measure].limits:
        return 0, HIGHEST
    stages = [style.means(models, ["task", "activation", "prefactor"], f"{measure}_{s}") for s in ("init", "trained")]
    low, high = (function([function(stage["mean"], default=0) for stage in stages]) for function in (min, max))
    return low - 0.05 * (high - low) - 1, high + 0.05 * (high - low) + 1


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
        "waves, which are random sums of cosines: Pearson correlation) is under .99. Above the panels: Spearman rank "
        "correlation between the means of architectures with 95 % bootstrap intervals, over all of them (n = "
        f"{n.get('between_architectures', 0)}) and over the fitted ones (n = {n.get('fitted', 0)}; – where there are "
        f"under four). {style.networks(drawn)}. n = {style.between(cells)} seeds a marker. "
        + style.left_out(drawn, [f"{measure}_{stage}" for measure in MEASURES for stage in ("init", "trained")])
    )
