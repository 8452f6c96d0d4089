"""Is the configuration one that the study can run, as far as a schema cannot say it?"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import PurePosixPath
from typing import Any

from neural_redshift.configuration.words import Complaint, Key, Source, at, set_by, shortened, some, subject

AXES = {  # of an example, and of the study that it is taken from
    "variant": "variants",
    "activation": "activations",
    "depth": "depths",
    "weight_magnitude": "weight_magnitudes",
}


def against_study(merged: Mapping[str, Any], sources: Sequence[Source]) -> list[Complaint]:
    """What it asks for that the study cannot do."""
    problems = [
        *_layer_norm_of_one_channel(merged),
        *_measures_that_are_not_there(merged),
        *_degrees_that_need_more_points(merged),
        *_what_the_figures_lack(merged["studies"]["heatmaps"]),
        *_examples_that_are_not_there(merged),
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
        for variant, _ in (item for item in _items((*path, "variants"), block["variants"]) if item[1] == "layer_norm"):
            for width in (place for place, value in widths if value == 1):
                reason = f"{subject(width)} is 1 and {subject(variant)} is 'layer_norm'"
                yield [width, variant], f"{reason}; the norm of one channel is undefined, take a width of 2 or more"


def _measures_that_are_not_there(merged: Mapping[str, Any]) -> Iterator[Problem]:
    named: dict[str, list[Key]] = {}
    for path, block in _blocks(merged).items():
        for place, measure in _items((*path, "measures"), block["measures"]):
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
    """Grids and the degrees that are fitted on them: every measure is calibrated on every grid of the studies."""
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


def _what_the_figures_lack(heatmaps: Mapping[str, Any]) -> Iterator[Problem]:
    """Figures draw plain networks under the paper's prior, whatever else is sampled."""
    for axis, value in (("variants", "plain"), ("priors", "glorot")):
        if value not in heatmaps[axis]:
            path: Key = ("studies", "heatmaps", axis)
            yield [path], f"{subject(path)} has no {value!r}, which the figures draw; add it"


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


def _places(pathvars: Mapping[str, str]) -> Iterator[Problem]:
    taken: dict[PurePosixPath, str] = {}
    for name, place in pathvars.items():
        path: Key = ("pathvars", name)
        folder = PurePosixPath(place)
        found = f"{subject(path)} is {shortened(place)}"
        if folder.is_absolute() or ".." in folder.parts or folder == PurePosixPath("."):
            yield [path], f"{found}; it must be a folder inside the project"
        elif not re.fullmatch(r"[\w./-]+", place) or place.startswith("-"):
            yield [path], f"{found}; it must consist of letters, digits, '_', '-', '.' and '/'"
        elif folder in taken:
            both: list[Key] = [path, ("pathvars", taken[folder])]
            yield both, f"{found}, and so is pathvars.{taken[folder]}; each needs a folder of its own"
        taken.setdefault(folder, name)
