"""Targets are what the paper says, and splits are shuffles."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural_redshift.tasks.targets import centred, circle, half_plane, kink, lattice, modulo, shuffled, smooth


@pytest.mark.parametrize("side", [1, 2, 5])
def test_the_lattice_holds_every_pair_first_number_slowest(side):
    assert lattice(side).T.tolist() == [[first, second] for first in range(side) for second in range(side)]


def test_lattice_points_lie_evenly_on_the_square():
    points = centred(lattice(5), 5)
    assert points.dtype == np.float32
    assert sorted(set(points[0].tolist())) == sorted(set(points[1].tolist())) == [-1, -0.5, 0, 0.5, 1]
    assert points[:, 0].tolist() == [-1, -1]
    assert points[:, 1].tolist() == [-1, -0.5]


@given(st.integers(1, 20), st.integers(2, 40))
def test_a_label_says_whether_the_sum_is_in_the_lower_half_of_its_period(side, modulus):
    expected = [
        1 if 2 * ((first + second) % modulus) < modulus else 0 for first in range(side) for second in range(side)
    ]
    assert modulo(lattice(side), modulus).tolist() == expected


@pytest.mark.parametrize(("modulus", "ones"), [(10, 126), (7, 148), (4, 128)])
def test_share_of_ones_on_the_lattice_of_the_paper(modulus, ones):
    # s = x₁ + x₂ occurs 16 − |s − 15| times.
    count = sum(16 - abs(s - 15) for s in range(31) if s % modulus < Fraction(modulus, 2))
    assert modulo(lattice(16), modulus).sum() == count == ones


def test_labels_of_real_numbers_between_those_of_whole_ones():
    numbers = np.array([[0.0, 1.9, 2.0, 3.9, 4.1], [0.0, 0.0, 0.0, 0.0, 0.0]])
    assert modulo(numbers, 4).tolist() == [1, 1, 0, 0, 1]


@pytest.mark.parametrize("modulus", [1, 0, -3])
def test_a_modulus_below_2_is_refused(modulus):
    with pytest.raises(ValueError, match=f"modulus {modulus} found"):
        modulo(lattice(3), modulus)


def test_smooth_targets_have_variance_1_at_any_point():
    points = np.array([[0.0, 0.7, -1.0], [0.0, -0.3, 1.0]])
    values = np.stack([smooth(points, 2.0, 7, number) for number in range(4000)]).astype(float)
    # Standard errors are .016 of the mean and, by the fourth moment of about 2.6, .021 of the variance.
    assert np.abs(values.mean(axis=0)).max() < 0.06
    assert np.abs(values.var(axis=0) - 1).max() < 0.08


@given(st.integers(0, 2**64 - 1), st.integers(0, 10**6), st.floats(0.1, 8))
def test_a_smooth_target_is_the_same_function_at_any_points(key, number, cycles):
    points = np.random.default_rng(0).uniform(-1, 1, (2, 30))
    together = smooth(points, cycles, key, number)
    alone = [smooth(points[:, [column]], cycles, key, number)[0] for column in range(30)]
    assert together.dtype == np.float32
    np.testing.assert_allclose(together, alone, atol=1e-6)
    assert np.abs(together - smooth(points, cycles, key, number + 1)).max() > 1e-3
    assert np.abs(together - smooth(points, cycles, key ^ 1, number)).max() > 1e-3


@pytest.mark.parametrize("cycles", [1.0, 4.0])
def test_no_wave_crosses_the_square_more_often_than_said(cycles):
    # Far beyond the square, where the frequencies of the waves stand apart, under a window that hides the ends.
    line = np.linspace(-40, 40, 4096, endpoint=False)
    crossings = np.fft.rfftfreq(line.size, line[1] - line[0]) * 2  # cycles on an interval of length 2
    highest = []
    for number in range(40):
        for turn in (0.0, 0.8, np.pi / 2):
            points = np.outer([np.cos(turn), np.sin(turn)], line)
            spectrum = np.abs(np.fft.rfft(smooth(points, cycles, 3, number) * np.blackman(line.size)))
            highest.append(crossings[np.flatnonzero(spectrum > 0.01 * spectrum.max())[-1]])
    assert max(highest) <= cycles + 3 * crossings[1]  # a wave under this window is three steps wide
    assert max(highest) > 0.9 * cycles


def middles(count: int) -> np.ndarray:
    axis = (np.arange(count) + 0.5) / count * 2 - 1
    return np.stack(np.meshgrid(axis, axis)).reshape(2, -1)


@pytest.mark.parametrize("shape", [circle, half_plane, kink])
def test_shapes_hold_half_of_the_square(shape):
    for direction in np.random.default_rng(0).normal(size=(5, 2)):
        labels = shape(middles(400), direction)
        assert set(labels.tolist()) == {0, 1}
        assert abs(labels.mean() - 0.5) < 1e-3


def test_shapes_are_what_they_are_called():
    points = np.array([[0.0, 0.7, 0.8, -0.8, 0.9], [0.0, 0.35, 0.0, 0.1, -0.9]])
    radius, direction = (2 / np.pi) ** 0.5, np.array([-1.0, 2.0])
    assert circle(points, direction).tolist() == [float(np.hypot(x, y) < radius) for x, y in points.T]
    assert half_plane(points, direction).tolist() == [float(2 * y > x) for x, y in points.T]
    assert kink(points, direction).tolist() == [1, 1, 0, 0, 0]


@given(st.integers(0, 10**6), st.lists(st.integers(0, 10**6), min_size=1, max_size=5), st.integers(1, 50))
def test_a_shuffle_is_an_order_and_the_same_in_any_batch(seed, seeds, count):
    together = shuffled("split", seed, np.array(seeds), count, task="modulo")
    assert together.shape == (len(seeds), count)
    for row, one in zip(together, seeds, strict=True):
        assert sorted(row.tolist()) == list(range(count))
        np.testing.assert_array_equal(row, shuffled("split", seed, np.array([one]), count, task="modulo")[0])


def test_shuffles_differ_by_seed_purpose_and_name():
    first = shuffled("split", 0, np.arange(2), 100, task="modulo")
    others = [
        first[1],
        *(
            shuffled(purpose, seed, np.arange(1), 100, task=task)[0]
            for purpose, seed, task in [("split", 1, "modulo"), ("order", 0, "modulo"), ("split", 0, "smooth")]
        ),
    ]
    for other in others:
        assert (other == first[0]).mean() < 0.1  # 1 of 100 on average


def test_shuffles_of_seeds_are_independent_and_put_any_number_anywhere():
    orders = shuffled("split", 0, np.arange(3000), 10)
    counts = np.array([np.bincount(orders[:, place], minlength=10) for place in range(10)])
    assert ((counts - 300) ** 2 / 300).sum() < 150  # χ² of 81 degrees of freedom: 81 ± 13
    same = (orders[1:] == orders[:-1]).sum(axis=1)
    assert abs(same.mean() - 1) < 0.1  # as of two random orders: 1 ± 1
