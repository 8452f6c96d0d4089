"""Random networks as others would sample them: a plain loop, torch.func.vmap, JAX; measures by numpy and a package.

A `Peer` draws networks by its own generator, takes ours in its own form, and evaluates them: so tests can hold its
outputs to ours.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.polynomial.chebyshev import chebvander
from scipy import fft
from torch import Tensor, nn

from neural_redshift.device import device
from neural_redshift.networks.cells import Cell
from neural_redshift.networks.mlp import Layer
from neural_redshift.networks.priors import glorot

Array = np.ndarray
DEGREE, LEVELS = 15, 10


class Peer(NamedTuple):
    """How to draw networks (cell, seed, how many), to take ours (cell, layers), to evaluate (cell, networks, points).

    points: (inputs, points) → outputs (networks, points).
    """

    draw: Callable[[Cell, int, int], Any]
    take: Callable[[Cell, Sequence[Layer[Array]]], Any]
    evaluate: Callable[[Cell, Any, Array], Array]


class Sin(nn.Module):
    """Sine as a module."""

    def forward(self, x: Tensor) -> Tensor:
        """sin(x), elementwise."""
        return x.sin()


MODULES: dict[str, Callable[[], nn.Module]] = {"relu": nn.ReLU, "gelu": nn.GELU, "tanh": nn.Tanh, "sin": Sin}


def sequential(cell: Cell) -> nn.Sequential:
    """A network of a plain cell with torch's own initial weights."""
    modules: list[nn.Module] = []
    for inputs, outputs in pairwise([cell.inputs] + [cell.width] * cell.depth):
        modules += [nn.Linear(inputs, outputs), MODULES[cell.activation]()]
    return nn.Sequential(*modules, nn.Linear(cell.width, 1)).to(device())


def set_weights(network: nn.Sequential, layers: Sequence[Layer[Array]], number: int) -> nn.Sequential:
    """The same network with the weights of one of ours."""
    linear = [module for module in network if isinstance(module, nn.Linear)]
    with torch.no_grad():
        for module, layer in zip(linear, layers, strict=True):
            module.weight.copy_(torch.from_numpy(layer.affine[0][number]))
            module.bias.copy_(torch.from_numpy(layer.affine[1][number, :, 0]))
    return network


def draw_loop(cell: Cell, seed: int, networks: int) -> list[nn.Sequential]:
    """One nn.Sequential a network: Glorot-uniform weights, biases U(−1, 1)."""
    torch.manual_seed(seed)
    found = [sequential(cell) for _ in range(networks)]
    for network in found:
        for module in network:
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.uniform_(module.bias, -1, 1)
    return found


def take_loop(cell: Cell, layers: Sequence[Layer[Array]]) -> list[nn.Sequential]:
    """One nn.Sequential for each of our networks."""
    return [set_weights(sequential(cell), layers, number) for number in range(len(layers[0].affine[0]))]


def evaluate_loop(cell: Cell, networks: Iterable[nn.Sequential], points: Array) -> Array:
    """Evaluate one after the other."""
    x = torch.from_numpy(points.T.copy()).to(device())
    with torch.no_grad():
        return np.stack([network(x)[:, 0].cpu().numpy() for network in networks])


def draw_vmap(cell: Cell, seed: int, networks: int) -> dict[str, Tensor]:
    """Parameters of all networks as `torch.func.stack_module_state` has them, drawn at once."""
    torch.manual_seed(seed)
    found = {}
    for name, value in sequential(cell).named_parameters():
        bound = glorot(value.shape[1], value.shape[0]) if value.ndim == 2 else 1.0
        found[name] = torch.empty(networks, *value.shape, device=value.device).uniform_(-bound, bound)
    return found


def take_vmap(cell: Cell, layers: Sequence[Layer[Array]]) -> dict[str, Tensor]:
    """Our networks stacked."""
    parameters, _ = torch.func.stack_module_state(take_loop(cell, layers))  # type: ignore[arg-type]
    return {name: value.detach() for name, value in parameters.items()}


def evaluate_vmap(cell: Cell, parameters: dict[str, Tensor], points: Array) -> Array:
    """torch.func.vmap over functional calls of one nn.Sequential."""
    network, x = sequential(cell), torch.from_numpy(points.T.copy()).to(device())
    with torch.no_grad():
        call = torch.func.vmap(partial(torch.func.functional_call, network), in_dims=(0, None))
        return call(parameters, (x,))[:, :, 0].cpu().numpy()


def draw_jax(cell: Cell, seed: int, networks: int) -> Any:
    """Weights and biases of all networks, drawn at once and compiled."""
    import jax

    return _jax_functions(cell)[0](jax.random.key(seed), networks)


