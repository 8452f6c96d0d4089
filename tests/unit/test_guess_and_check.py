"""Random networks are kept exactly where they fit the training points; those that are trained beside them too."""

import math
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
    POISONED,
    UNDECIDED,
    Accepted,
    Data,
    descend,
    digits_in_two_dimensions,
    draw,
    draw_candidates,
    fit,
    guess,
    parts,
    point_losses,
    run,
    together,
)
from neural_redshift.tasks.mnist import sklearn_digits

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
    "descent": {"networks": 4, "learning_rate": 0.02, "steps": 300, "check_every": 5},
    "seed": 3,
}
UNBIASED = SETTINGS | {"model": "unbiased"}
CELL = Cell("plain", "sin", "glorot", 2, 8, 1.0, 1.0, prefactor=2.0)
KEYS = [(points, loss) for points in (2, 6) for loss in UNDECIDED]
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
    if loss == "mse":
        return (outputs - (2 * labels - 1)) ** 2
    return -np.log(1 / (1 + np.exp(np.where(labels == 1, -outputs, outputs))))


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


@pytest.mark.parametrize("loss", UNDECIDED)
def test_losses_are_those_of_the_formulas_and_0_is_undecided(loss: str):
    outputs = np.random.default_rng(0).normal(0, 2, (5, 6)).astype(np.float32)
    labels = np.array([0, 1, 0, 1, 1, 0], np.float32)
    np.testing.assert_allclose(point_losses(loss, outputs, labels), losses(loss, outputs, labels), rtol=1e-4)
    zero = point_losses(loss, np.zeros((1, 6), np.float32), labels)
    assert not (zero < UNDECIDED[loss]).any()
    np.testing.assert_allclose(zero, UNDECIDED[loss], rtol=1e-6)


def test_by_cross_entropy_a_fitted_point_is_on_its_side_and_by_squared_error_near_its_label():
    outputs = np.array([[-1e-3, 1e-3, -1.999, 1.999, 2.001, -2.001]], np.float32)
    ones = np.ones(6, np.float32)
    assert (point_losses("cross_entropy", outputs, ones) < UNDECIDED["cross_entropy"]).tolist() == [
        [False, True, False, True, True, False]
    ]
    assert (point_losses("mse", outputs, ones) < UNDECIDED["mse"]).tolist() == [
        [False, True, False, True, False, False]
    ]
    assert (point_losses("mse", outputs, 0 * ones) < UNDECIDED["mse"]).tolist() == [
        [True, False, True, False, False, False]
    ]


# Guesses


@pytest.fixture(scope="module")
def guesses(data: Data) -> dict[tuple[int, str], Accepted]:
    return guess(CELL, SETTINGS, SPLIT, data)


def fitting(data: Data, points: int, loss: str) -> tuple[np.ndarray, np.ndarray]:
    """Which of all candidates fit, by brute force; and their losses (candidates, points)."""
    found = losses(loss, exact(np.arange(600), data.train[0]), data.train[1])[:, :points]
    assert np.abs(found - UNDECIDED[loss]).min() > 1e-6  # none hangs on rounding
    return np.flatnonzero((found < UNDECIDED[loss]).all(axis=1)), found


@pytest.mark.parametrize(("points", "loss"), KEYS)
def test_the_first_candidates_that_fit_are_accepted_and_none_is_drawn_after_the_last(
    data: Data, guesses: dict[tuple[int, str], Accepted], points: int, loss: str
):
    fits, per_point = fitting(data, points, loss)
    enough = len(fits) >= SETTINGS["accepted"]
    found, fits = guesses[points, loss], fits[: SETTINGS["accepted"]]
    assert enough == (points == 2)  # both ends occur
    assert len(found.losses) == len(found.accuracies) == len(fits) > 0
    assert found.candidates == (fits[-1] + 1 if enough else SETTINGS["candidates"])
    np.testing.assert_allclose(found.losses, per_point[fits].mean(axis=1), atol=1e-5)
    right = (exact(fits, data.test[0]) > 0) == (data.test[1] == 1)
    np.testing.assert_allclose(found.accuracies, right.mean(axis=1), atol=1e-6)


@pytest.mark.parametrize("model", [SETTINGS, UNBIASED], ids=["sin", "unbiased"])
@pytest.mark.parametrize("at_once", [1, 7, 250, 10_000])
def test_guesses_do_not_depend_on_how_many_are_evaluated_at_once(
    monkeypatch: pytest.MonkeyPatch, data: Data, model: dict[str, Any], at_once: int
):
    expected = guess(CELL, model, SPLIT, data)
    monkeypatch.setattr(guess_and_check, "TOGETHER", at_once)
    found = guess(CELL, model, SPLIT, data)
    assert list(found) == list(expected) == KEYS
    for key in KEYS:
        assert found[key].candidates == expected[key].candidates
        for one, other in zip(found[key][1:], expected[key][1:], strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4)


