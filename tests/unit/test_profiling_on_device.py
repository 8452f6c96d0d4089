"""The instrument on a GPU: the numbers of the CPU up to rounding, and the CPU where a module knows no other."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from neural_redshift import device
from neural_redshift.instrument import Report, measure, profile
from neural_redshift.profiling import evaluation, measuring, profiles
from neural_redshift.profiling.measuring import ALL
from pretended import PRETENDED

GPUS = [PRETENDED, pytest.param(torch.device("cuda"), marks=pytest.mark.gpu)]
TOLERANCE, PHRASES = 1e-3, 8  # from the weights on, as in test_on_device.py


class Perceptron(nn.Module):
    def __init__(self, depth: int = 2, inputs: int = 2):
        super().__init__()
        sizes = zip([inputs] + [16] * (depth - 1), [16] * depth, strict=True)
        self.layers = nn.ModuleList(nn.Linear(*size) for size in sizes)
        self.last = nn.Linear(16, 2)

    def forward(self, x):
        for layer in self.layers:
            x = torch.tanh(layer(x))
        return self.last(x)


class Branching(Perceptron):
    """It is evaluated one by one."""

    def forward(self, x):
        return super().forward(x) if self.last.weight.sum() > 0 else -super().forward(x)


class Convolution(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.GELU(), nn.Flatten(), nn.Linear(8 * 25, 1))

    def forward(self, x):
        return self.layers(x)


class Offset(Perceptron):
    """Of a range so small that float32 would round it away."""

    def forward(self, x):
        return super().forward(x) * 1e-3 + 1


class Accelerated(Perceptron):
    """It says something else on a GPU."""

    def forward(self, x):
        return super().forward(x) * (1.01 if torch.are_deterministic_algorithms_enabled() else 1)


def softly(z: torch.Tensor) -> torch.Tensor:
    return z / (1 + z.abs())


def profiled(monkeypatch: pytest.MonkeyPatch, place: Any, what: Any, *inputs: Any, **how: Any) -> Report:
    for module in (profiles, measuring):
        monkeypatch.setattr(module, "gpu", lambda: place)
    return profile(what, *inputs, **({"networks": 3, "grid_points": 32, "paths": 2, "slices": 2} | how))


def assert_same(found: Report, expected: Report) -> None:
    for ours, theirs in ((found.table, expected.table), (found.outputs, expected.outputs)):
        numbers = [name for name in ours if name.removesuffix("_calibrated") in ALL]
        assert ours.drop(columns=numbers).equals(theirs.drop(columns=numbers))
        for name in numbers:
            slack = PHRASES if name == "lempel_ziv" else TOLERANCE
            np.testing.assert_allclose(ours[name], theirs[name], rtol=TOLERANCE, atol=slack)


def named(value: Any) -> str:
    return getattr(value, "__name__", str(value))


CASES: list[tuple[Any, Any, dict[str, Any]]] = [
    (Perceptron, 2, {"depths": [1, 3], "weight_magnitudes": [1.0, 2.0]}),
    (Perceptron, 5, {"inputs": 5}),
    (Perceptron, 2, {"prior": "glorot"}),
    (Branching, 2, {}),
    (Convolution, (3, 5, 5), {}),
    (Offset, 2, {}),
    ("sin", 2, {"weight_magnitudes": [0.5, 2.0]}),
    ("relu", 4, {"variant": "layer_norm", "width": 8}),
    (softly, 2, {"variant": "gated", "width": 8}),
]


@pytest.mark.parametrize("place", GPUS, ids=str)
@pytest.mark.parametrize(("what", "inputs", "how"), CASES, ids=named)
def test_networks_are_profiled_on_a_gpu_with_the_numbers_of_the_cpu(monkeypatch, place, what, inputs, how):
    how = dict(how)
    arguments = (inputs,)
    build: Any = what
    if how.pop("inputs", None):
        build = lambda: Perceptron(inputs=5)  # noqa: E731
        how["name"] = "wide"
    expected = profiled(monkeypatch, None, build, *arguments, **how)
    found = profiled(monkeypatch, place, build, *arguments, **how)
    assert_same(found, expected)
    [notes] = found.notes.values()
    assert any(f"on {place}" in note for note in notes)
    assert not any("CPU:" in note for note in notes)


@pytest.mark.parametrize(
    ("what", "place", "reason"),
    [
        (Perceptron, torch.device("meta"), "on a GPU it fails, NotImplementedError: Cannot copy out of meta tensor"),
        ("relu", torch.device("meta"), "on a GPU it fails, NotImplementedError: Cannot copy out of meta tensor"),
        (Accelerated, PRETENDED, "on a GPU its values differ by 0.0"),
    ],
    ids=named,
)
def test_what_fails_on_a_gpu_or_differs_stays_on_the_cpu_to_the_bit_and_the_report_says_why(
    monkeypatch, what, place, reason
):
    expected = profiled(monkeypatch, None, what)
    monkeypatch.setattr(profiles, "gpu", lambda: place)
    found = profile(what, networks=3, grid_points=32, paths=2, slices=2)
    assert found.table.equals(expected.table)
    [notes] = found.notes.values()
    [note] = [note for note in notes if "CPU" in note]
    assert note.startswith(f"Networks stay on the CPU: {reason}")


def test_where_memory_runs_out_half_as_many_networks_go_on(monkeypatch, capsys):
    device._say.cache_clear()
    expected = profiled(monkeypatch, None, Perceptron, networks=9)
    whole: Callable[..., torch.Tensor] = evaluation.vmapped
    tried = []

    def small(models, points):
        tried.append(len(models))
        if len(models) > 4:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return whole(models, points)

    monkeypatch.setattr(evaluation, "vmapped", small)
    found = profiled(monkeypatch, PRETENDED, Perceptron, networks=9)
    assert_same(found, expected)
    assert tried.count(9) == 1
    assert capsys.readouterr().err.count("memory has run out") == 1


@pytest.mark.parametrize("place", GPUS, ids=str)
def test_arrays_are_measured_on_a_gpu(monkeypatch, place):
    values = np.random.default_rng(0).normal(size=(4, 32, 32))
    expected = measure(values, batch=True)
    monkeypatch.setattr(measuring, "gpu", lambda: place)
    assert_same(measure(values, batch=True), expected)
