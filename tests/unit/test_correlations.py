"""Correlations of measures over small tables, group by group."""

from itertools import combinations, product
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from neural_redshift import correlations
from neural_redshift.correlations import CELL, FEWEST, MEASURES, correlate_before_after, correlate_measures
from neural_redshift.schemas import SCHEMAS

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


# Before against after training


SEEDS, PREFACTORS = 3, 5
LAWS = {  # complexity after training as a function of that before
    "modulo_10": lambda before: before**3,  # increasing
    "smooth_2": lambda before: 7 - 2 * before,  # a falling line
}


def compare(models: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """With fewer draws, for speed."""
    with mock.patch.object(correlations, "RESAMPLES", 20):
        return correlate_before_after(models, seed)


def architectures(noise: float = 0.3) -> pd.DataFrame:
    """Two activations at five prefactors with three seeds each; only the larger prefactors are fitted."""
    rng = np.random.default_rng(0)
    rows = []
    for task, activation, prefactor, seed in product(LAWS, ["relu", "sin"], range(PREFACTORS), range(SEEDS)):
        row = {"task": task, "architecture": f"{activation} {prefactor}", "activation": activation, "seed": seed}
        for measure in MEASURES:
            before = 1 + prefactor + 0.1 * (activation == "sin") + noise * rng.normal()
            row |= {f"{measure}_init": before, f"{measure}_trained": LAWS[task](before)}
        rows.append(row | {"status": "ok", "train_score": 0.98 + 0.015 * (prefactor > 0)})
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def models() -> pd.DataFrame:
    return architectures()


@pytest.fixture(scope="module")
def trained(models) -> pd.DataFrame:
    return compare(models)


def only(found: pd.DataFrame, group: str, key: str, measure: str = "fourier", method: str = "pearson") -> pd.Series:
    rows = found[(found.group == group) & (found.key == key) & (found.x == f"{measure}_init")]
    return rows[rows.method == method].squeeze(axis=0)


def test_every_measure_stands_against_itself_once_in_every_group_of_a_task(trained):
    assert set(trained) == {field.name for field in SCHEMAS["correlations"]}
    assert set(trained.table) == {"before_after"}
    groups = {(group, task) for group in ("between_architectures", "fitted") for task in LAWS}
    groups |= {("within_activation", f"{task} {name}") for task in LAWS for name in ("relu", "sin")}
    assert set(zip(trained.group, trained.key, strict=True)) == groups
    each = [(f"{m}_init", f"{m}_trained", method) for m in MEASURES for method in SCIPY]
    for _, rows in trained.groupby(["group", "key"]):
        assert [*zip(rows.x, rows.y, rows.method, strict=True)] == each


def test_as_many_architectures_count_as_there_are_in_the_group(trained):
    counts = {"between_architectures": 2 * PREFACTORS, "fitted": 2 * (PREFACTORS - 1), "within_activation": PREFACTORS}
    assert trained.groupby("group").n.unique().map(list).to_dict() == {name: [n] for name, n in counts.items()}


def test_a_law_that_keeps_the_order_has_rank_correlation_1_and_one_that_turns_it_has_minus_1():
    found = compare(architectures(noise=0))
    estimates = found.assign(increasing=found.key.str.startswith("modulo")).groupby(["method", "increasing"]).estimate
    assert estimates.get_group(("spearman", True)).to_numpy() == pytest.approx(1)
    assert estimates.get_group(("spearman", False)).to_numpy() == pytest.approx(-1)
    assert estimates.get_group(("pearson", False)).to_numpy() == pytest.approx(-1)
    assert estimates.get_group(("pearson", True)).max() < 0.99


def test_complexities_that_have_nothing_to_do_with_each_other_are_not_correlated():
    rng = np.random.default_rng(1)
    rows = pd.DataFrame({"architecture": [f"relu {n:03}" for n in range(200) for _ in range(2)], "seed": [0, 1] * 200})
    values = {f"{measure}_{stage}": rng.normal(size=400) for measure in MEASURES for stage in ("init", "trained")}
    rows = rows.assign(task="smooth_1", activation="relu", status="ok", train_score=1.0, **values)
    found = compare(rows)
    assert len(found) == 3 * 2 * len(MEASURES)
    assert found.estimate.abs().max() < 0.25  # 3.5 standard errors of 200 architectures
    assert found.estimate.abs().max() > 0


@pytest.mark.parametrize("method", SCIPY)
def test_estimates_are_scipys_over_the_means_of_the_seeds(models, trained, method):
    chosen = models[models.task == "modulo_10"]
    groups = {
        ("between_architectures", "modulo_10"): chosen,
        ("fitted", "modulo_10"): chosen[chosen.train_score > 0.985],
        ("within_activation", "modulo_10 sin"): chosen[chosen.activation == "sin"],
    }
    for (group, key), rows in groups.items():
        for measure in MEASURES:
            means = rows.groupby("architecture")[[f"{measure}_init", f"{measure}_trained"]].mean()
            expected = SCIPY[method](*means.to_numpy().T).statistic
            assert only(trained, group, key, measure, method).estimate == pytest.approx(expected, rel=1e-9)


def test_architectures_are_fitted_if_their_seeds_are_on_average(models):
    scores = models.train_score + np.where(models.seed == 0, -0.01, 0.004)
    found = compare(models.assign(train_score=scores))
    assert set(found[found.group == "fitted"].n) == {2 * (PREFACTORS - 1)}
    nothing = compare(models.assign(train_score=scores - 0.006))
    assert set(nothing.group) == {"between_architectures", "within_activation"}


def test_fewer_architectures_than_four_have_no_row(models):
    assert FEWEST == 4
    for count, there in ((3, False), (4, True)):
        few = models[models.architecture.isin([f"relu {number}" for number in range(count)])]
        found = compare(few)
        assert bool(len(found)) == there
        assert set(found) == {field.name for field in SCHEMAS["correlations"]}


def test_diverged_models_and_functions_without_a_value_do_not_count(models, trained):
    diverged = models.head(6).assign(seed=100, status="diverged", fourier_init=1e9, train_score=0.0)
    null = models.head(6).assign(seed=101, **{f"{measure}_trained": np.nan for measure in MEASURES})
    again = compare(pd.concat([models, diverged, null]))
    pd.testing.assert_frame_equal(again, trained)


def test_a_function_without_a_value_by_one_measure_counts_for_the_others(models, trained):
    gaps = models.assign(fourier_trained=models.fourier_trained.where(models.seed > 0))
    found = compare(gaps)
    others = trained.x != "fourier_init"
    pd.testing.assert_frame_equal(found[others], trained[others])
    assert (found.estimate != trained.estimate)[~others & (trained.key == "modulo_10")].any()


def test_an_interval_is_as_wide_as_the_seeds_scatter(models):
    exact = compare(architectures(noise=0))
    np.testing.assert_allclose(exact.low, exact.estimate, atol=1e-6)
    np.testing.assert_allclose(exact.high, exact.estimate, atol=1e-6)
    widths = []
    for noise in (0.1, 1.0):
        pairs = architectures(noise)
        pairs[[f"{m}_trained" for m in MEASURES]] += np.random.default_rng(2).normal(0, noise, (len(pairs), 5))
        found = compare(pairs)
        assert (found.low <= found.estimate + 1e-12).all()
        assert (found.estimate <= found.high + 1e-12).all()
        widths.append(only(found, "between_architectures", "smooth_2").pipe(lambda row: row.high - row.low))
    assert 0 < 2 * widths[0] < widths[1]


def test_an_interval_of_a_rank_correlation_of_few_architectures_is_not_everything():
    pairs = architectures(noise=0.1)
    pairs["fourier_trained"] += np.random.default_rng(8).normal(0, 1.5, len(pairs))
    row = only(compare(pairs), "within_activation", "smooth_2 sin", "fourier", "spearman")
    assert -1 < row.estimate < -0.8
    assert row.high < 0


def test_correlations_of_trained_networks_are_fixed_by_the_seed_and_not_by_the_order_of_rows(models, trained):
    shuffled = models.sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(compare(shuffled), trained)
    other = compare(models, seed=1)
    pd.testing.assert_series_equal(other.estimate, trained.estimate)
    assert (other.low != trained.low)[trained.key == "modulo_10"].any()
