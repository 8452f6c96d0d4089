"""Pictures of functions, small enough to travel inside the page and alike to the eye."""

import base64
import io
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from PIL import Image

Array = np.ndarray
BLUR = {4: 4.0, 2: 12.0}  # most squared grey levels that a picture may lose on so many times fewer points an axis
LEVELS = 32  # of grey, of a picture that loses more


class Sprite(NamedTuple):
    """Pictures in one image, row by row, `slot` pixels apart (as many as a whole picture has), each of its own side."""

    png: str
    slot: int
    columns: int
    sides: list[int]


def sprite(pictures: Iterable[Array], columns: int) -> Sprite:
    """Square 8-bit pictures as one PNG (base64), `columns` a row, each made smaller where nobody sees it."""
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
    """A smooth picture on a quarter or half of the points an axis, a rough one in few grey levels."""
    for parts, most in BLUR.items():
        small = thin_out(picture, parts)
        whole = np.asarray(Image.fromarray(small).resize(picture.shape[::-1], Image.Resampling.BILINEAR), float)
        if ((whole - picture) ** 2).mean() < most:
            return small
    return coarsen(picture)


def thin_out(picture: Array, parts: int) -> Array:
    """Means over `parts` × `parts` points; rows and columns that are left over are left out."""
    side = len(picture) // parts
    blocks = picture[: parts * side, : parts * side].reshape(side, parts, side, parts)
    return np.rint(blocks.mean(axis=(1, 3))).astype(np.uint8)


def coarsen(picture: Array) -> Array:
    """The picture in `LEVELS` grey levels."""
    step = 255 / (LEVELS - 1)
    return np.rint(np.rint(picture / step) * step).astype(np.uint8)
