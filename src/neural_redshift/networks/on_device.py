"""Random functions on a GPU: networks are drawn as on a CPU, the same bits, then evaluated all at once where they stay.

Layers are batched products over tiles of `TOGETHER` networks and `POINTS` points, so that a function does not depend
on how many others there are or on the memory of the machine. Its values differ from the CPU's by rounding.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch
from torch import Tensor

from neural_redshift.device import InFlight
from neural_redshift.networks import fourier_model, mlp
from neural_redshift.networks.activations import Activation
from neural_redshift.networks.cells import Cell, cells
from neural_redshift.networks.functions import CONSTANT, Functions, chunks, grid
from neural_redshift.networks.mlp import GATE, Layer, Variants
from neural_redshift.networks.sampling import PROBED, ROUNDING, probed
from neural_redshift.tiles import deterministic, free_memory, in_tiles

Array = np.ndarray
TOGETHER = 64  # networks a tile
POINTS = 2**12  # a tile: with 64 channels in float32 a layer of a tile is 64 MB
SHARE = 16  # of the free memory that parameters and outputs may take: the rest is for copies and for what measures hold
MOST = 2**29  # bytes of them, because their words are drawn in the memory of the CPU
Result = TypeVar("Result")


class OnDevice(NamedTuple):
    """`Functions` as tensors: values (networks, *grid) in [0, 1], float32; the others (networks,)."""

    values: Tensor
    minimum: Tensor
    maximum: Tensor
    status: Tensor
    float64: Tensor


def plain(layer: Layer[Tensor], x: Tensor, phi: Activation) -> Tensor:
    """`mlp.plain` of a batch: x (networks, points, in) → (networks, points, out), like all that follow."""
    return phi.function(_affine(x, layer.affine))


def layer_norm(layer: Layer[Tensor], x: Tensor, phi: Activation, gain: float = 1.0) -> Tensor:
    """`mlp.layer_norm` of a batch."""
    weights, biases = layer.affine
    z = _affine(x, (weights - weights.mean(1, keepdim=True), biases - biases.mean(1, keepdim=True)))
    norms = torch.linalg.vector_norm(z, dim=2, keepdim=True)
    return phi.function(z.div_(norms.div_(gain * z.shape[2] ** 0.5)))


def residual(layer: Layer[Tensor], x: Tensor, phi: Activation) -> Tensor:
    """`mlp.residual` of a batch."""
    z = _affine(x, layer.affine)
    return z + phi.function(z.clone())


def skip(layer: Layer[Tensor], x: Tensor, phi: Activation) -> Tensor:
    """`mlp.skip` of a batch."""
    y = plain(layer, x, phi)
    return y.add_(x) if x.shape == y.shape else y


def gated(layer: Layer[Tensor], x: Tensor, phi: Activation) -> Tensor:
    """`mlp.gated` of a batch."""
    assert layer.gate is not None
    return plain(layer, x, phi).mul_(GATE.function(_affine(x, layer.gate)))


VARIANTS: Variants = {
    "plain": plain,
    "layer_norm": layer_norm,
    "norm_gain": layer_norm,
    "residual": residual,
    "skip": skip,
    "gated": gated,
}


def forward(cell: Cell, layers: list[Layer[Array]], points: Array, place: torch.device) -> Tensor:
    """`mlp.forward` on a device: outputs (networks, points) there, in the precision of the points.

    Raises ValueError for layer_norm and norm_gain with a width of 1.
    """
    hidden = mlp.hidden_layer(cell, VARIANTS)
    x = torch.from_numpy(np.ascontiguousarray(points.T)).to(place)
    parts = []
    for size, body, (weights, biases) in _tiles_of_networks(cell, layers, place):
        outputs = []
        for _, tile in in_tiles(x, PROBED if len(x) <= PROBED else POINTS):
            last = reduce(hidden, body, tile.expand(TOGETHER, -1, -1))
            # A sum, because a product with one column rounds by where the weights lie in memory.
            outputs.append((last * weights).sum(2) + biases)
        parts.append(torch.cat(outputs, dim=1)[:size, : len(x)])
    return torch.cat(parts)


def evaluate(cell: Cell, layers: list[Layer[Array]], points: Array, place: torch.device) -> tuple[Tensor, Tensor]:
    """`sampling.evaluate` on a device, which computes in float64 what a CPU computes in mixed precision."""
    float64 = ~exact_in_float32(cell, layers, points, place)
    found = forward(cell, layers, points.astype(np.float32), place).double()
    float64 |= ~found.isfinite().all(1)
    if float64.any():
        found[float64] = forward(cell, mlp.chosen(layers, float64.cpu().numpy(), np.float64), points, place)
    return found, float64


def exact_in_float32(cell: Cell, layers: list[Layer[Array]], points: Array, place: torch.device) -> Tensor:
    """Of which networks float32 is enough, as `sampling.cheapest` decides it."""
    probe = points[:, probed(points.shape[1])]
    exact = forward(cell, mlp.chosen(layers, slice(None), np.float64), probe, place)
    error = (forward(cell, layers, probe.astype(np.float32), place) - exact).std(1, correction=0)
    last_place = torch.finfo(torch.float32).eps / 2 * exact.abs().amax(1)
    return torch.maximum(error, last_place) <= ROUNDING * (exact.amax(1) - exact.amin(1))


def scale(outputs: Tensor, float64: Tensor) -> OnDevice:
    """`functions.scale` on a device."""
    flat = outputs.flatten(1)
    finite = (flat.amax(1) - flat.amin(1)).isfinite()
    flat = flat.where(finite[:, None], 0)
    minimum, maximum = flat.amin(1), flat.amax(1)
    constant = maximum - minimum <= CONSTANT * torch.maximum(minimum.abs(), maximum.abs())
    values = (flat - minimum[:, None]) / (maximum - minimum).where(~constant, 1)[:, None]
    values = values.where(~constant[:, None], 0)
    status = torch.where(finite, constant.byte(), 2).byte()
    minimum, maximum = minimum.where(finite, torch.nan), maximum.where(finite, torch.nan)
    return OnDevice(values.float().view_as(outputs), minimum, maximum, status, float64)


def sample(cell: Cell, seed: int, networks: Array, grid_points: int, place: torch.device) -> OnDevice:
    """`sampling.sample` on a device, where the functions stay."""
    with deterministic():
        if cell.variant == "unbiased":
            drawn = fourier_model.draw(seed, cell.weight_magnitude, networks, grid_points, cell.inputs)
            outputs = torch.cat([_transformed(tile)[:size] for size, tile in in_tiles(_there(drawn, place), TOGETHER)])
            float64 = torch.ones(len(networks), dtype=torch.bool, device=place)
        else:
            layers = mlp.draw(cell, seed, networks)
            outputs, float64 = evaluate(cell, layers, grid(grid_points, cell.inputs, np.float64), place)
        return scale(outputs.reshape(len(networks), *[grid_points] * cell.inputs), float64)


def batches(
    cell: Cell,
    seed: int,
    networks: int,
    grid_points: int,
    place: torch.device,
    work: Callable[[OnDevice], Result],
    flight: InFlight | None = None,
) -> Iterator[Result]:
    """What `work` makes of networks 0, 1, … of a cell, as many at once as fit; half as many where memory runs out."""
    numbers = grid_points**cell.inputs + mlp.parameter_count(cell)
    flight = flight or InFlight()

    def run(piece: Sequence[int]) -> Result:
        return work(sample(cell, seed, np.array(piece), grid_points, place))

    for chosen in chunks(networks, numbers, min(MOST, free_memory(place) // SHARE)):
        yield from flight.run(chosen.tolist(), run)


def sample_study(settings: Mapping[str, Any], place: torch.device) -> Iterator[tuple[int, Functions]]:
    """`sampling.sample_study` on a device; functions come back in the memory of the CPU."""
    flight, row = InFlight(), 0
    seed, networks, points = (settings[name] for name in ("seed", "networks", "grid_points"))
    for cell in cells(settings):
        for found in batches(cell, seed, networks, points, place, _back, flight):
            yield row, found
            row += len(found.status)


def _affine(x: Tensor, parameters: tuple[Tensor, Tensor]) -> Tensor:
    """x Wᵀ + b of a batch: x (networks, points, in), W (networks, out, in), b (networks, out)."""
    weights, biases = parameters
    return torch.baddbmm(biases[:, None], x, weights.mT)


def _tiles_of_networks(
    cell: Cell, layers: list[Layer[Array]], place: torch.device
) -> Iterator[tuple[int, list[Layer[Tensor]], tuple[Tensor, Tensor]]]:
    """Of each tile: how many networks it has, its hidden layers, and the output's weights (…, 1, in), biases (…, 1)."""
    for start in range(0, len(layers[0].affine[0]), TOGETHER):

        def tile(pair: tuple[Array, Array], prefactor: float = 1.0, first: int = start) -> tuple[Tensor, Tensor]:
            parts = (_there(array[first : first + TOGETHER], place) * prefactor for array in pair)
            weights, biases = (next(in_tiles(part, TOGETHER))[1] for part in parts)
            return weights, biases[..., 0]

        body = [Layer(tile(layer.affine, cell.prefactor), layer.gate and tile(layer.gate)) for layer in layers[:-1]]
        yield len(layers[0].affine[0][start : start + TOGETHER]), body, tile(layers[-1].affine)


def _transformed(coefficients: Tensor) -> Tensor:
    """`fourier_model.forward` on a device."""
    return torch.fft.ifftn(coefficients, dim=tuple(range(1, coefficients.ndim)), norm="forward").real


def _back(found: OnDevice) -> Functions:
    return Functions(*(part.cpu().numpy() for part in found))


def _there(array: Array, place: torch.device) -> Tensor:
    return torch.from_numpy(array).to(place)
