"""Random networks are kept exactly where they fit the training points; those that are trained beside them too."""

import math
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch

import reference
from neural_redshift.networks import fourier_model, mlp
from neural_redshift.networks.activations import ACTIVATIONS
from neural_redshift.networks.cells import Cell
from neural_redshift.schemas import SCHEMAS
from neural_redshift.tasks import guess_and_check, targets
from neural_redshift.tasks.guess_and_check import (
    LABELS,
    POISONED,
    Accepted,
    Data,
    bin_of,
    descend,
    digits_in_two_dimensions,
    draw,
    draw_candidates,
    even_loss,
    fit,
    guess,
    parts,
    run,
    together,
)
from neural_redshift.tasks.mnist import sklearn_digits
from pretended import PRETENDED

SETTINGS: dict[str, Any] = {
    "model": "sin",
    "activation": "sin",
    "prefactors": [1.0, 2.0],
    "depth": 2,
    "width": 8,
    "tasks": ["half_plane", "digits"],
    "points": [2, 6],
    "splits": 3,
    "candidates": 600,
    "accepted": 20,
    "test_points": 40,
    "unbiased_points": 10,
    "loss_bounds": {"cross_entropy": [0.45, 0.4], "mse": [0.6, 0.35]},
    "descent": {"networks": 4, "learning_rate": 0.02, "steps": 300, "check_every": 5},
    "poisoned": {"splits": 2, "networks": 4, "learning_rate": 0.02, "steps": 600, "check_every": 5},
    "seed": 3,
}
UNBIASED = SETTINGS | {"model": "unbiased"}
CELL = Cell("plain", "sin", "glorot", 2, 8, 1.0, 1.0, prefactor=2.0)
KEYS = [(points, loss) for points in (2, 6) for loss in LABELS]
TASKS = ["digits", "half_plane", "circle", "kink"]
SPLIT = 1


@pytest.fixture(scope="module")
def data() -> Data:
    return draw("half_plane", SETTINGS, SPLIT)


