"""Multi-layer perceptrons f: Rᵈ → R with random weights, always a batch of networks.

A hidden layer maps x to φ(α_p (W x + b)); the output layer is linear.
"""

from collections.abc import Callable
from functools import partial, reduce
from itertools import pairwise
from typing import Generic, NamedTuple, TypeVar

import numpy as np
import torch
from torch import Tensor

from neural_redshift.networks.activations import ACTIVATIONS, Activation
from neural_redshift.networks.cells import Cell
from neural_redshift.networks.priors import PRIORS
from neural_redshift.seeds import random_words, seed_for

Array = np.ndarray
A = TypeVar("A", Array, Tensor)
TILE = {np.float32: 2**12, np.float64: 2**10}  # points at a time: with 64 channels a cache holds a layer and its copies
Variants = dict[str, Callable[..., Tensor]]  # what a hidden layer makes of parameters, inputs and φ
GATE = Activation(torch.Tensor.sigmoid_, "sigmoid")


class Layer(NamedTuple, Generic[A]):
    """Weights and biases, and those of the gate if there is one.

    Arrays of a batch, (networks, out, in) and (networks, out, 1); or tensors of a network, (out, in) and (out,).
    """

    affine: tuple[A, A]
    gate: tuple[A, A] | None = None


def draw(cell: Cell, seed: int, networks: Array) -> list[Layer[Array]]:
    """Weights of the given networks of a cell: `depth` hidden layers and the output layer.

    Weights and biases follow `cell.prior` (Glorot-uniform times α, biases U(−1, 1) times β, by
    default; of norm_gain α = 1, because its weight magnitude is the gain). Each number is a
    function of the seed, the cell, the number of the network and its position in the network, so a
    network is the same in any batch.
    """
    prior = PRIORS[cell.prior]
    sizes = shapes(cell)
    counts = [prior.words(rows * columns) for rows, columns in sizes]
    words = random_words(_key(cell, seed), networks, sum(counts))
    alpha = 1.0 if cell.variant == "norm_gain" else cell.weight_magnitude
    bias_scale = cell.bias_magnitude * (alpha if prior.biases_scaled else 1.0)
    arrays, start = [], 0
    for (rows, columns), count, is_bias in zip(sizes, counts, [False, True] * len(sizes), strict=False):
        scale = bias_scale if is_bias else alpha * prior.weight_scale(columns, rows)
        values = prior.law(words[:, start : start + count], rows * columns)
        arrays.append((values * np.float32(scale)).reshape(-1, rows, columns))
        start += count
    affines = list(zip(arrays[0::2], arrays[1::2], strict=True))
    if cell.variant != "gated":
        return [Layer(affine) for affine in affines]
    hidden_layers = [Layer(*pair) for pair in zip(affines[0:-1:2], affines[1:-1:2], strict=True)]
    return [*hidden_layers, Layer(affines[-1])]


def _key(cell: Cell, seed: int) -> int:
    """A magnitude of 1 and one of 1.0 are the same cell."""
    magnitudes = {name: float(getattr(cell, name)) for name in ("weight_magnitude", "bias_magnitude", "prefactor")}
    return seed_for("weights", seed=seed, **(cell._asdict() | magnitudes))


def parameter_count(cell: Cell) -> int:
    """Weights and biases of one network; 0 for the Fourier model, which is none of these."""
    return 0 if cell.variant == "unbiased" else sum(rows * columns for rows, columns in shapes(cell))


def shapes(cell: Cell) -> list[tuple[int, int]]:
    """Shapes of weights, biases, weights, … from the first layer to the output; a gate's follow its layer's."""
    found = []
    for layer, (inputs, outputs) in enumerate(pairwise([cell.inputs] + [cell.width] * cell.depth + [1])):
        gated = cell.variant == "gated" and layer < cell.depth
        found += [(outputs, inputs), (outputs, 1)] * (2 if gated else 1)
    return found


def chosen(layers: list[Layer[Array]], networks: Array | slice, dtype: type = np.float32) -> list[Layer[Array]]:
    """Weights of the networks that a mask, numbers or a slice name, in float32 or float64."""

    def of(pair: tuple[Array, Array]) -> tuple[Array, Array]:
        return pair[0][networks].astype(dtype, copy=False), pair[1][networks].astype(dtype, copy=False)

    return [Layer(of(layer.affine), layer.gate and of(layer.gate)) for layer in layers]


def plain(layer: Layer[Tensor], x: Tensor, phi: Activation) -> Tensor:
    """φ(z), z = W x + b."""
    return affine(x, layer.affine, phi)


def layer_norm(layer: Layer[Tensor], x: Tensor, phi: Activation, gain: float = 1.0) -> Tensor:
    """φ(γ (z − mean z)/std z), mean and standard deviation over channels, γ the gain, no offset.

    The mean is linear in z, so it is taken from the weights.
    """
    weights, biases = layer.affine
    z = affine(x, (weights - weights.mean(0), biases - biases.mean()))
    return phi.function(z.div_(torch.linalg.vector_norm(z, dim=1, keepdim=True).div_(gain * z.shape[1] ** 0.5)))


def residual(layer: Layer[Tensor], x: Tensor, phi: Activation) -> Tensor:
    """z + φ(z), as the paper writes it."""
    z = affine(x, layer.affine)
    return z + phi.function(z.clone())


