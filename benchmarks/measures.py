"""Measures of functions: ours, a batch at once, against one function after the other."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np

from benchmarks import frame, peers
from benchmarks.frame import Case, Side
from neural_redshift.complexity.measuring import load
from neural_redshift.networks.cells import Cell
from neural_redshift.networks.sampling import sample

Array = np.ndarray

ABOUT = frame.Description(
    title="Measures",
    item="functions",
    text="Each measure on functions of tanh networks on a 64 × 64 grid, one core: ours takes a batch, the peer one "
    "function after the other: numpy's FFT, scipy's DCT, a pseudo-inverse computed once, and the packages "
    "`lempel_ziv_complexity` (LZ78) and `antropy` (LZ76).",
    packages=("lempel_ziv_complexity", "antropy"),
    rounds=7,
)


class Peer(NamedTuple):
    """What others take for a measure of one function (points, points), and the package that it needs."""

    name: str
    measure: Callable[[Array], float]
    package: str = "numpy"


PEERS = {
    "fourier": Peer("numpy or scipy", peers.fourier),
    "cosine": Peer("numpy or scipy", peers.cosine),
    "chebyshev": Peer("numpy or scipy", peers.chebyshev),
    "lempel_ziv": Peer("lempel_ziv_complexity", peers.lempel_ziv, "lempel_ziv_complexity"),
    "lempel_ziv_76": Peer("antropy", peers.lempel_ziv_76, "antropy"),
}


def one_by_one(measure: Callable[[Array], float], functions: Array, _: int = 0) -> Array:
    """A measure of functions (networks, points, points), by a loop: (networks,)."""
    return np.array([measure(function) for function in functions])


def rows(quick: bool, cores: int, rounds: int) -> Iterator[frame.Row]:
    """Rows of raw times, measure by measure."""
    points, ours, theirs = (32, 4, 2) if quick else (64, 200, 50)
    functions = sample(Cell("plain", "tanh", "glorot", 4, 64, 1.0, 1.0), 0, np.arange(ours), points).values
    for name, peer in PEERS.items():
        measure = load(name)
        if frame.installed(peer.package):
            frame.agree(name, measure(functions[:2]), one_by_one(peer.measure, functions[:2]), 1e-3)
        sides = [Side("ours", "ours", ours, lambda _, measure=measure: measure(functions))]
        if frame.installed(peer.package):
            sides.append(Side(peer.name, "peer", theirs, partial(one_by_one, peer.measure, functions[:theirs])))
        yield from frame.interleave(Case(name, sides), rounds)
