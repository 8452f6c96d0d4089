"""Smooth functions of two inputs: what becomes of an architecture's complexity when it learns a simple target?"""

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np

from neural_redshift.networks import mlp
from neural_redshift.networks.cells import architecture_name
from neural_redshift.networks.sampling import evaluate
from neural_redshift.seeds import random_words, seed_for, uniform
from neural_redshift.tasks import targets
from neural_redshift.tasks.parts import Part, architecture, described, on_grid, status
from neural_redshift.tasks.scores import pearson
from neural_redshift.training import Recipe, train

Array = np.ndarray
TEST_POINTS = 1024


def parts(settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is trained together: a prefactor on targets of one frequency."""
    return [
        {"prefactor": prefactor, "cycles": cycles}
        for prefactor, cycles in product(settings["prefactors"], settings["cycles"])
    ]


def run(settings: Mapping[str, Any], part: Mapping[str, Any]) -> Part:
    """Train every seed on its own target, and evaluate before and after."""
    cell, cycles, seeds = architecture(settings, part["prefactor"]), part["cycles"], np.arange(settings["seeds"])
    points, values = data(settings["seed"], seeds, cycles, settings["points"] + TEST_POINTS)
    cut = settings["points"]
    layers = mlp.draw(cell, settings["seed"], seeds)
    how = Recipe("mse", settings["learning_rate"], settings["steps"])
    trained = train(cell, layers, points[:, :, :cut], values[:, :cut], how)
    outputs = np.concatenate(
        [evaluate(cell, mlp.chosen(trained.layers, seeds[[s]]), points[s].astype(float))[0] for s in seeds]
    )
    table = {
        "task": np.full(len(seeds), f"smooth_{cycles:.12g}"),
        "architecture": np.full(len(seeds), architecture_name(described(cell))),
        **{column: np.full(len(seeds), value) for column, value in described(cell).items()},
        "seed": seeds,
        "data_seed": seeds,
        "status": status(trained.diverged),
        "train_score": pearson(outputs[:, :cut], values[:, :cut]),
        "test_score": pearson(outputs[:, cut:], values[:, cut:]),
        "train_loss": trained.loss,
        "steps": trained.steps,
    }
    before, after = (on_grid(cell, which, settings["grid_points"]) for which in (layers, trained.layers))
    return Part(table, {"initial": before, "trained": after})


def data(seed: int, seeds: Array, cycles: float, count: int) -> tuple[Array, Array]:
    """Random points on [−1, 1]², (seeds, 2, count), and the values there of each seed's target, (seeds, count)."""
    points = uniform(random_words(seed_for("points", seed=seed, task="smooth"), seeds, 2 * count)).reshape(-1, 2, count)
    key = seed_for("target", seed=seed, task="smooth", cycles=float(cycles))
    return points, np.stack([targets.smooth(points[s], cycles, key, s) for s in seeds])
