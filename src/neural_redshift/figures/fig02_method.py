"""Figure 2: from a function to its complexity, by each of the measures."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from numpy.polynomial.chebyshev import chebvander

from neural_redshift.complexity import cosine, fourier
from neural_redshift.complexity.averages import average_order
from neural_redshift.complexity.polynomial import coefficients
from neural_redshift.complexity.sequences import discretise
from neural_redshift.figures import style

Array = np.ndarray
DEGREE, LEVELS = 15, 10
SYMBOLS, LINES = 32, 16  # of the sequence that is shown: symbols a line, lines


@style.style()
def draw(function_examples: pd.DataFrame) -> Figure:
    """One row a function: itself, its spectra, its Chebyshev coefficients, and the Lempel-Ziv parse of its outputs."""
    examples = function_examples.reset_index(drop=True)
    figure = style.page(1.0 + 1.75 * len(examples))
    panels = figure.subplots(len(examples), 4, squeeze=False, subplot_kw={"box_aspect": 1})
    for row, example in zip(panels, style.rows(examples), strict=True):
        points = int(example.grid_points)
        function = np.asarray(example.values, np.float32).reshape(1, points, points)
        _show_function(row[0], function, example)
        _show_spectra(row[1], function)
        _show_polynomials(row[2], function)
        _show_phrases(row[3], function)
    for axes in panels[:-1].ravel():
        axes.set_xlabel("")
    return style.finish(figure, _caption(examples))


def phrase_ends(sequence: Array) -> list[int]:
    """Where each phrase of the LZ78 parse ends, as positions after its last symbol."""
    children: dict[tuple[int, int], int] = {}
    ends, node = [], 0
    for position, symbol in enumerate(sequence.tolist(), start=1):
        if (step := (node, symbol)) in children:
            node = children[step]
        else:
            children[step] = len(children) + 1
            node = 0
            ends.append(position)
    return ends


def _show_function(axes: Axes, function: Array, example: Any) -> None:
    axes.imshow(function[0], cmap="gray", vmin=0, vmax=1, extent=(-1, 1, 1, -1))
    name, magnitude = style.look(example.activation).label, style.short(example.weight_magnitude)
    axes.set_title(f"{name}, depth {example.depth}, α = {magnitude}", fontweight="bold")
    axes.set(xlabel="second input", ylabel="first input", xticks=[-1, 0, 1], yticks=[-1, 0, 1])


def _show_spectra(axes: Axes, function: Array) -> None:
    double = fourier.multiplicity(function.shape[1:])
    spectra = (
        ("Fourier", "#0072B2", "-", fourier.amplitudes(function)[0], fourier.radii(function.shape[1:]), double),
        ("cosine", "#D55E00", "--", cosine.amplitudes(function)[0], cosine.radii(function.shape[1:]), 1),
    )
    values = []
    for name, colour, line, amplitudes, radii, times in spectra:
        ring = np.rint(radii).astype(int).ravel()[1:]
        weights = np.broadcast_to(times, radii.shape).ravel()[1:]
        count = np.bincount(ring, weights)[1:]
        mean = np.bincount(ring, weights * amplitudes.ravel()[1:])[1:] / np.maximum(count, 1)
        frequency, mean = (np.arange(len(mean)) + 1)[count > 0] / radii.max(), mean[count > 0]
        value = float(average_order((amplitudes * times)[None], radii / radii.max())[0])
        axes.loglog(frequency, mean / mean.max(), color=colour, linestyle=line, label=name)
        axes.axvline(value, color=colour, linestyle=line, linewidth=0.8)
        values.append(f"{name} {style.decimals(value)}")
    axes.set(xlabel="|k| / largest |k|", ylabel="amplitude / largest", xlim=(0.008, 1.1), ylim=(3e-5, 2))
    axes.legend(loc="lower left", frameon=False, handlelength=1.6)
    axes.set_title(", ".join(values))


def _show_polynomials(axes: Axes, function: Array) -> None:
    sizes = np.abs(coefficients(function, chebvander, DEGREE))
    value = float(average_order(sizes, np.indices(sizes.shape[1:]).sum(axis=0))[0])
    sizes[0, 0, 0] = 0  # the constant counts in no measure
    with np.errstate(divide="ignore"):
        logarithms = np.log10(sizes[0] / sizes.max())
    image = axes.imshow(logarithms, cmap=style.COLOURS, vmin=-4, vmax=0, origin="lower")
    axes.axline((value, 0), (0, value), color="white", linestyle="--", linewidth=1)
    axes.set(xlabel="order, second input", ylabel="order, first input", xticks=[0, 5, 10, 15], yticks=[0, 5, 10, 15])
    axes.set_title(f"Chebyshev order {value:.1f}")
    bar = axes.figure.colorbar(image, cax=axes.inset_axes((1.04, 0, 0.06, 1)), ticks=[-4, -2, 0])
    bar.set_label("log₁₀ |c| / largest", labelpad=1)


def _show_phrases(axes: Axes, function: Array) -> None:
    symbols = discretise(function, LEVELS).ravel()
    ends = phrase_ends(symbols)
    shown = symbols[: SYMBOLS * LINES].reshape(-1, SYMBOLS)
    axes.imshow(
        shown,
        cmap="gray",
        vmin=0,
        vmax=LEVELS - 1,
        aspect="auto",
        extent=(0, SYMBOLS, len(shown), 0),
        interpolation="nearest",
    )
    cuts = [(end % SYMBOLS, end // SYMBOLS) for end in ends if end < shown.size]
    axes.add_collection(
        LineCollection([[(x, y + 0.1), (x, y + 0.9)] for x, y in cuts], colors="#D55E00", linewidths=1.2)
    )
    for line in range(1, len(shown)):
        axes.axhline(line, color="white", linewidth=1.2)
    axes.set(xticks=[], yticks=[], xlabel=f"first {shown.size} outputs")
    axes.set_title(f"{len(ends):,} LZ78 phrases")


def _caption(examples: pd.DataFrame) -> str:
    points = style.several(examples.grid_points)
    return (
        "From a function to its complexity. Left: a random network on the grid, from its minimum (black) to its "
        f"maximum (white); {style.ORIENTATION}. Second: mean amplitude in rings of |k|; vertical lines at the "
        "amplitude-weighted mean of |k| / largest |k|, the measure. Third: coefficients of the Chebyshev fit (degree "
        f"{DEGREE} an axis); dashed, the weighted mean of the total order; the constant is left out. Right: outputs "
        f"in {LEVELS} grey levels, read row by row; a bar ends each phrase of the LZ78 parse; the number is that of "
        f"all outputs. n = {len(examples)} functions, one network each (network "
        f"{style.several(examples.network)} of its cell), none left out; width "
        f"{style.several(examples.width)}, grid {points} × {points}."
    )
