"""A batch of networks is what plain PyTorch makes of the same weights."""

import numpy as np
import pytest
import torch

import reference
from neural_redshift.networks import mlp
from neural_redshift.networks.activations import ACTIVATIONS
from neural_redshift.networks.cells import Cell
from neural_redshift.networks.functions import grid
from neural_redshift.networks.mlp import VARIANTS
from neural_redshift.networks.priors import PRIORS

CELL = Cell("plain", "tanh", "glorot", 3, 5, 1.0, 1.0)


def evaluated(cell: Cell, points: np.ndarray, networks: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Outputs of the batch and of the reference, in the precision of the points."""
    layers = mlp.draw(cell, 7, np.arange(networks))
    if points.dtype == np.float64:
        layers = reference.in_float64(layers)
    found, expected = mlp.forward(cell, layers, points), reference.evaluate(cell, layers, points)
    assert found.shape == expected.shape == (networks, points.shape[1])
    assert found.dtype == expected.dtype == points.dtype
    return found, expected


def deviation(found: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Largest deviation of each network, relative to its largest output."""
    return np.abs(found - expected).max(axis=1) / np.abs(expected).max(axis=1)


def assert_same_as_torch(cell: Cell, points: np.ndarray, networks: int = 3) -> None:
    assert (deviation(*evaluated(cell, points, networks)) < 1e-10).all()


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("prior", PRIORS)
def test_every_network_is_its_torch_module(activation, variant, prior):
    cell = CELL._replace(variant=variant, activation=activation, prior=prior)
    ours, exact = evaluated(cell, grid(5, 2, np.float64))
    assert (deviation(ours, exact) < 1e-10).all()
    # A Cauchy weight of 10⁴ before a sine multiplies rounding by as much, so float32 is held to torch's own error.
    ours, torchs = evaluated(cell, grid(5, 2))
    assert (deviation(ours, exact) < 4 * deviation(torchs, exact) + 1e-5).all()


def activate(activation: str, z: np.ndarray) -> np.ndarray:
    """φ(z) as a network of one channel, with weights 1 and biases 0, computes it."""
    one, zero = np.ones((1, 1, 1), z.dtype), np.zeros((1, 1, 1), z.dtype)
    cell = Cell("plain", activation, "glorot", 1, 1, 1.0, 1.0, inputs=1)
    return mlp.forward(cell, [mlp.Layer((one, zero)), mlp.Layer((one, zero))], z[None])[0]


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(("dtype", "rtol"), [(np.float32, 2e-6), (np.float64, 1e-13)])
def test_every_activation_is_its_formula_near_and_far_from_zero(activation, dtype, rtol):
    z = np.concatenate([np.linspace(-30, 30, 10_001), np.linspace(-0.01, 0.01, 1001)]).astype(dtype)
    expected = reference.ACTIVATIONS[activation](torch.from_numpy(z.astype(np.float64))).numpy()
    np.testing.assert_allclose(activate(activation, z), expected, rtol=rtol, atol=4 * np.finfo(dtype).eps)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_activations_keep_the_type_and_overflow_nowhere(activation, dtype):
    outputs = activate(activation, np.array([-1e4, -1, 0, 1, 1e4], dtype))
    assert outputs.dtype == dtype
    assert np.isfinite(outputs).all()


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("inputs", [1, 2, 3])
def test_inputs_of_any_dimension(variant, inputs):
    # With width = inputs a skip connection spans the first layer too.
    for width in (2, 3, 6):
        cell = CELL._replace(variant=variant, inputs=inputs, width=width)
        assert_same_as_torch(cell, grid(4, inputs, np.float64))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("depth", [1, 2, 6])
def test_any_depth(variant, depth):
    assert_same_as_torch(CELL._replace(variant=variant, depth=depth), grid(4, 2, np.float64))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("prefactor", [0.2, 1.0, 3.0])
def test_a_prefactor_multiplies_pre_activations_of_hidden_layers_alone(variant, prefactor):
    assert_same_as_torch(CELL._replace(variant=variant, prefactor=prefactor), grid(4, 2, np.float64))


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("gain", [0.25, 1.0, 8.0])
def test_the_magnitude_of_norm_gain_is_a_gain_after_layer_norm(activation, gain):
    cell = CELL._replace(variant="norm_gain", activation=activation, weight_magnitude=gain, width=8)
    assert_same_as_torch(cell, grid(4, 2, np.float64))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(
    ("width", "points", "networks"),
    [
        pytest.param(4, 1, 5, id="one point"),
        pytest.param(16, 512, 4, id="a whole tile"),
        pytest.param(16, 9001, 10, id="many points and a rest"),
        pytest.param(130, 513, 2, id="wide"),
    ],
)
def test_any_number_of_points_and_networks(variant, width, points, networks):
    line = np.linspace(-1, 1, points)[None]
    assert_same_as_torch(CELL._replace(variant=variant, width=width, inputs=1), line, networks)


@pytest.mark.parametrize("variant", ["layer_norm", "norm_gain"])
def test_layer_norm_of_one_channel_is_refused(variant):
    cell = CELL._replace(variant=variant, width=1)
    with pytest.raises(ValueError, match=f"{variant} with width 1"):
        mlp.forward(cell, mlp.draw(cell, 0, np.arange(1)), grid(3, 2))


@pytest.mark.parametrize("variant", VARIANTS)
def test_layers_have_the_shapes_of_the_cell(variant):
    layers = mlp.draw(CELL._replace(variant=variant, inputs=3), 0, np.arange(2))
    shapes = [[[array.shape for array in pair] for pair in layer if pair] for layer in layers]
    pairs = 2 if variant == "gated" else 1
    first, inner, last = (
        [(2, 5, 3), (2, 5, 1)],
        [(2, 5, 5), (2, 5, 1)],
        [(2, 1, 5), (2, 1, 1)],
    )
    assert shapes == [[first] * pairs, [inner] * pairs, [inner] * pairs, [last]]
