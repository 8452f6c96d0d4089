"""Intervals, always at 95 %, with the network as the unit of resampling."""

import numpy as np
from scipy import stats

Array = np.ndarray
LEVEL = 0.95


def mean_interval(values: Array) -> tuple[float, float]:
    """Student's interval of the mean: mean ± t · s/√n over the values that are numbers; NaN for fewer than 2."""
    kept = np.asarray(values, float)
    kept = kept[np.isfinite(kept)]
    if len(kept) < 2:
        return float("nan"), float("nan")
    half = stats.t.ppf((1 + LEVEL) / 2, len(kept) - 1) * kept.std(ddof=1) / np.sqrt(len(kept))
    return float(kept.mean() - half), float(kept.mean() + half)


def contrast(means: Array, variances: Array, counts: Array, weights: Array) -> tuple[float, float, float]:
    """Σ w_c m_c over independent cells, with the Welch–Satterthwaite interval: (estimate, low, high).

    means, variances (of one network), counts and weights: one entry a cell. Cells of one network or none
    carry no interval: all three are NaN if a cell with weight has fewer than 2.
    """
    used = weights != 0
    means, variances, counts, weights = (np.asarray(a, float)[used] for a in (means, variances, counts, weights))
    if not used.any() or (counts < 2).any():
        return float("nan"), float("nan"), float("nan")
    parts = weights**2 * variances / counts
    estimate, variance = float(weights @ means), parts.sum()
    if variance == 0:
        return estimate, estimate, estimate
    freedom = variance**2 / (parts**2 / (counts - 1)).sum()
    half = stats.t.ppf((1 + LEVEL) / 2, freedom) * np.sqrt(variance)
    return estimate, estimate - half, estimate + half


def correlations(x: Array, y: Array, method: str) -> Array:
    """Pearson or Spearman correlation along the last axis; NaN where one side does not vary."""
    varied = (np.ptp(x, axis=-1) > 0) & (np.ptp(y, axis=-1) > 0)
    if method == "spearman":
        x, y = (stats.rankdata(side, axis=-1) for side in (x, y))
    x, y = (side - side.mean(axis=-1, keepdims=True) for side in (np.asarray(x, float), np.asarray(y, float)))
    with np.errstate(invalid="ignore", divide="ignore"):
        x, y = (side / np.sqrt((side * side).sum(axis=-1, keepdims=True)) for side in (x, y))
    return np.where(varied, (x * y).sum(axis=-1), np.nan)


def correlation_interval(estimate: Array, n: Array, method: str) -> tuple[Array, Array]:
    """Fisher's z interval of correlations of n independent pairs; NaN for n < 4.

    Standard error of z: 1/√(n − 3) for Pearson, √((1 + ρ²/2)/(n − 3)) for Spearman (Bonett & Wright 2000).
    """
    estimate, n = np.asarray(estimate, float), np.asarray(n, float)
    inflation = 1 + estimate**2 / 2 if method == "spearman" else 1.0
    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.sqrt(inflation / np.where(n > 3, n - 3, np.nan))
    return z_interval(estimate, error)


def z_interval(estimate: Array, error: Array) -> tuple[Array, Array]:
    """tanh(artanh r ± z · error): an interval for a correlation from the standard error of its artanh."""
    with np.errstate(divide="ignore"):
        z = np.arctanh(np.clip(estimate, -1, 1))
    half = stats.norm.ppf((1 + LEVEL) / 2) * error
    return np.tanh(z - half), np.tanh(z + half)
