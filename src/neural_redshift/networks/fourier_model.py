"""The unbiased model: an inverse Fourier transform with random coefficients and phase shifts.

f(x) = α Σ_k a_k cos(2π k·x/N + φ_k), x on the N^d grid, one term for every frequency of the grid's real
Fourier basis: of each pair k, −k one, and those that are their own mirror image (zero, Nyquist) once.
a_k ~ U(−1, 1), φ_k ~ U(−π, π). Its expected spectrum is flat, so it looks like white noise.
"""

import numpy as np
from scipy import fft

from neural_redshift.seeds import random_words, seed_for, uniform

Array = np.ndarray


def one_of_each_pair(shape: tuple[int, ...]) -> Array:
    """Mask over `shape`: True for one frequency of each pair k, −k (modulo the grid)."""
    index = np.arange(np.prod(shape)).reshape(shape)
    mirror = index
    for axis in range(len(shape)):
        mirror = np.roll(np.flip(mirror, axis), 1, axis)
    return index <= mirror


def share_of_power(shape: tuple[int, ...]) -> Array:
    """Factors that make the expected spectrum flat: half the power where a frequency is its own mirror image."""
    once = one_of_each_pair(shape)
    alone = once & np.roll(np.flip(once), 1, tuple(range(len(shape))))
    return np.where(alone, 0.5**0.5, once)


def draw(seed: int, weight_magnitude: float, networks: Array, grid_points: int, inputs: int = 2) -> Array:
    """Complex coefficients α a_k exp(iφ_k) of shape (networks, *grid), zero at the mirror images."""
    shape = (grid_points,) * inputs
    names = {
        "variant": "unbiased",
        "weight_magnitude": float(weight_magnitude),
        "grid_points": grid_points,
        "inputs": inputs,
    }
    count = grid_points**inputs
    words = random_words(seed_for("weights", seed=seed, **names), networks, 2 * count)
    amplitudes = weight_magnitude * uniform(words[:, :count]).astype(np.float64)
    phases = np.pi * uniform(words[:, count:]).astype(np.float64)
    return (amplitudes * np.exp(1j * phases)).reshape(-1, *shape) * share_of_power(shape)


def forward(coefficients: Array) -> Array:
    """Values on the grid, shape (networks, *grid), float64 (the transform adds N^d terms)."""
    axes = tuple(range(1, coefficients.ndim))
    return fft.ifftn(coefficients, axes=axes, norm="forward").real
