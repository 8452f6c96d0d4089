"""What the explorer shows: the means of every heatmap cell, and its functions as pictures."""

from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.colors import to_hex

from neural_redshift.figures import style
from neural_redshift.page.sprites import sprite
from neural_redshift.statistics import mean_interval

AXES = ["depth", "weight_magnitude"]
SHADES = 64
VARIANTS = {**{name: label for name, label in style.VARIANTS.items() if "\n" not in label}, "unbiased": "unbiased"}


def explorer(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Everything that the explorer needs, as JSON would hold it."""
    networks, images = (
        style.heatmap_networks(tables[table]).sort_values([*AXES, "network"], kind="stable")
        for table in ("random_networks", "function_images")
    )
    measures = [name for name in style.MEASURES if networks[name].notna().any()]
    kinds = networks.groupby(["variant", "activation"])
    found = {kind: architecture(rows, _of(images, kind), measures) for kind, rows in kinds}
    variants = [name for name in VARIANTS if name in set(networks.variant)]
    return {
        "variants": {name: VARIANTS[name] for name in variants},
        "activations": {name: style.look(name).label for name in style.in_order(networks.activation)},
        "measures": [measure(name, networks, tables["calibration"]) for name in measures],
        "palette": [to_hex(colour) for colour in mpl.colormaps[style.COLOURS](np.linspace(0, 1, SHADES))],
        "architectures": {"/".join(map(str, kind)): about for kind, about in found.items()},
    }


def architecture(networks: pd.DataFrame, images: pd.DataFrame, measures: list[str]) -> dict[str, Any]:
    """Means, half-widths of their 95 % intervals and n of every cell, and pictures of its functions, in one order."""
    cells = networks.groupby(AXES)
    numbers = {name: [_number(values) for _, values in cells[name]] for name in measures}
    pictures = dict(iter(images.groupby(AXES)))
    shown = min((len(rows) for rows in pictures.values()), default=0)
    rows = [row for cell, _ in cells if cell in pictures for row in style.rows(pictures[cell][:shown])]
    about = sprite([style.picture(row.image) for row in rows], max(shown * networks.weight_magnitude.nunique(), 1))
    return {
        "depths": sorted({int(value) for value in networks.depth}),
        "magnitudes": sorted({float(value) for value in networks.weight_magnitude}),
        "networks": shown,
        "numbers": numbers,
        "ranges": [[_round(row.minimum), _round(row.maximum)] for row in rows],
        "sprite": about._asdict(),
    }


def measure(name: str, networks: pd.DataFrame, calibration: pd.DataFrame) -> dict[str, Any]:
    """A measure: its label and unit, the limits of its colours, and what it says of a plane and of white noise."""
    label, unit, limits = style.MEASURES[name]
    means = networks.groupby(["variant", "activation", *AXES])[name].mean()
    known = calibration[(calibration.measure == name) & (calibration.grid_points == networks.grid_points.max())]
    ends = known.set_index("function")["mean"]
    low, high = limits or (float(means.min()), float(means.max()))
    return {
        "name": name,
        "label": label,
        "unit": unit,
        "low": _round(low),
        "high": _round(high),
        "plane": _round(ends.get("plane", float("nan"))),
        "noise": _round(ends.get("white_noise", float("nan"))),
    }


def _of(images: pd.DataFrame, kind: Any) -> pd.DataFrame:
    return images[(images.variant == kind[0]) & (images.activation == kind[1])]


def _number(values: pd.Series) -> list[float | int | None]:
    kept = values.dropna().to_numpy(float)
    mean = kept.mean() if len(kept) else float("nan")
    return [_round(mean), _round(mean_interval(kept)[1] - mean), len(kept)]


def _round(value: float) -> float | None:
    """Four significant digits; None, which JSON has, for what is no number."""
    return float(f"{value:.4g}") if np.isfinite(value) else None
