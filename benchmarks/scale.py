"""From a thousand to a million random networks, by the steps of the pipeline: what they cost each, and what memory."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import yaml

from benchmarks import frame
from benchmarks.frame import Side

ROOT = Path(__file__).resolve().parents[1]
ACTIVATIONS = ("relu", "tanh")
STUDY = {"study": "scale", "variant": "plain", "priors": ["glorot"], "depths": [3], "widths": [32], "seed": 0}
STUDY |= {"weight_magnitudes": [1.0], "bias_magnitudes": [1.0], "grid_points": 32}
# A process is asked for its own peak: that which its parent is told includes what the parent had when it split off.
STEP = """
import re, resource, runpy, sys
name = sys.argv[1]
sys.argv = sys.argv[1:]
runpy.run_module(f"neural_redshift.steps.{name}", run_name="__main__")
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
"""

ABOUT = frame.Description(
    title="A million random networks",
    item="networks",
    text="Half of them ReLU, half tanh (width 32, depth 3, 32 × 32 points), by the steps of the pipeline, a job a "
    "core: `sample` writes their functions, 4 kB each, to a temporary folder (TMPDIR chooses the disk: 4.1 GB "
    "for a million), `measure` reads them, then they are deleted, `join` makes the table. Networks a second of "
    "processor time, a process takes some seconds to start, which weighs where networks are few; and the "
    "largest memory of a process: `sample` and `measure` hold some thousand functions, however many there are, "
    "and `join` holds the table.",
    cores=(2,),
    rounds=1,
)


class Used(NamedTuple):
    """Processor time in seconds and peak memory in bytes."""

    seconds: float
    peak: float


def step(name: str, inputs: list[Path], output: Path, settings: dict[str, Any]) -> Used:
    """Run a step in a process of its own."""
    threads = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
    command = [sys.executable, "-c", STEP, name, *map(str, inputs), "--output", str(output)]
    done = subprocess.run(
        [*command, "--settings", json.dumps(settings)],
        env={**os.environ, **threads, "PYTHONPATH": str(ROOT / "src")},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    seconds, kilobytes = done.stdout.split()
    return Used(float(seconds), 1024 * int(kilobytes))


def study(networks: int, measures: dict[str, Any], folder: Path) -> dict[str, list[Used]]:
    """What each step used, job by job; functions and tables are made in the folder, and the functions deleted."""
    functions = {activation: folder / f"{activation}.safetensors" for activation in ACTIVATIONS}
    parts = [(measure, activation) for measure in measures for activation in ACTIVATIONS]
    paths = {part: folder / part[0] / f"{part[1]}.parquet" for part in parts}

    def sample(activation: str) -> Used:
        about = STUDY | {"activation": activation, "networks": networks // len(ACTIVATIONS)}
        return step("sample", [], functions[activation], about)

    def measure(part: tuple[str, str]) -> Used:
        about = {"measure": part[0], "options": measures[part[0]] or {}, "seed": STUDY["seed"]}
        return step("measure", [functions[part[1]]], paths[part], about)

    with ThreadPoolExecutor(2) as cores:
        used = {"sample": list(cores.map(sample, ACTIVATIONS))}
        measured = list(cores.map(measure, parts))
    for number, name in enumerate(measures):
        used[f"measure {name}"] = measured[2 * number : 2 * number + 2]
    for file in functions.values():
        file.unlink()
    return used | {"join": [step("join", list(paths.values()), folder / "join.parquet", {"seed": STUDY["seed"]})]}


def rows(quick: bool, cores: int, rounds: int) -> Iterator[frame.Row]:
    """A row for each step and number of networks."""
    options = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))["measures"]
    measures = {name: options[name] for name in (["fourier"] if quick else options) if name != "fourier_authors"}
    for networks in (100,) if quick else (1_000, 10_000, 100_000, 1_000_000):
        with TemporaryDirectory() as folder:
            used = study(networks, measures, Path(folder))
        for name, jobs in used.items():
            seconds, peak = sum(job.seconds for job in jobs), max(job.peak for job in jobs)
            yield frame.row(
                f"{networks:,} networks, {name}", Side("ours", "ours", networks, used.get), 1, seconds, peak
            )
