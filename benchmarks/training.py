"""Trained networks: ensembles of ours against one model at a time and against torch.func."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks import frame, limits, peers
from benchmarks.frame import Case, Side
from neural_redshift.device import device
from neural_redshift.networks import mlp
from neural_redshift.networks.cells import Cell
from neural_redshift.tasks.targets import centred, lattice, modulo, shuffled
from neural_redshift.training import Recipe, train

Array = np.ndarray
SIDE, DEPTH, LEARNING_RATE = 16, 3, 1e-3
LOOP = 2  # models of the loop
MODEL_STEPS = 1000  # that a side takes in a round

ABOUT = frame.Description(
    title="Training",
    item="model steps",
    text="Modulo addition on half of the 16 × 16 lattice (128 points), 3 hidden layers, full-batch Adam on the "
    "cross-entropy, one core. An item is one step of one model. The loop trains one `nn.Sequential` after the "
    "other with `torch.optim.Adam`; `torch.func` trains as many models as ours at once, by `vmap(grad)` and the "
    "same optimizer. The limit is the time of the matrix products, forwards and backwards.",
    rounds=3,
)


class Problem(NamedTuple):
    """Weights at the start, inputs (models, 2, points), targets (models, points)."""

    layers: list[mlp.Layer[Array]]
    inputs: Array
    targets: Array


def cell_of(activation: str, width: int) -> Cell:
    """Glorot-uniform weights, biases U(−1, 1)."""
    return Cell("plain", activation, "glorot", DEPTH, width, 1.0, 1.0)


def problem(cell: Cell, models: int) -> Problem:
    """Each model with its own half of the lattice."""
    numbers = lattice(SIDE)
    chosen = shuffled("split", 0, np.arange(models), SIDE**2)[:, : SIDE**2 // 2]
    inputs = centred(numbers, SIDE)[:, chosen].transpose(1, 0, 2)
    return Problem(mlp.draw(cell, 0, np.arange(models)), inputs, modulo(numbers, 7)[chosen])


def ours(cell: Cell, data: Problem, steps: int, _: int = 0) -> list[Array]:
    """Weights and biases of each layer after training, each with the models as its first axis."""
    trained = train(cell, *data, Recipe("cross_entropy", LEARNING_RATE, steps))
    return [array for layer in trained.layers for array in layer.affine]


def loop(cell: Cell, data: Problem, steps: int, _: int = 0) -> list[Array]:
    """The same by one nn.Sequential after the other."""
    found = []
    inputs, targets = _tensors(data)
    for network, x, y in zip(peers.take_loop(cell, data.layers), inputs, targets, strict=True):
        optimizer, criterion = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE), nn.BCEWithLogitsLoss()
        for _ in range(steps):
            optimizer.zero_grad()
            criterion(network(x), y).backward()
            optimizer.step()
        found.append([parameter.detach().cpu().numpy() for parameter in network.parameters()])
    return [np.stack(arrays) for arrays in zip(*found, strict=True)]


def by_torch_func(cell: Cell, data: Problem, steps: int, _: int = 0) -> list[Array]:
    """The same by torch.func: stacked parameters, vmap of grad."""
    network, parameters = peers.sequential(cell), peers.take_vmap(cell, data.layers)
    inputs, targets = _tensors(data)

    def loss(parameters: dict[str, Tensor], x: Tensor, y: Tensor) -> Tensor:
        outputs = torch.func.functional_call(network, parameters, (x,))
        return nn.functional.binary_cross_entropy_with_logits(outputs, y)

    slopes = torch.func.vmap(torch.func.grad(loss))
    optimizer = torch.optim.Adam(parameters.values(), lr=LEARNING_RATE)
    for _ in range(steps):
        for name, slope in slopes(parameters, inputs, targets).items():
            parameters[name].grad = slope
        optimizer.step()
    return [value.cpu().numpy() for value in parameters.values()]


def _tensors(data: Problem) -> tuple[Tensor, Tensor]:
    """Inputs (models, points, 2) and targets (models, points, 1)."""
    inputs = torch.from_numpy(data.inputs.transpose(0, 2, 1).astype(np.float32)).to(device())
    return inputs, torch.from_numpy(data.targets.astype(np.float32))[:, :, None].to(device())


def check(cell: Cell, steps: int = 100) -> None:
    """All sides end at the same weights, within a hundredth of the largest.

    Raises SystemExit where they do not.
    """
    data = problem(cell, 2)
    found = ours(cell, data, steps)
    for name, peer in {"loop of nn.Sequential": loop, "torch.func": by_torch_func}.items():
        for one, other in zip(found, peer(cell, data, steps), strict=True):
            frame.agree(f"{name}, {cell}", one.reshape(other.shape), other, 1e-2)


def flop(cell: Cell) -> int:
    """Multiplications and additions of the matrix products of one step: forwards, slopes of weights and of inputs."""
    sizes = [rows * columns for rows, columns in mlp.shapes(cell)[::2]]
    return 2 * SIDE**2 // 2 * (3 * sum(sizes) - sizes[0])


def case(activation: str, width: int, models: int, budget: int) -> Case:
    """Ours and both peers; each takes about `budget` steps of a model in a round, and 5 steps at least."""
    cell = cell_of(activation, width)
    data, few = problem(cell, models), problem(cell, LOOP)
    steps, loop_steps = max(5, budget // models), max(5, budget // 10)

    def side(name: str, kind: str, work: Callable[..., object], data: Problem, steps: int) -> Side:
        return Side(name, kind, len(data.targets) * steps, partial(work, cell, data, steps))

    sides = [
        side("ours", "ours", ours, data, steps),
        side("loop of nn.Sequential", "peer", loop, few, loop_steps),
        side("torch.func", "peer", by_torch_func, data, steps),
        limits.gemm(flop(cell)),
    ]
    return Case(f"{activation}, width {width}, {models:,} model{'s' * (models > 1)}", sides)


def rows(quick: bool, cores: int, rounds: int) -> Iterator[frame.Row]:
    """Rows of raw times, case by case."""
    widths, ensembles = ((8,), (1, 3)) if quick else ((32, 64, 128), (1, 10, 100, 1000))
    for activation in ("relu", "tanh"):
        for width in widths:
            check(cell_of(activation, width))
            for models in ensembles:
                compared = case(activation, width, models, 10 if quick else MODEL_STEPS)
                yield from frame.interleave(compared, rounds, finish=frame.synchronize(device()))
