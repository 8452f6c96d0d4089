# What the rules share: which files there are, and what each of them stands on.
import json
import os
import sys
from functools import cache
from pathlib import Path

import yaml
from snakemake.io import IOFile

# Steps run this clone's code, whatever is installed.
os.environ.update(PYTHONPATH=f"{ROOT}/src")

from neural_redshift.lock import Busy, looks_only, take
from neural_redshift.provenance import code, fingerprint, pins, row
from neural_redshift.tables import fingerprint_in, state

PACKAGE = "neural_redshift"
if workflow.is_main_process and not looks_only(sys.argv[1:]):
    try:
        LOCK = take(Path(".snakemake"))
    except Busy as busy:
        sys.exit(f"error: {busy}")
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


def schema(table):
    return row(f"{PACKAGE}.tables", "SCHEMAS", table)


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
    """Tensor files of a study, of one activation or of all."""
    pairs = [pair for pair in architectures(study) if activation in (None, pair[1])]
    return [f"<results>/functions/{study}/{variant}/{name}.safetensors" for variant, name in pairs]


# measure: one job measures all variants of a study and activation by one measure


ALL_MEASURES = {measure: options or {} for measure, options in config["measures"].items()}
MEASURE_CODE = step("measure", SCHEMAS=[]) + [schema("complexity"), *NUMERICS]


def measure_code(measure):
    return code(f"{PACKAGE}.complexity.{measure}")


def measure_settings(measure):
    return {
        "measure": measure,
        "options": ALL_MEASURES[measure],
        "seed": config["seed"],
    }


def measure_fingerprint(study, measure, activation):
    functions = [sample_fingerprint(study, *pair) for pair in architectures(study) if pair[1] == activation]
    return fingerprint(MEASURE_CODE, measure_code(measure), measure_settings(measure), functions)


MEASURED = [
    (study, measure, activation)
    for study in STUDIES
    for measure in STUDIES[study]["measures"]
    for activation in dict.fromkeys(name for _, name in architectures(study))
]
COMPLEXITY_FILES = ["<results>/complexity/{}/{}/{}.parquet".format(*job) for job in MEASURED]


# vary: one job varies the settings of the measures, for all variants of an activation


SENSITIVITY = config["sensitivity"]
SENSITIVITY_MEASURES = {measure: ALL_MEASURES[measure] for measure in SENSITIVITY["measures"]}
SENSITIVITY_VARIANTS = {}
for variant, activation in pairs(SENSITIVITY):
    SENSITIVITY_VARIANTS.setdefault(activation, []).append(variant)
