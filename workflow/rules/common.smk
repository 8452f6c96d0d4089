# What the rules share: which files there are, and what each of them stands on.
import json
import os
import sys
from contextlib import suppress
from functools import cache
from math import ceil
from pathlib import Path

import yaml
from snakemake.io import IOFile

# Steps run this clone's code, whatever is installed.
os.environ.update(PYTHONPATH=f"{ROOT}/src")

from neural_redshift import costs
from neural_redshift.clock import bring_back
from neural_redshift.cluster import living_jobs
from neural_redshift.lock import Busy, looks_only, take
from neural_redshift.provenance import code, content, fingerprint, pins, row
from neural_redshift.tables import fingerprint_of_kept, state_of_kept
from neural_redshift.tasks.mnist import mnist_files

PACKAGE = "neural_redshift"
if workflow.is_main_process and not looks_only(sys.argv[1:]):
    try:
        LOCK = take(Path(".snakemake"))
    except Busy as busy:
        sys.exit(f"error: {busy}")
    except OSError as problem:
        sys.exit(f"error: {problem}; Snakemake needs to write to .snakemake here")
    if living := living_jobs(Path.cwd()):
        cancel = f"wait for them, or cancel them: scancel {' '.join(living)}"
        sys.exit(f"error: {len(living)} jobs of an earlier run are in SLURM's queue; {cancel}")
    bring_back(map(Path, config["pathvars"].values()))
SKLEARN = pins(ROOT / "envs/lock.txt", ["scikit-learn"])
NUMERICS = pins(ROOT / "envs/lock.txt", ["numba", "numpy", "scipy", "torch"])
STUDIES = config["studies"]
FIGURES = yaml.safe_load((ROOT / "workflow/figures.yaml").read_text())
STEP = "{input.files} --output {output} --settings {params.settings:q} --fingerprint {params.fingerprint} 2> {log}"


def pairs(block):
    """(variant, activation) pairs of a block of the configuration; the Fourier model has no activation."""
    found = []
    for variant in block["variants"]:
        activations = ["none"] if variant == "unbiased" else block["activations"]
        found += [(variant, activation) for activation in activations]
    return found


def architectures(study):
    """(variant, activation) pairs of a study."""
    return pairs(STUDIES[study])


def as_json(settings):
    return json.dumps(settings, sort_keys=True)


def step(name, **rows):
    """Code of a step; of the tables named, no row counts, because the job says which it uses."""
    return code(f"{PACKAGE}.steps.{name}", rows=rows)


def some_of(values, shares):
    """The sorted values that lie at these shares of the way from the first to the last."""
    return [sorted(values)[place] for place in sorted({round(share * (len(values) - 1)) for share in shares})]


def schema(table):
    return row(f"{PACKAGE}.schemas", "SCHEMAS", table)


# sample: one job draws all networks of a study, variant and activation


SAMPLE_CODE = step("sample", ACTIVATIONS=[], PRIORS=[], VARIANTS=[], SCHEMAS=[]) + NUMERICS


def sample_rows(study, variant, activation):
    """The activation, variant and priors of a job, row by row."""
    if variant == "unbiased":
        return []
    networks = f"{PACKAGE}.networks"
    return [
        row(f"{networks}.activations", "ACTIVATIONS", activation),
        row(f"{networks}.mlp", "VARIANTS", variant),
        row(f"{networks}.on_device", "VARIANTS", variant),
        *[row(f"{networks}.priors", "PRIORS", prior) for prior in STUDIES[study]["priors"]],
    ]


def sample_settings(study, variant, activation):
    axes = [
        "priors",
        "depths",
        "widths",
        "weight_magnitudes",
        "bias_magnitudes",
        "grid_points",
        "networks",
    ]
    if variant == "unbiased":
        axes = ["weight_magnitudes", "grid_points", "networks"]
    names = {
        "study": study,
        "variant": variant,
        "activation": activation,
        "seed": config["seed"],
    }
    return names | {axis: STUDIES[study][axis] for axis in axes}


