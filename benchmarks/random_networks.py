"""Random networks, with fresh weights for each: sampled and evaluated, alone and together with their measures."""

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from benchmarks import frame, limits, peers
from benchmarks.frame import Case, Side
from neural_redshift.complexity.chebyshev import chebyshev
from neural_redshift.complexity.fourier import fourier
from neural_redshift.complexity.lempel_ziv import lempel_ziv
from neural_redshift.device import device
from neural_redshift.networks import mlp
from neural_redshift.networks.cells import Cell
from neural_redshift.networks.functions import chunks, grid, scale
from neural_redshift.networks.sampling import evaluate, sample

Array = np.ndarray
MEASURES = (fourier, chebyshev, lempel_ziv)

ABOUT = frame.Description(
    title="Random networks",
    item="networks",
    text="Fresh Glorot-uniform weights, biases U(−1, 1): functions alone, and with Fourier, Chebyshev and LZ78. The "
    "peers: a loop over one `nn.Sequential` a network, `torch.func.vmap` and JAX's `jit(vmap)` over all "
    "networks at once, all of them with numpy's FFT, a pseudo-inverse computed once, and the package "
    "`lempel_ziv_complexity`. Ours goes beyond float32 where rounding is not small beside the range of a network's "
    "output, which no peer does; *in float32 alone* says what that costs. The limit is the time of the "
    "matrix products and of the activations; on several cores ours runs a process a core, as the pipeline does, which "
    "may beat that limit: it is of operations that share all cores, and these wait for each other.",
    packages=("jax", "lempel_ziv_complexity"),
    cores=(1, os.cpu_count() or 1),
    rounds=4,
)


class Size(NamedTuple):
    """Networks of a size; how many of ours a core samples in a round, and how many of a peer."""

    width: int
    depth: int
    points: int
    ours: int
    peer: int

    def __str__(self) -> str:
        return f"width {self.width}, depth {self.depth}, {self.points} × {self.points} points"


SIZES = (Size(64, 4, 64, 100, 50), Size(256, 8, 128, 4, 2))
QUICK = (Size(8, 2, 16, 3, 2),)


def functions(cell: Cell, points: int, networks: Array, precision: str = "automatic") -> Array:
    """Our functions (networks, points, points), some at a time."""
    numbers = points**2 + 2 * mlp.parameter_count(cell)
    parts = [sample(cell, 0, networks[part], points, precision).values for part in chunks(len(networks), numbers)]
    return np.concatenate(parts)


def measured(functions: Array) -> Array:
    """Our measures of functions: (networks, 3)."""
    return np.stack([measure(functions) for measure in MEASURES], axis=1)


def functions_and_measures(cell: Cell, points: int, networks: Array) -> Array:
    """Our measures of networks: (networks, 3)."""
    return measured(functions(cell, points, networks))


def on_cores(work: Callable[[Cell, int, Array], Array], pool: Executor | None, cores: int) -> Callable[..., Array]:
    """The same work, its networks dealt to the processes of a pool, as Snakemake deals jobs to cores."""
    if pool is None:
        return work

    def run(cell: Cell, points: int, networks: Array) -> Array:
        return np.concatenate(list(pool.map(partial(work, cell, points), np.array_split(networks, cores))))

    return run


def one_thread() -> None:
    """In a process of the pool: a job has one core."""
    torch.set_num_threads(1)
    threadpool_limits(1)


def by_peer(peer: peers.Peer, cell: Cell, points: int, networks: int, with_measures: bool, number: int) -> Array:
    """A peer's functions, or its measures of them."""
    outputs = peer.evaluate(cell, peer.draw(cell, number, networks), grid(points, cell.inputs))
    found = outputs.reshape(networks, points, points)
    return peers.measured(found) if with_measures else found


def cell_of(size: Size, activation: str) -> Cell:
    """Glorot-uniform weights, biases U(−1, 1)."""
    return Cell("plain", activation, "glorot", size.depth, size.width, 1.0, 1.0)


def flop(cell: Cell, points: int) -> int:
    """Multiplications and additions of a network's matrix products."""
    return 2 * points**2 * sum(rows * columns for rows, columns in mlp.shapes(cell)[::2])


def stages(cell: Cell, size: Size) -> list[Side]:
    """Ours in parts: weights, evaluation and scaling, measures; each on what the one before made."""
    networks, points = np.arange(size.ours), grid(size.points, cell.inputs, np.float64)
    layers = mlp.draw(cell, 0, networks)

    def outputs(_: int = 0) -> Any:
        values, float64 = evaluate(cell, layers, points)
        return scale(values.reshape(-1, size.points, size.points), float64)

    values = outputs().values
    works = {
        "weights": lambda number: mlp.draw(cell, 0, networks + number * len(networks)),
        "evaluation": outputs,
        "measures": lambda _: measured(values),
    }
    return [Side(name, "stage", size.ours, work) for name, work in works.items()]


def case(size: Size, activation: str, with_measures: bool, cores: int, pool: Executor | None) -> Case:
    """Ours, the peers that are installed, parts of ours (on one core) and limits."""
    cell = cell_of(size, activation)
    count = size.ours * cores

    def side(name: str, kind: str, work: Callable[[Cell, int, Array], Array]) -> Side:
        spread = on_cores(work, pool, cores)
        return Side(name, kind, count, lambda number: spread(cell, size.points, number * count + np.arange(count)))

    sides = [side("ours", "ours", functions_and_measures if with_measures else functions)]
    if not with_measures:
        sides.append(side("ours in float32 alone", "peer", partial(functions, precision="float32")))
    for name, peer in peers.PEERS.items():
        packages = [peers.PACKAGES.get(name, "torch")] + ["lempel_ziv_complexity"] * with_measures
        if all(map(frame.installed, packages)):
            sides.append(
                Side(name, "peer", size.peer, partial(by_peer, peer, cell, size.points, size.peer, with_measures))
            )
    if with_measures and pool is None:
        sides += stages(cell, size)
    sides.append(limits.gemm(flop(cell, size.points)))
    sides.append(limits.activation(activation, cell.depth * cell.width * size.points**2))
    sides.append(limits.memory("machine"))
    return Case(f"{activation}, {size}, {'with measures' if with_measures else 'functions'}", sides)


def check(cell: Cell, points: int) -> None:
    """The peers find our outputs with our weights, and our measures of our functions.

    Raises SystemExit where they do not.
    """
    layers, where = mlp.draw(cell, 0, np.arange(3)), grid(points, cell.inputs)
    outputs, _ = evaluate(cell, layers, where.astype(np.float64))
    for name, peer in peers.PEERS.items():
        if frame.installed(peers.PACKAGES.get(name, "torch")):
            frame.agree(f"{name}, {cell}", outputs, peer.evaluate(cell, peer.take(cell, layers), where))
    if frame.installed("lempel_ziv_complexity"):
        values = scale(outputs.reshape(-1, points, points), np.zeros(3, bool)).values
        frame.agree(f"measures, {cell}", measured(values), peers.measured(values))


def rows(quick: bool, cores: int, rounds: int) -> Iterator[frame.Row]:
    """Rows of raw times, case by case."""
    pool = ProcessPoolExecutor(cores, multiprocessing.get_context("spawn"), one_thread) if cores > 1 else None
    for size in QUICK if quick else SIZES:
        for activation in ("relu",) if quick else peers.MODULES:
            check(cell_of(size, activation), 32)
            for with_measures in (False, True):
                compared = case(size, activation, with_measures, cores, pool)
                yield from frame.interleave(compared, rounds, finish=frame.synchronize(device()))
    if pool:
        pool.shutdown()
