"""Boxes of Section 4, Appendix E: the unbiased model trained, guess and check, and how one starts."""

from typing import Any

import numpy as np
import pandas as pd

from neural_redshift.claims.evidence import Estimates
from neural_redshift.claims.grids import ALL, Grid, select
from neural_redshift.complexity.cosine import cosine
from neural_redshift.complexity.fourier import fourier

Array = np.ndarray
Table = pd.DataFrame
FIT = 0.05  # loss under which the start has learned its high frequency
POINTS = 256  # of the grid on [-1, 1] on which `start` measures; at 128 the ends of the scale are the same within .03
FLAT = 0.5  # what a flat spectrum scores in one dimension, by either measure
MEASURES = {"fourier": fourier, "cosine": cosine}
SEPARABLE = ["digits", "half_plane"]


def unbiased_useless(unbiased_training: Table, *, optimizer: str = "adam", weight_magnitude: float = 1.0) -> Estimates:
    """Balanced test accuracy of the trained Fourier model on each version of modulo addition."""
    ok = unbiased_training[unbiased_training.status == "ok"]
    tasks = ["modulo_10", "modulo_7", "modulo_4"]
    axes = {"model": "unbiased", "optimizer": optimizer, "weight_magnitude": weight_magnitude, "task": tasks}
    grid = select(ok, "seed", "test_score", **axes)
    return grid.estimates(grid.means)


def guess_generalises(
    guess_and_check: Table,
    *,
    points: int = 8,
    loss: str = "cross_entropy",
    tasks: str = "separable",
    loss_bin: Any = ALL,
) -> Estimates:
    """Test accuracy of random ReLU networks that fit minus that of trained ones of the same loss, for each task."""
    grid = _guesses(guess_and_check, "relu", points, loss, ["guess", "descent"], tasks, loss_bin)
    return grid.estimates(grid.means[:, 0] - grid.means[:, 1])


def guess_mse(guess_and_check: Table, *, points: int = 8, tasks: str = "separable", loss_bin: Any = ALL) -> Estimates:
    """Test accuracy of random ReLU networks of low squared error minus that of low cross-entropy, for each task."""
    grid = _guesses(guess_and_check, "relu", points, ["mse", "cross_entropy"], "guess", tasks, loss_bin)
    return grid.estimates(grid.means[:, 0] - grid.means[:, 1])


def guess_unbiased_fails(
    guess_and_check: Table,
    *,
    points: int = 8,
    loss: str = "cross_entropy",
    tasks: str = "separable",
    loss_bin: Any = ALL,
) -> Estimates:
    """Test accuracy of random Fourier models that fit, for each task."""
    grid = _guesses(guess_and_check, "unbiased", points, loss, "guess", tasks, loss_bin)
    return grid.estimates(grid.means)


def bad_minima_exist(
    guess_and_check: Table, *, points: int = 8, loss: str = "cross_entropy", tasks: str = "separable"
) -> Estimates:
    """Test accuracy of trained, and of random, ReLU networks that fit minus of those trained on false points too."""
    grid = _guesses(guess_and_check, "relu", points, loss, ["descent", "guess", "poisoned"], tasks, ALL)
    return grid.estimates(grid.means[:, :2] - grid.means[:, 2:])


def start_simple_bias(
    start: Table, *, measure: str = "fourier", points: int = 256, activation: str = "relu", control: str = "random"
) -> Estimates:
    """c* after training from weights that fitted a high frequency minus from random (or those shuffled) weights.

    The ends of the scale in one dimension: a straight line, and a flat spectrum.
    """
    rows = start[(start.status == "ok") & ~(start.start_loss > FIT)]
    axes = {"activation": activation, "points": points, "start": ["complex", control]}
    grid = select(rows, "seed", measure, **axes)
    line = MEASURES[measure](np.linspace(-1, 1, POINTS)[None])[0]
    return grid.estimates((grid.means[:, 0] - grid.means[:, 1]) / (FLAT - line))


def _guesses(
    guess_and_check: Table,
    model: str,
    points: int,
    loss: str | list[str],
    method: str | list[str],
    tasks: str,
    loss_bin: Any,
) -> Grid:
    """Mean test accuracies by split; axes (methods or losses,) tasks.

    Of a split and task, the mean over those bins of loss in which there are networks of every method and loss.
    """
    compared = {"loss": np.atleast_1d(loss), "method": np.atleast_1d(method)}
    rows = guess_and_check[
        (guess_and_check.model == model)
        & (guess_and_check.prefactor == 1)
        & (guess_and_check.points == points)
        & guess_and_check.loss.isin(compared["loss"])
        & guess_and_check.method.isin(compared["method"])
    ]
    if loss_bin is not ALL:
        rows = rows[rows.loss_bin == loss_bin]
    known = rows.groupby(["split", "task", "loss_bin"]).test_accuracy.transform("count")
    rows = rows[known == len(compared["loss"]) * len(compared["method"])]
    means = rows.groupby(["split", "task", "loss", "method"])[["test_accuracy"]].mean().reset_index()
    names = SEPARABLE if tasks == "separable" else ["circle", "kink"]
    return select(means, "split", "test_accuracy", loss=loss, method=method, task=names)
