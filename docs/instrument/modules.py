"""Architectures that nobody wrote for this project, from their public definitions."""

import math
from itertools import pairwise

import torch
from torch import nn


class Sine(nn.Module):
    """A layer of a SIREN: sin(ω (W x + b)) (Sitzmann et al. 2020, section 3.2 and their public code)."""

    def __init__(self, inputs: int, outputs: int, omega: float, first: bool):
        super().__init__()
        self.linear, self.omega = nn.Linear(inputs, outputs), omega
        bound = 1 / inputs if first else math.sqrt(6 / inputs) / omega
        nn.init.uniform_(self.linear.weight, -bound, bound)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The layer's values."""
        return torch.sin(self.omega * self.linear(x))


class Siren(nn.Sequential):
    """A SIREN with ω = 30 in every layer, and a linear output."""

    def __init__(self, depth: int = 3, width: int = 64, inputs: int = 2, omega: float = 30.0):
        hidden = [Sine(inputs if not n else width, width, omega, n == 0) for n in range(depth)]
        output = nn.Linear(width, 1)
        bound = math.sqrt(6 / width) / omega
        nn.init.uniform_(output.weight, -bound, bound)
        super().__init__(*hidden, output)


class FourierFeatures(nn.Module):
    """ReLU layers over [cos 2πBx, sin 2πBx], B ~ N(0, σ²), which is not trained (Tancik et al. 2020, section 5)."""

    def __init__(self, depth: int = 3, width: int = 64, inputs: int = 2, features: int = 64, sigma: float = 10.0):
        super().__init__()
        self.register_buffer("frequencies", sigma * torch.randn(inputs, features))
        sizes = [2 * features] + [width] * depth
        hidden = [part for pair in pairwise(sizes) for part in (nn.Linear(*pair), nn.ReLU())]
        self.layers = nn.Sequential(*hidden, nn.Linear(width, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The network's values."""
        turns = 2 * math.pi * x @ self.frequencies
        return self.layers(torch.cat([turns.cos(), turns.sin()], -1))


def encoder_layer(width: int = 16, heads: int = 4) -> nn.Module:
    """A Transformer encoder layer of torch: from a sequence of vectors to one of the same shape."""
    return nn.TransformerEncoderLayer(width, heads, dim_feedforward=64, batch_first=True)


def vision_mlp(inputs: int = 2, width: int = 64, depth: int = 3) -> nn.Module:
    """The MLP of torchvision."""
    return _torchvision().ops.MLP(inputs, [width] * depth + [1])


def resnet18(classes: int = 10) -> nn.Module:
    """The untrained ResNet-18 of torchvision."""
    return _torchvision().models.resnet18(weights=None, num_classes=classes)


def _torchvision():
    """Torchvision, also where its compiled operators do not load.

    The wheel on PyPI is built for torch with CUDA. Beside a CPU build of torch its import asks for two operators of
    detection that are then missing; no network here uses them, so their names are enough.
    """
    try:
        import torchvision
    except RuntimeError:
        library = torch.library.Library("torchvision", "FRAGMENT")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        import torchvision

        torchvision.library_of_names = library  # they live as long as it does
    return torchvision
