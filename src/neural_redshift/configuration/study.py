"""Is the configuration one that the study can run, as far as a schema cannot say it?"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, product
from pathlib import Path, PurePosixPath
from typing import Any

from neural_redshift.configuration.words import (
    Complaint,
    Key,
    Source,
    at,
    meant,
    pairs,
    set_by,
    shortened,
    some,
    subject,
)

AXES = {  # of an example, and of the study that it is taken from
    "variant": "variants",
    "activation": "activations",
    "depth": "depths",
    "weight_magnitude": "weight_magnitudes",
}
NORMALISED = ("layer_norm", "norm_gain")
RUN = ("budget", "split", "learning_rate_rule")
RUN_OF_DIGITS = ("budget", "features", "learning_rate_rule")
IN_BEFORE_AND_AFTER = ("paper", "half", "constant")  # the run of modulo addition of which before_after is made
IMAGES = {"digits": 1797, "mnist": 70_000}
ZEROS_AND_ONES, FALSE_LABELS = 360, 64  # images of the task digits; points that are given false labels
WRITTEN = {  # as the tables write the numbers by which they name a model or task
    ("modulo", "prefactors"): ".3g",
    ("smooth", "prefactors"): ".3g",
    ("smooth", "cycles"): ".12g",
    ("unbiased_training", "cycles"): ".12g",
}


def against_study(merged: Mapping[str, Any], sources: Sequence[Source]) -> list[Complaint]:
    """What it asks for that the study cannot do."""
    problems = [
        *_layer_norm_of_one_channel(merged),
        *_measures_that_are_not_there(merged),
        *_degrees_that_need_more_points(merged),
        *_what_the_figures_lack(merged["studies"]["heatmaps"]),
        *_examples_that_are_not_there(merged),
        *_modules_that_cannot_be(merged),
        *_studies_with_the_name_of_a_task(merged),
        *_runs_that_do_not_fit(merged["training"]["modulo"]),
        *_runs_that_repeat(merged["training"], "modulo", RUN),
        *_runs_that_repeat(merged["training"], "colored_digits", RUN_OF_DIGITS),
        *_labels_that_are_all_alike(merged["training"]),
        *_numbers_that_are_written_alike(merged["training"]),
        *_images_that_are_not_there(merged["training"]["colored_digits"]),
        *_points_that_are_not_there(merged["training"]["guess_and_check"]),
        *_bins_that_do_not_fall(merged["training"]["guess_and_check"]["loss_bounds"]),
        *_transformers_that_cannot_be(merged["transformers"]),
        *_places(merged["pathvars"]),
    ]
    complaints = []
    for paths, problem in problems:
        source = max((set_by(path, sources)[-1] for path in paths), key=lambda place: place[0])
        complaints.append(Complaint(3, *source, f"{at(sources, *source)}: {problem}."))
    return complaints


Problem = tuple[list[Key], str]  # the keys that it is about, of which the one set last is to blame; and the sentence


def _blocks(merged: Mapping[str, Any]) -> dict[Key, Mapping[str, Any]]:
    """Whatever samples networks and measures them, by the way to it."""
    blocks: dict[Key, Mapping[str, Any]] = {("studies", name): study for name, study in merged["studies"].items()}
    return blocks | ({("sensitivity",): merged["sensitivity"]} if "sensitivity" in merged else {})


def _items(path: Key, items: Sequence[Any]) -> list[tuple[Key, Any]]:
    return [((*path, index), item) for index, item in enumerate(items)]


def _layer_norm_of_one_channel(merged: Mapping[str, Any]) -> Iterator[Problem]:
    for path, block in _blocks(merged).items():
        widths = [*_items((*path, "widths"), block.get("widths", [])), ((*path, "width"), block.get("width"))]
        for variant, name in (item for item in _items((*path, "variants"), block["variants"]) if item[1] in NORMALISED):
            for width in (place for place, value in widths if value == 1):
                reason = f"{subject(width)} is 1 and {subject(variant)} is {name!r}"
                yield [width, variant], f"{reason}; the norm of one channel is undefined, take a width of 2 or more"


def _measures_that_are_not_there(merged: Mapping[str, Any]) -> Iterator[Problem]:
    named: dict[str, list[Key]] = {}
    tasks: dict[Key, Mapping[str, Any]] = {("training", task): block for task, block in merged["training"].items()}
    for path, block in (_blocks(merged) | tasks).items():
        for place, measure in _items((*path, "measures"), block.get("measures", [])):
            named.setdefault(measure, []).append(place)
    for measure, places in named.items():
        if measure not in merged["measures"]:
            users = ", ".join(subject(place[:-1]) for place in places)
            yield places, f"{measure!r} stands in {users}, but not under measures ({', '.join(merged['measures'])})"


def _degrees_that_need_more_points(merged: Mapping[str, Any]) -> Iterator[Problem]:
    for (grid, points), (polynomial, degree) in _fits(merged):
        if points <= degree:
            reason = f"{subject(grid)} is {points} and {subject(polynomial)} is {degree}"
            yield [grid, polynomial], f"{reason}; a polynomial fit needs more points than its degree"


def _fits(merged: Mapping[str, Any]) -> Iterator[tuple[tuple[Key, int], tuple[Key, int]]]:
    """Grids and the degrees that are fitted on them: every measure is calibrated on every grid of the studies.

    On those of trained networks, the measures that are named there.
    """
    degrees: dict[str, tuple[Key, int]] = {
        measure: (("measures", measure, "degree"), options["degree"])
        for measure, options in merged["measures"].items()
        if options and "degree" in options
    }
    sensitivity = merged.get("sensitivity", {})
    varied = sensitivity.get("settings", {})
    grids: list[tuple[Key, int]] = [
        *((("studies", name, "grid_points"), study["grid_points"]) for name, study in merged["studies"].items()),
        *_items(("calibration_grids",), merged.get("calibration_grids", [])),
        *_items(("sensitivity", "settings", "grid_points"), varied.get("grid_points", [])),
    ]
    yield from product(grids, degrees.values())
    usual = [degrees[measure] for measure in sensitivity.get("measures", []) if measure in degrees]
    if usual:
        usual += _items(("sensitivity", "settings", "degree"), varied.get("degree", []))
        yield from product([(("sensitivity", "grid_points"), sensitivity["grid_points"])], usual)
    for task, block in merged["training"].items():
        for measure in (measure for measure in block.get("measures", []) if measure in degrees):
            yield (("training", task, "grid_points"), block["grid_points"]), degrees[measure]


def _what_the_figures_lack(heatmaps: Mapping[str, Any]) -> Iterator[Problem]:
    """Figures draw plain networks under the paper's prior, whatever else is sampled."""
    for axis, value in (("variants", "plain"), ("priors", "glorot")):
        if value not in heatmaps[axis]:
            path: Key = ("studies", "heatmaps", axis)
            yield [path], f"{subject(path)} has no {value!r}, which the figures draw; add it"


