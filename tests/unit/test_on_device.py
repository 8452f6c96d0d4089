"""What runs on a GPU, held to what runs on the CPU: by torch's CPU everywhere, and by `cuda` where there is one."""

import json
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neural_redshift import device
from neural_redshift.complexity import lempel_ziv, lempel_ziv_76, on_device
from neural_redshift.complexity.calibration import FUNCTIONS
from neural_redshift.complexity.measuring import load
from neural_redshift.complexity.total_variation import total_variation
from neural_redshift.device import InFlight
from neural_redshift.networks import mlp, sampling
from neural_redshift.networks import on_device as networks_on_device
from neural_redshift.networks.activations import ACTIVATIONS
from neural_redshift.networks.cells import Cell
from neural_redshift.networks.functions import grid
from neural_redshift.networks.priors import PRIORS
from neural_redshift.schemas import MEASURES
from neural_redshift.sensitivity import vary
from neural_redshift.steps import measure as measure_step
from neural_redshift.steps import sample as sample_step
from neural_redshift.tables import Tensors, read_table
from neural_redshift.tiles import deterministic, deterministic_on, in_tiles

TOLERANCE = 1e-5  # absolute and relative: of a measure of the same function; of outputs relative to the largest
FROM_WEIGHTS, PHRASES = 1e-3, 8  # of measures and of Lempel-Ziv from the weights on, as between processors (golden)
CPU = torch.device("cpu")
CELL = Cell("plain", "tanh", "glorot", 2, 16, 1.0, 1.0)
SEQUENTIAL = {"lempel_ziv": lempel_ziv.phrases, "lempel_ziv_76": lempel_ziv_76.words}
SHAPES = [(64, 64), (31, 20), (101,), (100,), (12, 9, 10)]
STUDY = {
    "study": "test",
    "variant": "gated",
    "activation": "sin",
    "priors": ["glorot", "gaussian"],
    "depths": [1, 3],
    "widths": [4],
    "weight_magnitudes": [0.5, 2.0],
    "bias_magnitudes": [0.0, 1.0],
    "grid_points": 7,
    "networks": 3,
    "seed": 9,
}
SMALL = {"chebyshev": {"degree": 5}, "legendre": {"degree": 5}}  # degrees that 9 points bear


