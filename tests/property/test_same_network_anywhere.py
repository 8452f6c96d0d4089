"""A network is the same alone, in any batch, in any order, and on any thread: bit for bit."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reference
from neural_redshift.networks import mlp
from neural_redshift.networks.activations import ACTIVATIONS
from neural_redshift.networks.cells import Cell
from neural_redshift.networks.functions import chunks, grid
from neural_redshift.networks.mlp import VARIANTS
from neural_redshift.networks.priors import PRIORS
from neural_redshift.networks.sampling import sample
from neural_redshift.seeds import random_words

NETWORKS = st.lists(st.integers(0, 10**6), min_size=1, max_size=7).map(np.array)
CELLS = st.builds(
    Cell,
    variant=st.sampled_from([*VARIANTS]),
    activation=st.sampled_from([*ACTIVATIONS]),
    prior=st.sampled_from([*PRIORS]),
    depth=st.integers(1, 4),
    width=st.integers(2, 9),
    weight_magnitude=st.sampled_from([0.1, 1.0, 10.0]),
    bias_magnitude=st.sampled_from([0.0, 1.0]),
    inputs=st.integers(1, 3),
    prefactor=st.sampled_from([1.0, 2.5]),
)


def arrays(layers: list[mlp.Layer]) -> list[np.ndarray]:
    return [array for layer in layers for pair in layer if pair for array in pair]


@given(st.integers(0, 2**64 - 1), st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=4), st.integers(1, 11))
def test_words_are_philox_of_position_network_and_key(key, networks, count):
    words = random_words(key, np.array(networks, np.uint64), count)
    for found, network in zip(words, networks, strict=True):
        blocks = [
            reference.philox([block, 0, network % 2**32, network >> 32], [key % 2**32, key >> 32])
            for block in range((count + 3) // 4)
        ]
        assert found.tolist() == [word for block in blocks for word in block][:count]


@pytest.mark.parametrize("prior", PRIORS)
@given(cell=CELLS, networks=NETWORKS)
@settings(max_examples=15)
def test_weights_of_a_network_do_not_depend_on_the_batch(prior, cell, networks):
    cell = cell._replace(prior=prior)
    together = arrays(mlp.draw(cell, 0, networks))
    for row, network in enumerate(networks):
        for batch, alone in zip(together, arrays(mlp.draw(cell, 0, np.array([network]))), strict=True):
            np.testing.assert_array_equal(batch[row], alone[0])


def shifted(array: np.ndarray, dtype: type, items: int) -> np.ndarray:
    """A copy that begins so many items after a border of 64 bytes, as a row of a batch may."""
    memory = np.empty(array.size + 32, dtype)
    start = -memory.ctypes.data % 64 // memory.itemsize + items
    memory[start : start + array.size] = array.ravel()
    return memory[start : start + array.size].reshape(array.shape)


@pytest.mark.parametrize(("of_points", "dtype"), [(np.float32,) * 2, (np.float64,) * 2, (np.float64, np.float32)])
@given(cell=CELLS, width=st.integers(2, 70), points=st.integers(2, 9), items=st.integers(1, 15))
def test_functions_do_not_depend_on_where_weights_lie_in_memory(of_points, dtype, cell, width, points, items):
    cell = cell._replace(width=width)
    layers, points = mlp.draw(cell, 0, np.arange(1)), grid(points, cell.inputs, of_points)

    def at(place: int) -> np.ndarray:
        moved = reference.changed(layers, lambda _, w, b: (shifted(w, dtype, place), shifted(b, dtype, place)))
        return mlp.forward(cell, moved, points)

    np.testing.assert_array_equal(at(0), at(items))


@given(cell=CELLS, networks=NETWORKS, points=st.integers(2, 9))
def test_functions_do_not_depend_on_the_batch(cell, networks, points):
    together = sample(cell, 0, networks, points)
    for row, network in enumerate(networks):
        alone = sample(cell, 0, np.array([network]), points)
        for batch, single in zip(together, alone, strict=True):
            np.testing.assert_array_equal(batch[row], single[0])


@pytest.mark.parametrize("variant", [*VARIANTS, "unbiased"])
@pytest.mark.parametrize("networks_at_once", [1, 3, 40])
def test_functions_do_not_depend_on_the_size_of_chunks(variant, networks_at_once):
    cell = Cell(variant, "tanh", "glorot", 2, 24, 1.0, 1.0)
    whole = sample(cell, 5, np.arange(8), 24)
    parts = [sample(cell, 5, networks, 24) for networks in chunks(8, 24**2, 8 * 24**2 * networks_at_once)]
    assert len(parts) == -(-8 // networks_at_once)
    for batch, pieces in zip(whole, zip(*parts, strict=True), strict=True):
        np.testing.assert_array_equal(batch, np.concatenate(pieces))


@pytest.mark.parametrize("prior", PRIORS)
def test_functions_do_not_depend_on_threads(prior):
    cell = Cell("gated", "sin", prior, 3, 12, 3.0, 1.0)
    whole = sample(cell, 3, np.arange(12), 16)
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda network: sample(cell, 3, np.array([network]), 16), range(12)))
    for batch, pieces in zip(whole, zip(*parts, strict=True), strict=True):
        np.testing.assert_array_equal(batch, np.concatenate(pieces))


@given(st.integers(1, 500), st.integers(1, 100), st.integers(1, 100_000))
def test_chunks_partition_any_number_of_networks(networks, grid_size, bytes_at_once):
    parts = list(chunks(networks, grid_size, bytes_at_once))
    np.testing.assert_array_equal(np.concatenate(parts), np.arange(networks))
    assert max(map(len, parts)) <= max(1, bytes_at_once / (8 * grid_size))
