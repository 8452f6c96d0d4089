"""Appendix E: the unbiased model trained. Without a preference of its own it learns the training points alone."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from neural_redshift.figures import style

OPTIMIZERS = {"adam": "Adam", "gradient_descent": "gradient descent"}
ACTIVATION = {"unbiased": "none", "relu": "relu"}
SCORES = {
    "modulo": ("balanced accuracy", 0.5, (0.0, 1.05)),
    "smooth": ("Pearson r", 0.0, (-1.0, 1.1)),
}  # name, chance, limits of the axis
CHANCE: Any = {"color": style.FAINT, "linewidth": 0.9, "linestyle": (0, (1, 2))}


@style.style()
def draw(unbiased_training: pd.DataFrame) -> Figure:
    """Score on the training and on the other points: columns = tasks, rows = optimizers, places = models."""
    tasks = style.tasks(unbiased_training.task)
    first_of_kind = {task.partition("_")[0]: task for task in reversed(tasks)}
    optimizers = style.in_order(unbiased_training.optimizer, OPTIMIZERS)
    models = style.successful(unbiased_training)
    places = _places(unbiased_training)
    figure = style.page(1.6 + 1.7 * len(optimizers))
    panels = figure.subplots(len(optimizers), len(tasks), sharex=True, squeeze=False)
    for row, optimizer in zip(panels, optimizers, strict=True):
        for axes, task in zip(row, tasks, strict=True):
            kind = task.partition("_")[0]
            score, chance, limits = SCORES[kind]
            axes.axhline(chance, **CHANCE)
            _scores(axes, models[(models.optimizer == optimizer) & (models.task == task)], places)
            axes.set_ylim(*limits)
            style.plain_ticks(axes.yaxis)
            if task == first_of_kind[kind]:
                axes.set_ylabel(f"{OPTIMIZERS[optimizer]}\n{score}" if axes is row[0] else score)
            else:
                axes.tick_params(labelleft=False)
    for axes, task in zip(panels[0], tasks, strict=True):
        axes.set_title(style.task_name(task))
    for axes in panels[-1]:
        axes.set_xlim(-0.6, len(places) - 0.4)
        axes.set_xticks(range(len(places)), [_tick(*place) for place in places])
        axes.set_xlabel("initial α of unbiased")
    figure.legend(handles=_handles(places), loc="outside upper center", ncols=5, frameon=False)
    return style.finish(figure, _caption(unbiased_training, models))


def _places(models: pd.DataFrame) -> list[tuple[str, float]]:
    """Model and weight magnitude, in order along the axis: unbiased first."""
    found = set(zip(models.model, models.weight_magnitude, strict=True))
    return [
        place for name in style.in_order(models.model, ACTIVATION) for place in sorted(p for p in found if p[0] == name)
    ]


def _tick(model: str, magnitude: float) -> str:
    return style.short(magnitude) if model == "unbiased" else style.look(ACTIVATION[model]).label


def _scores(axes: Axes, models: pd.DataFrame, places: list[tuple[str, float]]) -> None:
    for at, (name, magnitude) in enumerate(places):
        found = models[(models.model == name) & (models.weight_magnitude == magnitude)]
        _, colour, marker, _ = style.look(ACTIVATION[name])
        for shift, column, face in ((-0.25, "train_score", "white"), (0.05, "test_score", colour)):
            mean = style.means(found, ["model"], column)
            bars = [mean["mean"] - mean.low, mean.high - mean["mean"]]
            look: Any = {"color": colour, "markerfacecolor": face, "elinewidth": 1, **style.MARKER}
            axes.errorbar([at + shift] * len(mean), mean["mean"], yerr=bars, fmt=marker, **look)
        seeds = found.test_score.dropna()
        spread = at + 0.2 + 0.2 * np.arange(len(seeds)) / max(len(seeds), 1)
        axes.plot(spread, seeds, ".", color=colour, markersize=2.5, alpha=0.5, markeredgewidth=0)


def _handles(places: list[tuple[str, float]]) -> list[Line2D]:
    names = dict.fromkeys(ACTIVATION[name] for name, _ in places)
    shown = [style.handle(name, linestyle="") for name in names]
    kept: Any = {"linestyle": "", "marker": "o", "color": style.INK, **style.MARKER}
    return [
        *shown,
        Line2D([], [], **kept, label="other points"),
        Line2D([], [], **kept, markerfacecolor="white", label="training points"),
        Line2D([], [], **CHANCE, label="chance"),
    ]


def _caption(drawn: pd.DataFrame, models: pd.DataFrame) -> str:
    cells = models.groupby(["task", "model", "optimizer", "weight_magnitude"]).size()
    return (
        "The unbiased model trained on half of the 16 × 16 lattice, beside a ReLU network: a sum of waves of every "
        "frequency once, amplitudes and phases trained. Filled: score on the points that were not trained on, mean "
        "over seeds with 95 % intervals (Student) and every seed (small dots); hollow: on the training points. "
        "Modulo: mean over the two labels of the accuracy (chance .5); waves, which are random sums of cosines of at "
        "most so many cycles: Pearson correlation (chance 0). "
        f"n = {style.between(cells)} seeds a marker. " + style.left_out(drawn, ["train_score", "test_score"])
    )
