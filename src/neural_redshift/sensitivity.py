"""How much a complexity hangs on the settings of its measure: the same networks, one setting at a time.

A setting is varied while all else stays as config.yaml has it. So the value of config.yaml stands among
those of every setting, and `lz_levels_and_scan_order` alone varies two things at once.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from neural_redshift.complexity.measuring import loader
from neural_redshift.networks.cells import Cell
from neural_redshift.networks.functions import STATUSES, chunks
from neural_redshift.networks.sampling import sample

if TYPE_CHECKING:
    import torch

Array = np.ndarray
POLYNOMIALS = ("chebyshev", "legendre")


class Sampling(NamedTuple):
    """How the networks of a cell are evaluated."""

    cell: Cell
    grid_points: int
    precision: str


class Reading(NamedTuple):
    """A measure of these functions under one value of a setting; `module` computes it with `options`."""

    measure: str
    setting: str
    setting_value: str
    module: str
    options: tuple[tuple[str, Any], ...]


def vary(settings: Mapping[str, Any], place: "torch.device | None" = None) -> pd.DataFrame:
    """Rows of `sensitivity`: every network of an activation × every value of every setting × its measures.

    Measured on a GPU, if there is one.
    """
    return pd.concat(
        [
            _read(sampling, readings, settings, loader(place))
            for variant in settings["variants"]
            for cell in sensitivity_cells(variant, settings)
            for sampling, readings in plan(cell, settings).items()
        ],
        ignore_index=True,
    )


def sensitivity_cells(variant: str, settings: Mapping[str, Any]) -> list[Cell]:
    """The configured cells of a variant; of the Fourier model, which has no layers, one a weight magnitude."""
    chosen = settings["cells"]
    if variant == "unbiased":
        magnitudes = dict.fromkeys(cell["weight_magnitude"] for cell in chosen)
        return [Cell("unbiased", "none", "none", 0, 0, magnitude, 0.0) for magnitude in magnitudes]
    activation, width = settings["activation"], settings["width"]
    return [Cell(variant, activation, "glorot", cell["depth"], width, cell["weight_magnitude"], 1.0) for cell in chosen]


def plan(cell: Cell, settings: Mapping[str, Any]) -> dict[Sampling, list[Reading]]:
    """What to evaluate, and what to read off it: each sampling once, whichever settings ask for it."""
    measures: Mapping[str, Mapping[str, Any]] = settings["measures"]
    found: dict[Sampling, list[Reading]] = {}
    for setting, value, sampling in _samplings(cell, settings):
        for measure, options in measures.items():
            reading = Reading(measure, setting, value, measure, tuple(options.items()))
            found.setdefault(sampling, []).append(reading)
    usual = found.setdefault(Sampling(cell, settings["grid_points"], "automatic"), [])
    for measure in (name for name in POLYNOMIALS if name in measures):
        for degree in settings["settings"]["degree"]:
            usual.append(Reading(measure, "degree", str(degree), measure, (("degree", degree),)))
    if "lempel_ziv" in measures:
        usual += _lempel_ziv(measures["lempel_ziv"], settings["settings"])
    return found


def _samplings(cell: Cell, settings: Mapping[str, Any]) -> Iterator[tuple[str, str, Sampling]]:
    """(setting, value, sampling) of the settings that change the functions and not the measure."""
    points, values = settings["grid_points"], settings["settings"]
    for value in values["grid_points"]:
        yield "grid_points", str(value), Sampling(cell, value, "automatic")
    if cell.variant == "unbiased":
        return
    for precision in values["precision"]:
        yield "precision", precision, Sampling(cell, points, precision)
    for prior in values["bias_scaling"]:
        yield "bias_scaling", prior, Sampling(cell._replace(prior=prior), points, "automatic")
    if cell.activation == "gaussian":
        for form in values["gaussian_form"]:
            yield "gaussian_form", form, Sampling(cell._replace(activation=form), points, "automatic")


def _lempel_ziv(options: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[Reading]:
    """Levels, scan orders, both together, and the parse of 1976 in place of that of 1978."""

    def reading(setting: str, value: str, module: str = "lempel_ziv", **changes: Any) -> Reading:
        return Reading("lempel_ziv", setting, value, module, tuple(sorted({**options, **changes}.items())))

    for levels in values["lz_levels"]:
        yield reading("lz_levels", str(levels), levels=levels)
    for order in values["scan_order"]:
        yield reading("scan_order", order, scan_order=order)
        for levels in values["lz_levels"]:
            yield reading("lz_levels_and_scan_order", f"{levels} {order}", levels=levels, scan_order=order)
    for name, module in (("lz78", "lempel_ziv"), ("lz76", "lempel_ziv_76")):
        yield reading("algorithm", name, module)


def _read(
    sampling: Sampling,
    readings: list[Reading],
    settings: Mapping[str, Any],
    load: Callable[..., Callable[[Array], Array]],
) -> pd.DataFrame:
    """The networks of a sampling, once for every reading."""
    cell, points, precision = sampling
    values: dict[tuple[str, tuple[tuple[str, Any], ...]], list[Array]] = {}
    for networks in chunks(settings["networks"], points**cell.inputs):
        functions = sample(cell, settings["seed"], networks, points, precision)
        known = functions.status == STATUSES.index("ok")
        for how in dict.fromkeys((reading.module, reading.options) for reading in readings):
            measured = load(how[0], **dict(how[1]))(functions.values)
            values.setdefault(how, []).append(np.where(known, measured, np.nan))
    key = {name: value for name, value in cell._asdict().items() if name not in ("inputs", "prefactor")}
    about = {"study": "sensitivity", **key, "grid_points": points, "seed": settings["seed"]}
    return pd.concat(
        [
            pd.DataFrame(
                {
                    **about,
                    "network": np.arange(settings["networks"]),
                    "measure": reading.measure,
                    "setting": reading.setting,
                    "setting_value": reading.setting_value,
                    "value": np.concatenate(values[reading.module, reading.options]),
                }
            )
            for reading in readings
        ],
        ignore_index=True,
    )
