"""Parses agree with a peer and with plain Python; scan orders visit every point once."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lempel_ziv_complexity import lempel_ziv_complexity

import reference
from neural_redshift.complexity.lempel_ziv import phrases
from neural_redshift.complexity.lempel_ziv_76 import scaled_words, words
from neural_redshift.complexity.sequences import SCAN_ORDERS, scan

TEXTS = st.sampled_from(["01", "012", "0123456789"]).flatmap(lambda symbols: st.text(symbols, min_size=1, max_size=300))
# Runs and repeats, which random text hardly has.
REPEATED = st.lists(st.tuples(st.text("012", min_size=1, max_size=4), st.integers(1, 9)), min_size=1, max_size=8).map(
    lambda parts: "".join(part * times for part, times in parts)
)
SHAPES = st.tuples(st.integers(1, 20), st.integers(1, 20))


def symbols(text: str) -> np.ndarray:
    return np.array([[int(symbol) for symbol in text]])


@given(TEXTS | REPEATED)
def test_phrases_agree_with_the_package_lempel_ziv_complexity(text):
    assert phrases(symbols(text)) == lempel_ziv_complexity(text)


@given(TEXTS | REPEATED)
def test_words_of_the_exhaustive_history_agree_with_plain_python(text):
    assert words(symbols(text)) == reference.lempel_ziv_76_words(text)


@pytest.mark.parametrize(("letters", "length"), [("01", 11), ("012", 7)])
def test_all_short_sequences_in_one_batch_agree_with_plain_python(letters, length):
    texts = ["".join(text) for text in product(letters, repeat=length)]
    batch = np.concatenate([symbols(text) for text in texts])
    assert words(batch).tolist() == [reference.lempel_ziv_76_words(text) for text in texts]
    assert phrases(batch).tolist() == [lempel_ziv_complexity(text) for text in texts]


def test_rows_of_a_large_batch_leave_nothing_behind_for_the_next():
    # Periods with one error: long words, and tables of very different size from row to row.
    rng = np.random.default_rng(0)
    rows = np.array([np.resize(rng.integers(0, 2, rng.integers(1, 6)), 40) for _ in range(5000)])
    rows[np.arange(5000), rng.integers(0, 40, 5000)] ^= 1
    texts = ["".join(map(str, row)) for row in rows]
    assert words(rows).tolist() == [reference.lempel_ziv_76_words(text) for text in texts]
    assert phrases(rows).tolist() == [lempel_ziv_complexity(text) for text in texts]


@given(REPEATED, st.permutations("0123456789"))
def test_names_of_symbols_do_not_matter(text, names):
    renamed = text.translate(str.maketrans("0123456789", "".join(names)))
    assert phrases(symbols(renamed)) == phrases(symbols(text))
    assert words(symbols(renamed)) == words(symbols(text))


@given(TEXTS | REPEATED)
def test_scaled_words_are_the_same_backwards(text):
    assert scaled_words(symbols(text[::-1])) == scaled_words(symbols(text))


@given(TEXTS | REPEATED, st.sampled_from("012"))
def test_one_more_symbol_adds_at_most_one_phrase_and_one_word(text, symbol):
    for count in (phrases, words):
        assert 0 <= int(count(symbols(text + symbol))[0] - count(symbols(text))[0]) <= 1


@pytest.mark.parametrize("order", SCAN_ORDERS)
@given(shape=SHAPES)
def test_every_order_visits_every_point_once(order, shape):
    np.testing.assert_array_equal(np.sort(scan(shape, order)), np.arange(shape[0] * shape[1]))


@pytest.mark.parametrize("side", [1, 2, 4, 8, 16, 32, 64, 128])
def test_steps_along_the_hilbert_curve_lead_to_neighbours(side):
    x, y = np.divmod(scan((side, side), "hilbert"), side)
    np.testing.assert_array_equal(np.abs(np.diff(x)) + np.abs(np.diff(y)), 1)


@given(SHAPES)
def test_other_grids_are_read_along_the_curve_of_the_square_that_holds_them(shape):
    side = 1
    while side < max(shape):
        side *= 2
    x, y = np.divmod(scan((side, side), "hilbert"), side)
    inside = (x < shape[0]) & (y < shape[1])
    np.testing.assert_array_equal(scan(shape, "hilbert"), x[inside] * shape[1] + y[inside])
