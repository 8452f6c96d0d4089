"""What a change of networks, data or recipe must change of training in a known way, or not at all."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reference
from neural_redshift.networks import mlp
from neural_redshift.networks.activations import ACTIVATIONS
from neural_redshift.networks.cells import Cell
from neural_redshift.training import LOSSES, OPTIMIZERS, Recipe, Trained, train

CELLS = st.builds(
    Cell,
    variant=st.just("plain"),
    activation=st.sampled_from([*ACTIVATIONS]),
    prior=st.just("glorot"),
    depth=st.integers(1, 3),
    width=st.integers(1, 20),
    weight_magnitude=st.just(1.0),
    bias_magnitude=st.just(1.0),
    inputs=st.integers(1, 4),
    prefactor=st.sampled_from([0.5, 1.0, 1.7]),
)
RECIPES = st.builds(
    Recipe,
    loss=st.sampled_from([*LOSSES]),
    learning_rate=st.sampled_from([0.001, 0.01]),
    steps=st.integers(0, 12),
    optimizer=st.sampled_from([*OPTIMIZERS]),
    hidden_factor=st.sampled_from([0.3, 1.0]),
    check_every=st.integers(1, 15),
    fits=st.none(),
    patience=st.just(1),
)
POINTS = st.integers(1, 40)


def problem(cell: Cell, models: int, points: int) -> tuple[list[mlp.Layer], np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    inputs = rng.uniform(-1, 1, (models, cell.inputs, points)).astype(np.float32)
    return mlp.draw(cell, 0, np.arange(models)), inputs, (rng.random((models, points)) < 0.5).astype(np.float32)


def weights_of(layers: list[mlp.Layer]) -> list[np.ndarray]:
    return [array for layer in layers for array in layer.affine]


def everything(trained: Trained) -> list[np.ndarray]:
    return [*weights_of(trained.layers), *trained[1:]]


def assert_equal(found: list[np.ndarray], expected: list[np.ndarray]) -> None:
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other, strict=True)


@given(CELLS, RECIPES, POINTS, st.lists(st.integers(0, 5), min_size=1, max_size=9))
def test_models_are_the_same_in_any_order_number_and_company(cell, recipe, points, members):
    layers, inputs, targets = problem(cell, 6, points)
    together = everything(train(cell, layers, inputs, targets, recipe))
    some = reference.changed(layers, lambda _, weights, biases: (weights[members], biases[members]))
    found = everything(train(cell, some, inputs[members], targets[members], recipe))
    assert_equal(found, [array[members] for array in together])


@given(CELLS, RECIPES, POINTS, st.integers(0, 12))
def test_gradient_descent_may_be_interrupted_at_any_step(cell, recipe, points, steps):
    recipe = recipe._replace(optimizer="gradient_descent")
    layers, *data = problem(cell, 3, points)
    whole = train(cell, layers, *data, recipe._replace(steps=recipe.steps + steps))
    half = train(cell, layers, *data, recipe)
    again = train(cell, half.layers, *data, recipe._replace(steps=steps))
    assert_equal([*weights_of(again.layers), again.loss], [*weights_of(whole.layers), whole.loss])


@given(CELLS, RECIPES, POINTS, st.integers(-2, 2).map(lambda exponent: 2.0**exponent))
def test_a_prefactor_is_larger_weights_and_a_larger_learning_rate_of_the_hidden_layers(cell, recipe, points, a):
    # z = a (W x + b) = W′ x + b′: a step of η a ∂L/∂W′ by W is one of η a² ∂L/∂W′ by W′. Powers of 2 round nothing.
    recipe = recipe._replace(optimizer="gradient_descent")
    layers, *data = problem(cell, 2, points)

    def larger(layers: list[mlp.Layer]) -> list[mlp.Layer]:
        return reference.changed(layers, lambda layer, w, b: (w * a, b * a) if layer <= cell.depth else (w, b))

    found = train(cell._replace(prefactor=a), layers, *data, recipe._replace(hidden_factor=1.0))
    expected = train(cell._replace(prefactor=1.0), larger(layers), *data, recipe._replace(hidden_factor=a**2))
    assert_equal([*weights_of(larger(found.layers)), found.loss], [*weights_of(expected.layers), expected.loss])


@given(CELLS, RECIPES, POINTS)
def test_negated_targets_and_output_weights_are_learned_negated(cell, recipe, points):
    recipe = recipe._replace(loss="mse")
    layers, inputs, targets = problem(cell, 2, points)

    def negated(layers: list[mlp.Layer]) -> list[mlp.Layer]:
        return reference.changed(layers, lambda layer, w, b: (-w, -b) if layer > cell.depth else (w, b))

    found = train(cell, negated(layers), inputs, -targets, recipe)
    expected = train(cell, layers, inputs, targets, recipe)
    assert_equal(everything(found._replace(layers=negated(found.layers))), everything(expected))


@given(CELLS, RECIPES, POINTS, st.sampled_from(["tanh", "sin"]), st.integers(0, 19))
def test_a_channel_of_an_odd_activation_may_be_negated(cell, recipe, points, activation, channel):
    cell, channel = cell._replace(activation=activation), channel % cell.width
    layers, *data = problem(cell, 2, points)

    def negated(layers: list[mlp.Layer]) -> list[mlp.Layer]:
        copies = reference.changed(layers, lambda _, *affine: [array.copy() for array in affine])
        for array in copies[0].affine:
            array[:, channel] *= -1
        copies[1].affine[0][:, :, channel] *= -1
        return copies

    found = train(cell, negated(layers), *data, recipe)
    expected = train(cell, layers, *data, recipe)
    assert_equal(everything(found._replace(layers=negated(found.layers))), everything(expected))


@given(CELLS, RECIPES, POINTS)
def test_no_weight_takes_a_first_step_of_adam_longer_than_the_learning_rate(cell, recipe, points):
    recipe = recipe._replace(optimizer="adam", steps=1)
    layers, *data = problem(cell, 2, points)
    found = train(cell, layers, *data, recipe)
    for number, (old, new) in enumerate(zip(layers, found.layers, strict=True)):
        rate = recipe.learning_rate * (recipe.hidden_factor if number < cell.depth else 1)
        steps = [np.abs(b - a).max() for a, b in zip(old.affine, new.affine, strict=True)]
        assert max(steps) <= rate * 1.001 + 1e-6
    assert steps[1] >= rate * 0.99  # the bias of the output feels the mean error, which is far from 0


@pytest.mark.parametrize("loss", LOSSES)
@given(cell=CELLS, points=st.integers(2, 40), times=st.integers(2, 4))
@settings(max_examples=15)
def test_points_that_all_occur_as_often_count_as_once(loss, cell, points, times):
    recipe = Recipe(loss, 0.01, 10, "gradient_descent")
    layers, inputs, targets = problem(cell, 2, points)
    expected = train(cell, layers, inputs, targets, recipe)
    found = train(cell, layers, np.tile(inputs, times), np.tile(targets, times), recipe)
    for one, other in zip(everything(found), everything(expected), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)
