"""The Fourier model descends the loss that is written down, and learns its training points."""

from typing import Any

import numpy as np
import pytest

import reference
from neural_redshift.networks import fourier_model, mlp
from neural_redshift.networks.cells import Cell
from neural_redshift.schemas import SCHEMAS
from neural_redshift.tasks import targets, unbiased_training
from neural_redshift.tasks.unbiased_training import parts, run, target, train_fourier_model
from neural_redshift.training import Recipe

SIDE = 6
SETTINGS: dict[str, Any] = {
    "model": "unbiased",
    "activation": "relu",
    "depth": 2,
    "width": 12,
    "weight_magnitudes": [0.5, 2.0],
    "moduli": [3],
    "cycles": [0.5],
    "side": SIDE,
    "seeds": 3,
    "seed": 5,
    "optimizers": {
        "adam": {"learning_rate": 0.02, "steps": 400},
        "gradient_descent": {"learning_rate": 0.5, "steps": 400},
    },
}
NUMBERS = targets.lattice(SIDE)
SEEDS = np.arange(3)
TRAIN_ON = targets.shuffled("split", 5, SEEDS, SIDE**2, task="unbiased_training")[:, : SIDE**2 // 2]
OTHERS = np.array([sorted(set(range(SIDE**2)) - set(row)) for row in TRAIN_ON])


def learn(how: Recipe, values: np.ndarray, seeds: np.ndarray = SEEDS) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outputs, loss and divergence of the Fourier model of magnitude 2, on `values` (seeds, points)."""
    columns = TRAIN_ON[seeds]
    learned = np.take_along_axis(values[seeds], columns, axis=1)
    return train_fourier_model(SETTINGS | {"weight_magnitude": 2.0}, seeds, NUMBERS, columns, learned, how)


def start() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Initial amplitudes and phases, (seeds, frequencies), and the angles 2π k·x/N, (frequencies, points)."""
    once = fourier_model.one_of_each_pair((SIDE, SIDE))
    coefficients = fourier_model.draw(5, 2.0, SEEDS, SIDE)[:, once]
    return np.abs(coefficients), np.angle(coefficients), 2 * np.pi / SIDE * (np.argwhere(once) @ NUMBERS)


def at(amplitudes: np.ndarray, phases: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Σ a cos(angle + φ), term by term: (seeds, points)."""
    return np.array(
        [
            sum(a * np.cos(angle + phase) for a, phase, angle in zip(*pair, angles, strict=True))
            for pair in zip(amplitudes, phases, strict=True)
        ]
    )


LABELS = {
    "mse": np.random.default_rng(0).normal(size=(3, SIDE**2)),
    "cross_entropy": (np.random.default_rng(0).random((3, SIDE**2)) < 0.5).astype(float),
}


def exact_loss(loss: str, outputs: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Mean over the training points of each seed."""
    o, y = (np.take_along_axis(side, TRAIN_ON, axis=1) for side in (outputs, values))
    return ((o - y) ** 2 if loss == "mse" else np.logaddexp(0, o) - y * o).mean(axis=1)


def gradient(loss: str, values: np.ndarray) -> list[np.ndarray]:
    """Of each seed's loss by its amplitudes and phases at the start, by central differences."""
    amplitudes, phases, angles = start()
    found = []
    for moved in (amplitudes, phases):
        slopes = np.empty_like(moved)
        for k in range(moved.shape[1]):
            ends = []
            for step in (1e-5, -2e-5):
                moved[:, k] += step
                ends.append(exact_loss(loss, at(amplitudes, phases, angles), values))
            moved[:, k] += 1e-5
            slopes[:, k] = (ends[0] - ends[1]) / 2e-5
        found.append(slopes)
    return found


def test_every_task_meets_every_optimizer_and_magnitude_and_the_network_one():
    names = [(part["task"], part["optimizer"], part["weight_magnitude"]) for part in parts(SETTINGS)]
    of_network = [tuple(part.values()) for part in parts(SETTINGS | {"model": "relu"})]
    each = [(task, optimizer) for task in ("modulo_3", "smooth_0.5") for optimizer in SETTINGS["optimizers"]]
    assert names == [(*pair, magnitude) for pair in each for magnitude in (0.5, 2.0)]
    assert of_network == [(*pair, 1.0) for pair in each]


def test_before_any_step_the_function_is_that_of_the_fourier_model():
    outputs, _, _ = learn(Recipe("mse", 1e-30, 1, "gradient_descent"), LABELS["mse"])
    expected = fourier_model.forward(fourier_model.draw(5, 2.0, SEEDS, SIDE)).reshape(3, -1)
    np.testing.assert_allclose(outputs, expected, atol=1e-4)
    np.testing.assert_allclose(outputs, at(*start()), atol=1e-4)


@pytest.mark.parametrize("loss", LABELS)
def test_gradient_descent_follows_the_gradient_of_each_seed_s_loss(loss: str):
    amplitudes, phases, angles = start()
    by_amplitude, by_phase = gradient(loss, LABELS[loss])
    outputs, losses, _ = learn(Recipe(loss, 0.3, 1, "gradient_descent"), LABELS[loss])
    expected = at(amplitudes - 0.3 * by_amplitude, phases - 0.3 * by_phase, angles)
    np.testing.assert_allclose(outputs, expected, atol=1e-4)
    assert np.abs(expected - at(amplitudes, phases, angles)).max() > 0.1
    np.testing.assert_allclose(losses, exact_loss(loss, expected, LABELS[loss]), rtol=1e-4)


@pytest.mark.parametrize("loss", LABELS)
def test_the_first_step_of_adam_is_the_learning_rate_against_the_sign_of_the_gradient(loss: str):
    amplitudes, phases, angles = start()
    by_amplitude, by_phase = gradient(loss, LABELS[loss])
    outputs, _, _ = learn(Recipe(loss, 0.01, 1, "adam"), LABELS[loss])
    expected = at(amplitudes - 0.01 * np.sign(by_amplitude), phases - 0.01 * np.sign(by_phase), angles)
    np.testing.assert_allclose(outputs, expected, atol=1e-3)
    assert np.abs(expected - at(amplitudes, phases, angles)).max() > 0.05


@pytest.mark.parametrize("optimizer", SETTINGS["optimizers"])
def test_values_at_the_training_points_are_learned_and_those_between_are_not(optimizer: str):
    rate = SETTINGS["optimizers"][optimizer]["learning_rate"]
    outputs, loss, diverged = learn(Recipe("mse", rate, 1500, optimizer), LABELS["mse"])
    wrong = np.abs(outputs - LABELS["mse"])
    assert np.take_along_axis(wrong, TRAIN_ON, axis=1).max() < 0.05
    assert np.median(np.take_along_axis(wrong, OTHERS, axis=1)) > 0.5
    assert loss.max() < 1e-3
    assert not diverged.any()


def test_classes_at_the_training_points_are_learned():
    outputs, _, _ = learn(Recipe("cross_entropy", 0.02, 400, "adam"), LABELS["cross_entropy"])
    right = (outputs > 0) == (LABELS["cross_entropy"] > 0.5)
    assert np.take_along_axis(right, TRAIN_ON, axis=1).all()


@pytest.mark.parametrize("optimizer", SETTINGS["optimizers"])
def test_a_seed_is_the_same_alone_up_to_rounding(optimizer: str):
    how = Recipe("mse", 0.02, 50, optimizer)
    together = learn(how, LABELS["mse"])
    alone = learn(how, LABELS["mse"], SEEDS[[1]])
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_allclose(one[0], other[1], rtol=1e-3, atol=1e-3)
    assert np.abs(together[0][0] - together[0][1]).max() > 0.1


def test_a_learning_rate_far_too_large_is_told():
    _, loss, diverged = learn(Recipe("mse", 1e3, 50, "gradient_descent"), LABELS["mse"])
    assert diverged.all()
    assert not (loss <= 1).any()


@pytest.mark.parametrize("model", ["unbiased", "relu"])
@pytest.mark.parametrize("task", ["modulo_3", "smooth_0.5"])
def test_rows_name_every_seed_once_and_scores_are_of_both_halves(
    monkeypatch: pytest.MonkeyPatch, model: str, task: str
):
    seen = {}

    def watched(name: str):
        score = getattr(unbiased_training, name)

        def keep(outputs, values):
            seen[len(seen)] = name, outputs, values
            return score(outputs, values)

        return keep

    for name in ("balanced_accuracy", "pearson"):
        monkeypatch.setattr(unbiased_training, name, watched(name))
    part = {"task": task, "optimizer": "adam", "weight_magnitude": 2.0 if model == "unbiased" else 1.0}
    table = run(SETTINGS | {"model": model}, part).table
    assert set(table) == {field.name for field in SCHEMAS["unbiased_training"]}
    assert list(table["seed"]) == [0, 1, 2]
    assert {name: set(table[name]) for name in (*part, "model", "steps", "status")} == {
        name: {value} for name, value in {**part, "model": model, "steps": 400, "status": "ok"}.items()
    }
    values = target(SETTINGS, task, NUMBERS)
    for (name, outputs, wanted), columns in zip(seen.values(), (TRAIN_ON, OTHERS), strict=True):
        assert name == ("balanced_accuracy" if task == "modulo_3" else "pearson")
        assert outputs.shape == wanted.shape == (3, SIDE**2 // 2)
        for seed in SEEDS:
            assert sorted(wanted[seed]) == sorted(values[seed, columns[seed]])
    assert min(table["train_score"]) > 0.95


def test_targets_are_labels_or_each_seed_s_random_waves_on_the_lattice():
    labels = target(SETTINGS, "modulo_3", NUMBERS)
    assert labels.tolist() == [[int((a + b) % 3 < 1.5) for a in range(SIDE) for b in range(SIDE)]] * 3
    waves = target(SETTINGS, "smooth_0.5", NUMBERS)
    assert waves.shape == (3, SIDE**2)
    assert len({row.tobytes() for row in waves}) == 3
    points = np.array([[a, b] for a in np.linspace(-1, 1, SIDE) for b in np.linspace(-1, 1, SIDE)]).T
    key = unbiased_training.seed_for("target", seed=5, task="smooth", cycles=0.5)
    np.testing.assert_allclose(waves[2], targets.smooth(points, 0.5, key, 2), atol=1e-6)


@pytest.mark.parametrize("optimizer", SETTINGS["optimizers"])
def test_the_network_beside_it_is_a_torch_module_on_the_same_points(monkeypatch: pytest.MonkeyPatch, optimizer: str):
    cell = Cell("plain", "relu", "glorot", 2, 12, 1.0, 1.0)
    evaluate, seen = unbiased_training.evaluate, []

    def watched(cell, layers, points):
        seen.append(evaluate(cell, layers, points)[0])
        return seen[-1], None

    monkeypatch.setattr(unbiased_training, "evaluate", watched)
    how = Recipe("mse", 0.02, 30, optimizer)
    settings = {"model": "relu", "optimizers": {optimizer: {"learning_rate": 0.02, "steps": 30}}}
    run(SETTINGS | settings, {"task": "smooth_0.5", "optimizer": optimizer, "weight_magnitude": 1.0})
    points = 2 * NUMBERS / (SIDE - 1) - 1
    values = target(SETTINGS, "smooth_0.5", NUMBERS)
    for seed, columns in enumerate(TRAIN_ON):
        layers = reference.in_float64(mlp.draw(cell, 5, SEEDS[[seed]]))
        trained = reference.train(cell, layers, 0, points[:, columns], values[seed, columns], how)
        np.testing.assert_allclose(seen[0][seed], reference.evaluate(cell, trained, points)[0], atol=1e-3)
