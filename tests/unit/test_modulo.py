"""Modulo addition: every row is what plain PyTorch makes of its architecture, seed, modulus, budget and split."""

from typing import Any

import numpy as np
import pytest

import reference
from neural_redshift.networks import mlp
from neural_redshift.networks.cells import Cell
from neural_redshift.networks.functions import grid
from neural_redshift.schemas import SCHEMAS
from neural_redshift.tasks import modulo
from neural_redshift.tasks.modulo import parts, recipe, run, target_functions
from neural_redshift.tasks.parts import Part

SIDE = 6
CONVERGED = {"learning_rate": 0.03, "steps": 400, "train_accuracy": 0.9, "checks": 3, "check_every": 10}
SETTINGS: dict[str, Any] = {
    "activation": "sin",
    "depth": 2,
    "width": 12,
    "prefactors": [0.5, 2.0],
    "moduli": [6, 3],
    "side": SIDE,
    "grid_points": 9,
    "seed": 5,
    "budgets": {"paper": {"learning_rate": 0.01, "steps": 20}, "converged": CONVERGED},
    "runs": [
        {"budget": "paper", "split": "half", "learning_rate_rule": "constant", "seeds": 3},
        {"budget": "converged", "split": "three_quarters", "learning_rate_rule": "scaled", "seeds": 2},
    ],
}
PAPER, OTHER = (part for part in parts(SETTINGS) if part["prefactor"] == 2.0)
CELL = Cell("plain", "sin", "glorot", 2, 12, 1.0, 1.0, prefactor=2.0)


def models(part: dict[str, Any]) -> list[tuple[int, int]]:
    return [(modulus, seed) for modulus in SETTINGS["moduli"] for seed in range(part["seeds"])]


