"""Correlations of measures over a small table, group by group."""

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from neural_redshift.correlations import CELL, MEASURES, correlate_measures
from neural_redshift.tables import SCHEMAS

SCIPY = {"pearson": stats.pearsonr, "spearman": stats.spearmanr}
NETWORKS = 15


def random_networks() -> pd.DataFrame:
    """Two activations at two depths; a hidden complexity of each network, and measures that see it through noise."""
    rng = np.random.default_rng(0)
    rows = []
    for number, (activation, depth) in enumerate(product(["relu", "tanh"], [1, 4])):
        for network in range(NETWORKS):
            complexity = number + rng.normal()
            key = dict(zip(CELL, ("plain", activation, "glorot", depth, 8, 1.0, 1.0, 16), strict=True))
            values = {measure: (n + 1) * (complexity + 0.3 * n * rng.normal()) for n, measure in enumerate(MEASURES)}
            rows.append({"study": "heatmaps", **key, "network": network, "status": "ok", **values})
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return random_networks()


@pytest.fixture(scope="module")
def found(table) -> pd.DataFrame:
    return correlate_measures(table, "heatmaps", seed=0)


def chosen(found: pd.DataFrame, group: str, method: str, x: str, y: str) -> pd.DataFrame:
    return found[(found.group == group) & (found.method == method) & (found.x == x) & (found.y == y)]


def test_every_pair_of_measures_stands_once_in_every_group(found):
    assert set(found) == {field.name for field in SCHEMAS["correlations"]}
    pairs = len(list(combinations(MEASURES, 2))) * 2
    assert found.groupby("group").size().to_dict() == {
        "over_networks": pairs,
        "between_cells": pairs,
        "within_cell": 4 * pairs,
    }
    assert not found.duplicated(["group", "key", "x", "y", "method"]).any()
    assert found.groupby("group").n.unique().map(list).to_dict() == {
        "over_networks": [4 * NETWORKS],
        "between_cells": [4],
        "within_cell": [NETWORKS],
    }


@pytest.mark.parametrize("method", SCIPY)
@pytest.mark.parametrize(("x", "y"), [*combinations(MEASURES, 2)])
def test_estimates_are_scipys(table, found, method, x, y):
    means = table.groupby(CELL)[[x, y]].mean()
    for group, values in (("over_networks", table), ("between_cells", means)):
        row = chosen(found, group, method, x, y)
        assert row.estimate.item() == pytest.approx(SCIPY[method](values[x], values[y]).statistic, rel=1e-9)
    within = chosen(found, "within_cell", method, x, y)
    expected = [SCIPY[method](cell[x], cell[y]).statistic for _, cell in table.groupby(CELL)]
    np.testing.assert_allclose(within.estimate, expected, rtol=1e-9)
    assert within.key.tolist() == [" ".join(map(str, key)) for key, _ in table.groupby(CELL)]


def test_intervals_contain_their_estimate_and_have_a_width(found):
    assert (found.low <= found.estimate).all()
    assert (found.estimate <= found.high).all()
    assert (found.high - found.low)[found.group != "between_cells"].min() > 0
    assert found[["low", "high"]].abs().max().max() <= 1


def test_the_interval_inside_a_cell_is_fishers(table, found):
    cell = table[(table.activation == "relu") & (table.depth == 1)]
    rows = chosen(found, "within_cell", "pearson", "fourier", "cosine")
    row = rows[rows.key.str.contains("relu glorot 1 ")]
    expected = stats.pearsonr(cell.fourier, cell.cosine).confidence_interval(0.95)
    assert (row.low.item(), row.high.item()) == pytest.approx((expected.low, expected.high), rel=1e-9)


def test_the_interval_over_networks_is_as_wide_as_fishers_where_there_is_one_cell(table):
    cell = table[(table.activation == "relu") & (table.depth == 1)]
    many = pd.concat([cell.assign(network=cell.network + NETWORKS * n) for n in range(6)])
    values = np.random.default_rng(1).multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], len(many))
    many = many.assign(fourier=values[:, 0], cosine=values[:, 1])
    row = chosen(correlate_measures(many, "heatmaps", seed=0), "over_networks", "pearson", "fourier", "cosine")
    expected = stats.pearsonr(many.fourier, many.cosine).confidence_interval(0.95)
    # 200 resamples give a standard error to 5 %, and the normal law of 90 networks holds to as much.
    assert (row.high - row.low).item() == pytest.approx(expected.high - expected.low, rel=0.25)


def test_networks_without_a_value_and_other_studies_do_not_count(table, found):
    spoilt = table.head(2).assign(network=[100, 101], status=["constant", "non_finite"], fourier=1e9)
    other = table.assign(study="width", fourier=-table.fourier)
    again = correlate_measures(pd.concat([table, spoilt, other]), "heatmaps", seed=0)
    pd.testing.assert_frame_equal(again, found)


def test_cells_of_unequal_size_count_alike_between_cells(table):
    unequal = table[(table.network < 5) | (table.depth == 1)]
    found = correlate_measures(unequal, "heatmaps", seed=0)
    means = unequal.groupby(CELL)[["fourier", "lempel_ziv"]].mean()
    row = chosen(found, "between_cells", "pearson", "fourier", "lempel_ziv")
    assert row.estimate.item() == pytest.approx(stats.pearsonr(means.fourier, means.lempel_ziv).statistic, rel=1e-9)
    assert found[found.group == "within_cell"].n.unique().tolist() == [15, 5]


def test_the_order_of_the_rows_does_not_matter(table, found):
    shuffled = table.sample(frac=1, random_state=0)
    again = correlate_measures(shuffled, "heatmaps", seed=0)
    same = ["group", "key", "x", "y", "method", "n"]
    pd.testing.assert_frame_equal(again[same], found[same])
    np.testing.assert_allclose(again.estimate, found.estimate, rtol=1e-9)


def test_the_bootstrap_is_fixed_by_the_seed(table, found):
    pd.testing.assert_frame_equal(correlate_measures(table, "heatmaps", seed=0), found)
    other = correlate_measures(table, "heatmaps", seed=1)
    pd.testing.assert_series_equal(other.estimate, found.estimate)
    assert (other.low != found.low)[found.group == "over_networks"].all()


def test_a_measure_that_does_not_vary_within_a_cell_has_no_correlation_there(table):
    flat = table.assign(lempel_ziv=table.lempel_ziv.where(table.depth > 1, 44.0))
    found = correlate_measures(flat, "heatmaps", seed=0)
    rows = found[(found.group == "within_cell") & found.key.str.contains("glorot 1 ")]
    assert rows.estimate.isna().tolist() == (rows.y == "lempel_ziv").tolist()
    assert found[found.group == "over_networks"].notna().all(axis=None)
