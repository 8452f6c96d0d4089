"""The tiny run gives the numbers that it gave when they were last looked at.

After a change that is meant to move them: python tests/golden/test_tiny_tables.py, and look at the difference.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from neural_redshift.tables import MEASURES, NETWORK_KEY, read_table
from project import TINY, Project

GOLDEN = Path(__file__).parent
KEY = [field.name for field in NETWORK_KEY]
# Matrix products round differently on other processors. A float32 value moves by parts in 10⁶, a spectral
# average by less; a value on the border between two levels moves a few Lempel-Ziv phrases.
TOLERANCE = {"lempel_ziv": {"atol": 8}, "default": {"rtol": 1e-3}}


def random_networks(project: Project) -> pd.DataFrame:
    return read_table(project.folder / "results/tiny/tables/random_networks.parquet", "random_networks")


@pytest.fixture(scope="module")
def golden() -> pd.DataFrame:
    return pd.read_csv(GOLDEN / "random_networks.csv", keep_default_na=False, na_values=[""])


def test_the_networks_are_the_same(built: Project, golden: pd.DataFrame):
    found = random_networks(built)
    pd.testing.assert_frame_equal(found[KEY], golden[KEY], check_dtype=False)
    assert found.status.tolist() == golden.status.tolist()


@pytest.mark.parametrize("measure", MEASURES)
def test_the_measures_are_the_same(built: Project, golden: pd.DataFrame, measure: str):
    found = random_networks(built)[measure].to_numpy(float)
    tolerance = TOLERANCE.get(measure, TOLERANCE["default"])
    np.testing.assert_allclose(found, golden[measure].to_numpy(float), **{"rtol": 0, "atol": 0} | tolerance)


if __name__ == "__main__":
    here = Project(Path.cwd())
    here.snakemake(*TINY, "tables")
    random_networks(here).to_csv(GOLDEN / "random_networks.csv", index=False, float_format="%.7g")
    sys.exit(0)
