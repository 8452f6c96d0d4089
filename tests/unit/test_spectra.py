"""Radial spectra of functions whose frequencies are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neural_redshift.complexity.calibration import white_noise
from neural_redshift.complexity.fourier import fourier
from neural_redshift.complexity.spectra import radial_spectrum
from neural_redshift.statistics import mean_interval

SHAPES = [(12,), (13,), (8, 8), (9, 9), (6, 9), (9, 6), (4, 5, 6)]
FUNCTIONS = st.sampled_from(SHAPES).flatmap(
    lambda shape: arrays(np.float64, (2, *shape), elements=st.floats(-1, 1, width=16))
)


def lengths(shape: tuple[int, ...]) -> np.ndarray:
    """|k| of every frequency of the full plane, in cycles per domain."""
    axes = [np.minimum(np.arange(n), n - np.arange(n)) for n in shape]
    return np.sqrt(sum(k**2 for k in np.meshgrid(*axes, indexing="ij")))


def rings(shape: tuple[int, ...]) -> np.ndarray:
    """The radius of every frequency of the full plane: |k| rounded, in the last corner down."""
    return np.minimum(np.floor(lengths(shape) + 0.5), np.floor(lengths(shape).max())).astype(int)


def sizes(shape: tuple[int, ...]) -> np.ndarray:
    """How many frequencies of the full plane lie at each radius 1, 2, …"""
    return np.bincount(rings(shape).ravel())[1:]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_wave_has_all_of_its_amplitude_at_its_own_radius(shape):
    for frequency in list(np.ndindex(*shape))[1:]:
        turns = sum(k * x / n for k, x, n in zip(frequency, np.indices(shape), shape, strict=True))
        expected, members = np.zeros(len(sizes(shape))), sizes(shape)
        radius = rings(shape)[frequency]
        expected[radius - 1] = members.sum() / members[radius - 1]
        found = radial_spectrum(np.cos(2 * np.pi * turns + 0.3)[None])  # the phase keeps a Nyquist wave from vanishing
        np.testing.assert_allclose(found, expected[None], atol=1e-9)


@pytest.mark.parametrize("shape", [*SHAPES, (64, 64), (2, 2)])
def test_a_single_peak_is_flat_at_every_radius(shape):
    peak = np.zeros((1, *shape))
    peak[(0, *(n // 3 for n in shape))] = 1
    np.testing.assert_allclose(radial_spectrum(peak), np.ones((1, len(sizes(shape)))), rtol=1e-9)


def test_white_noise_is_flat_on_average():
    found = radial_spectrum(white_noise(0, np.arange(200), 32))
    low, high = np.apply_along_axis(mean_interval, 0, found)
    assert np.mean((low < 1) & (high > 1)) > 0.8
    np.testing.assert_allclose(found.mean(axis=0), 1, atol=0.1)


@given(FUNCTIONS)
def test_it_is_the_mean_over_the_full_plane(functions):
    shape = functions.shape[1:]
    plane = np.abs(np.fft.fftn(functions, axes=range(1, functions.ndim))).reshape(len(functions), -1)
    radius = rings(shape).ravel()
    for function, amplitude in zip(radial_spectrum(functions), plane, strict=True):
        if np.isfinite(function).all():
            means = [amplitude[radius == r].mean() for r in range(1, len(function) + 1)]
            np.testing.assert_allclose(function * amplitude[1:].mean(), means, rtol=1e-9, atol=1e-9)
        else:
            assert amplitude[1:].max() < 1e-9


@given(FUNCTIONS)
def test_over_all_frequencies_its_mean_is_1_and_its_mean_radius_the_fourier_measure(functions):
    members, largest = sizes(functions.shape[1:]), lengths(functions.shape[1:]).max()
    for spectrum, measured in zip(radial_spectrum(functions), fourier(functions), strict=True):
        if np.isfinite(measured):
            share = members * spectrum / members.sum()
            assert share.sum() == pytest.approx(1, rel=1e-9)
            assert abs(share @ np.arange(1, len(share) + 1) - measured * largest) < 1  # half a cycle, more in a corner


@given(FUNCTIONS, st.floats(0.01, 100), st.floats(-10, 10), st.integers(0, 12))
def test_amplitude_offset_and_a_shift_around_the_border_change_nothing(functions, factor, offset, shift):
    others = np.roll(factor * functions + offset, shift, axis=1)
    varied = np.ptp(functions.reshape(len(functions), -1), axis=1) > 1e-3
    found = radial_spectrum(functions)[varied]
    np.testing.assert_allclose(radial_spectrum(others)[varied], found, rtol=1e-6, atol=1e-6)


def test_a_constant_function_has_none():
    assert np.isnan(radial_spectrum(np.full((1, 8, 8), 0.3))).all()
