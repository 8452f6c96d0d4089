"""Hostile files made by hand, each for one way to do harm, and the sentence that it gets."""

import gzip
import json
import os
import pickle
import re
import struct
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from neural_redshift import tables
from neural_redshift.schemas import SCHEMAS
from readers import COLUMNS, METADATA, NETWORKS, READERS, sealed, survive, whole


def laughs(items: str) -> str:
    """Each line ten times the line above."""
    lines = [f"k{n}: &a{n} {items.format(', '.join(f'x{i}: *a{n - 1}' for i in range(10)))}" for n in range(1, 30)]
    return "\n".join(["k0: &a0 {x: lol}", *lines])


def over_all(value: str) -> str:
    return f"training: {{colored_digits: {{dataset: mnist, mnist_folder: {value}}}}}\n"


YAML = {
    "a billion laughs": (laughs("{{{}}}"), "the alias *a0 stands here; write the value itself."),
    "code in Snakemake's templates": ("__use_yte__: true\n?open('x', 'w'): 1\n", "__use_yte__ is unknown"),
    "a Python object": ("seed: !!python/object/apply:os.system [true]\n", "tags are not read"),
    "a Python name": ("seed: !!python/name:os.system\n", "tags are not read"),
    "a large file": ("# " + "x" * 2**18 + "\nseed: 1\n", "has more than 262144 bytes; a configuration is smaller."),
    "a long list": ("examples: [" + "1, " * 2000 + "1]\n", "examples has 2001 entries; at most 1000 are read."),
    "many keys": ("".join(f"k{n}: 1\n" for n in range(2000)), "the top level has 2000 entries; at most 1000 are read."),
    "many wrong items": ("studies: {heatmaps: {depths: [" + "x, " * 900 + "x]}}\n", "has 'x' twice"),
    "a thousand unknown keys": ("".join(f"{'seed' * 20}{n}: 1\n" for n in range(1000)), "And 990 more."),
    "a deep nest": ("[" * 100_000, "nests lists and mappings too deeply to be read."),
    "a number of many digits": ("seed: " + "9" * 10_000 + "\n", "seed is '9999"),
    "a hexadecimal number of many digits": ("seed: 0x" + "f" * 10_000 + "\n", "seed is a number beyond 64 bits"),
    "a number without end": ("seed: 1:" + "59:" * 5000 + "59\n", "a number beyond 64 bits"),
    "a byte order mark inside": ("seed: 1\n\ufeffseed: 2\n", "is unknown (did you mean 'seed'?)"),
    "a NUL": ("seed: 1\0\n", "the character '\\x00' is not allowed in YAML."),
    "a study named with a line end": ('studies: {"wide\\n": {networks: 5}}\n', "is not a name that can be used"),
    "a study named with a wildcard": ('studies: {"{activation}": {networks: 5}}\n', "is not a name that can be used"),
    "a study named with a path": ('studies: {"../../x": {networks: 5}}\n', "is not a name that can be used"),
    "a study named at length": (f"studies: {{{'x' * 300}: {{networks: 5}}}}\n", "is not a name that can be used"),
    "a folder above": ("pathvars: {results: results/../../x}\n", "it must be a folder inside the project"),
    "a folder of the system": ("pathvars: {figures: /etc}\n", "it must be a folder inside the project"),
    "a folder of git": ("pathvars: {logs: .git/hooks}\n", "its name must not begin with a dot"),
    "a folder with a command": ("pathvars: {logs: 'x; touch y'}\n", "it must consist of letters"),
    "a folder with a wildcard": ("pathvars: {logs: 'x/{study}'}\n", "it must consist of letters"),
    "a folder with a NUL": ('pathvars: {logs: "x\\0"}\n', "it must consist of letters"),
    "a folder that steers the terminal": (over_all('"\\e]0;x\\a\\n"'), "\\x1b]0;x\\x07\\n: no such folder"),
    "a folder of half a character": (over_all('"\\ud800"'), "no such folder"),
    "a folder of devices": (over_all("/dev"), "(or .gz) not found"),
}


