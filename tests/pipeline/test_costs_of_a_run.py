"""Costs of a finished run: work is counted as it was done, and every figure has its price."""

import pyarrow.parquet as pq
import pytest
import yaml

from benchmarks import costs as benchmark
from neural_redshift.costs import all_networks, trained
from project import Project


@pytest.fixture
def of_built(built: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setattr(benchmark, "ROOT", built.folder)
    return built


def rows(project: Project, file: str) -> int:
    return pq.read_metadata(project.folder / "results/tiny" / file).num_rows


def test_networks_and_models_are_counted_as_they_were_made(of_built: Project):
    config = benchmark.configuration("tiny")
    assert all_networks(config) == rows(of_built, "tables/random_networks.parquet")
    for task in ("modulo", "learning_rates", "smooth", "colored_digits", "unbiased_training"):
        block = config["training"][task]
        models = sum(
            number
            for model in block.get("activations", block.get("models"))
            for number, _ in trained(task, model, config)
        )
        assert models == rows(of_built, "trained/smooth.parquet" if task == "smooth" else f"tables/{task}.parquet"), (
            task
        )


def test_every_figure_has_its_costs(of_built: Project):
    found = benchmark.costs("tiny", "micro")
    figures = yaml.safe_load((of_built.folder / "workflow/figures.yaml").read_text())
    assert list(found["figures"]) == list(figures)
    whole = found["everything"]
    for figure, about in found["figures"].items():
        assert 1 < about["jobs"] < whole["jobs"], figure
        assert 0 < about["cpu_minutes"] < whole["cpu_minutes"], figure
        assert 50 < about["peak_mb"] <= whole["peak_mb"], figure
        assert 0 < about["estimated_cpu_hours"] < whole["estimated_cpu_hours"], figure
    sampling = found["kinds"]["sample"]["jobs"]
    assert found["figures"]["fig04_heatmaps"]["jobs"] > sampling > found["figures"]["fig07_modulo"]["jobs"]
    assert whole["cpu_minutes"] * 60 == pytest.approx(sum(kind["cpu_seconds"] for kind in found["kinds"].values()))


def test_a_run_without_costs_is_named(of_built: Project):
    with pytest.raises(SystemExit, match=r"results/micro/benchmarks/.*is missing or empty; make the whole run first"):
        benchmark.measured(benchmark.jobs_of("micro"))
