"""Radial spectra of random networks, measured and expected of infinitely wide ones."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from neural_redshift.figures import style

CELL = ["activation", "depth", "width", "weight_magnitude", "bias_magnitude", "grid_points"]
DASHES: tuple[Any, ...] = ("-", (0, (4, 1.5)), (0, (1, 1.5)))  # from the shallowest to the deepest
LIMITS = (3e-3, 300)
BAND = 0.3


@style.style()
def draw(spectra: pd.DataFrame, expected_spectra: pd.DataFrame) -> Figure:
    """A row an activation, a column a weight magnitude: a band a depth for networks, a line for the theory."""
    measured = spectra[(spectra.variant == "plain") & (spectra.prior == "glorot")]
    measured = measured.merge(expected_spectra[CELL].drop_duplicates())
    names, depths = style.in_order(expected_spectra.activation), sorted(set(expected_spectra.depth))
    magnitudes = sorted(set(expected_spectra.weight_magnitude))
    figure = style.page(1.5 + 1.35 * len(names))
    panels = figure.subplots(len(names), len(magnitudes), sharex=True, sharey=True, squeeze=False)
    for row, name in zip(panels, names, strict=True):
        for axes, magnitude in zip(row, magnitudes, strict=True):
            axes.axhline(1, color=style.FAINT, linewidth=0.6)
            for depth, dashes in zip(depths, DASHES, strict=False):
                cell = {"activation": name, "weight_magnitude": magnitude, "depth": depth}
                _cell(axes, _of(measured, cell), _of(expected_spectra, cell), style.look(name).colour, dashes)
        row[0].set(xscale="log", yscale="log", ylim=LIMITS, ylabel=f"{style.look(name).label}\namplitude")
    for axes, magnitude in zip(panels[0], magnitudes, strict=True):
        axes.set_title(f"α = {style.short(magnitude)}")
    for axes in panels[-1]:
        axes.set_xlabel("|k| (cycles per domain)")
        style.plain_ticks(axes.xaxis)
    figure.legend(handles=_legend(depths), loc="outside upper center", ncols=len(depths) + 2, frameon=False)
    return style.finish(figure, _caption(measured))


def _of(table: pd.DataFrame, cell: dict[str, str | float]) -> pd.DataFrame:
    kept = table
    for name, value in cell.items():
        kept = kept[kept[name] == value]
    return kept.sort_values("radius")


def _cell(axes: Axes, measured: pd.DataFrame, expected: pd.DataFrame, colour: str, dashes: Any) -> None:
    axes.fill_between(
        measured.radius, measured.low.clip(lower=LIMITS[0]), measured.high, color=colour, alpha=BAND, linewidth=0
    )
    axes.plot(expected.radius, expected.amplitude, color=colour, linewidth=1.2, linestyle=dashes)


def _legend(depths: list[int]) -> list[Line2D | Patch]:
    lines = [
        Line2D([], [], color=style.INK, linewidth=1.2, linestyle=dashes, label=f"expected, depth {depth}")
        for depth, dashes in zip(depths, DASHES, strict=False)
    ]
    band = Patch(color=style.INK, alpha=BAND, linewidth=0, label="networks, 95 % interval")
    return [*lines, band, Line2D([], [], color=style.FAINT, linewidth=0.6, label="white noise")]


def _caption(measured: pd.DataFrame) -> str:
    networks = measured[[*CELL, "n"]].drop_duplicates()
    return (
        "Mean amplitude of the frequencies |k| of plain random networks, over the mean of all (periodic FFT; a plane "
        "has a tail too, from the jump at the border). Lines: infinitely wide networks, from their kernel on the same "
        "grid, with the first layer as wide as the networks' and ratios of expected amplitudes; where a band leaves "
        f"its line, a width of {style.several(networks.width)} is far from infinite. Activations whose kernel has a "
        "closed form. "
        f"n = {style.between(networks.n)} networks a cell, {len(networks)} cells."
    )
