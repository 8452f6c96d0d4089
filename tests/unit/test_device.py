"""Where training runs."""

import pytest
import torch

from neural_redshift.device import VARIABLE, device


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
def test_a_device_that_is_not_there_is_refused(monkeypatch, name):
    monkeypatch.setenv(VARIABLE, name)
    with pytest.raises(ValueError, match=f"^{VARIABLE} is '{name}'; this machine has cpu and "):
        device()
