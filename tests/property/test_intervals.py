"""Intervals contain their estimate, and estimates do not depend on units."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from neural_redshift.components import MARGIN, direction
from neural_redshift.statistics import contrast, correlation_interval, correlations, mean_interval

NUMBERS = st.floats(-100, 100).map(lambda number: round(number, 3))
SAMPLES = st.lists(NUMBERS, min_size=2, max_size=20).map(np.array)
METHODS = st.sampled_from(["pearson", "spearman"])


@given(SAMPLES)
def test_the_interval_of_a_mean_contains_it(values):
    low, high = mean_interval(values)
    slack = 1e-12 * np.abs(values).max()
    assert low - slack <= values.mean() <= high + slack


@given(SAMPLES, st.floats(0.01, 100), st.floats(-100, 100))
def test_the_interval_of_a_mean_has_the_units_of_the_values(values, scale, offset):
    expected = np.array(mean_interval(values)) * scale + offset
    np.testing.assert_allclose(mean_interval(values * scale + offset), expected, rtol=1e-9, atol=1e-9)


@given(st.lists(st.tuples(NUMBERS, NUMBERS.map(abs), st.integers(2, 50), NUMBERS), min_size=1, max_size=8))
def test_the_interval_of_a_contrast_contains_it(cells):
    means, variances, counts, weights = map(np.array, zip(*cells, strict=True))
    assume((weights != 0).any())
    estimate, low, high = contrast(means, variances, counts, weights)
    assert estimate == pytest.approx(weights @ means, rel=1e-9, abs=1e-9)
    assert low <= estimate <= high
    opposite = contrast(means, variances, counts, -weights)
    assert opposite == pytest.approx((-estimate, -high, -low), rel=1e-9, abs=1e-9)


@given(st.floats(-1, 1), st.integers(4, 1000), METHODS)
def test_the_interval_of_a_correlation_contains_it_and_stays_within_1(estimate, n, method):
    low, high = correlation_interval(np.array(estimate), np.array(n), method)
    assert -1 <= low <= estimate + 1e-12
    assert estimate - 1e-12 <= high <= 1


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=3, max_size=30), METHODS)
def test_a_correlation_is_symmetric_and_blind_to_amplitude_and_offset(pairs, method):
    x, y = np.array(pairs, float).T
    assume(np.ptp(x) > 0 and np.ptp(y) > 0)
    expected = correlations(x, y, method)
    assert -1 - 1e-12 <= expected <= 1 + 1e-12
    for found in (correlations(y, x, method), correlations(5 * x - 3, y / 4 + 7, method), -correlations(-x, y, method)):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_the_direction_of_an_interval_and_of_its_mirror_image(first, second):
    low, high = sorted((first, second))
    found = direction(low, high)
    assert direction(-high, -low) == {"higher": "lower", "lower": "higher"}.get(found, found)
    if found == "none":
        assert max(abs(low), abs(high)) < MARGIN
    if found == "higher":
        assert low > 0
        assert high >= MARGIN
