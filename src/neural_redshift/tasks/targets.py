"""What networks are trained on, as functions of points (inputs, points) → (points,), and splits of the points."""

from itertools import product

import numpy as np

from neural_redshift.seeds import random_words, seed_for, uniform

Array = np.ndarray


def lattice(side: int) -> Array:
    """Whole numbers {0…side−1}² as columns: (2, side²), first number slowest."""
    return np.array(list(product(range(side), repeat=2))).T


def centred(numbers: Array, side: int) -> Array:
    """Numbers 0…side−1 as network inputs on [−1, 1]: float32."""
    return (2 * numbers / (side - 1) - 1).astype(np.float32)


def modulo(numbers: Array, modulus: int) -> Array:
    """1 where (Σx mod M) < M/2, else 0, for numbers (1 or more, points): (points,). Teney et al. 2024, section 4.1.

    Raises ValueError for a modulus below 2.
    """
    if modulus < 2:
        raise ValueError(f"modulus {modulus} found; it must be 2 or more")
    return (numbers.sum(axis=0) % modulus < modulus / 2).astype(np.float32)


def smooth(points: Array, cycles: float, key: int, number: int, waves: int = 8) -> Array:
    """Σ a cos(π k·x + φ)/√(Σ a²/2), |k| ≤ cycles, on points (2, points) of [−1, 1]²: (points,), variance near 1.

    k is uniform in the disc, so a wave crosses the square at most `cycles` times along an axis;
    a ~ U(−1, 1), φ ~ U(−π, π). Target `number` under `key` is the same function everywhere.
    """
    amplitude, phase, turn, radius = (
        uniform(random_words(key, np.array([number]), 4 * waves))[0].astype(float).reshape(4, waves)
    )
    directions = np.stack([np.cos(np.pi * turn), np.sin(np.pi * turn)], axis=1)
    k = cycles * np.sqrt((radius + 1) / 2)[:, None] * directions
    values = amplitude @ np.cos(np.pi * (k @ points + phase[:, None]))
    return (values / np.sqrt((amplitude**2).sum() / 2)).astype(np.float32)


def circle(points: Array, _: Array) -> Array:
    """1 inside the circle about 0 that holds half of [−1, 1]², else 0."""
    return ((points**2).sum(axis=0) < 2 / np.pi).astype(np.float32)


def half_plane(points: Array, direction: Array) -> Array:
    """1 where x·u > 0, else 0."""
    return (direction @ points > 0).astype(np.float32)


def kink(points: Array, _: Array) -> Array:
    """1 where x₂ > |x₁| − 1/2, else 0: half of [−1, 1]², with a bent border."""
    return (points[1] > np.abs(points[0]) - 0.5).astype(np.float32)


def shuffled(purpose: str, seed: int, seeds: Array, count: int, **names: object) -> Array:
    """A random order of 0…count−1 for each seed: (seeds, count)."""
    return np.argsort(random_words(seed_for(purpose, seed=seed, **names), seeds, count), axis=1, kind="stable")
