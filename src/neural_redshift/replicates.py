"""The jackknife: a statistic of all units and of all but each one, and its limits at any tail.

A unit is what is drawn anew: a network, a seed with its split. Row 0 of every array of replicates belongs to all
units, row 1 + i to all but unit i. Of a mean the limits are Student's; of a smooth function of means they hold as
units become many. (Efron & Stein 1981, "The jackknife estimate of variance".)
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import special

Array = np.ndarray
MANY = 50  # units from which no spread at all says that there is none


class Scale(NamedTuple):
    """Where a statistic is nearly normal, and the way back."""

    forward: Callable[[Array], Array]
    back: Callable[[Array], Array]


PLAIN = Scale(np.positive, np.positive)
CORRELATION = Scale(np.arctanh, np.tanh)


def leave_one_out(values: Array) -> Array:
    """Means of (units, …) over all units and over all but each: (1 + units, …). NaN is a unit without a value."""
    known = np.isfinite(values)
    parts = np.where(known, values, 0.0)
    sums = np.concatenate([parts.sum(0)[None], parts.sum(0) - parts])
    counts = np.concatenate([known.sum(0)[None], known.sum(0) - known])
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def student_limits(replicates: Array, tail: float, freedom: int, scale: Scale = PLAIN) -> tuple[Array, Array]:
    """θ ± t · s with tail probability `tail` on each side, s² = (n − 1)/n Σ (θ₋ᵢ − mean)²: (low, high).

    Where units are skewed, on average over all members (the last axis), the limit on the side of their long tail is
    Hall's, which is farther off. NaN where replicates do not differ and units are fewer than 50: no spread among few
    says nothing of the error.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = scale.forward(replicates)
        n = len(scaled) - 1
        away = scaled[1:].mean(0) - scaled[1:]
        error = np.sqrt((n - 1) / n * (away**2).sum(0))
        rounding = 1e-12 * np.abs(scaled[0])
        error = np.where((error <= rounding) & (n < MANY), np.nan, error)
        known = error > rounding
        skewness = np.mean((away**3).mean(0)[known] / (away**2).mean(0)[known] ** 1.5) if known.any() else 0.0
        t = -special.stdtrit(freedom, tail) if freedom > 0 else np.nan
        low = scaled[0] - max(t, _without_skew(t, skewness, n)) * error
        high = scaled[0] - min(-t, _without_skew(-t, skewness, n)) * error
        return scale.back(low), scale.back(high)


def _without_skew(t: float, skewness: float, n: int) -> float:
    """What a studentised mean is where its transform, without skew, is t.

    Solves T + bT² + b²T³/3 + b/2 = t with b = γ/(3√n) (Hall 1992, "On the removal of skewness by transformation").
    """
    b = skewness / (3 * np.sqrt(n))
    y = t - b / 2
    return float((np.cbrt(1 + 3 * b * y) - 1) / b) if abs(b) > 1e-9 else y


def binomial_limits(successes: int, n: int, tail: float) -> tuple[float, float]:
    """Clopper and Pearson's exact limits of a share, with tail probability `tail` on each side."""
    low = float(special.betaincinv(successes, n - successes + 1, tail)) if successes > 0 else 0.0
    high = float(special.betainccinv(successes + 1, n - successes, tail)) if successes < n else 1.0
    return low, high


def fitted_rise(values: Array, x: Array) -> Array:
    """Least-squares slope of values (…, places) against x (places,), times the range of x: (…)."""
    x = np.asarray(x, float)
    centred = x - x.mean()
    return values @ (centred / (centred @ centred)) * np.ptp(x)


def kendall(values: Array) -> Array:
    """Kendall's τ_a of values (…, places) with their places: share of pairs that rise minus share that fall.

    Pairs with an unknown value have no part; NaN where no pair is known.
    """
    first, second = np.triu_indices(values.shape[-1], 1)
    signs = np.sign(values[..., second] - values[..., first])
    known = np.isfinite(signs)
    pairs = known.sum(-1)
    return np.where(pairs > 0, np.where(known, signs, 0.0).sum(-1) / np.maximum(pairs, 1), np.nan)
