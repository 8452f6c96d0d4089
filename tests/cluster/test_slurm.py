"""One run through profiles/slurm on a real SLURM, to which everything happens that happens on clusters."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from faults import FAULTS
from project import MICRO, Project
from slurm import GPUS, SECONDS, ask, cluster, environment_with_plugin, jobs, kill, processes_of, wait_until

# In the place of python: notes when a step begins and ends, and lets some fail or wait the first time.
PYTHON = """#!{python} -IS
import json, os, subprocess, sys, time
if len(sys.argv) < 3 or not sys.argv[2].startswith("neural_redshift.steps."):
    os.execv({python!r}, [{python!r}, *sys.argv[1:]])
step, output = sys.argv[2].rpartition(".")[2], sys.argv[sys.argv.index("--output") + 1]

def note(**what):
    line = dict(step=step, output=output, process=os.getpid(), time=time.time(), **what)
    with open({notes!r}, "a") as file:
        file.write(json.dumps(line) + "\\n")

note(gpus=os.environ.get("CUDA_VISIBLE_DEVICES"))
first = {{"vary": "fails", "generate": "waits", "calibrate": "waits"}}.get(step)
try:
    os.mkdir({notes!r} + "." + step)
except FileExistsError:
    first = None
if first == "fails":
    sys.exit("the node had a bad day")
if first == "waits":
    time.sleep(10000)
