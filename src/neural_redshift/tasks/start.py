"""How you start: does descent from complex weights end at a complex function?

Functions of one input. The same simple target is learned from random weights, from weights that first
fitted a high frequency, and from those weights shuffled within each layer, which keeps their sizes. After
Ramasinghe et al. 2023; the protocol of Teney et al. 2024, appendix E.3, is not public.
"""

from collections.abc import Mapping
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from neural_redshift.networks import mlp
from neural_redshift.networks.functions import grid
from neural_redshift.networks.sampling import evaluate
from neural_redshift.seeds import random_words, seed_for, uniform
from neural_redshift.tasks.colored_digits import low
from neural_redshift.tasks.parts import Part, architecture, described, joined, on_grid, status
from neural_redshift.tasks.scores import mean_squared_error
from neural_redshift.tasks.targets import shuffled
from neural_redshift.training import Recipe, train

Array = np.ndarray


def parts(settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is trained together: a prefactor, because every data set starts from the same weights."""
    return [{"prefactor": prefactor} for prefactor in settings["prefactors"]]


def run(settings: Mapping[str, Any], part: Mapping[str, Any]) -> Part:
    """Fit the high frequency, then the simple target from each start on each number of points."""
    cell, seeds = architecture(settings, part["prefactor"], inputs=1), np.arange(settings["seeds"])
    everywhere = grid(settings["grid_points"], 1)
    first = mlp.draw(cell, settings["seed"], seeds)
    hard = np.broadcast_to(np.sin(np.pi * settings["cycles"] * everywhere), (len(seeds), settings["grid_points"]))
    fits = partial(low, most=settings["start_loss"])
    how = Recipe("mse", settings["learning_rate"], settings["start_steps"], fits=fits)
    fitted = train(cell, first, np.broadcast_to(everywhere, (len(seeds), *everywhere.shape)), hard, how)
    starts = {"random": first, "complex": fitted.layers, "permuted": permuted(fitted.layers, settings["seed"])}
    phases = np.pi * uniform(random_words(seed_for("phase", seed=settings["seed"], task="start"), seeds, 1))
    rows, functions = [], []
    for (start, layers), count in product(starts.items(), settings["points"]):
        inputs = spread(settings["seed"], seeds, count)
        trained = train(
            cell, layers, inputs, easy(inputs[:, 0], phases), how._replace(steps=settings["steps"], fits=None)
        )
        outputs, _ = evaluate(cell, trained.layers, everywhere.astype(float))
        about = described(cell) | {"start": start, "points": count}
        rows.append(
            {
                **{name: np.full(len(seeds), value) for name, value in about.items()},
                "seed": seeds,
                "status": status(trained.diverged),
                "start_loss": np.full(len(seeds), np.nan) if start == "random" else fitted.loss,
                "train_loss": trained.loss,
                "steps": trained.steps,
                "test_loss": mean_squared_error(outputs, easy(everywhere, phases)),
            }
        )
        functions.append([on_grid(cell, which, settings["grid_points"]) for which in (layers, trained.layers)])
    table = {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}
    initial, trained_functions = (joined(stage) for stage in zip(*functions, strict=True))
    return Part(table, {"initial": initial, "trained": trained_functions})


def easy(points: Array, phases: Array) -> Array:
    """One cycle over [−1, 1], sin(πx + phase), at points (seeds or 1, points): (seeds, points)."""
    return np.sin(np.pi * points + phases)


def spread(seed: int, seeds: Array, count: int) -> Array:
    """Training inputs of each seed, one uniform in each of `count` equal pieces of [−1, 1]: (seeds, 1, count)."""
    words = random_words(seed_for("points", seed=seed, task="start", points=count), seeds, count)
    return ((2 * np.arange(count) + 1 + uniform(words)) / count - 1).astype(np.float32)[:, None]


def permuted(layers: list[mlp.Layer[Array]], seed: int) -> list[mlp.Layer[Array]]:
    """Each network's weights shuffled within their layer, and its biases too."""

    def mixed(arrays: Array, layer: int, kind: str) -> Array:
        networks, size = len(arrays), arrays[0].size
        order = shuffled("permuted", seed, np.arange(networks), size, layer=layer, kind=kind)
        return np.take_along_axis(arrays.reshape(networks, size), order, axis=1).reshape(arrays.shape)

    return [
        mlp.Layer((mixed(layer.affine[0], number, "weights"), mixed(layer.affine[1], number, "biases")))
        for number, layer in enumerate(layers)
    ]
