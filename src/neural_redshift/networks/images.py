"""Functions as small grey pictures, and a few of them in full."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from neural_redshift.networks import function_files
from neural_redshift.networks.cells import network_rows
from neural_redshift.tables import Tensors

Array = np.ndarray
SIDE = 64  # pixels


def thin(functions: Array, side: int) -> Array:
    """Functions (networks, points, points) on an evenly thinned grid of at most `side` points an axis."""
    points = functions.shape[1]
    kept = np.rint(np.linspace(0, points - 1, min(side, points))).astype(int)
    return functions[:, kept][:, :, kept]


def function_images(files: Iterable[Tensors], networks_per_cell: int) -> dict[str, list[Any]]:
    """Columns of `function_images`: the first networks of each cell as 8-bit pictures, minimum 0, maximum 255."""
    columns: dict[str, list[Any]] = {}
    for key, values, scale in _first_functions(files, networks_per_cell):
        picture = np.rint(255 * thin(values[None], SIDE)).astype(np.uint8)
        _append(columns, {**key, **scale, "image": picture.tobytes()})
    return columns


def function_examples(files: Iterable[Tensors], chosen: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Columns of `function_examples`: network 0 of every chosen cell (names and values of key columns)."""
    columns: dict[str, list[Any]] = {}
    for key, values, scale in _first_functions(files, 1):
        if any(all(key[name] == value for name, value in choice.items()) for choice in chosen):
            _append(columns, {**key, **scale, "values": values.ravel()})
    return columns


def _first_functions(
    files: Iterable[Tensors], networks_per_cell: int
) -> Iterator[tuple[dict[str, Any], Array, dict[str, Any]]]:
    """Key, values, and minimum and maximum of the first networks of every cell."""
    for tensors in files:
        settings = function_files.settings_of_networks(tensors)
        for first in range(0, function_files.count(tensors), settings["networks"]):
            last = first + min(settings["networks"], networks_per_cell)
            rows, functions = network_rows(settings, first, last), function_files.read(tensors, "", first, last)
            for place, values in enumerate(functions.values):
                key = {name: column[place] for name, column in rows.items()}
                yield key, values, {"minimum": functions.minimum[place], "maximum": functions.maximum[place]}


def _append(columns: dict[str, list[Any]], row: Mapping[str, Any]) -> None:
    for column, entry in row.items():
        columns.setdefault(column, []).append(entry)
