"""Section 4.2: coloured digits, where a network can read the colour or the digit. A unit is a seed."""

from typing import Any

import numpy as np
import pandas as pd

from neural_redshift.claims.evidence import Estimates
from neural_redshift.claims.grids import ALL, OTHERS, Grid, by_halves, of_units, select
from neural_redshift.replicates import fitted_rise, kendall, leave_one_out

Array = np.ndarray
Table = pd.DataFrame
SINE = OTHERS.index("sin")


def shortcut_complexity_rises(colored_digits: Table, *, measure: str = "lempel_ziv") -> Estimates:
    """Fitted rise of complexity before training over all prefactors: tanh, Gaussian, sine; sine minus the first two."""
    grid = _models(colored_digits, f"{measure}_init")
    rises = fitted_rise(grid.means, grid.log("prefactor"))
    return grid.estimates(np.concatenate([rises, rises[:, [SINE]] - np.delete(rises, SINE, axis=1)], axis=1))


def shortcut_color_small(
    colored_digits: Table, *, score: str = "r", budget: str = "paper", learning_rate_rule: str = "constant"
) -> Estimates:
    """Kendall's τ of a seed's reliance on colour with the prefactor, for tanh, Gaussian and sine."""
    grid = _models(colored_digits, f"{score}_color", budget, learning_rate_rule)
    return of_units(kendall(grid.values), grid.n)


def shortcut_digit_peak(
    colored_digits: Table, *, score: str = "r", budget: str = "paper", learning_rate_rule: str = "constant"
) -> Estimates:
    """Digit score at the best prefactor between both ends minus at each end, for tanh, Gaussian and sine."""
    grid = _models(colored_digits, f"{score}_digit", budget, learning_rate_rule)

    def judge(choosing: Array, judging: Array) -> Array:
        peak = _at(judging, _peak(choosing))
        return np.concatenate([peak - judging[..., 0], peak - judging[..., -1]], axis=1)

    return of_units(by_halves(grid.values, judge), grid.n)


def shortcut_sine_declines_most(
    colored_digits: Table, *, score: str = "r", budget: str = "paper", learning_rate_rule: str = "constant"
) -> Estimates:
    """Fall of the digit score per unit of ln prefactor beyond its peak: sine minus tanh, sine minus Gaussian."""
    grid = _models(colored_digits, f"{score}_digit", budget, learning_rate_rule)
    x = grid.log("prefactor")

    def judge(choosing: Array, judging: Array) -> Array:
        place = _peak(choosing)
        falls = (_at(judging, place) - judging[..., -1]) / (x[-1] - x[place])
        return falls[:, [SINE]] - np.delete(falls, SINE, axis=1)

    return of_units(by_halves(grid.values, judge), grid.n)


def _models(colored_digits: Table, value: str, budget: str = "paper", rule: str = "constant") -> Grid:
    """Values by seed, activation and prefactor; models that diverged or did not reach the matched loss have none."""
    known = (colored_digits.status == "ok") & colored_digits.reached
    rows = colored_digits.assign(value=colored_digits[value].where(known))
    run = {"budget": budget, "features": "both", "learning_rate_rule": rule}
    axes: dict[str, Any] = {"activation": list(OTHERS), "prefactor": ALL}
    return select(rows, "seed", "value", **run, **axes)


def _peak(values: Array) -> Array:
    """The place, not at an end, with the highest mean: (activations,)."""
    return 1 + np.nan_to_num(leave_one_out(values)[0][:, 1:-1], nan=-np.inf).argmax(-1)


def _at(values: Array, places: Array) -> Array:
    return values[:, np.arange(len(places)), places]
