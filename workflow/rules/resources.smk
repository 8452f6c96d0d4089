# What jobs ask of a cluster: memory and time by the size of the study, and more of both at each attempt. A job takes about
# 0.5 GB (generate: 1.3 GB) on one core whatever its size, because it works in pieces; tables are held whole. Times are three
# to five times those of one core of a laptop. Rules that are not here take a profile's defaults. No result depends on it.
# `neural_redshift.costs` counts what a job has to do.


def minutes_to_sample(study, variant):
    """2·10⁹ products a second."""
    return 10 + costs.products_of(STUDIES[study], variant) / 1.2e11


def minutes_to_measure(study, activation):
    """1.7·10⁶ values a second; of trained networks fewer functions."""
    return 30 if study in TRAINING else 10 + costs.values_of_activation(STUDIES[study], activation) / 1e8


def minutes_to_train(task):
    """10 for each seed or split: whatever is trained at one."""
    block = TRAINING[task]
    runs = block.get("runs", [block])
    return 30 + 10 * max(run.get("seeds", run.get("splits")) for run in runs)


def minutes_to_generate(depth):
    """Half a second for each 100 tokens of 12 blocks of GPT-2's size."""
    return 20 + costs.tokens_of(depth, TRANSFORMERS["runs"])["tokens x blocks"] / 12 / 100 / 120


def minutes_to_vary(activation):
    """10⁶ values a minute."""
    return 20 + costs.varied_values_of(activation, SENSITIVITY) / 1e6


ALL_NETWORKS = costs.all_networks(config)


def minutes(estimate):
    """`runtime` of a rule, whole minutes, from an estimate by wildcards."""
    return lambda wildcards, attempt: ceil(attempt * estimate(wildcards))


def megabytes(fixed, networks=0):
    """`mem_mb` of a rule: 2 GB, or what is given, and 5 kB for each network of a table."""
    return lambda wildcards, attempt: ceil(attempt * (fixed + 0.005 * networks))
