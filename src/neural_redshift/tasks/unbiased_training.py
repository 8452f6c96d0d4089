"""The unbiased model trained: without a preference of its own it learns the training points and nothing else.

f(x) = Σ_k a_k cos(2π k·x/N + φ_k) on the N × N lattice, every frequency once, amplitudes and phases
trained; beside a ReLU network. Teney et al. 2024, section 3 and appendix E.
"""

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
import torch

from neural_redshift.device import device
from neural_redshift.networks import fourier_model, mlp
from neural_redshift.networks.sampling import evaluate
from neural_redshift.seeds import seed_for
from neural_redshift.tasks import targets
from neural_redshift.tasks.parts import Part, architecture, status
from neural_redshift.tasks.scores import balanced_accuracy, pearson
from neural_redshift.tiles import deterministic_on
from neural_redshift.training import LOSSES, Recipe, train

Array = np.ndarray
TORCH_OPTIMIZERS = {"adam": torch.optim.Adam, "gradient_descent": torch.optim.SGD}


def parts(settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is trained together: all seeds of a task under one optimizer, from weights of one magnitude."""
    tasks = [f"modulo_{modulus}" for modulus in settings["moduli"]]
    tasks += [f"smooth_{cycles:.12g}" for cycles in settings["cycles"]]
    names = ("task", "optimizer", "weight_magnitude")
    magnitudes = settings["weight_magnitudes"] if settings["model"] == "unbiased" else [1.0]
    return [dict(zip(names, values, strict=True)) for values in product(tasks, settings["optimizers"], magnitudes)]


def run(settings: Mapping[str, Any], part: Mapping[str, Any]) -> Part:
    """Train every seed on a random half of the lattice, and score both halves."""
    side, seeds = settings["side"], np.arange(settings["seeds"])
    numbers = targets.lattice(side)
    values = target(settings, part["task"], numbers)
    order = targets.shuffled("split", settings["seed"], seeds, side**2, task="unbiased_training")
    train_on, test_on = order[:, : side**2 // 2], order[:, side**2 // 2 :]
    how = Recipe(
        "cross_entropy" if part["task"].startswith("modulo") else "mse",
        settings["optimizers"][part["optimizer"]]["learning_rate"],
        settings["optimizers"][part["optimizer"]]["steps"],
        part["optimizer"],
    )
    learned = np.take_along_axis(values, train_on, axis=1)
    if settings["model"] == "unbiased":
        with deterministic_on(device()):
            outputs, loss, diverged = train_fourier_model({**settings, **part}, seeds, numbers, train_on, learned, how)
        steps = np.full(len(seeds), how.steps)
    else:
        cell, points = architecture(settings, 1.0), targets.centred(numbers, side)
        inputs = points[:, train_on].transpose(1, 0, 2)
        trained = train(cell, mlp.draw(cell, settings["seed"], seeds), inputs, learned, how)
        outputs, _ = evaluate(cell, trained.layers, points.astype(float))
        loss, diverged, steps = trained.loss, trained.diverged, trained.steps
    score = balanced_accuracy if part["task"].startswith("modulo") else pearson
    table = {
        **{name: np.full(len(seeds), part[name]) for name in ("task", "optimizer", "weight_magnitude")},
        "model": np.full(len(seeds), settings["model"]),
        "seed": seeds,
        "status": status(diverged),
        **{
            f"{name}_score": score(*(np.take_along_axis(each, columns, axis=1) for each in (outputs, values)))
            for name, columns in (("train", train_on), ("test", test_on))
        },
        "train_loss": loss,
        "steps": steps,
    }
    return Part(table)


def target(settings: Mapping[str, Any], task: str, numbers: Array) -> Array:
    """Values of a task on the lattice for each seed: (seeds, points). modulo_<M> is the same for all."""
    kind, _, size = task.partition("_")
    if kind == "modulo":
        return np.broadcast_to(targets.modulo(numbers, int(size)), (settings["seeds"], numbers.shape[1]))
    points = 2 * numbers / (settings["side"] - 1) - 1
    key = seed_for("target", seed=settings["seed"], task="smooth", cycles=float(size))
    return np.stack([targets.smooth(points, float(size), key, s) for s in range(settings["seeds"])])


def train_fourier_model(
    settings: Mapping[str, Any], seeds: Array, numbers: Array, train_on: Array, learned: Array, how: Recipe
) -> tuple[Array, Array, Array]:
    """Outputs at all points (seeds, points), training loss (seeds,), and which seeds diverged.

    The ensemble is one sum over seeds, so torch's optimizers train each seed as if alone.
    """
    side, place = settings["side"], device()
    once = fourier_model.one_of_each_pair((side, side))
    coefficients = fourier_model.draw(settings["seed"], settings["weight_magnitude"], seeds, side)[:, once]
    frequencies = np.argwhere(once)
    amplitudes, phases = (
        torch.tensor(part, dtype=torch.float32, device=place, requires_grad=True)
        for part in (np.abs(coefficients), np.angle(coefficients))
    )
    angles = torch.tensor(2 * np.pi / side * (frequencies @ numbers), dtype=torch.float32, device=place)
    cosines, sines = angles.cos(), angles.sin()
    columns = torch.tensor(train_on, device=place)
    wanted = torch.tensor(learned, dtype=torch.float32, device=place)

    def everywhere() -> torch.Tensor:
        return (amplitudes * phases.cos()) @ cosines - (amplitudes * phases.sin()) @ sines

    def losses_and_slopes(outputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        losses, slopes = LOSSES[how.loss](outputs.detach().gather(1, columns), wanted)
        return losses.mean(1), slopes.div_(wanted.shape[1])

    optimizer = TORCH_OPTIMIZERS[how.optimizer]([amplitudes, phases], lr=how.learning_rate)
    before, _ = losses_and_slopes(everywhere())
    for _ in range(how.steps):
        optimizer.zero_grad()
        outputs = everywhere()
        outputs.gather(1, columns).backward(losses_and_slopes(outputs)[1])
        optimizer.step()
    outputs = everywhere().detach()
    loss, _ = losses_and_slopes(outputs)
    return outputs.cpu().numpy(), loss.cpu().numpy(), ~(loss <= before).cpu().numpy()
