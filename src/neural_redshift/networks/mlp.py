"""Multi-layer perceptrons f: Rᵈ → R with random weights, always a batch of networks.

Hidden layer l maps x to φ(α_p (W x + b)); the output layer is linear. Channels come before points,
x: (networks, width, points), so that a layer is one matrix product and a bias is one column.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from neural_redshift.networks.activations import ACTIVATIONS, sigmoid
from neural_redshift.networks.priors import PRIORS
from neural_redshift.seeds import random_words, seed_for

Array = np.ndarray
Affine = tuple[Array, Array]
TILE = 512  # points at a time: 64 channels × 512 points × 4 bytes stay in a core's cache


class Cell(NamedTuple):
    """What the networks of a cell share; `prefactor` multiplies every pre-activation."""

    variant: str
    activation: str
    prior: str
    depth: int
    width: int
    weight_magnitude: float
    bias_magnitude: float
    inputs: int = 2
    prefactor: float = 1.0


class Layer(NamedTuple):
    """Weights (networks, out, in) and biases (networks, out, 1), and those of the gate if there is one."""

    affine: Affine
    gate: Affine | None = None


def draw(cell: Cell, seed: int, networks: Array) -> list[Layer]:
    """Weights of the given networks of a cell: `depth` hidden layers and the output layer.

    Weights and biases follow `cell.prior` (Glorot-uniform times α, biases U(−1, 1) times β, by
    default). Each number is a function of the seed, the cell, the number of the network and its
    position in the network, so a network is the same in any batch.
    """
    prior = PRIORS[cell.prior]
    sizes = [cell.inputs] + [cell.width] * cell.depth + [1]
    shapes = []
    for hidden, (inputs, outputs) in enumerate(zip(sizes, sizes[1:], strict=False)):
        gated = cell.variant == "gated" and hidden < cell.depth
        shapes += [(outputs, inputs), (outputs, 1)] * (2 if gated else 1)
    counts = [prior.words(rows * columns) for rows, columns in shapes]
    words = random_words(seed_for("weights", seed=seed, **cell._asdict()), networks, sum(counts))
    bias_scale = cell.bias_magnitude * (cell.weight_magnitude if prior.biases_scaled else 1.0)
    arrays, start = [], 0
    for (rows, columns), count, is_bias in zip(shapes, counts, [False, True] * len(shapes), strict=False):
        scale = bias_scale if is_bias else cell.weight_magnitude * prior.weight_scale(columns, rows)
        values = prior.law(words[:, start : start + count], rows * columns)
        arrays.append((values * np.float32(scale)).reshape(-1, rows, columns))
        start += count
    affines = list(zip(arrays[0::2], arrays[1::2], strict=True))
    if cell.variant != "gated":
        return [Layer(affine) for affine in affines]
    hidden_layers = [Layer(*pair) for pair in zip(affines[0:-1:2], affines[1:-1:2], strict=True)]
    return [*hidden_layers, Layer(affines[-1])]


def plain(z: Array, x: Array, phi: Callable[[Array], Array], gate: Array | None) -> Array:
    """φ(z)."""
    return phi(z)


def layer_norm(z: Array, x: Array, phi: Callable[[Array], Array], gate: Array | None) -> Array:
    """φ((z − mean z)/std z), mean and standard deviation over channels, no gain, no offset."""
    z -= z.mean(axis=1, keepdims=True)
    z /= np.sqrt(np.einsum("ncp,ncp->np", z, z) / z.dtype.type(z.shape[1]))[:, None]
    return phi(z)


def residual(z: Array, x: Array, phi: Callable[[Array], Array], gate: Array | None) -> Array:
    """z + φ(z), as the paper writes it."""
    return z + phi(z)


def skip(z: Array, x: Array, phi: Callable[[Array], Array], gate: Array | None) -> Array:
    """x + φ(z), the skip connection of ResNets; φ(z) where input and output differ in size."""
    return x + phi(z) if x.shape == z.shape else phi(z)


def gated(z: Array, x: Array, phi: Callable[[Array], Array], gate: Array | None) -> Array:
    """φ(z) ⊙ σ(W′x + b′)."""
    assert gate is not None
    return phi(z) * sigmoid(gate)


VARIANTS: dict[str, Callable[[Array, Array, Callable[[Array], Array], Array | None], Array]] = {
    "plain": plain,
    "layer_norm": layer_norm,
    "residual": residual,
    "skip": skip,
    "gated": gated,
}


def forward(cell: Cell, layers: list[Layer], points: Array) -> Array:
    """Outputs of a batch of networks, (networks, points), at `points` of shape (inputs, points)."""
    if cell.variant == "layer_norm" and cell.width == 1:
        raise ValueError("layer_norm with width 1 found; the norm of one channel is undefined, use width 2 or more")
    phi, combine = ACTIVATIONS[cell.activation], VARIANTS[cell.variant]
    networks = len(layers[0].affine[0])
    outputs = np.empty((networks, points.shape[1]), points.dtype)
    together = max(1, 2**15 // (cell.width * min(TILE, points.shape[1])))
    for first in range(0, networks, together):
        chosen = slice(first, first + together)
        for start in range(0, points.shape[1], TILE):
            tile = slice(start, start + TILE)
            x = np.broadcast_to(points[:, tile], (len(outputs[chosen]), *points[:, tile].shape))
            for layer in layers[:-1]:
                z = _affine(layer.affine, x, chosen, cell.prefactor)
                gate = None if layer.gate is None else _affine(layer.gate, x, chosen, 1.0)
                x = combine(z, x, phi, gate)
            outputs[chosen, tile] = _affine(layers[-1].affine, x, chosen, 1.0)[:, 0]
    return outputs


def _affine(affine: Affine, x: Array, networks: slice, prefactor: float) -> Array:
    weights, biases = affine
    z = weights[networks] @ x
    z += biases[networks]
    if prefactor != 1.0:
        z *= x.dtype.type(prefactor)
    return z
