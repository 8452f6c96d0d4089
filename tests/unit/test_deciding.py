"""From the list and the tables to verdicts: the list is closed, a verdict follows, settings are tried."""

import inspect
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import yaml
from scipy import stats

import made_up
from neural_redshift.claims import section3_activations, section3_components
from neural_redshift.claims.deciding import KINDS, STATEMENTS, decide, others, region_of, rows
from neural_redshift.claims.evidence import (
    FAMILY,
    Estimates,
    Evidence,
    Region,
    TooLittle,
    averaged,
    counted,
    decisive,
    jackknifed,
    joined,
    verdict,
)
from neural_redshift.claims.grids import ALL, Grid, by_halves, calibrated, complete, select
from neural_redshift.replicates import leave_one_out
from neural_redshift.schemas import SCHEMAS
from neural_redshift.statistics import mean_interval
from neural_redshift.tables import DamagedFile, read_list, write_json, write_table
from project import ROOT

LISTING = yaml.safe_load((ROOT / "workflow/claims.yaml").read_text())
CLAIMS = LISTING["claims"]
EVERY = CLAIMS | LISTING["controls"]
INSIDE = Region(-0.1, 0.1)


def estimates(*limits: tuple[float, float], widened: float = 0.0) -> Estimates:
    """Members with these limits at any single tail, wider where tails are shared."""
    low, high = map(np.array, zip(*limits, strict=True))

    def at(tail: float) -> tuple[np.ndarray, np.ndarray]:
        more = widened * (tail < 0.01)
        return low - more, high + more

    return Estimates((low + high) / 2, at, 7, "made up")


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-0.05, 0.05, "supported"),
        (-0.1, 0.05, "undecided"),
        (0.05, 0.15, "undecided"),
        (-1.0, 1.0, "undecided"),
        (0.11, 0.2, "contradicted"),
        (-0.2, -0.11, "contradicted"),
        (0.1, 0.2, "undecided"),
        (np.nan, np.nan, "undecided"),
    ],
)
def test_a_verdict_follows_from_interval_and_region(low, high, expected):
    assert verdict(Evidence(0.0, low, high, 1, ""), INSIDE) == expected


@pytest.mark.parametrize(
    ("members", "low", "high"),
    [
        ([(-0.05, 0.05), (0.0, 0.09)], 0.0, 0.09),  # all inside: the one nearest to the edge
        ([(-0.05, 0.05), (0.05, 0.15), (-0.2, -0.15)], -0.2, -0.15),  # one outside
        ([(-0.05, 0.05), (0.05, 0.15)], 0.05, 0.15),  # neither
        ([(0.05, 0.06), (-0.3, 0.3)], -0.3, 0.3),  # neither, though the inside one is nearer to the outside
    ],
)
def test_of_several_members_the_decisive_one_speaks(members, low, high):
    found = decisive(estimates(*members), INSIDE)
    np.testing.assert_equal((found.low, found.high), (low, high))


def test_averages_of_cells_have_the_interval_of_all_their_units():
    values = np.random.default_rng(0).normal(size=(5, 40, 3))  # cells, units, members
    low, high = (np.stack(ends) for ends in zip(*map(intervals, values), strict=True))
    found = averaged(values.mean(axis=1), low, high, np.full(5, 40))
    assert found.n == 200
    np.testing.assert_allclose(found.estimate, values.mean(axis=(0, 1)))
    half = (found.limits(0.025)[1] - found.limits(0.025)[0]) / 2
    pooled = np.sqrt(values.var(axis=1, ddof=1).mean(axis=0) / 200)
    np.testing.assert_allclose(half, stats.t.isf(0.025, 195) * pooled)
    with pytest.raises(TooLittle, match="3 units found"):
        averaged(values.mean(axis=1), low, high, np.array([40, 3, 40, 40, 40]))


def intervals(values: np.ndarray) -> np.ndarray:
    return np.apply_along_axis(mean_interval, 0, values)


