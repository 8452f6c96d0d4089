"""However many networks there are: sampling and measuring take the same memory, and the whole is planned at once."""

import os
import re
import subprocess
import sys
from pathlib import Path

from project import ROOT, Project

BYTES = 4 * 32 * 32  # of a function


def peaks(networks: int, folder: Path) -> dict[str, float]:
    """Peak memory of each step in bytes."""
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks/scale.py", str(networks), "fourier", "lempel_ziv"],
        env={**os.environ, "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert not list(folder.iterdir())
    rows = re.findall(r"\| ([\w ]+) \| \d+ \| (\d+) \|", done.stdout)
    return {step: 2**20 * float(peak) for step, peak in rows}


def test_memory_does_not_grow_with_the_number_of_networks(tmp_path: Path):
    few, many = 20_000, 60_000
    small, large = peaks(few, tmp_path), peaks(many, tmp_path)
    assert list(small) == ["sample", "measure fourier", "measure lempel_ziv", "join"]
    added = (many - few) / 2 * BYTES  # functions in a job
    for step in ("sample", "measure fourier", "measure lempel_ziv"):
        assert large[step] - small[step] < added / 2, f"{step}: {small[step]} bytes became {large[step]}"


def test_the_study_at_the_papers_scale_is_planned(tmp_path: Path):
    project = Project.from_sources(tmp_path / "project")
    done = project.snakemake("--workflow-profile", "profiles/paper", "--dry-run", "--quiet", "rules")
    jobs = {rule: int(count) for rule, count in re.findall(r"^(\w+)\s+(\d+)$", done.stdout + done.stderr, re.MULTILINE)}
    assert jobs["total"] == sum(jobs.values()) - jobs["total"] > 400
    assert {"sample", "sample_for_measuring", "train", "generate", "measure", "join", "plot", "publish"} <= set(jobs)
    assert not (project.folder / "results/paper/functions").exists()