def exact(candidates: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Outputs of candidates of a split, (candidates, points), one module after the other in float64."""
    layers = mlp.draw(CELL, SETTINGS["seed"], SPLIT * SETTINGS["candidates"] + candidates)
    return reference.evaluate(CELL, reference.in_float64(layers), points.astype(float))


def losses(loss: str, outputs: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Mean loss of each network, of outputs with a root mean square of 1."""
    even = outputs / np.sqrt((outputs**2).mean(axis=1, keepdims=True))
    if loss == "mse":
        return ((even - (2 * labels - 1)) ** 2).mean(axis=1)
    return -np.log(1 / (1 + np.exp(np.where(labels == 1, -even, even)))).mean(axis=1)


# The points


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("split", [0, 1])
def test_classes_take_turns_among_the_training_points(task: str, split: int):
    data = draw(task, SETTINGS, split)
    assert len(data.train[1]) == 6
    assert set(data.train[1].tolist()) == {0, 1}
    assert (data.train[1][0::2] != data.train[1][1::2]).all()
    assert len(set(data.train[1][0::2])) == 1


@pytest.mark.parametrize("task", TASKS)
def test_points_of_training_poison_and_test_are_others(task: str):
    data = draw(task, SETTINGS, SPLIT)
    assert [points.shape for points, _ in data] == [(2, 6), (2, POISONED), (2, 40)]
    assert [labels.shape for _, labels in data] == [(6,), (POISONED,), (40,)]
    points = np.concatenate([points for points, _ in data], axis=1)
    assert np.abs(points).max() <= 1
    assert len({*map(tuple, points.T)}) == points.shape[1]


@pytest.mark.parametrize("task", ["half_plane", "circle", "kink"])
def test_labels_are_those_of_one_shape(task: str):
    data = draw(task, SETTINGS | {"test_points": 400}, SPLIT)
    points, labels = (np.concatenate(side, axis=-1) for side in zip(*data, strict=True))
    turns = np.linspace(0, 2 * np.pi, 3000)
    found = [(getattr(targets, task)(points, np.array([np.cos(t), np.sin(t)])) == labels).mean() for t in turns]
    assert max(found) > (0.995 if task == "half_plane" else 0.9999)


def test_directions_differ_by_split():
    def direction(split: int) -> np.ndarray:
        points, labels = draw("half_plane", SETTINGS, split).test
        mean = points[:, labels == 1].mean(axis=1) - points[:, labels == 0].mean(axis=1)
        return mean / np.hypot(*mean)

    found = [direction(split) for split in range(4)]
    assert min(abs(1 - one @ other) for n, one in enumerate(found) for other in found[:n]) > 0.01


def test_a_smaller_size_is_the_beginning_of_a_larger(data: Data):
    more = draw("half_plane", SETTINGS | {"points": [6, 2]}, SPLIT)
    for one, other in zip(more.train, data.train, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("task", TASKS)
def test_splits_are_different_points(task: str):
    first, second = (draw(task, SETTINGS, split).train[0] for split in (0, 1))
    assert (first != second).any(axis=0).mean() > 0.5


def test_digits_are_zeros_and_ones_on_their_two_principal_components():
    points, labels = digits_in_two_dimensions()
    images, digits = sklearn_digits()
    flat = images[digits < 2].reshape(-1, 64).astype(float)
    flat -= flat.mean(axis=0)
    _, _, directions = np.linalg.svd(flat, full_matrices=False)
    components = (flat @ directions[:2].T).T
    for found, expected in zip(points, components, strict=True):
        assert abs(np.corrcoef(found, expected)[0, 1]) == pytest.approx(1, abs=1e-6)
        assert np.abs(found).max() == 1
    assert labels.tolist() == digits[digits < 2].tolist()


def test_more_points_than_a_task_has_are_refused():
    with pytest.raises(ValueError, match="points 360 found; task digits has 360 points, 64 of them for poison"):
        draw("digits", SETTINGS | {"points": [2, 360]}, 0)


# Candidates


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("prefactor", [1.0, 2.5])
def test_networks_evaluated_together_are_those_of_torch(activation: str, prefactor: float):
    cell = CELL._replace(activation=activation, prefactor=prefactor, depth=3)
    layers, points = mlp.draw(cell, 0, np.arange(5)), np.random.default_rng(0).uniform(-1, 1, (2, 7))
    expected = reference.evaluate(cell, reference.in_float64(layers), points)
    np.testing.assert_allclose(together(cell, layers, points, slice(None)), expected, atol=2e-5)
    np.testing.assert_allclose(together(cell, layers, points, np.array([3, 0])), expected[[3, 0]], atol=2e-5)


def test_the_unbiased_model_is_the_fourier_model_at_the_nearest_place_of_its_lattice():
    side, networks = 10, np.array([4, 9])
    evaluate = draw_candidates(CELL, UNBIASED, networks)
    axis = np.linspace(-1, 1, side)
    lattice = np.stack(np.meshgrid(axis, axis, indexing="ij")).reshape(2, -1)
    functions = evaluate(lattice, slice(None))
    shift = np.random.default_rng(0).uniform(-0.49, 0.49, lattice.shape) * (axis[1] - axis[0])
    np.testing.assert_array_equal(evaluate(np.clip(lattice + shift, -1, 1), slice(None)), functions)
    np.testing.assert_allclose(evaluate(lattice, [1])[0], functions[1], atol=1e-5)
    # Of each pair of frequencies one, so the spectrum is that of a real function of as many numbers as places.
    once = fourier_model.one_of_each_pair((side, side))
    spectrum = np.abs(np.fft.fft2(functions.reshape(2, side, side)))
    assert (spectrum[:, once] > 1e-3).all()
    np.testing.assert_array_equal(
        evaluate(lattice, slice(None)), draw_candidates(CELL, UNBIASED, networks)(lattice, [0, 1])
    )


def test_values_of_the_unbiased_model_have_mean_0_and_variance_1_and_are_not_correlated():
    evaluate = draw_candidates(CELL, UNBIASED, np.arange(4000))
    outputs = evaluate(np.array([[-1.0, -0.1, 0.9], [0.3, 0.3, -0.8]]), slice(None))
    assert np.abs(outputs.mean(axis=0)).max() < 0.06  # standard error .016
    assert np.abs(outputs.var(axis=0) - 1).max() < 0.1  # .022
    assert np.abs(np.corrcoef(outputs.T)[np.triu_indices(3, 1)]).max() < 0.06


@pytest.mark.parametrize("loss", LABELS)
def test_a_loss_is_that_of_the_formula_and_does_not_tell_the_size_of_outputs(loss: str):
    outputs = np.random.default_rng(0).normal(0, 2, (5, 6)).astype(np.float32)
    labels = np.array([0, 1, 0, 1, 1, 0], np.float32)
    found = even_loss(loss, outputs, labels)
    np.testing.assert_allclose(found, losses(loss, outputs, labels), rtol=1e-5)
    np.testing.assert_allclose(even_loss(loss, 1000 * outputs, labels), found, rtol=1e-5)


@pytest.mark.parametrize(("loss", "least"), [("cross_entropy", math.log(1 + math.exp(-1))), ("mse", 0.0)])
def test_the_loss_is_least_where_every_point_is_as_far_on_its_side(loss: str, least: float):
    labels = np.array([0, 1, 0, 1], np.float32)
    right = (2 * labels - 1) * np.array([[3, 3, 3, 3], [3, 3, 3, 1], [3, 3, 3, 0.1]], np.float32)
    even, uneven, hardly = even_loss(loss, right, labels)
    assert even == pytest.approx(least, abs=1e-6)
    assert even < uneven < hardly
    assert even_loss(loss, np.zeros((1, 4), np.float32), labels)[0] == pytest.approx(1 if least == 0 else math.log(2))


def test_bins_are_those_of_falling_bounds():
    found = bin_of(np.array([0.7, 0.6, 0.5, 0.4, 0.39, 0.0, np.nan]), [0.6, 0.4])
    assert found.tolist() == [-1, 0, 0, 1, 1, 1, -1]


# Guesses


@pytest.fixture(scope="module")
def guesses(data: Data) -> dict[tuple[int, str], list[Accepted]]:
    return guess(CELL, SETTINGS, SPLIT, data)


def in_bin(data: Data, points: int, loss: str, place: int) -> tuple[np.ndarray, np.ndarray]:
    """Which of all candidates fit with a loss in the bin, by brute force; and the losses of all candidates."""
    outputs = exact(np.arange(600), data.train[0])[:, :points]
    found, bounds = losses(loss, outputs, data.train[1][:points]), [*SETTINGS["loss_bounds"][loss], 0.0]
    assert np.abs(outputs).min() > 1e-6  # none hangs on rounding
    right = ((outputs > 0) == (data.train[1][:points] == 1)).all(axis=1)
    return np.flatnonzero(right & (found <= bounds[place]) & (found > bounds[place + 1])), found


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize(("points", "loss"), KEYS)
def test_the_first_candidates_that_fit_are_accepted_and_none_is_drawn_after_the_last(
    data: Data, guesses: dict[tuple[int, str], list[Accepted]], points: int, loss: str, place: int
):
    fits, of_all = in_bin(data, points, loss, place)
    enough = len(fits) >= SETTINGS["accepted"]
    found, fits = guesses[points, loss][place], fits[: SETTINGS["accepted"]]
    assert len(found.losses) == len(found.accuracies) == len(fits) > 0
    assert found.candidates == (fits[-1] + 1 if enough else SETTINGS["candidates"])
    np.testing.assert_allclose(found.losses, of_all[fits], atol=1e-5)
    right = (exact(fits, data.test[0]) > 0) == (data.test[1] == 1)
    np.testing.assert_allclose(found.accuracies, right.mean(axis=1), atol=1e-6)


def test_some_bins_are_filled_and_some_not(guesses: dict[tuple[int, str], list[Accepted]]):
    assert {len(found.losses) == SETTINGS["accepted"] for bins in guesses.values() for found in bins} == {True, False}


@pytest.mark.parametrize("model", [SETTINGS, UNBIASED], ids=["sin", "unbiased"])
@pytest.mark.parametrize("at_once", [1, 7, 250, 10_000])
def test_guesses_do_not_depend_on_how_many_are_evaluated_at_once(
    monkeypatch: pytest.MonkeyPatch, data: Data, model: dict[str, Any], at_once: int
):
    expected = guess(CELL, model, SPLIT, data)
    monkeypatch.setattr(guess_and_check, "TOGETHER", at_once)
    found = guess(CELL, model, SPLIT, data)
    assert list(found) == list(expected) == KEYS
    for key, place in product(KEYS, (0, 1)):
        mine, theirs = found[key][place], expected[key][place]
        assert mine.candidates == theirs.candidates
        for one, other in zip(mine[1:], theirs[1:], strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4)


@pytest.mark.parametrize("place", [PRETENDED, pytest.param(torch.device("cuda"), marks=pytest.mark.gpu)], ids=str)
@pytest.mark.parametrize("model", [SETTINGS, UNBIASED], ids=["sin", "unbiased"])
@pytest.mark.parametrize("tile", [64, 1024])
def test_guesses_on_a_gpu_are_those_of_the_cpu(
    monkeypatch: pytest.MonkeyPatch, data: Data, model: dict[str, Any], place: torch.device, tile: int
):
    expected = guess(CELL, model, SPLIT, data)
    sizes, tiled = [], guess_and_check._tile

    def watched(networks, where):
        assert where is place
        found = tiled(networks, where)
        sizes.append(len(found))
        return found

    monkeypatch.setattr(guess_and_check, "device", lambda: place)
    monkeypatch.setattr(guess_and_check, "TILE", tile)
    monkeypatch.setattr(guess_and_check, "_tile", watched)
    found = guess(CELL, model, SPLIT, data)
    assert set(sizes) == {tile}
    for key, place_of_bin in product(KEYS, (0, 1)):
        mine, theirs = found[key][place_of_bin], expected[key][place_of_bin]
        assert (mine.candidates, len(mine.losses)) == (theirs.candidates, len(theirs.losses))
        np.testing.assert_allclose(mine.losses, theirs.losses, rtol=1e-4)
        np.testing.assert_allclose(mine.accuracies, theirs.accuracies, atol=1 / 40 + 1e-9)  # a point


@pytest.mark.parametrize("place", [PRETENDED, pytest.param(torch.device("cuda"), marks=pytest.mark.gpu)], ids=str)
def test_a_candidate_on_a_gpu_does_not_depend_on_the_others_by_a_bit(data: Data, place: torch.device):
    together = draw_candidates(CELL, SETTINGS, np.arange(70), place)(data.test[0], slice(None))
    for numbers in ([69], [5, 64, 3], range(10, 70)):
        alone = draw_candidates(CELL, SETTINGS, np.array(numbers), place)(data.test[0], slice(None))
        np.testing.assert_array_equal(alone, together[list(numbers)])


def test_candidates_of_another_split_are_others(monkeypatch: pytest.MonkeyPatch, data: Data):
    drawn, seen = guess_and_check.draw_candidates, []

    def watched(cell, settings, networks, place):
        seen.append(networks)
        return drawn(cell, settings, networks, place)

    monkeypatch.setattr(guess_and_check, "draw_candidates", watched)
    for split in range(3):
        guess(CELL, SETTINGS | {"accepted": 600}, split, data)
    np.testing.assert_array_equal(np.concatenate(seen), np.arange(3 * 600))


def test_none_that_fits_is_said_with_all_candidates_tried(data: Data):
    same_place = data._replace(train=(np.zeros((2, 6)), data.train[1]))  # two labels at one place
    for bins in guess(CELL, SETTINGS, SPLIT, same_place).values():
        for found in bins:
            assert found.candidates == 600
            assert len(found.losses) == len(found.accuracies) == 0


@pytest.mark.parametrize("task", ["half_plane", "circle"])
def test_the_unbiased_model_fits_k_points_with_probability_2_to_the_minus_k(task: str):
    # Points at different places of the lattice have independent signs (of the digits, some share a place).
    settings = UNBIASED | {"points": [2, 4, 6], "candidates": 20_000, "accepted": 20_000, "unbiased_points": 24}
    settings["loss_bounds"] = {"cross_entropy": [1.0, 0.4], "mse": [2.0, 0.5]}  # all that fit are in one of the bins
    data = draw(task, settings, 0)
    places = np.rint((data.train[0].astype(float) + 1) / 2 * 23)
    assert len({*map(tuple, places.T)}) == 6
    for (points, _), bins in guess(CELL, settings, 0, data).items():
        assert [found.candidates for found in bins] == [20_000, 20_000]
        chance = 2.0**-points
        error = math.sqrt(chance * (1 - chance) / 20_000)
        assert abs(sum(len(found.losses) for found in bins) / 20_000 - chance) < 4 * error


# Networks trained beside the guesses


def trained(method: str, loss: str, aims: list[float], data: Data) -> tuple[list[Accepted], list[tuple]]:
    """What `descend` says, and what it gave to `train` and got back, aim by aim."""
    train, seen = guess_and_check.train, []

    def watched(cell, layers, inputs, labels, how):
        found = train(cell, layers, inputs, labels, how)
        seen.append((layers, inputs, labels, how, found))
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guess_and_check, "train", watched)
        return descend(CELL, SETTINGS, SPLIT, data, 6, loss, method, aims), seen


AIMS = {"cross_entropy": [0.42, 0.35], "mse": [0.5, 0.2]}


@pytest.mark.parametrize("method", ["descent", "poisoned"])
@pytest.mark.parametrize("loss", LABELS)
def test_trained_networks_that_count_fit_every_point_at_the_loss_of_the_guesses(data: Data, method: str, loss: str):
    found, seen = trained(method, loss, AIMS[loss], data)
    assert len(found) == len(seen) == 2
    for networks, aim, (_, _, _, how, after) in zip(found, AIMS[loss], seen, strict=True):
        assert networks.candidates == 4
        kept = np.flatnonzero(after.fitted)
        assert len(networks.losses) == len(networks.accuracies) == len(kept) > 0
        for row, model in enumerate(kept):
            one = reference.in_float64(reference.changed(after.layers, lambda _, w, b, m=model: (w[[m]], b[[m]])))
            outputs = reference.evaluate(CELL, one, data.train[0].astype(float))
            assert ((outputs[0] > 0) == (data.train[1] == 1)).all()
            (mean,) = losses(loss, outputs, data.train[1])
            assert mean <= aim + 1e-5
            assert networks.losses[row] == pytest.approx(mean, rel=1e-3)
            right = (reference.evaluate(CELL, one, data.test[0].astype(float))[0] > 0) == (data.test[1] == 1)
            assert networks.accuracies[row] == pytest.approx(right.mean())
            if method == "poisoned":
                said = reference.evaluate(CELL, one, data.poison[0].astype(float))[0] > 0
                assert (said != (data.poison[1] == 1)).mean() >= 0.9
        assert how.check_every == 5
        assert (how.loss, how.learning_rate, how.steps) == (loss, 0.02, SETTINGS[method]["steps"])


def test_training_goes_on_from_one_aim_to_the_next(data: Data):
    _, ((_, *first, _, before), (layers, *second, _, _)) = trained("descent", "mse", [0.5, 0.2], data)
    for one, other in zip(layers, before.layers, strict=True):
        np.testing.assert_array_equal(one.affine[0], other.affine[0])
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


def test_poison_is_the_truth_turned_round_weighs_as_much_as_the_training_points_and_descent_has_none(data: Data):
    for loss, signs in LABELS.items():
        _, ((_, inputs, wanted, _, _),) = trained("descent", loss, [0.4], data)
        assert inputs.shape == (4, 2, 6)
        _, ((_, inputs, wanted, _, _),) = trained("poisoned", loss, [0.4], data)
        again = POISONED // 6
        truth = np.concatenate([*[data.train[1]] * again, 1 - data.poison[1]])
        points = np.concatenate([*[data.train[0]] * again, data.poison[0]], axis=1)
        for model in range(4):
            np.testing.assert_array_equal(inputs[model], points)
            assert wanted[model].tolist() == [signs[int(label)] for label in truth]


def test_no_network_is_trained_from_a_guess_or_from_the_start_of_another_split(monkeypatch: pytest.MonkeyPatch):
    drawn, seen = mlp.draw, []
    monkeypatch.setattr(mlp, "draw", lambda cell, seed, networks: seen.append(networks) or drawn(cell, seed, networks))
    quick = SETTINGS | {method: SETTINGS[method] | {"steps": 0} for method in ("descent", "poisoned")}
    for split in range(3):
        for method in ("descent", "poisoned"):
            descend(CELL, quick, split, draw("half_plane", SETTINGS, split), 6, "mse", method, [1.0])
    starts = np.array(seen)
    assert starts.min() >= 3 * 600
    np.testing.assert_array_equal(starts[0::2], starts[1::2])
    assert len(set(starts.ravel())) == 3 * 4


@pytest.mark.parametrize("loss", LABELS)
def test_a_network_fits_by_all_training_points_their_mean_and_most_of_the_poison(loss: str):
    targets, outputs = torch.ones(1, 12), torch.full((1, 12), 5.0)

    def fits(outputs: torch.Tensor, points: int, aim: float = 0.32) -> bool:
        return bool(fit(outputs, targets[:, : outputs.shape[1]], points=points, loss=loss, aim=aim))

    assert fits(outputs, 2)
    assert fits(outputs[:, :2], 2)
    assert fits(0.01 * outputs, 2)
    one_wrong, two_wrong, training_wrong = outputs.clone(), outputs.clone(), outputs.clone()
    one_wrong[0, 11], two_wrong[0, 10:], training_wrong[0, 1] = -1, -1, -0.1
    assert fits(one_wrong, 2)
    assert not fits(two_wrong, 2)  # .8 of the poison
    assert not fits(training_wrong, 2, aim=10)
    uneven = torch.tensor([[1.0, 0.01]])
    assert fits(uneven, 2, aim=0.6)
    assert not fits(uneven, 2)
    assert not fits(torch.zeros(1, 2), 2, aim=10)


# A part


def test_every_task_prefactor_and_split_is_a_part():
    names = [(part["task"], part["prefactor"], part["split"]) for part in parts(SETTINGS)]
    assert names == [(t, p, s) for t in ("half_plane", "digits") for p in (1.0, 2.0) for s in range(3)]


@pytest.mark.parametrize("split", [SPLIT, 2])
@pytest.mark.parametrize("model", ["sin", "unbiased"])
def test_rows_say_of_every_method_and_bin_what_it_found(model: str, split: int):
    settings = SETTINGS | {"model": model}
    table = run(settings, {"task": "half_plane", "prefactor": 2.0, "split": split}).table
    assert set(table) == {field.name for field in SCHEMAS["guess_and_check"]}
    ways = [("guess", 1), ("guess", 2)]
    if model != "unbiased":
        ways += [("descent", 1), ("descent", 2)] + [("poisoned", 2)] * (split < 2)
    rows = [(*key, *way) for key in KEYS for way in ways]
    assert [*zip(*(table[name] for name in ("points", "loss", "method", "loss_bin")), strict=True)] == rows
    expected = guess(CELL, settings, split, draw("half_plane", settings, split))
    for row, (points, loss, method, number) in enumerate(rows):
        about = {name: values[row] for name, values in table.items()}
        above, below = [np.inf, *settings["loss_bounds"][loss], 0.0][number : number + 2]
        assert about["acceptance_rate"] == about["accepted"] / about["candidates"]
        assert (about["accepted"] == 0) == np.isnan(about["test_accuracy"]) == np.isnan(about["loss_value"])
        assert about["accepted"] == 0 or below - 1e-5 < about["loss_value"] <= above + 1e-5
        if method == "guess":
            found = expected[points, loss][number - 1]
            assert (about["candidates"], about["accepted"]) == (found.candidates, len(found.losses))
            assert about["loss_value"] == pytest.approx(found.losses.mean())
            assert about["test_accuracy"] == pytest.approx(found.accuracies.mean())
        else:
            assert about["candidates"] == 4


def test_networks_are_trained_to_the_bounds_of_bins_without_a_guess(monkeypatch: pytest.MonkeyPatch):
    aims = []

    def watched(cell, settings, split, data, points, loss, method, wanted):
        aims.append((loss, method, wanted))
        return [Accepted(4, np.empty(0), np.empty(0)) for _ in wanted]

    monkeypatch.setattr(guess_and_check, "descend", watched)
    run(SETTINGS | {"candidates": 1, "points": [6]}, {"task": "digits", "prefactor": 1.0, "split": 0})
    bounds = SETTINGS["loss_bounds"]
    assert aims == [
        one for loss in LABELS for one in ((loss, "descent", bounds[loss]), (loss, "poisoned", bounds[loss][-1:]))
    ]
