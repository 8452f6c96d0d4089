"""What machines read of the tables and of the run."""

import json
from pathlib import Path

import mlcroissant as mlc
import pandas as pd
import pytest
import yaml
from rocrate.rocrate import ROCrate

from neural_redshift.metadata.citation import about
from neural_redshift.metadata.croissant import croissant, sha256
from neural_redshift.metadata.readme import MARKS, with_claims
from neural_redshift.metadata.research_object import crate
from neural_redshift.schemas import SCHEMAS
from neural_redshift.tables import DamagedFile, fingerprint_of_kept, read_table
from project import ROOT

TABLES = sorted(path.name for path in (ROOT / "results/tables").glob("*.parquet"))
KEPT = [f"results/tables/{name}" for name in TABLES] + [
    f"figures/{figure}.{kind}"
    for figure in yaml.safe_load((ROOT / "workflow/figures.yaml").read_text())
    for kind in ("svg", "png")
]
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # inside mlcroissant and what it stands on
ABOUT = about((ROOT / "CITATION.cff").read_text())


@pytest.fixture(scope="module")
def dataset() -> mlc.Dataset:
    return mlc.Dataset(jsonld=str(ROOT / "results/tables/croissant.json"))


def test_the_croissant_is_that_of_the_tables():
    kept = json.loads((ROOT / "results/tables/croissant.json").read_text())
    assert croissant([str(ROOT / "results/tables" / name) for name in TABLES], ABOUT) == kept, "run snakemake metadata"


def test_the_croissant_is_valid(dataset: mlc.Dataset):
    issues = dataset.metadata.ctx.issues
    assert not issues.errors, issues.report()
    assert {each.name for each in dataset.metadata.record_sets} == {Path(name).stem for name in TABLES}


@pytest.mark.parametrize("table", ["calibration", "claims", "components", "token_sequences"])
def test_a_library_that_knows_croissant_reads_the_rows(dataset: mlc.Dataset, table: str):
    record = next(iter(dataset.records(table)))
    assert {name.removeprefix(f"{table}/") for name in record} == {field.name for field in SCHEMAS[table]}
    first = read_table(ROOT / f"results/tables/{table}.parquet", table).iloc[0]
    for name in (field.name for field in SCHEMAS[table] if str(field.type) in ("int32", "double")):
        assert record[f"{table}/{name}"] == first[name] or pd.isna(first[name])


def test_the_crate_is_that_of_the_kept_files(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)
    kept = json.loads(Path("ro-crate-metadata.json").read_text())
    made = {path: fingerprint_of_kept(path) for path in [*KEPT, "figures/index.html"]}
    assert crate(made, ABOUT) == kept, "run snakemake metadata"


def test_the_crate_is_read_and_names_files_that_are_there(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)
    found = ROCrate(".")
    assert found.mainEntity.id == "Snakefile"
    assert {part.id for part in found.root_dataset["hasPart"]} >= set(KEPT)
    (action,) = found.get_by_type("CreateAction")
    for part in (*action["object"], *action["result"]):
        assert part["sha256"] == sha256(part.id)
    assert {part.id for part in action["result"]} == {*KEPT, "figures/index.html"}


def test_the_readme_has_the_verdicts_of_the_table():
    readme = (ROOT / "README.md").read_text()
    claims = read_table(ROOT / "results/tables/claims.parquet", "claims")
    assert with_claims(readme, claims) == readme, "run snakemake readme"
    assert all(claim.statement in readme for claim in claims.itertuples())


def test_another_verdict_makes_another_readme():
    claims = read_table(ROOT / "results/tables/claims.parquet", "claims")
    claims.loc[0, "verdict"] = next(word for word in ("supported", "contradicted") if word != claims.verdict[0])
    readme = (ROOT / "README.md").read_text()
    assert with_claims(readme, claims) != readme


@pytest.mark.parametrize("mark", MARKS)
def test_a_readme_without_a_mark_is_refused(mark: str):
    claims = read_table(ROOT / "results/tables/claims.parquet", "claims")
    readme = (ROOT / "README.md").read_text().replace(mark, "")
    with pytest.raises(DamagedFile, match="not found; put it back"):
        with_claims(readme, claims)
