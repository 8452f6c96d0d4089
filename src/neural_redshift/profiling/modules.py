"""Networks of a user's architecture: built by its class, or drawn again from one of our priors.

α multiplies the weights of linear and convolutional layers (and of attention's projections, which are linear);
biases, gains of normalisation, embeddings and whatever else there is stay as they are built. Drawn again from a
prior, weights and biases of those layers follow its law, in the order of the layers: weights, biases, weights, …,
as `networks.mlp.draw` has them.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from neural_redshift.networks.priors import PRIORS
from neural_redshift.profiling.problems import BadModule, in_words
from neural_redshift.seeds import random_words, seed_for

Array = np.ndarray
AS_BUILT = "as built"
LINEAR = (nn.Linear, nn.Bilinear, nn.modules.conv._ConvNd)
NORMS = nn.modules.batchnorm._NormBase
DROPOUT = nn.modules.dropout._DropoutNd


@dataclass(frozen=True)
class Blueprint:
    """How networks of an architecture are made: `build(**arguments)`, and the prior of their weights."""

    name: str
    build: Callable[..., Any]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    prior: str = AS_BUILT
    bias_magnitude: float = 1.0

    def at(self, depth: int) -> "Blueprint":
        """The same with keyword argument `depth`; 0 leaves the arguments as they are."""
        arguments = {**self.arguments, "depth": depth} if depth else self.arguments
        return Blueprint(self.name, self.build, arguments, self.prior, self.bias_magnitude)

    def called(self) -> str:
        """The call that builds a network: `MyNet(depth=3)`."""
        return f"{self.name}({', '.join(f'{name}={value!r}' for name, value in self.arguments.items())})"

    def file(self) -> str | None:
        """Where the architecture is written, to name lines of it."""
        try:
            return inspect.getsourcefile(inspect.unwrap(self.build))
        except TypeError:
            return None


class Map(NamedTuple):
    """Weights and biases of a linear map, and its numbers of inputs and outputs (for a convolution: of one output)."""

    weight: nn.Parameter
    bias: nn.Parameter | None
    fan_in: int
    fan_out: int


def key(blueprint: Blueprint, weight_magnitude: float, seed: int) -> int:
    """The key of a cell's random numbers."""
    arguments = {name: repr(value) for name, value in blueprint.arguments.items()}
    names = {"name": blueprint.name, "arguments": arguments, "prior": blueprint.prior}
    return seed_for("module", seed=seed, weight_magnitude=float(weight_magnitude), **names)


def draw(
    blueprint: Blueprint, weight_magnitude: float, cell_key: int, networks: Array, example: Tensor
) -> list[nn.Module]:
    """The given networks of a cell, in evaluation mode, on the CPU, in float32.

    A network is a function of the key and its number. `example` is a batch of inputs for lazy layers.
    Raises BadModule where a network cannot be built or is none that can be measured.
    """
    models = []
    for number in networks:
        model = _build(blueprint, seed_for("build", key=cell_key, network=int(number)), example)
        if blueprint.prior == AS_BUILT:
            _multiply(model, weight_magnitude)
        else:
            _draw_again(model, blueprint, weight_magnitude, cell_key, np.asarray([number]))
        models.append(model)
    return models


def linear_maps(model: nn.Module) -> Iterator[Map]:
    """The linear and convolutional layers of a module in the order of its definition, each tensor once."""
    seen: set[int] = set()
    for layer in model.modules():
        own = dict(layer.named_parameters(recurse=False))
        if isinstance(layer, nn.MultiheadAttention):
            names = [("in_proj_weight", "in_proj_bias"), ("q_proj_weight", ""), ("k_proj_weight", "")]
            names += [("v_proj_weight", "")]
        else:
            names = [("weight", "bias")] if isinstance(layer, LINEAR) else []
        for weight, bias in names:
            if weight in own and id(own[weight]) not in seen:
                seen.add(id(own[weight]))
                yield Map(own[weight], own.get(bias), *_fans(layer, own[weight]))


