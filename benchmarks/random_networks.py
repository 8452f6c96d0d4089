"""Random networks on one core: ours against the script that one would write, interleaved in one run.

    python benchmarks/random_networks.py [networks]

1,000 networks of width 64 and depth 4 on a 64 x 64 grid, fresh weights, Fourier, Chebyshev and LZ78.
The plain script builds one nn.Sequential a network, and takes numpy's FFT, a pseudo-inverse computed
once, and the lempel_ziv_complexity package. Printed: seconds for each side (median of the rounds,
smallest and largest) and the ratio of the two, round by round.
"""

import os

for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
    os.environ[f"{library}_NUM_THREADS"] = "1"

import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import numpy as np
import torch
from lempel_ziv_complexity import lempel_ziv_complexity
from numpy.polynomial.chebyshev import chebvander
from torch import nn

from neural_redshift.complexity.chebyshev import chebyshev
from neural_redshift.complexity.fourier import fourier
from neural_redshift.complexity.lempel_ziv import lempel_ziv
from neural_redshift.networks.cells import Cell
from neural_redshift.networks.functions import chunks, grid
from neural_redshift.networks.sampling import sample

DEPTH, WIDTH, POINTS, ROUNDS = 4, 64, 64, 10
MODULES = {"relu": nn.ReLU, "gelu": nn.GELU, "tanh": nn.Tanh}


def ours(activation: str, networks: int, first: int) -> list[np.ndarray]:
    cell = Cell("plain", activation, "glorot", DEPTH, WIDTH, 1.0, 1.0)
    measures: tuple[Callable, ...] = (fourier, chebyshev, lempel_ziv)
    values = [sample(cell, 0, first + chunk, POINTS).values for chunk in chunks(networks, POINTS**2)]
    return [np.concatenate([measure(part) for part in values]) for measure in measures]


def plain_script() -> Callable[[str, int, int], list[list[float]]]:
    frequencies = np.fft.fftfreq(POINTS, 1 / POINTS)
    radius = np.hypot(*np.meshgrid(frequencies, frequencies, indexing="ij"))
    axis = chebvander(np.linspace(-1, 1, POINTS), 15)
    inverse = np.linalg.pinv(np.einsum("ai,bj->abij", axis, axis).reshape(POINTS**2, -1))
    order = np.add.outer(np.arange(16), np.arange(16)).ravel()
    points = torch.from_numpy(grid(POINTS, 2).T.copy())

    def run(activation: str, networks: int, first: int) -> list[list[float]]:
        torch.manual_seed(first)
        found: list[list[float]] = [[], [], []]
        for _ in range(networks):
            layers: list[nn.Module] = []
            for inputs in [2] + [WIDTH] * (DEPTH - 1):
                layers += [nn.Linear(inputs, WIDTH), MODULES[activation]()]
            network = nn.Sequential(*layers, nn.Linear(WIDTH, 1))
            for module in network.modules():
                if isinstance(module, nn.Linear):
                    nn.init.xavier_uniform_(module.weight)
                    nn.init.uniform_(module.bias, -1, 1)
            with torch.no_grad():
                function = network(points).numpy().reshape(POINTS, POINTS)
            spectrum = np.abs(np.fft.fft2(function))
            spectrum[0, 0] = 0
            found[0].append((spectrum * radius).sum() / spectrum.sum() / radius.max())
            sizes = np.abs(inverse @ function.ravel())
            sizes[0] = 0
            found[1].append((sizes * order).sum() / sizes.sum())
            low, high = function.min(), function.max()
            levels = np.minimum(((function - low) / (high - low) * 10).astype(int), 9)
            found[2].append(lempel_ziv_complexity("".join(map(str, levels.ravel()))))
        return found

    return run


def seconds(run: Callable, *arguments: object) -> tuple[float, list[float]]:
    start = time.perf_counter()
    found = run(*arguments)
    return time.perf_counter() - start, [float(np.mean(values)) for values in found]


def main() -> None:
    torch.set_num_threads(1)
    networks = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    each, plain = networks // ROUNDS, plain_script()
    for activation in MODULES:
        ours(activation, 2, 0), plain(activation, 2, 0)
        pairs = [
            (seconds(plain, activation, each, i * each), seconds(ours, activation, each, i * each))
            for i in range(ROUNDS)
        ]
        theirs, mine = (np.array([pair[side][0] for pair in pairs]) / each * 1e3 for side in (0, 1))
        ratio = theirs / mine
        means = [np.mean([pair[side][1] for pair in pairs], axis=0).round(3).tolist() for side in (0, 1)]
        print(f"{activation}: {np.median(ratio):.2f} times as fast ({ratio.min():.2f} to {ratio.max():.2f})")
        for name, times, mean in zip(("plain script", "ours"), (theirs, mine), means, strict=True):
            spread = f"{np.median(times):.2f} ms a network ({times.min():.2f} to {times.max():.2f})"
            print(f"  {name:12} {spread}; mean measures {mean}")


if __name__ == "__main__":
    main()
