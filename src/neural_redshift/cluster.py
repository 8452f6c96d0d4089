"""Jobs of an earlier run that live on: a Snakemake that is killed leaves what it sent to SLURM."""

import subprocess
from pathlib import Path

PREFIX = "neural-redshift"  # of the names of jobs, which profiles/slurm sets


def living_jobs(folder: Path) -> list[str]:
    """Numbers of the user's SLURM jobs that a run in this folder sent and that wait or run; none without SLURM.

    What squeue does not say within ten seconds is not waited for.
    """
    command = ["squeue", "--me", "--noheader", "--format", "%A\t%j\t%Z"]
    try:
        listed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    rows = (line.split("\t") for line in listed.splitlines())
    return [number for number, name, place in rows if name.startswith(PREFIX) and Path(place) == folder]
