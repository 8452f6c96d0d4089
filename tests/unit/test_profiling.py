"""The instrument: what it says of a user's module is what the pipeline says of the same networks."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import torch
from torch import nn

from neural_redshift.complexity.calibration import plane, white_noise
from neural_redshift.complexity.measuring import load
from neural_redshift.instrument import measure, profile
from neural_redshift.networks import mlp, sampling
from neural_redshift.networks.cells import Cell
from neural_redshift.networks.functions import grid
from neural_redshift.profiling import anchors, evaluation, modules
from neural_redshift.profiling.measuring import ALL, LEAST_POINTS, measures_of
from neural_redshift.profiling.modules import Blueprint
from neural_redshift.profiling.views import view
from neural_redshift.schemas import MAIN_MEASURES, SCHEMAS
from neural_redshift.statistics import mean_interval

NUMBERS = np.arange(6)


class Perceptron(nn.Module):
    """The paper's network as one would write it."""

    def __init__(
        self, depth: int = 3, width: int = 32, phi: type[nn.Module] = nn.ReLU, inputs: int = 2, outputs: int = 1
    ):
        super().__init__()
        sizes = [inputs] + [width] * depth
        hidden = [part for pair in pairwise(sizes) for part in (nn.Linear(*pair), phi())]
        self.layers = nn.Sequential(*hidden, nn.Linear(width, outputs))

    def forward(self, x):
        return self.layers(x)


class Normalised(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 16), nn.BatchNorm1d(16), nn.Dropout(0.5), nn.Tanh(), nn.Linear(16, 1))

    def forward(self, x):
        return self.layers(x)[:, 0]


