"""Functions on the grid: their status, their precision, and the order in which a study yields them."""

from itertools import product

import numpy as np
import pytest
import torch

import reference
from neural_redshift.complexity.cosine import cosine
from neural_redshift.complexity.measuring import load
from neural_redshift.networks import mlp, sampling
from neural_redshift.networks.activations import ACTIVATIONS
from neural_redshift.networks.cells import Cell, cells, network_rows
from neural_redshift.networks.functions import STATUSES, grid, scale
from neural_redshift.networks.mlp import VARIANTS
from neural_redshift.networks.sampling import function_shapes, sample, sample_study
from neural_redshift.schemas import MEASURES

CELL = Cell("plain", "relu", "glorot", 3, 16, 1.0, 1.0)
SMALL_RANGE = Cell("plain", "tanh", "glorot", 9, 64, 10**-0.5, 1.0)
SETTINGS = {
    "study": "test",
    "variant": "gated",
    "activation": "sin",
    "priors": ["glorot", "cauchy"],
    "depths": [1, 3],
    "widths": [4],
    "weight_magnitudes": [0.5, 2.0],
    "bias_magnitudes": [0.0, 1.0],
    "grid_points": 7,
    "networks": 3,
    "seed": 9,
}


def statuses(functions) -> list[str]:
    return [STATUSES[status] for status in functions.status]


def evaluate(cell: Cell, networks: np.ndarray, points: int, dtype: type) -> np.ndarray:
    layers = mlp.draw(cell, 0, networks)
    if dtype == np.float64:
        layers = reference.in_float64(layers)
    return mlp.forward(cell, layers, grid(points, cell.inputs, dtype)).reshape(-1, *[points] * cell.inputs)


@pytest.mark.parametrize("inputs", [1, 2, 3])
def test_the_grid_includes_its_ends_and_runs_through_the_first_input_slowest(inputs):
    points = grid(5, inputs)
    assert points.dtype == np.float32
    axis = [-1, -0.5, 0, 0.5, 1]
    assert points.T.tolist() == [list(point) for point in product(axis, repeat=inputs)]
    assert points[:, 0].tolist() == [-1] * inputs
    assert points[:, -1].tolist() == [1] * inputs