def sample_fingerprint(study, variant, activation):
    job = (study, variant, activation)
    return fingerprint(SAMPLE_CODE, sample_rows(*job), sample_settings(*job))


def function_files(study, activation=None):
    """Tensor files of a study or task, of one activation or of all."""
    if study in TRAINING:
        return [f"<results>/trained/{study}/{activation}.safetensors"]
    pairs = [pair for pair in architectures(study) if activation in (None, pair[1])]
    return [f"<results>/functions/{study}/{variant}/{name}.safetensors" for variant, name in pairs]


# train: one job trains all models of a task and activation (or of a task and kind of model)


TRAINING = config["training"]
TABLE_OF = {task: "before_after" if task == "smooth" else task for task in TRAINING}
DIGITS = ["colored_digits", "guess_and_check"]  # stand on scikit-learn's images


def models_of(task):
    """One job each: the activations of a task, or its kinds of model."""
    return list(TRAINING[task].get("activations") or TRAINING[task]["models"])


def with_functions(task):
    """Whether a task keeps functions for `measure`."""
    return "measures" in TRAINING[task]


def train_code(task):
    tables = dict.fromkeys(["ACTIVATIONS", "SLOPES", "PRIORS", "VARIANTS", "SCHEMAS"], [])
    chosen = code(f"{PACKAGE}.steps.train", f"{PACKAGE}.tasks.{task}", rows=tables)
    return chosen + [schema(TABLE_OF[task]), *NUMERICS, *(SKLEARN if task in DIGITS else [])]


def train_rows(model):
    """The activation, slope, variant and prior of a job, row by row."""
    if model == "unbiased":
        return []
    networks = f"{PACKAGE}.networks"
    try:
        slope = [row(f"{networks}.slopes", "SLOPES", model)]
    except KeyError:  # torch differentiates it
        slope = []
    return [
        row(f"{networks}.activations", "ACTIVATIONS", model),
        *slope,
        row(f"{networks}.mlp", "VARIANTS", "plain"),
        row(f"{networks}.priors", "PRIORS", "glorot"),
    ]


def train_settings(task, model):
    """What the job needs of its block, with the choices for its model made."""
    block = {name: value for name, value in TRAINING[task].items() if name not in ("activations", "models", "measures")}
    about = {"task": task, "table": TABLE_OF[task], "model": model, "activation": model, "seed": config["seed"]}
    match task:
        case "modulo":
            for run in block.pop("runs"):
                seeds = run["seeds_of"].get(model, run["seeds"])
                chosen = {name: value for name, value in run.items() if name != "seeds_of"}
                about.setdefault("runs", []).append(chosen | {"seeds": seeds})
        case "colored_digits":
            block.pop("mnist_folder")
            about["files"] = digit_files(task)
        case "unbiased_training":
            about["optimizers"] = TRAINING[task]["models"][model]
        case "guess_and_check":
            about["prefactors"] = TRAINING[task]["models"][model]
    return block | about


def digit_files(task):
    """The files of MNIST, where a task reads them."""
    if TRAINING[task].get("dataset") != "mnist":
        return []
    return [str(path) for path in mnist_files(TRAINING[task]["mnist_folder"])]


def train_fingerprint(task, model):
    return fingerprint(train_code(task), train_rows(model), train_settings(task, model))


# measure: one job measures all variants of a study and activation by one measure


ALL_MEASURES = {measure: options or {} for measure, options in config["measures"].items()}
MEASURE_CODE = step("measure", SCHEMAS=[], MEASURES=[]) + [
    schema("complexity"),
    schema("trained_complexity"),
    *NUMERICS,
]


def complexity_code(measure):
    """Code of a measure on a CPU."""
    return code(f"{PACKAGE}.complexity.{measure}")


def measure_code(measure):
    """The same, and on a GPU."""
    return [*complexity_code(measure), row(f"{PACKAGE}.complexity.on_device", "MEASURES", measure)]


