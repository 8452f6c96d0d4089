"""However many networks there are: sampling and measuring take the same memory, and the whole is planned at once."""

import re
from pathlib import Path

from benchmarks.scale import study
from project import Project

BYTES = 4 * 32 * 32  # of a function


def peaks(networks: int, folder: Path) -> dict[str, float]:
    """Peak memory of each step in bytes."""
    used = study(networks, {"fourier": {}, "lempel_ziv": {"levels": 10, "scan_order": "row"}}, folder)
    assert not list(folder.glob("*.safetensors"))
    return {step: max(job.peak for job in jobs) for step, jobs in used.items()}


def test_memory_does_not_grow_with_the_number_of_networks(tmp_path: Path):
    few, many = 20_000, 60_000
    small, large = peaks(few, tmp_path / "few"), peaks(many, tmp_path / "many")
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
