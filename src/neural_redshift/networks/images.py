"""Functions as small grey pictures, and a few of them in full."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from neural_redshift.networks.cells import cells, network_rows
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
    for tensors in files:
        for row, key in _first_rows(tensors, networks_per_cell):
            picture = np.rint(255 * thin(tensors.rows("values", row, row + 1), SIDE)).astype(np.uint8)
            _append(columns, key, tensors, row, "image", picture.tobytes())
    return columns


def function_examples(files: Iterable[Tensors], chosen: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Columns of `function_examples`: network 0 of every chosen cell (names and values of key columns)."""
    columns: dict[str, list[Any]] = {}
    for tensors in files:
        for row, key in _first_rows(tensors, 1):
            if any(all(key[name] == value for name, value in choice.items()) for choice in chosen):
                _append(columns, key, tensors, row, "values", tensors.rows("values", row, row + 1).ravel())
    return columns


def _first_rows(tensors: Tensors, networks_per_cell: int) -> Iterator[tuple[int, dict[str, Any]]]:
    rows, networks = network_rows(tensors.settings), tensors.settings["networks"]
    for cell in range(len(cells(tensors.settings))):
        for row in range(cell * networks, cell * networks + min(networks, networks_per_cell)):
            yield row, {name: values[row] for name, values in rows.items()}


def _append(
    columns: dict[str, list[Any]], key: Mapping[str, Any], tensors: Tensors, row: int, name: str, value: Any
) -> None:
    scale = {end: tensors.rows(end, row, row + 1)[0] for end in ("minimum", "maximum")}
    for column, entry in {**key, **scale, name: value}.items():
        columns.setdefault(column, []).append(entry)
