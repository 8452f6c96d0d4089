"""Fourier and cosine measures of functions whose frequencies are known."""

import numpy as np
import pytest

import reference
from neural_redshift.complexity import calibration
from neural_redshift.complexity.cosine import cosine
from neural_redshift.complexity.fourier import fourier, white_noise_level
from neural_redshift.complexity.fourier_authors import fourier_authors

WHITE = (np.sqrt(2) + np.log(1 + np.sqrt(2))) / (3 * np.sqrt(2))  # mean |k| over a square, in units of its corner
SHAPES = [(12,), (13,), (8, 8), (9, 9), (6, 9), (9, 6), (4, 5, 6)]


def wave(shape: tuple[int, ...], frequency: tuple[int, ...]) -> np.ndarray:
    """cos(2π k·x/N + 0.3): the phase keeps a wave at the Nyquist frequency from vanishing."""
    turns = sum(k * x / n for k, x, n in zip(frequency, np.indices(shape), shape, strict=True))
    return np.cos(2 * np.pi * turns + 0.3)[None]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_fourier_wave_has_its_own_frequency(shape):
    largest = np.linalg.norm([n // 2 for n in shape])
    for frequency in list(np.ndindex(*shape))[1:]:
        nearest = [min(k, n - k) for k, n in zip(frequency, shape, strict=True)]  # N − 1 turns look like −1 turn
        assert fourier(wave(shape, frequency)) == pytest.approx(np.linalg.norm(nearest) / largest, rel=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_cosine_has_its_own_frequency(shape):
    largest = np.linalg.norm([n - 1 for n in shape])
    for frequency in list(np.ndindex(*shape))[1:]:
        factors = [
            np.cos(np.pi * k * (x + 0.5) / n) for k, x, n in zip(frequency, np.indices(shape), shape, strict=True)
        ]
        function = np.prod(factors, axis=0)[None]
        assert cosine(function) == pytest.approx(np.linalg.norm(frequency) / largest, rel=1e-9)


@pytest.mark.parametrize("measure", [fourier, cosine])
def test_two_waves_average_by_their_amplitudes(measure):
    x, y = np.indices((16, 16))
    low, high = (
        (np.cos(2 * np.pi * x / 16), np.cos(2 * np.pi * 5 * y / 16))
        if measure is fourier
        else (np.cos(np.pi * (x + 0.5) / 16), np.cos(np.pi * 5 * (y + 0.5) / 16))
    )
    ends = measure(np.stack([low, high]))
    assert measure((3 * low + high)[None]) == pytest.approx(ends @ [3 / 4, 1 / 4], rel=1e-9)


@pytest.mark.parametrize("shape", [(16, 16), (15, 15), (8, 13), (13, 8), (20,), (6, 6, 6), (5, 6, 7)])
def test_a_single_peak_has_a_flat_spectrum_and_the_white_noise_level(shape):
    peak = np.zeros((1, *shape))
    peak[(0, *(n // 3 for n in shape))] = 1
    assert fourier(peak) == pytest.approx(white_noise_level(shape), rel=1e-9)


@pytest.mark.parametrize("shape", [(6, 6), (5, 5), (4, 7), (9,), (3, 4, 5)])
def test_the_white_noise_level_is_the_mean_radius_over_the_whole_plane(shape):
    radii = np.sqrt(sum(k**2 for k in np.meshgrid(*[np.fft.fftfreq(n, 1 / n) for n in shape], indexing="ij")))
    expected = radii.ravel()[1:].mean() / radii.max()
    assert white_noise_level(shape) == pytest.approx(expected, rel=1e-12)


def test_the_white_noise_level_tends_to_its_closed_form():
    levels = [abs(white_noise_level((n, n)) - WHITE) for n in (32, 128, 512)]
    assert levels[0] > levels[1] > levels[2]
    assert levels[2] < 1e-4


@pytest.mark.parametrize("points", [64, 65])
def test_white_noise_sits_at_the_white_noise_level(points):
    noise = calibration.white_noise(0, np.arange(50), points)
    assert fourier(noise).mean() == pytest.approx(white_noise_level((points, points)), abs=2e-3)
    radii = np.hypot(*np.indices((points, points))).ravel()
    assert cosine(noise).mean() == pytest.approx(radii[1:].mean() / radii.max(), abs=2e-3)
    assert fourier_authors(noise).mean() == pytest.approx(WHITE, abs=1e-2)


@pytest.mark.parametrize(("points", "periodic", "even"), [(64, 0.190, 0.023), (128, 0.165, 0.013), (300, 0.141, 0.006)])
def test_a_plane_in_any_direction_scores_the_leak_of_the_grid(points, periodic, even):
    planes = calibration.plane(0, np.arange(4), points)
    np.testing.assert_allclose(fourier(planes), periodic, atol=5e-4)
    np.testing.assert_allclose(cosine(planes), even, atol=5e-4)


def test_the_authors_estimator_of_a_plane_is_that_of_their_pictures():
    for points, expected in ((64, 0.194), (128, 0.165), (300, 0.142)):
        np.testing.assert_allclose(fourier_authors(calibration.plane(0, np.arange(4), points)), expected, atol=5e-4)


@pytest.mark.parametrize("shape", [(8, 8), (9, 9), (7, 10)])
def test_the_authors_estimator_is_a_plain_loop_over_radial_bins(shape):
    functions = np.random.default_rng(0).normal(size=(3, *shape))
    expected = [reference.fourier_authors(function) for function in functions]
    np.testing.assert_allclose(fourier_authors(functions), expected, rtol=1e-12)


@pytest.mark.parametrize("measure", [fourier, fourier_authors, cosine])
@pytest.mark.parametrize("shape", [(6,), (6, 6), (5, 6, 7)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_constant_function_has_no_spectral_complexity(measure, shape, dtype):
    assert np.isnan(measure(np.zeros((2, *shape), dtype))).all()


@pytest.mark.parametrize("measure", [fourier, fourier_authors, cosine])
def test_float32_functions_lose_less_than_a_millionth(measure):
    functions = np.random.default_rng(1).uniform(size=(4, 64, 64)).astype(np.float32)
    found = measure(functions)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, measure(functions.astype(np.float64)), rtol=1e-6)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e8 / 3, -7.7])
def test_a_constant_of_any_value_has_no_complexity(value):
    constant = np.full((2, 17, 17), value, np.float32)
    for measure in (fourier, cosine, fourier_authors):
        assert np.isnan(measure(constant)).all()
