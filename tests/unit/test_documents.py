"""What the documents say is what the project has."""

import re
import subprocess
import tomllib

import yaml

import faults
from facts import facts, facts_of_trained, facts_of_transformers
from neural_redshift.schemas import describe
from project import ROOT

README = (ROOT / "README.md").read_text()


def test_the_table_of_figures_is_the_list_of_figures():
    rows = re.findall(
        r"^\| (?:Figure|Table) .*\| `figures/(\w+)\.png` \| `(\w+)\.py` \| (.*) \|$", README, flags=re.MULTILINE
    )
    found = {target: tables.split(", ") for target, _, tables in rows}
    assert found == yaml.safe_load((ROOT / "workflow/figures.yaml").read_text())
    assert all(target == module for target, module, _ in rows)


def test_every_folder_and_file_that_the_readme_names_exists():
    named = set(re.findall(r"^\| ((?:`[^`]+`(?:, )?)+) \|", README, flags=re.MULTILINE))
    places = {place for cell in named for place in re.findall(r"`([^`]+)`", cell)}
    assert len(places) > 10
    assert [place for place in sorted(places) if not (ROOT / place).exists()] == []
    assert [link for link in re.findall(r"\]\(([^)#:]+)\)", README) if not (ROOT / link).exists()] == []


def test_the_readme_names_targets_that_make_has():
    targets = set(re.findall(r"(?:^    |`)make (\w+)", README, flags=re.MULTILINE))
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert targets <= set(re.findall(r"^make ([\w.]+)", listed, flags=re.MULTILINE))


def test_the_columns_are_described():
    assert (ROOT / "results/tables/README.md").read_text() == describe()


def test_the_lock_and_the_conda_environment_hold_the_same_pins():
    pins = [line for line in (ROOT / "envs/lock.txt").read_text().splitlines() if line and not line.startswith("#")]
    assert all(re.match(r"^[\w.-]+==[\w.+!]+( ; .*)?$", line) for line in pins)
    environment = yaml.safe_load((ROOT / "envs/environment.yaml").read_text())
    assert next(entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)) == pins


def test_the_lock_pins_what_the_project_asks_for_and_no_accelerator():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = project["dependencies"] + project["optional-dependencies"]["test"]
    pinned = {line.split("==")[0] for line in (ROOT / "envs/lock.txt").read_text().splitlines() if "==" in line}
    assert {re.split(r"[<>=\[ ]", name)[0] for name in asked} <= pinned
    assert not [name for name in pinned if re.match(r"nvidia|cuda|triton", name)]


def test_the_numbers_in_the_documents_are_those_of_the_tables():
    text = " ".join((ROOT / "docs/deviations.md").read_text().split())
    phrases = (facts() | facts_of_trained() | facts_of_transformers()).values()
    assert [phrase for phrase in phrases if phrase not in text] == []


def test_the_page_of_faults_is_that_of_the_tests():
    assert faults.PAGE.read_text() == faults.page()
    tests = "".join(
        (ROOT / "tests" / name).read_text() for name in ("pipeline/test_faults.py", "cluster/test_slurm.py")
    )
    assert [name for name in faults.FAULTS if not re.search(rf'def test_{name}\(|"{name}"', tests)] == []


def test_the_lock_of_the_plugin_pins_it_and_nothing_that_the_lock_has():
    pins = [line.split("==")[0] for line in (ROOT / "envs/slurm.txt").read_text().splitlines() if "==" in line]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(project["optional-dependencies"]["slurm"]) <= set(pins)
    assert not set(pins) & {line.split("==")[0] for line in (ROOT / "envs/lock.txt").read_text().splitlines()}
