"""The ends of the calibrated scale on any grid: planes and white noise, as `complexity.calibration` has them in 2-D."""

from collections.abc import Callable

import numpy as np
from scipy.special import ndtri

from neural_redshift.seeds import random_words, seed_for

Array = np.ndarray
FUNCTIONS = 100
SEED = 0  # of the anchors: the scale does not hang on the seed of the networks


def planes(shape: tuple[int, ...]) -> Array:
    """x·u, u a random direction, on the grid [−1, 1]ᵈ: (functions, *shape)."""
    words = random_words(seed_for("plane", seed=SEED, inputs=len(shape)), np.arange(FUNCTIONS), len(shape))
    axes = np.meshgrid(*(np.linspace(-1, 1, points) for points in shape), indexing="ij")
    return np.tensordot(ndtri((words + 0.5) * 2.0**-32), np.stack(axes), axes=1)


def white_noise(shape: tuple[int, ...]) -> Array:
    """Independent normal values: (functions, *shape)."""
    words = random_words(seed_for("white_noise", seed=SEED), np.arange(FUNCTIONS), int(np.prod(shape)))
    return ndtri((words + 0.5) * 2.0**-32).reshape(-1, *shape)


def anchors(measure: Callable[[Array], Array], shape: tuple[int, ...]) -> tuple[float, float]:
    """What a measure says of a plane and of white noise on a grid, on average over 100 of them."""
    return float(measure(planes(shape)).mean()), float(measure(white_noise(shape)).mean())
