"""Every file that the project reads or writes: Parquet tables, safetensors, figures.

Writes are atomic: a file appears whole, under its name, or not at all. Every file carries the
fingerprint of what made it, and a SHA-256 of its own bytes, so that reading notices damage.
"""

import hashlib
import json
import os
import platform
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from neural_redshift.schemas import SCHEMAS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

Array = np.ndarray
EMPTY_CHECKSUM = b"sha256:" + b"0" * 64
ADVICE = "delete it and run snakemake again"
GROUP = 2**17  # rows of a table that are held while it is written
MOST_BYTES, FREE_BYTES = 1000, 2**27  # of memory that a table may take: for a byte of its file, and in any case


class DamagedFile(Exception):
    """A file whose bytes are not those that were written, or that is not one of ours."""


class TableWriter:
    """Writes a Parquet table in pieces, on which its bytes do not depend: memory does not grow with the table."""

    def __init__(self, writer: pq.ParquetWriter, table: str):
        self.writer, self.table, self.schema = writer, table, writer.schema
        self.held, self.empty = self.schema.empty_table(), True

    def write(self, columns: "Mapping[str, Any] | pd.DataFrame") -> None:
        """Add rows, columns (arrays or lists) by name.

        Raises ValueError where a column is missing or has no place in the schema.
        """
        if set(self.schema.names) != set(columns):
            odd = sorted(set(map(str, columns)) ^ set(self.schema.names))
            raise ValueError(f"columns {odd} found or missing; {self.table} has {self.schema.names}")
        arrays = [pa.array(columns[f.name], f.type, from_pandas=True) for f in self.schema]
        self.held = pa.concat_tables([self.held, pa.Table.from_arrays(arrays, schema=self.schema)])
        while len(self.held) > GROUP:
            self._write_group()

    def finish(self) -> None:
        """Write what is held, and room for the checksum."""
        if len(self.held) or self.empty:
            self._write_group()
        self.writer.add_key_value_metadata({"checksum": EMPTY_CHECKSUM.decode()})

    def _write_group(self) -> None:
        self.writer.write_table(self.held.slice(0, GROUP).combine_chunks())
        self.held, self.empty = self.held.slice(GROUP), False


@contextmanager
def table_writer(path: str | Path, table: str, metadata: Mapping[str, str]) -> Iterator[TableWriter]:
    """A `TableWriter` whose file appears under `path` when the block ends without an error."""
    schema = pa.schema(SCHEMAS[table], metadata=dict(metadata))
    with _atomic(path) as file:
        with pq.ParquetWriter(file, schema, compression="zstd", compression_level=9) as parquet:
            writer = TableWriter(parquet, table)
            yield writer
            writer.finish()
        _seal(file)
    if Path(path).parent.name == "tables":
        _write_provenance(path)


def write_table(
    path: str | Path, table: str, columns: "Mapping[str, Any] | pd.DataFrame", metadata: Mapping[str, str]
) -> None:
    """Write columns (arrays or lists by name) as the Parquet table `table`, atomically.

    Raises ValueError where a column is missing or has no place in the schema.
    """
    with table_writer(path, table, metadata) as writer:
        writer.write(columns)


def read_table(path: str | Path, table: str) -> "pd.DataFrame":
    """Read a whole Parquet table, held to its checksum, to the schema of `table`, and to the size of its file.

    Raises DamagedFile where the bytes or the columns are not those of such a table, or where it would take more
    than `MOST_BYTES` of memory for a byte of the file.
    """
    verify(path)
    schema, most = pa.schema(SCHEMAS[table]), FREE_BYTES + MOST_BYTES * os.path.getsize(path)
    names = [field.name for field in schema if pa.types.is_string(field.type) or pa.types.is_binary(field.type)]
    try:
        found = pq.read_schema(path)
        if not found.equals(schema):
            raise DamagedFile(f"{path}: columns {_shown(found.names)} found; {table} has {schema.names}: rebuild it")
        with pq.ParquetFile(path, read_dictionary=names) as file:
            _fits(path, _declared_bytes(file.metadata), most)
            coded = file.read()
        _fits(path, sum(_text_bytes(coded[name]) for name in names), most)
        # Without metadata, in which pandas would look for names of rows and types of its own.
        whole = coded.replace_schema_metadata().cast(schema.remove_metadata())
        whole.validate(full=True)
    except (pa.ArrowException, OSError, ValueError) as problem:
        raise DamagedFile(f"{path}: cannot be read as a table ({_shown(problem)}); {ADVICE}") from None
    return whole.to_pandas()


