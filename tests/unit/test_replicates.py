"""The jackknife against the intervals that it has to agree with."""

import numpy as np
import pytest
from scipy import stats

from neural_redshift.replicates import (
    CORRELATION,
    binomial_limits,
    fitted_rise,
    kendall,
    leave_one_out,
    student_limits,
)


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def test_leave_one_out_gives_the_means_of_all_and_of_all_but_each():
    values = normal(5, 3)
    values[2, 1] = np.nan
    expected = [np.nanmean(values, axis=0), *(np.nanmean(np.delete(values, i, axis=0), axis=0) for i in range(5))]
    np.testing.assert_allclose(leave_one_out(values), expected)
    assert np.isnan(leave_one_out(np.array([[np.nan], [1.0]]))[2, 0])


@pytest.mark.parametrize("tail", [0.2, 0.025, 1e-4])
def test_the_limits_of_a_mean_are_students(tail):
    values = np.array([-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0]) + 5  # without skew
    low, high = student_limits(leave_one_out(values), tail, 6)
    expected = stats.ttest_1samp(values, 0).confidence_interval(1 - 2 * tail)
    np.testing.assert_allclose((low, high), expected)


@pytest.mark.parametrize("side", [1, -1])
def test_a_long_tail_moves_the_limit_on_its_side_away(side):
    values = side * np.array([0.0, 0.1, 0.2, 0.3, 0.5, 1.0, 4.0])
    low, high = student_limits(leave_one_out(values), 0.01, 6)
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.98)
    assert (low < expected.low - 0.1) == (side == -1)
    assert (high > expected.high + 0.1) == (side == 1)


def test_limits_of_skewed_units_miss_less_often_than_students():
    """The upper limits of ten means of 20 exponential values at a tail of .005: Student's miss four times as often."""
    values = np.random.default_rng(0).exponential(size=(2000, 20, 10))
    limits = [student_limits(leave_one_out(each), 0.005, 19)[1] for each in values]
    students = values.mean(1) + stats.t.isf(0.005, 19) * stats.sem(values, axis=1)
    ours, theirs = (np.array(limits) < 1).mean(), (students < 1).mean()
    assert ours < theirs / 4


def test_no_spread_among_few_units_makes_no_limits_and_among_many_a_point():
    few, many = (student_limits(leave_one_out(np.full(n, 0.3)), 0.025, n - 1) for n in (20, 60))
    assert np.isnan(few).all()
    np.testing.assert_allclose(many, 0.3)


def test_the_limits_of_a_correlation_hold_it_as_often_as_they_say():
    """Of 400 samples of 40 pairs with correlation .8, limits with tails of .1 hold it in .8 ± .06."""
    x, y = normal(2, 40, 400)
    y = 0.8 * x + 0.6 * y
    moments = leave_one_out(np.stack([x, y, x * x, y * y, x * y], axis=1))
    mean_x, mean_y, xx, yy, xy = np.moveaxis(moments, 1, 0)
    r = (xy - mean_x * mean_y) / np.sqrt((xx - mean_x**2) * (yy - mean_y**2))
    low, high = student_limits(r, 0.1, 39, CORRELATION)
    assert abs(((low < 0.8) & (high > 0.8)).mean() - 0.8) < 0.06


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (3, 10), (10, 10)])
def test_the_limits_of_a_share_are_exact(successes, n):
    expected = stats.binomtest(successes, n).proportion_ci(0.9, method="exact")
    np.testing.assert_allclose(binomial_limits(successes, n, 0.05), expected)


def test_a_fitted_rise_is_the_slope_times_the_range():
    x, y = np.array([0.0, 1.0, 3.0]), normal(4, 3)
    expected = [3 * stats.linregress(x, row).slope for row in y]
    np.testing.assert_allclose(fitted_rise(y, x), expected)


def test_kendalls_tau_is_that_of_scipy_and_leaves_out_what_is_unknown():
    values = normal(5, 6)
    expected = [stats.kendalltau(np.arange(6), row).statistic for row in values]
    np.testing.assert_allclose(kendall(values), expected)
    assert kendall(np.array([1.0, np.nan, 2.0, 0.0])) == pytest.approx(-1 / 3)
    assert np.isnan(kendall(np.array([1.0, np.nan])))
