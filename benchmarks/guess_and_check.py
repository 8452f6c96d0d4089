"""Guess and check on one core: how many random networks a second are drawn, evaluated and checked.

    python benchmarks/guess_and_check.py [candidates]

2-32-32-1 networks on 16 points, fresh weights for each, by cross-entropy and squared error at once; beside it
a loop over one nn.Sequential at a time. The two sides alternate in the rounds of one run. Printed: candidates a
second of each (median of the rounds, smallest and largest) and their ratio.
"""

import os

for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
    os.environ[f"{library}_NUM_THREADS"] = "1"

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import numpy as np
import torch
from torch import nn

from neural_redshift.tasks.guess_and_check import draw, guess
from neural_redshift.tasks.parts import architecture

POINTS, ROUNDS, PLAIN = 16, 7, 2000
SETTINGS = {
    "seed": 0,
    "points": [POINTS],
    "test_points": 256,
    "depth": 2,
    "width": 32,
    "accepted": 10**9,
    "unbiased_points": 32,
}


def ours(model: str, candidates: int) -> float:
    settings = SETTINGS | {"model": model, "activation": model, "candidates": candidates}
    start = time.perf_counter()
    guess(architecture(settings, 1.0), settings, 0, draw("half_plane", settings, 0))
    return candidates / (time.perf_counter() - start)


def plain() -> float:
    points, labels = (torch.from_numpy(part) for part in draw("half_plane", SETTINGS, 0).train)
    points = points.T.contiguous()
    start = time.perf_counter()
    fits = 0
    with torch.no_grad():
        for _ in range(PLAIN):
            network = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))
            fits += bool(((network(points)[:, 0] > 0) == (labels > 0.5)).all())
    return PLAIN / (time.perf_counter() - start)


def main() -> None:
    candidates = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    torch.set_num_threads(1)
    for model in ("relu", "sin", "unbiased"):
        ours(model, 1000)
        rates = np.array([(ours(model, candidates), plain()) for _ in range(ROUNDS)])
        ratio = rates[:, 0] / rates[:, 1]
        print(
            f"{model:9s} {np.median(rates[:, 0]):9,.0f} candidates a second "
            f"({rates[:, 0].min():,.0f} to {rates[:, 0].max():,.0f}); one nn.Sequential (relu) at a time "
            f"{np.median(rates[:, 1]):,.0f}; ratio {np.median(ratio):.0f} ({ratio.min():.0f} to {ratio.max():.0f})"
        )


if __name__ == "__main__":
    main()
