"""Guess and check: do random networks that happen to fit the training points generalise?

Candidates are drawn until enough of them fit: all training points on the right side of 0, and a mean loss in one of
several bins. The loss is that of outputs over their root mean square on the training points; else it would tell the
size of the last layer, and trained networks, which are larger, would be compared with random ones at another loss. So
it tells how evenly a network fits: least where all points are as far from 0. Beside the guesses of a bin stand trained
networks, and networks trained on other points with false labels too, which shows that bad solutions of low loss exist.
After Chiang et al. 2023, who compare at equal loss; box in section 4 of Teney et al. 2024.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from neural_redshift.device import device
from neural_redshift.networks import fourier_model, mlp
from neural_redshift.networks.activations import ACTIVATIONS
from neural_redshift.networks.cells import Cell
from neural_redshift.seeds import random_words, seed_for, uniform
from neural_redshift.tasks import targets
from neural_redshift.tasks.mnist import sklearn_digits
from neural_redshift.tasks.parts import Part, architecture
from neural_redshift.tiles import deterministic_on, in_tiles
from neural_redshift.training import LOSSES, Recipe, train

Array = np.ndarray
TOGETHER = 250  # candidates at once: their weights stay in a core's cache
TILE = 2**10  # the same on a GPU: with 32 channels and 256 points a layer is 32 MB
CPU = torch.device("cpu")
POISONED, FOOLED = 64, 0.9  # points with false labels; the share of them that a poisoned network must believe
LABELS = {"cross_entropy": (0.0, 1.0), "mse": (-1.0, 1.0)}  # of both classes, by loss


class Data(NamedTuple):
    """Points (2, points) and labels 0 or 1 (points,): to train on, to be given false labels, to test on."""

    train: tuple[Array, Array]
    poison: tuple[Array, Array]
    test: tuple[Array, Array]


class Accepted(NamedTuple):
    """Networks of a bin: how many were tried, and of each that is in it its training loss and its test accuracy."""

    candidates: int
    losses: Array
    accuracies: Array


def parts(settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is done together: a task's split under a prefactor, every number of points, both losses, all bins."""
    names = ("task", "prefactor", "split")
    values = product(settings["tasks"], settings["prefactors"], range(settings["splits"]))
    return [dict(zip(names, each, strict=True)) for each in values]


def run(settings: Mapping[str, Any], part: Mapping[str, Any]) -> Part:
    """Guess, then train to the loss of the guesses of each bin; bad solutions to that of the lowest bin."""
    data, split = draw(part["task"], settings, part["split"]), part["split"]
    cell = architecture(settings, part["prefactor"])
    rows = []
    with deterministic_on(device()):
        guessed = guess(cell, settings, split, data)
    for (points, loss), guesses in guessed.items():
        found = {("guess", place): networks for place, networks in enumerate(guesses)}
        if settings["model"] != "unbiased":
            bounds = settings["loss_bounds"][loss]
            aims = [_aim(networks, most) for networks, most in zip(guesses, bounds, strict=True)]
            trained = descend(cell, settings, split, data, points, loss, "descent", aims)
            found |= {("descent", place): bin_only(networks, bounds, place) for place, networks in enumerate(trained)}
            if split < settings["poisoned"]["splits"]:
                (networks,) = descend(cell, settings, split, data, points, loss, "poisoned", bounds[-1:])
                found["poisoned", len(bounds) - 1] = networks
        for (method, place), networks in found.items():
            accepted = len(networks.losses)
            rows.append(
                {
                    **part,
                    "points": points,
                    "model": settings["model"],
                    "method": method,
                    "loss": loss,
                    "loss_bin": place + 1,
                    "seed": settings["seed"],
                    "candidates": networks.candidates,
                    "accepted": accepted,
                    "acceptance_rate": accepted / networks.candidates,
                    "test_accuracy": networks.accuracies.mean() if accepted else np.nan,
                    "loss_value": networks.losses.mean() if accepted else np.nan,
                }
            )
    return Part({name: [row[name] for row in rows] for name in rows[0]})


