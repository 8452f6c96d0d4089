"""Draw the pictures of docs/instrument.md: python docs/instrument/draw.py."""

import sys
from pathlib import Path

import modules
import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.neural_network import MLPRegressor

from neural_redshift.instrument import Report, measure, profile
from neural_redshift.tables import write_figure

HERE = Path(__file__).parent


def fields() -> Report:
    """Networks of two inputs."""
    report = profile(modules.Siren, networks=30, name="SIREN, ω = 30")
    report = report.beside(profile(modules.FourierFeatures, networks=30, name="Fourier features, σ = 10"))
    report = report.beside(profile(modules.vision_mlp, networks=30, name="torchvision MLP"))
    return report.compare(["relu", "tanh", "sin"])


def siren() -> Report:
    """A SIREN over depth and weight magnitude."""
    settings = {"networks": 10, "depths": range(1, 6), "weight_magnitudes": np.geomspace(0.25, 4, 5).round(3)}
    return profile(modules.Siren, **settings).compare(["relu", "sin"])


def images() -> Report:
    """Networks of many inputs, on planes through random directions."""
    settings = {"networks": 10, "inputs": (3, 32, 32), "slices": 2, "paths": 4, "grid_points": 32}
    return profile(modules.resnet18, name="ResNet-18", **settings).compare(["relu", "tanh"])


def sequences() -> Report:
    """A Transformer encoder layer, on planes through sequences of 6 vectors."""
    settings = {"networks": 20, "inputs": (6, 16), "slices": 2, "paths": 4, "grid_points": 32}
    return profile(modules.encoder_layer, name="encoder layer", **settings).compare(["relu", "tanh"])


def fitted() -> Report:
    """Models of scikit-learn, each fitted to 30 points with random values."""

    def fit(kind: type, seed: int, **arguments: object):
        draw = np.random.default_rng(seed)
        return kind(random_state=seed, **arguments).fit(draw.uniform(-1, 1, (30, 2)), draw.normal(size=30)).predict

    trees = [fit(HistGradientBoostingRegressor, seed, min_samples_leaf=2) for seed in range(10)]
    mlps = [fit(MLPRegressor, seed, solver="lbfgs", hidden_layer_sizes=(64, 64), max_iter=400) for seed in range(10)]
    return measure(trees, name="boosted trees").beside(measure(mlps, name="scikit-learn MLP"))


PICTURES = {"fields": fields, "siren": siren, "images": images, "sequences": sequences, "fitted": fitted}

if __name__ == "__main__":
    for name in sys.argv[1:] or PICTURES:
        report = PICTURES[name]()
        print(report)
        write_figure(HERE / name, report.plot(), report.metadata()["fingerprint"])
