"""The command line that every step shares."""

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from neural_redshift.tables import DamagedFile


class Job(NamedTuple):
    """What a step is asked to do: read `inputs`, write `output`, by `settings`."""

    inputs: list[str]
    output: str
    settings: dict[str, Any]
    metadata: dict[str, str]


def job(purpose: str | None) -> Job:
    """Read a step's job from the command line; `metadata` is what its output carries."""
    parser = argparse.ArgumentParser(description=purpose)
    parser.add_argument("inputs", nargs="*", help="files to read")
    parser.add_argument("--output", required=True, help="file to write (a figure: without its ending)")
    parser.add_argument(
        "--settings", type=json.loads, default={}, help="keys of config.yaml that the step uses, as JSON"
    )
    parser.add_argument("--fingerprint", default="made by hand", help="hash of the code and settings behind the output")
    given = parser.parse_args()
    config = json.dumps(given.settings, sort_keys=True)
    metadata = {"fingerprint": given.fingerprint, "config": config, "seed": str(given.settings.get("seed", ""))}
    return Job(given.inputs, given.output, given.settings, metadata)


def run(main: Callable[[], None]) -> None:
    """Run a step; of a damaged or missing file, or a full disk, say one sentence and exit with 1."""
    try:
        main()
    except (DamagedFile, OSError) as problem:
        sys.exit(f"error: {problem}")
