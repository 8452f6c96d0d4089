"""Smooth targets: every seed has its own, learned from points of the square and tested on others."""

from typing import Any

import numpy as np
import pytest

import reference
from neural_redshift.networks import mlp
from neural_redshift.networks.cells import Cell
from neural_redshift.networks.functions import grid
from neural_redshift.schemas import SCHEMAS
from neural_redshift.seeds import seed_for
from neural_redshift.tasks import smooth, targets
from neural_redshift.tasks.smooth import TEST_POINTS, data, parts, run
from neural_redshift.training import Recipe

SETTINGS: dict[str, Any] = {
    "activation": "tanh",
    "depth": 2,
    "width": 12,
    "prefactors": [0.5, 2.0],
    "cycles": [0.5, 1.0],
    "points": 40,
    "grid_points": 9,
    "seed": 5,
    "learning_rate": 0.01,
    "steps": 30,
    "seeds": 3,
}
PART = {"prefactor": 2.0, "cycles": 1.0}
CELL = Cell("plain", "tanh", "glorot", 2, 12, 1.0, 1.0, prefactor=2.0)
SEEDS = np.arange(3)


@pytest.fixture(scope="module")
def found():
    return run(SETTINGS, PART)


@pytest.fixture(scope="module")
def expected() -> list[tuple[list[mlp.Layer], list[mlp.Layer]]]:
    """Each seed's network before and after training, by torch in float64."""
    points, values = (each[..., :40] for each in data(5, SEEDS, 1.0, 40 + TEST_POINTS))
    start = [reference.in_float64(mlp.draw(CELL, 5, SEEDS[[seed]])) for seed in SEEDS]
    how = Recipe("mse", 0.01, 30)
    return [(start[s], reference.train(CELL, start[s], 0, points[s], values[s], how)) for s in SEEDS]


def outputs(layers: list[mlp.Layer], points: np.ndarray) -> np.ndarray:
    return reference.evaluate(CELL, layers, points.astype(float))[0]


def test_every_prefactor_meets_every_frequency():
    expected = [{"prefactor": prefactor, "cycles": cycles} for prefactor in (0.5, 2.0) for cycles in (0.5, 1.0)]
    assert parts(SETTINGS) == expected


def test_data_are_points_of_the_square_with_the_values_of_each_seed_s_target():
    points, values = data(5, SEEDS, 1.0, 200)
    assert points.shape == (3, 2, 200)
    assert np.abs(points).max() <= 1
    assert np.abs(points.mean(axis=2)).max() < 0.2  # uniform: standard error .041
    assert np.abs(points.var(axis=2) - 1 / 3).max() < 0.1
    key = seed_for("target", seed=5, task="smooth", cycles=1.0)
    for seed in SEEDS:
        np.testing.assert_array_equal(values[seed], targets.smooth(points[seed], 1.0, key, seed))
    assert np.abs(np.corrcoef(values)[np.triu_indices(3, 1)]).max() < 0.9


def test_targets_of_one_frequency_say_nothing_of_another_and_have_the_same_points():
    slow, fast = (data(5, SEEDS, cycles, 100) for cycles in (1, 2.0))
    np.testing.assert_array_equal(slow[0], fast[0])
    assert (slow[1] != fast[1]).all()
    np.testing.assert_array_equal(slow[1], data(5, SEEDS, 1.0, 100)[1])  # 1 and 1.0 are the same target


def test_rows_name_every_model_once(found):
    columns = {field.name for field in SCHEMAS["before_after"]}
    measures = {name for name in columns if name.endswith(("_init", "_trained"))}
    assert set(found.table) == columns - measures
    assert set(found.table["task"]) == {"smooth_1"}
    assert set(found.table["architecture"]) == {"tanh 2 x 12, prefactor 2"}
    assert list(found.table["seed"]) == list(found.table["data_seed"]) == [0, 1, 2]
    assert set(found.table["steps"]) == {30}
    assert set(found.table["status"]) == {"ok"}


def test_scores_are_correlations_with_the_target_on_both_kinds_of_points(found, expected):
    points, values = data(5, SEEDS, 1.0, 40 + TEST_POINTS)
    for seed, (_, trained) in enumerate(expected):
        learned = outputs(trained, points[seed])
        for name, columns in (("train_score", slice(0, 40)), ("test_score", slice(40, None))):
            r = np.corrcoef(learned[columns], values[seed, columns])[0, 1]
            assert found.table[name][seed] == pytest.approx(r, abs=1e-4)
        loss = np.mean((learned[:40] - values[seed, :40]) ** 2)
        assert found.table["train_loss"][seed] == pytest.approx(loss, rel=1e-3)
    assert min(found.table["train_score"]) > 0.5


def test_functions_are_those_before_and_after_training(found, expected):
    for stage, networks in zip(("initial", "trained"), zip(*expected, strict=True), strict=True):
        functions = found.functions[stage]
        for seed, layers in enumerate(networks):
            exact = outputs(layers, grid(9, 2)).reshape(9, 9)
            np.testing.assert_allclose(functions.values[seed], (exact - exact.min()) / np.ptp(exact), atol=1e-4)
            assert functions.minimum[seed] == pytest.approx(exact.min(), abs=1e-4)


@pytest.mark.parametrize("count", [1, 2])
def test_a_seed_is_the_same_with_fewer_others(found, count: int):
    fewer = run(SETTINGS | {"seeds": count}, PART)
    for name, values in fewer.table.items():
        np.testing.assert_array_equal(values, found.table[name][:count])
    for stage, functions in fewer.functions.items():
        for one, other in zip(functions, found.functions[stage], strict=True):
            np.testing.assert_array_equal(one, other[:count])


def test_test_points_are_not_trained_on(monkeypatch: pytest.MonkeyPatch):
    train, seen = smooth.train, []

    def watched(cell, layers, inputs, values, how):
        seen.append(inputs)
        return train(cell, layers, inputs, values, how)

    monkeypatch.setattr(smooth, "train", watched)
    run(SETTINGS, PART)
    points, _ = data(5, SEEDS, 1.0, 40 + TEST_POINTS)
    np.testing.assert_array_equal(seen[0], points[:, :, :40])
    for seed in SEEDS:
        assert not {*map(tuple, points[seed, :, :40].T)} & {*map(tuple, points[seed, :, 40:].T)}


def test_models_that_diverge_are_said_to():
    found = run(SETTINGS | {"learning_rate": 1e4}, PART)
    assert set(found.table["status"]) == {"diverged"}
