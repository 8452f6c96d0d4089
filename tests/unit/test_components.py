"""Components of an architecture on made-up tables, where the truth is known."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from neural_redshift.components import (
    COMPONENTS,
    MARGIN,
    OTHERS,
    RELU_LIKE,
    cell_statistics,
    direction,
    estimate_components,
)

PLANE, WHITE = 0.15, 0.54
CALIBRATION = pd.DataFrame(
    [("plane", 16, "cosine", PLANE), ("white_noise", 16, "cosine", WHITE)],
    columns=["function", "grid_points", "measure", "mean"],
)
AXES = {
    "heatmaps": {
        "variant": ["plain", "gated", "layer_norm", "residual", "skip"],
        "activation": [*RELU_LIKE, *OTHERS],
        "depth": [1, 3, 6],
        "weight_magnitude": [0.3, 1.0, 10.0],
    },
    "width": {"activation": [*RELU_LIKE, *OTHERS], "prior": ["glorot", "fan_in"], "width": [8, 64, 512]},
    "bias_magnitude": {"activation": [*RELU_LIKE, *OTHERS], "bias_magnitude": [0.01, 1.0, 10.0]},
}
DEFAULTS = {"variant": "plain", "prior": "glorot", "depth": 4, "width": 64, "weight_magnitude": 1.0}
EFFECTS = {
    "other activations": 0.3,
    "weight magnitude": 0.25,
    "depth": 0.15,
    "gating": 0.2,
    "layer normalisation": -0.3,
    "residual connections": -0.4,
    "width": 0.03,
    "bias magnitude": 0.0,
}


def complexity(cell: dict) -> float:
    """c* of a cell in which every component adds its effect, and nothing else does."""
    variants = {"gated": "gating", "layer_norm": "layer normalisation", "residual": "residual connections"}
    value = 0.2
    value += EFFECTS["other activations"] * (cell["activation"] in OTHERS)
    value += EFFECTS["weight magnitude"] * (cell["weight_magnitude"] == 10)
    value += EFFECTS["depth"] * (cell["depth"] == 6)
    value += EFFECTS["width"] * (cell["width"] == 512)
    return value + EFFECTS.get(variants.get(cell["variant"], ""), 0.0) + 5 * (cell["prior"] == "fan_in")


def random_networks(noise: float = 0.05, effect=complexity, networks: int = 6) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    rows = []
    for study, axes in AXES.items():
        for values in product(*axes.values()):
            cell = {**DEFAULTS, "bias_magnitude": 1.0, "grid_points": 16, **dict(zip(axes, values, strict=True))}
            c = effect(cell) + noise * rng.normal(size=networks)
            measured = PLANE + (WHITE - PLANE) * c
            rows += [{"study": study, **cell, "network": n, "cosine": measured[n]} for n in range(networks)]
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def found() -> pd.DataFrame:
    rows = estimate_components(random_networks(), CALIBRATION, ["cosine"])
    return rows.set_index(["component", "activations", "over"])


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.2, 0.3, "higher"),
        (0.05, 0.15, "higher"),
        (-0.3, -0.2, "lower"),
        (-0.15, -0.05, "lower"),
        (-0.05, 0.05, "none"),
        (0.0, 0.0, "none"),
        (0.01, 0.09, "none"),
        (-0.09, -0.01, "none"),
        (-0.05, 0.15, "undecided"),
        (-0.15, 0.05, "undecided"),
        (-1.0, 1.0, "undecided"),
        (0.0, 0.15, "undecided"),
        (-MARGIN, MARGIN, "undecided"),
        (float("nan"), float("nan"), "undecided"),
    ],
)
def test_the_direction_of_an_interval(low, high, expected):
    assert direction(low, high) == expected


@pytest.mark.parametrize("component", [component.name for component in COMPONENTS])
@pytest.mark.parametrize("over", ["grid", "corner"])
def test_an_effect_that_is_there_by_construction_is_found(found, component, over):
    rows = found.xs((component, over), level=["component", "over"])
    assert set(rows.index) == ({"all"} if component == "other activations" else {"all", "ReLU-like", "others"})
    truth = EFFECTS[component]
    expected = "none" if abs(truth) < 0.1 else "higher" if truth > 0 else "lower"
    for row in rows.itertuples():
        error = (row.high - row.low) / 4
        assert row.low < row.estimate < row.high
        assert abs(row.estimate - truth) < 4 * error, row
    # One activation group of one corner may be too small to decide; all activations are not.
    assert rows.loc["all"].direction == expected
    assert set(rows.direction) <= {expected, "undecided"}


def test_no_effect_by_construction_is_none_everywhere():
    rows = estimate_components(random_networks(0.02, lambda cell: 0.3), CALIBRATION, ["cosine"])
    assert set(rows.direction) == {"none"}


@pytest.mark.parametrize("over", ["grid", "corner"])
def test_without_noise_effects_are_exact(over):
    rows = estimate_components(random_networks(0.0), CALIBRATION, ["cosine"])
    for row in rows[rows.over == over].itertuples():
        assert row.estimate == pytest.approx(EFFECTS[row.component], abs=1e-12)


def test_cells_and_networks_are_counted(found):
    counts = found.xs(("all", "grid"), level=["activations", "over"])[["cells", "n"]]
    # 7 activations, 3 depths, 3 magnitudes: both sides of a variant, the two ends of an axis.
    assert counts.loc["gating"].tolist() == [2 * 63, 2 * 63 * 6]
    assert counts.loc["depth"].tolist() == [2 * 21, 2 * 21 * 6]
    assert counts.loc["width"].tolist() == [2 * 7, 2 * 7 * 6]
    assert counts.loc["other activations"].tolist() == [63, 63 * 6]
    assert found.loc[("gating", "ReLU-like", "corner")].cells == 2 * 4


def test_the_contrast_and_the_statement_of_the_paper_are_named(found):
    rows = found.xs(("all", "grid"), level=["activations", "over"])
    assert rows.contrast.to_dict() == {
        "other activations": "others − ReLU-like",
        "weight magnitude": "weight_magnitude 10 − weight_magnitude 0.3",
        "depth": "depth 6 − depth 1",
        "gating": "gated − plain",
        "layer normalisation": "layer_norm − plain",
        "residual connections": "residual − plain",
        "width": "width 512 − width 8",
        "bias magnitude": "bias_magnitude 10 − bias_magnitude 0.01",
    }
    assert rows.paper.to_dict() == {component.name: component.paper for component in COMPONENTS}


def test_cells_without_a_counterpart_do_not_count():
    table = random_networks(0.0)
    gated_and_deep = (table.variant == "gated") & (table.depth == 6)
    rows = estimate_components(table[~gated_and_deep], CALIBRATION, ["cosine"])
    row = rows[(rows.component == "gating") & (rows.activations == "all") & (rows.over == "grid")].iloc[0]
    # Depth 6 is .15 more complex, and has no gated networks: a mean over all cells would show .2 − .05.
    assert row.estimate == pytest.approx(EFFECTS["gating"], abs=1e-12)
    assert row.cells == 2 * 42


def test_a_missing_side_leaves_a_component_undecided():
    table = random_networks(0.05)
    rows = estimate_components(table[table.variant != "gated"], CALIBRATION, ["cosine"])
    gating = rows[rows.component == "gating"]
    assert set(gating.direction) == {"undecided"}
    assert gating[["estimate", "low", "high"]].isna().all(axis=None)
    assert set(gating.cells) == {0}


def test_networks_without_a_value_do_not_count():
    table = random_networks(0.05)
    spoilt = table.assign(cosine=table.cosine.where(table.network != 0))
    rest = table[table.network != 0]
    pd.testing.assert_frame_equal(*(estimate_components(t, CALIBRATION, ["cosine"]) for t in (spoilt, rest)))


def test_cells_are_read_on_the_calibrated_scale_of_their_grid():
    cell = {"study": "s", **DEFAULTS, "activation": "relu", "bias_magnitude": 1.0}
    table = pd.DataFrame(
        [
            {**cell, "grid_points": points, "cosine": value}
            for points, values in ((16, (0.1, 0.5, 0.3)), (32, (0.2, 0.2, 0.4)))
            for value in values
        ]
    )
    ends = [("plane", 16, 0.1), ("white_noise", 16, 0.5), ("plane", 32, 0.0), ("white_noise", 32, 0.8)]
    calibration = pd.DataFrame(
        [(function, points, "cosine", mean) for function, points, mean in ends],
        columns=["function", "grid_points", "measure", "mean"],
    )
    cells = cell_statistics(table, calibration, "cosine").set_index("grid_points")
    np.testing.assert_allclose(cells.loc[16, ["mean", "var"]].to_numpy(float), [0.5, 0.25])
    np.testing.assert_allclose(cells.loc[32, ["mean", "var"]].to_numpy(float), [1 / 3, 1 / 48])
    assert cells["count"].tolist() == [3, 3]
