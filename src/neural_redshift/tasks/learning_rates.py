"""Modulo addition under many learning rates: is a low accuracy a matter of the prefactor, or of the time to learn?

A network that fits the training points and fails elsewhere is biased against the labels; one that does not fit
lacks steps. All are trained until they fit, or for a number of steps. A prefactor α multiplies what a step does to a
hidden layer, so the learning rate η is kept (`constant`), or divided by α there (`scaled`). `folded` has α in weights
and biases instead, W ← αW and b ← αb, and the rate kept: under Adam that is `scaled` written otherwise.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from neural_redshift.networks import mlp
from neural_redshift.networks.mlp import Layer
from neural_redshift.tasks.modulo import learn, named, problem, recipe
from neural_redshift.tasks.parts import Part, architecture, described, repeated

Array = np.ndarray


def parts(settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is trained together: a prefactor under one rule and rate."""
    return [
        {"prefactor": prefactor, "learning_rate_rule": rule, "learning_rate": rate}
        for prefactor in settings["prefactors"]
        for rule, rates in settings["rules"].items()
        for rate in rates
    ]


def run(settings: Mapping[str, Any], part: Mapping[str, Any]) -> Part:
    """Train every seed on every modulus; the weights and splits are those of the task `modulo`."""
    cell, seeds = architecture(settings, part["prefactor"]), np.arange(settings["seeds"])
    layers, how = mlp.draw(cell, settings["seed"], seeds), {**settings, "learning_rate": part["learning_rate"]}
    about = described(cell) | {"side": settings["side"], **part}
    if part["learning_rate_rule"] == "folded":
        layers, cell = (
            [*(folded(layer, cell.prefactor) for layer in layers[:-1]), layers[-1]],
            cell._replace(prefactor=1.0),
        )
    given = problem(settings, "half", seeds)
    _, scores = learn(
        cell,
        repeated(layers, len(settings["moduli"])),
        given,
        recipe(how, part["prefactor"], part["learning_rate_rule"]),
    )
    return Part(named(settings, seeds, about) | scores)


def folded(layer: Layer[Array], prefactor: float) -> Layer[Array]:
    """A hidden layer with its prefactor in weights and biases: α (W x + b) = (αW) x + αb."""
    weights, biases = layer.affine
    return Layer((weights * np.float32(prefactor), biases * np.float32(prefactor)))
