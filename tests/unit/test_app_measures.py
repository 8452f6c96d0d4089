"""The figure that puts random networks among known functions, on made-up tables."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from neural_redshift.figures import style
from neural_redshift.figures.app_measures import CLOSEST, _apart, draw

FUNCTIONS = {"plane": 0.1, "paraboloid": 0.11, "step": 0.3, "disc": 0.31, "white_noise": 0.6}
AXES = [("relu", "tanh"), (1, 2, 5), (0.5, 1.0, 2.0, 4.0), range(4)]


def random_networks() -> pd.DataFrame:
    rows = [("plain", *key) for key in product(*AXES)] + [("gated", *key) for key in product(*AXES)]
    rows += [("unbiased", "none", 0, alpha, network) for alpha, network in product(AXES[2], AXES[3])]
    frame = pd.DataFrame(rows, columns=["variant", "activation", "depth", "weight_magnitude", "network"])
    values = np.random.default_rng(0).uniform(0.1, 0.6, (len(frame), len(style.MEASURES)))
    about = {"study": "heatmaps", "width": 8, "bias_magnitude": 1.0, "grid_points": 16, "seed": 0, "status": "ok"}
    frame = frame.assign(**about, prior=np.where(frame.variant == "unbiased", "none", "glorot"), float64=False)
    return frame.assign(**dict(zip(style.MEASURES, values.T.astype(np.float32), strict=True)))


def calibration(grids=(16, 32)) -> pd.DataFrame:
    rows = [
        (function, points, measure, mean * 16 / points, 0.01, 5)
        for (function, mean), points, measure in product(FUNCTIONS.items(), grids, style.MEASURES)
    ]
    return pd.DataFrame(rows, columns=["function", "grid_points", "measure", "mean", "standard_deviation", "n"])


def panels(figure) -> list:
    return [axes for axes in figure.axes if axes.get_title(loc="left")]


def test_a_panel_a_measure_with_its_known_functions_and_the_networks_of_three_cells():
    figure = draw(random_networks(), calibration())
    assert [axes.get_title(loc="left") for axes in panels(figure)] == [m.label for m in style.MEASURES.values()]
    for axes in panels(figure):
        vertical = [line for line in axes.lines if len(set(line.get_xdata())) == 1 and len(line.get_xdata()) == 2]
        np.testing.assert_allclose(sorted(line.get_xdata()[0] for line in vertical), sorted(FUNCTIONS.values()))
        assert {text.get_text() for text in axes.texts} == {name.replace("_", " ") for name in FUNCTIONS}
        ticks = [line for line in axes.lines if line.get_marker() == "|"]
        assert [len(line.get_xdata()) for line in ticks] == [4] * 9  # networks; three cells of relu, tanh, unbiased


def test_the_cells_are_lowest_middle_and_highest_of_plain_networks():
    networks = random_networks()
    figure = draw(networks, calibration())
    chosen = networks[(networks.variant == "plain") & (networks.activation == "relu")]
    axes = panels(figure)[0]
    means = {float(line.get_xdata()[0]) for line in axes.lines if line.get_marker() in "oDs"}
    for depth, magnitude in ((1, 0.5), (2, 1.0), (5, 4.0)):
        cell = chosen[(chosen.depth == depth) & (chosen.weight_magnitude == magnitude)]
        assert min(abs(mean - cell.fourier.astype(float).mean()) for mean in means) < 1e-9
    assert "n = 4 networks a cell" in figure.get_supxlabel().replace("\n", " ").replace("\u00a0", " ")


def test_a_study_of_two_depths_has_two_cells():
    networks = random_networks()
    networks = networks[(networks.depth != 2) & networks.weight_magnitude.isin([0.5, 4.0])]
    axes = panels(draw(networks, calibration()))[0]
    assert [len(line.get_xdata()) for line in axes.lines if line.get_marker() == "|"] == [4] * 6


def test_a_measure_without_values_has_no_panel():
    networks = random_networks().assign(legendre=np.nan)
    assert len(panels(draw(networks, calibration()))) == len(style.MEASURES) - 1


def test_networks_that_are_constant_are_left_out_and_counted():
    networks = random_networks()
    chosen = (networks.activation == "relu") & (networks.depth == 1) & (networks.weight_magnitude == 0.5)
    networks.loc[chosen, list(style.MEASURES)] = np.nan
    networks.loc[chosen, "status"] = "constant"
    figure = draw(networks, calibration())
    assert "4 constant" in figure.get_supxlabel().replace("\n", " ").replace("\u00a0", " ")


@pytest.mark.parametrize(
    "places", [[0.1], [0.1, 0.11, 0.9], [0.1, 0.2, 0.21, 0.22, 0.95], [0.94, 0.945, 0.95, 0.96, 0.97]]
)
def test_labels_keep_their_order_and_their_distance(places):
    labels = _apart(np.array(places))
    assert (np.diff(labels) >= CLOSEST - 1e-12).all()
    assert labels.max() <= max(1, places[-1])
    if len(places) == 1:
        assert labels.tolist() == places
