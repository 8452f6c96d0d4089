"""docs/measures.md says what the kept tables say, in numbers and in words."""

import re

import pytest

from facts_of_measures import (
    ACTIVATIONS,
    BLOCKS,
    MEASURES,
    PAGE,
    VARIANTS,
    apart,
    blocks,
    calibrated,
    corners,
    heatmap_means,
    level,
    means,
    mlps,
    under,
    written,
)
from neural_redshift.components import OTHERS, RELU_LIKE

TEXT = PAGE.read_text()


@pytest.mark.parametrize("name", BLOCKS)
def test_the_numbers_of_the_page_are_those_of_the_tables(name):
    assert blocks(TEXT)[name] == "\n".join(BLOCKS[name]())


def test_every_block_stands_on_the_page_once_and_nothing_else_between_markers():
    assert sorted(re.findall(r"<!-- from the tables: ([\w ]+) -->", TEXT)) == sorted(BLOCKS)
    assert TEXT.count("<!-- end -->") == len(BLOCKS)
    assert written(TEXT) == TEXT


def test_outside_the_markers_stand_only_numbers_of_definitions():
    words = re.sub(r"<!-- from.*?<!-- end -->", "", TEXT, flags=re.DOTALL)
    assert set(re.findall(r"(?<!\w)\d[\d.,]*", words)) <= {"0", "1", "1.", "2", "2."}


def test_known_functions_are_ordered_as_the_page_says():
    for points in (64, 128, 300):
        value = {
            m: {f: level(f, m, points) for f in ("plane", "paraboloid", "step", "disc", "white_noise")}
            for m in MEASURES
        }
        assert value["fourier"]["paraboloid"] < value["fourier"]["plane"] < value["fourier"]["step"]
        assert value["cosine"]["plane"] < value["cosine"]["paraboloid"] < value["cosine"]["step"]
        assert max(value["lempel_ziv"][f] for f in ("step", "disc")) < value["lempel_ziv"]["plane"]
        for measure in ("chebyshev", "legendre"):
            assert value[measure]["plane"] == pytest.approx(1)
            assert value[measure]["paraboloid"] == pytest.approx(2)
            assert calibrated(value[measure]["disc"], measure, points) > 0.6
        assert all(max(value[m], key=value[m].get) == "white_noise" for m in MEASURES)


def test_random_networks_lie_where_the_page_says():
    found = heatmap_means().loc["plain"]
    lowest, _, highest = corners()
    first, last = (found.xs(key, level=("depth", "weight_magnitude")) for key in (lowest, highest))
    for measure in MEASURES:
        assert (calibrated(last.loc[list(OTHERS), measure], measure) > 0.75).all()
        assert (calibrated(last.loc[list(RELU_LIKE), measure], measure) < 0.7).all()
    for measure in ("cosine", "chebyshev", "legendre"):
        assert first[measure].idxmax() == "relu"
        assert first[measure].relu > 1.2 * first[measure].drop("relu").max()
    for measure in ("fourier", "lempel_ziv"):
        assert (calibrated(first[measure], measure).abs() < 0.1).all()


def test_relu_rises_by_every_measure_but_fourier():
    found = heatmap_means().loc["plain"]
    rise = {a: {m: found.loc[a, m].max() / found.loc[a, m].min() for m in MEASURES} for a in ACTIVATIONS}
    assert rise["relu"]["fourier"] < 1.25
    assert all(rise["relu"][m] > 1.25 for m in MEASURES if m != "fourier")
    assert all(rise["relu"][m] < 0.7 * rise[a][m] for m in MEASURES for a in OTHERS)
    assert all(rise["relu"][m] < 1.1 * rise[a][m] for m in MEASURES for a in RELU_LIKE)


def test_fourier_stands_still_where_cosine_rises():
    found = mlps(heatmap_means())
    low, high = (found[calibrated(found.cosine, "cosine").between(*ends)] for ends in ((0.01, 0.02), (0.1, 0.2)))
    assert high.cosine.mean() > 2.5 * low.cosine.mean()
    assert high.fourier.mean() < 1.02 * low.fourier.mean()


def test_settings_change_the_order_as_the_page_says():
    for setting, usual, least in (("grid_points", "64", 0.95), ("degree", "15", 0.95)):
        for measure in MEASURES if setting == "grid_points" else ("chebyshev", "legendre"):
            assert mlps(means(under(setting, measure))).corr("spearman")[usual].min() > least
    for setting, usual in (("lz_levels", "10"), ("scan_order", "row"), ("algorithm", "lz78")):
        assert mlps(means(under(setting, "lempel_ziv"))).corr("spearman")[usual].drop(usual).min() < 0.9
    for measure in MEASURES:
        found = mlps(means(under("precision", measure))).corr("spearman")
        assert found["float32"]["automatic"] < 0.95
        assert found["float64"]["automatic"] > 0.995


def test_the_hilbert_curve_halves_the_spread_of_simple_cells_and_levels_narrow_the_range():
    depth, magnitude = corners()[0]
    found = under("scan_order", "lempel_ziv", variant="plain", depth=depth, weight_magnitude=magnitude)
    spread = found.groupby("activation").std().mean()
    assert spread.hilbert < 0.5 * spread.row
    assert apart(found).mean() > 0.1
    cells = means(under("lz_levels", "lempel_ziv"))
    reach = cells.loc["unbiased"].mean() / mlps(cells).min()
    assert reach["2"] > reach["4"] > reach["10"] > reach["32"]


def test_layer_normalisation_cancels_the_magnitude_if_the_biases_grow_with_the_weights():
    assert set(under("bias_scaling", "cosine").index.unique("variant")) >= set(VARIANTS)
    for measure in ("cosine", "chebyshev", "legendre"):
        normed = means(under("bias_scaling", measure, variant="layer_norm"))
        by_magnitude = normed.groupby(["activation", "depth"])
        rise = (by_magnitude.max() / by_magnitude.min()).drop(4, level="depth")  # the centre has one magnitude
        assert (rise.biases_scaled < 1.3).all()
        assert rise.glorot.median() > 2
        relu = means(under("bias_scaling", measure, variant="plain", activation="relu"))
        assert 1.2 < relu.biases_scaled.max() / relu.biases_scaled.min() < relu.glorot.max() / relu.glorot.min()