def bin_of(losses: Array, bounds: Sequence[float]) -> Array:
    """The bin of each loss, from 0: the last of falling bounds that it does not exceed; −1 above all of them."""
    return (losses[:, None] <= np.array(bounds)).sum(axis=1) - 1


def _aim(guesses: Accepted, most: float) -> float:
    """The mean loss of the guesses of a bin, or the bound of the bin if there are none."""
    return float(guesses.losses.mean()) if len(guesses.losses) else most


def bin_only(networks: Accepted, bounds: Sequence[float], place: int) -> Accepted:
    """The networks that are in a bin."""
    inside = bin_of(networks.losses, bounds) == place
    return Accepted(networks.candidates, networks.losses[inside], networks.accuracies[inside])


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


def guess(cell: Cell, settings: Mapping[str, Any], split: int, data: Data) -> dict[tuple[int, str], list[Accepted]]:
    """Draw candidates until every bin has enough, or the most are drawn, for every number of points and both losses.

    The same candidates serve all of them; those of another split are others. They are drawn on the CPU, the same bits
    everywhere, and evaluated on the device, from which outputs come back.
    """
    where = device()
    at_once = TOGETHER if where.type == "cpu" else TILE
    most, wanted, bounds = settings["candidates"], settings["accepted"], settings["loss_bounds"]
    pairs = list(product(settings["points"], LABELS))
    keys = [(*pair, place) for pair in pairs for place in range(len(bounds[pair[1]]))]
    tried, running = dict.fromkeys(keys, most), set(keys)
    found: dict[tuple[int, str, int], list[tuple[Array, Array]]] = {key: [] for key in keys}
    for start in range(0, most, at_once):
        candidates = np.arange(start, min(start + at_once, most))
        evaluate = draw_candidates(cell, settings, split * most + candidates, where)
        outputs = evaluate(data.train[0], slice(None))
        right = (outputs > 0) == (data.train[1] > 0.5)
        for points, loss in pairs:
            fits = np.flatnonzero(right[:, :points].all(axis=1))
            losses = even_loss(loss, outputs[fits, :points], data.train[1][:points]) if len(fits) else np.empty(0)
            bins = bin_of(losses, bounds[loss])
            for key in [(points, loss, place) for place in np.unique(bins) if (points, loss, place) in running]:
                have = sum(len(networks) for networks, _ in found[key])
                chosen = np.flatnonzero(bins == key[2])[: wanted - have]
                told = (evaluate(data.test[0], fits[chosen]) > 0) == (data.test[1] > 0.5)
                found[key].append((losses[chosen], told.mean(axis=1)))
                if have + len(chosen) == wanted:
                    tried[key] = start + int(fits[chosen[-1]]) + 1
                    running.remove(key)
        if not running:
            break
    return {pair: [_accepted(tried[key], found[key]) for key in keys if key[:2] == pair] for pair in pairs}


def _accepted(tried: int, found: list[tuple[Array, Array]]) -> Accepted:
    """What was found chunk by chunk, as one."""
    nothing = (np.empty(0), np.empty(0))
    return Accepted(tried, *(np.concatenate(side) for side in zip(nothing, *found, strict=True)))


def draw_candidates(
    cell: Cell, settings: Mapping[str, Any], networks: Array, place: torch.device = CPU
) -> Callable[[Array, Any], Array]:
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
            even = _product(_tile(cosines[which], place), torch.from_numpy(np.cos(angles).astype(np.float32)))
            odd = _product(_tile(sines[which], place), torch.from_numpy(np.sin(angles).astype(np.float32)))
            return (even - odd)[: len(cosines[which])].cpu().numpy()

        return at_nearest_place
    layers = mlp.draw(cell, settings["seed"], networks)
    return lambda points, which: together(cell, layers, points, which, place)


