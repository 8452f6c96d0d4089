"""The slope of every activation is torch's derivative of its formula."""

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

import reference
from neural_redshift.networks.activations import ACTIVATIONS, Activation
from neural_redshift.networks.slopes import SLOPES, with_slope

LINE = np.concatenate([np.linspace(-30, 30, 5001), np.linspace(-0.01, 0.01, 501), [-0.0, -1e4, 1e4, -1e15, 1e15]])
# A fused GELU is a polynomial, good to 1e-6, in float32.
TOLERANCES = {torch.float32: 2e-6, torch.float64: 1e-12}


def exact(activation: str, z: torch.Tensor) -> torch.Tensor:
    argument = z.double().requires_grad_()
    return torch.autograd.grad(reference.ACTIVATIONS[activation](argument).sum(), argument)[0]


def slope(activation: str, z: torch.Tensor) -> torch.Tensor:
    value, found = with_slope(activation)(z.clone())
    tolerance = TOLERANCES[z.dtype]
    torch.testing.assert_close(
        value.double(), reference.ACTIVATIONS[activation](z.double()), rtol=tolerance, atol=tolerance
    )
    assert found.dtype == z.dtype
    assert found.shape == z.shape
    return found


def assert_exact(activation: str, z: torch.Tensor) -> None:
    found, tolerance = slope(activation, z).double(), TOLERANCES[z.dtype]
    torch.testing.assert_close(found, exact(activation, z), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("dtype", TOLERANCES)
def test_slopes_near_and_far_from_zero(activation, dtype):
    assert_exact(activation, torch.from_numpy(LINE).to(dtype))


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("dtype", TOLERANCES)
@given(data=st.data())
def test_slopes_of_any_number(activation, dtype, data):
    width = 32 if dtype == torch.float32 else 64
    numbers = st.floats(-(2.0**60), 2.0**60, width=width, allow_subnormal=False)
    assert_exact(activation, torch.tensor(data.draw(st.lists(numbers, min_size=1, max_size=40)), dtype=dtype))


@pytest.mark.parametrize("activation", ACTIVATIONS)
@given(shape=st.tuples(st.integers(1, 4), st.integers(1, 5), st.integers(1, 20)))
@example(shape=(3, 5, 13))
def test_a_slope_is_the_same_whatever_stands_beside_it(activation, shape):
    rng = np.random.default_rng(0)
    z = torch.from_numpy(rng.normal(0, 3, shape).astype(np.float32))
    together = slope(activation, z)
    alone = torch.stack([slope(activation, each) for each in z])
    torch.testing.assert_close(together, alone, rtol=0, atol=0)


def test_every_activation_has_a_slope_written_out():
    assert list(SLOPES) == list(ACTIVATIONS)


@pytest.mark.parametrize("function", [torch.nn.functional.softsign, torch.relu_, lambda z: z.square_().add_(z)])
def test_an_activation_without_a_row_has_the_derivative_of_torch(monkeypatch, function):
    monkeypatch.setitem(ACTIVATIONS, "new", Activation(function))
    monkeypatch.setitem(reference.ACTIVATIONS, "new", lambda z: function(z.clone()))
    z = torch.from_numpy(LINE)
    exact_slopes = exact("new", z)
    assert_exact("new", z)
    with torch.no_grad():
        torch.testing.assert_close(slope("new", z), exact_slopes)
    assert not slope("new", z).requires_grad
