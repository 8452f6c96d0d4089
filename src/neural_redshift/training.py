"""Ensembles of networks trained at once, by full-batch descent.

A group of models takes each step together: one batched product a layer, forwards and backwards, on
buffers that stay in a core's cache. A layer's weights and biases lie in one array, the biases as the
weights of an input that is always 1. Gradients are written out, which spares the record that automatic
differentiation keeps; tests hold them to torch's.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numba import njit
from torch import Tensor

from neural_redshift.device import InFlight, device
from neural_redshift.networks.cells import Cell
from neural_redshift.networks.mlp import Layer, shapes
from neural_redshift.networks.slopes import log_one_plus_exp, logistic, with_slope
from neural_redshift.tiles import deterministic_on

Array = np.ndarray
CACHE = 2**21  # bytes that the buffers of a group may take on a CPU, about twice a core's second cache
MEMORY = 2**31  # the same on a GPU
DECAY, SQUARE_DECAY, EPSILON = 0.9, 0.999, 1e-8  # torch's defaults for Adam


def cross_entropy(outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """log(1 + exp(o)) − y o, and its slope σ(o) − y, for targets 0 and 1: each like `outputs`."""
    return log_one_plus_exp(outputs).sub_(targets * outputs), logistic(outputs).sub_(targets)


def squared_error(outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """(o − y)², and its slope 2 (o − y): each like `outputs`."""
    difference = outputs - targets
    return difference.square(), 2 * difference


LOSSES: dict[str, Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]] = {
    "cross_entropy": cross_entropy,
    "mse": squared_error,
}


class Recipe(NamedTuple):
    """How to train; `hidden_factor` multiplies the learning rate of the hidden layers.

    Every `check_every` steps a model is asked whether it `fits`, given outputs and targets of
    (models, points); it stops once it did so at `patience` checks in a row.
    """

    loss: str
    learning_rate: float
    steps: int
    optimizer: str = "adam"
    hidden_factor: float = 1.0
    check_every: int = 50
    fits: Callable[[Tensor, Tensor], Tensor] | None = None
    patience: int = 1


class Trained(NamedTuple):
    """Layers after training; and of each model its training loss, steps taken, and whether it stopped by fitting.

    A model has diverged if its loss is not finite, or above what it was before training.
    """

    layers: list[Layer[Array]]
    loss: Array
    steps: Array
    fitted: Array
    diverged: Array


def train(cell: Cell, layers: list[Layer[Array]], inputs: Array, targets: Array, recipe: Recipe) -> Trained:
    """Train the networks `layers` of a plain cell on inputs (models, inputs, points), targets (models, points).

    A model is the same in any ensemble. On a CPU the loss is the mean over the points, computed in float32.

    Raises ValueError for a variant other than plain, settings that are out of range, or shapes that do not agree.
    """
    models = len(layers[0].affine[0])
    wanted = [(models, rows, columns) for rows, columns in shapes(cell)]
    found = [array.shape for layer in layers for array in layer.affine]
    if cell.variant != "plain":
        raise ValueError(f"variant {cell.variant!r} found; only plain networks are trained")
    if not all(factor > 0 for factor in (cell.prefactor, recipe.learning_rate, recipe.hidden_factor)):
        rates = f"learning rate {recipe.learning_rate}, hidden_factor {recipe.hidden_factor}"
        raise ValueError(f"prefactor {cell.prefactor}, {rates} found; all of them must be above 0")
    if recipe.steps < 0 or min(recipe.check_every, recipe.patience) < 1:
        raise ValueError(f"{recipe} found; steps are 0 or more, check_every and patience 1 or more")
    if found != wanted or not models:
        raise ValueError(f"layers of shapes {found} found; {models} models of {cell} have {wanted}")
    if (
        targets.ndim != 2
        or not targets.size
        or len(targets) != models
        or inputs.shape != (models, cell.inputs, targets.shape[1])
    ):
        raise ValueError(
            f"inputs {inputs.shape} and targets {targets.shape} found; {models} models need "
            f"({models}, {cell.inputs}, points) and ({models}, points), at least one point"
        )

    def run(group: Sequence[int]) -> Trained:
        chosen = slice(group[0], group[-1] + 1)
        members = [Layer((layer.affine[0][chosen], layer.affine[1][chosen])) for layer in layers]
        with np.errstate(over="ignore", invalid="ignore"):
            return _Group(cell, members, inputs[chosen], targets[chosen], recipe).run()

    flight = InFlight()
    groups = _groups(models, 8 * inputs.shape[2] * (cell.depth * cell.width + cell.inputs))
    with deterministic_on(device()):
        parts = [part for group in groups for part in flight.run(range(models)[group], run)]
    return Trained(
        [
            Layer((np.concatenate([weights for weights, _ in layer]), np.concatenate([biases for _, biases in layer])))
            for layer in zip(*([layer.affine for layer in part.layers] for part in parts), strict=True)
        ],
        *(np.concatenate(values) for values in zip(*(part[1:] for part in parts), strict=True)),
    )


def _groups(models: int, bytes_each: int) -> Iterator[slice]:
    together = max(1, (CACHE if device().type == "cpu" else MEMORY) // bytes_each)
    groups = -(-models // together)
    for number in range(groups):  # of equal size, or nearly
        yield slice(models * number // groups, models * (number + 1) // groups)


class _Group:
    """Models that take their steps together; those that are finished leave it."""

    def __init__(self, cell: Cell, layers: list[Layer[Array]], inputs: Array, targets: Array, recipe: Recipe):
        self.recipe, self.loss = recipe, LOSSES[recipe.loss]
        self.with_slope = with_slope(cell.activation)
        self.prefactors = [cell.prefactor] * cell.depth + [1.0]
        self.rates = [recipe.learning_rate * recipe.hidden_factor] * cell.depth + [recipe.learning_rate]
        place = device()
        self.weights = [
            torch.from_numpy(np.ascontiguousarray(np.concatenate(layer.affine, axis=2), np.float32)).to(place)
            for layer in layers
        ]
        self.moments = [(torch.zeros_like(weights), torch.zeros_like(weights)) for weights in self.weights]
        ones = np.ones((len(inputs), 1, inputs.shape[2]), np.float32)
        self.inputs = torch.from_numpy(np.ascontiguousarray(np.concatenate([inputs, ones], axis=1), np.float32)).to(
            place
        )
        self.targets = torch.from_numpy(np.array(targets, np.float32, order="C")).to(place)
        self._make_buffers()

    def _make_buffers(self) -> None:
        models, _, points = self.inputs.shape
        widths = [weights.shape[1] for weights in self.weights]
        self.activity = [self.inputs, *(self.inputs.new_ones(models, width + 1, points) for width in widths[:-1])]
        self.sums = [self.inputs.new_empty(models, width, points) for width in widths[:-1]]
        self.slopes = list(self.sums)
        self.outputs = self.inputs.new_empty(models, 1, points)
        self.scaled = [torch.empty_like(weights) for weights in self.weights]
        self.gradients = [torch.empty_like(weights) for weights in self.weights]

    def run(self) -> Trained:
        """Take every step, and say how each model came out."""
        models = len(self.targets)
        finished = [torch.empty_like(weights) for weights in self.weights]
        loss, first = (self.targets.new_empty(models) for _ in range(2))
        steps = torch.full((models,), self.recipe.steps)
        fitted = torch.zeros(models, dtype=torch.bool)
        running = torch.arange(models)
        streak = torch.zeros(models, dtype=torch.int64)
        for step in range(self.recipe.steps + 1):
            self._forward()
            last = step == self.recipe.steps
            if step % self.recipe.check_every == 0 or last:
                losses, fits = self._check()
                if step == 0:
                    first[running] = losses
                streak = torch.where(fits, streak + 1, 0)
                fitted[running] = enough = streak >= self.recipe.patience
                leaving = enough | ~losses.isfinite().cpu() | last
                for kept, weights in zip(finished, self.weights, strict=True):
                    kept[running[leaving]] = weights[leaving]
                loss[running[leaving]] = losses[leaving]
                steps[running[leaving]] = step
                running, streak = running[~leaving], streak[~leaving]
                if not len(running):
                    break
                if leaving.any():
                    self._keep(~leaving)
                    self._forward()
            self._backward()
            self._descend(step + 1)
        layers = [weights.cpu().numpy() for weights in finished]
        diverged = ~(loss <= first) | ~loss.isfinite()
        return Trained(
            [Layer((weights[:, :, :-1], weights[:, :, -1:])) for weights in layers],
            *(values.cpu().numpy() for values in (loss, steps, fitted, diverged)),
        )

    def _check(self) -> tuple[Tensor, Tensor]:
        """Mean loss of each model, and whether it fits."""
        losses = self.loss(self.outputs[:, 0], self.targets)[0].mean(1)
        if self.recipe.fits is None:
            return losses, torch.zeros(len(losses), dtype=torch.bool)
        return losses, self.recipe.fits(self.outputs[:, 0], self.targets).cpu()

    def _keep(self, members: Tensor) -> None:
        self.weights = [weights[members] for weights in self.weights]
        self.moments = [(mean[members], square[members]) for mean, square in self.moments]
        self.inputs, self.targets = self.inputs[members], self.targets[members]
        self._make_buffers()

    def _forward(self) -> None:
        """Fill outputs, activity and slopes: z = α (W x + b), x ← φ(z)."""
        for weights, scaled, prefactor in zip(self.weights, self.scaled, self.prefactors, strict=True):
            torch.mul(weights, prefactor, out=scaled)
        layers = zip(self.activity, self.activity[1:], self.sums, self.scaled, strict=False)
        for layer, (below, above, z, scaled) in enumerate(layers):
            value, self.slopes[layer] = self.with_slope(_product(scaled, below, z))
            above[:, :-1] = value
        _product(self.scaled[-1], self.activity[-1], self.outputs)

    def _backward(self) -> None:
        """Fill gradients: of the mean loss over the points, by weights and biases."""
        slope = self.loss(self.outputs[:, 0], self.targets)[1].div_(self.targets.shape[1])[:, None]
        for layer in reversed(range(len(self.weights))):
            _product(slope, self.activity[layer].mT, self.gradients[layer])
            self.gradients[layer].mul_(self.prefactors[layer])
            if layer:
                below = torch.empty_like(self.slopes[layer - 1])
                slope = _product(self.scaled[layer][:, :, :-1].mT, slope, below).mul_(self.slopes[layer - 1])

    def _descend(self, step: int) -> None:
        for weights, gradient, moments, rate in zip(
            self.weights, self.gradients, self.moments, self.rates, strict=True
        ):
            OPTIMIZERS[self.recipe.optimizer](weights, gradient, *moments, rate, step)


def _product(left: Tensor, right: Tensor, out: Tensor) -> Tensor:
    """Batched matrix product; on a CPU by numpy, which is faster than torch and does not depend on the batch."""
    if left.shape[-1] == 1:
        torch.mul(left, right, out=out)
    elif out.device.type == "cpu":
        np.matmul(left.numpy(), right.numpy(), out=out.numpy())
    else:
        torch.matmul(left, right, out=out)
    return out


def adam(weights: Tensor, gradient: Tensor, mean: Tensor, square: Tensor, rate: float, step: int) -> None:
    """Kingma & Ba 2015: m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², w ← w − η m̂/(√v̂ + ε), in place."""
    mean_factor, square_factor = 1 / (1 - DECAY**step), 1 / (1 - SQUARE_DECAY**step)
    if weights.device.type == "cpu":
        arrays = [tensor.numpy().reshape(-1) for tensor in (weights, gradient, mean, square)]
        factors = (rate * mean_factor, square_factor, DECAY, 1 - DECAY, SQUARE_DECAY, 1 - SQUARE_DECAY, EPSILON)
        _adam_on_cpu(*arrays, *map(np.float32, factors))  # type: ignore[arg-type]
    else:
        mean.mul_(DECAY).add_(gradient, alpha=1 - DECAY)
        square.mul_(SQUARE_DECAY).addcmul_(gradient, gradient, value=1 - SQUARE_DECAY)
        weights.addcdiv_(mean, (square * square_factor).sqrt_().add_(EPSILON), value=-rate * mean_factor)


@njit(cache=True, nogil=True, error_model="numpy")
def _adam_on_cpu(
    weights: Array,
    gradient: Array,
    mean: Array,
    square: Array,
    rate: np.float32,
    square_factor: np.float32,
    decay: np.float32,
    rest: np.float32,
    square_decay: np.float32,
    square_rest: np.float32,
    epsilon: np.float32,
) -> None:
    for i in range(weights.size):
        mean[i] = decay * mean[i] + rest * gradient[i]
        square[i] = square_decay * square[i] + square_rest * gradient[i] * gradient[i]
        weights[i] -= rate * mean[i] / (np.sqrt(square[i] * square_factor) + epsilon)


def gradient_descent(weights: Tensor, gradient: Tensor, _m: Tensor, _v: Tensor, rate: float, _step: int) -> None:
    """w ← w − η g, in place."""
    weights.sub_(gradient.mul_(rate))


OPTIMIZERS: dict[str, Callable[[Tensor, Tensor, Tensor, Tensor, float, int], None]] = {
    "adam": adam,
    "gradient_descent": gradient_descent,
}
