"""Untrained GPT-2s on one core: ours against what one would write, interleaved in one run.

    python benchmarks/untrained_transformers.py [rounds]

A sequence is a random prompt and 100 greedy tokens of a GPT-2 with fresh weights, vocabulary 50,257, width 768.
The peer: GPT2LMHeadModel(GPT2Config(n_layer=depth)).generate(…) of the `transformers` library, one sequence a round.
Ours, lazy: weights drawn where they are looked at, 16 sequences a round. Ours, whole: every weight drawn, 1 sequence a
round. Printed: seconds a sequence (median of the rounds, smallest and largest), ratios round by round, the bytes that a
lazy sequence reads, and what share of the machine's memory bandwidth, measured in the same run, that makes.
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

sys.modules["torchvision"] = None  # transformers does without; its wheel does not load beside a CPU build of torch
from transformers import GPT2Config, GPT2LMHeadModel

from neural_redshift.networks import gpt2

TOKENS, TOGETHER, ROUNDS, DEPTHS = 100, 16, 5, (3, 6, 12)
CPU = torch.device("cpu")


def library(depth: int, number: int) -> None:
    """One sequence by the library."""
    model = GPT2LMHeadModel(GPT2Config(n_layer=depth)).eval()
    prompt = torch.tensor([[number]])
    settings = {"max_new_tokens": TOKENS, "min_new_tokens": TOKENS, "do_sample": False, "pad_token_id": 50256}
    with torch.inference_mode():
        model.generate(prompt, attention_mask=torch.ones_like(prompt), **settings)


def lazy(depth: int, number: int, spaces: gpt2.Spaces) -> None:
    """Some sequences, weights drawn where they are looked at."""
    architecture = gpt2.Architecture(depth=depth)
    weights = gpt2.lazy_weights(architecture, [number] * TOGETHER, range(TOGETHER), spaces)
    norms = gpt2.Norms(np.ones(TOGETHER), np.ones(TOGETHER))
    gpt2.generate(architecture, weights, norms, np.arange(TOGETHER), TOKENS, spaces.cache)


def whole(depth: int, number: int) -> None:
    """One sequence, every weight drawn."""
    architecture = gpt2.Architecture(depth=depth)
    weights = gpt2.whole_weights(architecture, number, 0, CPU)
    cache = gpt2.make_cache(architecture, 1, TOKENS, CPU)
    gpt2.generate(architecture, weights, gpt2.Norms(np.ones(1), np.ones(1)), np.zeros(1), TOKENS, cache)


def timed(work: Callable[[], object]) -> float:
    """Seconds that the work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def bytes_read(depth: int) -> float:
    """Bytes of questions, images, keys and values that a lazy sequence reads: half of each, on average, every token."""
    a = gpt2.Architecture(depth=depth)
    sides = sum(rows + columns for rows, columns, _ in gpt2.matrices(a).values())
    return TOKENS * TOKENS / 2 * 4 * (depth * (sides + 2 * a.width) + a.vocabulary + a.width)


def shown(values: list[float], digits: int) -> str:
    """Median, smallest and largest."""
    return f"{np.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def main() -> None:
    """Print a line a depth."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    torch.set_num_threads(1)
    ballast = np.ones(2**28, np.float32)  # 1 GB
    for depth in DEPTHS:
        spaces = gpt2.Spaces.make(gpt2.Architecture(depth=depth), TOGETHER, TOKENS, CPU)
        sides = {
            "library": lambda number, depth=depth: timed(lambda: library(depth, number)),
            "lazy": lambda number, depth=depth, spaces=spaces: timed(lambda: lazy(depth, number, spaces)) / TOGETHER,
            "whole": lambda number, depth=depth: timed(lambda: whole(depth, number)),
            "read": lambda _: timed(lambda: float(ballast @ ballast)),
        }
        for side in sides.values():
            side(0)
        seconds = {name: [] for name in sides}
        for number in range(1, rounds + 1):
            for name, side in sides.items():
                seconds[name].append(side(number))
        ratios = {
            name: [peer / ours for peer, ours in zip(seconds["library"], seconds[name], strict=True)]
            for name in ("lazy", "whole")
        }
        bandwidth = [ballast.nbytes / spent for spent in seconds["read"]]
        share = [bytes_read(depth) / spent / at for spent, at in zip(seconds["lazy"], bandwidth, strict=True)]
        faster = ", ".join(f"{name} {shown(found, 1)}" for name, found in ratios.items())
        print(f"depth {depth}: times as fast as the library: {faster}")
        for name in ("library", "lazy", "whole"):
            print(f"  {name:8}{shown(seconds[name], 3)} s a sequence")
        percent = shown([100 * part for part in share], 0)
        print(f"  lazy reads {bytes_read(depth) / 1e9:.2f} GB a sequence, {percent} % of the bandwidth")
        print(f"  bandwidth {shown([b / 1e9 for b in bandwidth], 1)} GB/s", flush=True)


if __name__ == "__main__":
    main()
