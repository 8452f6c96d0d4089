"""Section 4.1: modulo addition, before against after training, and where the best prefactor lies.

A unit is a seed: of the weights, the data and their split. What is tuned is tuned on every other seed and judged on
the rest, both ways round. Accuracies are balanced: .5 is chance.
"""

from typing import Any

import numpy as np
import pandas as pd

from neural_redshift.claims.evidence import FEWEST, Estimates, TooLittle, joined
from neural_redshift.claims.grids import ALL, Grid, by_halves, complete, of_units, select
from neural_redshift.replicates import CORRELATION, leave_one_out
from neural_redshift.statistics import correlations, quadratic_fit

Array = np.ndarray
Table = pd.DataFrame
MODULI = [10, 7, 4]  # rising frequency
ACTIVATIONS = ["relu", "gelu", "swish", "tanh", "gaussian", "sin"]
FITTED = 0.99  # training accuracy
CHANCE = 0.5


def before_after(
    before_after: Table,
    *,
    measure: str = "fourier",
    method: str = "spearman",
    tasks: str = "modulo",
    architectures: str = "all",
) -> Estimates:
    """Correlation of complexity before with after training, over the means of architectures, for each task."""
    rows = before_after[(before_after.status == "ok") & before_after.task.str.startswith(tasks)]
    if architectures == "fitted":
        rows = rows[rows.groupby(["task", "architecture"]).train_score.transform("mean") >= FITTED]
    found = []
    for _, models in rows.groupby(["task", "activation"] if architectures == "within activation" else ["task"]):
        sides = (f"{measure}_{stage}" for stage in ("init", "trained"))
        init, trained = complete(*(select(models, "seed", side, architecture=ALL) for side in sides))
        if init.values.shape[1] >= FEWEST:
            found.append(init.estimates(correlations(init.means, trained.means, method), CORRELATION))
    return joined(found)


def modulo_relu_low_version(
    modulo: Table, *, budget: str = "paper", split: str = "half", learning_rate_rule: str = "constant"
) -> Estimates:
    """Accuracy of ReLU networks on M = 10 at their best prefactor."""
    return _at_best(_accuracy(modulo, budget, split, learning_rate_rule, activation="relu", modulus=10))


def modulo_relu_fits_fails_7(
    modulo: Table, *, budget: str = "paper", split: str = "half", learning_rate_rule: str = "constant"
) -> Estimates:
    """Accuracy on M = 7 of ReLU networks that fit the training points, at their best prefactor."""
    return _fitted_at_best(modulo, budget, split, learning_rate_rule, 7)


def modulo_relu_fits_fails_4(
    modulo: Table, *, budget: str = "paper", split: str = "half", learning_rate_rule: str = "constant"
) -> Estimates:
    """Accuracy on M = 4 of ReLU networks that fit the training points, at their best prefactor."""
    return _fitted_at_best(modulo, budget, split, learning_rate_rule, 4)


def modulo_relu_like_fail(
    modulo: Table, *, budget: str = "paper", split: str = "half", learning_rate_rule: str = "constant"
) -> Estimates:
    """Accuracy on M = 4 of GELU and Swish networks, each at its best prefactor."""
    run = (budget, split, learning_rate_rule)
    return joined([_at_best(_accuracy(modulo, *run, activation=name, modulus=4)) for name in ("gelu", "swish")])


def modulo_some_solve_all(
    modulo: Table, *, budget: str = "paper", split: str = "half", learning_rate_rule: str = "constant"
) -> Estimates:
    """Accuracy for each M of the activation that is best in its worst version, its prefactors tuned for each M."""
    (grid,) = complete(_accuracy(modulo, budget, split, learning_rate_rule, activation=ACTIVATIONS, modulus=MODULI))

    def judge(choosing: Array, judging: Array) -> Array:
        means = np.nan_to_num(leave_one_out(choosing)[0], nan=-np.inf)
        winner = means.max(-1).min(-1).argmax()
        return judging[:, winner, np.arange(len(MODULI)), means[winner].argmax(-1)]

    return of_units(by_halves(grid.values, judge), grid.n)


def modulo_not_all_solve(
    modulo: Table, *, budget: str = "paper", split: str = "half", learning_rate_rule: str = "constant"
) -> Estimates:
    """Accuracy of the activation, other than ReLU, that is worst in its worst version, its prefactor tuned there."""
    (grid,) = complete(_accuracy(modulo, budget, split, learning_rate_rule, activation=ACTIVATIONS[1:], modulus=MODULI))

    def judge(choosing: Array, judging: Array) -> Array:
        means = leave_one_out(choosing)[0]
        best = np.nanmax(means, axis=-1)
        loser, version = np.unravel_index(best.argmin(), best.shape)
        return judging[:, loser, version, [np.nanargmax(means[loser, version])]]

    return of_units(by_halves(grid.values, judge), grid.n)


def optimum_shift_10_7(
    modulo: Table,
    *,
    budget: str = "paper",
    split: str = "half",
    learning_rate_rule: str = "constant",
    location: str = "centroid",
) -> Estimates:
    """Natural logarithm of Gaussian's best prefactor for M = 7 minus that for M = 10."""
    return _shift(modulo, (budget, split, learning_rate_rule), location, [10, 7])


def optimum_shift_7_4(
    modulo: Table,
    *,
    budget: str = "paper",
    split: str = "half",
    learning_rate_rule: str = "constant",
    location: str = "centroid",
) -> Estimates:
    """Natural logarithm of Gaussian's best prefactor for M = 4 minus that for M = 7."""
    return _shift(modulo, (budget, split, learning_rate_rule), location, [7, 4])