@pytest.fixture(params=["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
def place(request) -> torch.device:
    return torch.device(request.param)


def functions(shape: tuple[int, ...], dtype: type = np.float32) -> np.ndarray:
    """A constant, a plane, waves, steps and white noise on a grid: (functions, *shape)."""
    x = np.stack(np.meshgrid(*[np.linspace(-1, 1, n) for n in shape], indexing="ij"))
    along = np.tensordot([1.0, 0.3, -0.7][: len(shape)], x, 1)
    noise = np.random.default_rng(0).uniform(0, 1, (20, *shape))
    some = [0 * along + 0.1, along, np.sin(7 * along), np.sin(40 * along) + along, along > 0.2, *noise]
    return np.stack(some).astype(dtype)


def there(values: np.ndarray, place: torch.device) -> torch.Tensor:
    return torch.from_numpy(values).to(place)


def assert_close(found: torch.Tensor, expected: np.ndarray) -> None:
    np.testing.assert_allclose(found.cpu().numpy(), expected, rtol=TOLERANCE, atol=TOLERANCE)


def test_every_measure_of_the_tables_has_one_on_the_device():
    assert set(on_device.MEASURES) == {*MEASURES, "lempel_ziv_76", "total_variation"}


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", [name for name in on_device.MEASURES if "lempel" not in name])
def test_measures_are_those_of_the_cpu(place, name, dtype, shape):
    if name == "total_variation":
        shape = (np.prod(shape),)
    options = SMALL.get(name, {}) if len(shape) == 3 else {}
    values = functions(shape, dtype)
    expected = (total_variation if name == "total_variation" else load(name, **options))(values)
    found = on_device.load(name, **options)(there(values, place))
    assert found.dtype == torch.float64
    assert found.device.type == place.type
    assert np.isnan(expected).tolist() == [True] + [False] * 24
    assert_close(found, expected)


@pytest.mark.parametrize("points", [32, 63])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_the_calibration_score_as_on_the_cpu(place, name, points):
    values = FUNCTIONS[name](0, np.arange(30), points)
    for measure in MEASURES:
        assert_close(on_device.load(measure)(there(values, place)), load(measure)(values))


@pytest.mark.parametrize(
    ("shape", "scan_order"),
    [*product(SHAPES, ["row", "column"]), ((64, 64), "hilbert"), ((31, 20), "hilbert")],
    ids=str,
)
@pytest.mark.parametrize("levels", [2, 3, 10, 32])
def test_lempel_ziv_is_exactly_that_of_the_cpu(place, levels, scan_order, shape):
    values, how = functions(shape), {"levels": levels, "scan_order": scan_order}
    assert on_device.lempel_ziv(there(values, place), **how).tolist() == load("lempel_ziv", **how)(values).tolist()


@pytest.mark.parametrize("shape", [(24, 24), (31, 20), (101,), (5, 4, 6)], ids=str)
@pytest.mark.parametrize("levels", [2, 10])
def test_lempel_ziv_76_is_exactly_that_of_the_cpu(place, levels, shape):
    values = functions(shape)
    found = on_device.lempel_ziv_76(there(values, place), levels=levels)
    assert found.tolist() == load("lempel_ziv_76", levels=levels)(values).tolist()


@given(data=st.data(), symbols=st.integers(1, 4), length=st.integers(0, 40), rows=st.integers(1, 4))
def test_sequences_are_parsed_as_on_the_cpu(data, symbols, length, rows):
    word = st.lists(st.integers(0, symbols - 1), min_size=length, max_size=length)
    sequences = np.array(data.draw(st.lists(word, min_size=rows, max_size=rows)), np.int32).reshape(rows, length)
    tensor = torch.from_numpy(sequences)
    assert on_device.phrases(tensor, symbols).tolist() == lempel_ziv.phrases(sequences).tolist()
    assert on_device.words(tensor).tolist() == lempel_ziv_76.words(sequences).tolist()


@pytest.mark.parametrize(("length", "symbols"), [(0, 2), (1, 2), (9, 1), (10, 1), (10, 2), (34, 2), (57, 3)])
def test_a_trie_has_room_for_the_most_phrases_and_no_more(length, symbols):
    phrases = [""]  # every phrase in the order of their lengths is the sequence that has the most
    for phrase in phrases:
        if sum(map(len, phrases)) > length:
            break
        phrases += [phrase + str(symbol) for symbol in range(symbols)]
    sequence = np.array([list(map(int, "".join(phrases)[:length]))], np.int32).reshape(1, length)
    assert on_device.most_phrases(length, symbols) == lempel_ziv.phrases(sequence)[0]


@pytest.mark.parametrize("name", on_device.MEASURES)
def test_a_measure_of_a_function_does_not_depend_on_the_others_by_a_bit(place, name, monkeypatch):
    monkeypatch.setattr(on_device, "TOGETHER", 16)
    values = there(functions((400,) if name == "total_variation" else (33, 20)), place)
    measure = on_device.MEASURES[name]
    together = measure(values).cpu().numpy()
    for chosen in ([3], [24, 7, 7], range(5, 25)):
        np.testing.assert_array_equal(measure(values[list(chosen)]).cpu().numpy(), together[list(chosen)])


@pytest.mark.parametrize("name", on_device.MEASURES)
def test_a_measure_does_not_take_functions_off_their_device(name):
    # A tensor on torch's device "meta" has no values, so it can neither become an array nor meet a tensor of the CPU.
    values = torch.empty((5, 20) if name == "total_variation" else (5, 20, 20), device="meta")
    found = on_device.MEASURES[name](values)
    assert (found.device.type, found.shape) == ("meta", (5,))


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("variant", mlp.VARIANTS)
def test_networks_stay_on_their_device(variant, activation):
    layers = mlp.draw(CELL._replace(variant=variant), 0, np.arange(3))
    cell = CELL._replace(variant=variant, activation=activation)
    outputs = networks_on_device.forward(cell, layers, grid(9, 2), torch.device("meta")).double()
    exact = networks_on_device.exact_in_float32(cell, layers, grid(9, 2, np.float64), torch.device("meta"))
    found = networks_on_device.scale(outputs.view(3, 9, 9), ~exact)
    assert {part.device.type for part in found} == {"meta"}
    assert found.values.shape == (3, 9, 9)


def test_what_a_measure_refuses():
    square = torch.zeros(2, 9, 9)
    for name in ("chebyshev", "legendre"):
        with pytest.raises(ValueError, match="degree 9 found on 9 points; a fit needs more points than its degree"):
            on_device.load(name, degree=9)(square)
    for name in ("lempel_ziv", "lempel_ziv_76"):
        with pytest.raises(ValueError, match="levels 1 found; a sequence needs 2 or more"):
            on_device.load(name, levels=1)(square)
        with pytest.raises(ValueError, match="scan order 'spiral' found on a 2-D grid"):
            on_device.load(name, scan_order="spiral")(square)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("variant", mlp.VARIANTS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_networks_are_those_of_the_cpu(place, variant, activation, dtype):
    cell = Cell(variant, activation, "glorot", 3, 16, 1.5, 1.0, prefactor=1.3)
    layers = mlp.draw(cell, 0, np.arange(5))
    if dtype == np.float64:
        layers = mlp.chosen(layers, slice(None), np.float64)
    points = grid(9, 2, dtype)
    expected = mlp.forward(cell, layers, points)
    found = networks_on_device.forward(cell, layers, points, place).cpu().numpy()
    assert found.dtype == dtype
    np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE * np.abs(expected).max())


@pytest.mark.parametrize("cell", [
    *[CELL._replace(prior=prior) for prior in PRIORS],
    CELL._replace(depth=9, width=64, weight_magnitude=0.3), # a small range: again in float64
    CELL._replace(weight_magnitude=0.0), # constant
    CELL._replace(activation="relu", weight_magnitude=1e30, depth=12), # overflows, some in float64 too
    CELL._replace(inputs=1),
    CELL._replace(inputs=3),
    Cell("unbiased", "none", "none", 0, 0, 2.0, 0.0),
    Cell("unbiased", "none", "none", 0, 0, 2.0, 0.0, inputs=3),
], ids=lambda cell: f"{cell.variant} {cell.prior} {cell.depth} {cell.weight_magnitude:g} {cell.inputs}")  # fmt: skip
def test_functions_are_those_of_the_cpu(place, cell):
    expected = sampling.sample(cell, 0, np.arange(6), 9)
    found = networks_on_device.sample(cell, 0, np.arange(6), 9, place)
    assert found.values.dtype == torch.float32
    np.testing.assert_array_equal(found.status.cpu(), expected.status)
    np.testing.assert_array_equal(found.float64.cpu(), expected.float64)
    # Weights of heavy tails make more of rounding.
    close = FROM_WEIGHTS if cell.prior in ("cauchy", "student_t") else TOLERANCE
    np.testing.assert_allclose(found.values.cpu(), expected.values, rtol=0, atol=close)
    span = np.nan_to_num(expected.maximum - expected.minimum, nan=1.0).max() or 1.0
    for ours, theirs in ((found.minimum, expected.minimum), (found.maximum, expected.maximum)):
        np.testing.assert_allclose(ours.cpu(), theirs, rtol=close, atol=close * span)


def test_a_network_does_not_depend_on_the_others_nor_on_tiles_in_flight_by_a_bit(place):
    cell = CELL._replace(depth=6, width=7, weight_magnitude=0.5, activation="gelu")
    together = networks_on_device.sample(cell, 0, np.arange(70), 9, place)
    assert 0 < int(together.float64.sum()) < 70
    for chosen in ([69], [5, 64, 3], range(10, 70)):
        alone = networks_on_device.sample(cell, 0, np.array(chosen), 9, place)
        for ours, same in zip(alone, together, strict=True):
            assert torch.equal(ours, same[list(chosen)])


def test_layer_norm_of_one_channel_is_refused():
    cell = CELL._replace(variant="layer_norm", width=1)
    with pytest.raises(ValueError, match="layer_norm with width 1 found; the norm of one channel is undefined"):
        networks_on_device.sample(cell, 0, np.arange(2), 5, CPU)


def test_functions_are_measured_where_they_are(place):
    cell = CELL._replace(width=64)
    measures = {name: on_device.load(name, **SMALL.get(name, {})) for name in MEASURES}
    found = on_device.measure_cell(cell, 0, 12, 16, measures, place)
    expected = sampling.sample(cell, 0, np.arange(12), 16)
    np.testing.assert_array_equal(found["status"], expected.status)
    for name in MEASURES:
        values = load(name, **SMALL.get(name, {}))(expected.values)
        slack = PHRASES if name == "lempel_ziv" else FROM_WEIGHTS
        np.testing.assert_allclose(found[name], values, rtol=FROM_WEIGHTS, atol=slack)


@pytest.mark.parametrize("name", MEASURES)
def test_functions_in_memory_are_measured_on_the_device_as_many_at_once_as_fit(place, name, monkeypatch, capsys):
    device._say.cache_clear()
    values, tried, measure = functions((31, 28)), [], on_device.MEASURES[name]

    def small(found, **options):
        assert found.device.type == place.type
        tried.append(len(found))
        if len(found) > 7:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return measure(found, **options)

    whole = on_device.of_arrays(place, name)(values)
    assert whole.dtype == np.float64
    np.testing.assert_allclose(whole, load(name)(values), rtol=TOLERANCE, atol=TOLERANCE)
    monkeypatch.setitem(on_device.MEASURES, name, small)
    np.testing.assert_array_equal(on_device.of_arrays(place, name)(values), whole)
    assert tried == [25, 12, 6, 6, 6, 6, 1]
    assert capsys.readouterr().err.count("memory has run out") == 1
    assert on_device.of_arrays(place, name)(values[:0]).shape == (0,)


def test_a_function_that_is_not_ok_has_no_value(place):
    found = on_device.measure_cell(
        CELL._replace(weight_magnitude=0.0), 0, 3, 8, {"lempel_ziv": on_device.lempel_ziv}, place
    )
    assert found["status"].tolist() == [1, 1, 1]
    assert np.isnan(found["lempel_ziv"]).all()


def test_where_memory_runs_out_half_as_many_go_on_with_the_same_numbers(monkeypatch, capsys):
    device._say.cache_clear()
    expected = list(networks_on_device.batches(CELL, 0, 13, 8, CPU, lambda found: found.values))
    assert [len(values) for values in expected] == [13]
    tried = []

    def work(found: networks_on_device.OnDevice) -> torch.Tensor:
        tried.append(len(found.values))
        if len(found.values) > 4:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return found.values

    flight = InFlight()
    parts = list(networks_on_device.batches(CELL, 0, 13, 8, CPU, work, flight))
    assert tried == [13, 6, 3, 3, 3, 3, 1]
    assert torch.equal(torch.cat(parts), expected[0])
    assert capsys.readouterr().err.count("memory has run out") == 1


def test_free_memory_decides_how_many_are_in_flight(monkeypatch):
    whole = list(networks_on_device.batches(CELL, 0, 20, 8, CPU, lambda found: found.values))
    bytes_each = 8 * (8**2 + mlp.parameter_count(CELL))
    monkeypatch.setattr(networks_on_device, "free_memory", lambda place: 7 * bytes_each * networks_on_device.SHARE)
    parts = list(networks_on_device.batches(CELL, 0, 20, 8, CPU, lambda found: found.values))
    assert [len(part) for part in parts] == [7, 7, 6]
    assert torch.equal(torch.cat(parts), whole[0])


def test_a_study_is_sampled_in_the_same_rows():
    found = list(networks_on_device.sample_study(STUDY, CPU))
    expected = list(sampling.sample_study(STUDY))
    assert [row for row, _ in found] == [row for row, _ in expected]
    for (_, ours), (_, theirs) in zip(found, expected, strict=True):
        for name in ours._fields:
            one, other = getattr(ours, name), getattr(theirs, name)
            assert one.dtype == other.dtype
            np.testing.assert_allclose(one, other, rtol=TOLERANCE, atol=TOLERANCE)


def sampled(monkeypatch, output: Path) -> dict[str, np.ndarray]:
    """What the step `sample` writes."""
    settings = ["--settings", json.dumps(STUDY), "--fingerprint", 32 * "0"]
    monkeypatch.setattr(sys, "argv", ["sample", "--output", str(output), *settings])
    sample_step.main()
    return {name: Tensors(output).rows(name, 0, 24) for name in sampling.function_shapes(STUDY)}


def test_the_step_samples_on_the_device_that_is_chosen(monkeypatch, tmp_path):
    monkeypatch.setenv(device.VARIABLE, "cpu")
    expected = sampled(monkeypatch, tmp_path / "cpu.safetensors")
    places, study = [], networks_on_device.sample_study

    def on_torchs_cpu(settings, place):
        places.append(place.type)
        return study(settings, CPU)

    monkeypatch.setattr(sample_step, "device", lambda float64: torch.device("cuda"))
    monkeypatch.setattr(networks_on_device, "sample_study", on_torchs_cpu)
    found = sampled(monkeypatch, tmp_path / "gpu.safetensors")
    assert places == ["cuda"]
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.gpu
def test_the_step_samples_on_a_gpu(monkeypatch, tmp_path):
    both = []
    for name in ("cpu", "cuda"):
        monkeypatch.setenv(device.VARIABLE, name)
        both.append(sampled(monkeypatch, tmp_path / f"{name}.safetensors"))
    for name, values in both[0].items():
        np.testing.assert_allclose(both[1][name], values, rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.parametrize("name", MEASURES)
def test_the_step_measures_on_the_device_that_is_there(monkeypatch, tmp_path, place, name):
    monkeypatch.setenv(device.VARIABLE, "cpu")
    sampled(monkeypatch, tmp_path / "functions.safetensors")
    options = {"degree": 5} if name in SMALL else {}
    settings = ["--settings", json.dumps({"measure": name, "options": options}), "--fingerprint", 32 * "0"]
    tables = []
    for gpu in (None, place):
        output = tmp_path / f"{gpu}.parquet"
        monkeypatch.setattr(
            sys, "argv", ["measure", str(tmp_path / "functions.safetensors"), "--output", str(output), *settings]
        )
        monkeypatch.setattr(measure_step, "gpu", lambda where_named, gpu=gpu: gpu)
        measure_step.main()
        tables.append(read_table(output, "complexity"))
    values = [table.pop("value") for table in tables]
    assert tables[0].equals(tables[1])
    assert values[0].notna().any()
    np.testing.assert_allclose(*values, rtol=TOLERANCE, atol=TOLERANCE)


def test_settings_of_measures_are_varied_on_the_device_that_is_there(place):
    settings = {
        "variants": ["plain", "unbiased"],
        "activation": "gaussian",
        "cells": [{"depth": 1, "weight_magnitude": 1.0}, {"depth": 3, "weight_magnitude": 10.0}],
        "width": 8,
        "grid_points": 16,
        "networks": 3,
        "measures": {"fourier": {}, "chebyshev": {"degree": 6}, "lempel_ziv": {"levels": 10, "scan_order": "row"}},
        "settings": {
            "grid_points": [12, 16],
            "precision": ["float32", "float64"],
            "bias_scaling": ["biases_scaled"],
            "gaussian_form": ["gaussian_half"],
            "degree": [3],
            "lz_levels": [2],
            "scan_order": ["hilbert"],
        },
        "seed": 7,
    }
    expected, found = vary(settings), vary(settings, place)
    values = [table.pop("value") for table in (found, expected)]
    assert found.equals(expected)
    np.testing.assert_allclose(*values, rtol=TOLERANCE, atol=TOLERANCE)
    assert not np.array_equal(*values)


def test_tiles_have_one_size_and_the_last_is_filled_up():
    tiles = list(in_tiles(torch.arange(1, 8), 3))
    assert [(size, tile.tolist()) for size, tile in tiles] == [(3, [1, 2, 3]), (3, [4, 5, 6]), (1, [7, 0, 0])]
    assert not list(in_tiles(torch.arange(0), 3))


def test_algorithms_are_deterministic_within_and_as_before_afterwards():
    seen = []
    with deterministic():
        seen.append(torch.are_deterministic_algorithms_enabled())
        with deterministic(False):
            seen.append(torch.are_deterministic_algorithms_enabled())
        seen.append(torch.are_deterministic_algorithms_enabled())
    assert seen == [True, False, True]
    assert not torch.are_deterministic_algorithms_enabled()


def test_the_cpu_is_left_as_it_is():
    for place, expected in (("cpu", False), ("cuda", True), ("mps", True)):
        with deterministic_on(torch.device(place)):
            assert torch.are_deterministic_algorithms_enabled() == expected
