"""Chebyshev and Legendre measures of polynomials whose order is known."""

import numpy as np
import pytest
from numpy.polynomial.chebyshev import chebval, chebvander, chebvander2d
from numpy.polynomial.legendre import legval, legvander, legvander2d

from neural_redshift.complexity.chebyshev import chebyshev
from neural_redshift.complexity.legendre import legendre
from neural_redshift.complexity.polynomial import coefficients

BASES = pytest.mark.parametrize(
    ("measure", "value"), [(chebyshev, chebval), (legendre, legval)], ids=["chebyshev", "legendre"]
)


@BASES
@pytest.mark.parametrize("shape", [(9,), (9, 9), (7, 12), (8, 9, 7)])
def test_every_product_of_polynomials_has_its_own_total_order(measure, value, shape):
    axes = np.meshgrid(*[np.linspace(-1, 1, n) for n in shape], indexing="ij")
    for orders in list(np.ndindex(*(4,) * len(shape)))[1:]:
        function = np.prod([value(x, np.eye(4)[n]) for x, n in zip(axes, orders, strict=True)], axis=0)
        assert measure(function[None], degree=5) == pytest.approx(sum(orders), rel=1e-9)


@BASES
def test_two_polynomials_average_by_their_coefficients(measure, value):
    x, y = np.meshgrid(*[np.linspace(-1, 1, 16)] * 2, indexing="ij")
    function = 3 * value(x, [0, 1]) - value(y, [0, 0, 0, 0, 1])
    assert measure(function[None], degree=6) == pytest.approx((3 * 1 + 1 * 4) / 4, rel=1e-9)


@pytest.mark.parametrize(("one_axis", "whole"), [(chebvander, chebvander2d), (legvander, legvander2d)])
@pytest.mark.parametrize("shape", [(8, 8), (7, 11)])
def test_coefficients_are_those_of_one_large_least_squares_fit(one_axis, whole, shape):
    functions = np.random.default_rng(0).normal(size=(3, *shape))
    x, y = np.meshgrid(*[np.linspace(-1, 1, n) for n in shape], indexing="ij")
    design = whole(x.ravel(), y.ravel(), [5, 5])
    centred = functions.reshape(3, -1) - functions.reshape(3, -1).mean(axis=1, keepdims=True)
    expected = np.linalg.lstsq(design, centred.T, rcond=None)[0].T.reshape(3, 6, 6)
    np.testing.assert_allclose(coefficients(functions, one_axis, 5), expected, rtol=1e-9, atol=1e-12)


def test_the_fit_of_degree_15_is_well_behaved_on_64_points():
    assert np.linalg.cond(chebvander(np.linspace(-1, 1, 64), 15)) == pytest.approx(2.8, abs=0.05)
    assert np.linalg.cond(chebvander(np.linspace(-1, 1, 64), 31)) == pytest.approx(83, abs=0.5)


@BASES
def test_a_degree_needs_more_points(measure, value):
    functions = np.random.default_rng(0).normal(size=(1, 9, 8))
    assert np.isfinite(measure(functions, degree=7)).all()
    with pytest.raises(ValueError, match="degree 8 found on 8 points"):
        measure(functions, degree=8)


@BASES
@pytest.mark.parametrize("shape", [(9,), (9, 9), (7, 8, 9)])
def test_a_constant_function_has_no_order(measure, value, shape):
    assert np.isnan(measure(np.zeros((2, *shape)), degree=4)).all()


@BASES
def test_float32_functions_lose_less_than_a_hundred_thousandth(measure, value):
    functions = np.random.default_rng(1).uniform(size=(4, 64, 64)).astype(np.float32)
    np.testing.assert_allclose(measure(functions), measure(functions.astype(np.float64)), rtol=1e-5)
