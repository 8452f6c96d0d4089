"""How well outputs (models, points) meet targets (models, points)."""

import numpy as np

Array = np.ndarray


def accuracy(outputs: Array, targets: Array) -> Array:
    """Share of points where the sign of the output is that of a target 0 or 1: (models,); NaN if one is not finite."""
    right = (outputs > 0) == (targets > 0.5)
    return np.where(np.isfinite(outputs).all(axis=1), right.mean(axis=1), np.nan)


def balanced_accuracy(outputs: Array, targets: Array) -> Array:
    """Mean over the classes of the share of points that are right: (models,); chance is .5."""
    right = (outputs > 0) == (targets > 0.5)
    shares = []
    for members in (targets > 0.5, targets <= 0.5):
        size = members.sum(axis=1)
        shares.append(np.where(size > 0, (right & members).sum(axis=1) / np.maximum(size, 1), np.nan))
    known = np.isfinite(outputs).all(axis=1) & np.isfinite(shares[0]) & np.isfinite(shares[1])
    return np.where(known, (shares[0] + shares[1]) / 2, accuracy(outputs, targets))


def pearson(outputs: Array, targets: Array) -> Array:
    """Correlation of outputs and targets over the points: (models,); 0 for constant outputs, NaN if not finite."""
    finite = np.isfinite(outputs).all(axis=1)
    sides = (np.where(finite[:, None], outputs, 0.0), np.asarray(targets, float))
    varied = np.all([np.ptp(side, axis=1) > 0 for side in sides], axis=0)
    x, y = (side - side.mean(axis=1, keepdims=True) for side in sides)
    scale = np.sqrt((x * x).sum(axis=1) * (y * y).sum(axis=1))
    return np.where(finite, np.where(varied, (x * y).sum(axis=1) / np.where(varied, scale, 1), 0.0), np.nan)


def mean_squared_error(outputs: Array, targets: Array) -> Array:
    """Mean of (output − target)² over the points: (models,); NaN if an output is not finite."""
    finite = np.isfinite(outputs).all(axis=1)
    return np.where(finite, ((np.where(finite[:, None], outputs, 0.0) - targets) ** 2).mean(axis=1), np.nan)


def share_within(outputs: Array, targets: Array, tolerance: float) -> Array:
    """Share of points with |output − target| < tolerance: (models,); NaN if an output is not finite."""
    near = np.abs(outputs - targets) < tolerance
    return np.where(np.isfinite(outputs).all(axis=1), near.mean(axis=1), np.nan)