def skip(layer: Layer[Tensor], x: Tensor, phi: Activation) -> Tensor:
    """x + φ(z), the skip connection of ResNets; φ(z) where input and output differ in size."""
    y = affine(x, layer.affine, phi)
    return y.add_(x) if x.shape == y.shape else y


def gated(layer: Layer[Tensor], x: Tensor, phi: Activation) -> Tensor:
    """φ(z) ⊙ σ(W′x + b′)."""
    assert layer.gate is not None
    return affine(x, layer.affine, phi).mul_(affine(x, layer.gate, GATE))


VARIANTS: Variants = {
    "plain": plain,
    "layer_norm": layer_norm,
    "norm_gain": layer_norm,
    "residual": residual,
    "skip": skip,
    "gated": gated,
}


def hidden_layer(cell: Cell, variants: Variants) -> Callable[[Tensor, Layer[Tensor]], Tensor]:
    """The hidden layer of a cell: what it makes of its inputs and parameters.

    Raises ValueError for layer_norm and norm_gain with a width of 1.
    """
    hidden, phi = variants[cell.variant], ACTIVATIONS[cell.activation]
    if cell.variant in ("layer_norm", "norm_gain") and cell.width == 1:
        reason = "the norm of one channel is undefined, use width 2 or more"
        raise ValueError(f"{cell.variant} with width 1 found; {reason}")
    if cell.variant == "norm_gain":
        hidden = partial(hidden, gain=cell.weight_magnitude)
    return lambda x, layer: hidden(layer, x, phi)


def affine(x: Tensor, parameters: tuple[Tensor, Tensor], phi: Activation | None = None) -> Tensor:
    """φ(x Wᵀ + b): (points, in) → (points, out).

    In float32 oneDNN does all of it in one pass, where it knows φ. Float64 points meet float32 weights as differences
    from the first of them, c: (x − c) Wᵀ + (c Wᵀ + b), where x − c and its product alone are in float32. Their error is
    small beside the spread of the points, that of float32 beside their magnitude; and it costs a third of float64.
    """
    weights, biases = parameters
    if x.dtype != weights.dtype:
        z = product((x - x[:1]).to(weights.dtype), weights).to(x.dtype)
        z.add_(product(x[:1], weights.to(x.dtype), biases.to(x.dtype)))
        return phi.function(z) if phi else z
    fused = phi.fused if phi and _by_onednn(x) else None
    z = product(x, weights, biases, fused)
    return phi.function(z) if phi and not fused else z


def product(x: Tensor, weights: Tensor, biases: Tensor | None = None, fused: str | None = None) -> Tensor:
    """x Wᵀ + b, and φ of it, if oneDNN does the product and knows a φ by the name `fused`.

    On a CPU oneDNN is twice as fast in float32 as torch's other library, which holds back on some processors; in
    float64 numpy's product is twice as fast.
    """
    if _by_onednn(x):
        form = "none" if fused == "gelu" else ""  # the exact GELU, not the tanh form
        return torch.ops.mkldnn._linear_pointwise(x, weights, biases, fused or "none", [], form)
    if x.device.type != "cpu":
        return torch.nn.functional.linear(x, weights, biases)
    z = torch.from_numpy(x.numpy() @ weights.numpy().T)
    return z if biases is None else z.add_(biases)


def _by_onednn(x: Tensor) -> bool:
    return x.device.type == "cpu" and x.dtype == torch.float32 and torch.backends.mkldnn.is_available()


def forward(cell: Cell, layers: list[Layer[Array]], points: Array) -> Array:
    """Outputs of a batch of networks, (networks, points), at `points` of shape (inputs, points).

    In the precision of points and weights, or of `affine` where they differ. Networks and tiles of points are computed
    one by one: a network's layer is work enough for a core, and the result does not depend on the batch.

    Raises ValueError for layer_norm and norm_gain with a width of 1.
    """
    hidden = hidden_layer(cell, VARIANTS)
    outputs = np.empty((len(layers[0].affine[0]), points.shape[1]), points.dtype)
    together = TILE[points.dtype.type]
    tiles = [slice(start, start + together) for start in range(0, points.shape[1], together)]
    inputs = [torch.from_numpy(np.ascontiguousarray(points[:, tile].T)) for tile in tiles]
    for network in range(len(outputs)):
        body = [_of_network(layer, network, cell.prefactor) for layer in layers[:-1]]
        weights, biases = _of_network(layers[-1], network, 1.0).affine
        for tile, x in zip(tiles, inputs, strict=True):
            last = reduce(hidden, body, x)
            # By numpy, because torch's product with one column rounds by where the weights lie in memory.
            outputs[network, tile] = last.numpy() @ weights.numpy()[0] + biases.numpy()
    return outputs


def _of_network(layer: Layer[Array], network: int, prefactor: float) -> Layer[Tensor]:
    """A network's layer as tensors; α_p (W x + b) = (α_p W) x + α_p b, and the gate has no prefactor."""
    weights, biases = (torch.from_numpy(array[network]) for array in layer.affine)
    if prefactor != 1.0:
        weights, biases = weights * prefactor, biases * prefactor
    gate = layer.gate and (torch.from_numpy(layer.gate[0][network]), torch.from_numpy(layer.gate[1][network, :, 0]))
    return Layer((weights, biases[:, 0]), gate)