def _declared_bytes(about: pq.FileMetaData) -> int:
    """Memory that a table takes by what its footer says: 8 bytes an entry, or the pages unpacked if they are larger."""
    groups = [about.row_group(number) for number in range(about.num_row_groups)]
    chunks = [group.column(number) for group in groups for number in range(group.num_columns)]
    return sum(max(8 * chunk.num_values, chunk.total_uncompressed_size) for chunk in chunks)


def _text_bytes(column: pa.ChunkedArray) -> int:
    """Bytes of a column of texts when each row has its own."""
    sizes = [pc.sum(pc.take(pc.binary_length(part.dictionary), part.indices)).as_py() for part in column.chunks]
    return sum(size or 0 for size in sizes)


def _fits(path: str | Path, needed: int, most: int) -> None:
    if needed > most:
        raise DamagedFile(f"{path}: {needed} bytes of memory needed for {os.path.getsize(path)} bytes; {ADVICE}")


def _shown(what: object) -> str:
    """A library's words or a file's, in a line and without signs that steer a terminal."""
    text = " ".join(str(what).split())[:200]
    return "".join(sign if sign.isprintable() else "�" for sign in text)


def read_list(path: str | Path) -> Any:
    """Read a list of the workflow, in YAML."""
    import yaml

    return yaml.safe_load(Path(path).read_text(encoding="utf-8"))


def write_json(path: str | Path, data: Mapping[str, Any]) -> None:
    """Write data as JSON, atomically; what is no number becomes null."""

    def known(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: known(each) for name, each in value.items()}
        if isinstance(value, list):
            return [known(each) for each in value]
        return None if isinstance(value, float) and not np.isfinite(value) else value

    with _atomic(path) as file:
        file.write(json.dumps(known(data), indent=1, ensure_ascii=False, allow_nan=False).encode() + b"\n")


class TensorWriter:
    """Writes a safetensors file of known shapes piece by piece: memory does not grow with the file."""

    def __init__(
        self, file: IO[bytes], shapes: Mapping[str, tuple[type, tuple[int, ...]]], metadata: Mapping[str, str]
    ):
        names = {"float32": "F32", "float64": "F64", "uint8": "U8"}
        header: dict[str, Any] = {"__metadata__": {**metadata, "checksum": EMPTY_CHECKSUM.decode()}}
        end = 0
        for name, (kind, shape) in shapes.items():
            start, end = end, end + int(np.prod(shape)) * np.dtype(kind).itemsize
            header[name] = {"dtype": names[np.dtype(kind).name], "shape": list(shape), "data_offsets": [start, end]}
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(8 + len(text) + end)
        file.flush()
        self.file, self.start, self.header = file, 8 + len(text), header
        self.kinds = {name: np.dtype(kind) for name, (kind, _) in shapes.items()}

    def write(self, name: str, row: int, values: Array) -> None:
        """Write `values` as rows `row`… of tensor `name`."""
        size = int(np.prod(self.header[name]["shape"][1:])) * self.kinds[name].itemsize
        self.file.seek(self.start + self.header[name]["data_offsets"][0] + row * size)
        self.file.write(np.ascontiguousarray(values, self.kinds[name]).tobytes())


@contextmanager
def tensor_writer(
    path: str | Path, shapes: Mapping[str, tuple[type, tuple[int, ...]]], metadata: Mapping[str, str]
) -> Iterator[TensorWriter]:
    """A `TensorWriter` whose file appears under `path` when the block ends without an error."""
    with _atomic(path) as file:
        yield TensorWriter(file, shapes, metadata)
        _seal(file)


