"""A run to which a fault happens ends as one that nothing disturbs. tests/faults.py says what is read of each."""

import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from faults import FAULTS, Fault
from project import MICRO, ROOT, TINY, Project

TABLES = "results/micro/tables"
VARIED = "results/micro/sensitivity/relu.parquet"
TABLE = f"{TABLES}/sensitivity.parquet"
KILLED_WRITER = """
import os, signal
replace = os.replace
def kill(source, target):
    os.kill(os.getpid(), signal.SIGKILL) if str(target).endswith(".parquet") else replace(source, target)
os.replace = kill
"""


@pytest.fixture
def fault(request: pytest.FixtureRequest) -> Fault:
    """The fault that a test is named after."""
    return FAULTS[request.node.originalname.removeprefix("test_")]


@pytest.fixture
def finished(micro: Project, tmp_path: Path) -> Project:
    """A copy of the finished run."""
    return micro.copy(tmp_path / "project")


@pytest.fixture
def unfinished(finished: Project) -> Project:
    """A copy that lacks a table and what it is made from: two jobs, of which the first takes a second or more."""
    for file in (VARIED, TABLE):
        (finished.folder / file).unlink()
    return finished


def start(project: Project, *targets: str) -> subprocess.Popen[str]:
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": ""}
    heeding = ("env", "--default-signal=INT")  # which a shell that starts something in the background ignores
    return subprocess.Popen(
        [*heeding, sys.executable, "-m", "snakemake", *MICRO, *targets],
        cwd=project.folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # a group of processes, as in a terminal
    )


def run(project: Project, *targets: str) -> str:
    """What is read of a run that fails."""
    done = project.snakemake(*MICRO, *targets, check=False)
    assert done.returncode != 0
    return done.stdout + done.stderr


def job_of(running: subprocess.Popen[str], step: str) -> psutil.Process:
    """The process of a step that a run has started."""
    while running.poll() is None:
        for process in psutil.Process(running.pid).children(recursive=True):
            with suppress(psutil.Error):
                if process.name() == step:
                    return process
        time.sleep(0.01)
    raise AssertionError(f"the run ended without {step}: {running.communicate()[0]}")


def ends_well(project: Project, micro: Project, *targets: str) -> None:
    """The same command makes the same tables, and leaves nothing to do and no piece of a file."""
    project.snakemake(*MICRO, *(targets or ["tables"]))
    assert project.tables(MICRO) == micro.tables(MICRO)
    assert not list((project.folder / "results").rglob("*.partial"))
    assert "Nothing to be done" in project.dry_run("tables", profile=MICRO)


@contextmanager
def small_disk(folder: Path) -> Iterator[Callable[[], None]]:
    """Put what a folder holds on a disk of its own that has no room; the function makes some."""
    aside = folder.with_name("aside")
    folder.rename(aside)
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "small", folder], check=True)
    try:
        shutil.copytree(aside, folder, dirs_exist_ok=True)
        filler = folder / "filler"
        with open(filler, "wb") as file:  # raises where there is no more room
            file.write(b"\0" * (shutil.disk_usage(folder).free))
        yield filler.unlink
    finally:
        subprocess.run(["umount", folder], check=True)


# Killed


def kill_after(project: Project, steps: int) -> int:
    """SIGKILL snakemake once it has done so many steps; its number of steps left."""
    running = start(project, "tables")
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


