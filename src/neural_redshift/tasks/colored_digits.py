"""Coloured digits: an image beside a band of colour, both of which tell the label; which of them is learned?

The label is digit/9. The band shows the label with noise. Two tests each keep one of both and replace the
other by that of a random label. Networks learn from both, or from one alone, the other dark: how hard is each?
Teney et al. 2024, section 4.2.
"""

from collections.abc import Mapping
from functools import partial
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtri
from torch import Tensor

from neural_redshift.networks import mlp
from neural_redshift.networks.cells import Cell
from neural_redshift.networks.functions import Functions, scale
from neural_redshift.networks.sampling import evaluate
from neural_redshift.seeds import random_words, seed_for
from neural_redshift.tasks import targets
from neural_redshift.tasks.mnist import mnist, sklearn_digits
from neural_redshift.tasks.parts import Part, architecture, described, joined, status
from neural_redshift.tasks.scores import pearson, share_within
from neural_redshift.training import Recipe, train

Array = np.ndarray
TOLERANCE = 0.1  # of the label, for the accuracies
RUN = ("budget", "features", "learning_rate_rule")


class Data(NamedTuple):
    """Inputs (inputs, points) and labels (points,) of a seed: to train on, and of both tests."""

    train: tuple[Array, Array]
    color: tuple[Array, Array]
    digit: tuple[Array, Array]


def parts(settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is trained together: a prefactor under one run (budget, features, learning rate rule)."""
    return [{"prefactor": prefactor, **run} for prefactor, run in product(settings["prefactors"], settings["runs"])]


def run(settings: Mapping[str, Any], part: Mapping[str, Any]) -> Part:
    """Train every seed on its own images and colours, and evaluate before and after."""
    images, digits = sklearn_digits() if settings["dataset"] == "digits" else mnist(settings["files"])
    seeds, budget = np.arange(part["seeds"]), settings["budgets"][part["budget"]]
    data = [draw(images, digits, settings, seed) for seed in seeds]
    cell = architecture(settings, part["prefactor"], inputs=len(data[0].train[0]))
    layers = mlp.draw(cell, settings["seed"], seeds)
    matched = "train_loss" in budget
    how = Recipe(
        "mse",
        budget["learning_rate"],
        budget["steps"],
        hidden_factor=1 / cell.prefactor if part["learning_rate_rule"] == "scaled" else 1.0,
        check_every=budget.get("check_every", 50),
        fits=partial(low, most=budget["train_loss"]) if matched else None,
    )
    inputs = np.stack([only(part["features"], each.train[0], images[0].size) for each in data])
    trained = train(cell, layers, inputs, np.stack([each.train[1] for each in data]), how)
    table: dict[str, Any] = {
        "dataset": np.full(len(seeds), settings["dataset"]),
        **{name: np.full(len(seeds), value) for name, value in described(cell).items()},
        "seed": seeds,
        "data_seed": seeds,
        **{name: np.full(len(seeds), part[name]) for name in RUN},
        "status": status(trained.diverged),
        "train_loss": trained.loss,
        "steps": trained.steps,
        "reached": trained.fitted if matched else np.full(len(seeds), True),
    }
    for feature in ("color", "digit"):
        tests = [getattr(each, feature) for each in data]
        outputs = np.concatenate(
            [evaluate(cell, mlp.chosen(trained.layers, seeds[[s]]), tests[s][0].astype(float))[0] for s in seeds]
        )
        labels = np.stack([labels for _, labels in tests])
        table[f"r_{feature}"] = pearson(outputs, labels)
        table[f"accuracy_{feature}"] = share_within(outputs, labels, TOLERANCE)
    stages = {"initial": layers, "trained": trained.layers}
    return Part(table, {stage: on_slices(cell, which, data, settings) for stage, which in stages.items()})


def only(features: str, inputs: Array, pixels: int) -> Array:
    """The inputs (inputs, points) with the band, or the `pixels` of the image, dark; or as they are, with both."""
    dark = {"both": slice(0), "color": slice(pixels), "digit": slice(pixels, None)}[features]
    kept = inputs.copy()
    kept[dark] = 0
    return kept


def low(outputs: Tensor, labels: Tensor, most: float) -> Tensor:
    """Whether the training loss of each model is at most this."""
    return (outputs - labels).square().mean(1) <= most


def draw(images: Array, digits: Array, settings: Mapping[str, Any], seed: int) -> Data:
    """Training and test images of a seed, beside bands of colour.

    Raises ValueError where there are fewer images than the settings ask for.
    """
    train_size, test_size = settings["train_images"], settings["test_images"]
    if train_size + test_size > len(images):
        raise ValueError(
            f"train_images {train_size} and test_images {test_size} found; {settings['dataset']} has {len(images)}"
        )
    names = {"task": "colored_digits", "dataset": settings["dataset"]}
    order = targets.shuffled("split", settings["seed"], np.array([seed]), len(images), **names)[0]
    size = train_size + test_size
    words = random_words(seed_for("color", seed=settings["seed"], **names), np.array([seed]), 3 * size)[0]
    noise = settings["color_noise"] * ndtri((words[:size] + 0.5) * 2.0**-32)
    other_noise = settings["color_noise"] * ndtri((words[size : 2 * size] + 0.5) * 2.0**-32)
    other = (words[2 * size :].astype(np.uint64) * np.uint64(10) >> np.uint64(32)) / 9  # labels of no relation
    rows, labels = order[:size], digits[order[:size]] / 9
    training, test = slice(0, train_size), slice(train_size, size)

    def beside(color: Array, which: slice) -> Array:
        pixels = images[rows[which]].reshape(-1, images[0].size)
        band = np.repeat(color[which, None], images.shape[1], axis=1)
        return np.concatenate([pixels, band], axis=1).T.astype(np.float32)

    return Data(
        (beside(labels + noise, training), labels[training]),
        (beside(other + noise, test), other[test]),
        (beside(other + other_noise, test), labels[test]),
    )


def on_slices(cell: Cell, layers: list[mlp.Layer[Array]], data: list[Data], settings: Mapping[str, Any]) -> Functions:
    """Networks on random planes through three test inputs each: x₀ + s (x₁ − x₀) + t (x₂ − x₀), s and t on [−1, 1].

    In float64, because they vary little there. `slices` functions for each network, one after the other.
    """
    points, slices = settings["slice_points"], settings["slices"]
    axis = np.linspace(-1, 1, points)
    along, across = (side.ravel() for side in np.meshgrid(axis, axis, indexing="ij"))
    found = []
    for seed, each in enumerate(data):
        inputs = each.digit[0].astype(float)
        order = targets.shuffled("slices", settings["seed"], np.arange(slices) + slices * seed, inputs.shape[1])
        corners = inputs[:, order[:, :3]]  # inputs, slices, three
        first, second, third = (corners[:, :, number, None] for number in range(3))
        plane = first + (second - first) * along + (third - first) * across
        outputs, float64 = evaluate(
            cell, mlp.chosen(layers, np.array([seed])), plane.reshape(len(inputs), -1), "float64"
        )
        found.append(scale(outputs.reshape(slices, points, points), np.repeat(float64, slices)))
    return joined(found)