class Tensors:
    """A safetensors file that was found whole: `metadata`, and rows of its tensors, read where they are asked for.

    Raises DamagedFile where the file, its metadata or a tensor is not such as `tensor_writer` writes.
    """

    def __init__(self, path: str | Path):
        verify(path)
        self.path = path
        with self._open() as file:
            self.shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
            self.metadata: dict[str, str] = dict(file.metadata() or {})
            self.settings: dict[str, Any] = dict(json.loads(self.metadata["config"]))

    def rows(self, name: str, start: int = 0, stop: int | None = None) -> Array:
        """Rows start…stop of a tensor."""
        self.length(name)
        with self._open() as file:
            return file.get_slice(name)[start:stop]

    def names(self) -> list[str]:
        """Names of the tensors, in order."""
        return sorted(self.shapes)

    def length(self, name: str) -> int:
        """Number of rows of a tensor."""
        if not self.shapes.get(name):
            raise DamagedFile(f"{self.path}: no rows of {_shown(name)} found, it has {_shown(self.names())}; {ADVICE}")
        return self.shapes[name][0]

    @contextmanager
    def _open(self) -> Iterator[Any]:
        # Mapped for as long as rows are read, so that memory does not grow with the file.
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(self.path, framework="numpy") as file:
                yield file
        except (SafetensorError, AttributeError, KeyError, TypeError, ValueError, RecursionError) as problem:
            raise DamagedFile(f"{self.path}: not tensors of this project ({_shown(problem)}); {ADVICE}") from None


def write_figure(stem: str | Path, figure: "Figure", fingerprint: str) -> None:
    """Write a figure as `stem`.svg and `stem`.png, the same bytes for the same figure."""
    import matplotlib

    stable: Any = {"svg.hashsalt": "neural_redshift", "svg.fonttype": "path"}
    about = {"Date": None, "Creator": None, "Description": f"fingerprint={fingerprint}"}
    with matplotlib.rc_context(stable), _atomic(f"{stem}.svg") as file:
        figure.savefig(file, format="svg", metadata=about)
        file.write(b"<!-- " + EMPTY_CHECKSUM + b" -->\n")
        _seal(file)
    with _atomic(f"{stem}.png") as file:
        figure.savefig(file, format="png", metadata={"Software": None, "fingerprint": fingerprint})


def write_page(path: str | Path, page: str) -> None:
    """Write an HTML page, which carries its fingerprint in its head, with a checksum at its end."""
    # The checksum is found by this mark, which therefore occurs once.
    content = page.replace("sha256:", "sha256&#58;").encode() + b"\n<!-- " + EMPTY_CHECKSUM + b" -->\n"
    with _atomic(path) as file:
        file.write(content)
        _seal(file)


def read_text(path: str | Path) -> str:
    """A text file of the project: a document or a figure as SVG."""
    return Path(path).read_text(encoding="utf-8")


def write_text(path: str | Path, text: str) -> None:
    """Write a document, atomically."""
    with _atomic(path) as file:
        file.write(text.encode())


def made_from(path: str | Path) -> dict[str, str]:
    """What a table says of itself: `fingerprint`, `config`, `seed`, and its number of `rows`.

    Raises DamagedFile where it says nothing.
    """
    found = pq.read_metadata(path)
    try:
        about = {name: found.metadata[name.encode()].decode() for name in ("fingerprint", "config", "seed")}
    except (KeyError, TypeError, ValueError):
        raise DamagedFile(f"{path}: it does not say what made it; {ADVICE}") from None
    return about | {"rows": str(found.num_rows)}


def made_on(path: str | Path) -> dict[str, str] | None:
    """What is known of the machine that made a table; None in a clone, which has no such file."""
    beside = Path(path).with_suffix(".provenance.json")
    return json.loads(beside.read_text()) if beside.exists() else None


def fingerprint_in(path: str | Path) -> str | None:
    """The fingerprint that a table, tensor file or figure carries; None where there is none to read."""
    try:
        match Path(path).suffix:
            case ".parquet":
                return pq.read_metadata(path).metadata[b"fingerprint"].decode()
            case ".svg":
                return Path(path).read_text().split("fingerprint=")[1].split("<")[0]
            case ".png":
                return _png_text(path)["fingerprint"]
            case _:
                from safetensors import safe_open

                return safe_open(path, framework="numpy").metadata()["fingerprint"]
    except Exception:
        return None


def fingerprint_of_kept(path: str | Path) -> str | None:
    """The same of any kept file, which may be the page.

    A function of its own: a job that goes on from its parts asks for their fingerprints, and stands on no page.
    """
    if Path(path).suffix != ".html":
        return fingerprint_in(path)
    try:
        return Path(path).read_text(encoding="utf-8").split('name="fingerprint" content="')[1].split('"')[0]
    except (OSError, ValueError, IndexError):
        return None


