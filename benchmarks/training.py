"""Training on one core: ensembles against one network at a time, interleaved in one run.

    python benchmarks/training.py [rounds]

Modulo addition on half of the 16 x 16 lattice (128 points), 3 hidden layers, full-batch Adam on the
cross-entropy. The plain loop trains one nn.Sequential at a time with torch.optim.Adam as it comes; it is
given 3 models of 150 steps a round, ours 100 models of 40, and both are divided by models x steps. First
both train the same 3 models for 150 steps and their weights are compared. Printed: microseconds for one
step of one model (median of the rounds, smallest and largest), the ratio of the two, round by round, and
what a step costs in ensembles of 10, 100 and 300.
"""

import os

for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
    os.environ[f"{library}_NUM_THREADS"] = "1"
os.environ["NEURAL_REDSHIFT_DEVICE"] = "cpu"

import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import numpy as np
import torch
from torch import nn

from neural_redshift.networks import mlp
from neural_redshift.networks.cells import Cell
from neural_redshift.tasks.targets import centred, lattice, modulo, shuffled
from neural_redshift.training import Recipe, train

SIDE, DEPTH, ROUNDS, LEARNING_RATE = 16, 3, 5, 1e-3
PLAIN = (3, 150)  # models, steps
OURS = {10: 120, 100: 40, 300: 40}  # steps of an ensemble of so many models
MODULES = {"relu": nn.ReLU, "tanh": nn.Tanh}
Data = tuple[list[mlp.Layer], np.ndarray, np.ndarray]


def problem(cell: Cell, models: int) -> Data:
    numbers = lattice(SIDE)
    chosen = shuffled("split", 0, np.arange(models), SIDE**2)[:, : SIDE**2 // 2]
    inputs = centred(numbers, SIDE)[:, chosen].transpose(1, 0, 2)
    return mlp.draw(cell, 0, np.arange(models)), inputs, modulo(numbers, 7)[chosen]


def ours(cell: Cell, data: Data, steps: int) -> list[np.ndarray]:
    trained = train(cell, *data, Recipe("cross_entropy", LEARNING_RATE, steps))
    return [array for layer in trained.layers for array in layer.affine]


def plain_loop(cell: Cell, data: Data, steps: int) -> list[np.ndarray]:
    layers, inputs, targets = data
    found = []
    for model in range(len(targets)):
        modules: list[nn.Module] = []
        for layer in layers:
            weights, biases = (torch.from_numpy(array[model].copy()) for array in layer.affine)
            linear = nn.Linear(weights.shape[1], weights.shape[0])
            linear.weight, linear.bias = nn.Parameter(weights), nn.Parameter(biases[:, 0])
            modules += [linear, MODULES[cell.activation]()]
        network = nn.Sequential(*modules[:-1])
        x, y = torch.from_numpy(inputs[model].T.copy()), torch.from_numpy(targets[model])[:, None]
        optimizer, criterion = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE), nn.BCEWithLogitsLoss()
        for _ in range(steps):
            optimizer.zero_grad()
            criterion(network(x), y).backward()
            optimizer.step()
        found.append([parameter.detach().numpy() for parameter in network.parameters()])
    return [np.stack(arrays) for arrays in zip(*found, strict=True)]


def microseconds(run: Callable, cell: Cell, data: Data, steps: int) -> float:
    """For one step of one model."""
    start = time.perf_counter()
    run(cell, data, steps)
    return (time.perf_counter() - start) / (steps * len(data[1])) * 1e6


def spread(values: np.ndarray, digits: int = 0) -> str:
    return f"{np.median(values):.{digits}f} ({values.min():.{digits}f} to {values.max():.{digits}f})"


def same_weights(cell: Cell) -> str:
    """How far apart the weights of both sides are, and how far training has moved them."""
    models, steps = PLAIN
    data = problem(cell, models)
    mine, theirs = ours(cell, data, steps), plain_loop(cell, data, steps)
    start = [array for layer in data[0] for array in layer.affine]
    apart = max(np.abs(a.ravel() - b.ravel()).max() for a, b in zip(mine, theirs, strict=True))
    moved = max(np.abs(a - b).max() for a, b in zip(mine, start, strict=True))
    if apart > 1e-2 * moved:
        raise SystemExit(f"{cell}: weights differ by {apart} after {steps} steps that moved them by {moved}")
    return f"after {steps} steps weights have moved by {moved:.2f} and differ by {apart:.0e}"


def main() -> None:
    torch.set_num_threads(1)
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    for width in (32, 64):
        for activation in MODULES:
            cell = Cell("plain", activation, "glorot", DEPTH, width, 1.0, 1.0)
            same = same_weights(cell)  # and warms both up
            data = {models: problem(cell, models) for models in (PLAIN[0], *OURS)}
            plain, sizes = [], []
            for _ in range(rounds):
                plain.append(microseconds(plain_loop, cell, data[PLAIN[0]], PLAIN[1]))
                sizes.append([microseconds(ours, cell, data[models], steps) for models, steps in OURS.items()])
            theirs, mine = np.array(plain), dict(zip(OURS, np.array(sizes).T, strict=True))
            print(f"{activation}, width {width}: {spread(theirs / mine[100], 1)} times as fast; {same}")
            print(f"  plain loop   {spread(theirs)} µs for a step of a model")
            for models, times in mine.items():
                print(f"  ours, {models:4}   {spread(times)}")


if __name__ == "__main__":
    main()
