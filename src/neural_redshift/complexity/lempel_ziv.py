"""Size of the dictionary that a Lempel-Ziv 1978 parse of the outputs builds."""

import numpy as np
from numba import njit

from neural_redshift.complexity.sequences import discretise, scan

Array = np.ndarray


@njit(cache=True, nogil=True)
def _count_phrases(sequences: Array, symbols: int) -> Array:
    # A phrase is a node of a trie; the phrase ends where the walk leaves the trie.
    counts = np.empty(sequences.shape[0], np.int64)
    children = np.zeros((sequences.shape[1] + 1, symbols), np.int32)
    for row in range(sequences.shape[0]):
        nodes = 1
        node = 0
        for position in range(sequences.shape[1]):
            symbol = sequences[row, position]
            child = children[node, symbol]
            if child == 0:
                children[node, symbol] = nodes
                nodes += 1
                node = 0
            else:
                node = child
        counts[row] = nodes - 1
        children[:nodes] = 0
    return counts


def phrases(sequences: Array) -> Array:
    """Number of distinct phrases of the LZ78 parse of each sequence: (sequences, length) ints → (sequences,).

    The parse cuts off, again and again, the shortest prefix that is no phrase yet; an unfinished last
    phrase is one that exists already and is not counted. A constant sequence of length n has the largest
    k with k(k + 1)/2 ≤ n.

    Ziv & Lempel 1978. Raises ValueError for negative symbols.
    """
    if sequences.size and sequences.min() < 0:
        raise ValueError(f"symbol {sequences.min()} found; symbols are numbers from 0 on")
    return _count_phrases(sequences, int(sequences.max(initial=0)) + 1)


def lempel_ziv(functions: Array, levels: int = 10, scan_order: str = "row") -> Array:
    """LZ78 phrases of the outputs, read in `scan_order` and cut into `levels` between minimum and maximum.

    functions: (networks, *grid) → (networks,), in phrases. Teney et al. 2024, section 3.
    """
    symbols = discretise(functions, levels).reshape(len(functions), -1)
    return phrases(symbols[:, scan(functions.shape[1:], scan_order)])


measure = lempel_ziv
