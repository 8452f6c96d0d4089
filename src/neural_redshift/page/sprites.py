"""Pictures of functions, small enough to travel inside the page."""

import base64
import io
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from PIL import Image

Array = np.ndarray
LEVELS = 16  # grey levels of a rough picture


class Sprite(NamedTuple):
    """Pictures in one image, row by row, `slot` pixels apart (as many as a whole picture has), each of its own side."""

    png: str
    slot: int
    columns: int
    sides: list[int]


def sprite(pictures: Iterable[Array], columns: int) -> Sprite:
    """Square 8-bit pictures as one PNG (base64), `columns` a row, each in the smaller form that is closer to it."""
    whole = list(pictures)
    small = [shrink(picture) for picture in whole]
    slot = max(map(len, whole), default=1)
    canvas = np.zeros((slot * -(-len(small) // columns), slot * columns), np.uint8)
    for place, picture in enumerate(small):
        top, left = (slot * number for number in divmod(place, columns))
        canvas[top : top + len(picture), left : left + len(picture)] = picture
    file = io.BytesIO()
    Image.fromarray(canvas).save(file, "PNG", optimize=True)
    return Sprite(base64.b64encode(file.getvalue()).decode(), slot, columns, [len(picture) for picture in small])


def shrink(picture: Array) -> Array:
    """A picture on half as many points, which suits a smooth one, or in few grey levels, which suits a rough one."""
    halved, coarse = halve(picture), coarsen(picture)
    doubled = np.asarray(Image.fromarray(halved).resize(picture.shape[::-1], Image.Resampling.BILINEAR))
    return halved if _error(doubled, picture) < _error(coarse, picture) else coarse


def halve(picture: Array) -> Array:
    """Means over 2 × 2 points; a last odd row and column are left out."""
    half = len(picture) // 2
    blocks = picture[: 2 * half, : 2 * half].reshape(half, 2, half, 2)
    return np.rint(blocks.mean(axis=(1, 3))).astype(np.uint8)


def coarsen(picture: Array) -> Array:
    """The picture in `LEVELS` grey levels."""
    step = 255 / (LEVELS - 1)
    return np.rint(np.rint(picture / step) * step).astype(np.uint8)


def _error(found: Array, picture: Array) -> float:
    return float(((found.astype(float) - picture) ** 2).mean())