def test_a_member_without_limits_decides_nothing():
    with pytest.raises(TooLittle, match="a member without limits"):
        decisive(estimates((-0.05, 0.05), (np.nan, np.nan)), INSIDE)


def test_that_a_member_is_outside_needs_limits_for_all_of_them():
    """At level .03 one tail of .015 is left to a member alone and .0075 to each of two: only then they widen."""
    found = decisive(estimates((-0.05, 0.05), (0.12, 0.2), widened=0.05), INSIDE, level=0.03)
    assert verdict(found, INSIDE) == "undecided"
    assert (found.low, found.high) == pytest.approx((0.07, 0.25))


def test_joined_estimates_have_all_members():
    parts = [counted(10, 10), counted(0, 10)]
    found = joined(parts)
    assert found.estimate.tolist() == [1, 0]
    assert found.n == 20
    np.testing.assert_array_equal(found.limits(0.1)[0], [part.limits(0.1)[0][0] for part in parts])
    with pytest.raises(TooLittle):
        joined([])


@pytest.mark.parametrize(
    ("region", "expected", "text"),
    [
        ("none", Region(-0.1, 0.1), "between -0.1 and 0.1"),
        ("clear", Region(0.1, np.inf), "above 0.1"),
        ([None, 0.75], Region(-np.inf, 0.75), "below 0.75"),
    ],
)
def test_a_region_is_a_word_or_two_ends(region, expected, text):
    assert region_of(LISTING["words"], region) == expected
    assert str(expected) == text


def test_the_list_is_that_of_the_code_and_of_the_schemas():
    assert {heading: list(LISTING[heading]) for heading in KINDS} == {
        heading: list(kind.functions) for heading, kind in KINDS.items()
    }
    assert {row.name for row in SCHEMAS["claims"]} == set(rows(decide(LISTING, empty_tables())).columns)
    assert all(about["statement"].endswith(".") and about["reason"] for about in EVERY.values())


def test_the_family_is_every_statement_and_no_control():
    assert len(CLAIMS) == FAMILY


@pytest.mark.parametrize("claim", EVERY)
def test_the_measure_of_an_entry_is_that_of_its_function_and_no_setting_repeats_the_papers(claim):
    functions = {name: function for kind in KINDS.values() for name, function in kind.functions.items()}
    defaults = {p.name: p.default for p in inspect.signature(functions[claim]).parameters.values()}
    assert defaults.get("measure", EVERY[claim]["measure"]) == EVERY[claim]["measure"]
    assert all(set(each.items()) - set(defaults.items()) for each in others(EVERY[claim]))


def empty_tables() -> dict[str, pd.DataFrame]:
    needed = {table for about in EVERY.values() for table in about["tables"]}
    return {table: pa.schema(SCHEMAS[table]).empty_table().to_pandas() for table in needed}


def test_without_data_every_claim_is_undecided_and_no_setting_tried():
    found = rows(decide(LISTING, empty_tables()))
    assert set(found.verdict) == {"undecided"}
    assert (found.n == 0).all()
    assert (found.settings_tried == 0).all()
    assert (found.deciding == "").all()
    assert found.set_index("claim").settings["c_common_mode"].startswith("head tied: no data; centred False: no data")


