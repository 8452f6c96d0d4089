"""From function tensors to numbers: one measure over every network of some files, in chunks."""

from collections.abc import Callable, Iterable
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from neural_redshift.networks.cells import network_rows
from neural_redshift.networks.functions import STATUSES, chunks
from neural_redshift.tables import Tensors

Array = np.ndarray


def load(measure: str, **options: Any) -> Callable[[Array], Array]:
    """The measure of that name with its options: functions (networks, *grid) → (networks,)."""
    return partial(import_module(f"neural_redshift.complexity.{measure}").measure, **options)


def measure_files(files: Iterable[Tensors], measure: Callable[[Array], Array]) -> dict[str, Array]:
    """Columns of `complexity`: key, status and value of every network; NaN where the status is not ok."""
    parts: list[dict[str, Array]] = []
    for tensors in files:
        status = np.array(STATUSES)[tensors.rows("status")]
        values = np.full(len(status), np.nan)
        for chosen in chunks(len(status), tensors.settings["grid_points"] ** 2):
            values[chosen] = measure(tensors.rows("values", chosen[0], chosen[-1] + 1))
        values[status != "ok"] = np.nan
        recomputed = tensors.rows("float64").astype(bool)
        parts.append({**network_rows(tensors.settings), "status": status, "float64": recomputed, "value": values})
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
