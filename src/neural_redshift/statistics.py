"""Intervals, always at 95 %, with the network as the unit of resampling."""

import numpy as np
from scipy import special

from neural_redshift.seeds import random_words, seed_for

Array = np.ndarray
LEVEL = 0.95
PEAK_RESAMPLES = 1000


def mean_interval(values: Array) -> tuple[float, float]:
    """Student's interval of the mean: mean ± t · s/√n over the values that are numbers; NaN for fewer than 2."""
    kept = np.asarray(values, float)
    kept = kept[np.isfinite(kept)]
    if len(kept) < 2:
        return float("nan"), float("nan")
    half = half_width(kept.std(ddof=1), len(kept))
    return float(kept.mean() - half), float(kept.mean() + half)


def half_width(deviations: Array, n: int) -> Array:
    """t · s/√n, of the means of n values with standard deviations s; NaN for n < 2."""
    return special.stdtrit(n - 1, (1 + LEVEL) / 2) * deviations / np.sqrt(n)


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
    half = special.stdtrit(freedom, (1 + LEVEL) / 2) * np.sqrt(variance)
    return estimate, estimate - half, estimate + half


def correlations(x: Array, y: Array, method: str) -> Array:
    """Pearson or Spearman correlation along the last axis; NaN where one side does not vary."""
    varied = (np.ptp(x, axis=-1) > 0) & (np.ptp(y, axis=-1) > 0)
    if method == "spearman":
        from scipy.stats import rankdata  # a third of a second, which other figures and tables need not wait

        x, y = (rankdata(side, axis=-1) for side in (x, y))
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


def resampled_correlation_interval(estimate: Array, again: Array) -> tuple[Array, Array]:
    """Interval of each correlation, (pairs,), from correlations of resamples, (resamples, pairs).

    By the standard error of artanh r over the resamples; where one of them is a perfect correlation, which ranks
    of few things easily are and which has no artanh, by their percentiles, widened to hold the estimate.
    """
    perfect = (np.abs(again) > 1 - 1e-9).any(axis=0)
    error = np.arctanh(np.where(perfect, 0.0, again)).std(axis=0, ddof=1)
    tails = np.percentile(again, [50 * (1 - LEVEL), 50 * (1 + LEVEL)], axis=0)
    low, high = z_interval(estimate, error)
    low, high = (
        np.where(perfect, np.fmin(tails[0], estimate), low),
        np.where(perfect, np.fmax(tails[1], estimate), high),
    )
    return np.where(np.isnan(estimate), np.nan, low), np.where(np.isnan(estimate), np.nan, high)


def z_interval(estimate: Array, error: Array) -> tuple[Array, Array]:
    """tanh(artanh r ± z · error): an interval for a correlation from the standard error of its artanh."""
    with np.errstate(divide="ignore"):
        z = np.arctanh(np.clip(estimate, -1, 1))
    half = special.ndtri((1 + LEVEL) / 2) * error
    return np.tanh(z - half), np.tanh(z + half)


def quadratic_fit(x: Array, y: Array, weights: Array | float = 1.0) -> Array:
    """Weighted least-squares (a, b, c) of a x² + b x + c, for x (points,) and y and weights (..., points): (..., 3).

    Points where y is no number have no part; NaN where fewer than 3 places are left.
    """
    known = np.isfinite(y)
    y, weights = np.where(known, y, 0.0), np.where(known, weights, 0.0)
    powers = np.vander(x, 3)
    normal = np.einsum("...p,pi,pj->...ij", weights, powers, powers)
    enough = (np.linalg.matrix_rank(normal) == 3)[..., None]
    moments = ((weights * y) @ powers)[..., None]
    fit = np.linalg.solve(np.where(enough[..., None], normal, np.eye(3)), moments)[..., 0]
    bend, rounding = np.abs(fit[..., 0]) * np.ptp(x) ** 2, 1e-9 * np.abs(y).max(axis=-1)
    fit[..., 0] = np.where(bend > rounding, fit[..., 0], 0.0)
    return np.where(enough, fit, np.nan)


def quadratic_peak(x: Array, y: Array) -> float:
    """Where the least-squares parabola through the points is highest; NaN where it opens upwards or is a line."""
    a, b, _ = quadratic_fit(x, y)
    return float(-b / (2 * a)) if a < 0 else float("nan")


def quadratic_peak_interval(x: Array, y_by_seed: Array, seed: int) -> tuple[float, float]:
    """Percentile bootstrap of the peak, seeds drawn again as wholes; y_by_seed: (seeds, places), NaN where unknown.

    A draw whose parabola opens upwards has its peak at infinity, on the side where the mean slope points to, so
    an end of the interval may be infinite. NaN for fewer than 2 seeds, or 3 places of which a number is known.
    """
    seeds = len(y_by_seed)
    words = random_words(seed_for("quadratic_peak", seed=seed), np.arange(PEAK_RESAMPLES), seeds)
    drawn = (words.astype(np.uint64) * np.uint64(seeds) >> np.uint64(32)).astype(int)
    times = (drawn[:, :, None] == np.arange(seeds)).sum(axis=1)
    known = np.isfinite(y_by_seed)
    counts = times @ known
    means = (times @ np.where(known, y_by_seed, 0.0)) / np.where(counts, counts, np.nan)
    a, b, _ = quadratic_fit(x, means, counts).T
    slope = b + a * (np.min(x) + np.max(x))
    with np.errstate(divide="ignore", invalid="ignore"):
        peaks = np.where(a < 0, -b / (2 * a), np.copysign(np.inf, slope))
    found = np.sort(peaks[np.isfinite(a)])
    if seeds < 2 or len(found) == 0:
        return float("nan"), float("nan")
    cut = int(len(found) * (1 - LEVEL) / 2)
    return float(found[cut]), float(found[-1 - cut])
