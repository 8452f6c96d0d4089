"""How others' files are read, and how a hostile one may end: in a value or a sentence, in bounded time and memory."""

import gzip
import hashlib
import json
import re
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import NamedTuple

import numpy as np

from bad_inputs import SCHEMA
from neural_redshift import tables
from neural_redshift.complexity.fourier import fourier
from neural_redshift.complexity.lempel_ziv import lempel_ziv
from neural_redshift.complexity.measuring import measure_files, measure_models
from neural_redshift.complexity.spectra import spectra
from neural_redshift.configuration.check import check
from neural_redshift.configuration.words import ConfigurationError
from neural_redshift.instrument import measure
from neural_redshift.networks.images import function_examples, function_images
from neural_redshift.networks.sampling import function_shapes, sample_study
from neural_redshift.profiling.arrays import read_array
from neural_redshift.profiling.problems import BadModule
from neural_redshift.tables import DamagedFile, Tensors, read_table, table_writer, tensor_writer
from neural_redshift.tasks.mnist import DigitsError, read_idx
from project import ROOT

CORPUS = Path(__file__).parent / "corpus"
SECONDS = 20  # of processor time, which a busy machine does not change; a reader is stopped after them
MEMORY = (
    2**32
)  # bytes of addresses that a reader may take beyond those of the process: libraries reserve a gigabyte at once
METADATA = {"fingerprint": "0123abcd", "seed": "7"}
NETWORKS = {
    "study": "made_up",
    "variant": "plain",
    "activation": "relu",
    "priors": ["glorot"],
    "depths": [1, 2],
    "seed": 7,
}
NETWORKS |= {"widths": [4], "weight_magnitudes": [1.0], "bias_magnitudes": [1.0], "grid_points": 4, "networks": 3}


class Hang(BaseException):
    """A reader took longer than `SECONDS`; no reader catches it."""


class Reader(NamedTuple):
    """How a kind of file is read, a whole one, and what is raised of one that is not."""

    read: Callable[[Path], object]
    whole: Callable[[Path], None]
    raises: type[Exception]


def functions(path: Path) -> None:
    """All that is done with a file of random functions."""
    for complexity in (fourier, lempel_ziv):
        with table_writer(path.with_suffix(".out"), "complexity", METADATA) as writer:
            for columns in measure_files([Tensors(path)], complexity):
                writer.write(columns)
    for name, columns in {
        "function_images": function_images([Tensors(path)], 2),
        "function_examples": function_examples([Tensors(path)], [{"depth": 2}]),
        "spectra": spectra([Tensors(path)]),
    }.items():
        tables.write_table(path.with_suffix(".out"), name, columns, METADATA)


def trained(path: Path) -> None:
    """All that is done with a file of functions before and after training."""
    with table_writer(path.with_suffix(".out"), "trained_complexity", METADATA) as writer:
        for columns in measure_models([Tensors(path)], lempel_ziv):
            writer.write(columns)


def table(name: str) -> Callable[[Path], None]:
    def read(path: Path) -> None:
        tables.fingerprint_in(path)
        tables.state(path, "0123abcd")
        read_table(path, name)
        tables.made_from(path)

    return read


def write_functions(path: Path) -> None:
    metadata = METADATA | {"config": json.dumps(NETWORKS)}
    with tensor_writer(path, function_shapes(NETWORKS), metadata) as writer:
        for row, found in sample_study(NETWORKS):
            for name, values in found._asdict().items():
                writer.write(name, row, values)


def write_trained(path: Path) -> None:
    shapes = {f"{stage}_{name}": s for stage in ("initial", "trained") for name, s in function_shapes(NETWORKS).items()}
    metadata = METADATA | {"config": json.dumps({"task": "modulo", "model": "relu", "seed": 7})}
    with tensor_writer(path, shapes, metadata) as writer:
        for _, found in sample_study(NETWORKS):
            for stage in ("initial", "trained"):
                for name, values in found._asdict().items():
                    writer.write(f"{stage}_{name}", 0, values)