def test_a_control_is_decided_at_95_per_cent_and_a_statement_with_all_others():
    tables = empty_tables() | made_up.transformers(1, 8)
    tables["transformers"] = pd.concat([tables["transformers"], made_up.centred(1, 8)["transformers"]])
    found = {each["claim"]: each for each in decide(LISTING, tables)}
    for claim, kind, level in (("gpt_scale_rises", "statement", 0.05 / FAMILY), ("c_common_mode", "control", 0.05)):
        taken = tables["transformers"][EVERY[claim]["tables"]["transformers"]]
        function = next(each.functions[claim] for each in KINDS.values() if each.name == kind)
        expected = decisive(function(taken), Region(0.0, np.inf), level)
        assert (found[claim]["kind"], found[claim]["level"]) == (kind, level)
        assert (found[claim]["low"], found[claim]["high"]) == (expected.low, expected.high)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"form": "hunch"}, "form 'hunch' found; choose from ordering, equivalence"),
        ({"region": "tiny"}, "region 'tiny' found; choose from none, clear"),
        ({"tables": {"random_networks": ["colour"], "calibration": []}}, "columns ['colour'] of table random_networks"),
        ({"tables": {"calibration": []}}, "tables ['calibration'] found; its function takes"),
        ({"settings": {"taste": ["good"]}}, "settings ['taste'] found; its function has ['measure'"),
        ({"verdict": "supported"}, "keys ['verdict'] found or missing"),
    ],
)
def test_a_bad_entry_is_said_in_one_sentence(change, sentence):
    claims = {**CLAIMS, "relu_low": {**CLAIMS["relu_low"], **change}}
    with pytest.raises(DamagedFile) as problem:
        decide({**LISTING, "claims": claims}, {})
    assert str(problem.value).startswith(f"claims.yaml: claims: relu_low: {sentence}")
    assert "\n" not in str(problem.value)


@pytest.mark.parametrize(
    ("claims", "sentence"), [({"moon": CLAIMS["relu_low"]}, "moon: no function"), ({}, "no entry for")]
)
def test_an_unknown_and_a_missing_claim_are_named(claims, sentence):
    with pytest.raises(DamagedFile, match=sentence):
        decide({**LISTING, "claims": claims}, {})


def networks() -> dict[str, pd.DataFrame]:
    made = made_up.section3(made_up.as_the_paper_says, 8)
    return empty_tables() | {name: table for name, table in made.items() if name != "sensitivity"}


def test_settings_are_tried_and_those_that_change_the_verdict_named():
    tables = networks()
    table = tables["random_networks"]
    tables["random_networks"] = table.assign(cosine=table.cosine + 0.5 * (table.activation == "relu"))
    found = rows(decide(LISTING, tables)).set_index("claim").loc["relu_low"]
    assert found.verdict == "supported"
    assert (found.settings_tried, found.settings_agreeing) == (5, 4)
    assert found.deciding == "measure cosine: contradicted"
    assert found.measure == "fourier"
    assert found.region == "low: below 0.25"


def test_constant_networks_count_as_planes_in_a_second_pass():
    tables = networks()
    table = tables["random_networks"]
    constant = (table.activation == "gelu") & (table.network < 5)
    values = {measure: table[measure].mask(constant) for measure in made_up.MEASURES}
    tables["random_networks"] = table.assign(**values, status=np.where(constant, "constant", "ok"))
    region = region_of(LISTING["words"], "low")
    taken = [tables[name] for name in CLAIMS["relu_like_low"]["tables"]]
    with pytest.raises(TooLittle, match="3 units found"):
        STATEMENTS["relu_like_low"](*taken)
    again = STATEMENTS["relu_like_low"](*taken, constant="plane")
    assert verdict(decisive(again, region), region) == "supported"
    assert again.n == 3 * 9 * 8


@pytest.mark.parametrize("small", [["depth"], ["weight_magnitude"], ["depth", "weight_magnitude"]])
def test_of_any_depth_and_magnitude_a_small_grid_says_nothing(small):
    tables = networks()
    for axis in small:
        table = tables["random_networks"]
        tables["random_networks"] = table[table[axis] < table[axis].max()]
    with pytest.raises(TooLittle, match=f"{small[0]} from .* only"):  # of two, the first by name, in every process
        STATEMENTS["relu_low"](*(tables[name] for name in CLAIMS["relu_low"]["tables"]))


def test_low_and_high_are_in_the_code_what_they_are_in_the_list():
    assert region_of(LISTING["words"], "low").high == section3_activations.LOW
    assert region_of(LISTING["words"], "high").low == section3_components.HIGH


def test_a_list_of_other_parts_is_refused():
    with pytest.raises(DamagedFile, match=r"claims\.yaml: words found; it has words, columns, settings, claims"):
        decide({"words": {}}, {})


