"""Handwritten digits: scikit-learn's own, or MNIST from the files that its authors distribute.

IDX files: two zero bytes, the type (8: unsigned bytes), the number of dimensions, each dimension as a
32-bit big-endian number, then the data. Plain or compressed (.gz). LeCun, Cortes & Burges 1998.
"""

import gzip
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

Array = np.ndarray
FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
UNSIGNED_BYTES = 8
LARGEST = 2**26  # bytes that are read of a file


class DigitsError(OSError):
    """What is wrong with a folder or file of digits, in one sentence."""


def sklearn_digits() -> tuple[Array, Array]:
    """1,797 images (n, 8, 8) on [0, 1] and their digits (n,), as scikit-learn ships them."""
    from sklearn.datasets import load_digits

    found = load_digits()
    return (found.images / 16).astype(np.float32), found.target


def mnist_files(folder: str | Path) -> list[Path]:
    """The four files of MNIST in a folder, each plain or as .gz.

    Raises DigitsError where the folder or one of them is missing.
    """
    if not Path(folder).is_dir():
        raise DigitsError(f"{folder}: no such folder; it must hold the MNIST files {', '.join(FILES)} (or .gz)")
    found = [path for name in FILES for path in _either(Path(folder, name))[:1]]
    missing = [name for name in FILES if not _either(Path(folder, name))]
    if missing:
        raise DigitsError(f"{folder}: {', '.join(missing)} (or .gz) not found; MNIST is these four files")
    return found


def mnist(files: Sequence[str | Path]) -> tuple[Array, Array]:
    """All images (n, 28, 28) on [0, 1] and their digits (n,), training files first, from the four files in order.

    Raises DigitsError where images and labels do not belong together, a label is no digit, or a file is damaged.
    """
    parts = [_images_and_labels(Path(files[0]), Path(files[1])), _images_and_labels(Path(files[2]), Path(files[3]))]
    images, labels = (np.concatenate(both) for both in zip(*parts, strict=True))
    return images.astype(np.float32) / 255, labels.astype(np.int64)


def read_idx(path: str | Path, dimensions: int) -> Array:
    """The unsigned bytes of an IDX file with that many dimensions.

    Raises DigitsError where the magic number, the sizes or the amount of data are not those of such a file.
    """
    path = Path(path)
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            data = file.read(LARGEST + 1)  # a small archive can hold anything
    except (OSError, EOFError, zlib.error) as problem:
        raise DigitsError(f"{path}: cannot be read ({problem}); fetch it again") from None
    if len(data) > LARGEST:
        raise DigitsError(f"{path}: more than {LARGEST} bytes found; the largest file of MNIST has 47,040,016")
    start = 4 + 4 * dimensions
    expected = bytes([0, 0, UNSIGNED_BYTES, dimensions])
    if data[:4] != expected:
        raise DigitsError(
            f"{path}: magic number {data[:4].hex() or 'none'} found, expected {expected.hex()} "
            f"(IDX, unsigned bytes, {dimensions} dimensions); it is not such a file"
        )
    if len(data) < start:
        raise DigitsError(f"{path}: {len(data)} bytes found, but its header alone has {start}; it is cut")
    shape = struct.unpack(f">{dimensions}I", data[4:start])
    if len(data) - start != int(np.prod(shape, dtype=object)):
        sizes = " x ".join(map(str, shape))
        raise DigitsError(f"{path}: {len(data) - start} bytes of data found, its header says {sizes}; fetch it again")
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def _images_and_labels(images_path: Path, labels_path: Path) -> tuple[Array, Array]:
    images, labels = read_idx(images_path, 3), read_idx(labels_path, 1)
    if len(images) != len(labels):
        raise DigitsError(f"{labels_path}: {len(labels)} labels found for the {len(images)} images of {images_path}")
    if labels.size and labels.max() > 9:
        raise DigitsError(f"{labels_path}: label {labels.max()} found; digits are 0 to 9")
    if images.shape[1:] != (28, 28):
        raise DigitsError(f"{images_path}: images of {images.shape[1]} x {images.shape[2]} found; MNIST has 28 x 28")
    return images, labels


def _either(path: Path) -> list[Path]:
    return [each for each in (path, path.with_name(f"{path.name}.gz")) if each.is_file()]
