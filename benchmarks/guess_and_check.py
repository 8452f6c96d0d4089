"""Guess and check: how many random networks a second are drawn, evaluated and checked."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks import frame, peers
from benchmarks.frame import Case, Side
from neural_redshift.networks import mlp
from neural_redshift.networks.cells import Cell
from neural_redshift.tasks.guess_and_check import Data, draw, guess
from neural_redshift.tasks.parts import architecture

POINTS = 16
SETTINGS: dict[str, Any] = {
    "seed": 0,
    "points": [POINTS],
    "test_points": 256,
    "depth": 2,
    "width": 32,
    "accepted": 10**9,
    "loss_bounds": {"cross_entropy": [10.0], "mse": [10.0]},  # a bin that takes every network that fits
    "unbiased_points": 32,
}

ABOUT = frame.Description(
    title="Guess and check",
    item="candidates",
    text="Random 2-32-32-1 networks tried on 16 points, both losses at once, one core, against a loop over one "
    "`nn.Sequential` at a time (for the unbiased model: a ReLU network).",
    rounds=7,
)


def settings_of(model: str, candidates: int) -> dict[str, Any]:
    """Settings of a task's part, as the configuration has them."""
    return SETTINGS | {"model": model, "activation": model, "candidates": candidates}


def ours(settings: Mapping[str, Any], data: Data, number: int) -> int:
    """How many of the candidates of a split fit."""
    found = guess(architecture(settings, 1.0), settings, number, data)
    return len(found[POINTS, "mse"][0].losses)


def cell_of(model: str) -> Cell:
    """What the loop draws: for the unbiased model ReLU networks."""
    return architecture(settings_of("relu" if model == "unbiased" else model, 1), 1.0)


def loop(cell: Cell, data: Data, candidates: int, number: int) -> int:
    """How many of so many networks of torch's fit, one after the other."""
    torch.manual_seed(number)
    return count_fitting(cell, (peers.sequential(cell) for _ in range(candidates)), data)


def count_fitting(cell: Cell, networks: Iterable[nn.Sequential], data: Data) -> int:
    """How many have every training point on its side of 0."""
    points, labels = data.train
    outputs = peers.evaluate_loop(cell, networks, points)
    return int(((outputs > 0) == (labels > 0.5)).all(axis=1).sum())


def check(model: str, candidates: int) -> None:
    """As many of our networks fit by our count as by that of the loop.

    Raises SystemExit where they do not.
    """
    settings, cell = settings_of(model, candidates), cell_of(model)
    data = draw("half_plane", settings, 0)
    networks = peers.take_loop(cell, mlp.draw(cell, settings["seed"], np.arange(candidates)))
    frame.agree(model, np.array([ours(settings, data, 0)]), np.array([count_fitting(cell, networks, data)]), 0)


def rows(quick: bool, cores: int, rounds: int) -> Iterator[frame.Row]:
    """Rows of raw times, model by model."""
    candidates, plain = (500, 10) if quick else (100_000, 1000)
    data = draw("half_plane", SETTINGS, 0)
    for model in ("relu", "sin"):
        check(model, candidates=300 if quick else 2000)
    for model in ("relu", "sin", "unbiased"):
        sides = [
            Side("ours", "ours", candidates, partial(ours, settings_of(model, candidates), data)),
            Side("loop of nn.Sequential", "peer", plain, partial(loop, cell_of(model), data, plain)),
        ]
        yield from frame.interleave(Case(model, sides), rounds)