def _modules_that_cannot_be(merged: Mapping[str, Any]) -> Iterator[Problem]:
    names = [module["name"] for module in merged["modules"]]
    for index, module in enumerate(merged["modules"]):
        name, target = ("modules", index, "name"), ("modules", index, "target")
        if module["name"] in names[:index]:
            first = subject(("modules", names.index(module["name"]), "name"))
            yield [name], f"{subject(name)} is {module['name']!r} as {first} is; each needs a name of its own"
        if module["name"] in merged["studies"]["heatmaps"]["activations"]:
            yield [name], f"{subject(name)} is {module['name']!r}, which is an activation; take another name"
        file = module["target"].rpartition(":")[0]
        if not Path(file).is_file():
            yield [target], f"{subject(target)} is {module['target']!r}; there is no file {file}"


def _examples_that_are_not_there(merged: Mapping[str, Any]) -> Iterator[Problem]:
    heatmaps = merged["studies"]["heatmaps"]
    for index, example in enumerate(merged["examples"]):
        for key, axis in AXES.items():
            path: Key = ("examples", index, key)
            if example[key] not in heatmaps[axis]:
                there = f"{subject(('studies', 'heatmaps', axis))} has {some(heatmaps[axis], example[key])}"
                yield [path, ("studies", "heatmaps", axis)], f"{subject(path)} is {example[key]!r}, but {there}"
        if example["variant"] == "unbiased":
            path = ("examples", index, "variant")
            yield [path], f"{subject(path)} is 'unbiased', the Fourier model, which has no activation; take another"
        if example in merged["examples"][:index]:
            first = merged["examples"].index(example)
            yield [("examples", index)], f"examples[{index}] is examples[{first}] again; each may stand once"


