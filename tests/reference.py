"""Plain, slow versions of what the package computes, written from the formulas and not from its code."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from neural_redshift.networks import mlp
from neural_redshift.networks.cells import Cell

Array = np.ndarray

ACTIVATIONS = {
    "relu": F.relu,
    "gelu": lambda z: z * (1 + torch.erf(z / math.sqrt(2))) / 2,
    "swish": F.silu,
    "selu": F.selu,
    "tanh": torch.tanh,
    "gaussian": lambda z: torch.exp(-(z**2)),
    "gaussian_half": lambda z: torch.exp(-(z**2) / 2),
    "sin": torch.sin,
    "sigmoid": torch.sigmoid,
}


class HiddenLayer(nn.Module):
    """One hidden layer of one network, in the words of the paper."""

    def __init__(self, cell: Cell, layer: mlp.Layer, network: int):
        super().__init__()
        self.cell, self.phi = cell, ACTIVATIONS[cell.activation]
        self.affine = linear(layer.affine, network)
        self.gate = linear(layer.gate, network) if layer.gate else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        z = self.cell.prefactor * self.affine(x)
        match self.cell.variant:
            case "plain":
                return self.phi(z)
            case "layer_norm":
                return self.phi(F.layer_norm(z, z.shape[-1:], eps=0.0))
            case "norm_gain":
                gain = torch.full(z.shape[-1:], self.cell.weight_magnitude, dtype=z.dtype)
                return self.phi(F.layer_norm(z, z.shape[-1:], gain, eps=0.0))
            case "residual":
                return z + self.phi(z)
            case "skip":
                return x + self.phi(z) if x.shape == z.shape else self.phi(z)
            case "gated":
                return self.phi(z) * torch.sigmoid(self.gate(x))
        raise ValueError(self.cell.variant)


def linear(affine: tuple[Array, Array], network: int) -> nn.Linear:
    weights, biases = (torch.from_numpy(array[network]) for array in affine)
    module = nn.Linear(weights.shape[1], weights.shape[0], dtype=weights.dtype)
    module.weight = nn.Parameter(weights)
    module.bias = nn.Parameter(biases[:, 0])
    return module


def evaluate(cell: Cell, layers: list[mlp.Layer], points: Array) -> Array:
    """Outputs of the networks one by one, (networks, points), at points (inputs, points)."""
    outputs = []
    for network in range(len(layers[0].affine[0])):
        hidden = [HiddenLayer(cell, layer, network) for layer in layers[:-1]]
        module = nn.Sequential(*hidden, linear(layers[-1].affine, network))
        with torch.no_grad():
            outputs.append(module(torch.from_numpy(points.T.copy()))[:, 0].numpy())
    return np.stack(outputs)


def changed(layers: list[mlp.Layer], change) -> list[mlp.Layer]:
    """Layers with (weights, biases) of layer l replaced by change(l, weights, biases), in the gates too."""
    return [
        mlp.Layer(*(pair and tuple(change(number, *pair)) for pair in layer))
        for number, layer in enumerate(layers, start=1)
    ]


def in_float64(layers: list[mlp.Layer]) -> list[mlp.Layer]:
    return changed(layers, lambda _, weights, biases: (weights.astype(np.float64), biases.astype(np.float64)))


def philox(counter: list[int], key: list[int]) -> list[int]:
    """Philox4x32-10 of Salmon et al. 2011, in whole numbers."""
    (x0, x1, x2, x3), (k0, k1) = counter, key
    for _ in range(10):
        high0, low0 = divmod(0xD2511F53 * x0, 2**32)
        high1, low1 = divmod(0xCD9E8D57 * x2, 2**32)
        x0, x1, x2, x3 = high1 ^ x1 ^ k0, low1, high0 ^ x3 ^ k1, low0
        k0, k1 = (k0 + 0x9E3779B9) % 2**32, (k1 + 0xBB67AE85) % 2**32
    return [x0, x1, x2, x3]


def lempel_ziv_76_words(text: str) -> int:
    """Words of the exhaustive history: each the shortest that does not stand in all that precedes its last symbol."""
    words = start = 0
    while start < len(text):
        length = 1
        while start + length <= len(text) and text[start : start + length] in text[: start + length - 1]:
            length += 1
        words, start = words + 1, start + length
    return words


def fourier_authors(function: Array) -> float:
    """The radial average of the authors' code for one function (N, M), coefficient by coefficient."""
    rows, columns = function.shape
    spectrum = np.abs(np.fft.fft2(function - function.mean()))
    by_radius: dict[int, float] = {}
    for k in range(rows // 2 + 1):
        for m in range(columns // 2 + 1):
            if (k, m) != (0, 0):
                radius = round(math.hypot(k, m))
                by_radius[radius] = by_radius.get(radius, 0.0) + spectrum[k, m]
    mean = sum(r * s for r, s in by_radius.items()) / sum(by_radius.values())
    return mean / max(by_radius)


def train(cell: Cell, layers: list[mlp.Layer], network: int, inputs: Array, targets: Array, recipe) -> list[mlp.Layer]:
    """One network after `recipe.steps` steps of torch, as an ensemble of one.

    From inputs (inputs, points) and targets (points,), in the precision of the layers.
    """
    alone = changed(layers, lambda _, weights, biases: (weights[[network]], biases[[network]]))  # copies
    hidden = [HiddenLayer(cell, layer, 0) for layer in alone[:-1]]
    last = linear(alone[-1].affine, 0)
    module = nn.Sequential(*hidden, last)
    x, y = (torch.from_numpy(array).to(last.weight.dtype) for array in (inputs.T.copy(), targets.copy()))
    criterion = {"cross_entropy": nn.BCEWithLogitsLoss, "mse": nn.MSELoss}[recipe.loss]()
    rates = [recipe.learning_rate * recipe.hidden_factor] * len(hidden) + [recipe.learning_rate]
    groups = [{"params": list(layer.parameters()), "lr": rate} for layer, rate in zip(module, rates, strict=True)]
    optimizer = {"adam": torch.optim.Adam, "gradient_descent": torch.optim.SGD}[recipe.optimizer](groups)
    for _ in range(recipe.steps):
        optimizer.zero_grad()
        criterion(module(x)[:, 0], y).backward()
        optimizer.step()
    affines = [layer.affine for layer in hidden] + [last]
    return [mlp.Layer((a.weight.detach().numpy()[None], a.bias.detach().numpy()[None, :, None])) for a in affines]


def gpt2_scores(architecture, weights: dict[str, torch.Tensor], gains: tuple[float, float], tokens: Array, mean: float):
    """Scores of the next token after each of `tokens`, of one GPT-2 from its matrices: (tokens, vocabulary).

    `mean` is what a centred activation is less by.
    """
    a, phi = architecture, ACTIVATIONS[architecture.activation]
    if a.activation == "gelu":
        phi = lambda z: F.gelu(z, approximate="tanh")  # noqa: E731
    inner, final = gains

    def norm(x, gain, here=True):
        return gain * F.layer_norm(x, x.shape[-1:], eps=1e-5) if here else gain * x

    x = weights["wte"][torch.from_numpy(np.asarray(tokens, np.int64))] + weights["wpe"][: len(tokens)]
    causal = torch.ones(len(tokens), len(tokens)).tril().bool()
    for layer in range(a.depth):
        attention, out, up, down = (
            weights.get(f"h.{layer}.{name}") for name in ("attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj")
        )
        if a.ablation != "no_attention":
            q, k, v = (norm(x, inner, a.ablation != "no_norm") @ attention.T).chunk(3, dim=1)
            q, k, v = (side.unflatten(1, (a.heads, -1)).transpose(0, 1) for side in (q, k, v))
            scores = (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(~causal, -torch.inf)
            y = (scores.softmax(-1) @ v).transpose(0, 1).flatten(1) @ out.T
            x = y if a.ablation == "no_residual" else x + y
        if a.ablation != "no_mlp":
            y = (phi(norm(x, inner, a.ablation != "no_norm") @ up.T) - mean) @ down.T
            x = y if a.ablation == "no_residual" else x + y
    return norm(x, final) @ weights["lm_head"].T


def completed(lazy, number: int, rng: np.random.Generator) -> torch.Tensor:
    """The whole matrix of a model of `LazyMatrices`: what was drawn, and the missing directions drawn here."""
    q = lazy.directions()[number].numpy()
    images = lazy.images[number, : lazy.asked].numpy().astype(float)
    rest = rng.normal(0, lazy.drawn.scale, (images.shape[1], q.shape[1]))
    whole = images.T @ q + rest - (rest @ q.T) @ q
    if hasattr(lazy, "rows"):
        for token, row in zip(lazy.tokens[number], lazy.rows[number], strict=True):
            whole[int(token)] = row
    return torch.from_numpy(whole.astype(np.float32))
