"""Lempel-Ziv 1976 complexity: the exhaustive history of a sequence."""

import numpy as np
from numba import njit

from neural_redshift.complexity.sequences import discretise, scan

Array = np.ndarray


@njit(cache=True, nogil=True)
def _count_words(sequences: Array, symbols: int) -> Array:
    # The suffix automaton of what was read (Blumer et al. 1985) knows every substring of it; a word is walked
    # along in it until a symbol leads nowhere. Kaspar & Schuster's search of all earlier places is quadratic.
    counts = np.empty(sequences.shape[0], np.int64)
    most = 2 * sequences.shape[1] + 1
    following = np.zeros((most, symbols), np.int32)  # 0: none, because nothing leads back to the root
    shorter = np.empty(most, np.int32)  # the state of the longest suffix that occurs elsewhere too
    longest = np.empty(most, np.int32)  # the longest string of a state
    for row in range(sequences.shape[0]):
        words = 0
        shorter[0], longest[0] = -1, 0
        states, last = 1, 0
        node, length = 0, 0  # of the word so far
        for position in range(sequences.shape[1]):
            symbol = sequences[row, position]
            node, length = following[node, symbol], length + 1
            if node == 0:
                words, length = words + 1, 0
            added, states = states, states + 1
            longest[added] = position + 1
            above = last
            while above >= 0 and following[above, symbol] == 0:
                following[above, symbol] = added
                above = shorter[above]
            shorter[added] = 0
            if above >= 0:
                target = following[above, symbol]
                if longest[target] > longest[above] + 1:
                    copy, states = states, states + 1
                    following[copy] = following[target]
                    longest[copy], shorter[copy] = longest[above] + 1, shorter[target]
                    shorter[target] = copy
                    while above >= 0 and following[above, symbol] == target:
                        following[above, symbol] = copy
                        above = shorter[above]
                    if node == target and length <= longest[copy]:
                        node = copy
                    target = copy
                shorter[added] = target
            last = added
        counts[row] = words + (length > 0)
        following[:states] = 0
    return counts


def words(sequences: Array) -> Array:
    """Number of words in the exhaustive history of each sequence: (sequences, length) ints → (sequences,).

    A word is the longest copy of something that began earlier (it may overlap itself), and one symbol more;
    an unfinished last word counts. Takes time and memory proportional to the length.

    Lempel & Ziv 1976. Raises ValueError for negative symbols.
    """
    if sequences.size and sequences.min() < 0:
        raise ValueError(f"symbol {sequences.min()} found; symbols are numbers from 0 on")
    return _count_words(np.ascontiguousarray(sequences), int(sequences.max(initial=0)) + 1)


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
