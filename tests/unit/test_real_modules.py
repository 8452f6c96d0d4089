"""Architectures that nobody here wrote, through the instrument."""

import sys

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.neural_network import MLPRegressor

from neural_redshift.instrument import measure, profile
from project import ROOT

sys.path.insert(0, str(ROOT / "docs/instrument"))

import modules


def how(report) -> str:
    return " ".join(note for notes in report.notes.values() for note in notes)


def test_a_siren_is_more_complex_than_a_relu_network_and_less_than_white_noise():
    report = profile(modules.Siren, networks=10).compare(["relu"])
    complexity = report.cells.query("measure == 'cosine'").set_index("name")
    assert complexity.low_calibrated["Siren"] > complexity.high_calibrated["relu"]
    assert complexity.high_calibrated["Siren"] < 1
    assert "all at once" in how(report)


def test_fourier_features_of_higher_frequency_are_more_complex():
    low, high = (profile(modules.FourierFeatures, networks=8, sigma=sigma).table.cosine for sigma in (0.5, 5.0))
    assert low.max() < high.min()


def test_the_mlp_of_torchvision_is_that_of_torch():
    report = profile(modules.vision_mlp, networks=4, grid_points=24)
    assert "dropout layers are off" not in how(report)  # its dropout is 0
    assert (report.table.status == "ok").all()


def test_an_untrained_resnet_on_images():
    report = profile(modules.resnet18, inputs=(3, 32, 32), networks=2, slices=1, paths=1, grid_points=17, classes=3)
    assert "20 BatchNorm layers are in evaluation mode" in how(report)
    assert set(report.table.outputs) == {3}
    assert (report.table.status == "ok").all()
    assert report.table.total_variation.between(1, 30).all()


def test_a_transformer_encoder_layer_on_sequences():
    report = profile(
        modules.encoder_layer, inputs=(6, 16), networks=3, slices=1, paths=1, grid_points=17, prior="glorot"
    )
    assert set(report.table.outputs) == {96}
    assert "16 of 96 outputs are measured" in how(report)
    assert "3 dropout layers are off" in how(report)
    assert report.table.cosine.nunique() == 3


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_models_of_scikit_learn():
    draw = np.random.default_rng(0)
    points, values = draw.uniform(-1, 1, (40, 2)), draw.normal(size=40)
    trees = GradientBoostingRegressor(random_state=0).fit(points, values).predict
    mlp = (
        MLPRegressor(hidden_layer_sizes=(16,), random_state=0, solver="lbfgs", max_iter=30).fit(points, values).predict
    )
    rough, smooth = (measure(model, name=name) for model, name in ((trees, "trees"), (mlp, "mlp")))
    assert rough.table.cosine[0] > smooth.table.cosine[0]
    assert list(rough.beside(smooth).table.name) == ["trees", "mlp"]


@pytest.mark.parametrize("data", [None, np.random.default_rng(0).normal(size=(20, 6, 16))])
def test_data_points_are_another_place_to_look_at(data):
    report = profile(modules.encoder_layer, inputs=(6, 16), networks=2, slices=1, paths=2, grid_points=17, data=data)
    assert set(report.table["view"]) == {"slices"}
