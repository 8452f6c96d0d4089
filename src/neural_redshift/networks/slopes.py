"""Activation functions together with their slopes, for training: z → (φ(z), φ′(z)).

A function may overwrite z. Only operations are used that round an element alike wherever it lies in an
array, so that a model does not depend on its neighbours: torch's sigmoid, GELU and softplus do not. An
activation without a row here is differentiated by torch, which is slower.
"""

from collections.abc import Callable
from math import pi, sqrt

import numpy as np
import torch
from torch import Tensor

from neural_redshift.networks.activations import ACTIVATIONS, by_numpy

Pair = tuple[Tensor, Tensor]


def relu(z: Tensor) -> Pair:
    """max(z, 0); 1 where z > 0, else 0."""
    value = z.clamp(min=0)
    return value, z.gt_(0)


def gelu(z: Tensor) -> Pair:
    """z Φ(z); Φ(z) + z exp(−z²/2)/√(2π)."""
    share = (z * sqrt(0.5)).erf_().add_(1).mul_(0.5)
    density = by_numpy(np.exp, z.square().mul_(-0.5)).mul_(1 / sqrt(2 * pi))
    return z * share, density.mul_(z).add_(share)


def swish(z: Tensor) -> Pair:
    """z σ(z); σ(z) + φ(z) (1 − σ(z))."""
    gate = logistic(z)
    value = z * gate
    return value, (1 - gate).mul_(value).add_(gate)


def selu(z: Tensor) -> Pair:
    """λ z where z > 0, λ a (exp(z) − 1) elsewhere; λ, and φ(z) + λ a."""
    scale, slope = 1.0507009873554805, 1.6732632423543772
    below = by_numpy(np.expm1, z.clamp(max=0)).mul_(scale * slope)
    above = z > 0
    return torch.where(above, scale * z, below), torch.where(above, scale, below + scale * slope)


def tanh(z: Tensor) -> Pair:
    """tanh z; 1 − φ(z)²."""
    value = by_numpy(np.tanh, z)
    return value, (value * value).neg_().add_(1)


def gaussian(z: Tensor) -> Pair:
    """exp(−z²); −2 z φ(z)."""
    value = by_numpy(np.exp, z.square().neg_())
    return value, z.mul_(value).mul_(-2)


def gaussian_half(z: Tensor) -> Pair:
    """exp(−z²/2); −z φ(z)."""
    value = by_numpy(np.exp, z.square().mul_(-0.5))
    return value, z.mul_(value).neg_()


def sin(z: Tensor) -> Pair:
    """sin z; cos z."""
    slope = by_numpy(np.cos, z.clone())
    return by_numpy(np.sin, z), slope


def sigmoid(z: Tensor) -> Pair:
    """σ(z); φ(z) (1 − φ(z))."""
    value = logistic(z)
    return value, (1 - value).mul_(value)


def logistic(z: Tensor) -> Tensor:
    """σ(z) = 1/(1 + exp(−z)), a new tensor; at least σ(−80), so that nothing overflows."""
    return by_numpy(np.exp, z.neg().clamp_(max=80)).add_(1).reciprocal_()


def log_one_plus_exp(z: Tensor) -> Tensor:
    """log(1 + exp(z)) = max(z, 0) + log(1 + exp(−|z|)), a new tensor."""
    return by_numpy(np.log1p, by_numpy(np.exp, z.abs().neg_())).add_(z.clamp(min=0))


SLOPES: dict[str, Callable[[Tensor], Pair]] = {
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


def with_slope(activation: str) -> Callable[[Tensor], Pair]:
    """φ and φ′ of an activation by name: its row of `SLOPES`, else torch's derivative."""
    return SLOPES.get(activation) or _by_torch(ACTIVATIONS[activation].function)


def _by_torch(function: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Pair]:
    def both(z: Tensor) -> Pair:
        with torch.enable_grad():
            argument = z.detach().clone().requires_grad_()
            value = function(argument.clone())
            return value.detach(), torch.autograd.grad(value.sum(), argument)[0]

    return both