def test_killed_run(micro: Project, tmp_path: Path):
    project, left = Project.from_sources(tmp_path / "project"), 40
    draw = random.Random(2024)
    for _ in range(3):
        left = kill_after(project, draw.randint(1, max(1, left // 3)))
        assert left > 0
    ends_well(project, micro)


def test_killed_job(unfinished: Project, micro: Project, fault: Fault):
    running = start(unfinished, TABLE)
    job_of(running, "vary").kill()
    output, _ = running.communicate()
    assert running.returncode != 0
    assert fault.said_in(output), output
    ends_well(unfinished, micro, TABLE)


def test_killed_writer(unfinished: Project, micro: Project, fault: Fault):
    # The whole file is written under another name; what is left is to give it its own.
    place = unfinished.folder / "src/sitecustomize.py"  # python runs it before a step, not before snakemake
    place.write_text(KILLED_WRITER)
    output = run(unfinished, TABLE)
    assert fault.said_in(output), output
    assert len(list((unfinished.folder / VARIED).parent.glob("*.partial"))) == 1
    place.unlink()
    ends_well(unfinished, micro, TABLE)


def test_terminated_run(unfinished: Project, micro: Project, fault: Fault):
    running = start(unfinished, TABLE)
    job_of(running, "vary")
    running.terminate()
    output, _ = running.communicate()
    assert running.returncode != 0
    assert fault.said_in(output), output
    ends_well(unfinished, micro, TABLE)


def test_interrupted_run(unfinished: Project, micro: Project, fault: Fault):
    running = start(unfinished, TABLE)
    job_of(running, "vary")
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does: the job as well
    output, _ = running.communicate()
    assert running.returncode != 0
    assert fault.said_in(output, traceback=True), output  # Python's, of the interrupt
    ends_well(unfinished, micro, TABLE)


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
    return [line for line in said if line.startswith("part ")]


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


def test_killed_training(killed: Project, built: Project):
    killed.snakemake(*TINY, f"{TRAINED}.parquet")
    said = [line for line in (killed.folder / LOG).read_text().splitlines() if line.startswith("part ")]
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


# Disks


def test_full_disk(unfinished: Project, micro: Project, fault: Fault):
    with small_disk(unfinished.folder / "results/micro/sensitivity") as make_room:
        output = run(unfinished, TABLE)
        assert fault.said_in(output), output
        make_room()
        ends_well(unfinished, micro, TABLE)


def test_full_disk_of_snakemake(unfinished: Project, micro: Project, fault: Fault):
    with small_disk(unfinished.folder / ".snakemake") as make_room:
        output = run(unfinished, TABLE)
        assert fault.said_in(output, traceback=True), output  # Snakemake's, of the log that it cannot write
        make_room()
        ends_well(unfinished, micro, TABLE)


def test_read_only_results(unfinished: Project, micro: Project, fault: Fault):
    results = unfinished.folder / "results/micro"
    subprocess.run(["mount", "--bind", results, results], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", results], check=True)
    try:
        output = run(unfinished, TABLE)
        assert fault.said_in(output), output
    finally:
        subprocess.run(["umount", results], check=True)
    ends_well(unfinished, micro, TABLE)


# Damaged


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
def test_damaged_table(finished: Project, micro: Project, damage: Callable[[Path], None]):
    damaged = [f"{TABLES}/{name}.parquet" for name in ("correlations", "components")]
    for table in damaged:
        damage(finished.folder / table)
    stale = [line.split()[1] for line in run(finished, "check").splitlines() if line.startswith("NO ")]
    assert {f"{table}:" for table in damaged} <= set(stale)
    ends_well(finished, micro)


@DAMAGE
def test_damaged_figure(project: Project, damage: Callable[[Path], None]):
    for kind in ("svg", "png"):
        damage(project.folder / f"figures/tiny/table1_components.{kind}")
    assert project.planned() == {"plot": 1, "publish": 1}


@DAMAGE
def test_damaged_tensor(finished: Project, micro: Project, fault: Fault, damage: Callable[[Path], None]):
    tensor, part = (
        "results/micro/functions/width/plain/relu.safetensors",
        "results/micro/complexity/width/cosine/relu.parquet",
    )
    damage(finished.folder / tensor)
    (finished.folder / part).unlink()
    output = run(finished, part)
    assert fault.said_in(output), output
    assert f"error: {tensor}: " in output
    assert not (finished.folder / part).exists()
    (finished.folder / tensor).unlink()
    finished.snakemake(*MICRO, part)
    assert all((finished.folder / file).read_bytes() == (micro.folder / file).read_bytes() for file in (tensor, part))


def test_damaged_part(finished: Project, micro: Project, fault: Fault):
    part = "results/micro/complexity/width/cosine/relu.parquet"
    flip(finished.folder / part)
    (finished.folder / f"{TABLES}/random_networks.parquet").unlink()
    output = run(finished, f"{TABLES}/random_networks.parquet")
    assert fault.said_in(output), output
    (finished.folder / part).unlink()
    ends_well(finished, micro)


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


def test_deleted_intermediate(finished: Project, micro: Project):
    tensor, part = (
        "results/micro/functions/width/plain/relu.safetensors",
        "results/micro/complexity/width/cosine/relu.parquet",
    )
    (finished.folder / tensor).unlink()
    assert "Nothing to be done" in finished.dry_run("tables", profile=MICRO)
    (finished.folder / part).unlink()
    finished.snakemake(*MICRO, part)
    ends_well(finished, micro)


# Surroundings


def set_clock_back(project: Project) -> None:
    """Whatever is there was made while the clock was a day ahead."""
    for file in (project.folder / "results").rglob("*"):
        seen = file.stat().st_mtime
        os.utime(file, (seen + 86400, seen + 86400))


def test_clock_set_back(unfinished: Project, micro: Project):
    set_clock_back(unfinished)
    ends_well(unfinished, micro, TABLE)


def test_clock_set_back_behind_a_damaged_table(finished: Project, micro: Project):
    flip(finished.folder / TABLE)
    set_clock_back(finished)
    ends_well(finished, micro, TABLE)


def test_second_run(unfinished: Project, micro: Project, fault: Fault):
    first = start(unfinished, TABLE)
    job = job_of(first, "vary")
    job.suspend()
    output = run(unfinished, TABLE)
    assert fault.said_in(output), output
    assert f"process {first.pid} is running" in output
    assert "Building DAG" in unfinished.dry_run("tables", profile=MICRO)  # looking is allowed
    job.resume()
    first.communicate()
    assert first.returncode == 0
    ends_well(unfinished, micro, TABLE)


def locale_with_commas(folder: Path) -> dict[str, str]:
    """Variables that set the locale of Germany."""
    folder.mkdir()
    subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", folder / "de_DE.UTF-8"], check=True)
    variables = {"LC_ALL": "de_DE.UTF-8", "LOCPATH": str(folder)}
    ask = "import locale; locale.setlocale(locale.LC_ALL, ''); print(locale.str(0.5))"
    said = subprocess.run([sys.executable, "-c", ask], env=variables, capture_output=True, text=True, check=True)
    assert said.stdout == "0,5\n"
    return variables


def test_odd_surroundings(micro: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    project = Project.from_sources(tmp_path / "Größe der Brüche ½")
    (tmp_path / "other disk").mkdir()
    (project.folder / "results").symlink_to(tmp_path / "other disk")
    variables = locale_with_commas(tmp_path / "locale") | {"HOME": "/nonexistent"}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    ends_well(project, micro, "tables", "--cores", "1")
    assert (project.folder / "results").is_symlink()
    assert (tmp_path / "other disk/micro/tables/modulo.parquet").exists()


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