SENSITIVITY_FILES = [f"<results>/sensitivity/{activation}.parquet" for activation in SENSITIVITY_VARIANTS]
VARY_CODE = sorted(
    {
        *step("vary", ACTIVATIONS=[], PRIORS=[], VARIANTS=[], SCHEMAS=[]),
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
EXEMPLIFY_CODE = step("exemplify", SCHEMAS=[]) + [schema("function_examples")]
EXEMPLIFY_SETTINGS = {"examples": config["examples"], "seed": config["seed"]}
CALIBRATE_CODE = sorted({*step("calibrate", SCHEMAS=[]), *sum(map(measure_code, ALL_MEASURES), [])})
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
CORRELATE_CODE = step("correlate", SCHEMAS=[]) + [
    schema("random_networks"),
    schema("correlations"),
]
CORRELATE_SETTINGS = {"study": "heatmaps", "seed": config["seed"]}
ESTIMATE_CODE = step("estimate", SCHEMAS=[]) + [
    schema(name) for name in ("random_networks", "calibration", "components")
]
ESTIMATE_SETTINGS = {
    "measures": STUDIES["heatmaps"]["measures"],
    "seed": config["seed"],
}
PLOT_CODE = step("plot", SCHEMAS=[])


def figure_code(figure):
    return code(f"{PACKAGE}.figures.{figure}") + [schema(table) for table in FIGURES[figure]]


MADE_BY = {
    "random_networks": fingerprint(JOIN_CODE, JOIN_SETTINGS, [measure_fingerprint(*job) for job in MEASURED]),
    "calibration": fingerprint(CALIBRATE_CODE, CALIBRATE_SETTINGS),
    "sensitivity": fingerprint(COLLECT_CODE, COLLECT_SETTINGS, [*map(vary_fingerprint, SENSITIVITY_VARIANTS)]),
    "function_images": fingerprint(ILLUSTRATE_CODE, ILLUSTRATE_SETTINGS, HEATMAP_FUNCTIONS),
    "function_examples": fingerprint(EXEMPLIFY_CODE, EXEMPLIFY_SETTINGS, HEATMAP_FUNCTIONS),
}
MADE_BY["correlations"] = fingerprint(CORRELATE_CODE, CORRELATE_SETTINGS, MADE_BY["random_networks"])
MADE_BY["components"] = fingerprint(
    ESTIMATE_CODE, ESTIMATE_SETTINGS, MADE_BY["random_networks"], MADE_BY["calibration"]
)

TABLE_FILES = [table_file(table) for table in MADE_BY]
FIGURE_FILES = [f"<figures>/{figure}.{kind}" for figure in FIGURES for kind in ("svg", "png")]
KEPT = {table_file(table): made_by for table, made_by in MADE_BY.items()} | {
    f"<figures>/{figure}.{kind}": fingerprint(PLOT_CODE, figure_code(figure), [MADE_BY[table] for table in tables])
    for figure, tables in FIGURES.items()
    for kind in ("svg", "png")
}


def real_path(path):
    """The path with <results> and the like filled in."""
    for name, place in config["pathvars"].items():
        path = path.replace(f"<{name}>", place)
    return path


def note_of(file):
    """Where `stamp` notes what it found of a kept file."""
    return Path(real_path("<results>"), ".fingerprints", f"{Path(file).name}.txt")


EXPECTED = Path(real_path("<results>"), ".fingerprints", "expected.json")
try:
    EXPECTED.parent.mkdir(parents=True, exist_ok=True)
    EXPECTED.write_text(as_json({real_path(file): made_by for file, made_by in KEPT.items()}))
    for note in map(note_of, KEPT):  # all at once, because Snakemake reads a folder once
        note.touch() if not note.exists() else None
except OSError as problem:
    sys.exit(f"error: {problem}; the folders that pathvars name in config.yaml must be writable")


@cache
def problem_of(file):
    """What is wrong with a kept file; None if it is whole and made by today's code and configuration."""
    return state(real_path(file), KEPT[file])


def recorded(file):
    """Whether Snakemake itself made this file here, as it is."""
    made_by = fingerprint_in(real_path(file))
    return bool(made_by) and made_by in str(workflow.persistence.params(IOFile(real_path(file))))


@cache
def settle_times():
    """Make kept files that are right as new as what they are made from: in a clone they are as old as the checkout."""
    places = [Path(real_path(file)) for file in KEPT if problem_of(file) is None and not recorded(file)]
    latest = max((place.stat().st_mtime_ns for place in places), default=0)
    for rank, place in enumerate(places):  # tables come before the tables and figures that are made from them
        os.utime(place, ns=(latest + 1000 * rank, latest + 1000 * rank))


def stamp(file):
    """An input of a kept file that is newer than it exactly when Snakemake cannot tell that it must be made again.

    Snakemake's record of a run stays on the machine; fingerprint and checksum inside the file travel with it.
    So a clone, which has no record, notices that a table was made by other code or another configuration, and
    anybody notices that one is damaged.
    """
    settle_times()
    place, note, problem = Path(real_path(file)), note_of(file), problem_of(file)
    text = f"{place}: {problem or 'as code and configuration make it'}\n"
    if note.read_text() != text:
        note.write_text(text)
    if problem is None or (recorded(file) and fingerprint_in(place) != KEPT[file]):
        os.utime(note, (0, 0))
    elif place.exists() and note.stat().st_mtime <= place.stat().st_mtime:
        os.utime(note)
    return str(note)
