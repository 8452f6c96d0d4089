"""Mean-field theory against closed forms, against torch's activations, and against wide sampled networks."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import erf

from neural_redshift.networks.activations import ACTIVATIONS
from neural_redshift.networks.cells import Cell
from neural_redshift.networks.mlp import draw
from neural_redshift.theory import mean_field as theory
from neural_redshift.theory.mean_field import Prior, crossing, layer, layers, limit, pre_activations, slope_of_layers
from neural_redshift.theory.responses import RESPONSES, Response

BIASES = 1 / 3  # variance of U(-1, 1)
MAGNITUDES = st.floats(0.1, 10)
SUMS = st.floats(0.001, 100)  # variance of the weighted sum alone
LINEAR = Response(lambda z: z, np.ones_like)


def mean_of_bell(sums: float, beta: float) -> float:
    """E exp(−2 t²), t normal of variance `sums` plus β U(−1, 1)."""
    width = np.sqrt(2 / (1 + 4 * sums))
    return np.sqrt(np.pi) * erf(width * beta) / (2 * beta * width) / np.sqrt(1 + 4 * sums)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_and_slopes_are_those_of_the_networks(name):
    z = np.linspace(-8, 8, 1000)
    tensor = torch.tensor(z, requires_grad=True)
    assert_allclose(RESPONSES[name].value(z), ACTIVATIONS[name].function(torch.tensor(z)).numpy(), atol=1e-14)
    reference = {"relu": torch.relu, "gelu": torch.nn.functional.gelu, "swish": torch.nn.functional.silu}
    reference |= {"selu": torch.nn.functional.selu, "tanh": torch.tanh, "sin": torch.sin, "sigmoid": torch.sigmoid}
    reference |= {"gaussian": lambda x: torch.exp(-x * x), "gaussian_half": lambda x: torch.exp(-x * x / 2)}
    reference[name](tensor).sum().backward()
    assert_allclose(RESPONSES[name].slope(z), tensor.grad.numpy(), atol=1e-12)


@given(SUMS, st.floats(0, 3))
def test_the_nodes_integrate_the_law_of_a_normal_sum_and_a_uniform_bias(sums, beta):
    t, mass = pre_activations(Prior(1.0, beta, 64), sums + beta**2 / 3)
    found = [mass @ t**power for power in range(5)]
    fourth = 3 * sums**2 + 2 * sums * beta**2 + beta**4 / 5
    assert_allclose(found, [1, 0, sums + beta**2 / 3, 0, fourth], rtol=1e-9, atol=1e-12)


@given(MAGNITUDES, SUMS)
def test_a_linear_network_and_relu_have_the_slopes_of_their_closed_forms(magnitude, sums):
    prior, q = Prior(magnitude, 1.0, 64), sums + BIASES
    after, slope = layer(LINEAR, prior, q)
    assert_allclose((after, slope), (magnitude**2 * q + BIASES, magnitude**2 * q / after), rtol=1e-9)
    after, slope = layer(RESPONSES["relu"], prior, q)
    assert_allclose((after, slope), (magnitude**2 * q / 2 + BIASES, 1 - BIASES / after), rtol=1e-9)


@given(MAGNITUDES, SUMS)
def test_sine_and_gaussian_have_the_variances_of_their_closed_forms(magnitude, sums):
    prior = Prior(magnitude, 1.0, 64)
    wave = np.exp(-2 * sums) * np.sin(2) / 2  # E cos 2t
    after, slope = layer(RESPONSES["sin"], prior, sums + BIASES)
    assert_allclose(after, magnitude**2 * (1 - wave) / 2 + BIASES, rtol=1e-9)
    assert_allclose(slope, magnitude**2 * (sums + BIASES) * (1 + wave) / 2 / after, rtol=1e-9)
    after, _ = layer(RESPONSES["gaussian"], prior, sums + BIASES)
    assert_allclose(after, magnitude**2 * mean_of_bell(sums, 1.0) + BIASES, rtol=1e-9)


@given(MAGNITUDES)
def test_relu_settles_below_the_root_of_2_and_saturates_at_1_from_there(magnitude):
    variance, slope = limit(RESPONSES["relu"], Prior(magnitude, 1.0, 64))
    if magnitude**2 < 1.99:
        assert_allclose((variance, slope), (BIASES / (1 - magnitude**2 / 2), magnitude**2 / 2), rtol=1e-6)
    elif magnitude**2 > 2.01:
        assert np.isinf(variance)
        assert slope == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("name", ["gelu", "swish", "selu"])
def test_what_is_like_relu_far_from_0_saturates_at_1_too(name):
    variance, slope = limit(RESPONSES[name], Prior(5.0, 1.0, 64))
    assert np.isinf(variance)
    assert abs(slope - 1) < theory.MARGIN
    assert np.isnan(crossing(RESPONSES[name], Prior(1.0, 1.0, 64)))


@pytest.mark.parametrize("name", ["tanh", "gaussian", "sin"])
def test_the_others_cross_1_between_1_3_and_1_8(name):
    prior = Prior(1.0, 1.0, 64)
    passes = crossing(RESPONSES[name], prior)
    assert 1.3 < passes < 1.8
    assert limit(RESPONSES[name], prior._replace(weight_magnitude=passes))[1] == pytest.approx(1, abs=1e-6)
    slopes = [limit(RESPONSES[name], prior._replace(weight_magnitude=passes * by))[1] for by in (0.99, 1.01)]
    assert slopes[0] < 1 < slopes[1]


@pytest.mark.parametrize("name", RESPONSES)
def test_scaling_biases_with_pre_activations_keeps_the_slope_of_relu_alone(name):
    small = layer(RESPONSES[name], Prior(1.5, 1.0, 64), 0.5)[1]
    large = layer(RESPONSES[name], Prior(1.5, 3.0, 64), 9 * 0.5)[1]
    assert np.isclose(small, large, rtol=1e-3) == (name == "relu")


def test_the_slope_of_layers_is_the_mean_over_the_maps_between_them():
    prior = Prior(2.0, 1.0, 64)
    maps = [slope for _, (_, slope) in zip(range(3), layers(RESPONSES["tanh"], prior), strict=False)]
    assert slope_of_layers(RESPONSES["tanh"], prior, 4) ** 3 == pytest.approx(np.prod(maps))
    assert np.isnan(slope_of_layers(RESPONSES["tanh"], prior, 1))


@pytest.mark.parametrize("name", ["relu", "tanh", "gaussian", "sin"])
def test_wide_networks_have_the_variances_and_slopes_of_the_theory(name):
    """Sampled as everywhere else, with 1024 channels: after three layers both are within 5 per cent."""
    cell = Cell("plain", name, "glorot", 3, 1024, 1.7, 1.0)
    networks, step = np.arange(16), 1e-4
    x = np.array([[0.6, -0.5], [0.6 + step, -0.5]]).T
    variances, distances = [], []
    for weights, biases in (each.affine for each in draw(cell, 0, networks)[:-1]):
        z = weights.astype(float) @ x + biases.astype(float)
        variances.append((z[..., 0] ** 2).mean())
        distances.append(((z[..., 0] - z[..., 1]) ** 2).mean() / 2)
        x = RESPONSES[name].value(z)
    prior = Prior(1.7, 1.0, 1024)
    q, expected, slopes = prior.first(0.61), [], []
    for _ in range(3):
        expected.append(q)
        q, slope = layer(RESPONSES[name], prior, q)
        slopes.append(slope)
    assert_allclose(variances, expected, rtol=0.05)
    parted = np.array(distances) / variances  # 1 − c
    assert_allclose(parted[1:] / parted[:-1], slopes[:-1], rtol=0.05)


def test_the_table_has_a_row_for_every_cell_of_a_known_activation():
    axes = {"widths": [64], "bias_magnitudes": [1.0, 0.3], "weight_magnitudes": [0.5, 2.0], "depths": [1, 4]}
    table = theory.mean_field({"activations": ["tanh", "unheard_of"], **axes})
    assert len(table) == 4
    assert set(table.activation) == {"tanh"}
    assert (table.depth == 4).all()
    rough = table.weight_magnitude > table.critical_magnitude
    assert ((table.slope > 1) == rough).all()