@pytest.mark.parametrize("what", YAML)
def test_a_hostile_configuration_is_refused(what: str, tmp_path: Path):
    text, sentence = YAML[what]
    said = survive("my.yaml", text.encode(), tmp_path)
    assert said is not None
    assert sentence in said


def test_what_never_ends_is_not_read_to_the_end(tmp_path: Path):
    with pytest.raises(READERS["my.yaml"].raises, match="has more than 262144 bytes"):
        READERS["my.yaml"].read(Path("/dev/zero"))


@pytest.mark.parametrize("sizes", [(2**31, 2**31, 2**31), (2**32 - 1, 1, 1), (0, 2**32 - 1, 2**32 - 1)])
def test_digits_of_a_size_that_is_not_there_are_refused(sizes: tuple[int, ...], tmp_path: Path):
    said = survive("digits.idx", bytes([0, 0, 8, 3]) + struct.pack(">3I", *sizes) + b"x", tmp_path)
    assert said is not None
    assert "1 bytes of data found, its header says" in said


def test_an_archive_is_not_unpacked_beyond_what_digits_can_be(tmp_path: Path):
    bomb = gzip.compress(bytes([0, 0, 8, 3]) + struct.pack(">3I", 2**28, 1, 1) + bytes(2**28))
    assert len(bomb) < 2**19
    said = survive("digits.gz", bomb, tmp_path)
    assert said is not None
    assert f"more than {2**26} bytes found" in said


def parquet(name: str, change: Callable[[pa.Table], pa.Table], times: int = 1) -> bytes:
    """A table of ours after a change, `times` over, with room for its checksum and as little else as possible."""
    schema = pa.schema(SCHEMAS[name])
    arrays = [pa.array(COLUMNS[name][field.name], field.type) for field in schema]
    table = change(pa.Table.from_arrays(arrays, schema=schema))
    with TemporaryDirectory() as folder:
        path = Path(folder, "bomb")
        with pq.ParquetWriter(
            path, table.schema, compression="zstd", store_schema=table.schema.equals(schema)
        ) as writer:
            for _ in range(times):
                writer.write_table(table)
            about = METADATA | {"config": "{}", "checksum": tables.EMPTY_CHECKSUM.decode()}
            writer.add_key_value_metadata(about)
        return path.read_bytes()


def repeated(rows: int) -> Callable[[pa.Table], pa.Table]:
    return lambda table: table.take(pa.array(np.zeros(rows, int)))


def with_column(name: str, values: pa.Array) -> Callable[[pa.Table], pa.Table]:
    def change(table: pa.Table) -> pa.Table:
        rows = table.take(pa.array(np.zeros(len(values), int)))
        return rows.set_column(table.schema.get_field_index(name), name, values)

    return change


def one_text(rows: int, size: int) -> pa.Array:
    """The same text in every row, which a file holds once."""
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([bytes(size)]))


BOMBS: dict[str, Callable[[], tuple[str, bytes]]] = {
    "rows": lambda: ("calibration", parquet("calibration", repeated(2**20), 32)),
    "texts": lambda: ("function_images", parquet("function_images", with_column("image", one_text(2000, 2**20)))),
    "lists": lambda: (
        "sequences",
        parquet("sequences", with_column("tokens", pa.array([np.zeros(2**25, np.int32)], pa.list_(pa.int32())))),
    ),
}


@pytest.mark.parametrize("what", BOMBS)
def test_a_table_that_unpacks_to_more_than_its_file_can_hold_is_refused(what: str, tmp_path: Path):
    name, content = BOMBS[what]()
    assert len(content) < 2**20
    said = survive(f"{name}.parquet", content, tmp_path)
    assert said is not None
    assert re.search(r": \d{9,} bytes of memory needed for \d+ bytes; ", said)