def _studies_with_the_name_of_a_task(merged: Mapping[str, Any]) -> Iterator[Problem]:
    for path in (("studies", name) for name in merged["studies"] if name in merged["training"]):
        yield [path], f"{subject(path)} has the name of a task of training; give it another"


def _runs_that_do_not_fit(modulo: Mapping[str, Any]) -> Iterator[Problem]:
    here, names = ("training", "modulo", "runs"), [tuple(run[key] for key in RUN) for run in modulo["runs"]]
    for index, run in enumerate(modulo["runs"]):
        path: Key = (*here, index)
        activations: Key = ("training", "modulo", "activations")
        for place in ((*path, "seeds_of", name) for name in run["seeds_of"] if name not in modulo["activations"]):
            there = f"{subject(activations)}{meant(str(place[-1]), modulo['activations'])}"
            yield [place, activations], f"{subject(place)} is not one of {there}"
    if IN_BEFORE_AND_AFTER not in names:
        run = ", ".join(f"{key}: {value}" for key, value in zip(RUN, IN_BEFORE_AND_AFTER, strict=True))
        yield [here], f"{subject(here)} has no run {{{run}}}, of which the table before_after is made; add it"


def _runs_that_repeat(training: Mapping[str, Any], task: str, keys: Sequence[str]) -> Iterator[Problem]:
    """Runs that differ in their seeds at most."""
    here: Key = ("training", task, "runs")
    names = [tuple(run[key] for key in keys) for run in training[task]["runs"]]
    for index, name in enumerate(names):
        if name in names[:index]:
            path, first = (*here, index), subject((*here, names.index(name)))
            yield [path], f"{subject(path)} is {', '.join(name)} as {first} is; each may stand once"


def _labels_that_are_all_alike(training: Mapping[str, Any]) -> Iterator[Problem]:
    for task in ("modulo", "learning_rates", "unbiased_training"):
        side: Key = ("training", task, "side")
        largest = 2 * (training[task]["side"] - 1)
        for place, modulus in _items(("training", task, "moduli"), training[task]["moduli"]):
            if modulus > 2 * largest:
                found = f"{subject(place)} is {modulus} and {subject(side)} is {largest // 2 + 1}"
                yield [place, side], f"{found}; no sum is above {largest}, so every label would be 1"


def _numbers_that_are_written_alike(training: Mapping[str, Any]) -> Iterator[Problem]:
    for (task, axis), form in WRITTEN.items():
        items = _items(("training", task, axis), training[task][axis])
        for first, second in pairs(items):
            (one, value), (other, again) = items[first], items[second]
            if f"{value:{form}}" == f"{again:{form}}":
                found = f"{subject(other)} is {again} and {subject(one)} is {value}"
                yield [other, one], f"{found}; both are {again:{form}} in the tables, where they must differ"


def _images_that_are_not_there(block: Mapping[str, Any]) -> Iterator[Problem]:
    keys = ("train_images", "test_images", "dataset", "mnist_folder")
    train, test, dataset, folder = (("training", "colored_digits", key) for key in keys)
    if block["train_images"] + block["test_images"] > IMAGES[block["dataset"]]:
        found = f"{subject(train)} is {block['train_images']} and {subject(test)} is {block['test_images']}"
        yield [train, test, dataset], f"{found}; {block['dataset']} has {IMAGES[block['dataset']]} images"
    if block["dataset"] == "mnist" and block["mnist_folder"] is None:
        there = f"{subject(folder)} is empty; name the folder of its four files"
        yield [dataset, folder], f"{subject(dataset)} is 'mnist', but {there}"
    elif block["dataset"] == "mnist":
        from neural_redshift.tasks.mnist import mnist_files

        try:
            mnist_files(block["mnist_folder"])
        except OSError as problem:
            yield [folder, dataset], f"{subject(folder)} is {_printable(problem)}"


def _printable(problem: OSError) -> str:
    """What a file system says, in which a name could stand that steers a terminal."""
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in str(problem))


