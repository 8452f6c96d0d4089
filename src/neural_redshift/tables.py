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
import pyarrow.parquet as pq

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

Array = np.ndarray
EMPTY_CHECKSUM = b"sha256:" + b"0" * 64


class DamagedFile(Exception):
    """A file whose bytes are not those that were written, or that is not one of ours."""


def column(name: str, kind: pa.DataType, unit: str, description: str) -> pa.Field:
    """A column with its unit ("1": none) and description."""
    return pa.field(name, kind, metadata={"unit": unit, "description": description})


NETWORK_KEY = (
    column("study", pa.string(), "1", "study of config.yaml"),
    column("variant", pa.string(), "1", "plain, layer_norm, residual, skip, gated, or unbiased (the Fourier model)"),
    column("activation", pa.string(), "1", "activation of the hidden layers; none for the Fourier model"),
    column("prior", pa.string(), "1", "prior over weights and biases; none for the Fourier model"),
    column("depth", pa.int32(), "hidden layers", "number of hidden layers; 0 for the Fourier model"),
    column("width", pa.int32(), "channels", "channels of a hidden layer; 0 for the Fourier model"),
    column("weight_magnitude", pa.float64(), "1", "factor alpha on the weights (A with prior authors_code)"),
    column("bias_magnitude", pa.float64(), "1", "factor on the biases"),
    column("grid_points", pa.int32(), "points", "points an axis of the regular grid on [-1, 1]^2"),
    column("network", pa.int32(), "1", "number of the network within its cell, from 0"),
    column("seed", pa.int64(), "1", "master seed of config.yaml"),
)
STATUS = (
    column("status", pa.string(), "1", "ok, constant (range under 1e-9 of the magnitude) or non_finite"),
    column("float64", pa.bool_(), "1", "was the function computed in float64"),
)
MEASURES = {
    "fourier": column("fourier", pa.float32(), "1", "mean |k| of the periodic FFT over the largest |k|; DC excluded"),
    "fourier_authors": column(
        "fourier_authors", pa.float32(), "1", "the same by the authors' code: a quadrant, rounded radii"
    ),
    "cosine": column("cosine", pa.float32(), "1", "mean |k| of the DCT-II over the largest |k|; DC excluded"),
    "chebyshev": column("chebyshev", pa.float32(), "orders", "mean total order of the Chebyshev coefficients"),
    "legendre": column("legendre", pa.float32(), "orders", "mean total order of the Legendre coefficients"),
    "lempel_ziv": column("lempel_ziv", pa.float32(), "phrases", "distinct phrases of the LZ78 parse"),
}
INTERVAL = (
    column("estimate", pa.float64(), "1", "point estimate"),
    column("low", pa.float64(), "1", "lower end of the 95 % interval"),
    column("high", pa.float64(), "1", "upper end of the 95 % interval"),
)
SCHEMAS: dict[str, tuple[pa.Field, ...]] = {
    "complexity": (*NETWORK_KEY, *STATUS, column("value", pa.float32(), "as the measure", "null unless status is ok")),
    "random_networks": (*NETWORK_KEY, *STATUS, *MEASURES.values()),
    "sensitivity": (
        *NETWORK_KEY,
        column("measure", pa.string(), "1", "complexity measure"),
        column(
            "setting",
            pa.string(),
            "1",
            "what is varied, all else as in config.yaml: grid_points, precision (of the networks), bias_scaling "
            "(prior), gaussian_form (activation), degree, lz_levels, scan_order, lz_levels_and_scan_order (both), "
            "algorithm",
        ),
        column(
            "setting_value",
            pa.string(),
            "1",
            "its value, such as 32; levels and order together as 32 hilbert; algorithm: lz78 or lz76",
        ),
        column(
            "value",
            pa.float32(),
            "as the measure",
            "complexity; lz76: bits (K of Dingle et al. 2018); null for a function that is constant or not finite",
        ),
    ),
    "function_images": (
        *NETWORK_KEY,
        column("minimum", pa.float64(), "1", "output at grey value 0"),
        column("maximum", pa.float64(), "1", "output at grey value 255"),
        column(
            "image",
            pa.binary(),
            "grey values",
            "64 x 64 bytes, first input slowest: the function on an evenly thinned grid",
        ),
    ),
    "function_examples": (
        *NETWORK_KEY,
        column("minimum", pa.float64(), "1", "output at value 0"),
        column("maximum", pa.float64(), "1", "output at value 1"),
        column("values", pa.list_(pa.float32()), "1", "the function scaled to [0, 1], first input slowest"),
    ),
    "calibration": (
        column(
            "function", pa.string(), "1", "plane (random direction), paraboloid, step (half-plane), disc or white_noise"
        ),
        column("grid_points", pa.int32(), "points", "points an axis of the regular grid on [-1, 1]^2"),
        column("measure", pa.string(), "1", "complexity measure"),
        column("mean", pa.float64(), "as the measure", "mean over the functions"),
        column("standard_deviation", pa.float64(), "as the measure", "standard deviation over the functions"),
        column("n", pa.int32(), "functions", "number of functions"),
    ),
    "correlations": (
        column("table", pa.string(), "1", "table that the values come from"),
        column("group", pa.string(), "1", "between_cells (cell means), over_networks (all), within_cell"),
        column("key", pa.string(), "1", "the cell, for within_cell"),
        column("x", pa.string(), "1", "first measure"),
        column("y", pa.string(), "1", "second measure"),
        column("method", pa.string(), "1", "pearson or spearman"),
        *INTERVAL,
        column("n", pa.int32(), "1", "networks, or cells for between_cells"),
    ),
    "components": (
        column("component", pa.string(), "1", "component of an architecture, as in Table 1 of the paper"),
        column("contrast", pa.string(), "1", "what is compared with what"),
        column(
            "activations", pa.string(), "1", "all, ReLU-like (relu, gelu, swish, selu) or others (tanh, gaussian, sin)"
        ),
        column(
            "over", pa.string(), "1", "grid (average over depths and weight magnitudes) or corner (the largest of both)"
        ),
        column("measure", pa.string(), "1", "complexity measure, on the calibrated scale: plane 0, white noise 1"),
        *INTERVAL,
        column("cells", pa.int32(), "cells", "cells that the contrast averages over"),
        column("n", pa.int32(), "networks", "networks that the contrast rests on"),
        column("direction", pa.string(), "1", "lower, none, higher or undecided, from the interval and the margin .10"),
        column(
            "paper",
            pa.string(),
            "1",
            "direction that the paper states for these activations; empty where it says nothing",
        ),
    ),
}


