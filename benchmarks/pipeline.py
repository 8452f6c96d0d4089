"""What the pipeline itself costs: whole runs, a run with nothing to do, an edit of a figure until its picture is there.

    python -m benchmarks.pipeline            nothing to do and an edit at laptop scale; the tiny run (two minutes)
    python -m benchmarks.pipeline laptop     the study of config.yaml, here, from sampling on (40 minutes)

The tiny run and the edit are made in a copy. Processor time inside our functions is that of the steps, from the fork
on; the rest is Snakemake, and the process that is forked, which loads their modules. Where each step was a process,
what it took to start and to import is outside too.

Writes benchmarks/results/pipeline.json and its table in benchmarks/README.md; a row that is measured replaces its like.
"""

import csv
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.costs import processor

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


class Run(NamedTuple):
    """Wall and processor seconds of a call of Snakemake with all its jobs, and processor seconds inside the steps."""

    seconds: float
    cpu_seconds: float
    jobs: int
    inside: float


def call(folder: Path, *arguments: str) -> Run:
    """Call Snakemake in a folder, and measure it with all its jobs."""
    before, began, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic(), time.time()
    subprocess.run(
        [sys.executable, "-m", "snakemake", *arguments],
        cwd=folder,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    steps = [file for file in folder.glob("results/**/benchmarks/**/*.tsv") if file.stat().st_mtime >= start]
    return Run(
        seconds,
        after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        len(steps),
        sum(float(next(csv.DictReader(file.read_text().splitlines(), delimiter="\t"))["cpu_time"]) for file in steps),
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
    names = ("", "wall, s", "CPU, s", "outside our functions", "jobs", "a step is a", "on")
    rows = []
    for name, title in TITLES.items():
        if name in kept:
            run = Run(**kept[name]["run"])
            step, on = kept[name]["step"], kept[name]["processor"]
            outside = 1 - run.inside / run.cpu_seconds
            rows.append(
                f"| {title} | {run.seconds:.0f} | {run.cpu_seconds:.0f} | {outside:.0%} | {run.jobs} | {step} | {on} |"
            )
    return "\n".join([f"| {' | '.join(names)} |", f"|{'---|' * len(names)}", *rows])


def main() -> None:
    laptop = sys.argv[1:] == ["laptop"]
    found = {"laptop": call(ROOT, "--forceall", "all")} if laptop else small()
    kept = json.loads(WRITTEN.read_text()) if WRITTEN.exists() else {}
    kept |= {name: {"run": run._asdict(), "step": "fork", "processor": processor()} for name, run in found.items()}
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