def _points_that_are_not_there(block: Mapping[str, Any]) -> Iterator[Problem]:
    here: Key = ("training", "guess_and_check")
    most = ZEROS_AND_ONES - FALSE_LABELS - 1
    for place, points in _items((*here, "points"), block["points"]):
        if "digits" in block["tasks"] and points > most:
            of_them = f"{ZEROS_AND_ONES} images, {FALSE_LABELS} of them for false labels and one to test on"
            yield [place, (*here, "tasks")], f"{subject(place)} is {points}; the task digits has {of_them}"


def _bins_that_do_not_fall(loss_bounds: Mapping[str, Sequence[float]]) -> Iterator[Problem]:
    here: Key = ("training", "guess_and_check", "loss_bounds")
    for loss, bounds in loss_bounds.items():
        items = _items((*here, loss), bounds)
        for (first, above), (second, below) in pairwise(items):
            if below >= above:
                found = f"{subject(second)} is {below} and {subject(first)} is {above}"
                yield [second, first], f"{found}; each bound must be below the one before"
    sizes = {loss: len(bounds) for loss, bounds in loss_bounds.items()}
    if len(set(sizes.values())) > 1:
        found = " and ".join(f"{subject((*here, loss))} has {size} bounds" for loss, size in sizes.items())
        yield [(*here, loss) for loss in sizes], f"{found}; both losses need as many bins"


def _transformers_that_cannot_be(block: Mapping[str, Any]) -> Iterator[Problem]:
    width, heads, positions, excerpt, runs = (
        ("transformers", key) for key in ("width", "heads", "positions", "excerpt", "runs")
    )
    if block["width"] % block["heads"]:
        found = f"{subject(width)} is {block['width']} and {subject(heads)} is {block['heads']}"
        yield [width, heads], f"{found}; the width must be a multiple of the heads, which share its channels"
    for index, run in enumerate(block["runs"]):
        tokens, models = (*runs, index, "tokens"), (*runs, index, "models")
        if run["tokens"] > block["positions"]:
            found = f"{subject(tokens)} is {run['tokens']} and {subject(positions)} is {block['positions']}"
            yield [tokens, positions], f"{found}; a sequence may be no longer than there are positions"
        if run["protocol"] == "paper" and run["models"] > 1:
            reason = "with protocol 'paper' every sequence has a model of its own, give sequences alone"
            yield [models], f"{subject(models)} is {run['models']}; {reason}"
    drawn = [run for run in block["runs"] if run["protocol"] == "paper" and _as_gpt2_is(run)]
    depths = sorted({depth for run in drawn if 1 in run["layer_norm_scales"] for depth in run["depths"]})
    if block["excerpt"]["depth"] not in depths:
        there = f"the runs of protocol 'paper' with scale 1 have {', '.join(map(str, depths)) or 'no depth'}"
        yield [(*excerpt, "depth"), runs], f"{subject((*excerpt, 'depth'))} is {block['excerpt']['depth']}, but {there}"


def _as_gpt2_is(run: Mapping[str, Any]) -> bool:
    """Whether a run changes nothing but activation, depth and gain."""
    return (run["final_norm"], run["head"], run["centred"], run["ablation"]) == (False, "tied", False, "none")


def _places(pathvars: Mapping[str, str]) -> Iterator[Problem]:
    taken: dict[PurePosixPath, str] = {}
    for name, place in pathvars.items():
        path: Key = ("pathvars", name)
        folder = PurePosixPath(place)
        found = f"{subject(path)} is {shortened(place)}"
        if folder.is_absolute() or ".." in folder.parts or folder == PurePosixPath("."):
            yield [path], f"{found}; it must be a folder inside the project"
        elif any(part.startswith(".") for part in folder.parts):
            yield [path], f"{found}; its name must not begin with a dot, as .git does"
        elif not re.fullmatch(r"[\w./-]+", place) or place.startswith("-"):
            yield [path], f"{found}; it must consist of letters, digits, '_', '-', '.' and '/'"
        elif folder in taken:
            both: list[Key] = [path, ("pathvars", taken[folder])]
            yield both, f"{found}, and so is pathvars.{taken[folder]}; each needs a folder of its own"
        taken.setdefault(folder, name)