def take_jax(cell: Cell, layers: Sequence[Layer[Array]]) -> Any:
    """Our networks as JAX's arrays."""
    import jax.numpy as jnp

    return [(jnp.asarray(layer.affine[0]), jnp.asarray(layer.affine[1][:, :, 0])) for layer in layers]


def evaluate_jax(cell: Cell, parameters: Any, points: Array) -> Array:
    """jit(vmap(network))."""
    return np.asarray(_jax_functions(cell)[1](parameters, points.T))


@cache
def _jax_functions(cell: Cell) -> tuple[Callable[..., Any], Callable[..., Any]]:
    import jax
    import jax.numpy as jnp

    exact_gelu = partial(jax.nn.gelu, approximate=False)
    phi = {"relu": jax.nn.relu, "gelu": exact_gelu, "tanh": jnp.tanh, "sin": jnp.sin}[cell.activation]
    sizes = list(pairwise([cell.inputs] + [cell.width] * cell.depth + [1]))

    @partial(jax.jit, static_argnums=1)
    def draw(key: Any, networks: int) -> Any:
        found = []
        for (inputs, outputs), layer_key in zip(sizes, jax.random.split(key, len(sizes)), strict=True):
            one, other = jax.random.split(layer_key)
            bound = glorot(inputs, outputs)
            weights = jax.random.uniform(one, (networks, outputs, inputs), minval=-bound, maxval=bound)
            found.append((weights, jax.random.uniform(other, (networks, outputs), minval=-1, maxval=1)))
        return found

    def network(parameters: Any, x: Any) -> Any:
        for weights, biases in parameters[:-1]:
            x = phi(x @ weights.T + biases)
        weights, biases = parameters[-1]
        return (x @ weights.T + biases)[:, 0]

    return draw, jax.jit(jax.vmap(network, in_axes=(0, None)))


PEERS = {
    "loop of nn.Sequential": Peer(draw_loop, take_loop, evaluate_loop),
    "torch.func.vmap": Peer(draw_vmap, take_vmap, evaluate_vmap),
    "JAX jit(vmap)": Peer(draw_jax, take_jax, evaluate_jax),
}
PACKAGES = {"JAX jit(vmap)": "jax"}


def fourier(function: Array) -> float:
    """Mean frequency by numpy's full FFT of one function (points, points)."""
    radius = _radius(len(function), periodic=True)
    spectrum = np.abs(np.fft.fft2(function))
    spectrum[0, 0] = 0
    return float((spectrum * radius).sum() / spectrum.sum() / radius.max())


def cosine(function: Array) -> float:
    """Mean frequency by scipy's DCT of one function."""
    radius = _radius(len(function), periodic=False)
    spectrum = np.abs(fft.dctn(function, norm="ortho"))
    spectrum[0, 0] = 0
    return float((spectrum * radius).sum() / spectrum.sum() / radius.max())


@cache
def _radius(points: int, periodic: bool) -> Array:
    axis = np.fft.fftfreq(points, 1 / points) if periodic else np.arange(points)
    return np.hypot(*np.meshgrid(axis, axis, indexing="ij"))


def chebyshev(function: Array) -> float:
    """Mean order by the pseudo-inverse of the whole basis, computed once."""
    inverse, order = _chebyshev_fit(len(function))
    sizes = np.abs(inverse @ function.ravel())
    sizes[0] = 0
    return float((sizes * order).sum() / sizes.sum())


@cache
def _chebyshev_fit(points: int) -> tuple[Array, Array]:
    axis = chebvander(np.linspace(-1, 1, points), DEGREE)
    basis = np.einsum("ai,bj->abij", axis, axis).reshape(points**2, -1)
    order = np.add.outer(np.arange(DEGREE + 1), np.arange(DEGREE + 1)).ravel()
    return np.linalg.pinv(basis).astype(np.float32), order


def levels(function: Array) -> Array:
    """A function cut into ten levels, as a sequence."""
    low, high = function.min(), function.max()
    return np.minimum(((function - low) / (high - low) * LEVELS).astype(int), LEVELS - 1).ravel()


def lempel_ziv(function: Array) -> float:
    """LZ78 phrases by the package lempel_ziv_complexity; it counts an unfinished last phrase no second time."""
    from lempel_ziv_complexity import lempel_ziv_complexity

    return float(lempel_ziv_complexity("".join(map(str, levels(function)))))


def lempel_ziv_76(function: Array) -> float:
    """Dingle's K by antropy: log₂ n times the mean of the words forwards and backwards."""
    from antropy import lziv_complexity

    sequence = levels(function)
    return float(np.log2(sequence.size) * (lziv_complexity(sequence) + lziv_complexity(sequence[::-1])) / 2)


def measured(functions: Array) -> Array:
    """Fourier, Chebyshev and LZ78 of functions (networks, points, points), one after the other: (networks, 3)."""
    return np.array([[fourier(each), chebyshev(each), lempel_ziv(each)] for each in functions])