class Branching(nn.Module):
    """Its way depends on its values, which vmap cannot follow."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(2, 8), nn.Linear(2, 8)

    def forward(self, x):
        return (self.first(x) if self.first.weight.sum() > 0 else self.second(x)).sin().sum(1)


class Hidden(nn.Module):
    """It keeps random numbers where torch does not see them."""

    def __init__(self):
        super().__init__()
        self.layer, self.phase = nn.Linear(2, 8), torch.rand(8)

    def forward(self, x):
        return (self.layer(x) + self.phase).sin().sum(1)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_the_papers_mlp_as_a_users_module_is_that_of_the_pipeline(activation):
    cell = Cell("plain", activation, "glorot", 3, 32, 3.0, 1.0)
    expected = sampling.sample(cell, 5, NUMBERS, 32)
    phi = {"relu": nn.ReLU, "tanh": nn.Tanh}[activation]
    blueprint = Blueprint("Perceptron", Perceptron, {"phi": phi}, "glorot")
    seen = view((2,), None, 32, 1, 1, None, 5)
    points = seen.planes(NUMBERS, 0)
    models = modules.draw(blueprint, 3.0, mlp._key(cell, 5), NUMBERS, torch.from_numpy(points[0, :2]))
    for model, *weights in zip(models, *(layer.affine[0] for layer in mlp.draw(cell, 5, NUMBERS)), strict=True):
        for layer, weight in zip(modules.linear_maps(model), weights, strict=True):
            assert np.array_equal(layer.weight.numpy(), weight)
    how = evaluation.look_at(blueprint, models[:2], torch.from_numpy(points[:, :8]))
    values, _, _ = evaluation.evaluate(models, points, how)
    found = sampling.scale(values.swapaxes(1, 2).reshape(-1, 32, 32), np.zeros(len(NUMBERS), bool))
    assert np.abs(found.values - expected.values).max() < 1e-5
    for name in MAIN_MEASURES:  # rounding moves a level of Lempel-Ziv at most now and then
        assert load(name)(found.values) == pytest.approx(load(name)(expected.values), rel=5e-3)


@pytest.mark.parametrize("activation", ["relu", "sin"])
def test_our_mlps_have_the_numbers_of_the_pipeline_to_the_bit(activation):
    report = profile(activation, networks=4, depths=[2], weight_magnitudes=[3.0], grid_points=32, seed=7, width=16)
    functions = sampling.sample(Cell("plain", activation, "glorot", 2, 16, 3.0, 1.0), 7, np.arange(4), 32).values
    for name in MAIN_MEASURES:
        assert np.array_equal(report.table[name], load(name)(functions))


def test_a_users_relu_prefers_what_ours_prefers():
    ours = profile("relu", networks=60, width=16)
    theirs = profile(torch.relu, networks=60, width=16)
    module = profile(Perceptron, networks=60, prior="glorot", width=16)
    for report in (theirs, module):  # other draws: the means agree within their intervals
        for name in MAIN_MEASURES:
            difference = report.table[name].mean() - ours.table[name].mean()
            error = np.hypot(report.table[name].sem(), ours.table[name].sem())
            assert abs(difference) < 3.5 * error


@pytest.mark.parametrize(
    ("build", "inputs"),
    [
        (Perceptron, (2,)),
        (Normalised, (2,)),
        (lambda: nn.Sequential(nn.Conv2d(1, 4, 3), nn.GELU(), nn.Flatten(), nn.Linear(4 * 4 * 4, 3)), (1, 6, 6)),
    ],
)
def test_all_at_once_and_one_by_one_agree(build, inputs):
    blueprint = Blueprint("net", build)
    points = torch.rand(1, 50, *inputs)
    models = modules.draw(blueprint, 2.0, 3, NUMBERS, points[0, :2])
    together, looped = evaluation.vmapped(models, points), evaluation.one_by_one(models, points)
    assert (together - looped).abs().max() <= 1e-5 * looped.abs().max()
    assert evaluation.look_at(blueprint, models[:2], points).forward is evaluation.vmapped
    own = torch.rand(len(NUMBERS), 50, *inputs)
    assert torch.allclose(evaluation.vmapped(models, own), evaluation.one_by_one(models, own), atol=1e-5)


@pytest.mark.parametrize(
    ("build", "reason"), [(Branching, "data-dependent control flow"), (Hidden, "keeps numbers outside")]
)
def test_what_torch_func_cannot_take_is_looped_and_the_report_says_why(build, reason):
    report = profile(build, networks=3, grid_points=24)
    [note] = [note for note in report.notes[build.__name__] if "one by one" in note]
    assert reason in note
    points = view((2,), None, 24, 1, 1, None, 0).planes(np.arange(1), 0)
    blueprint = Blueprint(build.__name__, build)
    models = modules.draw(blueprint, 1.0, modules.key(blueprint, 1.0, 0), np.arange(3), torch.zeros(1, 2))
    functions = np.stack([model(torch.from_numpy(points[0])).numpy().reshape(24, 24) for model in models])
    scaled = sampling.scale(functions.astype(float), np.zeros(3, bool)).values
    assert report.table.cosine.to_numpy() == pytest.approx(load("cosine")(scaled), rel=1e-5)


def test_the_report_says_what_is_switched_off_or_left_as_built():
    notes = " ".join(profile(Normalised, networks=3, prior="gaussian", grid_points=24).notes["Normalised"])
    assert "1 BatchNorm layers are in evaluation mode" in notes
    assert "1 dropout layers are off" in notes
    assert "32 parameters that belong to no linear or convolutional layer are as built" in notes
    assert "drawn from the prior gaussian" in notes


def test_a_network_is_a_function_of_its_number_and_the_seed():
    state = torch.get_rng_state()
    many, few = (profile(Perceptron, networks=n, grid_points=24).table for n in (5, 3))
    other = profile(Perceptron, networks=3, grid_points=24, seed=1).table
    assert torch.equal(state, torch.get_rng_state())
    pd.testing.assert_frame_equal(many.head(3), few, rtol=1e-6)
    assert (other.fourier != few.fourier).all()
    assert few.fourier.nunique() == 3


def test_alpha_multiplies_weights_of_linear_layers_and_nothing_else():
    one, three = (
        modules.draw(Blueprint("n", Normalised), alpha, 3, NUMBERS[:1], torch.zeros(1, 2))[0].state_dict()
        for alpha in (1.0, 3.0)
    )
    scaled = {
        name for name in one if torch.equal(three[name], 3 * one[name]) and not torch.equal(three[name], one[name])
    }
    assert scaled == {"layers.0.weight", "layers.4.weight"}
    assert all(torch.equal(three[name], one[name]) for name in set(one) - scaled)


def test_each_output_is_measured_and_their_mean_is_the_networks():
    def net():
        return Perceptron(inputs=5, outputs=3)

    report = profile(net, inputs=5, networks=4, slices=2, paths=2, grid_points=24)
    assert len(report.outputs) == 4 * 3
    assert set(report.table.functions) == {6}
    for measured in ALL:
        means = report.outputs.groupby("network")[measured].mean()
        assert means.to_numpy() == pytest.approx(report.table[measured].to_numpy(), rel=1e-6)


def test_a_plane_and_a_wave_along_slices_and_paths():
    class Wave(nn.Module):
        def __init__(self, cycles):
            super().__init__()
            self.layer, self.cycles = nn.Linear(20, 1, bias=False), cycles

        def forward(self, x):
            z = x @ (self.layer.weight[0] / self.layer.weight[0].norm())
            return (2 * torch.pi * self.cycles * z).sin() if self.cycles else z

    flat, fast = (profile(Wave, inputs=20, networks=4, name="wave", cycles=cycles) for cycles in (0, 4))
    assert flat.table.total_variation.to_numpy() == pytest.approx(1, abs=1e-5)
    assert flat.table.cosine_calibrated.to_numpy() == pytest.approx(0, abs=0.01)
    assert (fast.table.total_variation > 2).all()
    assert (fast.table.cosine > 2 * flat.table.cosine).all()


def test_slices_and_paths_go_through_data_points():
    data = np.random.default_rng(0).normal(size=(12, 3, 4)).astype(np.float32)
    seen = view((3, 4), None, 9, 2, 2, data, 0)
    corners = seen.planes(np.arange(5), 1).reshape(5, 9, 9, 3, 4)[:, [0, 0, -1], [0, -1, 0]]
    ends = seen.path(np.arange(5), 0)[:, [0, -1]]
    for points in (*corners, *ends):
        places = [int(np.abs(data - point).max(axis=(1, 2)).argmin()) for point in points]
        assert np.allclose(data[places], points, atol=1e-5)
        assert len(set(places)) == len(places)


@pytest.mark.parametrize("inputs", [2, 3, 10, 300])
def test_coordinates_of_slices_have_the_variance_of_the_grid(inputs):
    points = view((inputs,), "slices", 33, 1, 1, None, 0).planes(np.arange(200), 0)
    step = 2 / 32
    assert points.var() == pytest.approx((1 + step) / 3, rel=0.02)


@pytest.mark.parametrize("name", MAIN_MEASURES)
def test_the_ends_of_the_scale_are_those_of_the_pipeline(name):
    numbers, measure_by = np.arange(100), load(name)
    ends = anchors.anchors(measure_by, (32, 32))
    for end, function in zip(ends, (plane, white_noise), strict=True):
        values = measure_by(function(2024, numbers, 32))
        assert end == pytest.approx(values.mean(), abs=6 * max(values.std(), 1e-3) / 10)


def test_intervals_are_over_networks():
    report = profile(lambda: Perceptron(inputs=4), inputs=4, networks=5, grid_points=24, slices=3, paths=2, name="net")
    row = report.cells.set_index("measure").loc["cosine"]
    assert (row.low, row.high) == pytest.approx(mean_interval(report.table.cosine.to_numpy(float)))
    assert row.n == 5


def test_constant_and_non_finite_networks_are_counted():
    class Mixed(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer, self.kind = nn.Linear(2, 1), nn.Buffer(torch.randint(3, ()))

        def forward(self, x):
            y = self.layer(x)
            return torch.where(self.kind == 0, y, torch.where(self.kind == 1, torch.ones_like(y), y / 0))

    report = profile(Mixed, networks=30, grid_points=24)
    counts = report.table.status.value_counts()
    assert set(counts.index) == {"ok", "constant", "non_finite"}
    assert report.table.constant.sum() == counts["constant"]
    assert report.table.non_finite.sum() == counts["non_finite"]
    assert report.table.cosine.notna().sum() == counts["ok"] == report.cells.n.iloc[0]
    assert f"Mixed: {counts['constant']} of 30 functions are constant" in " ".join(report.warnings())


def test_small_ranges_about_a_large_mean_are_computed_in_float64():
    class Far(nn.Module):
        def __init__(self, own=0):
            super().__init__()
            self.layer = nn.Linear(2, 1)
            self.own = own

        def forward(self, x):
            if self.own:
                x = x.float().to(self.layer.weight.dtype) if self.layer.weight.dtype == torch.float32 else 1 / 0
            return 1e5 + self.layer(x)

    assert profile(Far, networks=3).table.float64.all()
    assert profile(Far, networks=3).table.cosine_calibrated.to_numpy() == pytest.approx(0, abs=0.01)
    stayed = profile(Far, networks=3, own=1)
    assert not stayed.table.float64.any()
    assert "cannot be computed in float64" in " ".join(stayed.notes["Far"])


def test_compare_looks_at_others_in_the_same_way_and_writes_them(tmp_path):
    report = profile(Perceptron, networks=3, grid_points=24, weight_magnitudes=[1, 3]).compare(["relu", torch.sin])
    assert list(dict.fromkeys(report.table.name)) == ["Perceptron", "relu", "my sin"]
    assert set(report.table.grid_points) == {24}
    assert (report.table.groupby(["name", "weight_magnitude"]).size() == 3).all()
    report.to_parquet(tmp_path / "networks.parquet")
    found = pq.read_table(tmp_path / "networks.parquet")
    assert found.schema.names == [field.name for field in SCHEMAS["profiles"]]
    assert found.num_rows == len(report.table) == 18
    assert b"fingerprint" in found.schema.metadata
    report.to_parquet(tmp_path / "again.parquet")
    assert (tmp_path / "again.parquet").read_bytes() == (tmp_path / "networks.parquet").read_bytes()


def test_measure_takes_arrays_and_callables():
    noise = np.random.default_rng(0).normal(size=(5, 64, 64))
    found = measure(noise, batch=True)
    assert found.table.cosine_calibrated.to_numpy() == pytest.approx(1, abs=0.05)
    assert len(found.table) == 5
    plane_like = measure(lambda points: points[:, 0] + 2 * points[:, 1])
    assert plane_like.table.cosine_calibrated[0] == pytest.approx(0, abs=0.01)
    path = measure(np.sin(np.linspace(0, 2 * np.pi, 401)))
    assert path.table.total_variation[0] == pytest.approx(2, abs=1e-3)


@pytest.mark.parametrize(
    ("settings", "axes"),
    [({}, 1), ({"weight_magnitudes": [1, 3]}, 6), ({"depths": [1, 2], "weight_magnitudes": [1, 3]}, 7)],
)
def test_a_report_is_drawn_with_its_n_and_its_looks(settings, axes):
    report = profile(Perceptron, networks=3, grid_points=24, **settings).compare(["relu"])
    figure = report.plot()
    assert len([each for each in figure.axes if each.get_label() != "<colorbar>"]) == axes * (2 if axes == 7 else 1)
    caption = figure.get_supxlabel()
    assert "n = 3 networks a cell" in caption.replace("\u00a0", " ").replace("\n", " ")


@pytest.mark.parametrize("size", [1, 2, 3])
def test_polynomials_are_fitted_to_as_many_points_as_keep_rounding_small(size):
    rng = np.random.default_rng(0)
    points = grid(LEAST_POINTS, size, np.float64)
    values = np.sin(rng.normal(size=(5, size)) @ points).reshape(5, *[LEAST_POINTS] * size)
    assert measures_of(values.shape[1:]).keys() == set(MAIN_MEASURES)
    for name, of in measures_of(values.shape[1:]).items():
        np.testing.assert_allclose(of(values.astype(np.float32)), of(values), rtol=0.01, err_msg=name)
    assert not {"chebyshev", "legendre"} & measures_of((64,) * (size - 1) + (LEAST_POINTS - 1,)).keys()


def test_a_grid_has_fewer_points_an_axis_the_more_inputs_it_has_and_says_what_that_leaves_out():
    for inputs, points in ((2, 64), (3, 24), (4, 16)):
        report = profile("relu", networks=1, inputs=inputs, kind="grid", width=4)
        assert set(report.table.grid_points) == {points}
        said = "Chebyshev and Legendre orders need 24 points an axis, and are left out." in report.notes["relu"]
        assert said == report.table.chebyshev.isna().all() == (inputs == 4)


@pytest.mark.parametrize("odd", [torch.nan, torch.inf])
def test_values_of_which_some_are_not_finite_agree_only_with_their_like(odd):
    values = torch.tensor([1.0, 2.0, odd])
    assert evaluation._apart(values + 1e-5, values) == 0
    assert evaluation._apart(values + 1e-2, values) == pytest.approx(1e-2, rel=1e-3)
    assert evaluation._apart(torch.full((3,), torch.nan), values) == torch.inf
    assert evaluation._apart(values.nan_to_num(), values) == torch.inf