def measure_settings(study, measure):
    names = {"measure": measure, "options": ALL_MEASURES[measure], "seed": config["seed"]}
    return names | ({"task": study} if study in TRAINING else {})


def measure_fingerprint(study, measure, activation):
    if study in TRAINING:
        functions = [train_fingerprint(study, activation)]
    else:
        functions = [sample_fingerprint(study, *pair) for pair in architectures(study) if pair[1] == activation]
    return fingerprint(MEASURE_CODE, measure_code(measure), measure_settings(study, measure), functions)


MEASURED = [
    (study, measure, activation)
    for study in STUDIES
    for measure in STUDIES[study]["measures"]
    for activation in dict.fromkeys(name for _, name in architectures(study))
]
MEASURED_MODELS = {
    task: [(task, measure, model) for measure in TRAINING[task].get("measures", []) for model in models_of(task)]
    for task in TRAINING
}


def complexity_files(jobs):
    return ["<results>/complexity/{}/{}/{}.parquet".format(*job) for job in jobs]


COMPLEXITY_FILES = complexity_files(MEASURED)


def gathered_files(task):
    """Scores and measures of all models of a task."""
    scores = [f"<results>/trained/{task}/{model}.parquet" for model in models_of(task)]
    return scores + complexity_files(MEASURED_MODELS[task])


# vary: one job varies the settings of the measures, for all variants of an activation


SENSITIVITY = config["sensitivity"]
SENSITIVITY_MEASURES = {measure: ALL_MEASURES[measure] for measure in SENSITIVITY["measures"]}
SENSITIVITY_VARIANTS = {}
for variant, activation in pairs(SENSITIVITY):
    SENSITIVITY_VARIANTS.setdefault(activation, []).append(variant)
SENSITIVITY_FILES = [f"<results>/sensitivity/{activation}.parquet" for activation in SENSITIVITY_VARIANTS]
VARY_CODE = sorted(
    {
        *step("vary", ACTIVATIONS=[], PRIORS=[], VARIANTS=[], SCHEMAS=[], MEASURES=[]),
        *sum(map(measure_code, [*SENSITIVITY_MEASURES, "lempel_ziv_76"]), []),
    }
)
VARY_CODE += [schema("sensitivity"), *NUMERICS]
COLLECT_CODE = step("collect", SCHEMAS=[]) + [schema("sensitivity")]
COLLECT_SETTINGS = SENSITIVITY | {"measures": SENSITIVITY_MEASURES, "seed": config["seed"]}


def vary_rows(activation):
    """The activations, variants and priors of a job, row by row."""
    if activation == "none":
        return []
    settings = SENSITIVITY["settings"]
    forms = settings["gaussian_form"] if activation == "gaussian" else []
    priors = dict.fromkeys(["glorot", *settings["bias_scaling"]])
    return [
        *[row(f"{PACKAGE}.networks.activations", "ACTIVATIONS", name) for name in dict.fromkeys([activation, *forms])],
        *[row(f"{PACKAGE}.networks.mlp", "VARIANTS", variant) for variant in SENSITIVITY_VARIANTS[activation]],
        *[row(f"{PACKAGE}.networks.priors", "PRIORS", prior) for prior in priors],
    ]


def vary_settings(activation):
    shared = {name: value for name, value in COLLECT_SETTINGS.items() if name != "activations"}
    return shared | {"activation": activation, "variants": SENSITIVITY_VARIANTS[activation]}


def vary_fingerprint(activation):
    return fingerprint(VARY_CODE, vary_rows(activation), vary_settings(activation))


# generate: one job lets the transformers of an activation and depth continue prompts


TRANSFORMERS = config["transformers"]
GENERATE_CODE = step("generate", ACTIVATIONS=[], SLOPES=[], SCHEMAS=[]) + [schema("sequences"), *NUMERICS]
GENERATED = [
    (activation, depth)
    for activation in TRANSFORMERS["activations"]
    for depth in sorted({depth for run in TRANSFORMERS["runs"] for depth in run["depths"]})
]