def match_target(
    modulo: Table,
    *,
    measure: str = "fourier",
    location: str = "centroid",
    budget: str = "paper",
    split: str = "half",
    learning_rate_rule: str = "constant",
) -> Estimates:
    """Mean of ln²(C_init at the best prefactor / C of the labels) over wrong pairings minus that over the right ones.

    Pairings are those of the three versions' best prefactors with the three versions' labels. The square, because
    the mean of |ln| cancels where complexity at the best prefactor is below that of the labels of every version.
    """
    run = (budget, split, learning_rate_rule)
    accuracy, at_best = complexity_at_best(modulo, run, measure, location, activation=ACTIVATIONS, modulus=MODULI)
    labels = modulo.groupby("modulus")[f"target_{measure}"].first()[MODULI].to_numpy(float)
    gaps = ((at_best[..., None] - np.log(labels)) ** 2).mean(1)
    right = np.eye(len(MODULI), dtype=bool)
    return accuracy.estimates(gaps[:, ~right].mean(1) - gaps[:, right].mean(1))


def prefactor_no_side_effects(
    modulo: Table, *, activation: str = "gaussian", budget: str = "paper", split: str = "half"
) -> Estimates:
    """Accuracy with the learning rate of hidden layers divided by the prefactor minus with it kept, everywhere."""
    grid = _models(
        modulo,
        budget,
        split,
        ["scaled", "constant"],
        "balanced_test_accuracy",
        activation=activation,
        modulus=MODULI,
    )
    return grid.estimates(grid.means[:, 0] - grid.means[:, 1])


def complexity_at_best(
    modulo: Table, run: tuple[str, str, str], measure: str, location: str, **axes: Any
) -> tuple[Grid, Array]:
    """Accuracies, and means over seeds (1 + seeds, *axes) of ln C_init at the best prefactor of each seed."""
    accuracy, initial = complete(_accuracy(modulo, *run, **axes), _models(modulo, *run, f"{measure}_init", **axes))
    x = accuracy.log("prefactor")
    places = LOCATIONS[location](accuracy.values, x)
    at_best = np.full(places.shape, np.nan)
    for index in np.ndindex(places.shape):
        at_best[index] = np.interp(places[index], x, np.log(initial.values[index]))
    return accuracy, leave_one_out(at_best)


def centroid(accuracy: Array, x: Array) -> Array:
    """Σ w x / Σ w with w = (accuracy − chance)₊, over the last axis; NaN where nothing is above chance."""
    above = np.maximum(accuracy - CHANCE, 0.0)
    total = above.sum(-1)
    return np.where(total > 0, above @ x / np.where(total > 0, total, 1.0), np.nan)


def best(accuracy: Array, x: Array) -> Array:
    """The place with the highest accuracy; NaN where one is unknown."""
    return np.where(np.isnan(accuracy).any(-1), np.nan, x[np.nan_to_num(accuracy).argmax(-1)])


def rising_edge(accuracy: Array, x: Array) -> Array:
    """The first place from which accuracy is halfway from chance to its maximum."""
    halfway = (CHANCE + accuracy.max(-1, keepdims=True)) / 2
    return np.where(np.isnan(halfway[..., 0]), np.nan, x[(accuracy >= halfway).argmax(-1)])


def vertex(accuracy: Array, x: Array) -> Array:
    """Where the least-squares parabola is highest; NaN where it opens upwards."""
    a, b, _ = np.moveaxis(quadratic_fit(x, accuracy), -1, 0)
    peaked = a < 0
    return np.where(peaked, -b / np.where(peaked, 2 * a, 1.0), np.nan)


LOCATIONS = {"centroid": centroid, "best": best, "rising edge": rising_edge}


def _models(modulo: Table, budget: str, split: str, rule: str | list[str], value: str, **axes: Any) -> Grid:
    """Values by seed; axes: (rules,) those given, and prefactors last. Diverged models have none."""
    rows = modulo.assign(value=modulo[value].where(modulo.status == "ok"))
    run = {"budget": budget, "split": split, "learning_rate_rule": rule}
    return select(rows, "seed", "value", **run, **axes, prefactor=ALL)


def _accuracy(modulo: Table, budget: str, split: str, rule: str, **axes: Any) -> Grid:
    return _models(modulo, budget, split, rule, "balanced_test_accuracy", **axes)


def _at_best(grid: Grid) -> Estimates:
    def judge(choosing: Array, judging: Array) -> Array:
        means = leave_one_out(choosing)[0]
        if np.isnan(means).all():
            raise TooLittle("no models to choose by")
        return judging[:, [np.nanargmax(means)]]

    return of_units(by_halves(grid.values, judge), grid.n)


def _fitted_at_best(modulo: Table, budget: str, split: str, rule: str, modulus: int) -> Estimates:
    fitted = modulo[modulo.train_accuracy >= FITTED]
    return _at_best(_accuracy(fitted, budget, split, rule, activation="relu", modulus=modulus))


def _shift(modulo: Table, run: tuple[str, str, str], location: str, moduli: list[int]) -> Estimates:
    grid = _accuracy(modulo, *run, activation="gaussian", modulus=moduli)
    x = grid.log("prefactor")
    if location == "quadratic":
        places = vertex(grid.means, x)
        return grid.estimates(places[:, 1] - places[:, 0])
    places = LOCATIONS[location](grid.values, x)
    return of_units(places[:, [1]] - places[:, [0]], grid.n)
