"""Files of handwritten digits are read as they are, and what is wrong with one is said in a sentence."""

import gzip
import re
from pathlib import Path

import numpy as np
import pytest

from neural_redshift.tasks.mnist import FILES, DigitsError, mnist, mnist_files, read_idx, sklearn_digits

COUNTS = (5, 5, 3, 3)


def idx(array: np.ndarray) -> bytes:
    header = b"\x00\x00\x08" + bytes([array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
    return header + array.astype(np.uint8).tobytes()


def contents() -> list[np.ndarray]:
    """Images, labels, images, labels."""
    rng = np.random.default_rng(0)
    return [
        rng.integers(0, 10, count) if "labels" in name else rng.integers(0, 256, (count, 28, 28))
        for name, count in zip(FILES, COUNTS, strict=True)
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four small files, every other one compressed."""
    for number, (name, array) in enumerate(zip(FILES, contents(), strict=True)):
        if number % 2:
            (tmp_path / f"{name}.gz").write_bytes(gzip.compress(idx(array)))
        else:
            (tmp_path / name).write_bytes(idx(array))
    return tmp_path


def problem_of(folder: Path) -> str:
    with pytest.raises(DigitsError) as caught:
        mnist(mnist_files(folder))
    text = str(caught.value)
    assert "\n" not in text
    assert isinstance(caught.value, OSError)
    return text


def test_digits_are_read_as_they_were_written_training_files_first(folder):
    images, labels = mnist(mnist_files(folder))
    written = contents()
    np.testing.assert_array_equal(np.round(images * 255), np.concatenate(written[0::2]))
    np.testing.assert_array_equal(labels, np.concatenate(written[1::2]))
    assert images.dtype == np.float32
    assert images.min() >= 0
    assert images.max() <= 1
    assert labels.dtype.kind == "i"


def test_files_are_found_plain_or_compressed_and_in_order(folder):
    assert [path.name for path in mnist_files(folder)] == [FILES[0], f"{FILES[1]}.gz", FILES[2], f"{FILES[3]}.gz"]
    (folder / FILES[1]).write_bytes(b"")
    assert [path.name for path in mnist_files(str(folder))][:2] == list(FILES[:2])


@pytest.mark.parametrize("shape", [(0,), (7,), (2, 3), (2, 3, 4), (1, 1, 1, 300)])
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_any_shape_is_read_back(tmp_path, shape, suffix):
    array, path = np.random.default_rng(0).integers(0, 256, shape), tmp_path / f"file{suffix}"
    path.write_bytes(gzip.compress(idx(array)) if suffix else idx(array))
    np.testing.assert_array_equal(read_idx(path, len(shape)), array)


def test_a_missing_folder_is_named_with_what_it_must_hold(tmp_path):
    assert re.fullmatch(
        rf"{tmp_path}/nowhere: no such folder; .*{', '.join(FILES)} \(or \.gz\)", problem_of(tmp_path / "nowhere")
    )


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()], ids=["nothing", "a directory"])
def test_files_that_are_missing_are_named(folder, make):
    for name in (FILES[1], FILES[2]):
        for path in folder.glob(f"{name}*"):
            path.unlink()
        make(folder / name)
    assert problem_of(folder) == (f"{folder}: {FILES[1]}, {FILES[2]} (or .gz) not found; MNIST is these four files")


IMAGES = idx(np.ones((5, 28, 28)))
DAMAGE = {
    "empty": (b"", "magic number none found, expected 00000803"),
    "three bytes": (IMAGES[:3], "magic number 000008 found, expected 00000803"),
    "a web page": (b"<html>not found</html>", "magic number 3c68746d found, expected 00000803"),
    "labels": (idx(np.ones(5)), "magic number 00000801 found, expected 00000803"),
    "whole numbers of 32 bits": (b"\x00\x00\x0c\x03" + IMAGES[4:], "magic number 00000c03 found, expected 00000803"),
    "header cut": (IMAGES[:15], "15 bytes found, but its header alone has 16"),
    "data cut": (IMAGES[:-1], "3919 bytes of data found, its header says 5 x 28 x 28"),
    "no data": (IMAGES[:16], "0 bytes of data found, its header says 5 x 28 x 28"),
    "data added": (IMAGES + b"\n", "3921 bytes of data found, its header says 5 x 28 x 28"),
    "sizes that overflow": (
        IMAGES[:4] + b"".join(size.to_bytes(4, "big") for size in (2**31, 2**31, 4)),
        "0 bytes of data found, its header says 2147483648 x 2147483648 x 4",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("compressed", [False, True])
def test_a_damaged_file_is_named_with_what_was_found_and_expected(folder, damage, compressed):
    data, expected = DAMAGE[damage]
    (folder / FILES[0]).unlink()
    path = folder / (f"{FILES[0]}.gz" if compressed else FILES[0])
    path.write_bytes(gzip.compress(data) if compressed else data)
    assert problem_of(folder).startswith(f"{path}: {expected}")


def flipped(data: bytes, position: int) -> bytes:
    return data[:position] + bytes([data[position] ^ 0xFF]) + data[position + 1 :]


PACKED = gzip.compress(idx(contents()[1]))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(idx(contents()[1]), id="not compressed"),
        pytest.param(PACKED[:-9], id="cut"),
        pytest.param(PACKED[:12], id="cut in the header"),
        pytest.param(flipped(PACKED, -6), id="checksum"),
        pytest.param(flipped(PACKED, 10), id="no such block"),
        pytest.param(PACKED + b"something else", id="more than one file"),
    ],
)
def test_a_damaged_archive_is_named(folder, data):
    path = folder / f"{FILES[1]}.gz"
    path.write_bytes(data)
    assert re.fullmatch(rf"{path}: cannot be read \(.+\); fetch it again", problem_of(folder))


@pytest.mark.parametrize("name", ["gone", "gone.gz"])
def test_a_file_that_went_away_or_is_a_directory_cannot_be_read(tmp_path, name):
    for make in (lambda path: None, lambda path: path.mkdir()):
        path = tmp_path / name
        make(path)
        with pytest.raises(DigitsError, match=rf"^{path}: cannot be read \(.+\); fetch it again$"):
            read_idx(path, 1)


@pytest.mark.parametrize("count", [2, 4])
def test_labels_that_are_not_one_for_each_image_are_refused(folder, count):
    path = folder / FILES[3]
    path.write_bytes(idx(np.zeros(count)))
    assert problem_of(folder) == f"{path}: {count} labels found for the 3 images of {folder / FILES[2]}"


@pytest.mark.parametrize("label", [10, 12, 255])
def test_a_label_that_is_no_digit_is_refused(folder, label):
    path = folder / FILES[3]
    path.write_bytes(idx(np.array([9, label, 0])))
    assert problem_of(folder) == f"{path}: label {label} found; digits are 0 to 9"


@pytest.mark.parametrize("size", [(28, 27), (27, 28), (8, 8), (0, 28)])
def test_images_of_another_size_are_refused(folder, size):
    path = folder / FILES[2]
    path.write_bytes(idx(np.zeros((3, *size))))
    assert problem_of(folder) == f"{path}: images of {size[0]} x {size[1]} found; MNIST has 28 x 28"


def test_the_digits_of_scikit_learn_are_images_of_ten_digits():
    images, labels = sklearn_digits()
    assert images.shape == (1797, 8, 8)
    assert images.dtype == np.float32
    assert (images.min(), images.max()) == (0, 1)
    assert sorted(set(labels.tolist())) == list(range(10))
