"""Functions as sequences of symbols: how many levels, and in which order the grid is read."""

import numpy as np

Array = np.ndarray
SCAN_ORDERS = ("row", "column", "hilbert")


def discretise(functions: Array, levels: int) -> Array:
    """⌊levels · (f − min)/(max − min)⌋, the maximum in the top level: (networks, *grid), int32.

    A constant function is all zeros. Raises ValueError for fewer than 2 levels.
    """
    if levels < 2:
        raise ValueError(f"levels {levels} found; a sequence needs 2 or more")
    axes = tuple(range(1, functions.ndim))
    lowest = functions.min(axis=axes, keepdims=True)
    span = functions.max(axis=axes, keepdims=True) - lowest
    scaled = (functions - lowest) / np.where(span == 0, 1, span) * levels
    return np.minimum(scaled.astype(np.int32), levels - 1)


def scan(shape: tuple[int, ...], order: str) -> Array:
    """Positions of the flattened grid in the order in which they are read.

    row: last axis fastest. column: first axis fastest. hilbert: along the Hilbert curve of the smallest
    square of 2ⁿ points a side that holds a two-dimensional grid.
    """
    positions = np.arange(np.prod(shape)).reshape(shape)
    if order == "row":
        return positions.ravel()
    if order == "column":
        return positions.T.ravel()
    if order == "hilbert" and len(shape) == 2:
        return np.argsort(_along_hilbert_curve(*np.indices(shape)), axis=None)
    raise ValueError(
        f"scan order {order!r} found on a {len(shape)}-D grid; choose from {', '.join(SCAN_ORDERS)} (hilbert: 2-D)"
    )


def _along_hilbert_curve(x: Array, y: Array) -> Array:
    """Distance along the curve of each point (Wikipedia's xy2d, for whole arrays)."""
    x, y, distance = x.copy(), y.copy(), np.zeros(x.shape, np.int64)
    side = 1 << max(int(max(x.max(), y.max())).bit_length(), 1)
    half = side // 2
    while half:
        right, upper = (x & half) > 0, (y & half) > 0
        distance += half * half * ((3 * right) ^ upper)
        flip = ~upper & right
        x, y = np.where(flip, side - 1 - x, x), np.where(flip, side - 1 - y, y)
        x, y = np.where(upper, x, y), np.where(upper, y, x)
        half //= 2
    return distance
