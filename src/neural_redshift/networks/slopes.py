"""Slopes φ′ of the activation functions, for training.

A function takes z and φ(z), may overwrite z, and returns φ′(z). An activation without a row here is
differentiated by torch, which is slower and needs a function of torch operations alone.
"""

from collections.abc import Callable
from math import pi, sqrt

import numpy as np
import torch
from torch import Tensor

from neural_redshift.networks.activations import ACTIVATIONS, by_numpy


def relu(z: Tensor, _: Tensor) -> Tensor:
    """1 where z > 0, else 0."""
    return z.gt_(0)


def gelu(z: Tensor, value: Tensor) -> Tensor:
    """Φ(z) + z exp(−z²/2)/√(2π); Φ(z) = φ(z)/z spares the error function."""
    density = by_numpy(np.exp, z.square().mul_(-0.5)).mul_(z).mul_(1 / sqrt(2 * pi))
    return torch.where(z == 0, 0.5, value / z).add_(density)


def swish(z: Tensor, value: Tensor) -> Tensor:
    """σ(z) + φ(z) (1 − σ(z))."""
    gate = z.sigmoid_()
    return (1 - gate).mul_(value).add_(gate)


def selu(z: Tensor, value: Tensor) -> Tensor:
    """λ where z > 0, φ(z) + λ a elsewhere."""
    scale, slope = 1.0507009873554805, 1.6732632423543772
    return torch.where(z > 0, scale, value + scale * slope)


def tanh(z: Tensor, value: Tensor) -> Tensor:
    """1 − φ(z)²."""
    return torch.mul(value, value, out=z).neg_().add_(1)


def gaussian(z: Tensor, value: Tensor) -> Tensor:
    """−2 z φ(z)."""
    return z.mul_(value).mul_(-2)


def gaussian_half(z: Tensor, value: Tensor) -> Tensor:
    """−z φ(z)."""
    return z.mul_(value).neg_()


def sin(z: Tensor, _: Tensor) -> Tensor:
    """cos z."""
    return by_numpy(np.cos, z)


def sigmoid(_: Tensor, value: Tensor) -> Tensor:
    """φ(z) (1 − φ(z))."""
    return (1 - value).mul_(value)


SLOPES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "relu": relu,
    "gelu": gelu,
    "swish": swish,
    "selu": selu,
    "tanh": tanh,
    "gaussian": gaussian,
    "gaussian_half": gaussian_half,
    "sin": sin,
    "sigmoid": sigmoid,
}


def slope_of(activation: str) -> Callable[[Tensor, Tensor], Tensor]:
    """φ′ of an activation by name: its row of `SLOPES`, else torch's derivative."""
    return SLOPES.get(activation) or _by_torch(ACTIVATIONS[activation].function)


def _by_torch(function: Callable[[Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    def slope(z: Tensor, _: Tensor) -> Tensor:
        with torch.enable_grad():
            argument = z.detach().clone().requires_grad_()
            return torch.autograd.grad(function(argument.clone()).sum(), argument)[0]

    return slope
