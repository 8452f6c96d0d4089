"""A training job that is stopped goes on where it was, and ends as one that was not."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from neural_redshift.checkpoints import run_job
from neural_redshift.networks.functions import Functions, scale
from neural_redshift.schemas import SCHEMAS
from neural_redshift.tables import Tensors, read_table
from neural_redshift.tasks.parts import Part

METADATA = {"fingerprint": "today", "config": '{"task": "made up"}', "seed": "0"}
PARTS, ROWS = 12, 3  # more parts than there are digits: 10 comes after 2


class MadeUp:
    """A task whose rows and functions say which part they are of; `run` counts, and may be interrupted."""

    def __init__(self, stop_before: int = PARTS, functions: bool = True):
        self.done: list[int] = []
        self.stop_before, self.functions = stop_before, functions
        if functions:
            self.target_functions = lambda settings: several(5, 1000.0)

    def parts(self, settings) -> list[int]:
        return list(range(settings["parts"]))

    def run(self, settings, part: int) -> Part:
        if part == self.stop_before:
            raise KeyboardInterrupt
        self.done.append(part)
        numbers = 10 * part + np.arange(ROWS)
        about = {
            "task": ["made up"] * ROWS,
            "architecture": [f"{settings['name']} {number}" for number in numbers],
            "activation": ["relu"] * ROWS,
            "status": ["ok"] * ROWS,
        }
        numeric = {field.name for field in SCHEMAS["before_after"]} - set(about)
        numeric -= {name for name in numeric if name.endswith(("_init", "_trained"))}
        if not self.functions:
            return Part(about | dict.fromkeys(numeric, numbers))
        stages = {"initial": several(ROWS, 10 * part), "trained": several(2 * ROWS, 500 + 10 * part)}
        return Part(about | dict.fromkeys(numeric, numbers), stages)


def several(count: int, first: float) -> Functions:
    """Functions known by their minimum: first, first + 1, …"""
    ramp = np.arange(count)[:, None] + first + np.linspace(0, 1, 4)
    return scale(ramp, np.arange(count) % 2 == 0)


def do(folder: Path, task: MadeUp, name: str = "model", **changes) -> list[str]:
    """Do a job and return what it reports."""
    said: list[str] = []
    settings = {"parts": PARTS, "table": "before_after", "name": name}
    run_job(task, str(folder / "out" / "relu"), settings, METADATA | changes, said.append)
    return said


def stopped(folder: Path, before: int, **changes) -> Path:
    """The folder of a job that was interrupted before a part."""
    with pytest.raises(KeyboardInterrupt):
        do(folder, MadeUp(before), **changes)
    assert [path.name for path in (folder / "out").glob("*")] == ["relu.parts"] * (before > 0)
    return folder / "out" / "relu.parts"


def written(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "out").iterdir())}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("undisturbed")
    do(folder, MadeUp())
    return written(folder)


def test_rows_and_functions_are_those_of_the_parts_in_their_order(tmp_path: Path):
    do(tmp_path, MadeUp())
    expected = [10 * part + row for part in range(PARTS) for row in range(ROWS)]
    rows = read_table(tmp_path / "out/relu.parquet", "before_after")
    assert rows.seed.tolist() == expected
    assert rows.architecture.tolist() == [f"model {number}" for number in expected]
    tensors = Tensors(tmp_path / "out/relu.safetensors")
    assert tensors.rows("initial_minimum").tolist() == expected
    two_a_row = [500 + 10 * part + row for part in range(PARTS) for row in range(2 * ROWS)]
    assert tensors.rows("trained_minimum").tolist() == two_a_row
    assert tensors.rows("target_minimum").tolist() == [1000, 1001, 1002, 1003, 1004]
    for stage, count in (("initial", 3 * PARTS), ("trained", 6 * PARTS), ("target", 5)):
        assert tensors.rows(f"{stage}_values").shape == (count, 4)
        np.testing.assert_array_equal(tensors.rows(f"{stage}_maximum") - tensors.rows(f"{stage}_minimum"), 1)
        assert (tensors.rows(f"{stage}_status") == 0).all()
    assert tensors.rows("target_float64").tolist() == [1, 0, 1, 0, 1]
    assert tensors.metadata.items() >= METADATA.items()


def test_measures_are_null_until_they_are_taken(tmp_path: Path):
    do(tmp_path, MadeUp())
    rows = read_table(tmp_path / "out/relu.parquet", "before_after")
    measures = [name for name in rows if name.endswith(("_init", "_trained"))]
    assert len(measures) == 10
    assert rows[measures].isna().all(axis=None)
    assert rows.drop(columns=measures).notna().all(axis=None)


def test_a_task_without_functions_writes_a_table_alone(tmp_path: Path):
    do(tmp_path, MadeUp(functions=False))
    assert list(written(tmp_path)) == ["relu.parquet"]
    assert len(read_table(tmp_path / "out/relu.parquet", "before_after")) == PARTS * ROWS


def test_a_job_that_is_done_leaves_no_parts(undisturbed: dict[str, bytes]):
    assert set(undisturbed) == {"relu.parquet", "relu.safetensors"}


@pytest.mark.parametrize("before", [0, 1, PARTS - 1])
def test_an_interrupted_job_does_the_rest_and_ends_the_same(tmp_path: Path, undisturbed: dict[str, bytes], before: int):
    stopped(tmp_path, before)
    rest = MadeUp()
    said = do(tmp_path, rest)
    assert rest.done == list(range(before, PARTS))
    assert said[:before] == [f"part {number + 1} of {PARTS} is at hand" for number in range(before)]
    assert not any("at hand" in line for line in said[before:])
    assert len(said) == PARTS
    assert written(tmp_path) == undisturbed


def test_a_part_whose_table_is_missing_is_done_again(tmp_path: Path, undisturbed: dict[str, bytes]):
    parts = stopped(tmp_path, 5)
    (parts / "3.parquet").unlink()  # killed after the functions, before the table
    rest = MadeUp()
    do(tmp_path, rest)
    assert rest.done == [3, *range(5, PARTS)]
    assert written(tmp_path) == undisturbed


@pytest.mark.parametrize("content", [b"", b"somebody else's file" * 100], ids=["empty", "foreign"])
def test_a_part_whose_table_is_damaged_is_done_again(tmp_path: Path, undisturbed: dict[str, bytes], content: bytes):
    parts = stopped(tmp_path, 5)
    (parts / "3.parquet").write_bytes(content)
    damaged = bytearray((parts / "4.parquet").read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (parts / "4.parquet").write_bytes(damaged)
    rest = MadeUp()
    do(tmp_path, rest)
    assert rest.done == [*range(3, PARTS)]
    assert written(tmp_path) == undisturbed


@pytest.mark.parametrize("fate", ["missing", "damaged"])
def test_a_part_whose_functions_are_not_whole_is_done_again(tmp_path: Path, undisturbed: dict[str, bytes], fate: str):
    functions = stopped(tmp_path, 5) / "3.safetensors"
    if fate == "missing":
        functions.unlink()
    else:
        whole = functions.read_bytes()
        functions.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    rest = MadeUp()
    do(tmp_path, rest)
    assert rest.done == [3, *range(5, PARTS)]
    assert written(tmp_path) == undisturbed


def test_parts_of_other_code_or_settings_are_not_used(tmp_path: Path, undisturbed: dict[str, bytes]):
    stopped(tmp_path, 5, name="other model", fingerprint="yesterday")
    rest = MadeUp()
    assert not any("at hand" in line for line in do(tmp_path, rest))
    assert rest.done == list(range(PARTS))
    assert written(tmp_path) == undisturbed


def test_a_job_killed_while_it_cleans_up_is_done_from_what_is_left(tmp_path: Path, undisturbed: dict[str, bytes]):
    parts = stopped(tmp_path, PARTS - 1)
    shutil.copytree(parts, tmp_path / "kept")
    do(tmp_path, MadeUp())
    shutil.copytree(tmp_path / "kept", parts)  # as if the end of the job had removed no more than the last part
    rest = MadeUp()
    do(tmp_path, rest)
    assert rest.done == [PARTS - 1]
    assert written(tmp_path) == undisturbed


def test_a_part_with_a_column_too_many_is_refused_and_leaves_no_part(tmp_path: Path):
    task = SimpleNamespace(parts=lambda _: [0], run=lambda *_: Part({"task": ["made up"], "colour": ["red"]}))
    with pytest.raises(ValueError, match="colour"):
        do(tmp_path, task)
    assert not list((tmp_path / "out/relu.parts").glob("*.parquet"))