def test_settings_stand_alone_or_together():
    assert others({"settings": {"a": [1, 2], "together": [{"a": 1, "b": 2}]}}) == [{"a": 1}, {"a": 2}, {"a": 1, "b": 2}]


def test_a_row_of_the_table_can_be_written_and_a_claim_as_json(tmp_path):
    decided = decide(LISTING, networks())
    write_table(tmp_path / "claims.parquet", "claims", rows(decided), {"fingerprint": "f"})
    write_json(tmp_path / "claims/one.json", decided[-1])
    found = json.loads((tmp_path / "claims/one.json").read_text())
    assert found["estimate"] is None
    assert found["verdict"] == "undecided"
    assert found["settings"][0].keys() == {"setting", "estimate", "low", "high", "n", "method", "verdict"}
    assert read_list(ROOT / "workflow/claims.yaml") == LISTING


def test_the_scale_is_0_for_a_plane_and_1_for_white_noise():
    values = np.array([made_up.PLANE, made_up.WHITE, np.nan])
    found = calibrated(values, np.array([64, 64, 64]), made_up.CALIBRATION, "cosine")
    np.testing.assert_allclose(found, [0, 1, np.nan])
    with pytest.raises(TooLittle, match="no calibration of cosine on \\[32\\] points"):
        calibrated(values, np.array([64, 32, 64]), made_up.CALIBRATION, "cosine")


TABLE = pd.DataFrame({"unit": [0, 1, 0, 1], "x": [2, 2, 1, 1], "y": ["a"] * 4, "value": [3.0, 4.0, 1.0, np.nan]})


def test_a_grid_has_units_first_and_axes_in_the_order_asked_for():
    grid = select(TABLE, "unit", "value", y="a", x=ALL)
    np.testing.assert_array_equal(grid.values, [[1, 3], [np.nan, 4]])
    np.testing.assert_array_equal(grid.means, [[1, 3.5], [np.nan, 4], [1, 3]])
    assert grid.levels["x"].tolist() == [1, 2]
    assert (grid.units, grid.n) == (1, 3)
    assert select(TABLE, "unit", "value", x=[2, 1], y=["a"]).values.shape == (2, 2, 1)
    assert select(TABLE, "unit", "value", x=[2, 1], y="a").values[0].tolist() == [3, 1]


def test_a_grid_says_what_is_missing_or_ambiguous():
    with pytest.raises(TooLittle, match="no value in some cells of x \\[1, 3\\], y a"):
        select(TABLE, "unit", "value", x=[1, 3], y="a")
    with pytest.raises(TooLittle, match="no rows with x of any value, y b"):
        select(TABLE, "unit", "value", x=ALL, y="b")
    with pytest.raises(ValueError, match="several values of value for one unit"):
        select(TABLE, "unit", "value", y="a")


def test_complete_grids_have_the_units_that_all_cells_have():
    values = np.arange(12.0).reshape(6, 2)
    values[1, 0] = np.nan
    grids = complete(Grid(values, {}), Grid(np.where(values == 11, np.nan, values)[:, 1:], {}))
    assert [grid.values[:, -1].tolist() for grid in grids] == [[1, 5, 7, 9], [1, 5, 7, 9]]
    assert complete(Grid(values[:4], {}))[0].values.shape == (4, 2)


def test_by_halves_judges_every_unit_by_a_choice_of_others():
    values = np.array([[0.0, 9.0], [7.0, 1.0], [2.0, 8.0], [6.0, 3.0]])
    found = by_halves(values, lambda choosing, judging: judging[:, [choosing.sum(0).argmax()]])
    assert sorted(found[:, 0]) == [0.0, 1.0, 2.0, 3.0]
    with pytest.raises(TooLittle, match="3 units"):
        by_halves(values[:3], lambda choosing, judging: judging)


def test_few_units_make_no_interval():
    with pytest.raises(TooLittle, match="3 units found"):
        jackknifed(leave_one_out(np.arange(3.0)), 3, 3)
