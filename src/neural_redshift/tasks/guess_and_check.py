"""Guess and check: do random networks that happen to fit the training points generalise?

Candidates are drawn until enough of them fit. A point is fitted when its loss is below that of an undecided
output, 0: by cross-entropy on the right side, by squared error within 1 of its label ±1. Beside the guesses
stand networks trained to their mean loss, and networks trained to it on points with false labels too, which
shows that bad solutions exist. After Chiang et al. 2023; box in section 4 of Teney et al. 2024.
"""

from collections.abc import Callable, Mapping
from functools import cache, partial
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from neural_redshift.networks import fourier_model, mlp
from neural_redshift.networks.activations import ACTIVATIONS
from neural_redshift.networks.cells import Cell
from neural_redshift.seeds import random_words, seed_for, uniform
from neural_redshift.tasks import targets
from neural_redshift.tasks.mnist import sklearn_digits
from neural_redshift.tasks.parts import Part, architecture
from neural_redshift.training import LOSSES, Recipe, train

Array = np.ndarray
TOGETHER = 250  # candidates at once: their weights stay in a core's cache
POISONED, FOOLED = 64, 0.9  # points with false labels; the share of them that a poisoned network must believe
UNDECIDED = {"cross_entropy": float(np.log(2)), "mse": 1.0}  # loss of the output 0


class Data(NamedTuple):
    """Points (2, points) and labels 0 or 1 (points,): to train on, to be given false labels, to test on."""

    train: tuple[Array, Array]
    poison: tuple[Array, Array]
    test: tuple[Array, Array]


class Accepted(NamedTuple):
    """Networks that fit: how many were tried, and of each that fits its training loss and its test accuracy."""

    candidates: int
    losses: Array
    accuracies: Array


