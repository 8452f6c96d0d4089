"""What the pipeline itself costs: whole runs, a run with nothing to do, an edit of a figure until its picture is there.

    python benchmarks/pipeline.py            nothing to do and an edit at laptop scale; the tiny run (two minutes)
    python benchmarks/pipeline.py laptop     the study of config.yaml, here, from sampling on (40 minutes)

The tiny run and the edit are made in a copy. Processor time inside our functions is that of a step's main function
without what it imports; the rest is Snakemake, starts of Python and imports.

Writes benchmarks/results/pipeline.json and its table in benchmarks/README.md; a row that is measured replaces its like.
"""

import json
import os
import re
import resource
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("Snakefile", "config.yaml", "pyproject.toml", "CITATION.cff", "workflow", "profiles", "envs", "src", "docs")
KEPT = ("results/tables", "figures")
WRITTEN = ROOT / "benchmarks/results/pipeline.json"
EDIT = ("src/neural_redshift/figures/fig06_measures.py", "style.page(7.6)", "style.page(7.7)")
PICTURE = "figures/fig06_measures.svg"
TITLES = {
    "tiny": "tiny run",
    "laptop": "laptop run",
    "nothing": "laptop scale, nothing to do",
    "edit": "laptop scale, one figure's code edited, until its picture is there",
}
# In the place of python: runs a step; notes its processor time, that inside its main function, whether it has torch.
PYTHON = """#!{python}
import builtins, json, os, runpy, sys, time
if sys.argv[1] != "-m" or not sys.argv[2].startswith("neural_redshift.steps."):
    os.execv({python!r}, [{python!r}, *sys.argv[1:]])
del sys.argv[:2]  # -m, so that the module's name stands in the place of its file
from neural_redshift import command_line
usual_run, usual_import, importing = command_line.run, builtins.__import__, [0.0, False]

def timed_import(*given, **named):
    if importing[1]:
        return usual_import(*given, **named)
    importing[1], began = True, time.process_time()
    try:
        return usual_import(*given, **named)
    finally:
        importing[:] = importing[0] + time.process_time() - began, False

def timed_run(main):
    began, builtins.__import__, importing[0] = time.process_time(), timed_import, 0.0
    try:
        usual_run(main)
    finally:
        inside = time.process_time() - began - importing[0]
        noted = dict(total=time.process_time(), inside=inside, torch="torch" in sys.modules)
        with open({notes!r}, "a") as notes:
            notes.write(json.dumps(noted) + "\\n")

command_line.run = timed_run
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


class Run(NamedTuple):
    """Wall and processor seconds of a call of Snakemake, and of its jobs what their steps noted."""

    seconds: float
    cpu_seconds: float
    jobs: int
    torch_jobs: int
    inside: float
    steps: float


def call(folder: Path, *arguments: str) -> Run:
    """Call Snakemake in a folder, and measure it with all its jobs."""
    with TemporaryDirectory() as place:
        notes, python = Path(place, "notes"), Path(place, "python")
        notes.touch()
        python.write_text(PYTHON.format(python=sys.executable, notes=str(notes)))
        python.chmod(python.stat().st_mode | stat.S_IXUSR)
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        subprocess.run(
            [sys.executable, "-m", "snakemake", *arguments],
            cwd=folder,
            env=os.environ | {"PATH": f"{place}:{os.environ['PATH']}"},
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        steps = [json.loads(line) for line in notes.read_text().splitlines()]
    return Run(
        seconds,
        after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        len(steps),
        sum(step["torch"] for step in steps),
        sum(step["inside"] for step in steps),
        sum(step["total"] for step in steps),
    )


def copy(folder: Path, *names: str) -> Path:
    """A copy of these files and folders, without what lies beside them."""
    for name in names:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "tiny", "micro", "paper")
            shutil.copytree(ROOT / name, folder / name, ignore=None if name == "profiles" else ignored)
        else:
            shutil.copy2(ROOT / name, folder / name)
    return folder


def small() -> dict[str, Run]:
    """The tiny run; at laptop scale nothing to do, and an edit, with the tables and figures that are kept."""
    with TemporaryDirectory() as tiny, TemporaryDirectory() as kept:
        folder = copy(Path(kept), *SOURCES, *KEPT)
        planned = [sys.executable, "-m", "snakemake", "--dry-run", PICTURE]
        if b"Nothing to be done" not in subprocess.run(planned, cwd=folder, capture_output=True, check=True).stdout:
            sys.exit(f"error: {PICTURE} is not what the code makes; run snakemake first")
        call(folder, PICTURE)  # notes what was found of each kept file
        found = {"nothing": call(folder, PICTURE)}
        file, old, new = EDIT
        text = (folder / file).read_text()
        if old not in text:
            sys.exit(f"error: {file} holds no {old!r}, which is edited here")
        (folder / file).write_text(text.replace(old, new))
        found["edit"] = call(folder, PICTURE)
        found["tiny"] = call(copy(Path(tiny), *SOURCES), "--workflow-profile", "profiles/tiny")
        return found


def table(kept: dict[str, dict[str, float]]) -> str:
    """The rows of the README."""
    names = ("", "wall, s", "CPU, s", "outside our functions", "Snakemake alone", "jobs", "of them load torch")
    rows = []
    for name, title in TITLES.items():
        if name in kept:
            run = Run(**kept[name]["run"])
            outside, snakemake = (1 - part / run.cpu_seconds for part in (run.inside, run.steps))
            numbers = (f"{run.seconds:.0f}", f"{run.cpu_seconds:.0f}", f"{outside:.0%}", f"{snakemake:.0%}")
            rows.append(f"| {title} | {' | '.join(numbers)} | {run.jobs} | {run.torch_jobs} |")
    return "\n".join([f"| {' | '.join(names)} |", f"|{'---|' * len(names)}", *rows])


def main() -> None:
    laptop = sys.argv[1:] == ["laptop"]
    found = {"laptop": call(ROOT, "--forceall", "all")} if laptop else small()
    kept = json.loads(WRITTEN.read_text()) if WRITTEN.exists() else {}
    kept |= {name: {"run": run._asdict(), "cores": os.cpu_count()} for name, run in found.items()}
    WRITTEN.parent.mkdir(exist_ok=True)
    WRITTEN.write_text(json.dumps(kept, indent=1) + "\n")
    readme = ROOT / "benchmarks/README.md"
    marks = "<!-- pipeline -->\n"
    text, found_marks = re.subn(
        f"{marks}.*{marks}", lambda _: f"{marks}{table(kept)}\n{marks}", readme.read_text(), flags=re.DOTALL
    )
    if not found_marks:
        sys.exit(f"error: {readme} holds no two lines {marks.strip()}")
    readme.write_text(text)
    print(table(kept))


if __name__ == "__main__":
    main()
