"""Lempel-Ziv parses of sequences whose phrases are known, and how functions become sequences."""

import numpy as np
import pytest

import reference
from neural_redshift.complexity.lempel_ziv import lempel_ziv, phrases
from neural_redshift.complexity.lempel_ziv_76 import lempel_ziv_76, scaled_words, words
from neural_redshift.complexity.sequences import discretise, scan

PARITY = [bin(number).count("1") % 2 for number in range(128)]
LATE = [0] * 127 + [1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1001111011000010", 8),
        ("1010101010101010", 7),
        ("1001111011000010000010", 9),
        ("100111101100001000001010", 10),
        ("1", 1),
        ("11", 1),
        ("12", 2),
    ],
)
def test_phrases_of_known_sequences(text, expected):
    assert phrases(np.array([[int(symbol) for symbol in text]])) == expected


@pytest.mark.parametrize(("length", "expected"), [(51, 9), (101, 13), (128, 15), (1024, 44), (4096, 90)])
def test_a_constant_sequence_has_the_smallest_number_of_phrases(length, expected):
    constant = np.zeros((1, length), np.int32)
    assert phrases(constant) == phrases(constant + 3) == expected
    assert expected * (expected + 1) / 2 <= length < (expected + 1) * (expected + 2) / 2


@pytest.mark.parametrize(("length", "expected"), [(51, 29), (101, 51), (128, 63), (1024, 370), (4096, 1245)])
def test_random_sequences_of_ten_symbols(length, expected):
    found = phrases(np.random.default_rng(0).integers(0, 10, (100, length)))
    assert found.mean() == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("count", [phrases, words])
def test_sequences_are_parsed_one_by_one(count):
    sequences = np.random.default_rng(1).integers(0, 4, (6, 200))
    assert count(sequences).tolist() == [int(count(one[None])[0]) for one in sequences]


@pytest.mark.parametrize("count", [phrases, words])
def test_negative_symbols_are_refused(count):
    with pytest.raises(ValueError, match="symbol -1"):
        count(np.array([[0, -1]]))


@pytest.mark.parametrize(
    ("sequence", "expected"),
    [([0] * 128, 7), ([1] * 128, 7), ([0, 1] * 64, 21), (LATE, 17.5), (PARITY, 91)],
    ids=["constant zeros", "constant ones", "alternating", "single end bit", "parity of 7 bits"],
)
def test_scaled_words_of_known_sequences(sequence, expected):
    assert scaled_words(np.array([sequence])) == pytest.approx(expected)


def test_scaled_words_of_random_bits():
    found = scaled_words(np.random.default_rng(0).integers(0, 2, (500, 128)))
    assert found.mean() == pytest.approx(148.8, abs=5 * 6.2 / 500**0.5)
    assert found.std() == pytest.approx(6.2, abs=1)


@pytest.mark.parametrize("levels", [2, 10])
def test_words_of_functions_on_a_grid_agree_with_plain_python(levels):
    ramp = np.add.outer(np.arange(40.0), 0.3 * np.arange(40))
    functions = np.stack([ramp, np.sin(ramp), ramp > 20, np.random.default_rng(0).normal(size=ramp.shape)])
    sequences = discretise(functions, levels).reshape(len(functions), -1)
    expected = [reference.lempel_ziv_76_words("".join(map(str, sequence))) for sequence in sequences]
    assert words(sequences).tolist() == expected


def test_words_of_the_example_of_lempel_and_ziv():
    # 0·001·10·100·1000·101 in their paper of 1976.
    assert words(np.array([[int(symbol) for symbol in "0001101001000101"]])) == 6


@pytest.mark.parametrize("levels", [2, 3, 10, 256])
def test_levels_cut_the_range_evenly_and_the_maximum_is_in_the_top_one(levels):
    middles = (np.arange(levels) + 0.5) / levels
    values = np.concatenate([[0], middles, [1]])
    expected = [0, *range(levels), levels - 1]
    for dtype in (np.float32, np.float64):
        assert discretise((7 * values - 2).astype(dtype)[None], levels).tolist() == [expected]


def test_each_function_has_its_own_levels_and_a_constant_has_one():
    functions = np.array([[[0, 1], [2, 3]], [[0, 10], [20, 30]], [[5, 5], [5, 5]]], float)
    assert discretise(functions, 4).tolist() == [[[0, 1], [2, 3]], [[0, 1], [2, 3]], [[0, 0], [0, 0]]]


@pytest.mark.parametrize("levels", [1, 0, -3])
@pytest.mark.parametrize("measure", [lempel_ziv, lempel_ziv_76])
def test_a_sequence_needs_two_levels(measure, levels):
    with pytest.raises(ValueError, match=f"levels {levels} found"):
        measure(np.zeros((1, 4, 4)), levels=levels)


def test_a_ramp_is_simpler_across_than_along_its_rows():
    across = np.broadcast_to(np.arange(64.0)[:, None], (64, 64))[None]
    along = across.transpose(0, 2, 1)
    # Anchors of the row order, which is anisotropic; Hilbert's order sees them as more alike.
    assert lempel_ziv(across, scan_order="row") == lempel_ziv(along, scan_order="column") == 287
    assert lempel_ziv(along, scan_order="row") == lempel_ziv(across, scan_order="column") == 541
    hilbert = [lempel_ziv(each, scan_order="hilbert")[0] for each in (across, along)]
    assert max(hilbert) / min(hilbert) < 1.2


@pytest.mark.parametrize("shape", [(7,), (4, 5), (2, 3, 4)])
def test_rows_read_the_last_axis_fastest_and_columns_the_first(shape):
    values = np.arange(np.prod(shape)).reshape(shape)
    assert values.ravel()[scan(shape, "row")].tolist() == values.flatten("C").tolist()
    assert values.ravel()[scan(shape, "column")].tolist() == values.flatten("F").tolist()


@pytest.mark.parametrize(("shape", "order"), [((4, 4), "spiral"), ((4,), "hilbert"), ((4, 4, 4), "hilbert")])
def test_an_order_that_is_not_known_is_refused(shape, order):
    with pytest.raises(ValueError, match=f"'{order}' found on a {len(shape)}-D grid"):
        scan(shape, order)


@pytest.mark.parametrize("measure", [lempel_ziv, lempel_ziv_76])
@pytest.mark.parametrize("shape", [(64,), (8, 8), (4, 4, 4)])
def test_grids_of_any_dimension(measure, shape):
    ramp, noise = np.arange(64.0), np.random.default_rng(0).uniform(size=64)
    simple, complex_ = measure(np.stack([ramp, noise]).reshape(2, *shape))
    assert simple < complex_