def generate_rows(activation):
    """The activation of a job."""
    return [row(f"{PACKAGE}.networks.activations", "ACTIVATIONS", activation)]


def generate_settings(activation, depth):
    """What a job makes; `made_by` is the fingerprint of what makes a sequence, however many there are."""
    sizes = ("width", "heads", "vocabulary", "positions")
    names = {name: TRANSFORMERS[name] for name in sizes} | {"activation": activation, "depth": depth}
    names["seed"] = config["seed"]
    runs = [
        {name: value for name, value in run.items() if name != "depths"}
        for run in TRANSFORMERS["runs"]
        if depth in run["depths"]
    ]
    return names | {"runs": runs, "made_by": fingerprint(GENERATE_CODE, generate_rows(activation), names)}


def generate_fingerprint(activation, depth):
    return fingerprint(generate_settings(activation, depth))


SEQUENCE_FILES = ["<results>/sequences/{}/{}.parquet".format(*job) for job in GENERATED]
PARSE_CODE = step("parse", SCHEMAS=[]) + [schema("sequences"), schema("transformers"), *NUMERICS]
PARSE_SETTINGS = {"seed": config["seed"]}
EXCERPT_CODE = step("excerpt", SCHEMAS=[]) + [schema("transformers"), schema("token_sequences")]
EXCERPT_SETTINGS = TRANSFORMERS["excerpt"] | {"seed": config["seed"]}


# tables and figures: kept files, which say themselves what made them


def table_file(table):
    return f"<results>/tables/{table}.parquet"


HEATMAP_FUNCTIONS = [sample_fingerprint("heatmaps", *pair) for pair in architectures("heatmaps")]

JOIN_CODE = step("join", SCHEMAS=[]) + [schema("complexity"), schema("random_networks")]
JOIN_SETTINGS = {"studies": STUDIES, "measures": ALL_MEASURES, "seed": config["seed"]}
ILLUSTRATE_CODE = step("illustrate", SCHEMAS=[]) + [schema("function_images")]
ILLUSTRATE_SETTINGS = {
    "images_per_cell": config["images_per_cell"],
    "seed": config["seed"],
}
DECOMPOSE_CODE = step("decompose", SCHEMAS=[]) + [schema("spectra"), *NUMERICS]
DECOMPOSE_SETTINGS = {"seed": config["seed"]}
EXEMPLIFY_CODE = step("exemplify", SCHEMAS=[]) + [schema("function_examples")]
EXEMPLIFY_SETTINGS = {"examples": config["examples"], "seed": config["seed"]}
CALIBRATE_CODE = sorted({*step("calibrate", SCHEMAS=[]), *sum(map(complexity_code, ALL_MEASURES), [])})
CALIBRATE_CODE += [schema("calibration"), *NUMERICS]
CALIBRATE_SETTINGS = {
    "grid_points": sorted(
        {
            *config["calibration_grids"],
            *SENSITIVITY["settings"]["grid_points"],
            *(study["grid_points"] for study in STUDIES.values()),
        }
    ),
    "networks": config["calibration_functions"],
    "measures": ALL_MEASURES,
    "seed": config["seed"],
}
THEORY = pins(ROOT / "envs/lock.txt", ["numpy", "scipy"])
PREDICT_CODE = step("predict", SCHEMAS=[]) + [schema("mean_field"), *THEORY]
PREDICT_SETTINGS = {
    axis: STUDIES["heatmaps"][axis]
    for axis in ("activations", "depths", "widths", "weight_magnitudes", "bias_magnitudes")
} | {"seed": config["seed"]}
EXPECT_CODE = step("expect", SCHEMAS=[]) + [schema("expected_spectra"), *THEORY]
EXPECT_SETTINGS = PREDICT_SETTINGS | {
    "grid_points": STUDIES["heatmaps"]["grid_points"],
    "depths": some_of(STUDIES["heatmaps"]["depths"], (0, 1 / 2, 1)),
    "weight_magnitudes": some_of(STUDIES["heatmaps"]["weight_magnitudes"], (1 / 3, 2 / 3, 1)),
}
CORRELATE_CODE = step("correlate", SCHEMAS=[]) + [
    schema(name) for name in ("random_networks", "before_after", "correlations")
]
GATHER_CODE = step("gather", SCHEMAS=[]) + [schema("trained_complexity")]
COMPARE_CODE = step("compare", SCHEMAS=[]) + [schema("modulo"), schema("before_after")]
COMPARE_SETTINGS = {"seed": config["seed"]}
CORRELATE_SETTINGS = {"study": "heatmaps", "seed": config["seed"]}
ESTIMATE_CODE = step("estimate", SCHEMAS=[]) + [
    schema(name) for name in ("random_networks", "calibration", "components")
]
ESTIMATE_SETTINGS = {
    "measures": STUDIES["heatmaps"]["measures"],
    "seed": config["seed"],
}
PLOT_CODE = step("plot", SCHEMAS=[])