def about(blueprint: Blueprint, model: nn.Module) -> list[str]:
    """What a reader must know of how these networks are made and evaluated, in sentences."""
    layers = list(model.modules())
    norms = sum(isinstance(layer, NORMS) and layer.track_running_stats for layer in layers)
    dropouts = sum(isinstance(layer, DROPOUT) and layer.p > 0 for layer in layers)
    touched = {id(part) for found in linear_maps(model) for part in (found.weight, found.bias) if part is not None}
    others = sum(part.numel() for part in model.parameters() if id(part) not in touched)
    notes = []
    if norms:
        notes.append(
            f"{norms} BatchNorm layers are in evaluation mode, with the mean and variance that they start with."
        )
    if dropouts:
        notes.append(f"{dropouts} dropout layers are off.")
    if blueprint.prior == AS_BUILT:
        notes.append(
            f"Weights are as {blueprint.name} builds them; α multiplies those of its linear and convolutional layers."
        )
    else:
        law = f"the prior {blueprint.prior} with biases times {blueprint.bias_magnitude:g}"
        notes.append(f"Weights and biases of linear and convolutional layers are drawn from {law}.")
    if others:
        notes.append(f"{others:,} parameters that belong to no linear or convolutional layer are as built.")
    return notes


def _build(blueprint: Blueprint, seed: int, example: Tensor) -> nn.Module:
    _bind(blueprint)
    # A constructor draws from torch's global generator; the fork gives that back as it was.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            model = blueprint.build(**blueprint.arguments)
            if isinstance(model, nn.Module):
                model = model.eval()
                if any(isinstance(part, nn.parameter.UninitializedParameter) for part in model.parameters()):
                    model(example)
        except Exception as problem:
            raise BadModule(f"{blueprint.called()} cannot be built: {in_words(problem, blueprint.file())}") from None
    if not isinstance(model, nn.Module):
        found = f"{blueprint.called()} returns {_a(model)}"
        raise BadModule(f"{found}; a class of torch.nn.Module, or a function that returns a module, is needed")
    if not any(True for _ in model.parameters()):
        advice = "give an activation as a function, or one function to `measure`"
        raise BadModule(f"{blueprint.called()} has no parameters, so all its networks are one function; {advice}")
    places = {str(part.device) for part in model.parameters()} - {"cpu"}
    if places:
        found = f"{blueprint.called()} puts its parameters on {', '.join(sorted(places))}"
        raise BadModule(f"{found}; leave them on the CPU, the instrument takes them to a GPU if there is one")
    return model.requires_grad_(False)


def _bind(blueprint: Blueprint) -> None:
    try:
        signature = inspect.signature(blueprint.build)
    except (TypeError, ValueError):  # built in, without a signature
        return
    try:
        signature.bind(**blueprint.arguments)
    except TypeError as problem:
        takes = ", ".join(str(parameter) for parameter in signature.parameters.values()) or "none"
        raise BadModule(f"{blueprint.called()} cannot be called: {problem}; its arguments are: {takes}") from None


@torch.no_grad()
def _multiply(model: nn.Module, weight_magnitude: float) -> None:
    if weight_magnitude == 1:
        return
    for found in _some(linear_maps(model)):
        found.weight.mul_(weight_magnitude)


@torch.no_grad()
def _draw_again(model: nn.Module, blueprint: Blueprint, weight_magnitude: float, cell_key: int, network: Array) -> None:
    prior = PRIORS[blueprint.prior]
    bias_scale = blueprint.bias_magnitude * (weight_magnitude if prior.biases_scaled else 1.0)
    parts = []
    for found in _some(linear_maps(model)):
        parts.append((found.weight, weight_magnitude * prior.weight_scale(found.fan_in, found.fan_out)))
        parts += [(found.bias, bias_scale)] if found.bias is not None else []
    counts = [prior.words(part.numel()) for part, _ in parts]
    words = random_words(cell_key, network, sum(counts))
    for (part, scale), count, end in zip(parts, counts, np.cumsum(counts), strict=True):
        values = prior.law(words[:, end - count : end], part.numel()) * np.float32(scale)
        part.copy_(torch.from_numpy(values).reshape(part.shape))


def _some(maps: Iterator[Map]) -> list[Map]:
    found = list(maps)
    if not found:
        raise BadModule("the module has no linear or convolutional layer whose weights α could multiply; leave α at 1")
    return found


def _fans(layer: nn.Module, weight: nn.Parameter) -> tuple[int, int]:
    """Inputs of one output and outputs of one input, as torch.nn.init counts them."""
    if isinstance(layer, nn.MultiheadAttention):
        return weight.shape[1], layer.embed_dim
    field = weight[0, 0].numel() if isinstance(layer, nn.modules.conv._ConvNd) else 1
    return weight.shape[1] * field, weight.shape[0] * field


def _a(value: Any) -> str:
    kind = type(value).__name__
    return f"{'an' if kind[0] in 'aeiouAEIOU' else 'a'} {kind}"
