"""Scores are those of scikit-learn and SciPy."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats
from sklearn import metrics

from neural_redshift.tasks.scores import accuracy, balanced_accuracy, mean_squared_error, pearson, share_within

SCORES = [accuracy, balanced_accuracy, pearson, mean_squared_error, lambda o, t: share_within(o, t, 0.1)]
SHAPES = st.tuples(st.integers(1, 4), st.integers(2, 30))


@st.composite
def outputs_and_labels(draw) -> tuple[np.ndarray, np.ndarray]:
    shape = draw(SHAPES)
    outputs = draw(arrays.arrays(float, shape, elements=st.floats(-3, 3)))
    return outputs, draw(arrays.arrays(np.float32, shape, elements=st.sampled_from([0.0, 1.0])))


@given(outputs_and_labels())
def test_accuracy_is_that_of_scikit_learn(both):
    outputs, labels = both
    expected = [metrics.accuracy_score(label, output > 0) for output, label in zip(*both, strict=True)]
    np.testing.assert_allclose(accuracy(outputs, labels), expected, rtol=1e-12)


@given(outputs_and_labels())
def test_balanced_accuracy_is_that_of_scikit_learn(both):
    outputs, labels = both
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a class that no label has
        expected = [metrics.balanced_accuracy_score(label, output > 0) for output, label in zip(*both, strict=True)]
    np.testing.assert_allclose(balanced_accuracy(outputs, labels), expected, rtol=1e-12)


def test_balanced_accuracy_of_a_constant_is_chance_however_rare_a_class_is():
    labels = np.array([[1, 0, 0, 0, 0], [0, 1, 1, 1, 1]])
    assert accuracy(np.full((2, 5), -1.0), labels).tolist() == [0.8, 0.2]
    assert balanced_accuracy(np.full((2, 5), -1.0), labels).tolist() == [0.5, 0.5]


def test_an_output_of_0_says_0():
    assert accuracy(np.zeros((1, 2)), np.array([[0, 1]])).tolist() == [0.5]
    assert balanced_accuracy(np.zeros((1, 3)), np.array([[0, 0, 1]])).tolist() == [0.5]
    assert accuracy(np.zeros((1, 2)), np.array([[0, 0]])).tolist() == [1]


@given(st.integers(0, 10**6), SHAPES, st.floats(-1, 1), st.floats(1e-3, 1e3), st.floats(-1e3, 1e3))
def test_correlation_is_that_of_scipy(seed, shape, share, scale, offset):
    targets, noise = np.random.default_rng(seed).normal(size=(2, *shape))
    outputs = scale * (share * targets + noise) + offset
    expected = [stats.pearsonr(*pair).statistic for pair in zip(outputs, targets, strict=True)]
    np.testing.assert_allclose(pearson(outputs, targets), expected, atol=1e-8)


@given(st.floats(-1e3, 1e3), st.integers(2, 40))
def test_correlation_of_a_constant_is_0(value, points):
    line = np.linspace(0, 1, points)[None]
    constant = np.full((1, points), value)
    for outputs, targets in [(constant, line), (line, constant), (constant, constant), (constant, 3 * constant)]:
        assert np.abs(pearson(outputs, targets)).max() < 1e-6


@given(outputs_and_labels(), st.floats(0.01, 3))
def test_squared_error_and_share_within_are_what_they_say(both, tolerance):
    outputs, labels = both
    expected = [metrics.mean_squared_error(label, output) for output, label in zip(*both, strict=True)]
    np.testing.assert_allclose(mean_squared_error(outputs, labels), expected, rtol=1e-6)
    near = [
        sum(abs(o - t) < tolerance for o, t in zip(*row, strict=True)) / len(row[0]) for row in zip(*both, strict=True)
    ]
    np.testing.assert_allclose(share_within(outputs, labels, tolerance), near, rtol=1e-12)


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_model_with_an_output_that_is_not_finite_has_no_score_and_the_others_keep_theirs(score, bad):
    rng = np.random.default_rng(0)
    outputs, labels = rng.normal(size=(3, 20)), (rng.random((3, 20)) < 0.5).astype(np.float32)
    expected = score(outputs, labels)
    assert np.isfinite(expected).all()
    outputs[1, 4] = bad
    expected[1] = np.nan
    np.testing.assert_array_equal(score(outputs, labels), expected)


@pytest.mark.parametrize("score", SCORES)
def test_scores_of_outputs_as_large_as_float32_allows(score):
    outputs = np.array([[-3e38, 3e38, 3e38, -3e38]])
    assert np.isfinite(score(outputs, np.array([[0.0, 1.0, 1.0, 0.0]]))).all()
