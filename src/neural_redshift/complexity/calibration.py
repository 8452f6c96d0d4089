"""The ends of the calibrated scale: what each measure says of planes and of white noise on a grid."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy.special import ndtri

from neural_redshift.complexity.measuring import load
from neural_redshift.networks.functions import grid
from neural_redshift.seeds import random_words, seed_for, uniform

Array = np.ndarray


def plane(seed: int, functions: int, grid_points: int) -> Array:
    """x·(cos θ, sin θ), θ ~ U(−π, π): (functions, points, points)."""
    angle = np.pi * uniform(random_words(seed_for("plane", seed=seed), np.arange(functions), 1))[:, 0].astype(float)
    values = np.stack([np.cos(angle), np.sin(angle)], axis=1) @ grid(grid_points, 2, np.float64)
    return values.reshape(functions, grid_points, grid_points)


def white_noise(seed: int, functions: int, grid_points: int) -> Array:
    """Independent normal values: (functions, points, points)."""
    words = random_words(seed_for("white_noise", seed=seed), np.arange(functions), grid_points**2)
    return ndtri((words + 0.5) * 2.0**-32).reshape(functions, grid_points, grid_points)


FUNCTIONS: dict[str, Callable[[int, int, int], Array]] = {"plane": plane, "white_noise": white_noise}


def calibrate(settings: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Columns of `calibration`: every function × grid × measure of the settings."""
    rows = []
    for name, function in FUNCTIONS.items():
        for points in settings["grid_points"]:
            values = function(settings["seed"], settings["networks"], points)
            for measure, options in settings["measures"].items():
                found = load(measure, **options)(values)
                rows.append((name, points, measure, found.mean(), found.std(ddof=1), len(found)))
    names = ("function", "grid_points", "measure", "mean", "standard_deviation", "n")
    return {name: list(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}
