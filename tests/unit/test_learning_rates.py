"""Modulo addition under many learning rates: the models are those of the task modulo, trained by other recipes."""

from typing import Any

import numpy as np
import pytest

from neural_redshift.networks import mlp
from neural_redshift.networks.cells import Cell
from neural_redshift.schemas import SCHEMAS
from neural_redshift.tasks import learning_rates, modulo
from neural_redshift.tasks.learning_rates import folded, parts, run

SETTINGS: dict[str, Any] = {
    "activation": "tanh",
    "depth": 2,
    "width": 12,
    "prefactors": [0.5, 3.0],
    "moduli": [6, 3],
    "side": 6,
    "rules": {"constant": [0.01, 0.03], "scaled": [0.01], "folded": [0.01]},
    "steps": 40,
    "train_accuracy": 0.99,
    "checks": 2,
    "check_every": 10,
    "seeds": 3,
    "seed": 5,
}


def part(rule: str, rate: float = 0.01, prefactor: float = 3.0) -> dict[str, Any]:
    return {"prefactor": prefactor, "learning_rate_rule": rule, "learning_rate": rate}


def test_every_prefactor_is_trained_by_every_rule_at_each_of_its_rates():
    of_one = [("constant", 0.01), ("constant", 0.03), ("scaled", 0.01), ("folded", 0.01)]
    assert parts(SETTINGS) == [part(rule, rate, prefactor) for prefactor in (0.5, 3.0) for rule, rate in of_one]


@pytest.mark.parametrize("rule", ["constant", "scaled"])
def test_a_rate_of_a_budget_gives_the_rows_of_modulo(rule: str):
    budget = {name: SETTINGS[name] for name in ("steps", "train_accuracy", "checks", "check_every")}
    about = {"budget": "one", "split": "half", "learning_rate_rule": rule, "seeds": 3}
    settings = SETTINGS | {"budgets": {"one": budget | {"learning_rate": 0.01}}, "grid_points": 5}
    expected = modulo.run(settings, {"prefactor": 3.0, **about}).table
    found = run(SETTINGS, part(rule)).table
    assert set(found) == {field.name for field in SCHEMAS["learning_rates"]}
    for name in set(found) - {"learning_rate"}:
        np.testing.assert_array_equal(found[name], expected[name])
    assert (found["learning_rate"] == 0.01).all()


def test_another_rate_is_another_training():
    one, other = (run(SETTINGS, part("constant", rate)).table for rate in (0.01, 0.03))
    assert (one["train_loss"] != other["train_loss"]).all()


def test_a_prefactor_folded_into_weights_and_biases_is_the_same_function_up_to_rounding():
    cell = Cell("plain", "tanh", "glorot", 2, 12, 1.0, 1.0, prefactor=3.0)
    layers, points = mlp.draw(cell, 0, np.arange(4)), np.random.default_rng(0).uniform(-1, 1, (2, 50))
    again = [*(folded(layer, 3.0) for layer in layers[:-1]), layers[-1]]
    one = mlp.forward(cell, layers, points.astype(np.float32))
    other = mlp.forward(cell._replace(prefactor=1.0), again, points.astype(np.float32))
    np.testing.assert_allclose(one, other, atol=2e-6)


def test_and_is_trained_as_one_whose_rates_are_divided_by_it():
    short = SETTINGS | {"steps": 10, "train_accuracy": 1.0}
    one, other, kept = (run(short, part(rule)).table for rule in ("scaled", "folded", "constant"))
    np.testing.assert_allclose(one["train_loss"], other["train_loss"], rtol=1e-3)
    assert (np.abs(one["train_loss"] - kept["train_loss"]) > 1e-2 * one["train_loss"]).all()
    assert (other["prefactor"] == 3.0).all()


def test_a_folded_prefactor_leaves_the_output_layer_and_the_drawn_weights_alone(monkeypatch: pytest.MonkeyPatch):
    seen = []

    def watched(cell, layers, given, how):
        seen.append((cell, layers))
        return learn(cell, layers, given, how)

    learn = learning_rates.learn
    monkeypatch.setattr(learning_rates, "learn", watched)
    for rule in ("scaled", "folded"):
        run(SETTINGS, part(rule))
    (with_prefactor, drawn), (without, larger) = seen
    assert (with_prefactor.prefactor, without.prefactor) == (3.0, 1.0)
    for one, other, factor in zip(drawn, larger, (3, 3, 1), strict=True):
        for array, times in zip(one.affine, other.affine, strict=True):
            np.testing.assert_array_equal(np.float32(factor) * array, times)
