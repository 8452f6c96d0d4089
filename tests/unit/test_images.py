"""Pictures, examples and spectra of functions, measured files and calibration: columns from tensors on disk."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from neural_redshift.complexity.calibration import FUNCTIONS, calibrate, disc, paraboloid, plane, step, white_noise
from neural_redshift.complexity.measuring import load, measure_files
from neural_redshift.complexity.spectra import radial_spectrum, spectra
from neural_redshift.networks.cells import network_rows
from neural_redshift.networks.images import SIDE, function_examples, function_images, thin
from neural_redshift.networks.sampling import function_shapes, sample_study
from neural_redshift.schemas import SCHEMAS
from neural_redshift.statistics import mean_interval
from neural_redshift.tables import Tensors, tensor_writer

SETTINGS = {
    "study": "heatmaps",
    "variant": "plain",
    "activation": "tanh",
    "priors": ["glorot"],
    "depths": [1, 2],
    "widths": [8],
    "weight_magnitudes": [1e-12, 1.0],
    "bias_magnitudes": [1.0],
    "grid_points": 10,
    "networks": 3,
    "seed": 4,
}


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> list[Tensors]:
    found = []
    for activation in ("tanh", "sin"):
        settings = {**SETTINGS, "activation": activation}
        path = tmp_path_factory.mktemp("functions") / f"{activation}.safetensors"
        with tensor_writer(path, function_shapes(settings), {"config": json.dumps(settings)}) as writer:
            for row, functions in sample_study(settings):
                for name, values in functions._asdict().items():
                    writer.write(name, row, values)
        found.append(Tensors(path))
    return found


@pytest.mark.parametrize(("points", "side"), [(10, 64), (64, 64), (65, 64), (128, 64), (300, 64), (9, 3)])
def test_a_thinned_grid_keeps_the_corners_and_is_even(points, side):
    functions = np.arange(points**2).reshape(1, points, points)
    thinned = thin(functions, side)
    assert thinned.shape == (1, min(points, side), min(points, side))
    rows, columns = np.divmod(thinned[0], points)
    assert (rows[0, 0], columns[0, 0], rows[-1, -1], columns[-1, -1]) == (0, 0, points - 1, points - 1)
    steps = np.diff(rows[:, 0])
    assert steps.max() - steps.min() <= 1
    np.testing.assert_array_equal(rows, columns.T)


def test_measured_files_are_the_measures_of_their_functions(files):
    measure = load("fourier")
    pieces = list(measure_files(files, measure))
    columns = {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
    assert set(columns) == {field.name for field in SCHEMAS["complexity"]}
    expected = np.concatenate([measure(tensors.rows("values")) for tensors in files])
    # The smaller weight magnitude, every other cell of three networks, makes constant functions.
    assert columns["status"].tolist() == (["constant"] * 3 + ["ok"] * 3) * 4
    ok = columns["status"] == "ok"
    np.testing.assert_array_equal(columns["value"][ok], expected[ok])
    assert np.isnan(columns["value"][~ok]).all()
    for name, values in network_rows(files[0].settings).items():
        np.testing.assert_array_equal(columns[name][:12], values)
    assert columns["float64"].dtype == bool
    assert columns["float64"][~ok].all()


def test_pictures_are_the_first_networks_of_each_cell_in_256_greys(files):
    columns = function_images(files, 2)
    assert set(columns) == {field.name for field in SCHEMAS["function_images"]}
    assert columns["network"] == [0, 1] * 8
    for place, row in ((2, 3), (3, 4)):
        picture = np.frombuffer(columns["image"][place], np.uint8).reshape(10, 10)
        np.testing.assert_allclose(picture / 255, files[0].rows("values")[row], atol=0.5 / 255 + 1e-6)
        assert columns["minimum"][place] == files[0].rows("minimum")[row]
        assert columns["maximum"][place] == files[0].rows("maximum")[row]
    assert SIDE == 64


def test_more_pictures_than_networks_are_all_networks(files):
    assert function_images(files[:1], 99)["network"] == [0, 1, 2] * 4


def test_examples_are_network_0_of_the_chosen_cells_in_full(files):
    chosen = [{"activation": "sin", "depth": 2, "weight_magnitude": 1.0}, {"activation": "relu"}]
    columns = function_examples(files, chosen)
    assert set(columns) == {field.name for field in SCHEMAS["function_examples"]}
    assert (columns["activation"], columns["depth"], columns["network"]) == (["sin"], [2], [0])
    np.testing.assert_array_equal(columns["values"][0], files[1].rows("values")[9].ravel())


def test_spectra_are_means_over_the_networks_of_a_cell(files):
    columns = spectra(files)
    assert list(columns) == [field.name for field in SCHEMAS["spectra"]]
    table = pd.DataFrame(columns)
    assert table.radius.tolist() == [*range(1, 8)] * 8
    cell = table[(table.activation == "sin") & (table.depth == 2) & (table.weight_magnitude == 1.0)]
    expected = radial_spectrum(files[1].rows("values", 9, 12))
    np.testing.assert_allclose(cell.amplitude, expected.mean(axis=0), rtol=2.0**-12)
    for radius in (0, 6):
        ends = mean_interval(expected[:, radius])
        np.testing.assert_allclose(cell[["low", "high"]].to_numpy()[radius], ends, rtol=2.0**-12)
    constant = table[table.weight_magnitude == 1e-12]
    assert constant[["amplitude", "low", "high"]].isna().all(axis=None)
    assert set(constant.n) == {0}
    assert set(cell.n) == {3}


def test_planes_have_any_direction_and_one_slope():
    planes = plane(0, np.arange(500), 9)
    x, y = (planes[:, -1, 4] - planes[:, 0, 4]) / 2, (planes[:, 4, -1] - planes[:, 4, 0]) / 2
    np.testing.assert_allclose(np.hypot(x, y), 1, rtol=1e-12)
    for axis in (1, 2):
        np.testing.assert_allclose(np.diff(planes, 2, axis=axis), 0, atol=1e-12)
    angles = np.sort(np.arctan2(y, x))
    assert np.diff(angles).max() < 0.1


def test_white_noise_is_normal_and_uncorrelated():
    noise = white_noise(0, np.arange(20), 64)
    assert stats.kstest(noise.ravel(), "norm").pvalue > 1e-3
    for neighbour in (noise[:, 1:], noise[:, :, 1:]):
        here = noise[:, : neighbour.shape[1], : neighbour.shape[2]]
        assert abs(np.corrcoef(here.ravel(), neighbour.ravel())[0, 1]) < 5 / np.sqrt(noise.size)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_calibration_function_is_the_same_in_any_batch(name):
    together = FUNCTIONS[name](3, np.array([5, 0, 7]), 12)
    assert together.shape == (3, 12, 12)
    for values, number in zip(together, (5, 0, 7), strict=True):
        alone = FUNCTIONS[name](3, np.array([number]), 12)[0]
        np.testing.assert_allclose(values, alone, rtol=1e-12, atol=1e-14)
    assert (together[0] != together[1]).any()
    assert (FUNCTIONS[name](4, np.array([5]), 12)[0] != together[0]).any()


def test_paraboloids_agree_at_opposite_borders_and_discs_do_not_reach_them():
    bowls, discs = paraboloid(0, np.arange(100), 21), disc(0, np.arange(100), 21)
    for values in (bowls, bowls.transpose(0, 2, 1)):
        np.testing.assert_allclose(values[:, 0], values[:, -1], rtol=1e-12)
        np.testing.assert_allclose(np.diff(values, 3, axis=1), 0, atol=1e-12)
    assert (bowls[:, 10, 10] == 0).all()
    for border in (discs[:, 0], discs[:, -1], discs[:, :, 0], discs[:, :, -1]):
        assert (border == 0).all()
    area = discs.mean(axis=(1, 2)) * 21**2 / 10**2  # in units of the square's half side
    assert set(np.unique(discs)) == {0, 1}
    assert (np.pi / 16 * 0.8 < area).all()
    assert (area < np.pi / 4 * 1.2).all()


def test_a_step_is_a_half_plane():
    steps = step(0, np.arange(200), 15)
    assert set(np.unique(steps)) == {0, 1}
    # Every row and every column crosses the border at most once, and some function has it on either side.
    for axis in (1, 2):
        assert (np.abs(np.diff(steps, axis=axis)).sum(axis=axis) <= 1).all()
    assert steps[:, 0, 0].min() == 0
    assert steps[:, 0, 0].max() == 1


def test_calibration_says_mean_and_spread_of_every_function_grid_and_measure():
    measures = {"cosine": {}, "chebyshev": {"degree": 3}}
    columns = calibrate({"seed": 0, "networks": 7, "grid_points": [16, 20], "measures": measures})
    assert list(columns) == [field.name for field in SCHEMAS["calibration"]]
    keys = list(zip(columns["function"], columns["grid_points"], columns["measure"], strict=True))
    assert len(keys) == len(set(keys)) == len(FUNCTIONS) * 2 * 2
    place = keys.index(("white_noise", 20, "chebyshev"))
    values = load("chebyshev", degree=3)(white_noise(0, np.arange(7), 20))
    assert columns["mean"][place] == pytest.approx(values.mean())
    assert columns["standard_deviation"][place] == pytest.approx(values.std(ddof=1))
    assert set(columns["n"]) == {7}
    for points in (16, 20):
        assert columns["mean"][keys.index(("plane", points, "chebyshev"))] == pytest.approx(1)
