"""Random words are Philox4x32-10, and names make keys."""

import numpy as np
import pytest

import reference
from neural_redshift.seeds import random_words, seed_for, uniform


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
    ],
)
def test_the_reference_gives_the_known_answers_of_random123(counter, key, expected):
    counter, key, expected = ([int(word, 16) for word in text.split()] for text in (counter, key, expected))
    assert reference.philox(counter, key) == expected


def test_key_0_and_network_0_begin_with_the_known_answer_of_random123():
    assert random_words(0, np.array([0]), 4).tolist() == [[0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]]


@pytest.mark.parametrize("key", [-1, 2**64])
def test_a_key_outside_64_bits_is_refused(key):
    with pytest.raises(ValueError, match="seed_for"):
        random_words(key, np.array([0]), 1)


@pytest.mark.parametrize("networks", [np.array([-1]), np.array([[0]]), np.array(0), np.array([1.5])])
def test_networks_are_a_list_of_numbers_from_0_on(networks):
    with pytest.raises(ValueError, match="whole numbers from 0"):
        random_words(0, networks, 1)


def test_the_order_of_names_does_not_matter_and_each_name_does():
    key = seed_for("weights", depth=3, activation="relu")
    assert key == seed_for("weights", activation="relu", depth=3)
    others = [
        seed_for("biases", activation="relu", depth=3),
        seed_for("weights", activation="relu", depth=4),
        seed_for("weights", activation="gelu", depth=3),
        seed_for("weights", activation="relu", width=3),
        seed_for("weights", activation="relu"),
    ]
    assert len({key, *others}) == 6
    assert all(0 <= other < 2**64 for other in others)


def test_a_name_that_is_not_a_number_is_refused():
    with pytest.raises(ValueError, match="JSON"):
        seed_for("weights", weight_magnitude=float("nan"))


def test_uniform_numbers_are_multiples_of_2_to_the_minus_23_from_minus_1_to_below_1():
    ends = uniform(np.array([0, 2**32 - 1], np.uint32))
    assert ends.tolist() == [-1, 1 - 2**-23]
    numbers = uniform(random_words(1, np.arange(1), 100_000))
    assert numbers.dtype == np.float32
    steps = numbers.astype(np.float64) * 2**23
    np.testing.assert_array_equal(steps, np.rint(steps))
    assert ((numbers >= -1) & (numbers < 1)).all()


def test_bits_of_the_words_are_even_and_neighbouring_networks_unrelated():
    words = random_words(seed_for("bits"), np.arange(2), 20_000)
    bits = np.unpackbits(words.view(np.uint8), axis=1)
    # A fair bit has standard deviation 1/2; 5 standard errors, over 640,000 bits a network.
    assert (np.abs(bits.mean(axis=1) - 0.5) < 5 * 0.5 / np.sqrt(bits.shape[1])).all()
    assert abs((bits[0] ^ bits[1]).mean() - 0.5) < 5 * 0.5 / np.sqrt(bits.shape[1])
