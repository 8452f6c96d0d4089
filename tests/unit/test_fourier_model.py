"""The unbiased model is an inverse Fourier transform with a flat spectrum."""

import numpy as np
import pytest
from scipy import stats

from neural_redshift.complexity.cosine import cosine
from neural_redshift.complexity.fourier import fourier, white_noise_level
from neural_redshift.networks.cells import Cell
from neural_redshift.networks.fourier_model import draw, forward, one_of_each_pair
from neural_redshift.networks.sampling import sample

SHAPES = [(6,), (7,), (6, 6), (7, 7), (4, 4, 4), (5, 5, 5)]


@pytest.mark.parametrize("shape", SHAPES)
def test_of_each_pair_of_mirrored_frequencies_one_is_chosen(shape):
    chosen = one_of_each_pair(shape)
    own_mirror = 0
    for frequency in np.ndindex(*shape):
        mirror = tuple(-k % n for k, n in zip(frequency, shape, strict=True))
        if mirror == frequency:
            own_mirror += 1
            assert chosen[frequency]
        else:
            assert chosen[frequency] != chosen[mirror]
    assert own_mirror == (2 ** len(shape) if shape[0] % 2 == 0 else 1)
    assert chosen.sum() == (np.prod(shape) + own_mirror) / 2


@pytest.mark.parametrize("shape", SHAPES)
def test_a_function_is_the_sum_of_cosines_that_defines_it(shape):
    points, inputs = shape[0], len(shape)
    coefficients = draw(3, 2.0, np.arange(2), points, inputs)
    positions = np.indices(shape)
    for network, found in zip(coefficients, forward(coefficients), strict=True):
        expected = np.zeros(shape)
        for frequency in np.argwhere(one_of_each_pair(shape)):
            a, phase = np.abs(network[tuple(frequency)]), np.angle(network[tuple(frequency)])
            turns = sum(k * x for k, x in zip(frequency, positions, strict=True)) / points
            expected += a * np.cos(2 * np.pi * turns + phase)
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("points", "inputs"), [(8, 1), (9, 1), (8, 2), (9, 2)])
def test_the_expected_spectrum_is_flat(points, inputs):
    networks, magnitude = 20_000, 2.0
    shape = (points,) * inputs
    functions = forward(draw(0, magnitude, np.arange(networks), points, inputs))
    power = (np.abs(np.fft.fftn(functions, axes=range(1, inputs + 1))) ** 2).mean(axis=0) / points ** (2 * inputs)
    mirror = [tuple(-k % points for k in frequency) == frequency for frequency in np.ndindex(*shape)]
    pairs = power.ravel()[np.logical_not(mirror)]
    # |f̃(k)|² = (α a/2)², a ~ U(−1, 1): mean α²/12, and standard deviation √(4/5) of it.
    expected, error = magnitude**2 / 12, magnitude**2 / 12 * np.sqrt(0.8 / networks)
    assert np.abs(pairs - expected).max() < 5 * error
    # A frequency that is its own mirror image (Nyquist) has one term like every other, and so is never missing.
    assert power.ravel()[mirror].min() > expected / 2


@pytest.mark.parametrize("points", [32, 33])
@pytest.mark.parametrize("magnitude", [0.1, 1.0, 100.0])
def test_the_model_looks_like_white_noise_at_any_magnitude(points, magnitude):
    cell = Cell("unbiased", "none", "none", 0, 0, magnitude, 0.0)
    functions = sample(cell, 0, np.arange(40), points)
    radii = np.hypot(*np.indices((points, points))).ravel()
    assert (functions.status == 0).all()
    assert fourier(functions.values).mean() == pytest.approx(white_noise_level((points, points)), abs=0.01)
    assert cosine(functions.values).mean() == pytest.approx(radii[1:].mean() / radii.max(), abs=0.01)


@pytest.mark.parametrize("magnitude", [0.01, 3.0, 100.0])
def test_a_magnitude_only_scales(magnitude):
    coefficients = draw(1, 1.0, np.arange(5), 16)
    functions = forward(coefficients)
    np.testing.assert_allclose(
        forward(magnitude * coefficients), magnitude * functions, rtol=1e-12, atol=1e-12 * magnitude
    )
    np.testing.assert_allclose(fourier(forward(magnitude * coefficients)), fourier(functions), rtol=1e-12)


def test_coefficients_are_uniform_in_amplitude_and_phase():
    coefficients = draw(2, 3.0, np.arange(200), 16)[:, one_of_each_pair((16, 16))].ravel()
    # a ~ U(−1, 1) with φ ~ U(−π, π): |a| is uniform, and the sign of a only turns the phase by π.
    assert stats.kstest(np.abs(coefficients) / 3, "uniform").pvalue > 1e-3
    assert stats.kstest(np.angle(coefficients) / (2 * np.pi) + 0.5, "uniform").pvalue > 1e-3


def test_each_magnitude_grid_dimension_and_seed_has_its_own_networks():
    first = [
        draw(seed, magnitude, np.array([network]), points, inputs).ravel()[1] / magnitude
        for seed, magnitude, network, points, inputs in (
            (0, 1.0, 0, 8, 2),
            (1, 1.0, 0, 8, 2),
            (0, 2.0, 0, 8, 2),
            (0, 1.0, 1, 8, 2),
            (0, 1.0, 0, 9, 2),
            (0, 1.0, 0, 8, 1),
        )
    ]
    assert len(set(np.round(first, 6))) == 6


def test_every_frequency_has_the_same_power_the_mirrored_too():
    coefficients = draw(0, 1.0, np.arange(4000), 4)
    power = (np.abs(np.fft.fft2(forward(coefficients))) ** 2).mean(axis=0)
    np.testing.assert_allclose(power / power.mean(), 1, atol=0.12)
