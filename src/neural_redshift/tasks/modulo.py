"""Modulo addition: which networks learn (x₁ + x₂) mod M < M/2, the higher in frequency the smaller M is?

A model is an activation with a prefactor, a seed and a modulus; budgets, splits and rules for the learning
rate are different trainings of the same initial weights. Teney et al. 2024, section 4.1.
"""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor

from neural_redshift.networks import mlp
from neural_redshift.networks.cells import Cell
from neural_redshift.networks.functions import Functions, grid, scale
from neural_redshift.networks.mlp import Layer
from neural_redshift.networks.sampling import evaluate
from neural_redshift.tasks import targets
from neural_redshift.tasks.parts import Part, architecture, described, on_grid, repeated, status
from neural_redshift.tasks.scores import accuracy, balanced_accuracy
from neural_redshift.training import Recipe, Trained, train

Array = np.ndarray
SHARES = {"half": 0.5, "three_quarters": 0.75}  # of the points, to train on


def parts(settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is trained together: a prefactor under one run (budget, split, learning rate rule)."""
    return [{"prefactor": prefactor, **run} for prefactor, run in product(settings["prefactors"], settings["runs"])]


class Problem(NamedTuple):
    """points (2, side²); labels (models, side²), of every modulus for every seed; columns to train and to test on."""

    points: Array
    labels: Array
    train_on: Array
    test_on: Array


def problem(settings: Mapping[str, Any], split: str, seeds: Array) -> Problem:
    """What the models learn: all seeds on the first modulus, then on the next."""
    side, moduli = settings["side"], settings["moduli"]
    numbers = targets.lattice(side)
    order = targets.shuffled("split", settings["seed"], seeds, side**2, task="modulo")
    cut = round(SHARES[split] * side**2)
    labels = np.repeat([targets.modulo(numbers, modulus) for modulus in moduli], len(seeds), axis=0)
    columns = (np.tile(chosen, (len(moduli), 1)) for chosen in (order[:, :cut], order[:, cut:]))
    return Problem(targets.centred(numbers, side), labels, *columns)


def learn(cell: Cell, layers: list[Layer[Array]], given: Problem, how: Recipe) -> tuple[Trained, dict[str, Array]]:
    """Train on the training points, and the columns of a table that say how it went."""
    trained = train(
        cell,
        layers,
        given.points[:, given.train_on].transpose(1, 0, 2),
        np.take_along_axis(given.labels, given.train_on, axis=1),
        how,
    )
    outputs, _ = evaluate(cell, trained.layers, given.points.astype(np.float64))
    return trained, {
        "status": status(trained.diverged),
        "train_accuracy": _at(accuracy, outputs, given.labels, given.train_on),
        "test_accuracy": _at(accuracy, outputs, given.labels, given.test_on),
        "balanced_test_accuracy": _at(balanced_accuracy, outputs, given.labels, given.test_on),
        "positive_rate": np.take_along_axis(given.labels, given.test_on, axis=1).mean(axis=1),
        "train_loss": trained.loss,
        "steps": trained.steps,
        "fitted": trained.fitted,
    }


def named(settings: Mapping[str, Any], seeds: Array, about: Mapping[str, Any]) -> dict[str, Array]:
    """The columns of a table that name the models, in the order of `problem`; `about` is the same for all of them."""
    moduli = settings["moduli"]
    return {
        **{name: np.full(len(moduli) * len(seeds), value) for name, value in about.items()},
        "modulus": np.repeat(moduli, len(seeds)),
        "seed": np.tile(seeds, len(moduli)),
        "data_seed": np.tile(seeds, len(moduli)),
    }


def run(settings: Mapping[str, Any], part: Mapping[str, Any]) -> Part:
    """Train every seed on every modulus, and evaluate before and after."""
    cell, seeds, times = architecture(settings, part["prefactor"]), np.arange(part["seeds"]), len(settings["moduli"])
    layers = mlp.draw(cell, settings["seed"], seeds)
    trained, scores = learn(
        cell,
        repeated(layers, times),
        problem(settings, part["split"], seeds),
        recipe(settings["budgets"][part["budget"]], cell.prefactor, part["learning_rate_rule"]),
    )
    about = described(cell) | {"side": settings["side"]} | {name: part[name] for name in RUN}
    before = on_grid(cell, layers, settings["grid_points"])
    again = Functions(*(np.concatenate([tensor] * times) for tensor in before))
    after = on_grid(cell, trained.layers, settings["grid_points"])
    return Part(named(settings, seeds, about) | scores, {"initial": again, "trained": after})


RUN = ("split", "budget", "learning_rate_rule")


def target_functions(settings: Mapping[str, Any]) -> Functions:
    """The labels of each modulus as functions on the grid on [−1, 1]², extended to real numbers."""
    points = grid(settings["grid_points"], 2, np.float64)
    numbers = (points + 1) / 2 * (settings["side"] - 1)
    numbers = numbers.sum(axis=0, keepdims=True).round(9)  # or rounding decides on which side of a border a point lies
    values = np.stack([targets.modulo(numbers, modulus) for modulus in settings["moduli"]])
    return scale(values.reshape(-1, *[settings["grid_points"]] * 2), np.ones(len(values), bool))


def recipe(budget: Mapping[str, Any], prefactor: float, learning_rate_rule: str) -> Recipe:
    """Adam on the cross-entropy, for a number of steps or until the training points are fitted."""
    factor = 1 / prefactor if learning_rate_rule == "scaled" else 1.0
    fits = partial(accurate, least=budget["train_accuracy"]) if "train_accuracy" in budget else None
    return Recipe(
        "cross_entropy",
        budget["learning_rate"],
        budget["steps"],
        hidden_factor=factor,
        check_every=budget.get("check_every", 50),
        fits=fits,
        patience=budget.get("checks", 1),
    )


def accurate(outputs: Tensor, labels: Tensor, least: float) -> Tensor:
    """Whether each model has at least this training accuracy."""
    return ((outputs > 0) == (labels > 0.5)).float().mean(1) >= least


def _at(score: Callable[[Array, Array], Array], outputs: Array, labels: Array, columns: Array) -> Array:
    return score(np.take_along_axis(outputs, columns, axis=1), np.take_along_axis(labels, columns, axis=1))
