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
    return _joined({**network_rows(tensors.settings), **_measured(tensors, "", measure)} for tensors in files)


def measure_models(files: Iterable[Tensors], measure: Callable[[Array], Array]) -> dict[str, Array]:
    """Columns of `trained_complexity`: the same of the functions of trained networks, stage by stage."""
    parts = []
    for tensors in files:
        for stage in (name.removesuffix("values") for name in tensors.names() if name.endswith("values")):
            found = _measured(tensors, stage, measure)
            about = {"task": tensors.settings["task"], "model": tensors.settings["model"], "stage": stage[:-1]}
            size = len(found["value"])
            repeated = {name: np.full(size, value) for name, value in about.items()}
            parts.append({**repeated, "function": np.arange(size), **found})
    return _joined(parts)


def _measured(tensors: Tensors, prefix: str, measure: Callable[[Array], Array]) -> dict[str, Array]:
    """Status and value of every function whose tensors' names begin with `prefix`."""
    status = np.array(STATUSES)[tensors.rows(f"{prefix}status")]
    values = np.full(len(status), np.nan)
    for chosen in chunks(len(status), tensors.rows(f"{prefix}values", 0, 1).size):
        values[chosen] = measure(tensors.rows(f"{prefix}values", chosen[0], chosen[-1] + 1))
    values[status != "ok"] = np.nan
    return {"status": status, "float64": tensors.rows(f"{prefix}float64").astype(bool), "value": values}


def _joined(parts: Iterable[dict[str, Array]]) -> dict[str, Array]:
    found = list(parts)
    return {name: np.concatenate([part[name] for part in found]) for name in found[0]}
