"""Controls of Section 4: what the findings on trained networks are made of."""

from typing import Any

import numpy as np
import pandas as pd

from neural_redshift.claims.evidence import Estimates
from neural_redshift.claims.grids import ALL, Grid, by_halves, of_units, select
from neural_redshift.claims.section4_modulo import MODULI, complexity_at_best
from neural_redshift.replicates import leave_one_out

Array = np.ndarray
Table = pd.DataFrame
TUNED = ["tanh", "gaussian", "sin"]


def c_peaks_collapse(
    modulo: Table,
    *,
    measure: str = "fourier",
    location: str = "centroid",
    budget: str = "paper",
    split: str = "half",
    learning_rate_rule: str = "constant",
) -> Estimates:
    """ln C_init at the best prefactor of tanh, Gaussian and sine minus the mean of the three, for each M."""
    run = (budget, split, learning_rate_rule)
    accuracy, at_best = complexity_at_best(modulo, run, measure, location, activation=TUNED, modulus=MODULI)
    return accuracy.estimates(at_best - at_best.mean(1, keepdims=True))


def c_left_flank(learning_rates: Table, *, modulus: int = 10, learning_rate_rule: str = "constant") -> Estimates:
    """Accuracy at the smallest prefactor minus that at the best one, each at its best learning rate."""
    return _flank(learning_rates, modulus, learning_rate_rule, 0)


def c_right_flank(learning_rates: Table, *, modulus: int = 10, learning_rate_rule: str = "constant") -> Estimates:
    """Accuracy at the largest prefactor minus that at the best one, each at its best learning rate."""
    return _flank(learning_rates, modulus, learning_rate_rule, -1)


def c_prefactor_identity(learning_rates: Table) -> Estimates:
    """Accuracy with the prefactor in weights and biases minus with the rates divided by it, where both were trained."""
    shared = set(learning_rates[learning_rates.learning_rate_rule == "folded"].learning_rate)
    rows = learning_rates[learning_rates.learning_rate.isin(shared)]
    axes = {"activation": ["relu", *TUNED], "learning_rate_rule": ["folded", "scaled"]}
    grid = _accuracies(rows, **axes, modulus=ALL, prefactor=ALL, learning_rate=ALL)
    differences = grid.means[:, :, 0] - grid.means[:, :, 1]
    return grid.estimates(differences.reshape(*differences.shape[:2], -1).mean(-1))


def c_color_easier(colored_digits: Table, *, prefactor: str = "all") -> Estimates:
    """Mean over prefactors of ln(steps for the digit alone / for the colour alone): tanh, Gaussian, sine."""
    known = (colored_digits.status == "ok") & colored_digits.reached
    rows = colored_digits.assign(value=np.log(colored_digits.steps.where(known)))
    axes = {"features": ["digit", "color"], "activation": TUNED, "prefactor": ALL}
    grid = select(rows, "seed", "value", budget="alone", learning_rate_rule="constant", **axes)
    chosen = {"all": slice(None), "smallest": slice(1), "largest": slice(-1, None)}[prefactor]
    return grid.estimates((grid.means[:, 0] - grid.means[:, 1])[..., chosen].mean(-1))


def _accuracies(learning_rates: Table, **axes: Any) -> Grid:
    """Balanced test accuracies by seed; diverged models have none."""
    rows = learning_rates.assign(value=learning_rates.balanced_test_accuracy.where(learning_rates.status == "ok"))
    return select(rows, "seed", "value", **axes)


def _flank(learning_rates: Table, modulus: int, rule: str, end: int) -> Estimates:
    """Prefactor and rates are chosen on some seeds and judged on the others."""
    axes = {"activation": TUNED, "prefactor": ALL, "learning_rate": ALL}
    grid = _accuracies(learning_rates, modulus=modulus, learning_rate_rule=rule, **axes)

    def judge(choosing: Array, judging: Array) -> Array:
        means = np.nan_to_num(leave_one_out(choosing)[0], nan=-np.inf)
        which = np.arange(len(TUNED))
        there = judging[:, which, end, means[:, end].argmax(-1)]
        best = judging.reshape(*judging.shape[:2], -1)[:, which, means.reshape(len(TUNED), -1).argmax(-1)]
        return there - best

    return of_units(by_halves(grid.values, judge), grid.n)
