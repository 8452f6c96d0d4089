"""How much work a job has: what it asks a cluster for, and what `benchmarks/costs.py` fits times to.

Work is counted from the configuration alone, in units that are said with each function; a rule of constant work has one
unit. Only the standard library is used: the Snakefile imports this at every start.
"""

from collections.abc import Mapping
from math import prod
from typing import Any

Block = Mapping[str, Any]
Config = Mapping[str, Any]
CELL = ("priors", "weight_magnitudes", "bias_magnitudes")  # the axes of a study, besides depths and widths
OF_ALL_NETWORKS = ("join", "correlate", "estimate", "decide", "publish")  # hold a row for each
WITH_TORCH = ("sample", "sample_for_measuring", "train", "train_for_scores", "generate", "vary", "profile")


def work(rule: str, wildcards: Mapping[str, str], config: Config, tables: Mapping[str, list[str]]) -> dict[str, float]:
    """Amounts of work of a job by kind, the start of a process among them; `tables`: those that each figure reads.

    Kinds of the same name cost the same for each unit in every job.
    """
    study = config["studies"].get(wildcards.get("study", ""))
    kinds: dict[str, float] = {rule: all_networks(config) if rule in OF_ALL_NETWORKS else 1}
    match rule:
        case "sample" | "sample_for_measuring" if wildcards["variant"] == "unbiased":
            kinds = {"sample the Fourier model": values_of(study, ["unbiased"])}
        case "sample" | "sample_for_measuring":
            kinds = {"sample": products_of(study, wildcards["variant"])}
        case "measure" if study:
            kinds = {f"measure {wildcards['measure']}": values_of_activation(study, wildcards["activation"])}
        case "measure":
            values = values_of_task(wildcards["study"], wildcards["activation"], config)
            kinds = {f"measure {wildcards['measure']}": values}
        case "train" | "train_for_scores":
            kinds = {f"train {wildcards['task']}": steps_of(wildcards["task"], wildcards["model"], config)}
        case "generate":
            kinds = tokens_of(int(wildcards["depth"]), config["transformers"]["runs"])
        case "vary":
            kinds = {"vary": varied_values_of(wildcards["activation"], config["sensitivity"])}
        case "plot" if "random_networks" in tables[wildcards["figure"]]:
            kinds = {"plot": 1, "plot networks": all_networks(config)}
        case "calibrate":
            kinds = {"calibrate": calibrated_values_of(config)}
        case "decompose":
            block = config["studies"]["heatmaps"]
            kinds = {"decompose": values_of(block, block["variants"]) * len(block["activations"])}
        case "parse" | "excerpt":
            kinds = {rule: sequences_of(config["transformers"])}
    compiled = wildcards.get("measure") == "lempel_ziv"  # by numba
    starts: dict[str, float] = {"start": 1, "start of torch": rule in WITH_TORCH, "start of numba": compiled}
    return {kind: float(amount) for kind, amount in (starts | kinds).items() if amount}


def networks_of(block: Block, variant: str = "plain") -> int:
    """Networks that a variant and activation has in a study; the Fourier model has no layers and no biases."""
    axes = ("weight_magnitudes",) if variant == "unbiased" else (*CELL, "depths", "widths")
    return prod(len(block[axis]) for axis in axes) * block["networks"]


def all_networks(config: Config) -> int:
    """Networks of all studies."""
    return sum(
        networks_of(block, variant) * (1 if variant == "unbiased" else len(block["activations"]))
        for block in config["studies"].values()
        for variant in block["variants"]
    )


def products_of(block: Block, variant: str) -> float:
    """Products to sample a variant and activation of a study: w (w + 64) a layer of width w, its activation with it.

    A gated layer has two matrices and two activations.
    """
    layers = sum(width * (width + 64) for width in block["widths"]) * sum(block["depths"])
    cells = prod(len(block[axis]) for axis in CELL) * (2 if variant == "gated" else 1)
    return cells * block["networks"] * block["grid_points"] ** 2 * layers