COLUMNS: dict[str, dict[str, list]] = {
    "calibration": {
        "function": ["plane", "white_noise"],
        "grid_points": [64, 64],
        "measure": ["fourier", "fourier"],
        "mean": [0.19, 0.541],
        "standard_deviation": [0.0, None],
        "n": [200, 200],
    },
    "sequences": {
        "protocol": ["paper"] * 3,
        "activation": ["gelu"] * 3,
        "depth": [12] * 3,
        "layer_norm_scale": [1.0] * 3,
        "final_norm": [False] * 3,
        "head": ["tied"] * 3,
        "centred": [False] * 3,
        "ablation": ["none"] * 3,
        "model": [0, 1, 2],
        "sequence": [0, 1, 2],
        "seed": [7] * 3,
        "prompt": [5, 6, 7],
        "tokens": [[5, 1, 1, 1], [6, 2], [7]],
    },
    "function_images": {
        **{name: [value] * 2 for name, value in NETWORKS.items() if name in ("study", "variant", "activation", "seed")},
        **{"prior": ["glorot"] * 2, "depth": [1] * 2, "width": [4] * 2, "weight_magnitude": [1.0] * 2},
        **{"bias_magnitude": [1.0] * 2, "grid_points": [4] * 2, "network": [0, 1], "minimum": [0.0] * 2},
        **{"maximum": [1.0] * 2, "image": [bytes(16), bytes(range(16))]},
    },
}


def write_columns(name: str) -> Callable[[Path], None]:
    return lambda path: tables.write_table(path, name, COLUMNS[name], METADATA | {"config": "{}"})


def write_array(path: Path) -> None:
    np.save(path, np.linspace(0, 1, 2 * 6 * 6).reshape(2, 6, 6) ** 2)


def write_digits(path: Path) -> None:
    path.write_bytes(bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4]) + bytes(range(24)))


def write_packed_digits(path: Path) -> None:
    write_digits(path)
    path.write_bytes(gzip.compress(path.read_bytes(), mtime=0))


READERS = {
    "config.yaml": Reader(
        lambda path: check(SCHEMA, path),
        lambda path: path.write_bytes((ROOT / "config.yaml").read_bytes()) and None,
        ConfigurationError,
    ),
    "my.yaml": Reader(
        lambda path: check(SCHEMA, ROOT / "config.yaml", path),
        lambda path: path.write_bytes((ROOT / "profiles/tiny/study.yaml").read_bytes()) and None,
        ConfigurationError,
    ),
    "array.npy": Reader(lambda path: measure(read_array(path), batch=True), write_array, BadModule),
    "digits.idx": Reader(lambda path: read_idx(path, 3), write_digits, DigitsError),
    "digits.gz": Reader(lambda path: read_idx(path, 3), write_packed_digits, DigitsError),
    "functions.safetensors": Reader(functions, write_functions, DamagedFile),
    "trained.safetensors": Reader(trained, write_trained, DamagedFile),
    **{f"{name}.parquet": Reader(table(name), write_columns(name), DamagedFile) for name in COLUMNS},
}


@cache
def whole(name: str) -> bytes:
    """The bytes of a whole file."""
    with TemporaryDirectory() as folder:
        READERS[name].whole(Path(folder, name))
        return Path(folder, name).read_bytes()


def survive(name: str, content: bytes, folder: Path) -> str | None:
    """What is said of a file; None if it is read. Any other end is an exception.

    A file is sealed with the checksum of its own bytes, as an attacker would do it.
    """
    path, reader = folder / name, READERS[name]
    path.write_bytes(sealed(content) if name.endswith((".safetensors", ".parquet")) else content)
    try:
        with limits(), np.errstate(all="raise", under="ignore"):
            reader.read(path)
    except reader.raises as problem:
        said = str(problem)
        sentences = said.splitlines() if reader.raises is ConfigurationError else [said]
        assert all(sentence.isprintable() for sentence in sentences), repr(said)
        assert len(sentences) <= 11
        assert len(said) < 11 * 1000, said
        return said
    finally:
        assert {each.name for each in folder.iterdir()} <= {name, str(Path(name).with_suffix(".out"))}
    return None


def sealed(content: bytes) -> bytes:
    """The same with the checksum that `tables.verify` looks for, if there is a place for one."""
    for start in (0, max(0, len(content) - 2**16)):
        place = content[start : start + 2**16].rfind(b"sha256:")
        if place >= 0:
            place += start
            empty = content[:place] + tables.EMPTY_CHECKSUM + content[place + len(tables.EMPTY_CHECKSUM) :]
            digest = hashlib.sha256(empty).hexdigest().encode()
            return empty[: place + 7] + digest + empty[place + 7 + len(digest) :]
    return content


@contextmanager
def limits() -> Iterator[None]:
    """Stop what takes more than `SECONDS`, or more memory than the process has and `MEMORY`."""

    def stop(_: int, __: FrameType | None) -> None:
        raise Hang(f"{SECONDS} s")

    status = Path("/proc/self/status")
    now = int(re.search(r"VmSize:\s+(\d+)", status.read_text())[1]) * 1024 if status.exists() else None
    before = resource.getrlimit(resource.RLIMIT_AS)
    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    if now:
        resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY, before[1]))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_AS, before)
