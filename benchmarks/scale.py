"""Random networks by the million: the steps as the pipeline runs them, two at a time, and what memory they take.

    python benchmarks/scale.py [networks] [measure …]

Half of the networks are ReLU, half tanh (width 32, depth 3, 32 x 32 points). `sample` writes their functions, 4 kB
each, to a temporary folder (TMPDIR chooses the disk: 4.1 GB for a million); `measure` reads them, once a measure; then
they are deleted, as the pipeline does where a study says `keep_functions: false`; `join` makes the table. Printed for
each step: networks a second of processor time, and the largest memory of a process.
"""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import yaml

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


class Used(NamedTuple):
    """Processor time in seconds and peak memory in MB."""

    seconds: float
    peak: float


def step(name: str, inputs: list[Path], output: Path, settings: dict[str, Any]) -> Used:
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
    return Used(float(seconds), int(kilobytes) / 1024)


def study(networks: int, measures: dict[str, Any], folder: Path) -> dict[str, list[Used]]:
    """What each step used, job by job."""
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


def main() -> None:
    networks = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    options = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))["measures"]
    chosen = sys.argv[2:] or [measure for measure in options if measure != "fourier_authors"]
    started = time.monotonic()
    with TemporaryDirectory() as folder:
        used = study(networks, {measure: options[measure] for measure in chosen}, Path(folder))
    print(f"{networks} networks, {time.monotonic() - started:.0f} s on two cores")
    print("| step | networks a second of processor time | peak memory, MB |\n|---|---|---|")
    for name, jobs in used.items():
        rate = networks / sum(job.seconds for job in jobs)
        print(f"| {name} | {rate:.0f} | {max(job.peak for job in jobs):.0f} |")


if __name__ == "__main__":
    main()
