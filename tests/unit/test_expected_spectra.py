"""Kernels against numerical integrals, and expected spectra against direct sums and wide sampled networks."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.text import Text
from numpy.testing import assert_allclose
from scipy.special import erf

from neural_redshift.complexity.fourier import amplitudes
from neural_redshift.complexity.spectra import ring_means
from neural_redshift.figures.app_spectra import draw as draw_figure
from neural_redshift.networks.cells import Cell
from neural_redshift.networks.functions import grid
from neural_redshift.networks.mlp import draw
from neural_redshift.theory import expected_spectra as theory
from neural_redshift.theory import kernels
from neural_redshift.theory.kernels import KERNELS
from neural_redshift.theory.mean_field import Prior, pre_activations
from neural_redshift.theory.responses import RESPONSES

VARIANCES = st.floats(0.05, 30)
CORRELATIONS = st.floats(-0.99, 0.99)
Z, MASS = pre_activations(Prior(1.0, 0.0, 64), 1.0)


@pytest.mark.parametrize("name", KERNELS)
@settings(max_examples=20)
@given(VARIANCES, VARIANCES, CORRELATIONS)
def test_a_kernel_is_the_mean_product_of_two_outputs(name, q, q2, c):
    """Inner integral first; a kink inside it costs ReLU some digits."""
    phi = RESPONSES[name].value
    inner = phi(np.sqrt(q2) * (c * Z[:, None] + np.sqrt(1 - c**2) * Z)) @ MASS
    expected = MASS @ (phi(np.sqrt(q) * Z) * inner)
    found = KERNELS[name](*map(np.asarray, (c * np.sqrt(q * q2), q, q2)))
    assert_allclose(found, expected, rtol=1e-3 if name == "relu" else 1e-5, atol=1e-5 * np.sqrt(q * q2))


@given(VARIANCES, VARIANCES, CORRELATIONS)
def test_the_error_function_and_a_line_have_their_kernels_too(q, q2, c):
    k = np.asarray(c * np.sqrt(q * q2))
    assert kernels.linear(k, np.asarray(q), np.asarray(q2)) == k
    steep = kernels.erf(k, np.asarray(q), np.asarray(q2), 1e6, 1e6)
    assert_allclose(steep, 2 / np.pi * np.arcsin(c), atol=1e-6)  # of the sign function


def test_tanh_is_a_mixture_of_error_functions():
    scales, shares = kernels.tanh_as_erfs()
    z = np.linspace(-20, 20, 2001)
    assert shares.sum() == pytest.approx(1)
    assert np.abs(erf(np.outer(z, scales)) @ shares - np.tanh(z)).max() < 4e-6


@pytest.mark.parametrize("name", KERNELS)
def test_at_correlation_1_a_kernel_is_the_mean_square(name):
    q = np.geomspace(0.1, 30, 7)
    expected = [MASS @ RESPONSES[name].value(np.sqrt(each) * Z) ** 2 for each in q]
    assert_allclose(KERNELS[name](q, q, q), expected, rtol=1e-5)


@pytest.mark.parametrize("points", [6, 7])
def test_an_eighth_of_the_grid_gives_power_and_pseudo_power_of_the_whole(points):
    prior, name, middle = Prior(3.0, 1.0, 8), "tanh", (points - 1) / 2
    features, mass = theory.first_layer(name, prior, points)
    kernel = (features * mass[:, None]).T @ features
    places = np.stack(np.divmod(np.arange(points**2), points)) - middle
    frequencies = np.fft.fftfreq(points, 1 / points)
    first, second = (np.exp(-2j * np.pi / points * np.outer(frequencies, axis)) for axis in places)
    waves = first[:, None] * second
    power = np.einsum("klx,xy,kly->kl", waves, kernel, waves.conj()).real
    pseudo = np.einsum("klx,xy,kly->kl", waves, kernel, waves).real
    expected = theory.mean_amplitude(power, np.abs(pseudo))[:, : points // 2 + 1]
    assert_allclose(theory.amplitudes(name, prior, [1], points)[0], expected, rtol=1e-6, atol=1e-9 * expected.max())


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_the_mean_size_of_a_normal_coefficient_is_that_of_a_sample(share):
    a, b = np.sqrt((1 + share) / 2), np.sqrt((1 - share) / 2)
    draws = np.random.default_rng(0).normal(size=(2, 200_000)) * [[a], [b]]
    expected = np.hypot(*draws).mean()
    found = theory.mean_amplitude(np.array([[[0.0, 1.0]]]), np.array([[[0.0, share]]]))
    assert found[0, 0, 0] == 0
    assert found[0, 0, 1] == pytest.approx(expected, rel=5e-3)


@pytest.mark.parametrize(("name", "depth"), [("relu", 1), ("tanh", 1), ("relu", 3), ("tanh", 3), ("sin", 3)])
def test_wide_networks_have_the_expected_spectrum(name, depth):
    """512 channels, 200 networks: every ring is within 15 per cent, where rings differ by factors of a hundred."""
    points, magnitude, width, networks = 16, 2.5, 512, 200
    cell, outputs = Cell("plain", name, "glorot", depth, width, magnitude, 1.0), []
    for start in range(0, networks, 20):
        *hidden, last = draw(cell, 0, np.arange(start, start + 20))
        x = grid(points, 2, np.float32)
        for weights, biases in (each.affine for each in hidden):
            x = RESPONSES[name].value(weights @ x + biases)
        outputs.append(last.affine[0] @ x)
    functions = np.concatenate(outputs).reshape(-1, points, points)
    found = ring_means(amplitudes(functions).mean(0, keepdims=True), (points, points))[0]
    expected = ring_means(theory.amplitudes(name, Prior(magnitude, 1.0, width), [depth], points), (points, points))[0]
    assert_allclose(found, expected, rtol=0.15)


def test_the_figure_draws_a_line_and_a_band_for_every_cell_that_both_tables_have():
    axes = {"activations": ["relu", "sin"], "widths": [16], "bias_magnitudes": [1.0]}
    expected = theory.expected_spectra(axes | {"weight_magnitudes": [3.0], "depths": [1, 3], "grid_points": 8})
    found = expected.assign(variant="plain", prior="glorot", low=expected.amplitude / 2, high=2.0, n=7)
    others = found.assign(variant="gated"), found.assign(depth=2)
    figure = draw_figure(pd.concat([found, *others]), expected)
    for panel in figure.axes:
        assert len(panel.lines) == 1 + 2
        assert sum(len(band.get_paths()[0].vertices) > 1 for band in panel.collections) == 2
    words = " ".join(text.get_text() for text in figure.findobj(Text))
    assert "n = 7 networks a cell, 4 cells" in " ".join(words.split())


def test_the_table_has_a_spectrum_for_every_cell_of_an_activation_with_a_kernel():
    axes = {"activations": ["relu", "gelu", "sin"], "widths": [16], "bias_magnitudes": [1.0]}
    axes |= {"weight_magnitudes": [1.0, 3.0], "depths": [1, 3], "grid_points": 8}
    table = theory.expected_spectra(axes)
    cells = table.groupby(["activation", "weight_magnitude", "depth"])
    assert len(cells) == 2 * 2 * 2
    assert (cells.radius.max() == 5).all()
    assert (table.amplitude > 0).all()