code = subprocess.call([{python!r}, *sys.argv[1:]])
note(code=code)
sys.exit(code)
"""
# Where the controller is slow to answer, the plugin turns to sacct, and waits for ever if there is no accounting.
WHICH = """#!/bin/sh
[ "$1" = sacct ] && exit 1
exec /usr/bin/which "$@"
"""


class Story(NamedTuple):
    """What was seen of one run with its mishaps."""

    project: Project
    folder: Path  # of the project, and of the cluster, which is gone
    said: list[str]  # by the run that is killed; by the run that is refused; by the run that ends it
    refused: int  # the exit status of the second
    orphans: dict[str, str]  # jobs that lived on after SIGKILL, with their comments
    while_drained: set[str]  # states of the jobs then
    notes: list[dict]  # executions of steps, as they begin and end
    at_kill: int  # how many of these there were when the first run was killed
    at_last: int  # and when the last began


class Run:
    """Snakemake through profiles/slurm."""

    def __init__(self, project: Project, python: Path, log: Path):
        self.log = log
        environment = os.environ | {"PATH": f"{project.folder}/bin:{os.environ['PATH']}"}
        command = [python, "-m", "snakemake", "--workflow-profile", "profiles/slurm"]
        with open(log, "w") as out:
            self.process = subprocess.Popen(
                [*command, "--slurm-init-seconds-before-status-checks", "1", "tables"],
                cwd=project.folder,
                env=environment,
                stdout=out,
                stderr=out,
                text=True,
            )

    def said(self) -> str:
        return self.log.read_text()

    def end(self) -> int:
        return self.process.wait(SECONDS)

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, *_: object) -> None:
        kill(self.process)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("slurm")
    project = Project.from_sources(folder / "project")
    for name, partition in (("cpu", "batch"), ("gpu", "graphics")):  # what a user fills in
        project.edit("profiles/slurm/config.yaml", f"  {name}: {name} ", f"  {name}: {partition} ")
    shutil.copy(project.folder / "profiles/micro/study.yaml", project.folder / "config.yaml")
    notes = folder / "notes"
    (project.folder / "bin").mkdir()
    for name, text in (("python", PYTHON.format(python=sys.executable, notes=str(notes))), ("which", WHICH)):
        (project.folder / "bin" / name).write_text(text)
        (project.folder / "bin" / name).chmod(0o755)

    def noted() -> list[dict]:
        return [json.loads(line) for line in notes.read_text().splitlines()] if notes.exists() else []

    def times(step: str, **what: int) -> int:
        return sum(note["step"] == step and note.items() >= what.items() for note in noted())

    def number(rule: str) -> str:
        return next(number for number, comment in jobs().items() if comment.startswith(f"rule_{rule}"))

    with cluster(folder / "cluster"), ExitStack() as runs:
        python = environment_with_plugin(folder / "environment")

        def start(name: str) -> Run:
            return runs.enter_context(Run(project, python, folder / f"{name}.log"))

        first = start("first")
        wait_until("a job that generates", lambda: times("generate"))
        ask("scancel", number("generate"))
        wait_until("another that ends", lambda: times("generate", code=0))
        wait_until("a second try of what failed", lambda: times("vary", code=0))
        wait_until("a job that calibrates", lambda: times("calibrate"))
        kill(first.process)
        orphans, at_kill = jobs(), len(noted())

        second = start("second")
        refused = second.end()
        command = second.said().split("cancel them: ")[1].splitlines()[0]
        subprocess.run(command.split(), check=True)
        wait_until("no job", lambda: not jobs())

        node = ask("sinfo", "--noheader", "--format", "%n").strip()
        ask("scontrol", "update", f"nodename={node}", "state=drain", "reason=test")
        at_last = len(noted())
        third = start("third")
        wait_until("jobs in the queue", jobs)
        states = set(ask("squeue", "--noheader", "--format", "%T").split())
        ask("scontrol", "update", f"nodename={node}", "state=resume")
        assert third.end() == 0, third.said()
    said = [run.said() for run in (first, second, third)]
    return Story(project, folder, said, refused, orphans, states, noted(), at_kill, at_last)


def test_the_tables_are_those_of_a_local_run(story: Story, micro: Project):
    assert story.project.tables(MICRO) == micro.tables(MICRO)


def test_a_job_that_fails_once_is_tried_again(story: Story):
    executions = [note for note in story.notes if note["step"] == "vary"]
    assert [note.get("code") for note in executions] == [None, None, 0]
    assert FAULTS["a_job_that_fails_once_is_tried_again"].said_in(story.said[0])


def test_a_job_that_is_cancelled_is_tried_again(story: Story):
    executions = [note for note in story.notes if note["step"] == "generate"]
    assert [note.get("code") for note in executions] == [None, None, 0]


def test_jobs_outlive_a_killed_run_and_the_next_run_says_what_to_do(story: Story):
    waits = next(number for number, comment in story.orphans.items() if comment == "rule_calibrate")
    assert story.refused == 1
    assert FAULTS["jobs_outlive_a_killed_run_and_the_next_run_says_what_to_do"].said_in(story.said[1])
    assert {waits} <= set(story.said[1].split("scancel ")[1].split()) <= set(story.orphans)


def test_no_job_is_done_twice_into_the_same_file(story: Story):
    before, after = story.notes[: story.at_kill], story.notes[story.at_kill :]
    done = {note["output"] for note in before if note.get("code") == 0}
    again = done & {note["output"] for note in after if "code" not in note}
    # What a job did just before it was cancelled is done again: nobody noted it.
    assert len(again) <= len(story.orphans)
    ends = [note["output"] for note in story.notes[story.at_last :] if "code" in note]
    assert len(ends) == len(set(ends))


def test_a_drained_node_holds_the_jobs_until_it_is_back(story: Story):
    assert story.while_drained == {"PENDING"}


def test_jobs_that_train_get_one_gpu_each(story: Story):
    begun = [note for note in story.notes if "code" not in note]
    on_gpu = {note["step"] for note in begun if note["gpus"]}
    assert on_gpu == {"train", "generate"}
    assert {note["gpus"] for note in begun if note["step"] in on_gpu} <= {str(number) for number in range(GPUS)}


def test_a_finished_run_has_nothing_to_do(story: Story):
    assert "Nothing to be done" in story.project.dry_run("tables", profile=MICRO)


def test_nothing_is_left(story: Story):
    wait_until("no process", lambda: not processes_of(story.folder), 30)
    assert not Path("/etc/slurm/slurm.conf").exists()