class Touch:
    """Makes a file where it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("place", ["extension", "pandas"])
def test_nothing_in_a_table_is_unpickled_or_read_as_instructions(place: str, tmp_path: Path):
    harm = pickle.dumps(Touch(tmp_path / "harm"))

    def change(table: pa.Table) -> pa.Table:
        if place == "pandas":
            about = {
                "index_columns": ["mean"],
                "columns": [{"name": "n", "pandas_type": "object"}],
                "column_indexes": [],
            }
            return table.replace_schema_metadata({"pandas": json.dumps(about)})
        about = {"ARROW:extension:name": "arrow.py_extension_type", "ARROW:extension:metadata": harm}
        return table.cast(pa.schema([table.schema.field(0).with_metadata(about), *list(table.schema)[1:]]))

    path = tmp_path / "calibration.parquet"
    path.write_bytes(sealed(parquet("calibration", change)))
    found = tables.read_table(path, "calibration")
    assert list(found) == list(COLUMNS["calibration"])
    assert list(found.index) == [0, 1]
    assert not (tmp_path / "harm").exists()


def tensors(settings: dict[str, Any] | str, shapes: dict[str, Any] | None = None) -> bytes:
    """A whole file of functions that says something else of itself."""
    content = whole("functions.safetensors")
    (size,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + size])
    config = settings if isinstance(settings, str) else json.dumps(NETWORKS | settings)
    header["__metadata__"]["config"] = config
    for name, about in (shapes or {}).items():
        header[name] |= about
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + content[8 + size :]


OF_NETWORKS = "its settings are not those of random networks"
TENSORS = {
    "more networks than functions": (tensors({"networks": 2**30}), "6 functions found for 2147483648 networks"),
    "fewer networks than functions": (tensors({"networks": 2}), "6 functions found for 4 networks"),
    "cells without number": (
        tensors({axis: [1] * 1000 for axis in ("depths", "widths")}),
        "functions found for 3000000",
    ),
    "a number beyond 32 bits": (tensors({"widths": [2**40]}), OF_NETWORKS),
    "a number beyond 64 bits": (tensors({"seed": 10**30}), OF_NETWORKS),
    "no number": (tensors({"weight_magnitudes": [float("nan")]}), OF_NETWORKS),
    "a truth value": (tensors({"networks": True}), OF_NETWORKS),
    "a long name": (tensors({"study": "x" * 10**6}), "no study and variant and activation found"),
    "a name that steers the terminal": (
        tensors({"activation": "\x1b[2J"}),
        "no study and variant and activation found",
    ),
    "half a character": (tensors({"priors": ["\ud800"]}), OF_NETWORKS),
    "deep settings": (tensors("[" * 10**5), "not tensors of this project"),
    "no settings": (tensors("null"), "not tensors of this project"),
    "another type": (tensors({}, {"status": {"dtype": "I8"}}), "no functions on a line or square"),
    "a type that numpy lacks": (tensors({}, {"status": {"dtype": "F8_E4M3"}}), "not tensors of this project"),
    "a grid of one point": (tensors({}, {"values": {"shape": [6, 16, 1]}}), "no functions on a line or square"),
    "a grid of many axes": (tensors({}, {"values": {"shape": [6, 2, 2, 2, 2]}}), "no functions on a line or square"),
    "more than there is": (tensors({}, {"values": {"shape": [2**62, 4, 4]}}), "not tensors of this project"),
    "no rows": (tensors({}, {"values": {"shape": []}}), "not tensors of this project"),
    "bytes of a neighbour": (tensors({}, {"minimum": {"data_offsets": [0, 48]}}), "not tensors of this project"),
    "a header without end": (struct.pack("<Q", 2**63) + tensors({})[8:], "not tensors of this project"),
}


@pytest.mark.parametrize("what", TENSORS)
def test_hostile_tensors_are_refused(what: str, tmp_path: Path):
    content, sentence = TENSORS[what]
    said = survive("functions.safetensors", content, tmp_path)
    assert said is not None
    assert sentence in said


@pytest.mark.parametrize("value", [np.nan, np.inf, -0.5, 1.5])
def test_functions_beyond_their_scale_are_refused(value: float, tmp_path: Path):
    content = bytearray(whole("functions.safetensors"))
    (size,) = struct.unpack("<Q", content[:8])
    start = json.loads(content[8 : 8 + size])["values"]["data_offsets"][0] + 8 + size
    content[start : start + 4] = np.float32(value).tobytes()
    said = survive("functions.safetensors", bytes(content), tmp_path)
    assert said is not None
    assert "are not scaled to [0, 1]" in said
