"""Intervals and correlations agree with SciPy and cover what they ought to."""

import numpy as np
import pytest
from scipy import stats

from neural_redshift.statistics import contrast, correlation_interval, correlations, mean_interval, z_interval

SCIPY = {"pearson": stats.pearsonr, "spearman": stats.spearmanr}


@pytest.mark.parametrize("n", [2, 5, 100])
def test_the_interval_of_a_mean_is_students(n):
    values = np.random.default_rng(n).normal(3, 2, n)
    expected = stats.t.interval(0.95, n - 1, values.mean(), stats.sem(values))
    assert mean_interval(values) == pytest.approx(expected, rel=1e-12)
    assert mean_interval([*values, np.nan, np.inf]) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("values", [[], [1.0], [1.0, np.nan], [np.nan] * 3])
def test_fewer_than_two_numbers_have_no_interval(values):
    assert np.isnan(mean_interval(np.array(values))).all()


def test_the_contrast_of_two_cells_is_welchs_interval():
    rng = np.random.default_rng(0)
    a, b = rng.normal(1, 3, 8), rng.normal(0, 1, 25)
    means, variances, counts = (np.array([f(a), f(b)]) for f in (np.mean, lambda x: np.var(x, ddof=1), len))
    expected = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
    found = contrast(means, variances, counts, np.array([1.0, -1.0]))
    assert found == pytest.approx((a.mean() - b.mean(), expected.low, expected.high), rel=1e-12)


def test_the_contrast_of_one_cell_is_students_interval():
    values = np.random.default_rng(1).normal(size=9)
    found = contrast(np.array([values.mean()]), np.array([values.var(ddof=1)]), np.array([9]), np.array([1.0]))
    assert found[1:] == pytest.approx(mean_interval(values), rel=1e-12)


def test_a_contrast_of_unequal_cells_covers_the_truth_in_95_of_100_cases():
    rng, cases = np.random.default_rng(2), 4000
    mu, sigma, counts = np.array([0.5, -1, 2, 0.0]), np.array([1, 0.2, 3, 1.0]), np.array([5, 8, 20, 6])
    weights = np.array([0.5, 0.5, -0.5, -0.5])
    covered = 0
    for _ in range(cases):
        cells = [rng.normal(m, s, n) for m, s, n in zip(mu, sigma, counts, strict=True)]
        means, variances = np.array([c.mean() for c in cells]), np.array([c.var(ddof=1) for c in cells])
        _, low, high = contrast(means, variances, counts, weights)
        covered += low <= weights @ mu <= high
    assert covered / cases == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / cases))


def test_cells_without_weight_do_not_count():
    means, variances, counts = np.array([1, 2, np.nan]), np.array([1, 1, np.nan]), np.array([5, 5, 1])
    found = contrast(means, variances, counts, np.array([1.0, -1.0, 0.0]))
    assert found == contrast(means[:2], variances[:2], counts[:2], np.array([1.0, -1.0]))
    assert np.isfinite(found).all()


@pytest.mark.parametrize("counts", [[5, 1], [5, 0]])
def test_a_cell_of_one_network_leaves_the_contrast_open(counts):
    found = contrast(np.array([1.0, 2.0]), np.array([1.0, np.nan]), np.array(counts), np.array([1.0, -1.0]))
    assert np.isnan(found).all()


def test_a_contrast_of_no_cells_is_open_and_one_without_variance_exact():
    none = np.array([])
    assert np.isnan(contrast(none, none, none, none)).all()
    assert contrast(np.array([3.0, 1.0]), np.zeros(2), np.array([4, 4]), np.array([1.0, -1.0])) == (2, 2, 2)


@pytest.mark.parametrize("method", SCIPY)
@pytest.mark.parametrize("kind", ["normal", "ties"])
def test_correlations_agree_with_scipy(method, kind):
    rng = np.random.default_rng(3)
    x = rng.normal(size=(5, 30)) if kind == "normal" else rng.integers(0, 4, (5, 30)).astype(float)
    y = x + (rng.normal(size=(5, 30)) if kind == "normal" else rng.integers(0, 4, (5, 30)))
    expected = [SCIPY[method](a, b).statistic for a, b in zip(x, y, strict=True)]
    np.testing.assert_allclose(correlations(x, y, method), expected, rtol=1e-12)
    np.testing.assert_allclose(correlations(x[0], y[0], method), expected[0], rtol=1e-12)


@pytest.mark.parametrize("method", SCIPY)
def test_a_side_that_does_not_vary_has_no_correlation(method):
    varied, constant = np.arange(24.0), np.full(24, 0.1)  # whose mean is not .1 in binary arithmetic
    found = correlations(
        np.stack([varied, constant, varied, constant]), np.stack([constant, varied, -varied, constant]), method
    )
    np.testing.assert_allclose(found, [np.nan, np.nan, -1, np.nan], rtol=1e-12)


@pytest.mark.parametrize("n", [4, 10, 500])
def test_the_interval_of_a_pearson_correlation_is_fishers(n):
    x, y = np.random.default_rng(n).normal(size=(2, n))
    result = stats.pearsonr(x, y)
    expected = result.confidence_interval(0.95)
    found = correlation_interval(np.array(result.statistic), np.array(n), "pearson")
    assert tuple(map(float, found)) == pytest.approx((expected.low, expected.high), rel=1e-9)


@pytest.mark.parametrize("method", SCIPY)
def test_the_interval_of_a_correlation_covers_the_truth_in_95_of_100_cases(method):
    rng, cases, n, rho = np.random.default_rng(5), 4000, 40, 0.6
    x = rng.normal(size=(cases, n))
    y = rho * x + np.sqrt(1 - rho**2) * rng.normal(size=(cases, n))
    truth = rho if method == "pearson" else 6 / np.pi * np.arcsin(rho / 2)
    low, high = correlation_interval(correlations(x, y, method), np.full(cases, n), method)
    # Fisher's z is approximate: up to a further half per cent at 40 pairs.
    assert ((low <= truth) & (truth <= high)).mean() == pytest.approx(
        0.95, abs=4 * np.sqrt(0.95 * 0.05 / cases) + 0.005
    )


@pytest.mark.parametrize("method", SCIPY)
def test_three_pairs_have_no_interval(method):
    low, high = correlation_interval(np.array([0.5, 0.5]), np.array([3, 4]), method)
    assert np.isnan([low[0], high[0]]).all()
    assert np.isfinite([low[1], high[1]]).all()


def test_a_perfect_correlation_has_an_interval_of_no_width():
    low, high = z_interval(np.array([1.0, -1.0, np.nan]), np.array([0.2, 0.2, 0.2]))
    np.testing.assert_array_equal(low, [1, -1, np.nan])
    np.testing.assert_array_equal(high, [1, -1, np.nan])


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_a_correlation_does_not_depend_on_units(unit):
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(2, 30))
    for method in ("pearson", "spearman"):
        expected = correlations(x, y, method)
        assert correlations(unit * x, y / unit, method) == pytest.approx(expected, rel=1e-12)


def test_a_side_that_does_not_vary_has_no_correlation_whatever_its_value():
    assert np.isnan(correlations(np.full(20, 1e8 / 3), np.arange(20.0), "pearson"))
