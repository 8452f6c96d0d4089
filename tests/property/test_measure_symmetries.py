"""What a measure must not see: amplitude, offset, the batch, and the orientation of the grid."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neural_redshift.complexity import lempel_ziv, lempel_ziv_76
from neural_redshift.complexity.measuring import load
from neural_redshift.schemas import MEASURES

OPTIONS = {"chebyshev": {"degree": 5}, "legendre": {"degree": 5}}
SPECTRAL = {name: load(name, **OPTIONS.get(name, {})) for name in MEASURES if name != "lempel_ziv"}
SEQUENTIAL = {"lempel_ziv": lempel_ziv.measure, "lempel_ziv_76": lempel_ziv_76.measure}
SHAPES = st.sampled_from([(6, 6), (9, 9), (7, 10)])
# Whole numbers are exact in binary arithmetic, and ties and steps are likely among them.
FUNCTIONS = SHAPES.flatmap(
    lambda shape: arrays(np.float64, (3, *shape), elements=st.integers(-20, 20).map(float))
).filter(lambda functions: (np.ptp(functions, axis=(1, 2)) > 0).all())

spectral = pytest.mark.parametrize("measure", SPECTRAL.values(), ids=SPECTRAL)
sequential = pytest.mark.parametrize("measure", SEQUENTIAL.values(), ids=SEQUENTIAL)


def assert_close(found, expected, rtol=1e-10):
    np.testing.assert_allclose(found, expected, rtol=rtol)


@spectral
@given(functions=FUNCTIONS, amplitude=st.floats(1e-3, 1e3), offset=st.floats(-1e3, 1e3), sign=st.sampled_from([-1, 1]))
def test_amplitude_offset_and_sign_change_nothing(measure, functions, amplitude, offset, sign):
    # An offset a million times the amplitude leaves the function ten of its sixteen digits.
    assert_close(measure(sign * amplitude * functions + offset), measure(functions), rtol=1e-7)
    assert_close(measure(sign * amplitude * functions), measure(functions))


@sequential
@given(functions=FUNCTIONS, exponent=st.integers(-20, 20), offset=st.integers(-1000, 1000))
def test_amplitude_and_offset_do_not_change_sequences(measure, functions, exponent, offset):
    np.testing.assert_array_equal(measure((functions + offset) * 2.0**exponent), measure(functions))


@pytest.mark.parametrize("measure", [*SPECTRAL.values(), *SEQUENTIAL.values()], ids=[*SPECTRAL, *SEQUENTIAL])
@given(functions=FUNCTIONS, order=st.permutations(range(3)))
def test_a_batch_is_its_members_one_by_one_in_any_order(measure, functions, order):
    together = measure(functions)
    assert together.shape == (3,)
    assert_close(np.concatenate([measure(functions[i : i + 1]) for i in range(3)]), together, rtol=1e-12)
    assert_close(measure(functions[order]), together[order], rtol=1e-12)
    single = measure(functions.astype(np.float32))
    alone = [measure(functions[i : i + 1].astype(np.float32)) for i in range(3)]
    assert_close(np.concatenate(alone), single, rtol=1e-12)


@spectral
@given(functions=FUNCTIONS)
def test_transposing_a_function_changes_nothing(measure, functions):
    assert_close(measure(functions.transpose(0, 2, 1)), measure(functions))


@pytest.mark.parametrize("name", ["fourier", "cosine", "chebyshev", "legendre"])
@given(functions=FUNCTIONS, axis=st.sampled_from([1, 2]))
def test_mirroring_a_function_changes_nothing(name, functions, axis):
    assert_close(SPECTRAL[name](np.flip(functions, axis)), SPECTRAL[name](functions))


@pytest.mark.parametrize("name", ["fourier", "fourier_authors"])
@given(functions=FUNCTIONS, shift=st.tuples(st.integers(-9, 9), st.integers(-9, 9)))
def test_the_periodic_measures_do_not_see_a_periodic_shift(name, functions, shift):
    assert_close(SPECTRAL[name](np.roll(functions, shift, (1, 2))), SPECTRAL[name](functions))


@sequential
@given(functions=FUNCTIONS)
def test_reading_columns_is_reading_the_rows_of_the_transpose(measure, functions):
    transposed = functions.transpose(0, 2, 1)
    np.testing.assert_array_equal(measure(functions, scan_order="column"), measure(transposed, scan_order="row"))


@pytest.mark.parametrize("name", SPECTRAL)
@given(functions=FUNCTIONS)
def test_values_lie_between_the_smallest_and_the_largest_order(name, functions):
    values = SPECTRAL[name](functions)
    largest = 2 * OPTIONS[name]["degree"] if name in OPTIONS else 1
    assert (values > 0).all()
    assert (values <= largest).all()
