"""A training job, part by part: a finished part is kept, so that a killed job goes on where it was."""

import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from neural_redshift.networks.functions import Functions
from neural_redshift.schemas import SCHEMAS
from neural_redshift.tables import Tensors, read_table, state, tensor_writer, write_table
from neural_redshift.tasks.parts import Part


def run_job(
    task: ModuleType,
    output: str,
    settings: Mapping[str, Any],
    metadata: Mapping[str, str],
    report: Callable[[str], None],
) -> None:
    """Do the `parts` of a module of `neural_redshift.tasks` by its `run`.

    Write `output`.parquet, the rows of every part, and `output`.safetensors, their functions if there are any.

    A part that is finished lies in the folder `output`.parts under the job's fingerprint until the job is done.
    Memory does not grow with the number of parts.
    """
    folder, started = Path(f"{output}.parts"), time.monotonic()
    parts = task.parts(settings)
    for number, part in enumerate(parts):
        kept = (folder / f"{number}.{kind}" for kind in ("safetensors", "parquet"))
        if all(state(file, metadata["fingerprint"]) is None for file in kept):
            report(f"part {number + 1} of {len(parts)} is at hand")
            continue
        done = task.run(settings, part)
        _write_part(folder / str(number), settings["table"], done, metadata)
        report(f"part {number + 1} of {len(parts)}, {time.monotonic() - started:.0f} s: {part}")
    if hasattr(task, "target_functions"):
        _write_functions(folder / "target.safetensors", {"target": task.target_functions(settings)}, metadata)
    _assemble(folder, len(parts), output, settings["table"], metadata)
    shutil.rmtree(folder)


def _write_part(stem: Path, table: str, part: Part, metadata: Mapping[str, str]) -> None:
    _write_functions(Path(f"{stem}.safetensors"), part.functions, metadata)
    rows = len(next(iter(part.table.values())))
    later = {field.name: [None] * rows for field in SCHEMAS[table]}  # measures, null until they are taken
    write_table(f"{stem}.parquet", table, later | part.table, metadata)


def _write_functions(path: Path, stages: Mapping[str, Functions], metadata: Mapping[str, str]) -> None:
    tensors = {
        f"{stage}_{name}": values for stage, functions in stages.items() for name, values in functions._asdict().items()
    }
    kinds = {name: np.uint8 if values.dtype == bool else values.dtype.type for name, values in tensors.items()}
    with tensor_writer(path, {name: (kinds[name], tensors[name].shape) for name in tensors}, metadata) as writer:
        for name, values in tensors.items():
            writer.write(name, 0, values)


def _assemble(folder: Path, parts: int, output: str, table: str, metadata: Mapping[str, str]) -> None:
    pieces: dict[str, list[Tensors]] = {}
    for path in [*(folder / f"{number}.safetensors" for number in range(parts)), *folder.glob("target.*")]:
        tensors = Tensors(path)
        for name in tensors.names():
            pieces.setdefault(name, []).append(tensors)
    shapes: dict[str, tuple[type, tuple[int, ...]]] = {}
    for name, found in pieces.items():
        first = found[0].rows(name, 0, 1)
        shapes[name] = (first.dtype.type, (sum(each.length(name) for each in found), *first.shape[1:]))
    if shapes:
        with tensor_writer(f"{output}.safetensors", shapes, metadata) as writer:
            for name, found in pieces.items():
                row = 0
                for each in found:
                    writer.write(name, row, each.rows(name))
                    row += each.length(name)
    rows = [read_table(folder / f"{number}.parquet", table) for number in range(parts)]
    write_table(f"{output}.parquet", table, pd.concat(rows, ignore_index=True), metadata)