def gather_code(task):
    return GATHER_CODE + [schema(TABLE_OF[task])]


def gather_settings(task):
    about = {"task": task, "table": TABLE_OF[task], "measures": [], "seed": config["seed"]}
    return about | TRAINING[task]


def figure_code(figure):
    return code(f"{PACKAGE}.figures.{figure}") + [schema(table) for table in FIGURES[figure]]


# profile: one job profiles a module of the user's, on the grid of the heatmaps


MODULES = {entry["name"]: entry for entry in config["modules"]}
WITH_MODULES = ["fig03_functions", "fig04_heatmaps", "fig05_magnitude", "fig06_measures"] if MODULES else []
PROFILED = ["fourier", "cosine", "chebyshev", "legendre", "lempel_ziv"]
PROFILE_CODE = sorted({*step("profile", SCHEMAS=[]), *sum(map(complexity_code, PROFILED), [])})
PROFILE_CODE += [schema("profiles"), schema("profile_images"), *NUMERICS]
PLOT_WITH_MODULES_CODE = step("plot_with_modules", SCHEMAS=[]) + [schema("profiles"), schema("profile_images")]


def profile_settings(name):
    """The entry of a module; what it does not name is that of the heatmaps."""
    axes = ("depths", "weight_magnitudes", "networks", "grid_points")
    return {axis: STUDIES["heatmaps"][axis] for axis in axes} | MODULES[name] | {"seed": config["seed"]}


def profile_content(name):
    """The content of the user's file."""
    return content(MODULES[name]["target"].rpartition(":")[0])


def profile_fingerprint(name):
    return fingerprint(PROFILE_CODE, profile_content(name), profile_settings(name))


def module_files():
    return [f"<results>/modules/{name}/{table}.parquet" for name in MODULES for table in ("profiles", "profile_images")]


def plot_fingerprint(figure):
    tables = [MADE_BY[table] for table in FIGURES[figure]]
    if figure in WITH_MODULES:
        return fingerprint(PLOT_WITH_MODULES_CODE, figure_code(figure), tables, [*map(profile_fingerprint, MODULES)])
    return fingerprint(PLOT_CODE, figure_code(figure), tables)


