"""What changes a network must change its function in a known way, or not at all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import reference
from neural_redshift.complexity.measuring import load
from neural_redshift.networks import mlp
from neural_redshift.networks.activations import ACTIVATIONS
from neural_redshift.networks.cells import Cell
from neural_redshift.networks.functions import grid, scale
from neural_redshift.networks.mlp import VARIANTS
from neural_redshift.schemas import MEASURES

POINTS = grid(16, 2)
CELL = Cell("plain", "relu", "glorot", 3, 12, 1.0, 1.0)
POWERS_OF_TWO = st.integers(-8, 8).map(lambda exponent: 2.0**exponent)  # exact in binary arithmetic
DEPTHS = st.integers(1, 6)
FACTORS = st.floats(0.01, 100)


def networks(cell: Cell, number: int) -> list[mlp.Layer]:
    return mlp.draw(cell, 0, np.arange(number, number + 3))


def measures(outputs: np.ndarray) -> dict[str, np.ndarray]:
    functions = scale(outputs.astype(np.float64).reshape(-1, 16, 16), np.zeros(len(outputs), bool)).values
    return {name: load(name)(functions) for name in MEASURES}


def assert_same_measures(outputs: np.ndarray, others: np.ndarray) -> None:
    expected = measures(outputs)
    for name, found in measures(others).items():
        np.testing.assert_array_equal(found, expected[name], err_msg=name)


@given(DEPTHS, st.integers(0, 1000), POWERS_OF_TWO)
def test_relu_with_weights_times_a_and_biases_of_layer_l_times_a_to_the_l_is_only_scaled(depth, number, a):
    cell = CELL._replace(depth=depth)
    layers = networks(cell, number)
    scaled = reference.changed(layers, lambda layer, w, b: (w * np.float32(a), b * np.float32(a**layer)))
    outputs, others = mlp.forward(cell, layers, POINTS), mlp.forward(cell, scaled, POINTS)
    np.testing.assert_array_equal(others, outputs * np.float32(a ** (depth + 1)))
    assert_same_measures(outputs, others)


@given(DEPTHS, st.integers(0, 1000), FACTORS)
def test_the_same_holds_for_any_factor_up_to_rounding(depth, number, a):
    cell = CELL._replace(depth=depth)
    layers = reference.in_float64(networks(cell, number))
    scaled = reference.changed(layers, lambda layer, w, b: (w * a, b * a**layer))
    points = POINTS.astype(np.float64)
    outputs, others = mlp.forward(cell, layers, points), mlp.forward(cell, scaled, points) / a ** (depth + 1)
    assert np.abs(others - outputs).max() < 1e-12 * np.abs(outputs).max()


@given(DEPTHS, st.integers(0, 1000), st.lists(POWERS_OF_TWO, min_size=7, max_size=7))
def test_scaling_a_relu_network_without_biases_scales_its_output(depth, number, factors):
    cell = CELL._replace(depth=depth, bias_magnitude=0.0)
    layers = networks(cell, number)
    scaled = reference.changed(layers, lambda layer, w, b: (w * np.float32(factors[layer - 1]), b))
    outputs, others = mlp.forward(cell, layers, POINTS), mlp.forward(cell, scaled, POINTS)
    np.testing.assert_array_equal(others, outputs * np.float32(np.prod(factors[: depth + 1])))


@given(DEPTHS, st.integers(0, 1000), POWERS_OF_TWO)
def test_a_relu_network_without_biases_is_homogeneous(depth, number, a):
    cell = CELL._replace(depth=depth, bias_magnitude=0.0)
    layers = networks(cell, number)
    np.testing.assert_array_equal(
        mlp.forward(cell, layers, np.float32(a) * POINTS), np.float32(a) * mlp.forward(cell, layers, POINTS)
    )


@given(st.sampled_from([*VARIANTS]), st.sampled_from([*ACTIVATIONS]), st.integers(0, 1000), POWERS_OF_TWO)
def test_a_factor_on_the_output_layer_never_matters_for_measures(variant, activation, number, a):
    cell = CELL._replace(variant=variant, activation=activation)
    layers = networks(cell, number)
    (weights, biases), a = layers[-1].affine, np.float32(a)
    scaled = [*layers[:-1], mlp.Layer((weights * a, biases * a))]
    assert_same_measures(mlp.forward(cell, layers, POINTS), mlp.forward(cell, scaled, POINTS))


@given(st.sampled_from([*ACTIVATIONS]), st.integers(0, 1000), POWERS_OF_TWO)
def test_a_factor_on_the_output_weights_alone_does_not_matter_either(activation, number, a):
    cell = CELL._replace(activation=activation)
    layers = reference.in_float64(networks(cell, number))
    (weights, biases) = layers[-1].affine
    points = POINTS.astype(np.float64)
    outputs = mlp.forward(cell, layers, points)
    others = mlp.forward(cell, [*layers[:-1], mlp.Layer((weights * a, biases))], points)
    centred, expected = (f - f[:, :1] for f in (others, a * outputs))
    assert np.abs(centred - expected).max() < 1e-12 * max(np.abs(others).max(), np.abs(expected).max(), 1)


@pytest.mark.parametrize("variant", ["plain", "layer_norm", "residual", "skip"])
@given(activation=st.sampled_from([*ACTIVATIONS]), number=st.integers(0, 1000), a=POWERS_OF_TWO)
def test_a_prefactor_is_a_factor_on_weights_and_biases_of_hidden_layers(variant, activation, number, a):
    cell = CELL._replace(variant=variant, activation=activation)
    layers = networks(cell, number)
    scaled = reference.changed(layers[:-1], lambda _, w, b: (w * np.float32(a), b * np.float32(a)))
    np.testing.assert_array_equal(
        mlp.forward(cell._replace(prefactor=a), layers, POINTS), mlp.forward(cell, [*scaled, layers[-1]], POINTS)
    )


@given(st.sampled_from([*ACTIVATIONS]), st.integers(0, 1000), POWERS_OF_TWO)
def test_a_prefactor_leaves_gates_alone(activation, number, a):
    cell = CELL._replace(variant="gated", activation=activation)
    layers = networks(cell, number)
    scaled = [mlp.Layer(tuple(array * np.float32(a) for array in layer.affine), layer.gate) for layer in layers[:-1]]
    np.testing.assert_array_equal(
        mlp.forward(cell._replace(prefactor=a), layers, POINTS), mlp.forward(cell, [*scaled, layers[-1]], POINTS)
    )


@pytest.mark.parametrize("variant", ["layer_norm", "norm_gain"])
@given(st.sampled_from([*ACTIVATIONS]), st.integers(0, 1000), st.floats(0.1, 10), st.floats(-10, 10))
def test_layer_norm_hides_a_factor_and_an_offset_of_its_input(variant, activation, number, a, offset):
    cell = CELL._replace(variant=variant, activation=activation)
    layers = reference.in_float64(networks(cell, number))
    moved = [*reference.changed(layers[:-1], lambda _, w, b: (a * w, a * b + offset)), layers[-1]]
    points = POINTS.astype(np.float64)
    outputs, others = (mlp.forward(cell, each, points) for each in (layers, moved))
    assert np.abs(others - outputs).max() < 1e-10 * np.abs(outputs).max()


@given(st.sampled_from([*ACTIVATIONS]), st.integers(0, 1000))
def test_a_gain_of_1_is_layer_norm(activation, number):
    cell = CELL._replace(variant="layer_norm", activation=activation)
    layers = networks(cell, number)
    np.testing.assert_array_equal(
        mlp.forward(cell._replace(variant="norm_gain"), layers, POINTS), mlp.forward(cell, layers, POINTS)
    )


@given(DEPTHS, st.integers(0, 1000), POWERS_OF_TWO)
def test_a_gain_only_scales_a_relu_network_without_biases(depth, number, gain):
    # φ(γ z) = γ φ(z), and the next LayerNorm removes γ again.
    cell = CELL._replace(variant="norm_gain", depth=depth, bias_magnitude=0.0)
    layers = networks(cell, number)
    others = mlp.forward(cell._replace(weight_magnitude=gain), layers, POINTS)
    np.testing.assert_array_equal(others, np.float32(gain) * mlp.forward(cell, layers, POINTS))


@given(st.sampled_from([*VARIANTS]), st.sampled_from([*ACTIVATIONS]), st.integers(0, 1000), st.permutations(range(12)))
def test_a_permutation_of_hidden_channels_changes_nothing(variant, activation, number, order):
    cell = CELL._replace(variant=variant, activation=activation)
    layers = reference.in_float64(networks(cell, number))

    def permuted(layer: int, w: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        w = w if layer == 1 else w[:, :, order]
        return (w, b) if layer == len(layers) else (w[:, order], b[:, order])

    points = POINTS.astype(np.float64)
    outputs = mlp.forward(cell, layers, points)
    others = mlp.forward(cell, reference.changed(layers, permuted), points)
    assert np.abs(others - outputs).max() < 1e-11 * np.abs(outputs).max()


@given(st.sampled_from(["tanh", "sin"]), st.integers(0, 1000))
def test_networks_of_odd_activations_without_biases_are_odd(activation, number):
    cell = CELL._replace(activation=activation, bias_magnitude=0.0)
    layers = networks(cell, number)
    np.testing.assert_array_equal(mlp.forward(cell, layers, -POINTS), -mlp.forward(cell, layers, POINTS))
