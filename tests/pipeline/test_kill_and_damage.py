"""A run that is killed ends as one that is not; damage is named, and nothing damaged is drawn."""

import os
import random
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from project import ROOT, TINY, Project

TABLES = "results/tiny/tables"


def start(project: Project) -> subprocess.Popen[str]:
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": ""}
    command = [sys.executable, "-m", "snakemake", *TINY]
    return subprocess.Popen(
        command, cwd=project.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def kill_after(project: Project, steps: int) -> int:
    """SIGKILL snakemake once it has done so many steps; its number of steps left."""
    running = start(project)
    assert running.stdout is not None
    for line in running.stdout:
        if found := re.match(r"(\d+) of (\d+) steps", line):
            done, total = map(int, found.groups())
            if done >= steps:
                break
    running.send_signal(signal.SIGKILL)
    running.stdout.close()
    assert running.wait() == -signal.SIGKILL
    return total - done


def data(project: Project) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted((project.folder / TABLES).glob("*.parquet"))}


def test_a_run_killed_at_three_random_moments_ends_with_the_same_tables(built: Project, tmp_path: Path):
    project, left = Project.from_sources(tmp_path / "project"), 100
    draw = random.Random(2024)
    for _ in range(3):
        left = kill_after(project, draw.randint(1, max(1, left // 3)))
        assert left > 0
    project.snakemake(*TINY)
    assert data(project) == data(built)
    assert not list((project.folder / "results").rglob("*.partial"))
    assert project.planned() == {}


def test_a_second_run_in_the_same_folder_is_refused(built: Project, tmp_path: Path):
    project = Project.from_sources(tmp_path / "project")
    first = start(project)
    assert first.stdout is not None
    next(line for line in first.stdout if "steps" in line or "Select jobs" in line)
    second = project.snakemake(*TINY, check=False)
    assert second.returncode != 0
    assert f"process {first.pid} is running" in second.stdout + second.stderr
    assert "Traceback" not in second.stdout + second.stderr
    assert "sample" in project.dry_run()  # looking is allowed
    first.send_signal(signal.SIGKILL)
    first.stdout.close()
    first.wait()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def foreign(path: Path) -> None:
    path.write_text("somebody else's file\n" * 100)


DAMAGE = pytest.mark.parametrize("damage", [empty, cut, flip, foreign])


@DAMAGE
@pytest.mark.parametrize("table", ["correlations", "components"])
def test_a_damaged_table_is_made_again_before_it_is_drawn(
    project: Project, built: Project, table: str, damage: Callable[[Path], None]
):
    damage(project.folder / TABLES / f"{table}.parquet")
    planned = project.planned()
    assert planned[{"correlations": "correlate", "components": "estimate"}[table]] == 1
    project.snakemake(*TINY, "tables")
    assert data(project) == data(built)


@DAMAGE
def test_a_damaged_figure_is_drawn_again(project: Project, damage: Callable[[Path], None]):
    for kind in ("svg", "png"):
        damage(project.folder / f"figures/tiny/table1_components.{kind}")
    assert project.planned() == {"plot": 1, "publish": 1}


@DAMAGE
def test_a_damaged_tensor_is_named_and_not_measured(project: Project, damage: Callable[[Path], None]):
    tensor = "results/tiny/functions/width/plain/relu.safetensors"
    part = project.folder / "results/tiny/complexity/width/fourier/relu.parquet"
    damage(project.folder / tensor)
    part.unlink()
    done = project.snakemake(*TINY, str(part.relative_to(project.folder)), check=False)
    assert done.returncode != 0
    assert re.search(rf"error: {tensor}: .*(delete it and run snakemake again)", done.stdout + done.stderr)
    assert "Traceback" not in done.stdout + done.stderr
    assert not part.exists()


def test_a_damaged_part_is_named_and_not_joined(project: Project):
    part = "results/tiny/complexity/width/fourier/relu.parquet"
    flip(project.folder / part)
    done = project.snakemake(*TINY, "--forcerun", "join", "--until", "join", check=False)
    assert done.returncode != 0
    assert f"error: {part}: its bytes are not those that were written" in done.stdout + done.stderr


def test_a_table_of_an_older_schema_is_made_again(project: Project):
    project.edit(
        "src/neural_redshift/schemas.py",
        'column("n", pa.int32(), "functions"',
        'column("count", pa.int32(), "functions"',
    )
    project.edit(
        "src/neural_redshift/complexity/calibration.py", '"standard_deviation", "n")', '"standard_deviation", "count")'
    )
    planned = project.planned()
    assert planned["calibrate"] == 1
    assert "sample" not in planned


# A training job of three parts


TRAINED = "results/tiny/trained/smooth/gaussian"
LOG = "results/tiny/logs/train/smooth/gaussian.log"


@pytest.fixture(scope="module")
def training(built: Project) -> list[str]:
    """The words of its command."""
    done = built.snakemake(*TINY, "--dry-run", "--force", "--printshellcmds", f"{TRAINED}.parquet")
    found = re.search(r"python -m (neural_redshift\.steps\.train .*?)2> ", done.stdout + done.stderr)
    assert found
    return shlex.split(found[1])


def train(project: Project, words: list[str], kill_after: str = "never") -> list[str]:
    """What the job says; SIGKILL it as soon as it said that a part is done."""
    environment = os.environ | {"PYTHONPATH": "src"}
    running = subprocess.Popen(
        [sys.executable, "-m", *words], cwd=project.folder, env=environment, stderr=subprocess.PIPE, text=True
    )
    assert running.stderr is not None
    said = []
    for line in running.stderr:
        said.append(line)
        if line.startswith(kill_after):
            running.send_signal(signal.SIGKILL)
    assert running.wait() == (0 if kill_after == "never" else -signal.SIGKILL), said
    running.stderr.close()
    return said


def outputs(project: Project) -> dict[str, bytes]:
    """Its files, without any part."""
    return {path.name: path.read_bytes() for path in (project.folder / TRAINED).parent.iterdir()}


@pytest.fixture
def killed(project: Project, training: list[str]) -> Project:
    """A project whose training job was killed after the first part, before it wrote anything else."""
    for ending in (".parquet", ".safetensors"):
        (project.folder / f"{TRAINED}{ending}").unlink()
    train(project, training, kill_after="part 1 of 3")
    assert not (project.folder / f"{TRAINED}.parquet").exists()
    return project


def test_a_killed_training_job_goes_on_from_its_finished_parts(killed: Project, built: Project):
    killed.snakemake(*TINY, f"{TRAINED}.parquet")
    said = (killed.folder / LOG).read_text().splitlines()
    assert said[0] == "part 1 of 3 is at hand"
    assert said[2].startswith("part 3 of 3, ")
    assert outputs(killed) == outputs(built)


def test_a_damaged_part_of_a_training_job_is_done_again(killed: Project, built: Project, training: list[str]):
    flip(killed.folder / f"{TRAINED}.parts/0.parquet")
    assert train(killed, training)[0].startswith("part 1 of 3, ")
    assert outputs(killed) == outputs(built)


def test_parts_of_other_code_or_settings_are_not_used(killed: Project, training: list[str]):
    words = [*training]
    words[words.index("--fingerprint") + 1] = "0" * 32
    assert train(killed, words)[0].startswith("part 1 of 3, ")


def test_the_lock_of_snakemake_is_not_removed_while_a_run_holds_it(tmp_path: Path):
    code = "import sys; from pathlib import Path; from neural_redshift.lock import take; held = take(Path(sys.argv[1]))"
    holder = subprocess.Popen(
        [sys.executable, "-c", f"{code}; print('held', flush=True); sys.stdin.read()", str(tmp_path / ".snakemake")],
        env={"PYTHONPATH": str(ROOT / "src")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    lock = tmp_path / ".snakemake/locks/0.input.lock"
    lock.parent.mkdir()
    lock.touch()
    command = [sys.executable, "-c", code, str(tmp_path / ".snakemake")]
    refused = subprocess.run(
        command, env={"PYTHONPATH": str(ROOT / "src")}, capture_output=True, text=True, check=False
    )
    assert f"process {holder.pid} is running" in refused.stderr
    assert lock.exists()
    holder.kill()
    holder.communicate()
    subprocess.run(command, env={"PYTHONPATH": str(ROOT / "src")}, check=True)
    assert not lock.exists()
