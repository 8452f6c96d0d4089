"""Functions in tensor files, held to what they must be: a file from elsewhere can have the right checksum."""

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from neural_redshift.networks.functions import STATUSES, Functions
from neural_redshift.tables import ADVICE, DamagedFile, Tensors

Array = np.ndarray
KINDS = {"values": "float32", "minimum": "float64", "maximum": "float64", "status": "uint8", "float64": "uint8"}
AXES = {"priors": str, "depths": int, "widths": int, "weight_magnitudes": float, "bias_magnitudes": float}
LONGEST = 100  # characters of a name


def count(tensors: Tensors, prefix: str = "") -> int:
    """Number of functions whose tensors' names begin with `prefix`.

    Raises DamagedFile where they differ in number, have another type, or have no grid.
    """
    found = {name: tensors.rows(prefix + name, 0, 0) for name in KINDS}
    lengths = {tensors.length(prefix + name) for name in KINDS}
    kinds = {name: str(rows.dtype) for name, rows in found.items()}
    grid = found["values"].shape[1:]
    if len(lengths) > 1 or kinds != KINDS or not 1 <= len(grid) <= 2 or min(grid) < 2:
        about = f"{kinds}, {sorted(lengths)} rows, grid {grid} found"
        raise DamagedFile(f"{tensors.path}: no functions on a line or square ({about}); {ADVICE}")
    return lengths.pop()


def read(tensors: Tensors, prefix: str, start: int, stop: int) -> Functions:
    """Functions start…stop.

    Raises DamagedFile for a value outside [0, 1] and a status that is none of `STATUSES`.
    """
    found = Functions(*(tensors.rows(prefix + name, start, stop) for name in Functions._fields))
    if not ((found.values >= 0) & (found.values <= 1)).all() or (found.status >= len(STATUSES)).any():
        raise DamagedFile(f"{tensors.path}: functions {start} to {stop - 1} are not scaled to [0, 1]; {ADVICE}")
    return found


def settings_of_networks(tensors: Tensors) -> Mapping[str, Any]:
    """What a file of random functions says of its networks, one for each function.

    Raises DamagedFile where it says too little, or of another number.
    """
    about = tensors.settings
    names(tensors, "study", "variant", "activation")
    axes = {"weight_magnitudes": float} if about["variant"] == "unbiased" else AXES
    whole = all(_is(int, about.get(name)) for name in ("networks", "grid_points")) and _is(int, about.get("seed"), 64)
    lists = all(isinstance(about.get(axis), list) for axis in axes)
    if not whole or not lists or not all(_is(kind, each) for axis, kind in axes.items() for each in about[axis]):
        raise DamagedFile(f"{tensors.path}: its settings are not those of random networks; {ADVICE}")
    rows = about["networks"] * prod(len(about[axis]) for axis in axes)
    if rows != count(tensors) or about["networks"] < 1:
        raise DamagedFile(f"{tensors.path}: {count(tensors)} functions found for {rows} networks; {ADVICE}")
    return about


def names(tensors: Tensors, *keys: str) -> list[str]:
    """Names that stand in the settings of a file. Raises DamagedFile where one is none."""
    if not all(_is(str, tensors.settings.get(key)) for key in keys):
        raise DamagedFile(f"{tensors.path}: no {' and '.join(keys)} found in its settings; {ADVICE}")
    return [tensors.settings[key] for key in keys]


def _is(kind: type, value: Any, bits: int = 32) -> bool:
    """Whether a setting can stand in a table: a short name, a whole number of some bits, or a finite number."""
    if kind is str:
        return isinstance(value, str) and len(value) <= LONGEST and value.isprintable()
    if kind is int:
        return type(value) is int and abs(value) < 2 ** (bits - 1)
    return type(value) in (int, float) and abs(value) < 2**63
