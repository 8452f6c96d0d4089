"""Figure 10: how complex are sequences of untrained transformers, and what moves that?"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neural_redshift.complexity.cosine import cosine
from neural_redshift.complexity.fourier import fourier
from neural_redshift.figures import style
from neural_redshift.figures.curves import HIGHEST, depth_shown, lines

USUAL: dict[str, Any] = {"final_norm": False, "head": "tied", "centred": False, "ablation": "none"}
SHOULDERS = ("selu", "tanh", "sin")  # where the paper sees plateaus and has no explanation for them
STRIPS = (0.5, 1.0, 4.0)  # LayerNorm scales
CONTROLS: dict[str, dict[str, Any]] = {
    "as GPT-2 is": {},
    "untied head": {"head": "untied"},
    "centred": {"centred": True},
    "centred, untied": {"centred": True, "head": "untied"},
    "no attention": {"ablation": "no_attention"},
    "no residual": {"ablation": "no_residual"},
    "no norm": {"ablation": "no_norm"},
    "no MLP": {"ablation": "no_mlp"},
}
GOLDEN = (5**0.5 - 1) / 2
LINE: Any = {"color": style.FAINT, "linewidth": 0.8, "linestyle": (0, (1, 2))}


@style.style()
def draw(transformers: pd.DataFrame, random_networks: pd.DataFrame) -> Figure:
    """Phrases against the LayerNorm scale, by depth, protocol and what is taken away; MLPs; and sequences as strips."""
    table = transformers.assign(length=[len(tokens) for tokens in transformers.tokens])
    usual = table[_like(table, USUAL)]
    paper, authors = (usual[usual.protocol == name] for name in ("paper", "authors_code"))
    depths = sorted(set(paper.depth))
    figure: Any = style.page(7.9)
    top, middle, bottom = figure.subfigures(3, 1, height_ratios=[2.4, 2.6, 2.3])
    above, beside = top.subfigures(1, 2, width_ratios=[3, 1.15])
    _by_depth(above, paper, depths)
    networks = _mlps(beside, random_networks)
    left, right = middle.subfigures(1, 2, width_ratios=[1, 2])
    _protocols(left, paper[paper.depth == max(depths)], authors)
    controlled = _controls(right, table[table.protocol == "paper"])
    _strips(bottom, paper[paper.depth == max(depths)])
    shown = [style.handle(name) for name in style.in_order(table.activation)]
    figure.legend(handles=shown, loc="outside upper center", ncols=len(shown), frameon=False, columnspacing=1.2)
    return style.finish(figure, _caption(paper, authors, controlled, networks))


def _like(table: pd.DataFrame, about: dict[str, Any]) -> "pd.Series[bool]":
    return pd.Series((table[list(about)] == pd.Series(about)).all(axis=1), index=table.index)


def _by_depth(figure: Any, paper: pd.DataFrame, depths: list[int]) -> None:
    panels = figure.subplots(1, len(depths), sharey=True, squeeze=False)[0]
    for axes, depth in zip(panels, depths, strict=True):
        rows = paper[paper.depth == depth]
        _curves(axes, rows, "lempel_ziv")
        axes.set_title(f"{depth} blocks" if depth > 1 else "1 block")
        axes.set_xlabel("LayerNorm scale")
        axes.set_ylim(0, rows.length.max() * 1.03)
    panels[0].set_ylabel("Lempel-Ziv (phrases)")
    _mark_shoulders(panels[-1], paper[paper.depth == depths[-1]])


def _curves(axes: Axes, rows: pd.DataFrame, value: str, hollow: bool = False) -> None:
    """A line an activation with its interval; hollow ones, of sequences that share models, have none."""
    for name in style.in_order(rows.activation):
        _, colour, marker, line = style.look(name)
        found = style.means(rows[rows.activation == name], ["layer_norm_scale"], value)
        kept: Any = {"color": colour, "marker": marker, "linestyle": line, "markersize": 3.5}
        if hollow:
            thin: Any = {"markerfacecolor": "white", "markeredgewidth": 0.7, "linewidth": 0.6}
            axes.plot(found.layer_norm_scale, found["mean"], **kept, **thin)
        else:
            style.band(axes, found, "layer_norm_scale", **kept)
    constant = (np.sqrt(8 * rows.length.max() + 1) - 1) // 2
    axes.axhline(constant if value == "lempel_ziv" else constant / rows.length.max(), **LINE)
    style.logarithmic(axes)
    style.plain_ticks(axes.yaxis)


def _mark_shoulders(axes: Axes, rows: pd.DataFrame) -> None:
    """A triangle over the flattest inner piece of each curve in which the paper sees a shoulder."""
    for name in sorted(set(SHOULDERS) & set(rows.activation)):
        along = style.means(rows[rows.activation == name], ["layer_norm_scale"], "lempel_ziv")
        x, y = np.log(along.layer_norm_scale.to_numpy()), along["mean"].to_numpy()
        if len(x) < 4:  # fewer than two inner pieces
            continue
        slopes = np.diff(y) / np.diff(x)
        piece = 1 + int(np.argmin(slopes[1:-1]))
        place = np.exp(x[piece : piece + 2].mean()), y[piece : piece + 2].mean() + 4
        axes.plot(*place, marker="v", markersize=5, color=style.look(name).colour, markeredgecolor="white")


def _protocols(figure: Any, paper: pd.DataFrame, authors: pd.DataFrame) -> None:
    """Phrases a token under both protocols: filled and lines, hollow and thin."""
    axes = figure.subplots()
    for rows, hollow in ((paper, False), (authors, True)):
        if len(rows):
            _curves(axes, rows.assign(share=rows.lempel_ziv / rows.length), "share", hollow)
    axes.set(xlabel="LayerNorm scale", ylabel="Lempel-Ziv (phrases a token)", ylim=(0, 1.03))
    axes.set_title("hollow: the authors' code")


def _mlps(figure: Any, random_networks: pd.DataFrame) -> pd.DataFrame:
    """Complexity of MLPs against the gain that follows their LayerNorms, with and without the leak of the FFT."""
    networks = random_networks[(random_networks.study == "norm_gain") & (random_networks.variant == "norm_gain")]
    panels = figure.subplots(2, 1, sharex=True)
    if not len(networks):
        for axes in panels:
            axes.set_axis_off()
        return networks
    networks = networks[networks.depth == depth_shown(networks)]
    for axes, measure in zip(panels, (fourier, cosine), strict=True):
        lines(axes, networks, style.in_order(networks.activation), measure.__name__, "weight_magnitude")
        axes.axhline(style.plane_level(measure, networks), **LINE)
        axes.set(xlabel="", ylabel=style.MEASURES[measure.__name__].label.replace(" ", "\n"), ylim=(0, HIGHEST))
        style.logarithmic(axes)
        style.plain_ticks(axes.yaxis)
    panels[0].set_title(f"MLPs: {style.several(networks.depth)} layers")
    panels[1].set_xlabel("gain after LayerNorm")
    return networks


def _controls(figure: Any, paper: pd.DataFrame) -> pd.DataFrame:
    """Phrases at scale 1 of what is changed or taken away, at the depth where that was done."""
    changed = paper[(paper["head"] != "tied") | paper.centred | (paper.ablation != "none")]
    axes = figure.subplots()
    if not len(changed):
        axes.set_axis_off()
        return changed
    depth = int(changed.depth.mode()[0])
    rows = paper[(paper.depth == depth) & (paper.layer_norm_scale == 1) & ~paper.final_norm]
    kinds = {name: rows[_like(rows, USUAL | about)] for name, about in CONTROLS.items()}
    kinds = {name: found for name, found in kinds.items() if len(found)}
    names = style.in_order(rows.activation)
    for place, found in enumerate(kinds.values()):
        means = style.means(found, ["activation"], "lempel_ziv").set_index("activation")
        for number, name in enumerate(name for name in names if name in means.index):
            _, colour, marker, _ = style.look(name)
            row, x = means.loc[name], place + 0.09 * (number - len(names) / 2)
            around = [[row["mean"] - row.low], [row.high - row["mean"]]]
            axes.errorbar(x, row["mean"], yerr=around, ecolor=colour, elinewidth=0.8)
            axes.plot(x, row["mean"], marker, color=colour, **style.MARKER)
    axes.axhline((np.sqrt(8 * rows.length.max() + 1) - 1) // 2, **LINE)
    axes.set_xticks(range(len(kinds)), [name.replace(" ", "\n", 1) for name in kinds], fontsize=6.5)
    axes.set(ylabel="Lempel-Ziv (phrases)", ylim=(0, rows.length.max() * 1.03))
    axes.set_title(f"what the order rests on: {depth} blocks, scale 1")
    return pd.concat(kinds.values())


def _strips(figure: Any, rows: pd.DataFrame) -> None:
    """The first sequence of some cells, a colour a token in the order in which tokens appear."""
    scales = [scale for scale in STRIPS if scale in set(rows.layer_norm_scale)]
    names = style.in_order(rows.activation)
    panels = figure.subplots(1, len(scales), sharey=True, squeeze=False)[0] if scales else []
    for axes, scale in zip(panels, scales, strict=True):
        chosen = rows[(rows.layer_norm_scale == scale) & (rows.sequence == 0)].set_index("activation").tokens
        image = np.stack([_shades(chosen[name]) for name in names])
        axes.imshow(image, cmap="cividis", aspect="auto", interpolation="nearest", vmin=0, vmax=1)
        axes.set_yticks(range(len(names)), [style.look(name).label for name in names])
        axes.set_yticks(np.arange(len(names) - 1) + 0.5, minor=True)
        axes.grid(which="minor", axis="y", color="white", linewidth=3)
        axes.tick_params(which="both", length=0)
        axes.spines[:].set_visible(False)
        axes.set_title(f"sequences at scale {style.short(scale)}")
        axes.set_xlabel("token")


def _shades(tokens: Iterable[int]) -> np.ndarray:
    """A number in [0, 1) a token, far apart for tokens that appear one after the other."""
    numbers: dict[int, int] = {}
    order = np.array([numbers.setdefault(int(token), len(numbers)) for token in tokens])
    return order * GOLDEN % 1


def _caption(paper: pd.DataFrame, authors: pd.DataFrame, controlled: pd.DataFrame, networks: pd.DataFrame) -> str:
    by = ["activation", "depth", "layer_norm_scale"]
    n, of_controls = (
        style.between(rows.groupby(keys).size()) for rows, keys in ((paper, by), (controlled, [*by, *USUAL]))
    )
    of_mlps = style.between(networks.groupby(style.CELL).size())
    models, prompts = (len(set(authors[name])) for name in ("model", "sequence"))
    tokens = style.several(authors.length - 1) if len(authors) else "–"
    return (
        "Untrained GPT-2s continue a token, always by the likeliest next. Top: distinct phrases of the LZ78 parse of "
        f"the {style.several(paper.length)} tokens against the gain of the LayerNorms inside the blocks. Mean over "
        "sequences, each with weights of its own, and its 95 % interval (Student); "
        f"n = {n} a marker. Dotted: a constant sequence. Triangles: the flattest inner piece of the curves in which "
        "the paper sees 'shoulders'. Right: random MLPs on the grid, with a gain after the LayerNorm of every "
        f"layer; interval as above, n = {of_mlps} networks; dotted: a plane. Middle left: phrases a token, at the "
        "largest depth, and of the protocol of "
        f"the authors' code (hollow; {models} models, {prompts} prompts each, {tokens} tokens; without intervals, "
        "because sequences of one model are alike). Middle right: a head with weights of its own, activations less "
        f"their mean, blocks without a part; intervals as above, n = {of_controls}. Bottom: the first sequence of "
        "some cells, a shade a token."
    )