def test_values_are_the_function_scaled_to_0_and_1():
    functions, outputs = sample(CELL, 0, np.arange(5), 20), evaluate(CELL, np.arange(5), 20, np.float32)
    assert statuses(functions) == ["ok"] * 5
    assert not functions.float64.any()
    assert functions.values.dtype == np.float32
    np.testing.assert_array_equal(functions.minimum, outputs.min(axis=(1, 2)))
    np.testing.assert_array_equal(functions.maximum, outputs.max(axis=(1, 2)))
    np.testing.assert_array_equal(functions.values.min(axis=(1, 2)), 0)
    np.testing.assert_array_equal(functions.values.max(axis=(1, 2)), 1)
    span = (functions.maximum - functions.minimum)[:, None, None]
    np.testing.assert_allclose(
        functions.values * span + functions.minimum[:, None, None], outputs, rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("inputs", [1, 2, 3])
@pytest.mark.parametrize("variant", ["plain", "unbiased"])
def test_functions_of_any_dimension(variant, inputs):
    functions = sample(CELL._replace(variant=variant, inputs=inputs), 0, np.arange(2), 5)
    assert functions.values.shape == (2, *[5] * inputs)
    assert statuses(functions) == ["ok", "ok"]


@pytest.mark.parametrize("activation", ["relu", "tanh", "sin"])
def test_a_network_that_ignores_its_input_is_constant_with_values_0(activation):
    functions = sample(CELL._replace(activation=activation, weight_magnitude=1e-6), 0, np.arange(4), 6)
    assert statuses(functions) == ["constant"] * 4
    assert (functions.values == 0).all()
    assert functions.float64.all()
    assert (np.isfinite(functions.minimum) & (functions.minimum != 0)).all()
    np.testing.assert_allclose(functions.maximum, functions.minimum, rtol=1e-9)


def test_weights_so_small_that_float32_computes_zero_change_no_function():
    cell = CELL._replace(bias_magnitude=0.0, weight_magnitude=2.0**-100)
    tiny = mlp.draw(cell, 0, np.arange(2))
    large = reference.changed(tiny, lambda _, weights, biases: (weights * np.float32(2.0**100), biases))
    found, expected = (sampling.evaluate(cell, layers, grid(6, 2, np.float64)) for layers in (tiny, large))
    assert found[1].all()
    np.testing.assert_allclose(found[0] * 2.0**400, expected[0], rtol=1e-5, atol=1e-7)


def test_a_network_of_zeros_is_constant():
    functions = sample(CELL._replace(bias_magnitude=0.0, weight_magnitude=1e-50), 0, np.arange(2), 6)
    assert statuses(functions) == ["constant"] * 2
    assert (functions.values == 0).all()


@pytest.mark.parametrize("activation", ["relu", "gelu", "swish", "selu", "tanh", "sin"])
@pytest.mark.parametrize("weight_magnitude", [1e8, 1e15, 1e20, 1e30])
@pytest.mark.parametrize("variant", VARIANTS)
def test_an_overflow_of_float32_is_computed_in_float64(variant, activation, weight_magnitude):
    cell = CELL._replace(variant=variant, activation=activation, depth=4, weight_magnitude=weight_magnitude)
    networks = np.arange(20)
    functions = sample(cell, 0, networks, 4)
    with np.errstate(all="ignore"):
        rough, exact = (evaluate(cell, networks, 4, dtype) for dtype in (np.float32, np.float64))
    assert functions.float64[~np.isfinite(rough).all(axis=(1, 2))].all()
    assert (functions.status[np.isfinite(exact).all(axis=(1, 2))] != STATUSES.index("non_finite")).all()


def test_an_overflow_of_float32_inside_a_network_is_not_hidden_by_its_activation():
    # In float32 the second layer is ∞ − ∞, which an activation must hand on for the network to be computed again.
    one, zero = np.ones((1, 1, 1), np.float32), np.zeros((1, 1, 1), np.float32)
    huge = np.full((1, 2, 1), 1e30, np.float32)
    layers = [
        mlp.Layer((huge, np.zeros((1, 2, 1), np.float32))),
        mlp.Layer((np.array([[[1e30, -1e30], [0, 0]]], np.float32), np.zeros((1, 2, 1), np.float32))),
        mlp.Layer((np.concatenate([one, zero], axis=2), zero)),
    ]
    for activation in ("relu", "gelu", "swish", "selu"):
        cell = CELL._replace(activation=activation, depth=2, width=2, inputs=1)
        with np.errstate(all="ignore"):
            assert np.isnan(mlp.forward(cell, layers, np.ones((1, 1), np.float32))), activation
            assert mlp.forward(cell, reference.in_float64(layers), np.ones((1, 1))) == pytest.approx(0, abs=1e50)


def test_an_overflow_of_float64_is_not_finite():
    functions = sample(CELL._replace(depth=12, weight_magnitude=1e35), 0, np.arange(10), 6)
    assert statuses(functions) == ["non_finite"] * 10
    assert functions.float64.all()
    assert (functions.values == 0).all()
    assert np.isnan(functions.minimum).all()
    assert np.isnan(functions.maximum).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_one_value_that_is_not_finite_spoils_its_function_alone(value):
    outputs = np.arange(12.0).reshape(3, 2, 2)
    outputs[1, 0, 1] = value
    functions = scale(outputs, np.zeros(3, bool))
    assert statuses(functions) == ["ok", "non_finite", "ok"]
    assert np.isnan([functions.minimum[1], functions.maximum[1]]).all()
    assert (functions.values[1] == 0).all()
    assert functions.minimum[[0, 2]].tolist() == [0, 8]
    np.testing.assert_allclose(functions.values[[0, 2]].reshape(2, 4), [[0, 1 / 3, 2 / 3, 1]] * 2, rtol=1e-7)


@pytest.mark.parametrize(("ratio", "status"), [(0.9e-9, "constant"), (1.1e-9, "ok")])
@pytest.mark.parametrize("offset", [-5.0, 5.0])
def test_a_function_is_constant_below_a_billionth_of_its_magnitude(ratio, status, offset):
    outputs = offset * (1 + np.array([[[0, ratio], [ratio / 2, ratio / 4]]]))
    assert statuses(scale(outputs, np.ones(1, bool))) == [status]


def test_a_function_of_small_range_is_not_computed_in_float32_alone():
    networks = np.arange(4)
    functions = sample(SMALL_RANGE, 0, networks, 64)
    assert functions.float64.all()
    assert statuses(functions) == ["ok"] * 4
    exact, rough = (evaluate(SMALL_RANGE, networks, 64, dtype).astype(np.float64) for dtype in (np.float64, np.float32))
    assert (np.ptp(exact, axis=(1, 2)) < 0.1 * np.abs(exact).max(axis=(1, 2))).all()
    wide = sample(SMALL_RANGE, 0, networks, 64, "float64")
    for name in MEASURES:
        expected = load(name)(exact)
        np.testing.assert_allclose(load(name)(wide.values), expected, rtol=1e-4, err_msg=name)
        np.testing.assert_allclose(load(name)(functions.values), expected, rtol=1e-3, err_msg=name)  # mixed
    # What would be measured without that: rounding, which looks complex.
    assert (cosine(rough) > 5 * cosine(exact)).all()
    assert (load("fourier")(rough) > 1.2 * load("fourier")(exact)).all()


@pytest.mark.parametrize("activation", ["relu", "gelu", "tanh", "sin"])
@pytest.mark.parametrize(("depth", "weight_magnitude"), [(2, 0.3), (4, 0.5), (8, 1.0), (8, 10.0)])
def test_float32_is_not_for_networks_whose_rounding_could_be_measured(activation, depth, weight_magnitude):
    cell, networks = SMALL_RANGE._replace(activation=activation, depth=depth, weight_magnitude=weight_magnitude), 20
    functions = sample(cell, 0, np.arange(networks), 32)
    exact, rough = (
        evaluate(cell, np.arange(networks), 32, kind).reshape(networks, -1) for kind in (np.float64, np.float32)
    )
    error = np.std(rough - exact, axis=1) / np.ptp(exact, axis=1)
    # Error and range are estimated at 64 of 1,024 points; near the bound either may be found.
    assert functions.float64[error > 2e-5].all()
    rough, exact_there = (side[:, sampling.probed(32**2)] for side in (rough, exact))
    error = np.std(rough - exact_there, axis=1) / np.ptp(exact_there, axis=1)
    last_place = 2.0**-24 * np.abs(exact_there).max(axis=1) / np.ptp(exact_there, axis=1)
    np.testing.assert_array_equal(functions.float64, np.maximum(error, last_place) > 1e-5)
    for name in MEASURES:
        found = load(name)(functions.values)
        np.testing.assert_allclose(found, load(name)(exact.reshape(-1, 32, 32)), rtol=0.03, err_msg=name)


@pytest.mark.parametrize("offset", [0.0, 1e3, 1e6])
def test_in_mixed_precision_a_product_errs_by_the_spread_of_points_not_by_their_magnitude(offset):
    random = np.random.default_rng(0)
    points = torch.from_numpy(random.uniform(-1, 1, (50, 20)) + offset)
    parameters = tuple(torch.from_numpy(random.uniform(-1, 1, size).astype(np.float32)) for size in ((30, 20), (30,)))
    exact = mlp.affine(points, tuple(array.double() for array in parameters))
    assert mlp.affine(points, parameters).dtype == torch.float64
    np.testing.assert_allclose(mlp.affine(points, parameters), exact, rtol=0, atol=2e-6)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("prefactor", [1.0, 0.7])
def test_mixed_precision_is_float64_but_for_a_millionth_of_the_range(variant, activation, prefactor):
    cell = SMALL_RANGE._replace(variant=variant, activation=activation, depth=4, prefactor=prefactor)
    layers, points = mlp.draw(cell, 0, np.arange(5)), grid(33, 2, np.float64)
    exact = reference.evaluate(cell, reference.in_float64(layers), points)
    error = np.std(sampling.forward(cell, layers, points, "mixed") - exact, axis=1) / np.ptp(exact, axis=1)
    assert (error < 3e-6).all()


@pytest.mark.parametrize("cell", [
    Cell("plain", "relu", "glorot", 3, 16, 1.0, 1.0), # float32
    SMALL_RANGE, # mixed
    Cell("plain", "sin", "glorot", 12, 64, 10.0, 1.0), # amplifies rounding: float64
    Cell("plain", "relu", "glorot", 4, 8, 1e15, 1.0), # overflows in float32
], ids=["float32", "mixed", "float64", "overflow"])  # fmt: skip
def test_a_network_has_the_cheapest_precision_that_is_enough(cell, request):
    layers, points = mlp.draw(cell, 0, np.arange(3)), grid(20, 2, np.float64)
    name = request.node.callspec.id
    expected = "float64" if name == "overflow" else name
    with np.errstate(all="ignore"):
        assert sampling.cheapest(cell, layers, points).tolist() == [expected] * 3
    found, more = sampling.evaluate(cell, layers, points)
    np.testing.assert_array_equal(found, sampling.evaluate(cell, layers, points, expected)[0])
    assert more.tolist() == [expected != "float32"] * 3


def test_what_overflows_where_no_probe_is_goes_to_float64():
    # 1e50 relu(x − .9999): 1e46 at the last point, 0 elsewhere.
    corner = mlp.Layer((np.float32([[[1e20]]]), np.float32([[[-0.9999e20]]])))
    layers = [corner, mlp.Layer((np.float32([[[1e30]]]), np.float32([[[0.0]]])))]
    cell, points = CELL._replace(depth=1, width=1, inputs=1), grid(4096, 1, np.float64)
    outputs, more = sampling.evaluate(cell, layers, points)
    assert more.all()
    assert outputs.max() == pytest.approx(1e46, rel=1e-2)


def test_a_network_that_amplifies_rounding_is_computed_in_float64():
    chaotic = Cell("plain", "sin", "glorot", 12, 64, 10.0, 1.0)
    functions = sample(chaotic, 0, np.arange(5), 32)
    assert functions.float64.all()
    assert (functions.maximum - functions.minimum > 1).all()  # not because of their range


@pytest.mark.parametrize("rise", [1e-4, 1e-2])
def test_a_rise_that_no_probe_sees_is_not_computed_in_float32_alone(rise):
    corner = mlp.Layer((np.float32([[[1.0]]]), np.float32([[[-0.9999]]])))  # relu(x − .9999) on the last point alone
    layers = [corner, mlp.Layer((np.float32([[[1e4 * rise]]]), np.float32([[[1.0]]])))]
    cell = CELL._replace(depth=1, width=1, inputs=1)
    outputs, float64 = sampling.evaluate(cell, layers, grid(4096, 1, np.float64))
    assert np.ptp(outputs) == pytest.approx(rise, rel=1e-3)
    assert float64.all()


def test_layer_norm_of_width_1_is_refused():
    with pytest.raises(ValueError, match="use width 2 or more"):
        sample(CELL._replace(variant="layer_norm", width=1), 0, np.arange(1), 4)


def test_cells_are_every_combination_of_the_axes_in_the_order_of_the_rows():
    found = cells(SETTINGS)
    assert len(found) == len(set(found)) == 2 * 2 * 1 * 2 * 2
    assert {cell.variant for cell in found} == {"gated"}
    rows = network_rows(SETTINGS)
    assert {len(values) for values in rows.values()} == {3 * len(found)}
    for number, cell in enumerate(found):
        for network in range(3):
            row = {name: values[3 * number + network] for name, values in rows.items()}
            assert row["network"] == network
            assert all(row[name] == getattr(cell, name) for name in cell._fields if name in row)
    assert set(rows["seed"]) == {9}


def test_the_fourier_model_knows_the_weight_magnitude_alone():
    found = cells({**SETTINGS, "variant": "unbiased"})
    assert [cell.weight_magnitude for cell in found] == [0.5, 2.0]
    assert {(cell.activation, cell.prior, cell.depth, cell.width) for cell in found} == {("none", "none", 0, 0)}


@pytest.mark.parametrize("variant", ["gated", "unbiased"])
def test_a_study_yields_the_networks_of_its_rows(variant):
    settings = {**SETTINGS, "variant": variant}
    found, shapes = cells(settings), function_shapes(settings)
    tensors = {name: np.full(shape, 99, kind) for name, (kind, shape) in shapes.items()}
    for row, functions in sample_study(settings):
        for name, values in functions._asdict().items():
            tensors[name][row : row + len(values)] = values
    for number, cell in enumerate(found):
        for network in range(3):
            alone = sample(cell, 9, np.array([network]), 7)
            for name, values in alone._asdict().items():
                np.testing.assert_array_equal(tensors[name][3 * number + network], values[0])
