"""Weights and biases follow the prior of their cell."""

import numpy as np
import pytest
from scipy import stats

from neural_redshift.networks import mlp
from neural_redshift.networks.cells import Cell
from neural_redshift.networks.priors import PRIORS, fan_in, glorot
from neural_redshift.seeds import random_words, seed_for

CELL = Cell("plain", "relu", "glorot", 2, 32, 2.0, 3.0)
LAWS = {  # of standard deviation 1/√3; Cauchy: quartiles ±1/2
    "uniform": stats.uniform(-1, 2),
    "gaussian": stats.norm(scale=3**-0.5),
    "student_t": stats.t(3, scale=1 / 3),
    "cauchy": stats.cauchy(scale=1 / 2),
}
UNIFORM = ("glorot", "fan_in", "biases_scaled", "authors_code")


def drawn(cell: Cell, layer: int, networks: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """Weights and biases of a layer, (networks, numbers)."""
    weights, biases = mlp.draw(cell, 11, np.arange(networks))[layer].affine
    return weights.reshape(networks, -1), biases.reshape(networks, -1)


def scales(cell: Cell, inputs: int, outputs: int) -> tuple[float, float]:
    """Half-widths s of the uniform laws of weights and biases, as the paper and the authors' code have them."""
    if cell.prior == "authors_code":
        return cell.weight_magnitude, cell.weight_magnitude * cell.bias_magnitude
    variance = 3 / inputs if cell.prior == "fan_in" else 6 / (inputs + outputs)
    biases = cell.bias_magnitude * (cell.weight_magnitude if cell.prior == "biases_scaled" else 1)
    return cell.weight_magnitude * variance**0.5, biases


@pytest.mark.parametrize("layer", [0, 1, 2])
@pytest.mark.parametrize("prior", [name for name in PRIORS if name != "ball"])
def test_weights_and_biases_follow_their_law(prior, layer):
    cell = CELL._replace(prior=prior)
    law = LAWS["uniform" if prior in UNIFORM else prior]
    inputs, outputs = [(2, 32), (32, 32), (32, 1)][layer]
    for numbers, scale in zip(drawn(cell, layer), scales(cell, inputs, outputs), strict=True):
        # At this fixed key the test can only fail if the law is another one.
        assert stats.kstest(numbers.ravel() / scale, law.cdf).pvalue > 1e-3


@pytest.mark.parametrize("layer", [0, 1, 2])
@pytest.mark.parametrize("prior", UNIFORM)
def test_uniform_weights_and_biases_reach_their_bound_and_no_further(prior, layer):
    cell = CELL._replace(prior=prior)
    inputs, outputs = [(2, 32), (32, 32), (32, 1)][layer]
    for numbers, scale in zip(drawn(cell, layer, 2000), scales(cell, inputs, outputs), strict=True):
        # Float32 rounds the bound itself, by 2⁻²⁴ of it.
        assert 0.99 * scale < np.abs(numbers).max() <= scale * (1 + 2.0**-23)


@pytest.mark.parametrize("prior", [name for name in PRIORS if name not in ("cauchy", "student_t")])
def test_the_standard_deviation_is_that_of_the_uniform_law(prior):
    weights, _ = drawn(CELL._replace(prior=prior), 1)
    expected = scales(CELL._replace(prior=prior), 32, 32)[0] / 3**0.5
    # 5 standard errors of a standard deviation, for a kurtosis up to the normal's 3.
    assert abs(weights.std() / expected - 1) < 5 / np.sqrt(2 * weights.size)


def test_student_t_has_the_standard_deviation_of_the_uniform_law():
    # Its fourth moment is infinite, so a sample says little: the law that the draws are held to says it.
    assert LAWS["student_t"].std() == pytest.approx(LAWS["uniform"].std())


def test_cauchy_has_the_quartiles_of_the_uniform_law():
    weights, _ = drawn(CELL._replace(prior="cauchy"), 1)
    scale = scales(CELL, 32, 32)[0]
    # Standard error of a Cauchy quartile: √(3/16 n)/density, density 1/(π s) at the quartile ±s/2.
    error = np.pi * scale * np.sqrt(3 / 16 / weights.size)
    assert np.abs(np.quantile(weights, [0.25, 0.75]) - [-scale / 2, scale / 2]).max() < 5 * error


@pytest.mark.parametrize(("layer", "inputs", "outputs"), [(0, 2, 32), (1, 32, 32), (2, 32, 1)])
def test_ball_weights_are_uniform_in_a_ball(layer, inputs, outputs):
    weights, _ = drawn(CELL._replace(prior="ball"), layer, 1000)
    count = inputs * outputs
    scale = scales(CELL, inputs, outputs)[0]
    radius = np.linalg.norm(weights.astype(float), axis=1)
    share = radius / (scale * np.sqrt((count + 2) / 3))
    assert share.max() <= 1 + 1e-6
    assert stats.kstest(share**count, "uniform").pvalue > 1e-3
    # The direction is uniform: the square of one of its coordinates has a Beta law.
    coordinate = (weights[:, 0] / radius) ** 2
    assert stats.kstest(coordinate, stats.beta(1 / 2, (count - 1) / 2).cdf).pvalue > 1e-3
    assert abs((weights[:, 0] > 0).mean() - 0.5) < 5 * 0.5 / np.sqrt(1000)


def test_a_ball_of_one_dimension_is_an_interval():
    cell = CELL._replace(prior="ball", inputs=1, width=1)
    _, biases = drawn(cell, 0, 5000)
    assert stats.kstest(biases.ravel() / cell.bias_magnitude, LAWS["uniform"].cdf).pvalue > 1e-3


@pytest.mark.parametrize("prior", PRIORS)
def test_the_numbers_of_a_network_are_uncorrelated(prior):
    # Ranks, because Cauchy has no correlation: neighbours, and a weight with its bias.
    weights, biases = drawn(CELL._replace(prior=prior), 1, 4000)
    for x, y in ((weights[:, 0], weights[:, 1]), (weights[:, 0], weights[:, 32]), (weights[:, 0], biases[:, 0])):
        assert stats.spearmanr(x, y).pvalue > 1e-3


@pytest.mark.parametrize("width", [1, 2, 64, 511])
def test_fan_in_is_glorot_on_square_layers(width):
    assert fan_in(width, width) == pytest.approx(glorot(width, width), rel=1e-15)
    assert fan_in(width, width + 1) > glorot(width, width + 1)


@pytest.mark.parametrize("prior", PRIORS)
def test_biases_of_magnitude_0_are_0(prior):
    weights, biases = drawn(CELL._replace(prior=prior, bias_magnitude=0.0), 1, 3)
    assert (biases == 0).all()
    assert (weights != 0).all()


@pytest.mark.parametrize("prior", PRIORS)
def test_every_number_of_a_draw_has_a_word_of_its_own(prior):
    count = 6
    words = random_words(seed_for("test"), np.arange(3), PRIORS[prior].words(count))
    numbers = PRIORS[prior].law(words, count)
    assert numbers.shape == (3, count)
    assert numbers.dtype == np.float32
    for word in range(count):
        others = words.copy()
        others[:, word] ^= np.uint32(0x80000000)
        assert (PRIORS[prior].law(others, count)[:, word] != numbers[:, word]).all()


@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize("word", [0, 2**31, 2**32 - 1])
def test_no_word_makes_a_number_that_is_not_finite(prior, word):
    words = np.full((1, PRIORS[prior].words(4)), word, np.uint32)
    assert np.isfinite(PRIORS[prior].law(words, 4)).all()


@pytest.mark.parametrize(
    "change",
    [
        {"variant": "layer_norm"},
        {"activation": "gelu"},
        {"prior": "fan_in"},
        {"depth": 3},
        {"width": 33},
        {"weight_magnitude": 2.5},
        {"bias_magnitude": 1.0},
        {"inputs": 3},
        {"prefactor": 2.0},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_cell_that_differs_in_one_thing_has_other_networks(change):
    weights, _ = drawn(CELL, -1, 5)
    others, _ = drawn(CELL._replace(**change), -1, 5)
    # Compared without their scale: numbers of another stream, not the same ones stretched.
    weights, others = (numbers[:, :32] / np.abs(numbers[:, :32]).max() for numbers in (weights, others))
    assert np.abs(weights - others).max() > 0.5


def test_another_seed_or_number_is_another_network():
    draws = [mlp.draw(CELL, seed, np.array([n]))[0].affine[0] for seed in (0, 1) for n in (0, 1)]
    for first in range(4):
        for second in range(first):
            assert (draws[first] != draws[second]).all()


def test_gates_have_their_own_weights_of_the_same_law():
    layer = mlp.draw(CELL._replace(variant="gated"), 11, np.arange(200))[1]
    assert stats.kstest(layer.gate[0].ravel() / scales(CELL, 32, 32)[0], LAWS["uniform"].cdf).pvalue > 1e-3
    assert stats.spearmanr(layer.affine[0].ravel(), layer.gate[0].ravel()).pvalue > 1e-3


@pytest.mark.parametrize("prior", ["glorot", "biases_scaled"])
@pytest.mark.parametrize("gain", [0.25, 8.0])
def test_a_gain_leaves_the_scale_of_weights_and_biases_alone(prior, gain):
    cell = CELL._replace(variant="norm_gain", prior=prior, weight_magnitude=gain, bias_magnitude=1.0)
    for layer in mlp.draw(cell, 11, np.arange(200)):
        for numbers, bound in zip(layer.affine, ((6 / sum(layer.affine[0].shape[1:])) ** 0.5, 1.0), strict=True):
            assert stats.kstest(numbers.ravel() / bound, LAWS["uniform"].cdf).pvalue > 1e-4


def test_a_magnitude_of_1_and_one_of_1_0_are_the_same_cell():
    whole, decimal = (Cell("plain", "relu", "glorot", 2, 4, one, one) for one in (1, 1.0))
    for ours, theirs in zip(mlp.draw(whole, 0, np.arange(2)), mlp.draw(decimal, 0, np.arange(2)), strict=True):
        np.testing.assert_array_equal(ours.affine[0], theirs.affine[0])