def together(cell: Cell, layers: list[mlp.Layer[Array]], points: Array, which: Any, place: torch.device = CPU) -> Array:
    """Outputs of small plain networks on few points, (networks, points), a batched product a layer."""
    x = torch.from_numpy(points.astype(np.float32))
    for layer in layers:
        weights, biases = (_tile(array[which], place) for array in layer.affine)
        z = _product(weights, x).add_(biases)
        if layer is not layers[-1]:
            x = ACTIVATIONS[cell.activation].function(z.mul_(cell.prefactor) if cell.prefactor != 1 else z)
    return z[: len(layers[0].affine[0][which]), 0].cpu().numpy()


def _tile(networks: Array, place: torch.device) -> Tensor:
    """Parameters of networks on a device: on a GPU of `TILE` networks, because libraries round by shape."""
    tensor = torch.from_numpy(networks)
    return tensor if place.type == "cpu" else next(in_tiles(tensor, TILE))[1].to(place)


def _product(left: Tensor, right: Tensor) -> Tensor:
    """Batched matrix product, on the device of the left side; on a CPU by numpy, which is faster than torch."""
    if left.device.type == "cpu":
        return torch.from_numpy(np.matmul(left.numpy(), right.numpy()))
    return left @ right.to(left.device)


def even_loss(loss: str, outputs: Array, labels: Array) -> Array:
    """Mean loss of outputs (networks, points) over their root mean square: (networks,)."""
    lower, upper = LABELS[loss]
    targets = np.where(labels > 0.5, upper, lower).astype(outputs.dtype)
    return _even_loss(loss, torch.from_numpy(outputs), torch.from_numpy(targets)).numpy()


def _even_loss(loss: str, outputs: Tensor, targets: Tensor) -> Tensor:
    size = outputs.square().mean(1, keepdim=True).sqrt().clamp_min(torch.finfo(outputs.dtype).tiny)
    return LOSSES[loss](outputs / size, targets)[0].mean(1)


def descend(
    cell: Cell,
    settings: Mapping[str, Any],
    split: int,
    data: Data,
    points: int,
    loss: str,
    method: str,
    aims: Sequence[float],
) -> list[Accepted]:
    """Train networks until they fit the training points at a mean loss of at most the first aim, then of the next."""
    budget, (lower, upper) = settings[method], LABELS[loss]
    models = budget["networks"]
    inputs, labels = data.train[0][:, :points], data.train[1][:points]
    if method == "poisoned":  # the training points again and again, so that they weigh as much as the others
        times = max(1, POISONED // points)
        inputs = np.concatenate([np.tile(inputs, times), data.poison[0]], axis=1)
        labels = np.concatenate([np.tile(labels, times), 1 - data.poison[1]])
    wanted = np.tile(np.where(labels > 0.5, upper, lower), (models, 1))
    # Networks beyond all candidates, so that no start is a guess.
    layers = mlp.draw(
        cell, settings["seed"], settings["splits"] * settings["candidates"] + split * models + np.arange(models)
    )
    found = []
    for aim in aims:
        fits = partial(fit, points=inputs.shape[1] - (POISONED if method == "poisoned" else 0), loss=loss, aim=aim)
        how = Recipe(loss, budget["learning_rate"], budget["steps"], check_every=budget["check_every"], fits=fits)
        trained = train(cell, layers, np.tile(inputs, (models, 1, 1)), wanted, how)
        layers, kept = trained.layers, np.flatnonzero(trained.fitted)
        outputs = together(cell, layers, data.train[0][:, :points], kept)
        right = (together(cell, layers, data.test[0], kept) > 0) == (data.test[1] > 0.5)
        found.append(Accepted(models, even_loss(loss, outputs, data.train[1][:points]), right.mean(axis=1)))
    return found


def fit(outputs: Tensor, targets: Tensor, points: int, loss: str, aim: float) -> Tensor:
    """Whether each model has the first points right, at a loss of at most `aim`, and believes the others, if any."""
    right = (outputs > 0) == (targets > sum(LABELS[loss]) / 2)
    fitted = right[:, :points].all(1) & (_even_loss(loss, outputs[:, :points], targets[:, :points]) <= aim)
    return fitted & (right[:, points:].float().mean(1) >= FOOLED) if outputs.shape[1] > points else fitted