def parts(settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is done together: a task's split under a prefactor, every number of points, both losses."""
    names = ("task", "prefactor", "split")
    values = product(settings["tasks"], settings["prefactors"], range(settings["splits"]))
    return [dict(zip(names, each, strict=True)) for each in values]


def run(settings: Mapping[str, Any], part: Mapping[str, Any]) -> Part:
    """Guess, then train to the loss of the guesses."""
    data = draw(part["task"], settings, part["split"])
    cell = architecture(settings, part["prefactor"])
    rows = []
    for (points, loss), guesses in guess(cell, settings, part["split"], data).items():
        found = {"guess": guesses}
        if settings["model"] != "unbiased":
            aim = float(guesses.losses.mean()) if len(guesses.losses) else UNDECIDED[loss]
            for method in ("descent", "poisoned"):
                found[method] = descend(cell, settings, part["split"], data, points, loss, method, aim)
        for method, networks in found.items():
            accepted = len(networks.losses)
            rows.append(
                {
                    **part,
                    "points": points,
                    "model": settings["model"],
                    "method": method,
                    "loss": loss,
                    "seed": settings["seed"],
                    "candidates": networks.candidates,
                    "accepted": accepted,
                    "acceptance_rate": accepted / networks.candidates,
                    "test_accuracy": networks.accuracies.mean() if accepted else np.nan,
                    "loss_value": networks.losses.mean() if accepted else np.nan,
                }
            )
    return Part({name: [row[name] for row in rows] for name in rows[0]})


def draw(task: str, settings: Mapping[str, Any], split: int) -> Data:
    """The points of a split: the first of the training points are those of smaller sizes, classes in turn.

    Raises ValueError where a task has too few points.
    """
    most = max(settings["points"])
    count = most + POISONED + settings["test_points"]
    names = {"task": f"guess_and_check {task}"}
    if task == "digits":
        points, labels = digits_in_two_dimensions()
    else:
        words = random_words(seed_for("points", seed=settings["seed"], **names), np.array([split]), 2 * 4 * count + 1)
        points = uniform(words[0, 1:]).reshape(2, -1)
        turn = np.pi * float(uniform(words[0, :1])[0])
        shape: Callable[[Array, Array], Array] = getattr(targets, task)
        labels = shape(points, np.array([np.cos(turn), np.sin(turn)]))
    order = targets.shuffled("split", settings["seed"], np.array([split]), len(labels), **names)[0]
    classes = [order[labels[order] == label] for label in (0, 1)]
    if min(map(len, classes)) < most // 2 or len(labels) < most + POISONED + 1:
        raise ValueError(f"points {most} found; task {task} has {len(labels)} points, {POISONED} of them for poison")
    training = np.stack([members[: most // 2] for members in classes], axis=1).ravel()
    rest = order[~np.isin(order, training)]
    poison, test = rest[:POISONED], rest[POISONED:][: settings["test_points"]]
    return Data(*((points[:, chosen], labels[chosen]) for chosen in (training, poison, test)))


@cache
def digits_in_two_dimensions() -> tuple[Array, Array]:
    """Handwritten 0 and 1 on their two principal components, each scaled to [−1, 1]: (2, 360); 1 for the digit 1."""
    from sklearn.decomposition import PCA

    images, digits = sklearn_digits()
    chosen = digits < 2
    components = PCA(2, svd_solver="full").fit_transform(images[chosen].reshape(chosen.sum(), -1).astype(float))
    return (components / np.abs(components).max(axis=0)).T.astype(np.float32), digits[chosen].astype(np.float32)


def guess(cell: Cell, settings: Mapping[str, Any], split: int, data: Data) -> dict[tuple[int, str], Accepted]:
    """Draw candidates until enough fit, or the most are drawn, for every number of points and both losses.

    The same candidates serve all of them; those of another split are others.
    """
    most, wanted = settings["candidates"], settings["accepted"]
    tried: dict[tuple[int, str], int] = dict.fromkeys(product(settings["points"], UNDECIDED), 0)
    found: dict[tuple[int, str], list[tuple[Array, Array]]] = {key: [] for key in tried}
    running = set(tried)
    for start in range(0, most, TOGETHER):
        candidates = np.arange(start, min(start + TOGETHER, most))
        evaluate = draw_candidates(cell, settings, split * most + candidates)
        outputs = evaluate(data.train[0], slice(None))
        per_point = {loss: point_losses(loss, outputs, data.train[1]) for loss in UNDECIDED}
        for key in sorted(running):
            points, loss = key
            have = sum(len(losses) for losses, _ in found[key])
            fits = np.flatnonzero((per_point[loss][:, :points] < UNDECIDED[loss]).all(axis=1))[: wanted - have]
            if len(fits):
                right = (evaluate(data.test[0], fits) > 0) == (data.test[1] > 0.5)
                found[key].append((per_point[loss][fits, :points].mean(axis=1), right.mean(axis=1)))
            enough = have + len(fits) == wanted
            tried[key] = start + (int(fits[-1]) + 1 if enough else len(candidates))
            running -= {key} if enough else set()
        if not running:
            break
    return {
        key: Accepted(tried[key], *(np.concatenate([np.empty(0), *side]) for side in zip(*found[key], strict=True)))
        if found[key]
        else Accepted(tried[key], np.empty(0), np.empty(0))
        for key in tried
    }


def draw_candidates(cell: Cell, settings: Mapping[str, Any], networks: Array) -> Callable[[Array, Any], Array]:
    """Random networks as a function of (points (2, points), which of them) → outputs (those, points).

    The unbiased model lives on a lattice: it is evaluated at the nearest place. It is scaled to variance 1.
    """
    if settings["model"] == "unbiased":
        side = settings["unbiased_points"]
        frequencies = np.argwhere(fourier_model.one_of_each_pair((side, side)))
        names = {"variant": "unbiased", "task": "guess_and_check", "grid_points": side}
        words = random_words(seed_for("weights", seed=settings["seed"], **names), networks, 2 * len(frequencies))
        amplitudes, phases = np.split(uniform(words), 2, axis=1)
        amplitudes *= np.float32((6 / len(frequencies)) ** 0.5)
        phases *= np.float32(np.pi)
        cosines, sines = amplitudes * np.cos(phases), amplitudes * np.sin(phases)

        def at_nearest_place(points: Array, which: Any) -> Array:
            places = np.rint((points.astype(float) + 1) / 2 * (side - 1))
            angles = 2 * np.pi / side * (frequencies @ places)
            return cosines[which] @ np.cos(angles).astype(np.float32) - sines[which] @ np.sin(angles).astype(np.float32)

        return at_nearest_place
    layers = mlp.draw(cell, settings["seed"], networks)
    return lambda points, which: together(cell, layers, points, which)


def together(cell: Cell, layers: list[mlp.Layer[Array]], points: Array, which: Any) -> Array:
    """Outputs of small plain networks on few points, (networks, points), a batched product a layer."""
    x: Array = points.astype(np.float32)
    for layer in layers[:-1]:
        weights, biases = layer.affine[0][which], layer.affine[1][which]
        z = np.matmul(weights, x)
        z += biases
        if cell.prefactor != 1:
            z *= np.float32(cell.prefactor)
        x = ACTIVATIONS[cell.activation].function(torch.from_numpy(z)).numpy()
    weights, biases = layers[-1].affine
    return (np.matmul(weights[which], x) + biases[which])[:, 0]


def point_losses(loss: str, outputs: Array, labels: Array) -> Array:
    """Loss at every point, (networks, points); mean squared error takes the labels as −1 and 1."""
    wanted = 2 * labels - 1 if loss == "mse" else labels
    return LOSSES[loss](torch.from_numpy(outputs), torch.from_numpy(wanted.astype(outputs.dtype)))[0].numpy()


def descend(
    cell: Cell,
    settings: Mapping[str, Any],
    split: int,
    data: Data,
    points: int,
    loss: str,
    method: str,
    aim: float,
) -> Accepted:
    """Train networks until they fit the training points with a mean loss of at most `aim`."""
    models, budget = settings["descent"]["networks"], settings["descent"]
    inputs, labels = data.train[0][:, :points], data.train[1][:points]
    if method == "poisoned":
        inputs = np.concatenate([inputs, data.poison[0]], axis=1)
        labels = np.concatenate([labels, 1 - data.poison[1]])
    wanted = np.tile(2 * labels - 1 if loss == "mse" else labels, (models, 1))
    fits = partial(fit, points=points, loss=loss, aim=aim)
    how = Recipe(loss, budget["learning_rate"], budget["steps"], check_every=budget["check_every"], fits=fits)
    # Networks beyond all candidates, so that no start is a guess.
    layers = mlp.draw(
        cell, settings["seed"], settings["splits"] * settings["candidates"] + split * models + np.arange(models)
    )
    trained = train(cell, layers, np.tile(inputs, (models, 1, 1)), wanted, how)
    kept = np.flatnonzero(trained.fitted)
    outputs = together(cell, trained.layers, data.train[0][:, :points], kept)
    right = (together(cell, trained.layers, data.test[0], kept) > 0) == (data.test[1] > 0.5)
    return Accepted(models, point_losses(loss, outputs, data.train[1][:points]).mean(axis=1), right.mean(axis=1))


def fit(outputs: Tensor, targets: Tensor, points: int, loss: str, aim: float) -> Tensor:
    """Whether each model fits the first points at a mean loss of at most `aim`, and believes the others, if any."""
    each = LOSSES[loss](outputs, targets)[0]
    fitted = (each[:, :points] < UNDECIDED[loss]).all(1) & (each[:, :points].mean(1) <= aim)
    if each.shape[1] == points:
        return fitted
    return fitted & ((each[:, points:] < UNDECIDED[loss]).float().mean(1) >= FOOLED)