def state_of_kept(path: str | Path, fingerprint: str) -> str | None:
    """What is wrong with any kept file, as `state` says it."""
    if Path(path).suffix != ".html" or not Path(path).exists():
        return state(path, fingerprint)
    try:
        verify(path)
    except DamagedFile as damage:
        return str(damage).removeprefix(f"{path}: ")
    found = fingerprint_of_kept(path)
    return None if found == fingerprint else _of_other_making(found, fingerprint)


def _of_other_making(found: str | None, fingerprint: str) -> str:
    return f"made by other code or configuration ({found}, today's is {fingerprint}); run snakemake"


def state(path: str | Path, fingerprint: str) -> str | None:
    """What is wrong with a kept file that ought to carry `fingerprint`, in one phrase; None if nothing is."""
    if not Path(path).exists():
        return "missing; run snakemake"
    try:
        verify(path)
    except DamagedFile as damage:
        return str(damage).removeprefix(f"{path}: ")
    if (found := fingerprint_in(path)) != fingerprint:
        return f"made by other code or configuration ({found}, today's is {fingerprint}); run snakemake"
    return None


def verify(path: str | Path) -> None:
    """Hold a file to the checksum inside it (PNG: to the checksums of its chunks).

    Raises DamagedFile, with what to do, where the bytes are not those that were written.
    """
    if Path(path).suffix == ".png":
        try:
            _png_text(path)
            if not Path(path).read_bytes().endswith(b"IEND\xaeB`\x82"):
                raise ValueError("something follows the image")
        except Exception:
            raise DamagedFile(f"{path}: not a whole PNG image; {ADVICE}") from None
        return
    with open(path, "rb") as file:
        place = _checksum_place(file, b"sha256:")
        if place is None:
            found = f"no checksum found in {os.path.getsize(path)} bytes"
            raise DamagedFile(f"{path}: {found}, so it is cut or not a file of this project; {ADVICE}")
        file.seek(place)
        if file.read(len(EMPTY_CHECKSUM)) != _checksum(file, place):
            raise DamagedFile(f"{path}: its bytes are not those that were written; {ADVICE}")


def _png_text(path: str | Path) -> dict[str, str]:
    from PIL import Image

    with Image.open(path) as image:
        image.verify()
    with Image.open(path) as image:
        image.load()
        return dict(image.text)  # type: ignore[attr-defined]


def _write_provenance(path: str | Path) -> None:
    """Beside a table, what differs between machines and is no part of the result."""
    packages = ("numpy", "scipy", "numba", "torch", "pandas", "pyarrow")
    about = {
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        **{package: version(package) for package in packages},
    }
    with _atomic(Path(path).with_suffix(".provenance.json")) as file:
        file.write(json.dumps(about, indent=1).encode())


@contextmanager
def _atomic(path: str | Path) -> Iterator[IO[bytes]]:
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    _remove_what_killed_jobs_left(path)
    try:
        with open(partial, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _remove_what_killed_jobs_left(path: Path) -> None:
    for leftover in path.parent.glob(f".{path.name}.*.partial"):
        try:
            os.kill(int(leftover.suffixes[-2][1:]), 0)
        except ProcessLookupError:
            leftover.unlink(missing_ok=True)
        except (ValueError, PermissionError):
            continue


def _seal(file: IO[bytes]) -> None:
    file.flush()
    place = _checksum_place(file, EMPTY_CHECKSUM)
    assert place is not None
    checksum = _checksum(file, place)
    file.seek(place)
    file.write(checksum)


def _checksum_place(file: IO[bytes], mark: bytes) -> int | None:
    # The mark stands in the header of a safetensors file and at the end of a table or figure.
    size = file.seek(0, os.SEEK_END)
    for start in (0, max(0, size - 2**16)):
        file.seek(start)
        found = file.read(2**16).rfind(mark)
        if found >= 0:
            return start + found
    return None


def _checksum(file: IO[bytes], place: int) -> bytes:
    file.seek(0)
    digest = hashlib.sha256(file.read(place) + EMPTY_CHECKSUM)
    file.seek(place + len(EMPTY_CHECKSUM))
    while block := file.read(2**20):
        digest.update(block)
    return b"sha256:" + digest.hexdigest().encode()
