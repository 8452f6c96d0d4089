"""Untrained GPT-2s that continue a prompt greedily, many at once.

The architecture and the default distribution of weights of Radford et al. 2019 as the `transformers` library has
them: every matrix and embedding N(0, .02²), but N(0, .02²/2L) for the projections onto the residual stream of
L blocks; biases 0. LayerNorms have a gain γ, the LayerNorm scale, and offset 0.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import pi, sqrt
from typing import NamedTuple

import numpy as np
import torch
from numba import njit
from torch import Tensor

from neural_redshift.networks.activations import ACTIVATIONS, by_numpy
from neural_redshift.networks.gaussian_matrices import Drawn, LazyMatrices, Space, TiedHead, WholeMatrix
from neural_redshift.networks.slopes import logistic
from neural_redshift.seeds import seed_for
from neural_redshift.tiles import free_memory

Array = np.ndarray
Map = Callable[[Tensor], Tensor]  # (sequences, in) → (sequences, out)
INITIALIZER = 0.02
EPSILON = 1e-5  # of LayerNorm
ABLATIONS = ("none", "no_attention", "no_residual", "no_norm", "no_mlp")


class Architecture(NamedTuple):
    """A GPT-2: its activation, depth and sizes; how its head reads; what is changed or taken away.

    `centred`: the activation less its mean over the pre-activations at the start. `ablation`: blocks without their
    attention, residual connections, norms (their gain stays) or MLP; none.
    """

    activation: str = "gelu"
    depth: int = 12
    width: int = 768
    heads: int = 12
    vocabulary: int = 50257
    positions: int = 1024
    head: str = "tied"
    centred: bool = False
    ablation: str = "none"

    def residual_scale(self) -> float:
        """Standard deviation of the projections onto the residual stream."""
        return INITIALIZER / sqrt(2 * max(self.depth, 1))


def matrices(architecture: Architecture) -> dict[str, tuple[int, int, float]]:
    """Rows, columns and standard deviation of the matrices of a block, by the names that `transformers` gives them."""
    width, residual = architecture.width, architecture.residual_scale()
    return {
        "attn.c_attn": (3 * width, width, INITIALIZER),
        "attn.c_proj": (width, width, residual),
        "mlp.c_fc": (4 * width, width, INITIALIZER),
        "mlp.c_proj": (width, 4 * width, residual),
    }


class Weights(NamedTuple):
    """What a GPT-2 is made of: embeddings of tokens and positions, matrices of blocks, scores of tokens."""

    embed: Map
    position: Callable[[int], Tensor]
    blocks: Sequence[Mapping[str, Map]]
    head: Map


class Spaces(NamedTuple):
    """Room for sequences that grow: of the matrices of each block, of the head, of keys and values."""

    blocks: list[dict[str, Space]]
    head: Space
    cache: Tensor  # (blocks, 2, sequences, heads, tokens, channels of a head)

    @classmethod
    def make(cls, architecture: Architecture, sequences: int, tokens: int, place: torch.device) -> "Spaces":
        """Room for so many sequences to grow by `tokens`.

        Raises OSError, before anything is taken, where there is less memory than they need.
        """
        a, needed = architecture, bytes_needed(architecture, tokens)
        _fits(sequences * needed, free_memory(place), f"{sequences} sequences of {tokens} tokens", a)
        spaces = {
            name: Space.make((a.depth, sequences, tokens), rows, columns, place)
            for name, (rows, columns, _) in matrices(a).items()
        }
        blocks = [dict(zip(spaces, layer, strict=True)) for layer in zip(*spaces.values(), strict=True)]
        (head,) = Space.make((1, sequences, tokens), a.vocabulary, a.width, place)
        return cls(blocks, head, make_cache(a, sequences, tokens, place))


def make_cache(architecture: Architecture, sequences: int, tokens: int, place: torch.device) -> Tensor:
    """Room for keys and values."""
    a = architecture
    return torch.empty(a.depth, 2, sequences, a.heads, tokens, a.width // a.heads, device=place)


def lazy_weights(architecture: Architecture, keys: Sequence[int], networks: Sequence[int], spaces: Spaces) -> Weights:
    """Weights of one model a sequence, drawn where they are asked for (`gaussian_matrices`).

    Model i is number `networks[i]` under `keys[i]`.
    """
    place = spaces.cache.device

    def drawn(name: str, scale: float) -> Drawn:
        return Drawn([seed_for("gpt2", key=key, matrix=name) for key in keys], networks, scale, place)

    width = architecture.width
    rows, places = drawn("wte", INITIALIZER), drawn("wpe", INITIALIZER)
    blocks = [
        {
            name: LazyMatrices(drawn(f"h.{layer}.{name}", scale), space[name])
            for name, (_, _, scale) in matrices(architecture).items()
        }
        for layer, space in enumerate(spaces.blocks)
    ]
    if architecture.head == "tied":
        tied = TiedHead(drawn("lm_head", INITIALIZER), rows, spaces.head)
        embed: Map = tied.embed
        head: Map = tied
    else:
        embed = partial(_rows, rows, width)
        head = LazyMatrices(drawn("lm_head", INITIALIZER), spaces.head)
    return Weights(embed, lambda number: places.row(np.full(len(keys), number), width), blocks, head)


def _rows(drawn: Drawn, width: int, numbers: Tensor) -> Tensor:
    return drawn.row(numbers.cpu().numpy(), width)


def whole_weights(architecture: Architecture, key: int, network: int, place: torch.device) -> Weights:
    """Weights of one model that all sequences share, drawn whole.

    Raises OSError, before anything is drawn, where there is less memory than they need.
    """
    _fits(whole_bytes(architecture), free_memory(place), "a whole model", architecture)

    def draw(name: str, rows: int, columns: int, scale: float) -> WholeMatrix:
        return WholeMatrix.draw(Drawn([seed_for("gpt2", key=key, matrix=name)], [network], scale, place), rows, columns)

    width = architecture.width
    embedding = draw("wte", architecture.vocabulary, width, INITIALIZER)
    positions = draw("wpe", architecture.positions, width, INITIALIZER)
    blocks = [
        {
            name: draw(f"h.{layer}.{name}", out, inputs, scale)
            for name, (out, inputs, scale) in matrices(architecture).items()
        }
        for layer in range(architecture.depth)
    ]
    tied = architecture.head == "tied"
    head = embedding if tied else draw("lm_head", architecture.vocabulary, width, INITIALIZER)
    return Weights(embedding.embed, lambda number: positions.values[number], blocks, head)


class Norms(NamedTuple):
    """Gains of the norms inside the blocks, and of the final one, each (sequences,)."""

    inner: Array
    final: Array


class Decoder:
    """Sequences that grow token by token, with the keys and values of what they are so far."""

    def __init__(self, architecture: Architecture, weights: Weights, norms: Norms, cache: Tensor):
        a, place = architecture, cache.device
        if cache.shape[4] > a.positions:
            raise ValueError(f"{cache.shape[4]} tokens found; {a.positions} positions allow as many at most")
        self.architecture, self.weights = a, weights
        self.inner, self.final = (
            torch.from_numpy(np.asarray(gains, np.float32)).to(place)[:, None] for gains in (norms.inner, norms.final)
        )
        self.phi = activation(a.activation)
        spreads = np.asarray(norms.inner, float) * INITIALIZER * sqrt(a.width)
        means = [mean_activation(a.activation, spread) if a.centred else 0.0 for spread in spreads]
        self.mean = torch.tensor(means, dtype=torch.float32, device=place)[:, None]
        self.cache = cache[:, :, : len(norms.inner)]
        self.length = 0

    def step(self, tokens: Tensor) -> Tensor:
        """Append a token to each sequence, (sequences,), and score the next: (sequences, vocabulary)."""
        kept = self.architecture.ablation != "no_residual"
        x = self.weights.embed(tokens) + self.weights.position(self.length)
        for block, cache in zip(self.weights.blocks, self.cache, strict=True):
            if self.architecture.ablation != "no_attention":
                y = self._attention(block, cache, self._norm(x))
                x = x + y if kept else y
            if self.architecture.ablation != "no_mlp":
                y = block["mlp.c_proj"](self.phi(block["mlp.c_fc"](self._norm(x))).sub_(self.mean))
                x = x + y if kept else y
        self.length += 1
        return self.weights.head(_normalised(x) * self.final)

    def _norm(self, x: Tensor) -> Tensor:
        return (x if self.architecture.ablation == "no_norm" else _normalised(x)) * self.inner

    def _attention(self, block: Mapping[str, Map], cache: Tensor, x: Tensor) -> Tensor:
        """Causal attention of the last token to all, head by head, projected."""
        heads, width = self.architecture.heads, x.shape[1]
        q, k, v = block["attn.c_attn"](x).reshape(len(x), 3, heads, width // heads).unbind(1)
        cache[0, :, :, self.length], cache[1, :, :, self.length] = k, v
        mixed = attend(q / sqrt(width // heads), cache[0], cache[1], self.length + 1)
        return block["attn.c_proj"](mixed.reshape(len(x), width))


def attend(q: Tensor, keys: Tensor, values: Tensor, tokens: int) -> Tensor:
    """softmax(q·k) v over the first tokens, for q (sequences, heads, channels): like q.

    keys, values: (sequences, heads, tokens, channels).
    """
    if q.device.type == "cpu":
        mixed = torch.empty(q.shape)
        _attend_on_cpu(q.contiguous().numpy(), keys.numpy(), values.numpy(), tokens, mixed.numpy())
        return mixed
    keys, values = keys[:, :, :tokens], values[:, :, :tokens]
    return (torch.softmax(q[:, :, None] @ keys.mT, dim=-1) @ values)[:, :, 0]


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract"})
def _attend_on_cpu(q: Array, keys: Array, values: Array, tokens: int, mixed: Array) -> None:
    weights = np.empty(tokens, np.float32)
    for sequence in range(q.shape[0]):
        for head in range(q.shape[1]):
            most = np.float32(-np.inf)
            for s in range(tokens):
                product, one, other = np.float32(0), q[sequence, head], keys[sequence, head, s]
                for i in range(one.size):
                    product += one[i] * other[i]
                weights[s], most = product, max(most, product)
            total = np.float32(0)
            for s in range(tokens):
                weights[s] = np.exp(weights[s] - most)
                total += weights[s]
            out = mixed[sequence, head]
            out[:] = 0
            for s in range(tokens):
                share, value = weights[s] / total, values[sequence, head, s]
                for i in range(out.size):
                    out[i] += share * value[i]


def generate(
    architecture: Architecture, weights: Weights, norms: Norms, prompts: Array, tokens: int, cache: Tensor
) -> Array:
    """Prompts (sequences,) and the `tokens` that follow each, always the one of the highest score: int32.

    Raises ValueError where there are fewer positions than tokens, OverflowError where a score is not finite.
    """
    decoder = Decoder(architecture, weights, norms, cache)
    chosen = [torch.from_numpy(np.asarray(prompts, np.int64)).to(cache.device)]
    with torch.inference_mode():
        for _ in range(tokens):
            best, token = decoder.step(chosen[-1]).max(1)
            if not best.isfinite().all():
                gain = max(norms.inner)
                raise OverflowError(f"scores that are not finite found at LayerNorm scale {gain}; take a smaller one")
            chosen.append(token)
    return torch.stack(chosen, dim=1).cpu().numpy().astype(np.int32)


def activation(name: str) -> Map:
    """φ as GPT-2 uses it: GELU in its tanh form, the others as in `activations`; it may overwrite its argument."""
    return {"gelu": _gelu, "swish": lambda z: z * logistic(z)}.get(name) or ACTIVATIONS[name].function


def _gelu(z: Tensor) -> Tensor:
    """½ z (1 + tanh(√(2/π) (z + .044715 z³)))."""
    inner = (z.square().mul_(0.044715).add_(1)).mul_(z).mul_(sqrt(2 / pi))
    return by_numpy(np.tanh, inner).add_(1).mul_(z).mul_(0.5)


def mean_activation(name: str, spread: float) -> float:
    """E φ(z) for z ~ N(0, spread²): the trapezoidal rule on ±10 standard deviations."""
    z = np.linspace(-10, 10, 20001)
    density = np.exp(-(z**2) / 2)
    values = activation(name)(torch.from_numpy(spread * z)).numpy()
    return float(density @ values / density.sum())


def bytes_needed(architecture: Architecture, tokens: int) -> int:
    """Memory of a sequence with lazy weights: questions, images, keys and values, and inverse Cholesky factors."""
    a = architecture
    sides = sum(rows + columns for rows, columns, _ in matrices(a).values())
    heads = a.vocabulary + 2 * a.width
    per_token = 4 * (a.depth * (sides + 2 * a.width) + heads) + 8 * tokens * (4 * a.depth + 1)
    return tokens * per_token + 16 * a.vocabulary


def whole_bytes(architecture: Architecture) -> int:
    """Memory of a model that is drawn whole."""
    a = architecture
    block = sum(rows * columns for rows, columns, _ in matrices(a).values())
    return 4 * (a.width * (a.vocabulary * (1 + (a.head == "untied")) + a.positions) + a.depth * block)


def _fits(needed: int, free: int, what: str, architecture: Architecture) -> None:
    if needed > free:
        a, most = architecture, int(architecture.depth * free / needed)
        size = f"depth {a.depth}, width {a.width}, {a.vocabulary} tokens to choose from"
        fits = f"at that width depth {most} fits" if most else "take a smaller vocabulary or width"
        raise OSError(f"{needed / 1e9:.3g} GB are needed for {what} ({size}), {free / 1e9:.3g} GB are free; {fits}")


def _normalised(x: Tensor) -> Tensor:
    return torch.nn.functional.layer_norm(x, x.shape[-1:], eps=EPSILON)
