# What jobs ask of a cluster: memory and time by the size of the study, and more of both at each attempt. A job takes about
# 0.5 GB (generate: 1.3 GB) on one core whatever its size, because it works in pieces; tables are held whole. Times are three
# to five times those of one core of a laptop. Rules that are not here take a profile's defaults. No result depends on it.


def networks_of(block):
    """How many networks a variant and activation has in a study."""
    axes = ("priors", "depths", "widths", "weight_magnitudes", "bias_magnitudes")
    return prod(len(block[axis]) for axis in axes) * block["networks"]


def minutes_to_sample(study):
    """2·10⁹ products a second, a layer of width w and its activation at one point being w (w + 64) of them."""
    block = STUDIES[study]
    layers = sum(width * (width + 64) for width in block["widths"]) * sum(block["depths"])
    cells = prod(len(block[axis]) for axis in ("priors", "weight_magnitudes", "bias_magnitudes"))
    return 10 + cells * block["networks"] * block["grid_points"] ** 2 * layers / 1.2e11


def minutes_to_measure(study):
    """1.7·10⁶ values a second; of trained networks fewer functions."""
    if study in TRAINING:
        return 30
    block = STUDIES[study]
    return 10 + len(block["variants"]) * networks_of(block) * block["grid_points"] ** 2 / 1e8


def minutes_to_train(task):
    """10 for each seed or split: whatever is trained at one."""
    block = TRAINING[task]
    runs = block.get("runs", [block])
    return 30 + 10 * max(run.get("seeds", run.get("splits")) for run in runs)


def minutes_to_generate(depth):
    """Half a second for each 100 tokens of 12 blocks of GPT-2's size."""
    runs = [run for run in TRANSFORMERS["runs"] if depth in run["depths"]]
    tokens = sum(len(run["layer_norm_scales"]) * run["sequences"] * run["models"] * run["tokens"] for run in runs)
    return 20 + tokens * depth / 12 / 100 / 120


def minutes_to_vary(activation):
    """10⁶ values of a network on the finest grid a minute."""
    networks = len(SENSITIVITY["cells"]) * len(SENSITIVITY_VARIANTS[activation]) * SENSITIVITY["networks"]
    return 20 + networks * max(SENSITIVITY["settings"]["grid_points"], default=0) ** 2 / 1e6


ALL_NETWORKS = sum(len(architectures(study)) * networks_of(block) for study, block in STUDIES.items())


def minutes(estimate):
    """`runtime` of a rule, whole minutes, from an estimate by wildcards."""
    return lambda wildcards, attempt: ceil(attempt * estimate(wildcards))


def megabytes(fixed, networks=0):
    """`mem_mb` of a rule: 2 GB, or what is given, and 5 kB for each network of a table."""
    return lambda wildcards, attempt: ceil(attempt * (fixed + 0.005 * networks))
