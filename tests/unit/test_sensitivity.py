"""The same networks under every setting of the measures."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
import yaml

from neural_redshift import sensitivity
from neural_redshift.complexity.measuring import load
from neural_redshift.complexity.sequences import SCAN_ORDERS
from neural_redshift.networks.activations import ACTIVATIONS
from neural_redshift.networks.cells import Cell
from neural_redshift.networks.priors import PRIORS
from neural_redshift.networks.sampling import PRECISIONS, sample
from neural_redshift.schemas import SCHEMAS
from neural_redshift.sensitivity import plan, sensitivity_cells, vary
from project import ROOT

MEASURES = {
    "fourier": {},
    "cosine": {},
    "chebyshev": {"degree": 6},
    "legendre": {"degree": 6},
    "lempel_ziv": {"levels": 10, "scan_order": "row"},
}
VALUES = {
    "grid_points": [12, 16],
    "precision": ["automatic", "float32", "float64"],
    "bias_scaling": ["glorot", "biases_scaled"],
    "gaussian_form": ["gaussian", "gaussian_half"],
    "degree": [3, 6],
    "lz_levels": [2, 10],
    "scan_order": ["row", "column", "hilbert"],
}
SETTINGS = {
    "variants": ["plain", "gated"],
    "activation": "gaussian",
    "cells": [{"depth": 1, "weight_magnitude": 1.0}, {"depth": 3, "weight_magnitude": 10.0}],
    "width": 8,
    "grid_points": 16,
    "networks": 3,
    "measures": MEASURES,
    "settings": VALUES,
    "seed": 7,
}
NETWORK = ["variant", "activation", "prior", "depth", "weight_magnitude", "grid_points", "network"]
FIVE, POLYNOMIALS, PHRASES = set(MEASURES), {"chebyshev", "legendre"}, {"lempel_ziv"}
EXPECTED = {  # setting: its values, and the measures that know it
    "grid_points": ({"12", "16"}, FIVE),
    "precision": ({"automatic", "float32", "float64"}, FIVE),
    "bias_scaling": ({"glorot", "biases_scaled"}, FIVE),
    "gaussian_form": ({"gaussian", "gaussian_half"}, FIVE),
    "degree": ({"3", "6"}, POLYNOMIALS),
    "lz_levels": ({"2", "10"}, PHRASES),
    "scan_order": ({"row", "column", "hilbert"}, PHRASES),
    "lz_levels_and_scan_order": (
        {f"{levels} {order}" for levels, order in product((2, 10), ("row", "column", "hilbert"))},
        PHRASES,
    ),
    "algorithm": ({"lz78", "lz76"}, PHRASES),
}


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return vary(SETTINGS)


def values(rows: pd.DataFrame, **chosen) -> np.ndarray:
    for name, wanted in chosen.items():
        rows = rows[rows[name] == wanted]
    return rows.value.to_numpy()


def test_the_columns_are_those_of_the_table(rows):
    assert set(rows) == {field.name for field in SCHEMAS["sensitivity"]}
    assert set(rows.study) == {"sensitivity"}
    assert set(rows.seed) == {7}


def test_every_network_has_every_value_of_every_setting_once(rows):
    assert not rows.duplicated([*NETWORK, "measure", "setting", "setting_value"]).any()
    assert set(rows.setting) == set(EXPECTED)
    for setting, (wanted, measures) in EXPECTED.items():
        found = rows[rows.setting == setting]
        assert set(found.setting_value) == wanted
        assert set(found.measure) == measures
        assert len(found) == len(wanted) * len(measures) * 2 * 2 * 3  # variants, cells, networks
    assert rows.value.notna().all()


def test_the_key_says_what_was_evaluated(rows):
    for setting, column in (
        ("grid_points", "grid_points"),
        ("bias_scaling", "prior"),
        ("gaussian_form", "activation"),
    ):
        chosen = rows[rows.setting == setting]
        assert (chosen[column].astype(str) == chosen.setting_value).all()
        rest = rows[rows.setting != setting]
        assert set(rest[column]) == {{"grid_points": 16, "prior": "glorot", "activation": "gaussian"}[column]}


@pytest.mark.parametrize("measure", MEASURES)
def test_the_usual_value_of_every_setting_is_the_measure_of_the_usual_networks(rows, measure):
    cell = Cell("gated", "gaussian", "glorot", 3, 8, 10.0, 1.0)
    expected = load(measure, **MEASURES[measure])(sample(cell, 7, np.arange(3), 16).values)
    usual = {
        "grid_points": "16",
        "precision": "automatic",
        "bias_scaling": "glorot",
        "gaussian_form": "gaussian",
        "degree": "6",
        "lz_levels": "10",
        "scan_order": "row",
        "lz_levels_and_scan_order": "10 row",
        "algorithm": "lz78",
    }
    for setting, value in usual.items():
        if measure in EXPECTED[setting][1]:
            chosen = {"measure": measure, "setting": setting, "setting_value": value}
            np.testing.assert_array_equal(values(rows, **chosen, variant="gated", depth=3), expected)


@pytest.mark.parametrize(
    ("setting", "value", "measure", "options"),
    [
        ("degree", "3", "legendre", {"degree": 3}),
        ("lz_levels", "2", "lempel_ziv", {"levels": 2}),
        ("scan_order", "hilbert", "lempel_ziv", {"scan_order": "hilbert"}),
        ("lz_levels_and_scan_order", "2 column", "lempel_ziv", {"levels": 2, "scan_order": "column"}),
        ("algorithm", "lz76", "lempel_ziv_76", {}),
    ],
)
def test_a_setting_of_a_measure_is_its_option(rows, setting, value, measure, options):
    functions = sample(Cell("plain", "gaussian", "glorot", 1, 8, 1.0, 1.0), 7, np.arange(3), 16)
    expected = load(measure, **options)(functions.values)
    np.testing.assert_array_equal(
        values(
            rows, setting=setting, setting_value=value, measure=measure.removesuffix("_76"), variant="plain", depth=1
        ),
        expected,
    )


def test_a_grid_shows_the_same_networks(rows):
    cell = Cell("plain", "gaussian", "glorot", 3, 8, 10.0, 1.0)
    coarse, fine = (sample(cell, 7, np.arange(3), points) for points in (12, 23))
    np.testing.assert_allclose(
        coarse.minimum[:, None, None] + coarse.values * (coarse.maximum - coarse.minimum)[:, None, None],
        (fine.minimum[:, None, None] + fine.values * (fine.maximum - fine.minimum)[:, None, None])[:, ::2, ::2],
        atol=1e-5,
    )
    found = values(rows, setting="grid_points", setting_value="12", measure="cosine", variant="plain", depth=3)
    np.testing.assert_array_equal(found, load("cosine")(coarse.values))


def test_a_sampling_is_evaluated_once(monkeypatch):
    asked = []

    def count(*arguments):
        asked.append(arguments[:1] + arguments[3:])
        return sample(*arguments)

    monkeypatch.setattr(sensitivity, "sample", count)
    vary(SETTINGS | {"variants": ["plain"], "cells": SETTINGS["cells"][:1]})
    # The usual networks; another grid; two precisions; scaled biases; the other Gaussian.
    assert len(asked) == len(set(asked)) == 6


def test_only_the_gaussian_has_two_forms_and_only_measures_asked_for_are_read():
    settings = SETTINGS | {"activation": "relu", "measures": {"cosine": {}}}
    found = vary(settings)
    assert set(found.measure) == {"cosine"}
    assert set(found.setting) == {"grid_points", "precision", "bias_scaling"}


def test_the_fourier_model_has_no_layers_no_precision_and_one_cell_a_magnitude():
    cells = [*SETTINGS["cells"], {"depth": 5, "weight_magnitude": 1.0}]
    settings = SETTINGS | {"variants": ["unbiased"], "activation": "none", "cells": cells}
    assert [cell.weight_magnitude for cell in sensitivity_cells("unbiased", settings)] == [1.0, 10.0]
    found = vary(settings)
    assert set(found.setting) == set(EXPECTED) - {"precision", "bias_scaling", "gaussian_form"}
    assert {(row.activation, row.depth, row.width) for row in found.itertuples()} == {("none", 0, 0)}


def test_settings_that_name_one_sampling_share_it():
    planned = plan(sensitivity_cells("plain", SETTINGS)[0], SETTINGS)
    usual = next(readings for sampling, readings in planned.items() if sampling.grid_points == 16)
    assert {reading.setting for reading in usual} == set(EXPECTED)


@pytest.mark.parametrize("depth", [8, 9])
def test_float32_alone_reads_rounding_as_complexity(depth):
    cells = [{"depth": depth, "weight_magnitude": 10**-0.5}]
    tanh = {"activation": "tanh", "variants": ["plain"], "cells": cells, "width": 64, "grid_points": 64}
    found = vary(SETTINGS | tanh | {"measures": {"cosine": {}}})
    rough, exact, usual = (
        values(found, setting="precision", setting_value=name) for name in ("float32", "float64", "automatic")
    )
    np.testing.assert_allclose(usual, exact, rtol=5e-3)  # in mixed precision
    assert (rough > 3 * exact).all()


def test_precision_is_kept_as_asked():
    rough, flat = (Cell("plain", "tanh", "glorot", depth, 64, a, 1.0) for depth, a in ((2, 3.0), (9, 10**-0.5)))
    for cell, automatic in ((rough, False), (flat, True)):
        for precision, expected in (("float32", False), ("mixed", True), ("float64", True), ("automatic", automatic)):
            assert sample(cell, 0, np.arange(4), 8, precision).float64.tolist() == [expected] * 4
    with pytest.raises(ValueError, match="precision 'double' found; choose from automatic, float32, mixed, float64"):
        sample(rough, 0, np.arange(1), 4, "double")


def test_a_constant_function_has_no_value():
    cells = [{"depth": 4, "weight_magnitude": 1e-6}]
    found = vary(SETTINGS | {"activation": "tanh", "variants": ["plain"], "cells": cells})
    assert found[found.prior == "glorot"].value.isna().all()


def test_settings_of_the_configuration_are_those_of_the_code():
    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
    described = schema["properties"]["sensitivity"]["properties"]["settings"]["properties"]
    assert set(described) == set(VALUES)
    choices = {name: about["items"].get("enum") for name, about in described.items()}
    assert choices["precision"] == list(PRECISIONS)
    assert choices["scan_order"] == list(SCAN_ORDERS)
    assert set(choices["bias_scaling"]) <= set(PRIORS)
    assert set(choices["gaussian_form"]) <= set(ACTIVATIONS)


def test_the_cells_of_the_configuration_are_corners_and_centre_of_the_heatmaps():
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    heatmaps, block = config["studies"]["heatmaps"], config["sensitivity"]
    depths, magnitudes = sorted(heatmaps["depths"]), sorted(heatmaps["weight_magnitudes"])
    corners = set(product((depths[0], depths[-1]), (magnitudes[0], magnitudes[-1])))
    centre = (depths[(len(depths) - 1) // 2], magnitudes[(len(magnitudes) - 1) // 2])
    assert {(cell["depth"], cell["weight_magnitude"]) for cell in block["cells"]} == corners | {centre}
    assert set(block["activations"]) == set(heatmaps["activations"])
    assert set(block["variants"]) == set(heatmaps["variants"])
    assert (block["width"], block["grid_points"]) == (heatmaps["widths"][0], heatmaps["grid_points"])
    assert block["networks"] <= heatmaps["networks"]
