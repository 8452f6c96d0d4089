"""Randomness by name: the same names give the same numbers on any machine, in any batch.

A key is the hash of names (what is drawn, for which cell); a counter-based generator turns
(key, network, position) into 32 random bits. Nothing has a state, so network 17 of a cell is the
same network alone, among others, in any order and on any number of threads.
"""

import hashlib
import json

import numpy as np
from numba import njit


def seed_for(purpose: str, **names: object) -> int:
    """Hash a purpose and named values into a 64-bit key.

    >>> seed_for("weights", activation="relu", depth=3) == seed_for("weights", depth=3, activation="relu")
    True
    """
    text = json.dumps([purpose, names], sort_keys=True, allow_nan=False)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


@njit(cache=True, nogil=True, error_model="numpy")
def _philox(key_low: np.uint64, key_high: np.uint64, networks: np.ndarray, words: np.ndarray) -> None:
    # Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3": Philox4x32-10.
    mask = np.uint64(0xFFFFFFFF)
    half = np.uint64(32)
    for row in range(networks.size):
        for block in range((words.shape[1] + 3) // 4):
            c0 = np.uint64(block)
            c1 = np.uint64(0)
            c2 = networks[row] & mask
            c3 = networks[row] >> half
            k0, k1 = key_low, key_high
            for _ in range(10):
                p0 = np.uint64(0xD2511F53) * c0
                p1 = np.uint64(0xCD9E8D57) * c2
                c0 = ((p1 >> half) ^ c1 ^ k0) & mask
                c1 = p1 & mask
                c2 = ((p0 >> half) ^ c3 ^ k1) & mask
                c3 = p0 & mask
                k0 = (k0 + np.uint64(0x9E3779B9)) & mask
                k1 = (k1 + np.uint64(0xBB67AE85)) & mask
            first = 4 * block
            words[row, first] = c0
            if first + 1 < words.shape[1]:
                words[row, first + 1] = c1
            if first + 2 < words.shape[1]:
                words[row, first + 2] = c2
            if first + 3 < words.shape[1]:
                words[row, first + 3] = c3


def random_words(key: int, networks: np.ndarray, count: int) -> np.ndarray:
    """Random 32-bit words, `count` for each network: shape (networks, count), uint32.

    Philox4x32-10 with counter (position, 0, network) under the 64-bit `key`.

    Raises ValueError for a key or a network number outside 0…2⁶⁴−1.
    """
    if not 0 <= key < 2**64:
        raise ValueError(f"key {key} found; a key lies between 0 and 2**64 - 1, as seed_for makes it")
    numbers = np.asarray(networks)
    if numbers.ndim != 1 or numbers.dtype.kind not in "iu" or (numbers < 0).any():
        raise ValueError(f"networks {numbers!r} found; expected a list of whole numbers from 0 to 2**64 - 1")
    words = np.empty((numbers.size, count), np.uint32)
    _philox(np.uint64(key & 0xFFFFFFFF), np.uint64(key >> 32), numbers.astype(np.uint64), words)
    return words


def uniform(words: np.ndarray) -> np.ndarray:
    """Uniform numbers on [−1, 1) from 32-bit words: float32, exact multiples of 2⁻²³."""
    return (words >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-23) - np.float32(1)
