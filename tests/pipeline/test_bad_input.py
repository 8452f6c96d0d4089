"""Snakemake says what is wrong with the configuration in one sentence, and starts nothing."""

from pathlib import Path

import pytest

from project import Project


@pytest.fixture
def sources(tmp_path: Path) -> Project:
    return Project.from_sources(tmp_path / "project")


def said(project: Project, *arguments: str) -> str:
    """What stands on stderr after a run that must fail before it starts."""
    done = project.snakemake(*arguments, check=False)
    assert done.returncode != 0
    assert "Traceback" not in done.stdout + done.stderr
    assert "Building DAG" not in done.stdout + done.stderr
    assert not (project.folder / "results").exists()
    return done.stderr


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("seed: 2024", "seed: [2024", "this is not YAML, expected ',' or ']', but got '?' (is a bracket"),
        ("seed: 2024", "seed: 2024\nseed: 2025", "seed stands on line 5 already; keep one of the two."),
        ("activations: [relu,", "activations: [relU,", "[0] is 'relU'; it must be one of relu, gelu, "),
        ("images_per_cell: 2", "images_per_cel: 2", "images_per_cel is unknown (did you mean 'images_per_cell'?)."),
        ("  width:\n", "  wdith:\n", "studies.width is missing (is it 'wdith', misspelt?)."),
        ("results: results", "results: ../results", "pathvars.results is '../results'; it must be a folder inside"),
    ],
    ids=["syntax", "key_twice", "activation", "unknown_key", "missing_study", "folder"],
)
@pytest.mark.parametrize("arguments", [("--dry-run",), ("--cores", "1")], ids=["dry_run", "run"])
def test_a_bad_config_is_refused(sources: Project, old: str, new: str, sentence: str, arguments: tuple[str, ...]):
    sources.edit("config.yaml", old, new)
    stderr = said(sources, *arguments)
    assert sentence in stderr
    assert "config.yaml, line " in stderr


def test_a_bad_file_over_it_is_named(sources: Project):
    (sources.folder / "my.yaml").write_text("studies:\n  heatmaps:\n    networks: 0\n")
    sentence = "my.yaml, line 3: studies.heatmaps.networks is 0; it must be a whole number of 1 or more."
    assert sentence in said(sources, "--dry-run", "--configfile", "my.yaml")


def test_a_bad_profile_is_named(sources: Project):
    sources.edit("profiles/tiny/study.yaml", "grid_points: 32", "grid_points: 8")
    stderr = said(sources, "--workflow-profile", "profiles/tiny", "--dry-run")
    assert "profiles/tiny/study.yaml, line " in stderr
    assert "grid_points is 8 and measures.chebyshev.degree is 15; a polynomial fit needs more points" in stderr


def test_a_bad_value_on_the_command_line_is_named(sources: Project):
    assert "--config: seed is the text 'five'; " in said(sources, "--dry-run", "--config", "seed=five")


def test_a_missing_config_is_named(sources: Project):
    (sources.folder / "config.yaml").unlink()
    assert "config.yaml does not exist." in said(sources, "--dry-run")


def test_a_file_over_it_that_is_not_yaml_is_refused_by_snakemake(sources: Project):
    (sources.folder / "my.yaml").write_text("studies: [\n")
    done = sources.snakemake("--dry-run", "--configfile", "my.yaml", check=False)
    assert done.returncode != 0
    assert "Config file is not valid JSON or YAML." in done.stdout  # where Snakemake's log of a dry run goes
    assert "Traceback" not in done.stdout + done.stderr


def test_a_claim_on_a_table_that_is_not_made_is_refused(sources: Project):
    sources.edit("workflow/claims.yaml", "function_images: [", "function_picures: [")
    sentence = "error: workflow/claims.yaml: table 'function_picures' found; choose from random_networks, calibration, "
    assert sentence in said(sources, "--dry-run")
