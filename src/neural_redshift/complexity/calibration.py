"""Functions that everybody can picture, from a plane to white noise: what each measure says of them on a grid.

A plane and white noise are the ends of the calibrated scale; the others show what a value in between means.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy.special import ndtri

from neural_redshift.complexity.measuring import load
from neural_redshift.networks.functions import chunks, grid
from neural_redshift.seeds import random_words, seed_for, uniform

Array = np.ndarray


def plane(seed: int, functions: Array, grid_points: int) -> Array:
    """x·(cos θ, sin θ), θ ~ U(−π, π): (functions, points, points)."""
    return _along(np.pi * _uniform("plane", seed, functions, 1)[0], grid_points)


def paraboloid(seed: int, functions: Array, grid_points: int) -> Array:
    """a x₁² + (1 − a) x₂², a ~ U(1/4, 3/4): (functions, points, points).

    Opposite borders agree, so its periodic continuation has no jump.
    """
    share = 0.5 + _uniform("paraboloid", seed, functions, 1)[0] / 4
    values = np.stack([share, 1 - share], axis=1) @ grid(grid_points, 2, np.float64) ** 2
    return values.reshape(-1, grid_points, grid_points)


def step(seed: int, functions: Array, grid_points: int) -> Array:
    """1 where x·(cos θ, sin θ) > t, else 0; θ ~ U(−π, π), t ~ U(−1/2, 1/2): (functions, points, points)."""
    turn, offset = _uniform("step", seed, functions, 2)
    return (_along(np.pi * turn, grid_points) > offset[:, None, None] / 2).astype(float)


def disc(seed: int, functions: Array, grid_points: int) -> Array:
    """1 where |x − c| < r, else 0; c ~ U(−1/2, 1/2)², r ~ U(1/4, 1/2): (functions, points, points).

    It does not reach the border, so its periodic continuation has no jump there.
    """
    *centre, size = _uniform("disc", seed, functions, 3)
    distance = np.hypot(*(x - c[:, None] / 2 for x, c in zip(grid(grid_points, 2, np.float64), centre, strict=True)))
    return (distance < (3 + size[:, None]) / 8).astype(float).reshape(-1, grid_points, grid_points)


def white_noise(seed: int, functions: Array, grid_points: int) -> Array:
    """Independent normal values: (functions, points, points)."""
    words = random_words(seed_for("white_noise", seed=seed), functions, grid_points**2)
    return ndtri((words + 0.5) * 2.0**-32).reshape(-1, grid_points, grid_points)


FUNCTIONS: dict[str, Callable[[int, Array, int], Array]] = {
    "plane": plane,
    "paraboloid": paraboloid,
    "step": step,
    "disc": disc,
    "white_noise": white_noise,
}


def calibrate(settings: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Columns of `calibration`: every function × grid × measure of the settings."""
    measures = {name: load(name, **options) for name, options in settings["measures"].items()}
    rows = []
    for name, function in FUNCTIONS.items():
        for points in settings["grid_points"]:
            found: dict[str, list[Array]] = {measure: [] for measure in measures}
            for numbers in chunks(settings["networks"], points**2):
                values = function(settings["seed"], numbers, points)
                for measure, apply in measures.items():
                    found[measure].append(apply(values))
            for measure, parts in found.items():
                all_of_it = np.concatenate(parts)
                rows.append((name, points, measure, all_of_it.mean(), all_of_it.std(ddof=1), len(all_of_it)))
    names = ("function", "grid_points", "measure", "mean", "standard_deviation", "n")
    return {name: list(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}


def _uniform(purpose: str, seed: int, functions: Array, count: int) -> Array:
    """`count` numbers ~ U(−1, 1) for each function: (count, functions)."""
    return uniform(random_words(seed_for(purpose, seed=seed), functions, count)).T.astype(float)


def _along(angle: Array, grid_points: int) -> Array:
    """x·(cos θ, sin θ): (functions, points, points)."""
    values = np.stack([np.cos(angle), np.sin(angle)], axis=1) @ grid(grid_points, 2, np.float64)
    return values.reshape(-1, grid_points, grid_points)
