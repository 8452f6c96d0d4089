"""Run comparisons, keep their times, and write their results into the README.

python -m benchmarks [--quick] [--folder FOLDER] [NAME …]
"""

import argparse
import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from benchmarks import frame

HERE = Path(__file__).resolve().parent
COMPARISONS = ("random_networks", "measures", "scale", "training", "guess_and_check", "untrained_transformers")


def run(name: str, quick: bool, folder: Path) -> None:
    """One comparison, on each number of cores in a process of its own."""
    about: frame.Description = import_module(f"benchmarks.{name}").ABOUT
    paths = os.pathsep.join([str(HERE.parent), str(HERE.parent / "src")])
    rows, where = [], {}
    with TemporaryDirectory() as temporary:
        path = Path(temporary) / "rows.json"
        for cores in sorted({min(cores, len(os.sched_getaffinity(0))) for cores in about.cores}):
            arguments = [name, str(cores), "quick" if quick else "full", str(path)]
            command = [sys.executable, "-m", "benchmarks.worker", *arguments]
            if subprocess.run(command, env={**os.environ, "PYTHONPATH": paths}, check=False).returncode:
                raise SystemExit(f"{name} stopped on {cores} cores, for the reason above; nothing of it is kept")
            found = json.loads(path.read_text(encoding="utf-8"))
            rows, where = rows + found["rows"], found["machine"]
    raw = pd.DataFrame(rows)
    result = frame.result(raw, about, where, quick)
    readme = folder / "README.md"
    text = frame.with_section(readme.read_text(encoding="utf-8"), name, frame.section(result))
    frame.write(folder / "results", name, raw, result)
    with frame.atomic(readme) as file:
        file.write_text(text, encoding="utf-8")
    print(frame.section(result), flush=True)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Ours against peers and the machine.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(COMPARISONS)}; all without any")
    parser.add_argument("--quick", action="store_true", help="one round of tiny sizes, to see that everything runs")
    parser.add_argument("--folder", type=Path, default=HERE, help="where README.md and results/ are")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in COMPARISONS]
    if unknown:
        parser.error(f"{unknown[0]!r} found; choose from {', '.join(COMPARISONS)}")
    for name in arguments.names or COMPARISONS:
        run(name, arguments.quick, arguments.folder)


if __name__ == "__main__":
    main()
