"""Made-up tables in which every claim is true, or false, by construction; with as many units as asked for."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pandas as pd

from neural_redshift.statistics import mean_interval

PLANE, WHITE = 0.2, 0.6
MEASURES = ("fourier", "cosine", "chebyshev", "legendre", "lempel_ziv")
RELU_LIKE, OTHERS = ("relu", "gelu", "swish", "selu"), ("tanh", "gaussian", "sin")
DEFAULTS = {"variant": "plain", "prior": "glorot", "depth": 4, "width": 64, "weight_magnitude": 1.0}
DEFAULTS |= {"bias_magnitude": 1.0, "grid_points": 64, "activation": "relu", "status": "ok"}
VARIANTS = ["plain", "layer_norm", "residual", "skip", "gated"]
GRID = {"activation": [*RELU_LIKE, *OTHERS], "depth": [1, 3, 8], "weight_magnitude": [0.1, 1.0, 10.0]}
STUDIES = {
    "heatmaps": {"variant": VARIANTS, **GRID},
    "width": {"activation": GRID["activation"], "width": [8, 64, 512]},
    "bias_magnitude": {"activation": GRID["activation"], "bias_magnitude": [0.01, 1.0, 10.0]},
    "priors": {"prior": ["glorot", "gaussian", "ball", "student_t"], **GRID},
    "closeups": {**GRID, "activation": [*RELU_LIKE]},
    "norm_gain": {**GRID, "variant": ["norm_gain"], "depth": [1, 6], "weight_magnitude": [0.25, 1.0, 8.0]},
}
UNBIASED = {"variant": ["unbiased"], "activation": ["none"], "depth": [0], "weight_magnitude": [0.1, 10.0]}
CALIBRATION = pd.DataFrame(
    [
        (function, 64, measure, value)
        for measure in MEASURES
        for function, value in (("plane", PLANE), ("white_noise", WHITE))
    ],
    columns=["function", "grid_points", "measure", "mean"],
)
SENSITIVITY = ["variant", "weight_magnitude", "network", "measure", "setting", "setting_value", "grid_points", "value"]


def noise(size: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=size)


def as_the_paper_says(cell: dict) -> float:
    """c* of a cell where every statement of Section 3 is true."""
    steep, deep = np.log10(10 * cell["weight_magnitude"]) / 2, np.log2(cell["depth"] or 1) / 3
    simple = cell["activation"] in RELU_LIKE
    slight = 0.03 * (steep + deep) * (cell["activation"] != "relu")
    plain = 0.05 + slight if simple else 0.05 + 0.9 * steep * (cell["depth"] > 1)
    match cell["variant"]:
        case "unbiased":
            return 1.0
        case "layer_norm":
            return 0.1
        case "norm_gain":
            return 0.1 + (0.1 if simple else 0.4) * steep
        case "residual":
            return 0.1 + 0.05 * steep
        case "gated":
            return plain + (0.4 if simple else 0.04) * steep * deep
        case _:
            return plain


def as_the_paper_denies(cell: dict) -> float:
    """c* of a cell where every statement of Section 3 is false."""
    steep, deep = np.log10(10 * cell["weight_magnitude"]) / 2, np.log2(cell["depth"] or 1) / 3
    plain = {"relu": 0.6 - 0.3 * steep + 0.3 * deep}.get(cell["activation"], 0.6 - 0.2 * steep - 0.2 * deep)
    plain = 0.3 if cell["activation"] in OTHERS else plain
    plain += 0.4 * (cell["width"] == 512) + 0.4 * (cell["bias_magnitude"] == 10)
    plain *= 1 if cell["prior"] == "glorot" else -1
    match cell["variant"]:
        case "unbiased":
            return 0.5
        case "layer_norm":
            return 0.6 + 0.5 * steep
        case "norm_gain":
            return 0.6 - 0.3 * steep
        case "residual":
            return 0.6 + 0.4 * deep
        case "gated":
            return plain - 0.3 * steep * deep
        case _:
            return plain


def random_networks(truth: Callable[[dict], float], networks: int, spread: float = 0.01) -> pd.DataFrame:
    """Networks whose c* is the truth of their cell and noise; all measures say the same."""
    blocks = [*STUDIES.items(), ("heatmaps", UNBIASED)]
    cells = [
        {**DEFAULTS, **dict(zip(axes, values, strict=True)), "study": study}
        for study, axes in blocks
        for values in product(*axes.values())
    ]
    table = pd.DataFrame([cell | {"network": n, "c": truth(cell)} for cell in cells for n in range(networks)])
    return table.assign(
        **{m: PLANE + (WHITE - PLANE) * (table.c + spread * noise(len(table), i)) for i, m in enumerate(MEASURES)}
    )


def section3(truth: Callable[[dict], float], networks: int, spread: float = 0.01) -> dict[str, pd.DataFrame]:
    return {
        "random_networks": random_networks(truth, networks, spread),
        "calibration": CALIBRATION,
        "sensitivity": pd.DataFrame(columns=SENSITIVITY),
    }


def measures_that_disagree(networks: int) -> dict[str, pd.DataFrame]:
    tables = section3(as_the_paper_says, networks)
    table = tables["random_networks"]
    order = np.random.default_rng(1).permutation(table.groupby([*DEFAULTS]).ngroup().max() + 1)
    shuffled = pd.Series(order[table.groupby([*DEFAULTS]).ngroup()] / len(order))
    return tables | {"random_networks": table.assign(chebyshev=shuffled + 0.01 * noise(len(table)))}


def measures_alike(networks: int) -> dict[str, pd.DataFrame]:
    """All measures of a network share what makes it differ from the others of its cell."""
    tables = section3(as_the_paper_says, networks)
    table = tables["random_networks"]
    own = 0.02 * noise(len(table), 9)
    return tables | {"random_networks": table.assign(**{measure: table[measure] + own for measure in MEASURES})}


def phases(sign: int, networks: int) -> dict[str, pd.DataFrame]:
    """Slopes that are above 1 where networks as the paper says grow with depth, or where they do not (-1)."""
    grows = {(name, size): name in OTHERS and size > 0.1 for name in GRID["activation"] for size in (0.1, 1.0, 10.0)}
    rows = [(*cell, np.exp(sign if rough else -sign)) for cell, rough in grows.items()]
    slopes = pd.DataFrame(rows, columns=["activation", "weight_magnitude", "slope"])
    tables = section3(as_the_paper_says, networks)
    return tables | {"mean_field": slopes.assign(slope_of_layers=slopes.slope)}


def pictures(different: bool, cells: int) -> dict[str, pd.DataFrame]:
    """Functions in two dimensions, ten a cell: noise, or waves whose frequency tells the activation."""
    generator, names = np.random.default_rng(0), [*RELU_LIKE, *OTHERS]
    keys = list(product(names, range(1, cells + 1), range(10)))
    table = pd.DataFrame(keys, columns=["activation", "depth", "network"])
    images = []
    for activation in table.activation:
        image = generator.normal(size=(64, 64))
        if different:
            image += 2 * np.sin(np.arange(64) * (0.2 + 0.4 * names.index(activation)))
        images.append((255 * (image - image.min()) / np.ptp(image)).astype(np.uint8).tobytes())
    table = table.assign(study="heatmaps", weight_magnitude=1.0, variant="plain", image=images)
    scalars = {measure: noise(len(table), i) for i, measure in enumerate(MEASURES)}
    return {"function_images": table, "random_networks": table.assign(**scalars)}


def spectra(tilt: float, networks: int) -> dict[str, pd.DataFrame]:
    """Spectra of the Fourier model, flat, or tilted by so much from the smallest to the largest radius."""
    keys = list(product([0.1, 10.0], range(1, 46)))
    table = pd.DataFrame(keys, columns=["weight_magnitude", "radius"])
    draws = 0.05 * np.random.default_rng(0).normal(size=(networks, len(table)))
    found = 1 + tilt * (table.radius.to_numpy() / 45 - 0.5) + draws
    low, high = np.apply_along_axis(mean_interval, 0, found)
    return {"spectra": table.assign(variant="unbiased", amplitude=found.mean(0), low=low, high=high, n=networks)}


MODELS = ["relu", "gelu", "swish", "tanh", "gaussian", "sin"]
PREFACTORS = np.geomspace(0.2, 20, 9)
RUNS = (("paper", "half", "constant"), ("paper", "half", "scaled"))
PEAKS = {10: -0.5, 7: 0.5, 4: 1.5}


def modulo(
    height: Callable[[str, int], float], seeds: int, direction: int = 1, side_effect: float = 0.0
) -> dict[str, pd.DataFrame]:
    """Balanced accuracy is a bump over ln prefactor that peaks later the smaller M is (`direction` 1)."""
    keys = list(product(RUNS, MODELS, PEAKS, PREFACTORS, range(seeds)))
    rows = []
    for (run, activation, modulus, prefactor, seed), e in zip(keys, 0.01 * noise(len(keys)), strict=True):
        x = np.log(prefactor)
        bump = np.exp(-((x - direction * PEAKS[modulus]) ** 2) / 4)
        accuracy = 0.5 + (height(activation, modulus) - 0.5) * bump + e - side_effect * (run[2] == "scaled")
        about = dict(zip(("budget", "split", "learning_rate_rule"), run, strict=True))
        complexity = dict.fromkeys([f"{m}_init" for m in MEASURES], np.exp(0.5 * x + e))
        labels = dict.fromkeys([f"target_{m}" for m in MEASURES], np.exp(0.5 * PEAKS[modulus]))
        rows.append(
            {"activation": activation, "modulus": modulus, "prefactor": prefactor, "seed": seed, "status": "ok"}
            | {"train_accuracy": 1.0, "balanced_test_accuracy": accuracy, **about, **complexity, **labels}
        )
    return {"modulo": pd.DataFrame(rows)}


def solved_as_the_paper_says(activation: str, modulus: int) -> float:
    if activation == "relu":
        return 0.97 if modulus == 10 else 0.6
    return 0.6 if activation in ("gelu", "swish") and modulus == 4 else 0.97


def solved_as_the_paper_denies(activation: str, modulus: int) -> float:
    return 0.6 if modulus == 10 else 0.97


def solved_by_all(activation: str, modulus: int) -> float:
    return 0.98


def at_best(apart: float, seeds: int) -> dict[str, pd.DataFrame]:
    """Sine networks are more complex by a factor exp(apart) than the others at the prefactors that are best for all."""
    table = modulo(solved_as_the_paper_says, seeds)["modulo"]
    factor = np.where(table.activation == "sin", np.exp(apart), 1.0)
    return {"modulo": table.assign(**{f"{m}_init": factor * table[f"{m}_init"] for m in MEASURES})}


def before_after(sign: int, seeds: int) -> dict[str, pd.DataFrame]:
    keys = list(product((10, 7), MODELS, PREFACTORS, range(seeds)))
    table = pd.DataFrame(keys, columns=["modulus", "activation", "prefactor", "seed"])
    init = 0.1 * np.log(table.prefactor) + 0.05 * table.activation.map(MODELS.index)
    columns = {f"{m}_init": init + 0.01 * noise(len(table), 1) for m in MEASURES}
    columns |= {f"{m}_trained": sign * init + 0.05 * noise(len(table), 2) for m in MEASURES}
    architecture = table.activation + " " + table.prefactor.astype(str)
    task = "modulo_" + table.modulus.astype(str)
    return {"before_after": table.assign(architecture=architecture, task=task, status="ok", train_score=1.0, **columns)}


def colored_digits(as_stated: bool, seeds: int) -> dict[str, pd.DataFrame]:
    keys = list(product(["tanh", "gaussian", "sin"], PREFACTORS, range(seeds)))
    table = pd.DataFrame(keys, columns=["activation", "prefactor", "seed"])
    x, sine, e = np.log(table.prefactor), table.activation == "sin", 0.02 * noise(len(table))
    beyond = np.maximum(x, 0)
    falls = 0.1 * (1 + sine) * beyond
    color, digit, rise = -0.04 * x, 0.5 - 0.3 * np.maximum(-x, 0) - falls, 20 * (1 + sine) * x
    if not as_stated:
        color, digit, rise = 0.04 * x, 0.3 * x - 0.1 * (1 - sine) * beyond, 20 * (2 - sine) * x
    scores = {f"{score}_color": color + e for score in ("r", "accuracy")}
    scores |= {f"{score}_digit": digit + e for score in ("r", "accuracy")}
    complexity = {f"{measure}_init": rise + 50 * e for measure in ("lempel_ziv", "cosine")}
    about = {"budget": "paper", "status": "ok", "reached": True}
    about |= {"features": "both", "learning_rate_rule": "constant", "steps": 500}
    return {"colored_digits": table.assign(**about, **scores, **complexity)}


def one_feature(ratio: float, seeds: int) -> dict[str, pd.DataFrame]:
    """The digit alone takes `ratio` times as many steps as the colour alone."""
    keys = list(product(["color", "digit"], ["tanh", "gaussian", "sin"], PREFACTORS, range(seeds)))
    table = pd.DataFrame(keys, columns=["features", "activation", "prefactor", "seed"])
    steps = 200 * np.where(table.features == "digit", ratio, 1.0) * np.exp(0.1 * noise(len(table)))
    about = {"budget": "alone", "learning_rate_rule": "constant", "status": "ok", "reached": True}
    unseen = dict.fromkeys(["r_color", "r_digit", "accuracy_color", "accuracy_digit"], 0.0)
    return {"colored_digits": table.assign(steps=steps.round(), **about, **unseen)}


def learning_rates(seeds: int, left: float = 0.0, right: float = 0.3, folded: float = 0.0) -> dict[str, pd.DataFrame]:
    """Accuracy is lost at the ends of the prefactors at any rate; with the prefactor in the weights it is another."""
    rules = {"constant": [1e-3, 1e-2], "scaled": [1e-3, 1e-2], "folded": [1e-3]}
    runs = [(rule, rate) for rule, rates in rules.items() for rate in rates]
    keys = list(product(["relu", "tanh", "gaussian", "sin"], (10, 7, 4), PREFACTORS, runs, range(seeds)))
    table = pd.DataFrame(keys, columns=["activation", "modulus", "prefactor", "run", "seed"])
    rule, rate = zip(*table.pop("run"), strict=True)
    table = table.assign(learning_rate_rule=rule, learning_rate=np.array(rate))
    ends = {min(PREFACTORS): left, max(PREFACTORS): right}
    time = 0.2 * (np.log10(table.learning_rate) + 2) * -np.log(table.prefactor).clip(upper=0)  # lacking at low rates
    accuracy = 0.95 + time - table.prefactor.map(ends).fillna(0) + folded * (table.learning_rate_rule == "folded")
    return {"learning_rates": table.assign(status="ok", balanced_test_accuracy=accuracy + 0.01 * noise(len(table)))}


def guesses(accuracy: dict[tuple[str, str, str], float], splits: int) -> dict[str, pd.DataFrame]:
    """Test accuracies by (model, method, loss)."""
    rows = [
        {"model": model, "method": method, "loss": loss, "task": task, "split": split, "points": 8, "prefactor": 1.0}
        | {"loss_bin": loss_bin, "test_accuracy": value}
        for (model, method, loss), value in accuracy.items()
        for task in ("digits", "half_plane")
        for loss_bin in ((3,) if method == "poisoned" else (1, 2, 3))
        for split in range(splits)
    ]
    table = pd.DataFrame(rows)
    return {"guess_and_check": table.assign(test_accuracy=table.test_accuracy + 0.005 * noise(len(table)))}


def guessed(as_stated: bool, splits: int) -> dict[str, pd.DataFrame]:
    true, false = (0.9, 0.9, 0.9, 0.5, 0.2), (0.7, 0.9, 0.8, 0.7, 0.85)
    guess, descent, mse, unbiased, poisoned = true if as_stated else false
    return guesses(
        {
            ("relu", "guess", "cross_entropy"): guess,
            ("relu", "guess", "mse"): mse,
            ("relu", "descent", "cross_entropy"): descent,
            ("relu", "poisoned", "cross_entropy"): poisoned,
            ("unbiased", "guess", "cross_entropy"): unbiased,
        },
        splits,
    )


def unbiased_training(score: float, seeds: int) -> dict[str, pd.DataFrame]:
    keys = list(product(["modulo_10", "modulo_7", "modulo_4"], range(seeds)))
    table = pd.DataFrame(keys, columns=["task", "seed"]).assign(test_score=score + 0.01 * noise(len(keys)))
    return {"unbiased_training": table.assign(model="unbiased", optimizer="adam", weight_magnitude=1.0, status="ok")}


def start(more: float, seeds: int) -> dict[str, pd.DataFrame]:
    keys = list(product(["random", "complex", "permuted"], range(seeds)))
    table = pd.DataFrame(keys, columns=["start", "seed"])
    end = 0.05 + more * (table.start == "complex") + 0.005 * noise(len(table))
    about = {"activation": "relu", "points": 256, "status": "ok", "start_loss": np.nan}
    return {"start": table.assign(**about, fourier=end, cosine=end)}


def transformers(sign: int, models: int) -> dict[str, pd.DataFrame]:
    """Sequences as Section 5 describes them (sign 1), or the other way round (-1)."""
    order = ["gaussian", "relu", "gelu", "swish", "selu", "tanh", "sin"]
    plain = list(product(order, [3, 6, 12], [0.25, 1.0, 8.0], ["none"], range(models)))
    removed = list(product(["gelu"], [6], [1.0], ["no_attention", "no_residual", "no_norm"], range(models)))
    names = ["activation", "depth", "layer_norm_scale", "ablation", "model"]
    table = pd.DataFrame(plain + removed, columns=names)
    rank, steep = table.activation.map(order.index), np.log(table.layer_norm_scale)
    steep *= 1 + (table.activation == "gaussian")
    deep = 0.5 + np.log2(table.depth / 3 * (1 if sign > 0 else 16 / table.depth**2 * 9))
    shift = table.ablation.map({"none": 0, "no_attention": -9, "no_residual": 9, "no_norm": 9})
    level = 20 if sign > 0 else 90
    found = level + sign * (deep * (2 * rank + 8 * steep) + shift) + 0.5 * noise(len(table))
    about = {"protocol": "paper", "final_norm": False, "head": "tied", "centred": False, "sequence": table.model}
    sequences = table.assign(**about, lempel_ziv=found, tokens=[np.zeros(101, int)] * len(table))
    return {"transformers": sequences, "random_networks": random_networks(as_the_paper_says, models)}


def centred(sign: int, models: int) -> dict[str, pd.DataFrame]:
    """Sequences where activations are less their mean and the head is untied, in that order or the other."""
    return {"transformers": transformers(sign, models)["transformers"].assign(head="untied", centred=True)}
