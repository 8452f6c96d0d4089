"""How you start: three starts on the same points, one of them fitted to a high frequency, one of those shuffled."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import reference
from neural_redshift.networks import mlp
from neural_redshift.networks.cells import Cell
from neural_redshift.networks.functions import grid
from neural_redshift.schemas import SCHEMAS
from neural_redshift.tasks import start
from neural_redshift.tasks.start import easy, parts, permuted, run, spread
from neural_redshift.training import Recipe

SETTINGS: dict[str, Any] = {
    "activation": "sin",
    "depth": 2,
    "width": 16,
    "prefactors": [1.0, 3.0],
    "cycles": 2,
    "start_steps": 500,
    "start_loss": 0.01,
    "learning_rate": 0.01,
    "steps": 30,
    "points": [5, 20],
    "grid_points": 64,
    "seeds": 3,
    "seed": 7,
}
CELL = Cell("plain", "sin", "glorot", 2, 16, 1.0, 1.0, inputs=1, prefactor=3.0)
SEEDS = np.arange(3)
STARTS = ("random", "complex", "permuted")
ROWS = [(name, count, seed) for name in STARTS for count in SETTINGS["points"] for seed in SEEDS]


class Watched:
    """`run`, and every ensemble that it trains: layers, inputs, values, recipe, and what comes back."""

    def __init__(self) -> None:
        train, self.calls = start.train, []

        def watch(cell, layers, inputs, values, how):
            found = train(cell, layers, inputs, values, how)
            assert cell == CELL
            self.calls.append((layers, inputs, values, how, found))
            return found

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(start, "train", watch)
            self.table, self.functions = run(SETTINGS, {"prefactor": 3.0})
        self.fit, *self.trainings = self.calls


@pytest.fixture(scope="module")
def watched() -> Watched:
    return Watched()


def affines(layers: list[mlp.Layer]) -> list[np.ndarray]:
    return [array for layer in layers for array in layer.affine]


def assert_same(one: list[mlp.Layer], other: list[mlp.Layer]) -> None:
    for found, expected in zip(affines(one), affines(other), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_every_prefactor_is_a_part():
    assert parts(SETTINGS) == [{"prefactor": 1.0}, {"prefactor": 3.0}]


def test_rows_name_every_start_number_of_points_and_seed_once(watched: Watched):
    columns = {field.name for field in SCHEMAS["start"]} - {"start_complexity", "fourier", "cosine"}
    assert set(watched.table) == columns
    assert [*zip(watched.table["start"], watched.table["points"], watched.table["seed"], strict=True)] == ROWS
    for stage in ("initial", "trained"):
        assert watched.functions[stage].values.shape == (len(ROWS), 64)


def test_the_high_frequency_is_fitted_from_random_weights(watched: Watched):
    layers, inputs, values, how, found = watched.fit
    assert_same(layers, mlp.draw(CELL, 7, SEEDS))
    assert (how.loss, how.learning_rate, how.steps) == ("mse", 0.01, 500)
    for seed in SEEDS:
        np.testing.assert_array_equal(inputs[seed], grid(64, 1))
        np.testing.assert_allclose(values[seed], np.sin(2 * np.pi * np.linspace(-1, 1, 64)), atol=1e-5)
        one = reference.changed(found.layers, lambda _, w, b, s=seed: (w[[s]], b[[s]]))
        wrong = reference.evaluate(CELL, one, inputs[seed])[0] - values[seed]
        assert (wrong**2).mean() < 0.011  # start_loss, up to rounding
    assert found.fitted.all()
    assert (found.steps < 500).all()
    losses = np.array(watched.table["start_loss"])
    for name, expected in (("complex", found.loss), ("permuted", found.loss), ("random", [np.nan] * 3)):
        rows = np.array(watched.table["start"]) == name
        np.testing.assert_array_equal(losses[rows].reshape(2, 3), [expected] * 2)


def test_each_start_is_trained_on_the_same_points_and_values(watched: Watched):
    fitted = watched.fit[-1].layers
    expected = {"random": mlp.draw(CELL, 7, SEEDS), "complex": fitted, "permuted": permuted(fitted, 7)}
    assert len(watched.trainings) == 6
    for number, (layers, inputs, values, how, _) in enumerate(watched.trainings):
        name, count = STARTS[number // 2], SETTINGS["points"][number % 2]
        assert_same(layers, expected[name])
        np.testing.assert_array_equal(inputs, spread(7, SEEDS, count))
        np.testing.assert_array_equal(values, watched.trainings[number % 2][2])
        assert how == Recipe("mse", 0.01, 30)


def test_the_simple_target_is_one_cycle_with_a_phase_of_each_seed_s_own(watched: Watched):
    _, inputs, values, _, _ = watched.trainings[1]
    phases = []
    for x, y in zip(inputs[:, 0].astype(float), values, strict=True):
        parts = np.stack([np.sin(np.pi * x), np.cos(np.pi * x)])
        (sine, cosine), wrong, *_ = np.linalg.lstsq(parts.T, y, rcond=None)
        assert wrong.max(initial=0) < 1e-9
        assert np.hypot(sine, cosine) == pytest.approx(1, abs=1e-5)
        phases.append(np.arctan2(cosine, sine))
    assert np.ptp(phases) > 0.1
    np.testing.assert_allclose(easy(inputs[0], np.array([[phases[0]]]))[0], values[0], atol=1e-5)


def test_losses_and_functions_are_those_of_the_networks_in_the_row(watched: Watched):
    line = grid(64, 1, np.float64)
    for row, (_, _, seed) in enumerate(ROWS):
        layers, inputs, values, _, found = watched.trainings[row // 3]
        outputs = {}
        for stage, networks in (("initial", layers), ("trained", found.layers)):
            one = reference.in_float64(reference.changed(networks, lambda _, w, b, s=seed: (w[[s]], b[[s]])))
            outputs[stage] = exact = reference.evaluate(CELL, one, line)[0]
            functions = watched.functions[stage]
            np.testing.assert_allclose(functions.values[row], (exact - exact.min()) / np.ptp(exact), atol=1e-4)
        sine, cosine = np.linalg.lstsq(
            np.stack([np.sin(np.pi * inputs[seed, 0]), np.cos(np.pi * inputs[seed, 0])]).T, values[seed], rcond=None
        )[0]
        target = sine * np.sin(np.pi * line[0]) + cosine * np.cos(np.pi * line[0])
        assert watched.table["test_loss"][row] == pytest.approx(((outputs["trained"] - target) ** 2).mean(), rel=1e-3)
        assert watched.table["train_loss"][row] == found.loss[seed]


@pytest.mark.parametrize(("key", "fewer"), [("seeds", 1), ("points", [20])])
def test_a_row_is_the_same_among_fewer_others(watched: Watched, key: str, fewer: Any):
    table, functions = run(SETTINGS | {key: fewer}, {"prefactor": 3.0})
    rows = [row for row, (_, points, seed) in enumerate(ROWS) if (seed == 0 if key == "seeds" else points == 20)]
    for name, values in table.items():
        np.testing.assert_array_equal(values, np.array(watched.table[name])[rows])
    for stage, found in functions.items():
        np.testing.assert_array_equal(found.values, watched.functions[stage].values[rows])


@given(st.integers(0, 2**32), st.integers(1, 4), st.integers(1, 60))
def test_training_points_are_one_in_each_of_as_many_equal_pieces(seed: int, seeds: int, count: int):
    points = spread(seed, np.arange(seeds), count)
    assert points.shape == (seeds, 1, count)
    edges = np.linspace(-1, 1, count + 1)
    assert (points[:, 0] >= edges[:-1] - 1e-6).all()
    assert (points[:, 0] <= edges[1:] + 1e-6).all()
    np.testing.assert_array_equal(points[-1], spread(seed, np.array([seeds - 1]), count)[0])


def test_training_points_lie_anywhere_in_their_piece():
    places = (spread(0, np.arange(500), 4)[:, 0] + 1) * 2 % 1
    assert np.abs(places.mean(axis=0) - 0.5).max() < 0.06  # standard error .013
    assert np.abs(places.var(axis=0) - 1 / 12).max() < 0.02
    assert np.abs(np.corrcoef(places.T)[np.triu_indices(4, 1)]).max() < 0.15


def test_shuffled_weights_are_those_of_the_same_layer_in_another_order():
    layers = mlp.draw(CELL, 7, SEEDS)
    before = [array.copy() for array in affines(layers)]
    shuffled = permuted(layers, 7)
    moved = []
    for old, new in zip(before, affines(shuffled), strict=True):
        assert new.shape == old.shape
        np.testing.assert_array_equal(np.sort(new.reshape(3, -1)), np.sort(old.reshape(3, -1)))
        moved.append((new != old).mean())
    assert min(moved[:-1]) > 0.9  # the last is a single bias
    assert_same(layers, [mlp.Layer(tuple(pair)) for pair in zip(before[0::2], before[1::2], strict=True)])


def test_networks_layers_and_kinds_are_shuffled_each_in_an_order_of_their_own():
    numbers = np.broadcast_to(np.arange(16.0), (3, 16))
    layers = [mlp.Layer((numbers.reshape(3, 4, 4), numbers.reshape(3, 16, 1))) for _ in range(2)]
    orders = [array.reshape(3, 16)[network] for array in affines(permuted(layers, 7)) for network in range(3)]
    assert len({order.tobytes() for order in orders}) == len(orders) == 12
    again = permuted([mlp.Layer((layer.affine[0][:1], layer.affine[1][:1])) for layer in layers], 7)
    np.testing.assert_array_equal(affines(again)[0][0].ravel(), orders[0])