def test_candidates_of_another_split_are_others(monkeypatch: pytest.MonkeyPatch, data: Data):
    drawn, seen = guess_and_check.draw_candidates, []

    def watched(cell, settings, networks):
        seen.append(networks)
        return drawn(cell, settings, networks)

    monkeypatch.setattr(guess_and_check, "draw_candidates", watched)
    for split in range(3):
        guess(CELL, SETTINGS | {"accepted": 600}, split, data)
    np.testing.assert_array_equal(np.concatenate(seen), np.arange(3 * 600))


def test_none_that_fits_is_said_with_all_candidates_tried(data: Data):
    same_place = data._replace(train=(np.zeros((2, 6)), data.train[1]))  # two labels at one place
    for found in guess(CELL, SETTINGS, SPLIT, same_place).values():
        assert found.candidates == 600
        assert len(found.losses) == len(found.accuracies) == 0


@pytest.mark.parametrize("task", ["half_plane", "circle"])
def test_the_unbiased_model_fits_k_points_with_probability_2_to_the_minus_k(task: str):
    # Points at different places of the lattice have independent signs (of the digits, some share a place).
    settings = UNBIASED | {"points": [2, 4, 6], "candidates": 20_000, "accepted": 20_000, "unbiased_points": 24}
    data = draw(task, settings, 0)
    places = np.rint((data.train[0].astype(float) + 1) / 2 * 23)
    assert len({*map(tuple, places.T)}) == 6
    for (points, loss), found in guess(CELL, settings, 0, data).items():
        assert found.candidates == 20_000
        if loss == "cross_entropy":
            chance = 2.0**-points
            error = math.sqrt(chance * (1 - chance) / 20_000)
            assert abs(len(found.losses) / 20_000 - chance) < 4 * error


# Networks trained beside the guesses


def trained(method: str, loss: str, aim: float, data: Data) -> tuple[Accepted, tuple]:
    """What `descend` says, and what it gave to `train` and got back."""
    train, seen = guess_and_check.train, []

    def watched(cell, layers, inputs, labels, how):
        found = train(cell, layers, inputs, labels, how)
        seen.append((layers, inputs, labels, how, found))
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guess_and_check, "train", watched)
        return descend(CELL, SETTINGS, SPLIT, data, 6, loss, method, aim), seen[0]


@pytest.mark.parametrize("method", ["descent", "poisoned"])
@pytest.mark.parametrize("loss", UNDECIDED)
def test_trained_networks_that_count_fit_every_point_at_the_mean_loss_of_the_guesses(
    data: Data, method: str, loss: str
):
    found, (_, _, _, how, after) = trained(method, loss, 0.3, data)
    assert found.candidates == 4
    kept = np.flatnonzero(after.fitted)
    assert len(found.losses) == len(found.accuracies) == len(kept) > 0
    for row, model in enumerate(kept):
        one = reference.in_float64(reference.changed(after.layers, lambda _, w, b, m=model: (w[[m]], b[[m]])))
        each = losses(loss, reference.evaluate(CELL, one, data.train[0].astype(float)), data.train[1])[0]
        assert each.max() < UNDECIDED[loss] + 1e-5
        assert each.mean() <= 0.3 + 1e-5
        assert found.losses[row] == pytest.approx(each.mean(), rel=1e-3)
        right = (reference.evaluate(CELL, one, data.test[0].astype(float))[0] > 0) == (data.test[1] == 1)
        assert found.accuracies[row] == pytest.approx(right.mean())
        if method == "poisoned":
            believed = losses(loss, reference.evaluate(CELL, one, data.poison[0].astype(float)), 1 - data.poison[1])
            assert (believed < UNDECIDED[loss] + 1e-5).mean() >= 0.9
    assert how.check_every == 5
    assert (how.loss, how.learning_rate, how.steps) == (loss, 0.02, 300)


def test_poison_is_the_truth_turned_round_and_descent_has_none(data: Data):
    for loss, signs in (("cross_entropy", (0, 1)), ("mse", (-1, 1))):
        _, (_, inputs, wanted, _, _) = trained("descent", loss, 0.3, data)
        assert inputs.shape == (4, 2, 6)
        _, (_, inputs, wanted, _, _) = trained("poisoned", loss, 0.3, data)
        truth = np.concatenate([data.train[1], 1 - data.poison[1]])
        for model in range(4):
            np.testing.assert_array_equal(inputs[model], np.concatenate([data.train[0], data.poison[0]], axis=1))
            assert wanted[model].tolist() == [signs[int(label)] for label in truth]


