"""Where work is done."""

import subprocess
import sys
from itertools import chain

import numpy as np
import pytest
import torch

from neural_redshift import device as module
from neural_redshift import training
from neural_redshift.device import VARIABLE, InFlight, device, gpu
from neural_redshift.networks.activations import ACTIVATIONS
from neural_redshift.networks.cells import Cell
from neural_redshift.networks.mlp import draw
from neural_redshift.tiles import deterministic
from project import ROOT


@pytest.fixture(autouse=True)
def nothing_said():
    module._say.cache_clear()


def has(monkeypatch, gpus: int = 0, mps: bool = False) -> None:
    """Let the machine have that many GPUs, and Apple's or not."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)


def test_the_environment_names_the_device(monkeypatch):
    monkeypatch.setenv(VARIABLE, "cpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert device() == torch.device("cpu")


@pytest.mark.parametrize("name", [None, ""])
def test_without_a_name_and_a_gpu_it_is_the_cpu(monkeypatch, name):
    monkeypatch.delenv(VARIABLE, raising=False)
    if name is not None:
        monkeypatch.setenv(VARIABLE, name)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert device() == torch.device("cpu")


def test_without_a_name_a_gpu_is_taken(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert device() == torch.device("cuda")
    monkeypatch.setenv(VARIABLE, "cuda:1")
    assert device() == torch.device("cuda:1")


@pytest.mark.parametrize("name", ["gpu", "cuda:99", "cpu:x", "hpu", "meta", "the machine next door", "2"])
def test_a_device_that_is_not_there_is_said_and_the_first_that_is_there_taken(monkeypatch, capsys, name):
    monkeypatch.setenv(VARIABLE, name)
    has(monkeypatch, gpus=1)
    assert device() == torch.device("cuda")
    said = f"device: cuda ({VARIABLE} is '{name}', but there is only cuda, cuda:0, cpu)\n"
    assert capsys.readouterr().err == said


@pytest.mark.parametrize(("gpus", "mps", "float64", "name"), [(1, True, False, "cuda"), (0, True, False, "mps")])
def test_the_first_of_cuda_mps_and_cpu_is_taken_and_said_once(monkeypatch, capsys, gpus, mps, float64, name):
    monkeypatch.delenv(VARIABLE, raising=False)
    has(monkeypatch, gpus, mps)
    for _ in range(3):
        assert device(float64) == torch.device(name)
    assert capsys.readouterr().err == f"device: {name} (the first of cuda, mps, cpu that is there)\n"


def test_mps_has_no_float64(monkeypatch, capsys):
    monkeypatch.setenv(VARIABLE, "mps")
    has(monkeypatch, mps=True)
    assert device() == torch.device("mps")
    assert device(float64=True) == torch.device("cpu")
    assert capsys.readouterr().err.splitlines()[1] == f"device: cpu ({VARIABLE} is 'mps', but there is only cpu)"


@pytest.mark.parametrize(("named", "where_named", "asked"), [
    ("cpu", False, False), ("", False, True), (None, False, True), ("cuda", False, True),
    ("cpu", True, False), ("", True, False), (None, True, False), ("cuda", True, True),
])  # fmt: skip
def test_a_gpu_is_asked_for_unless_the_cpu_is_named_or_nothing_where_something_must_be(
    monkeypatch, named, where_named, asked
):
    monkeypatch.delenv(VARIABLE, raising=False)
    if named is not None:
        monkeypatch.setenv(VARIABLE, named)
    monkeypatch.setattr(module, "device", lambda float64: torch.device("cuda") if float64 else None)
    assert gpu(where_named) == (torch.device("cuda") if asked else None)
    monkeypatch.setattr(module, "device", lambda float64: torch.device("cpu"))
    assert gpu(where_named) is None


@pytest.mark.parametrize("named", ["", "cpu"])
def test_jobs_that_wait_for_a_name_do_not_import_torch(named):
    asked = "from neural_redshift.device import gpu; assert gpu(where_named=True) is None"
    command = f"import sys; {asked}; sys.exit('torch' in sys.modules)"
    env = {"PYTHONPATH": "src", VARIABLE: named}
    assert subprocess.run([sys.executable, "-c", command], env=env, cwd=ROOT, check=False).returncode == 0


ERRORS = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    RuntimeError("MPS backend out of memory (MPS allocated: 8.00 GB)"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: can't allocate memory"),
    MemoryError("Unable to allocate 8.00 GiB for an array"),
]


@pytest.mark.parametrize("error", ERRORS, ids=str)
@pytest.mark.parametrize("room", [1, 2, 3, 5, 17, 100])
def test_where_memory_runs_out_half_as_many_go_on_and_it_is_said_once(capsys, error, room):
    tried, freed = [], []

    def work(items: range) -> list[int]:
        tried.append(len(items))
        if len(items) > room:
            raise error
        return [item**2 for item in items]

    flight = InFlight(lambda: freed.append(True))
    for _ in range(2):
        assert [*chain(*flight.run(range(17), work))] == [item**2 for item in range(17)]
    failed = [size for size in tried if size > room]
    assert failed == {1: [17, 8, 4, 2], 2: [17, 8, 4], 3: [17, 8, 4], 5: [17, 8], 17: [], 100: []}[room]
    assert len(freed) == len(failed)
    said = capsys.readouterr().err
    assert said.count("\n") == bool(failed)
    assert said.startswith("memory has run out; ") or not failed


def test_memory_that_runs_out_for_one_and_any_other_error_are_raised():
    def work(_: range) -> None:
        raise error

    for error, times in ((ERRORS[0], 1), (RuntimeError("shapes do not agree"), 4)):
        with pytest.raises(RuntimeError, match=str(error)[:10]):
            list(InFlight().run(range(times), work))


def test_a_training_that_runs_out_of_memory_trains_the_same_networks(monkeypatch):
    cell = Cell("plain", "tanh", "glorot", 2, 8, 1.0, 1.0)
    layers = draw(cell, 0, np.arange(7))
    inputs = np.random.default_rng(0).uniform(-1, 1, (7, 2, 16)).astype(np.float32)
    run = (cell, layers, inputs, inputs[:, 0], training.Recipe("mse", 0.01, 20))
    whole = training.train(*run)
    take = training._Group.__init__

    def small(self, cell, layers, inputs, *rest):
        if len(inputs) > 2:
            raise ERRORS[0]
        take(self, cell, layers, inputs, *rest)

    monkeypatch.setattr(training._Group, "__init__", small)
    pieces = training.train(*run)
    np.testing.assert_array_equal(pieces.loss, whole.loss)
    for found, expected in zip(pieces.layers, whole.layers, strict=True):
        np.testing.assert_array_equal(found.affine[0], expected.affine[0])


def test_algorithms_are_deterministic_while_networks_train_on_a_gpu(monkeypatch):
    cell = Cell("plain", "gelu", "glorot", 2, 8, 1.0, 1.0)
    layers = draw(cell, 0, np.arange(5))
    inputs = np.random.default_rng(0).uniform(-1, 1, (5, 2, 16)).astype(np.float32)
    places, seen = [], []

    def fits(outputs, targets):
        seen.append(torch.are_deterministic_algorithms_enabled())
        return outputs.abs().amax(1) < 1

    def as_on_a_gpu(place):
        places.append(place.type)
        return deterministic()

    run = (cell, layers, inputs, inputs[:, 0], training.Recipe("mse", 0.01, 40, fits=fits, check_every=4, patience=2))
    expected = training.train(*run)
    monkeypatch.setattr(training, "deterministic_on", as_on_a_gpu)
    found = training.train(*run)
    assert places == ["cpu"]
    assert seen == [False] * (len(seen) // 2) + [True] * (len(seen) // 2)
    assert not torch.are_deterministic_algorithms_enabled()
    for ours, theirs in zip(found.layers, expected.layers, strict=True):
        np.testing.assert_array_equal(ours.affine[0], theirs.affine[0])
    np.testing.assert_array_equal(found.loss, expected.loss)


@pytest.mark.gpu
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", training.LOSSES)
@pytest.mark.parametrize("optimizer", training.OPTIMIZERS)
def test_training_on_a_gpu_gives_the_same_bits_again_and_those_of_the_cpu_up_to_rounding(
    monkeypatch, activation, loss, optimizer
):
    cell = Cell("plain", activation, "glorot", 2, 32, 1.0, 1.0)
    layers = draw(cell, 0, np.arange(9))
    inputs = np.random.default_rng(0).uniform(-1, 1, (9, 2, 50)).astype(np.float32)
    how = training.Recipe(loss, 0.01, 20, optimizer, fits=lambda _, targets: targets.mean(1) > 0.5, check_every=5)
    found = []
    for name in ("cpu", "cuda", "cuda"):
        monkeypatch.setenv(VARIABLE, name)
        found.append(training.train(cell, layers, inputs, (inputs[:, 0] > 0) * 1.0, how))
    for cpu, one, other in zip(*(each.layers for each in found), strict=True):
        np.testing.assert_array_equal(one.affine[0], other.affine[0])
        np.testing.assert_allclose(one.affine[0], cpu.affine[0], atol=5e-3)
