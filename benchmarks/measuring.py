"""The rounds of one comparison in this process."""

import json
import sys
from importlib import import_module
from pathlib import Path

from benchmarks import frame
from neural_redshift.device import device


def measure(name: str, cores: int, quick: bool, path: str) -> None:
    """Write the rows of a comparison, and the machine, to a file."""
    comparison = import_module(f"benchmarks.{name}")
    about: frame.Description = comparison.ABOUT
    for package in about.packages:
        if not frame.installed(package):
            print(
                f"{name}: {package} is not installed, so that peer is left out; make bench installs it", file=sys.stderr
            )
    rows = []
    for found in comparison.rows(quick, cores, 1 if quick else about.rounds):
        rows.append({"cores": cores, **found})
    text = json.dumps({"rows": rows, "machine": frame.machine(device(), about.packages)})
    Path(path).write_text(text, encoding="utf-8")