def test_no_network_is_trained_from_a_guess_or_from_the_start_of_another_split(monkeypatch: pytest.MonkeyPatch):
    drawn, seen = mlp.draw, []
    monkeypatch.setattr(mlp, "draw", lambda cell, seed, networks: seen.append(networks) or drawn(cell, seed, networks))
    quick = SETTINGS | {"descent": SETTINGS["descent"] | {"steps": 0}}
    for split in range(3):
        for method in ("descent", "poisoned"):
            descend(CELL, quick, split, draw("half_plane", SETTINGS, split), 6, "mse", method, 1.0)
    starts = np.array(seen)
    assert starts.min() >= 3 * 600
    np.testing.assert_array_equal(starts[0::2], starts[1::2])
    assert len(set(starts.ravel())) == 3 * 4


@pytest.mark.parametrize("loss", UNDECIDED)
def test_a_network_fits_by_all_training_points_their_mean_and_most_of_the_poison(loss: str):
    far = 5.0 if loss == "cross_entropy" else 1.0  # an output that is right by far
    targets = torch.ones(1, 12)
    outputs = torch.full((1, 12), far)

    def fits(outputs: torch.Tensor, points: int, aim: float = 0.1) -> bool:
        return bool(fit(outputs, targets[:, : outputs.shape[1]], points=points, loss=loss, aim=aim))

    assert fits(outputs, 2)
    assert fits(outputs[:, :2], 2)
    one_wrong, two_wrong, training_wrong = outputs.clone(), outputs.clone(), outputs.clone()
    one_wrong[0, 11], two_wrong[0, 10:], training_wrong[0, 1] = -1, -1, -0.1
    assert fits(one_wrong, 2)
    assert not fits(two_wrong, 2)  # .8 of the poison
    assert not fits(training_wrong, 2, aim=10)
    undecided = torch.full((1, 2), 0.1)
    assert fits(undecided, 2, aim=0.9)
    assert not fits(undecided, 2, aim=0.6)


# A part


def test_every_task_prefactor_and_split_is_a_part():
    names = [(part["task"], part["prefactor"], part["split"]) for part in parts(SETTINGS)]
    assert names == [(t, p, s) for t in ("half_plane", "digits") for p in (1.0, 2.0) for s in range(3)]


@pytest.mark.parametrize("model", ["sin", "unbiased"])
def test_rows_say_of_every_method_what_it_found(model: str):
    settings = SETTINGS | {"model": model}
    table = run(settings, {"task": "half_plane", "prefactor": 2.0, "split": SPLIT}).table
    assert set(table) == {field.name for field in SCHEMAS["guess_and_check"]}
    methods = ["guess"] if model == "unbiased" else ["guess", "descent", "poisoned"]
    rows = [(points, loss, method) for points, loss in KEYS for method in methods]
    assert [*zip(table["points"], table["loss"], table["method"], strict=True)] == rows
    expected = guess(CELL, settings, SPLIT, draw("half_plane", settings, SPLIT))
    for row, (points, loss, method) in enumerate(rows):
        about = {name: values[row] for name, values in table.items()}
        assert about["acceptance_rate"] == about["accepted"] / about["candidates"]
        assert (about["accepted"] == 0) == np.isnan(about["test_accuracy"]) == np.isnan(about["loss_value"])
        if method == "guess":
            found = expected[points, loss]
            assert (about["candidates"], about["accepted"]) == (found.candidates, len(found.losses))
            assert about["loss_value"] == pytest.approx(found.losses.mean())
            assert about["test_accuracy"] == pytest.approx(found.accuracies.mean())
        else:
            of_guesses = table["loss_value"][row - methods.index(method)]
            assert about["candidates"] == 4
            assert not about["loss_value"] > of_guesses + 1e-5


def test_networks_are_trained_to_the_undecided_loss_where_no_guess_fits(monkeypatch: pytest.MonkeyPatch):
    aims = []

    def watched(cell, settings, split, data, points, loss, method, aim):
        aims.append((loss, aim))
        return Accepted(4, np.empty(0), np.empty(0))

    monkeypatch.setattr(guess_and_check, "descend", watched)
    run(SETTINGS | {"candidates": 1, "points": [6]}, {"task": "digits", "prefactor": 1.0, "split": 0})
    assert aims == [(loss, UNDECIDED[loss]) for loss in UNDECIDED for _ in range(2)]
