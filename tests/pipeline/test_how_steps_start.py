"""How Snakemake starts the steps of a run."""

import csv
from pathlib import Path

from project import MICRO, Project

BENCHMARKS = "results/micro/benchmarks"


def measured(project: Project) -> dict[str, dict[str, str]]:
    """What the benchmark files of a run say."""
    files = sorted((project.folder / BENCHMARKS).rglob("*.tsv"))
    return {str(file): next(csv.DictReader(file.read_text().splitlines(), delimiter="\t")) for file in files}


def test_every_step_is_a_fork_whose_costs_are_known(micro: Project):
    found = measured(micro)
    assert len(found) > 40
    assert {one["max_vms"] for one in found.values()} == {"-"}  # which is sampled of what is no fork
    assert min(float(one["max_rss"]) for one in found.values()) > 50
    assert sum(float(one["cpu_time"]) for one in found.values()) > 1


def test_without_hooks_every_step_is_a_process_of_its_own_and_makes_the_same(micro: Project, tmp_path: Path):
    project, table = Project.from_sources(tmp_path / "project"), "results/micro/tables/mean_field.parquet"
    project.snakemake(*MICRO, table, "--no-hooks")
    assert [one["max_vms"] == "-" for one in measured(project).values()] == [False]
    assert (project.folder / table).read_bytes() == (micro.folder / table).read_bytes()


def test_the_scheduler_looks_for_jobs_when_one_has_ended_and_not_every_second(micro: Project):
    log = max((micro.folder / ".snakemake/log").glob("*.log"))
    assert log.read_text().count("Ready jobs: ") <= len(measured(micro)) + 1


def test_a_limit_of_jobs_that_somebody_sets_is_kept(tmp_path: Path):
    project = Project.from_sources(tmp_path / "project")
    targets = [f"results/micro/tables/{table}.parquet" for table in ("mean_field", "expected_spectra")]
    done = project.snakemake(*MICRO, *targets, "--max-jobs-per-timespan", "1/2s")
    assert "Job rate limit reached" in done.stdout + done.stderr