class Watched:
    """`run` and what it gave to `train`: layers, inputs, labels and recipe; and the networks that came back."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, part: dict[str, Any], **changes):
        train, self.models = modulo.train, models(part)

        def watch(cell, layers, inputs, labels, how):
            self.cell, self.layers, self.inputs, self.labels, self.recipe = cell, layers, inputs, labels, how
            self.trained = train(cell, layers, inputs, labels, how)
            return self.trained

        with monkeypatch.context() as patch:
            patch.setattr(modulo, "train", watch)
            self.part = run(SETTINGS | changes, part)
        self.table, self.functions = self.part

    def numbers(self, model: int) -> list[tuple[int, int]]:
        """The pairs that a model is trained on."""
        pairs = (self.inputs[model].T.astype(float) + 1) / 2 * (SIDE - 1)
        np.testing.assert_allclose(pairs, np.round(pairs), atol=1e-5)
        return [(int(first), int(second)) for first, second in np.round(pairs)]


@pytest.fixture(params=[PAPER, OTHER], ids=["paper", "other"])
def watched(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Watched:
    return Watched(monkeypatch, request.param)


def label(pair: tuple[int, int], modulus: int) -> int:
    return int(2 * (sum(pair) % modulus) < modulus)


def assert_same(found: Part, expected: Part, rows: Any = slice(None)) -> None:
    """Bit for bit, `found` is those rows of `expected`."""
    assert set(found.table) == set(expected.table)
    for name in found.table:
        np.testing.assert_array_equal(found.table[name], expected.table[name][rows])
    for stage in ("initial", "trained"):
        for one, other in zip(found.functions[stage], expected.functions[stage], strict=True):
            np.testing.assert_array_equal(one, other[rows])


def test_every_prefactor_is_trained_under_every_run():
    names = [(part["prefactor"], part["budget"], part["seeds"]) for part in parts(SETTINGS)]
    assert names == [(p, *run) for p in (0.5, 2.0) for run in (("paper", 3), ("converged", 2))]


def test_rows_name_every_model_once(watched: Watched):
    table, measures = watched.table, [f.name for f in SCHEMAS["modulo"] if f.name.endswith(("_init", "_trained"))]
    columns = {field.name for field in SCHEMAS["modulo"]} - set(measures)
    assert set(table) == {name for name in columns if not name.startswith("target_")}
    assert [*zip(table["modulus"], table["seed"], strict=True)] == watched.models
    assert {len(values) for values in table.values()} == {len(watched.models)}
    part = PAPER if len(watched.models) == 6 else OTHER
    assert {name: {*table[name]} for name in ("prefactor", *modulo.RUN)} == {
        name: {part[name]} for name in ("prefactor", *modulo.RUN)
    }


def test_labels_are_right_and_splits_are_halves_of_the_lattice_that_differ_by_seed_alone(watched: Watched):
    by_seed: dict[int, list[tuple[int, int]]] = {}
    size = {"half": 18, "three_quarters": 27}[watched.table["split"][0]]
    for model, (modulus, seed) in enumerate(watched.models):
        pairs = watched.numbers(model)
        assert len(set(pairs)) == len(pairs) == size
        assert {number for pair in pairs for number in pair} <= set(range(SIDE))
        assert watched.labels[model].tolist() == [label(pair, modulus) for pair in pairs]
        assert by_seed.setdefault(seed, pairs) == pairs
    assert len({frozenset(pairs) for pairs in by_seed.values()}) == len(by_seed)


def test_the_larger_split_holds_the_smaller(monkeypatch: pytest.MonkeyPatch):
    half, more = Watched(monkeypatch, PAPER), Watched(monkeypatch, OTHER)
    assert set(half.numbers(0)) < set(more.numbers(0))


def test_weights_at_the_start_depend_on_prefactor_and_seed_alone(watched: Watched):
    expected = mlp.draw(CELL, SETTINGS["seed"], np.array([seed for _, seed in watched.models]))
    for found, layer in zip(watched.layers, expected, strict=True):
        for one, other in zip(found.affine, layer.affine, strict=True):
            np.testing.assert_array_equal(one, other)


def test_scores_are_those_of_the_networks_on_the_points_of_each_side(watched: Watched):
    lattice = [(first, second) for first in range(SIDE) for second in range(SIDE)]
    for model, modulus in enumerate(watched.table["modulus"]):
        layers = reference.changed(watched.trained.layers, lambda _, w, b, m=model: (w[[m]], b[[m]]))

        def right(pairs: list[tuple[int, int]], layers=layers, modulus=int(modulus)) -> np.ndarray:
            points = 2 * np.array(pairs).T / (SIDE - 1) - 1
            outputs = reference.evaluate(CELL, reference.in_float64(layers), points)[0]
            assert np.abs(outputs).min() > 1e-4  # no sign hangs on rounding
            return (outputs > 0) == [label(pair, modulus) == 1 for pair in pairs]

        trained_on = watched.numbers(model)
        others = sorted(set(lattice) - set(trained_on))
        ones = np.array([label(pair, int(modulus)) == 1 for pair in others])
        scores = {
            "train_accuracy": right(trained_on).mean(),
            "test_accuracy": right(others).mean(),
            "balanced_test_accuracy": (right(others)[ones].mean() + right(others)[~ones].mean()) / 2,
            "positive_rate": ones.mean(),
        }
        assert {name: watched.table[name][model] for name in scores} == pytest.approx(scores, rel=1e-6)


@pytest.mark.parametrize("activation", ["relu", "gaussian", "sin"])
def test_a_row_and_its_functions_are_those_of_one_torch_module(monkeypatch: pytest.MonkeyPatch, activation: str):
    cell = CELL._replace(activation=activation)
    found = Watched(monkeypatch, PAPER, activation=activation)
    points = grid(9, 2, np.float64)
    for row, (_, seed) in enumerate(models(PAPER)):
        layers = reference.in_float64(mlp.draw(cell, SETTINGS["seed"], np.array([seed])))
        how = recipe({"learning_rate": 0.01, "steps": 20}, 2.0, "constant")
        trained = reference.train(cell, layers, 0, found.inputs[row], found.labels[row], how)
        for stage, which, tolerance in (("initial", layers, 1e-5), ("trained", trained, 1e-3)):
            outputs = reference.evaluate(cell, which, points)[0].reshape(9, 9)
            functions, span = found.functions[stage], np.ptp(outputs)
            assert functions.minimum[row] == pytest.approx(outputs.min(), abs=tolerance)
            assert functions.maximum[row] == pytest.approx(outputs.max(), abs=tolerance)
            np.testing.assert_allclose(functions.values[row], (outputs - outputs.min()) / span, atol=tolerance)
        exact = reference.evaluate(cell, trained, found.inputs[row].astype(float))[0]
        loss = np.mean(np.logaddexp(0, exact) - found.labels[row] * exact)
        assert found.table["train_loss"][row] == pytest.approx(loss, rel=1e-3)


def test_a_model_alone_is_the_model_among_others():
    together = run(SETTINGS, PAPER)
    one_modulus = run(SETTINGS | {"moduli": [3]}, PAPER)
    assert_same(one_modulus, together, together.table["modulus"] == 3)
    fewer_seeds = run(SETTINGS, PAPER | {"seeds": 1})
    assert_same(fewer_seeds, together, together.table["seed"] == 0)


@pytest.mark.parametrize(("rule", "factor"), [("constant", 1.0), ("scaled", 0.5)])
def test_the_scaled_rule_divides_the_learning_rate_of_the_hidden_layers(
    monkeypatch: pytest.MonkeyPatch, rule: str, factor: float
):
    how = Watched(monkeypatch, PAPER | {"learning_rate_rule": rule}).recipe
    assert (how.loss, how.learning_rate, how.steps, how.optimizer) == ("cross_entropy", 0.01, 20, "adam")
    assert how.hidden_factor == factor
    assert how.fits is None


def test_converged_stops_where_enough_training_points_are_right_and_no_sooner(monkeypatch: pytest.MonkeyPatch):
    many = PAPER | {"budget": "converged", "seeds": 10}
    # ReLU networks learn a modulus of 2 late, so not all of them are fitted.
    budgets = {"converged": CONVERGED | {"steps": 60}}
    found = Watched(monkeypatch, many, activation="relu", moduli=[6, 2], budgets=budgets)
    fitted, steps, accuracy = (np.array(found.table[name]) for name in ("fitted", "steps", "train_accuracy"))
    assert 0 < fitted.sum() < len(fitted)
    assert (accuracy[fitted] >= 0.9).all()
    assert (steps[fitted] % 10 == 0).all()
    assert (steps[fitted] >= 20).all()
    assert len(set(steps[fitted])) > 1
    assert (steps[~fitted] == 60).all()
    assert found.recipe.patience == 3
    assert found.recipe.check_every == 10


def test_the_paper_s_budget_takes_every_step_and_fits_nothing():
    table = run(SETTINGS, PAPER).table
    assert set(table["steps"]) == {20}
    assert not any(table["fitted"])
    assert set(table["status"]) == {"ok"}


def test_models_that_diverge_are_said_to():
    table = run(SETTINGS | {"budgets": {"paper": {"learning_rate": 1e4, "steps": 20}}}, PAPER).table
    assert set(table["status"]) == {"diverged"}


def test_targets_are_labels_of_the_grid_modulus_by_modulus():
    found = target_functions(SETTINGS | {"grid_points": 11, "moduli": [6, 3, 4]})
    assert found.values.shape == (3, 11, 11)
    for values, modulus in zip(found.values, (6, 3, 4), strict=True):
        for first in range(11):
            for second in range(11):
                total = first / 2 + second / 2  # 11 points on 0…5
                assert values[first, second] == float(2 * (total % modulus) < modulus)
    assert set(found.status) == {0}
    assert found.float64.all()


@pytest.mark.parametrize("modulus", [10, 4])
def test_targets_have_straight_borders_where_the_grid_meets_them(modulus: int):
    # On 64 points of 0…15 the sum is 5 (i + j)/21, so that whole diagonals lie on a border.
    found = target_functions({"side": 16, "grid_points": 64, "moduli": [modulus]}).values[0]
    diagonal = np.add.outer(np.arange(64), np.arange(64))
    np.testing.assert_array_equal(found, 2 * (5 * diagonal % (21 * modulus)) < 21 * modulus)
