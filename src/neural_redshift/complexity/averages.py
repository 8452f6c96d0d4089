"""The average that the spectral measures share."""

from collections.abc import Sequence

import numpy as np

Array = np.ndarray


def average_order(amplitudes: Array, order: Array) -> Array:
    """Σ_k a_k o_k / Σ_k a_k over all but the first coefficient (the constant), for each network.

    amplitudes: (networks, *coefficients), not negative; order: (*coefficients) → (networks,), float64;
    NaN where every amplitude is 0. Sums run in float64, because 4096 float32 terms lose three digits.
    """
    flat = amplitudes.reshape(len(amplitudes), -1)[:, 1:].astype(np.float64)
    with np.errstate(invalid="ignore"):
        return flat @ order.ravel()[1:] / flat.sum(axis=1)


def norms(axes: Sequence[Array]) -> Array:
    """√(Σ k_i²) on the product of the axes."""
    return np.sqrt(sum(k.astype(float) ** 2 for k in np.meshgrid(*axes, indexing="ij")))


def centred(functions: Array) -> Array:
    """Functions (networks, *grid) less their mean, so that the constant term costs no precision.

    The first value goes first, so that a constant function leaves exact zeros.
    """
    axes = tuple(range(1, functions.ndim))
    shifted = functions - functions[(slice(None), *[slice(0, 1)] * len(axes))]
    return shifted - shifted.mean(axis=axes, keepdims=True)
