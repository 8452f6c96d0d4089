"""Activation functions φ, elementwise on tensors of any shape, float32 or float64.

A new activation is one function and one row of `ACTIVATIONS`. A function may overwrite its argument.
On a CPU numpy's vector loops take tanh, exp and the float32 sine, because they are 2 to 13 times as
fast as torch's; where oneDNN can apply the function within the matrix product, the row names it.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor


def by_numpy(ufunc: np.ufunc, z: Tensor) -> Tensor:
    """Apply a function that numpy and torch know by the same name, in place on a CPU."""
    if z.device.type != "cpu":
        return getattr(torch, ufunc.__name__)(z)
    ufunc(z.numpy(), out=z.numpy())
    return z


def relu(z: Tensor) -> Tensor:
    """max(z, 0)."""
    return z.clamp_(min=0)


def gelu(z: Tensor) -> Tensor:
    """z Φ(z), Φ the normal distribution function: the exact form, by erf (Hendrycks & Gimpel 2016)."""
    return torch.nn.functional.gelu(z)


def swish(z: Tensor) -> Tensor:
    """z σ(z), also known as SiLU (Ramachandran et al. 2017)."""
    return torch.nn.functional.silu(z)


def selu(z: Tensor) -> Tensor:
    """λ z where z > 0, λ a (exp(z) − 1) elsewhere (Klambauer et al. 2017)."""
    scale, slope = 1.0507009873554805, 1.6732632423543772
    below = by_numpy(np.expm1, z.clamp(max=0))
    return z.clamp_(min=0).add_(below, alpha=slope).mul_(scale)


def tanh(z: Tensor) -> Tensor:
    """Hyperbolic tangent."""
    return by_numpy(np.tanh, z)


def gaussian(z: Tensor) -> Tensor:
    """exp(−z²), as in the authors' code."""
    return by_numpy(np.exp, z.square_().neg_())


def gaussian_half(z: Tensor) -> Tensor:
    """exp(−z²/2)."""
    return by_numpy(np.exp, z.square_().mul_(-0.5))


def sin(z: Tensor) -> Tensor:
    """Sine."""
    return by_numpy(np.sin, z) if z.dtype == torch.float32 else z.sin_()


def sigmoid(z: Tensor) -> Tensor:
    """σ(z) = 1/(1 + exp(−z))."""
    return z.sigmoid_()


class Activation(NamedTuple):
    """φ, and what oneDNN calls it if it knows it."""

    function: Callable[[Tensor], Tensor]
    fused: str | None = None


ACTIVATIONS: dict[str, Activation] = {
    "relu": Activation(relu),  # oneDNN's turns NaN into 0, which would hide an overflow
    "gelu": Activation(gelu, "gelu"),
    "swish": Activation(swish, "swish"),
    "selu": Activation(selu),
    "tanh": Activation(tanh, "tanh"),
    "gaussian": Activation(gaussian),
    "gaussian_half": Activation(gaussian_half),
    "sin": Activation(sin),
    "sigmoid": Activation(sigmoid, "sigmoid"),
}
