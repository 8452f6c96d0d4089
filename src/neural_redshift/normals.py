"""Normal numbers by name: the same bits on any device, in any batch, from any row on.

A row of numbers is known by a 64-bit key (what is drawn), the number of a network, and its own number.
Philox4x32-10 turns them into words of 32 random bits (as in `seeds`, whose words are those of row 0), and a
table of cubic polynomials turns a word into a normal number. No logarithm and no cosine has a part in it, only
shifts, and single multiplications and additions in float32, which every processor rounds alike.
"""

from functools import cache

import numpy as np
import torch
from numba import njit
from scipy.special import ndtri
from torch import Tensor

Array = np.ndarray
STEPS = 16  # polynomials an octave of probability
OCTAVES = 32
OF_ONE = 1023 * STEPS  # exponent and first bits of the float64 1.0
BLOCKS = 64  # of four words, that are mixed side by side


@cache
def table() -> Array:
    """Coefficients c of z(x) = ((c₃ x + c₂) x + c₁) x + c₀ on each piece of (0, ½): (pieces, 4), float32.

    z is minus the normal quantile of p. A piece is a sixteenth of an octave 2ᵉ ≤ 2³³ p < 2ᵉ⁺¹, along which x goes
    from 0 to 1. The cubics meet the quantile at Chebyshev's four points, and everywhere within 4·10⁻⁷.
    """
    nodes = 0.5 - 0.5 * np.cos((2 * np.arange(4) + 1) * np.pi / 8)
    starts = np.ldexp(1 + np.arange(STEPS) / STEPS, np.arange(OCTAVES)[:, None]).reshape(-1, 1)
    widths = np.ldexp(1.0 / STEPS, np.arange(OCTAVES)).repeat(STEPS)[:, None]
    quantiles = -ndtri((starts + widths * nodes) * 2.0**-33)
    return np.ascontiguousarray(np.linalg.solve(np.vander(nodes, increasing=True), quantiles.T).T, np.float32)


def from_words(words: Array) -> Array:
    """Normal numbers from 32-bit words, one each: like `words`, float32, at most 6.3 in size.

    The first bit is the sign; the others, as 2m + 1, are the whole number n of p = n/2³³, the probability beyond |z|.
    """
    words = words.astype(np.uint32)
    bits = ((words << np.uint32(1)) | np.uint32(1)).astype(np.float64).view(np.uint64)
    piece = (bits >> np.uint64(48)).astype(np.int64) - OF_ONE
    x = ((bits >> np.uint64(24)) & np.uint64(0xFFFFFF)).astype(np.float32) * np.float32(2.0**-24)
    c = table()[piece]
    size = ((c[..., 3] * x + c[..., 2]) * x + c[..., 1]) * x + c[..., 0]
    return np.where(words >> np.uint32(31) == 1, -size, size)


def normals(keys: Array, networks: Array, rows: Array, count: int, scale: float, place: torch.device) -> Tensor:
    """`count` numbers N(0, scale²) of row `rows[i]` of network `networks[i]` under `keys[i]`: (i, count), float32.

    A number depends on its key, network, row and position alone.
    """
    keys, networks, rows = (np.asarray(name, np.uint64) for name in (keys, networks, rows))
    if place.type == "cpu":
        out = np.empty((len(keys), count), np.float32)
        _fill_rows(keys, networks, rows, np.float32(scale), table(), out)
        return torch.from_numpy(out)
    key, network, row = (torch.from_numpy(name.view(np.int64)).to(place)[:, None] for name in (keys, networks, rows))
    return _from_words(_words(key, network, row, count)).mul_(scale)


def _words(key: Tensor, network: Tensor, row: Tensor, count: int) -> Tensor:
    """Words of rows, (i, count), as int64: `fill` in torch, for a GPU."""
    mask = 0xFFFFFFFF
    c0 = torch.arange((count + 3) // 4, device=key.device).expand(len(key), -1)
    c1, c2, c3 = (part.expand_as(c0) for part in (row, network & mask, network >> 32 & mask))
    k0, k1 = key & mask, key >> 32 & mask
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (p1 >> 32 & mask) ^ c1 ^ k0, p1 & mask, (p0 >> 32 & mask) ^ c3 ^ k1, p0 & mask
        k0, k1 = k0 + 0x9E3779B9 & mask, k1 + 0xBB67AE85 & mask
    return torch.stack([c0, c1, c2, c3], dim=-1).flatten(1)[:, :count]


def _from_words(words: Tensor) -> Tensor:
    """`from_words` in torch."""
    bits = ((words << 1 & 0xFFFFFFFF) | 1).double().view(torch.int64)
    x = (bits >> 24 & 0xFFFFFF).float().mul_(2.0**-24)
    c = torch.from_numpy(table()).to(words.device)[(bits >> 48) - OF_ONE]
    size = c[..., 3].mul(x).add_(c[..., 2]).mul_(x).add_(c[..., 1]).mul_(x).add_(c[..., 0])
    return torch.where(words >> 31 == 1, -size, size)


@njit(cache=True, nogil=True, error_model="numpy")
def fill(key: np.uint64, network: np.uint64, row: np.uint64, scale: np.float32, table: Array, out: Array) -> None:
    """Fill `out` with scaled numbers of a row, on a CPU."""
    mask, half, one = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(1)
    words = np.empty((BLOCKS, 4), np.uint64)
    flat, pieces, x = words.reshape(-1), np.empty(words.size, np.uint64), np.empty(words.size, np.float32)
    for first in range(0, (out.size + 3) // 4, BLOCKS):
        for lane in range(BLOCKS):
            c0, c1 = np.uint64(first + lane), row
            c2, c3 = network & mask, network >> half
            k0, k1 = key & mask, key >> half
            for _ in range(10):
                p0 = np.uint64(0xD2511F53) * c0
                p1 = np.uint64(0xCD9E8D57) * c2
                c0 = (p1 >> half) ^ c1 ^ k0
                c1 = p1 & mask
                c2 = (p0 >> half) ^ c3 ^ k1
                c3 = p0 & mask
                k0 = (k0 + np.uint64(0x9E3779B9)) & mask
                k1 = (k1 + np.uint64(0xBB67AE85)) & mask
            words[lane, 0], words[lane, 1], words[lane, 2], words[lane, 3] = c0, c1, c2, c3
        for i in range(flat.size):  # by itself, so that it is done for several words at once
            bits = np.float64(np.int64(((flat[i] << one) & mask) | one)).view(np.uint64)
            pieces[i] = (bits >> np.uint64(48)) - np.uint64(OF_ONE)
            x[i] = np.float32(np.int32((bits >> np.uint64(24)) & np.uint64(0xFFFFFF))) * np.float32(2.0**-24)
        part = out[4 * first : 4 * (first + BLOCKS)]
        for i in range(part.size):
            c = table[pieces[i]]
            size = ((c[3] * x[i] + c[2]) * x[i] + c[1]) * x[i] + c[0]
            part[i] = scale * (-size if flat[i] >> np.uint64(31) else size)


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_rows(keys: Array, networks: Array, rows: Array, scale: np.float32, table: Array, out: Array) -> None:
    for i in range(len(out)):
        fill(keys[i], networks[i], rows[i], scale, table, out[i])