MADE_BY = {
    "random_networks": fingerprint(JOIN_CODE, JOIN_SETTINGS, [measure_fingerprint(*job) for job in MEASURED]),
    "calibration": fingerprint(CALIBRATE_CODE, CALIBRATE_SETTINGS),
    "mean_field": fingerprint(PREDICT_CODE, PREDICT_SETTINGS),
    "expected_spectra": fingerprint(EXPECT_CODE, EXPECT_SETTINGS),
    "sensitivity": fingerprint(COLLECT_CODE, COLLECT_SETTINGS, [*map(vary_fingerprint, SENSITIVITY_VARIANTS)]),
    "function_images": fingerprint(ILLUSTRATE_CODE, ILLUSTRATE_SETTINGS, HEATMAP_FUNCTIONS),
    "function_examples": fingerprint(EXEMPLIFY_CODE, EXEMPLIFY_SETTINGS, HEATMAP_FUNCTIONS),
    "spectra": fingerprint(DECOMPOSE_CODE, DECOMPOSE_SETTINGS, HEATMAP_FUNCTIONS),
}
GATHERED = {
    task: fingerprint(
        gather_code(task),
        gather_settings(task),
        [train_fingerprint(task, model) for model in models_of(task)],
        [measure_fingerprint(*job) for job in MEASURED_MODELS[task]],
    )
    for task in TRAINING
}
MADE_BY |= {task: made_by for task, made_by in GATHERED.items() if task != "smooth"}
MADE_BY["transformers"] = fingerprint(PARSE_CODE, PARSE_SETTINGS, [generate_fingerprint(*job) for job in GENERATED])
MADE_BY["token_sequences"] = fingerprint(EXCERPT_CODE, EXCERPT_SETTINGS, MADE_BY["transformers"])
MADE_BY["before_after"] = fingerprint(COMPARE_CODE, COMPARE_SETTINGS, GATHERED["modulo"], GATHERED["smooth"])
MADE_BY["correlations"] = fingerprint(
    CORRELATE_CODE, CORRELATE_SETTINGS, MADE_BY["random_networks"], MADE_BY["before_after"]
)
MADE_BY["components"] = fingerprint(
    ESTIMATE_CODE, ESTIMATE_SETTINGS, MADE_BY["random_networks"], MADE_BY["calibration"]
)

CLAIM_LIST = "workflow/claims.yaml"
CLAIMS = yaml.safe_load((ROOT / CLAIM_LIST).read_text())
DECIDED = CLAIMS["claims"] | CLAIMS["controls"]
CLAIM_TABLES = list(dict.fromkeys(table for claim in DECIDED.values() for table in claim["tables"]))
if unknown := [table for table in CLAIM_TABLES if table not in MADE_BY]:
    sys.exit(f"error: {CLAIM_LIST}: table {unknown[0]!r} found; choose from {', '.join(MADE_BY)}")
DECIDE_CODE = step("decide", SCHEMAS=[]) + [schema(name) for name in (*CLAIM_TABLES, "claims")]
DECIDE_SETTINGS = {"seed": config["seed"]}
MADE_BY["claims"] = fingerprint(DECIDE_CODE, DECIDE_SETTINGS, CLAIMS, [MADE_BY[table] for table in CLAIM_TABLES])

TABLE_FILES = [table_file(table) for table in MADE_BY]
FIGURE_FILES = [f"<figures>/{figure}.{kind}" for figure in FIGURES for kind in ("svg", "png")]
KEPT = {table_file(table): made_by for table, made_by in MADE_BY.items()} | {
    f"<figures>/{figure}.{kind}": plot_fingerprint(figure) for figure in FIGURES for kind in ("svg", "png")
}

# the page: every table and figure, what the documents say, and templates, which are no Python


PAGE = "<figures>/index.html"
PAGE_TABLES = sorted({"calibration", "claims", "function_images", "random_networks", *sum(FIGURES.values(), [])})
PAGE_TEXTS = [ROOT / "docs/deviations.md", ROOT / "CITATION.cff"]
PAGE_TEXTS += [file for file in [ROOT / "benchmarks/results/costs.json"] if file.exists()]  # measured by hand
PAGE_CODE = step("publish", SCHEMAS=[]) + [schema(table) for table in PAGE_TABLES]
PAGE_CODE += content(*PAGE_TEXTS, *sorted((ROOT / f"src/{PACKAGE}/page/templates").iterdir()))
PAGE_SETTINGS = {
    "figures": list(FIGURES.items()),  # in their order, which JSON objects lose when their keys are sorted
    "folder": config["pathvars"]["figures"],
    "packages": NUMERICS,
    "seed": config["seed"],
}
KEPT[PAGE] = fingerprint(
    PAGE_CODE,
    PAGE_SETTINGS,
    [MADE_BY[table] for table in PAGE_TABLES],
    [KEPT[file] for file in FIGURE_FILES],
)
