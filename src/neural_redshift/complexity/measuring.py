"""From function tensors to numbers: one measure over every network of some files, in chunks."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib import import_module
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from neural_redshift.networks import function_files
from neural_redshift.networks.cells import network_rows
from neural_redshift.networks.functions import STATUSES, chunks
from neural_redshift.tables import ADVICE, DamagedFile, Tensors

if TYPE_CHECKING:
    import torch

Array = np.ndarray
Columns = dict[str, Array]


def load(measure: str, **options: Any) -> Callable[[Array], Array]:
    """The measure of that name with its options: functions (networks, *grid) → (networks,)."""
    return partial(import_module(f"neural_redshift.complexity.{measure}").measure, **options)


def loader(place: "torch.device | None") -> Callable[..., Callable[[Array], Array]]:
    """`load`; or the same in torch, where there is a GPU (`device.gpu`)."""
    if place is None:
        return load
    from neural_redshift.complexity.on_device import of_arrays

    return partial(of_arrays, place)


def measure_files(files: Iterable[Tensors], measure: Callable[[Array], Array]) -> Iterator[Columns]:
    """Columns of `complexity`, some rows at a time: key, status and value; NaN where the status is not ok."""
    for tensors in files:
        settings = function_files.settings_of_networks(tensors)
        for start, found in _measured(tensors, "", measure):
            yield network_rows(settings, start, start + len(found["value"])) | found


def measure_models(files: Iterable[Tensors], measure: Callable[[Array], Array]) -> Iterator[Columns]:
    """Columns of `trained_complexity`: the same of the functions of trained networks, stage by stage."""
    for tensors in files:
        task, model = function_files.names(tensors, "task", "model")
        for stage in (name.removesuffix("values") for name in tensors.names() if name.endswith("values")):
            for start, found in _measured(tensors, stage, measure):
                size = len(found["value"])
                about = {"task": task, "model": model, "stage": stage[:-1]}
                repeated = {name: np.full(size, value) for name, value in about.items()}
                yield {**repeated, "function": np.arange(start, start + size), **found}


def _measured(tensors: Tensors, prefix: str, measure: Callable[[Array], Array]) -> Iterator[tuple[int, Columns]]:
    """Status and value of the functions whose tensors' names begin with `prefix`, and the number of the first."""
    size = function_files.count(tensors, prefix)
    for chosen in chunks(size, prod(tensors.shapes[f"{prefix}values"][1:])):
        functions = function_files.read(tensors, prefix, chosen[0], chosen[-1] + 1)
        try:
            values = np.asarray(measure(functions.values), float)
        except ValueError as problem:  # a grid that the measure cannot take, and that no configuration asks for
            raise DamagedFile(f"{tensors.path}: {problem}; {ADVICE}") from None
        values[functions.status != 0] = np.nan
        status = np.array(STATUSES)[functions.status]
        yield int(chosen[0]), {"status": status, "float64": functions.float64.astype(bool), "value": values}
