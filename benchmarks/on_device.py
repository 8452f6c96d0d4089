"""Random networks drawn, evaluated and measured, and networks trained, on a GPU, against one core of the CPU.

    python benchmarks/on_device.py [networks] [lempel_ziv_76]

Networks of width 64 and depth 4 on a 64 x 64 grid, every measure of the tables (and one that is quadratic on a GPU, if
named). Functions stay on the device, which NEURAL_REDSHIFT_DEVICE names. Printed: microseconds a network of each side
(median of the interleaved rounds, smallest and largest), with and without deterministic algorithms; and the largest
difference of each measure, of a network and of the mean over networks. Then the same of 20 steps of training.
"""

import os

for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
    os.environ[f"{library}_NUM_THREADS"] = "1"

import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from unittest import mock

import numpy as np
import torch

from neural_redshift import training
from neural_redshift.complexity import measuring, on_device
from neural_redshift.device import VARIABLE, device
from neural_redshift.networks import mlp
from neural_redshift.networks import on_device as networks_on_device
from neural_redshift.networks.cells import Cell
from neural_redshift.networks.functions import chunks
from neural_redshift.networks.sampling import sample
from neural_redshift.schemas import MEASURES

DEPTH, WIDTH, POINTS, ROUNDS = 4, 64, 64, 5
Found = dict[str, np.ndarray]


def on_cpu(cell: Cell, networks: int, names: list[str]) -> Found:
    parts: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for chosen in chunks(networks, POINTS**2):
        functions = sample(cell, 0, chosen, POINTS)
        for name in names:
            values = np.asarray(measuring.load(name)(functions.values), float)
            parts[name].append(np.where(functions.status == 0, values, np.nan))
    return {name: np.concatenate(values) for name, values in parts.items()}


def on_the_device(cell: Cell, networks: int, names: list[str], place: torch.device) -> Found:
    return on_device.measure_cell(cell, 0, networks, POINTS, {name: on_device.load(name) for name in names}, place)


def in_any_order(*arguments: object) -> Found:
    off = mock.Mock(side_effect=lambda on=True: nullcontext())
    with (
        mock.patch.object(on_device, "deterministic", off),
        mock.patch.object(networks_on_device, "deterministic", off),
    ):
        return on_the_device(*arguments)


def microseconds(run: Callable[[], Found], networks: int) -> tuple[float, Found]:
    start = time.perf_counter()
    found = run()  # it ends with values in the memory of the CPU
    return (time.perf_counter() - start) / networks * 1e6, found


def take_turns(what: str, sides: dict[str, Callable[[], Found]], networks: int) -> None:
    times: dict[str, list[float]] = {side: [] for side in sides}
    values: dict[str, Found] = {}
    for _ in range(ROUNDS + 1):
        for side, run in sides.items():
            taken, values[side] = microseconds(run, networks)
            times[side].append(taken)
    for side, (_, *taken) in times.items():  # the first round compiles and plans
        print(f"{what}, {side}: {np.median(taken):.0f} us ({min(taken):.0f} to {max(taken):.0f})")
    for name, theirs in values["one core"].items():
        ours = values["device"][name]
        each, mean = np.nanmax(np.abs(ours - theirs)), abs(np.nanmean(ours) - np.nanmean(theirs))
        print(f"  {name}: differs by at most {each:.2g}, in the mean by {mean:.2g} of {np.nanmean(theirs):.4g}")


def train_networks(cell: Cell, networks: int) -> Found:
    layers = mlp.draw(cell, 0, np.arange(networks))
    inputs = np.random.default_rng(0).uniform(-1, 1, (networks, 2, 256)).astype(np.float32)
    trained = training.train(cell, layers, inputs, np.sin(inputs.sum(axis=1)), training.Recipe("mse", 1e-3, 20))
    return {"loss": trained.loss}


def training_on_cpu(cell: Cell, networks: int) -> Found:
    with mock.patch.dict(os.environ, {VARIABLE: "cpu"}):
        return train_networks(cell, networks)


def training_in_any_order(cell: Cell, networks: int) -> Found:
    with mock.patch.object(training, "deterministic_on", return_value=nullcontext()):
        return train_networks(cell, networks)


def main() -> None:
    torch.set_num_threads(1)
    networks = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    names, place = [*MEASURES, *sys.argv[2:]], device(float64=True)
    about = torch.cuda.get_device_name(place) if place.type == "cuda" else "torch on the CPU"
    print(f"{about}, torch {torch.__version__}, {networks} networks a round")
    for activation in ("relu", "tanh"):
        cell = Cell("plain", activation, "glorot", DEPTH, WIDTH, 1.0, 1.0)
        about, few = (cell, networks, names), max(networks // 40, 1)
        sides = {
            "one core": partial(on_cpu, *about),
            "device": partial(on_the_device, *about, place),
            "any order": partial(in_any_order, *about, place),
        }
        take_turns(activation, sides, networks)
        sides = {
            "one core": partial(training_on_cpu, cell, few),
            "device": partial(train_networks, cell, few),
            "any order": partial(training_in_any_order, cell, few),
        }
        take_turns(f"{activation}, trained", sides, few)


if __name__ == "__main__":
    main()