def values_of(block: Block, variants: list[str]) -> int:
    """Values on the grid of all networks of these variants, of one activation."""
    return sum(networks_of(block, variant) for variant in variants) * block["grid_points"] ** 2


def values_of_activation(block: Block, activation: str) -> int:
    """Values on the grid that a job measures: of the variants with this activation; the Fourier model's is `none`."""
    return values_of(block, [name for name in block["variants"] if (name == "unbiased") == (activation == "none")])


def values_of_task(task: str, model: str, config: Config) -> int:
    """Values that a job measures of trained functions: each before and after training."""
    block = config["training"][task]
    if task == "colored_digits":
        points = block["slices"] * block["slice_points"] ** 2
    else:
        points = block["grid_points"] ** (1 if task == "start" else 2)
    return 2 * points * sum(models for models, _ in trained(task, model, config))


def steps_of(task: str, model: str, config: Config) -> int:
    """Steps of training of all models of a job, at most; of `guess_and_check` the candidates."""
    return sum(models * steps for models, steps in trained(task, model, config))


def trained(task: str, model: str, config: Config) -> list[tuple[int, int]]:
    """(models, steps of each, at most) of what a job trains. Raises ValueError where the task is unknown."""
    block = config["training"][task]
    cells = prod(len(block[axis]) for axis in ("prefactors", "moduli", "cycles") if isinstance(block.get(axis), list))
    match task:
        case "modulo":
            found = [
                (cells * run["seeds_of"].get(model, run["seeds"]), block["budgets"][run["budget"]]["steps"])
                for run in block["runs"]
            ]
        case "colored_digits":
            found = [(cells * run["seeds"], block["budgets"][run["budget"]]["steps"]) for run in block["runs"]]
        case "learning_rates":
            found = [(cells * sum(map(len, block["rules"].values())) * block["seeds"], block["steps"])]
        case "smooth":
            found = [(cells * block["seeds"], block["steps"])]
        case "unbiased_training":
            starts = len(block["weight_magnitudes"]) if model == "unbiased" else 1
            models = (len(block["moduli"]) + len(block["cycles"])) * starts * block["seeds"]
            found = [(models, optimizer["steps"]) for optimizer in block["models"][model].values()]
        case "guess_and_check":
            problems = len(block["tasks"]) * len(block["points"]) * len(block["models"][model])
            found = [(problems * block["splits"], block["candidates"])]
        case "start":
            models = cells * block["seeds"]
            found = [(models, block["start_steps"]), (3 * len(block["points"]) * models, block["steps"])]
        case _:
            raise ValueError(f"task {task!r} found; what it trains is not counted")
    return found


def tokens_of(depth: int, runs: list[Block]) -> dict[str, float]:
    """Tokens that transformers of a depth add, the same times blocks, and blocks of models that are drawn whole."""
    tokens = whole = 0
    for run in (run for run in runs if depth in run["depths"]):
        models = len(run["layer_norm_scales"]) * run["models"]
        tokens += models * run["sequences"] * run["tokens"]
        whole += models if run["protocol"] == "authors_code" else 0
    return {"tokens": tokens, "tokens x blocks": tokens * depth, "blocks drawn whole": whole * depth}


def sequences_of(block: Block) -> int:
    """Sequences of all transformers."""
    cells = ((run, len(run["depths"]) * len(run["layer_norm_scales"])) for run in block["runs"])
    return len(block["activations"]) * sum(number * run["models"] * run["sequences"] for run, number in cells)


def varied_values_of(activation: str, block: Block) -> int:
    """Values on the finest grid of the networks whose measures' settings are varied."""
    variants = [name for name in block["variants"] if (name == "unbiased") == (activation == "none")]
    networks = len(block["cells"]) * len(variants) * block["networks"]
    return networks * max(block["settings"]["grid_points"], default=0) ** 2


def calibrated_values_of(config: Config) -> int:
    """Values of the calibration functions of a kind on all grids."""
    grids = {*config["calibration_grids"], *config["sensitivity"]["settings"]["grid_points"]}
    grids |= {block["grid_points"] for block in config["studies"].values()}
    return config["calibration_functions"] * sum(points**2 for points in grids)
