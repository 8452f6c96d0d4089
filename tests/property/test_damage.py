"""Damage is noticed wherever it strikes: one byte, a cut, an addition, another file in its place."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from neural_redshift import tables
from neural_redshift.tables import DamagedFile, Tensors, read_table, tensor_writer, verify

METADATA = {"fingerprint": "0123abcd", "config": "{}", "seed": "7"}
CALIBRATION = {
    "function": ["plane", "white_noise"],
    "grid_points": [64, 64],
    "measure": ["fourier", "fourier"],
    "mean": [0.19, 0.541],
    "standard_deviation": [0.0, 0.002],
    "n": [200, 200],
}


def write(folder: Path, kind: str) -> Path:
    path = folder / f"whole.{kind}"
    if kind == "parquet":
        tables.write_table(path, "calibration", CALIBRATION, METADATA)
    elif kind == "safetensors":
        with tensor_writer(path, {"values": (np.float32, (4, 5))}, METADATA) as writer:
            writer.write("values", 0, np.arange(20).reshape(4, 5))
    else:
        figure = Figure(figsize=(1, 1))
        figure.text(0, 0, "a")
        tables.write_figure(path.with_suffix(""), figure, "0123abcd")
    return path


@pytest.fixture(scope="module", params=["parquet", "safetensors", "svg"])
def whole(request, tmp_path_factory) -> Path:
    return write(tmp_path_factory.mktemp("damage"), request.param)


def assert_noticed(path: Path, content: bytes) -> None:
    damaged = path.with_stem("damaged")
    damaged.write_bytes(content)
    with pytest.raises(DamagedFile, match="delete it and run snakemake again"):
        verify(damaged)
    readers = {".parquet": lambda: read_table(damaged, "calibration"), ".safetensors": lambda: Tensors(damaged)}
    if reader := readers.get(path.suffix):
        with pytest.raises(DamagedFile):
            reader()


def test_a_whole_file_is_accepted(whole):
    verify(whole)


@given(position=st.floats(0, 1, exclude_max=True), bits=st.integers(1, 255))
@settings(max_examples=200)
def test_one_changed_byte_anywhere_is_noticed(whole, position, bits):
    content = bytearray(whole.read_bytes())
    content[int(position * len(content))] ^= bits
    assert_noticed(whole, bytes(content))


@given(share=st.floats(0, 1, exclude_max=True))
def test_a_cut_is_noticed(whole, share):
    content = whole.read_bytes()
    assert_noticed(whole, content[: int(share * len(content))])


@given(before=st.binary(max_size=5), after=st.binary(max_size=5))
def test_an_addition_is_noticed(whole, before, after):
    if before or after:
        assert_noticed(whole, before + whole.read_bytes() + after)


@given(content=st.binary(max_size=300))
def test_a_foreign_file_is_noticed(whole, content):
    assert_noticed(whole, content)


@given(content=st.binary(max_size=100), checksum=st.binary(min_size=0, max_size=80))
def test_a_foreign_file_with_a_checksum_of_its_own_is_noticed(whole, content, checksum):
    assert_noticed(whole, content + b"sha256:" + checksum)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_tensors_written_in_pieces_in_any_order_are_whole(tmp_path_factory, sizes, random):
    path = tmp_path_factory.getbasetemp() / "pieces.safetensors"
    values = np.random.default_rng(sum(sizes)).normal(size=(sum(sizes), 2, 3))
    pieces = list(zip(np.cumsum([0, *sizes[:-1]]), sizes, strict=True))
    random.shuffle(pieces)
    with tensor_writer(path, {"values": (np.float64, values.shape)}, METADATA) as writer:
        for start, size in pieces:
            writer.write("values", int(start), values[start : start + size])
    np.testing.assert_array_equal(Tensors(path).rows("values"), values)
