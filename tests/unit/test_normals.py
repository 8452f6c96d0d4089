"""Normal numbers: their law, and the same bits by numba, numpy and torch."""

import hashlib

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.special import ndtri

from neural_redshift import normals
from neural_redshift.seeds import random_words
from reference import philox

CPU = torch.device("cpu")
WORDS = np.concatenate(
    [
        np.arange(2**14),
        2**31 + np.arange(2**14),
        2**32 - 1 - np.arange(2**14),
        np.random.default_rng(0).integers(0, 2**32, 2**18),
    ]
).astype(np.uint32)


def test_they_are_quantiles():
    n = ((WORDS.astype(np.uint64) << np.uint64(1)) & np.uint64(0xFFFFFFFF)) | np.uint64(1)
    expected = -ndtri(n * 2.0**-33) * np.where(WORDS >> np.uint32(31), -1, 1)
    np.testing.assert_allclose(normals.from_words(WORDS), expected, rtol=0, atol=6e-7)


def test_a_table_is_the_same_bits_on_every_machine():
    assert hashlib.sha256(normals.table().tobytes()).hexdigest()[:16] == "54d668bdd68c7a7b"


def test_numba_numpy_and_torch_give_the_same_bits():
    signed = torch.from_numpy(WORDS.astype(np.int64))
    np.testing.assert_array_equal(normals._from_words(signed).numpy(), normals.from_words(WORDS))


@given(
    key=st.integers(0, 2**64 - 1),
    network=st.integers(0, 2**64 - 1),
    row=st.integers(0, 2**32 - 1),
    count=st.integers(1, 700),
)
def test_a_row_is_the_words_of_philox(key: int, network: int, row: int, count: int):
    found = normals.normals(
        np.array([key], np.uint64), np.array([network], np.uint64), np.array([row]), count, 1.0, CPU
    )
    blocks = range((count + 3) // 4)
    mask = 0xFFFFFFFF
    words = [
        word
        for block in blocks
        for word in philox([block, row, network & mask, network >> 32], [key & mask, key >> 32])
    ]
    np.testing.assert_array_equal(found[0].numpy(), normals.from_words(np.array(words[:count], np.uint32)))
    names = (torch.from_numpy(np.array([[name]], np.uint64).view(np.int64)) for name in (key, network, row))
    np.testing.assert_array_equal(normals._words(*names, count)[0].numpy(), words[:count])


def test_rows_drawn_together_are_those_drawn_alone():
    keys, networks, rows = np.array([5, 5, 2**64 - 1], np.uint64), np.array([0, 1, 2**40]), np.array([7, 0, 2**32 - 1])
    together = normals.normals(keys, networks, rows, 301, 0.02, CPU)
    for i in range(3):
        one = slice(i, i + 1)
        np.testing.assert_array_equal(
            normals.normals(keys[one], networks[one], rows[one], 301, 0.02, CPU), together[one]
        )


def test_row_0_has_the_words_of_seeds():
    words = random_words(12345, np.array([3]), 50)[0]
    found = normals.normals(np.array([12345]), np.array([3]), np.array([0]), 50, 2.0, CPU)
    np.testing.assert_array_equal(found[0].numpy(), 2 * normals.from_words(words))


def test_they_are_normal_and_independent():
    found = normals.normals(np.full(20, 8), np.arange(20), np.arange(20), 50_000, 1.0, CPU).numpy()
    assert stats.kstest(found.ravel()[::7], "norm").pvalue > 0.01
    for moment, expected in ((1, 0), (2, 1), (3, 0), (4, 3), (6, 15)):
        error = np.sqrt(np.prod(np.arange(1, 2 * moment, 2)) / found.size)
        assert np.mean(found**moment) == pytest.approx(expected, abs=4 * error)
    correlations = np.corrcoef(found)
    assert np.abs(correlations[~np.eye(20, dtype=bool)]).max() < 5 / np.sqrt(50_000)
    assert abs(np.corrcoef(found[:, :-1].ravel(), found[:, 1:].ravel())[0, 1]) < 4e-3