def describe() -> str:
    """The columns of every kept table, as Markdown."""
    lines = [
        "# Columns",
        "",
        "What every table holds. `complexity` is the form of the parts in `results/complexity`.",
        "",
    ]
    for table, fields in SCHEMAS.items():
        lines += [f"## {table}", "", "| Column | Type | Unit | Meaning |", "|---|---|---|---|"]
        for field in fields:
            about = {key.decode(): value.decode() for key, value in field.metadata.items()}
            lines.append(f"| {field.name} | {field.type} | {about['unit']} | {about['description']} |")
        lines.append("")
    return "\n".join(lines)


def write_table(
    path: str | Path, table: str, columns: "Mapping[str, Any] | pd.DataFrame", metadata: Mapping[str, str]
) -> None:
    """Write columns (arrays or lists by name) as the Parquet table `table`, atomically.

    Raises ValueError where a column is missing or has no place in the schema.
    """
    schema = pa.schema(SCHEMAS[table], metadata=dict(metadata))
    if set(schema.names) != set(columns):
        odd = sorted(set(map(str, columns)) ^ set(schema.names))
        raise ValueError(f"{path}: columns {odd} found or missing; {table} has {schema.names}")
    arrays = [pa.array(columns[f.name], f.type, from_pandas=True) for f in schema]
    with _atomic(path) as file:
        writer = pq.ParquetWriter(file, schema, compression="zstd", compression_level=9)
        writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
        writer.add_key_value_metadata({"checksum": EMPTY_CHECKSUM.decode()})
        writer.close()
        _seal(file)
    if table != "complexity":
        _write_provenance(path)


def read_table(path: str | Path, table: str) -> "pd.DataFrame":
    """Read a whole Parquet table, held to its checksum and to the schema of `table`.

    Raises DamagedFile where the bytes or the columns are not those of such a table.
    """
    verify(path)
    found = pq.read_table(path)
    if not found.schema.equals(pa.schema(SCHEMAS[table])):
        raise DamagedFile(
            f"{path}: columns {found.schema.names} found; {table} has {[f.name for f in SCHEMAS[table]]}: rebuild it"
        )
    return found.to_pandas()


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
    """A safetensors file that was found whole: `metadata`, and rows of its tensors, mapped and not loaded."""

    def __init__(self, path: str | Path):
        from safetensors import safe_open

        verify(path)
        self.file = safe_open(path, framework="numpy")
        self.metadata: dict[str, str] = self.file.metadata()
        self.settings: dict[str, Any] = json.loads(self.metadata["config"])

    def rows(self, name: str, start: int = 0, stop: int | None = None) -> Array:
        """Rows start…stop of a tensor."""
        return self.file.get_slice(name)[start:stop]

    def length(self, name: str) -> int:
        """Number of rows of a tensor."""
        return self.file.get_slice(name).get_shape()[0]


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
    advice = "delete it and run snakemake again"
    if Path(path).suffix == ".png":
        try:
            _png_text(path)
            if not Path(path).read_bytes().endswith(b"IEND\xaeB`\x82"):
                raise ValueError("something follows the image")
        except Exception:
            raise DamagedFile(f"{path}: not a whole PNG image; {advice}") from None
        return
    with open(path, "rb") as file:
        place = _checksum_place(file, b"sha256:")
        if place is None:
            found = f"no checksum found in {os.path.getsize(path)} bytes"
            raise DamagedFile(f"{path}: {found}, so it is cut or not a file of this project; {advice}")
        file.seek(place)
        if file.read(len(EMPTY_CHECKSUM)) != _checksum(file, place):
            raise DamagedFile(f"{path}: its bytes are not those that were written; {advice}")


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
