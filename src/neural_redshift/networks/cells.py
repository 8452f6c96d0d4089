"""The cells of a study and the rows of its networks, always in the same order."""

from collections.abc import Mapping
from itertools import product
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray


class Cell(NamedTuple):
    """What the networks of a cell share; `prefactor` multiplies every pre-activation.

    Of norm_gain `weight_magnitude` is the gain of LayerNorm, and the weights are as drawn.
    """

    variant: str
    activation: str
    prior: str
    depth: int
    width: int
    weight_magnitude: float
    bias_magnitude: float
    inputs: int = 2
    prefactor: float = 1.0


def cells(settings: Mapping[str, Any]) -> list[Cell]:
    """Cells of one variant and activation: every prior × depth × width × weight × bias magnitude.

    The Fourier model knows the weight magnitude alone.
    """
    if settings["variant"] == "unbiased":
        return [Cell("unbiased", "none", "none", 0, 0, magnitude, 0.0) for magnitude in settings["weight_magnitudes"]]
    axes = ("priors", "depths", "widths", "weight_magnitudes", "bias_magnitudes")
    return [
        Cell(settings["variant"], settings["activation"], *values) for values in product(*(settings[a] for a in axes))
    ]


def network_rows(settings: Mapping[str, Any], start: int = 0, stop: int | None = None) -> dict[str, Array]:
    """Key columns of networks start…stop of `cells(settings)`, one row a network, cell by cell."""
    found, networks = cells(settings), settings["networks"]
    chosen = range(len(found) * networks)[start:stop]
    cell, network = np.divmod(np.arange(chosen.start, chosen.stop), networks)
    names = ("variant", "activation", "prior", "depth", "width", "weight_magnitude", "bias_magnitude")
    return {
        "study": np.full(len(chosen), settings["study"]),
        **{name: np.array([getattr(each, name) for each in found])[cell] for name in names},
        "grid_points": np.full(len(chosen), settings["grid_points"]),
        "network": network,
        "seed": np.full(len(chosen), settings["seed"]),
    }


def architecture_name(about: Mapping[Any, Any]) -> str:
    """A trained architecture as one name: `tanh 3 x 64, prefactor 2`."""
    return f"{about['activation']} {about['depth']} x {about['width']}, prefactor {about['prefactor']:.3g}"
