"""Lempel-Ziv 1976 complexity: the exhaustive history of a sequence."""

import numpy as np
from numba import njit

from neural_redshift.complexity.sequences import discretise, scan

Array = np.ndarray


@njit(cache=True, nogil=True)
def _count_words(sequences: Array) -> Array:
    # Kaspar & Schuster 1987: a word is the longest copy of something that began earlier, and one symbol more.
    counts = np.empty(sequences.shape[0], np.int64)
    length = sequences.shape[1]
    for row in range(sequences.shape[0]):
        sequence = sequences[row]
        words = 0
        start = 0
        while start < length:
            longest = 0
            for source in range(start):
                copied = 0
                while start + copied < length and sequence[source + copied] == sequence[start + copied]:
                    copied += 1
                longest = max(longest, copied)
                if start + longest == length:
                    break
            words += 1
            start += longest + 1
        counts[row] = words
    return counts


def words(sequences: Array) -> Array:
    """Number of words in the exhaustive history of each sequence: (sequences, length) ints → (sequences,)."""
    return _count_words(np.ascontiguousarray(sequences))


def scaled_words(sequences: Array) -> Array:
    """K = log₂ n · mean of the words forwards and backwards, log₂ n for a constant sequence (Dingle et al. 2018)."""
    scale = np.log2(sequences.shape[1])
    constant = (sequences == sequences[:, :1]).all(axis=1)
    return np.where(constant, scale, scale * (words(sequences) + words(sequences[:, ::-1])) / 2)


def lempel_ziv_76(functions: Array, levels: int = 10, scan_order: str = "row") -> Array:
    """Dingle's K of the outputs, read and cut as for `lempel_ziv`: (networks, *grid) → (networks,), in bits."""
    symbols = discretise(functions, levels).reshape(len(functions), -1)
    return scaled_words(symbols[:, scan(functions.shape[1:], scan_order)])


measure = lempel_ziv_76
