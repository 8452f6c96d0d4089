"""What the machine can do at best: products of matrices, activations, reading memory."""

import time
from collections.abc import Callable
from functools import cache, partial

import numpy as np
import torch

from benchmarks.frame import Side, synchronize
from neural_redshift.device import device
from neural_redshift.networks.activations import ACTIVATIONS

SIZE, SIZE_ON_GPU = 1024, 8192  # of a matrix
ELEMENTS, ELEMENTS_ON_GPU = 2**16, 2**26  # on a CPU a quarter of a megabyte, which a core's cache holds
BYTES = 2**29  # more than any cache


def gemm(flop: float) -> Side:
    """Products of large float32 matrices, by the fastest library; `flop` are those of an item."""
    size = SIZE if device().type == "cpu" else SIZE_ON_GPU
    amount = 2 * size**3
    return Side("float32 GEMM", "limit", amount / flop, _product(size), amount, "FLOP")


@cache
def _product(size: int) -> Callable[[int], object]:
    left, right = torch.rand(2, size, size, device=device())
    ways: list[Callable[[int], object]] = [lambda _: left @ right]
    if left.device.type == "cpu":
        one, other = left.numpy(), right.numpy()
        ways.append(lambda _: one @ other)
        if torch.backends.mkldnn.is_available():
            ways.append(lambda _: torch.ops.mkldnn._linear_pointwise(left, right, None, "none", [], ""))
    return fastest(ways)


def activation(name: str, elements: float) -> Side:
    """An activation on what the cache holds, as fast as ours or torch has it; `elements` are those of an item."""
    repeats, size = (16, ELEMENTS) if device().type == "cpu" else (1, ELEMENTS_ON_GPU)
    return Side(name, "limit", repeats * size / elements, _activation(name, repeats, size), repeats * size, "elements")


@cache
def _activation(name: str, repeats: int, size: int) -> Callable[[int], object]:
    values = torch.randn(size, device=device())
    room = torch.empty_like(values)

    def repeated(once: Callable[[], object]) -> Callable[[int], object]:
        def work(_: int) -> None:
            for _ in range(repeats):
                once()

        return work

    of_torch = {
        "relu": partial(torch.clamp, values, min=0, out=room),
        "gelu": partial(torch.ops.aten.gelu.out, values, out=room),
        "tanh": partial(torch.tanh, values, out=room),
        "sin": partial(torch.sin, values, out=room),
    }
    ways = [of_torch[name]]
    if values.device.type == "cpu":
        array, out = values.numpy(), room.numpy()
        if hasattr(np, name):
            ways.append(partial(getattr(np, name), array, out=out))
        fused = ACTIVATIONS[name].fused
        if fused and torch.backends.mkldnn.is_available():  # of products with one term, which cost next to nothing
            form, column, row = ("none" if fused == "gelu" else ""), values[: size // 64, None], values[:64, None]
            ways.append(lambda: torch.ops.mkldnn._linear_pointwise(column, row, None, fused, [], form))
    return fastest([repeated(way) for way in ways])


def memory(kind: str, bytes_each: float = 1.0) -> Side:
    """Reading memory in its order; `bytes_each` are those of an item."""
    return Side("memory read", kind, BYTES / bytes_each, _read(), BYTES, "B")


@cache
def _read() -> Callable[[int], object]:
    ballast = torch.ones(BYTES // 4, device=device())
    ways: list[Callable[[int], object]] = [lambda _: ballast.sum()]
    if ballast.device.type == "cpu":
        array = ballast.numpy()
        ways += [lambda _: np.dot(array, array), lambda _: ballast.max()]
    return fastest(ways)


def fastest(ways: list[Callable[[int], object]]) -> Callable[[int], object]:
    """The way that takes the least time, in the better of two trials after a first one."""

    finish = synchronize(device())

    def seconds(way: Callable[[int], object]) -> float:
        trials = []
        for trial in range(3):
            start = time.perf_counter()
            way(trial)
            finish()
            trials.append(time.perf_counter() - start)
        return min(trials[1:])

    return min(ways, key=seconds)
