"""The tables of docs/measures.md, from the kept tables.

`PYTHONPATH=src python tests/facts_of_measures.py` writes them into the page, between its markers; a test holds the
page to them.
"""

import re
import textwrap
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

import facts
from neural_redshift.components import RELU_LIKE
from project import ROOT

PAGE = ROOT / "docs/measures.md"
MEASURES = ("fourier", "cosine", "chebyshev", "legendre", "lempel_ziv")
POLYNOMIALS = ("chebyshev", "legendre")
FUNCTIONS = ("plane", "paraboloid", "step", "disc", "white_noise")
ACTIVATIONS = {
    "relu": "ReLU",
    "gelu": "GELU",
    "swish": "Swish",
    "selu": "SELU",
    "tanh": "tanh",
    "gaussian": "Gaussian",
    "sin": "sine",
}
VARIANTS = ("plain", "layer_norm", "residual", "skip", "gated")
SCAN_ORDERS = ("row", "column", "hilbert")
GRIDS = (64, 128, 300)
USUAL = {
    "grid_points": "64",
    "precision": "automatic",
    "degree": "15",
    "lz_levels": "10",
    "scan_order": "row",
    "algorithm": "lz78",
}
CELL = ["variant", "activation", "depth", "weight_magnitude"]
Lines = list[str]
kept = cache(facts.kept)


# Numbers and tables in words


def decimals(amount: float, digits: int) -> str:
    """.12, and never -.00."""
    return facts.number(round(float(amount), digits) + 0.0, digits)


def value(amount: float, measure: str) -> str:
    """A complexity with as many digits as its measure deserves."""
    return decimals(amount, {"fourier": 3, "cosine": 3, "lempel_ziv": 0}.get(measure, 1))


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def of_cell(depth: int, magnitude: float) -> str:
    return f"depth {depth} and α = {facts.number(magnitude, 2).removesuffix('.00')}"


def fold(amounts: pd.Series, digits: int = 1) -> str:
    """Largest over smallest."""
    return f"{amounts.max() / amounts.min():.{digits}f}×"


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Lines:
    """A Markdown table; the first column holds words."""
    heads = list(heads)
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *map(list, rows)]
    return ["", *(f"| {' | '.join(line)} |" for line in lines)]


def bullet(*words: str) -> Lines:
    return textwrap.wrap(" ".join(words), 120, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False)


def by_measure(first: str) -> list[str]:
    return [first, *(f"`{measure}`" for measure in MEASURES)]


# What the kept tables say


def level(function: str, measure: str, points: int = 64) -> float:
    """Mean of a calibration function."""
    return kept("calibration").set_index(["function", "measure", "grid_points"])["mean"][function, measure, points]


def calibrated(amount: Any, measure: str, points: int = 64) -> Any:
    """c*: plane 0, white noise 1, on that grid."""
    low, high = (level(function, measure, points) for function in ("plane", "white_noise"))
    return (amount - low) / (high - low)


def heatmaps() -> pd.DataFrame:
    """Networks of the heatmaps under the paper's prior."""
    networks = kept("random_networks")
    networks = networks[(networks.study == "heatmaps") & networks.prior.isin(["glorot", "none"])]
    return networks.astype(dict.fromkeys(MEASURES, float))


def heatmap_means() -> pd.DataFrame:
    """Mean of every measure in each heatmap cell."""
    return heatmaps().groupby(CELL)[list(MEASURES)].mean()


def corners() -> list[tuple[int, float]]:
    """(depth, magnitude) of the lowest, middle and highest heatmap cell, as in the figure."""
    mlps = heatmaps()[lambda networks: networks.variant == "plain"]
    axes = [sorted(set(mlps[axis])) for axis in ("depth", "weight_magnitude")]
    return [tuple(values[int(share * (len(values) - 1))] for values in axes) for share in (0.0, 0.5, 1.0)]


def under(setting: str, measure: str, **chosen: Any) -> pd.DataFrame:
    """Networks (rows) × values of a setting (columns) of a measure."""
    found = kept("sensitivity").astype({"value": float})
    found = found[(found.setting == setting) & (found.measure == measure)]
    for name, wanted in chosen.items():
        found = found[found[name] == wanted]
    if setting == "gaussian_form":
        found = found.assign(activation="gaussian")
    return found.pivot(index=[*CELL, "network"], columns="setting_value", values="value")


def means(networks: pd.DataFrame) -> pd.DataFrame:
    """Cell means of `under`."""
    return networks.groupby(CELL).mean()


def mlps(cells: pd.DataFrame) -> pd.DataFrame:
    return cells.drop("unbiased", level="variant", errors="ignore")


def rank_correlation(x: pd.Series, y: pd.Series, digits: int = 2) -> str:
    return decimals(x.corr(y, "spearman"), digits)


# The blocks of the page


def in_short() -> Lines:
    """What depends on the measure, in sentences."""
    found = heatmap_means().loc["plain"]
    relu, cells = found.loc["relu"], len(found.loc["relu"])
    rise = {m: f"{relu[m].max() / relu[m].min():.1f}" for m in MEASURES}
    lowest, _, highest = corners()
    first = found.xs(lowest, level=("depth", "weight_magnitude"))
    top = {m: found[m].unstack("activation").idxmax(axis=1).isin(RELU_LIKE).sum() for m in MEASURES}
    phrases = means(under("lz_levels_and_scan_order", "lempel_ziv"))
    reach = phrases.loc["unbiased"].mean() / mlps(phrases).min()
    turned = under("scan_order", "lempel_ziv", variant="plain", depth=lowest[0], weight_magnitude=lowest[1])
    rough = under("precision", "cosine", variant="plain", depth=highest[0], weight_magnitude=lowest[1]).mean()
    plane, disc, noise = (
        {m: value(level(function, m), m) for m in MEASURES} for function in ("plane", "disc", "white_noise")
    )
    lifted = level("plane", "fourier") / level("paraboloid", "fourier")
    legendre, cosine, fourier = (
        [value(first[m][activation], m) for activation in ("relu", "gelu")] for m in ("legendre", "cosine", "fourier")
    )
    return [
        *bullet(
            f"**Is ReLU flat?** Over {cells} cells it rises {rise['fourier']}-fold by `fourier`,",
            f"{rise['lempel_ziv']}-fold by `lempel_ziv`, {rise['legendre']}-fold by `legendre`,",
            f"{rise['cosine']}-fold by `cosine`, {rise['chebyshev']}-fold by `chebyshev`.",
        ),
        *bullet(
            f"**Is ReLU the simplest?** Not at small weights: at {of_cell(*lowest)} `legendre` gives it {legendre[0]}",
            f"orders and GELU {legendre[1]}, `cosine` {cosine[0]} and {cosine[1]}; `fourier` hardly sees it",
            f"({fourier[0]} and {fourier[1]}). A ReLU-like activation has the highest mean in {top['cosine']} of",
            f"{cells} cells by `cosine`, in {top['fourier']} by `fourier`, in {top['lempel_ziv']} by `lempel_ziv`.",
        ),
        *bullet(
            f"**What is simple?** By `fourier` a plane is {lifted:.1f} times as complex as a paraboloid. By",
            f"`lempel_ziv` a disc ({disc['lempel_ziv']} phrases) is simpler than a plane ({plane['lempel_ziv']});",
            f"by `legendre` it has {disc['legendre']} orders, a plane {plane['legendre']},",
            f"white noise {noise['legendre']}.",
        ),
        *bullet(
            f"**Levels.** From the simplest cell to the unbiased model `lempel_ziv` rises {reach['2 row']:.1f}-fold",
            f"with 2 levels, {reach['10 row']:.1f}-fold with 10, {reach['32 row']:.1f}-fold with 32.",
        ),
        *bullet(
            "**Scan order.** Read by rows and by columns one and the same simple network differs by",
            f"{percent(apart(turned).mean())} on average.",
        ),
        *bullet(
            f"**Precision.** In float32 alone plain networks at {of_cell(highest[0], lowest[1])} score",
            f"{value(rough.float32, 'cosine')} by `cosine`, in float64 {value(rough.float64, 'cosine')}.",
        ),
    ]


def known_functions() -> Lines:
    """What each measure says of the calibration functions on three grids."""
    found = kept("calibration").set_index(["measure", "grid_points", "function"])
    rows = []
    for measure in MEASURES:
        for points in GRIDS:
            entries = (found.loc[measure, points, function] for function in FUNCTIONS)
            written = [f"{value(e['mean'], measure)} ± {value(e.standard_deviation, measure)}" for e in entries]
            rows.append([f"`{measure}`", str(points), *written])
    heads = ["measure", "points", *(function.replace("_", " ") for function in FUNCTIONS)]
    return [f"Mean ± standard deviation over {found.n.max():,} functions of a kind.", *table(heads, rows)]


def random_networks() -> Lines:
    """Where plain random networks lie, in three cells, and known functions on the same grid."""
    found, cells = heatmap_means(), corners()
    rows = []
    for activation, label in ACTIVATIONS.items():
        keys = [("plain", activation, *cell) for cell in cells]
        rows.append([label, *(" → ".join(value(found.loc[key, m], m) for key in keys) for m in MEASURES)])
    rows.append(["unbiased", *(value(found.loc["unbiased", m].mean(), m) for m in MEASURES)])
    for function in FUNCTIONS:
        rows.append([f"*{function.replace('_', ' ')}*", *(value(level(function, m), m) for m in MEASURES)])
    n = heatmaps().groupby(CELL).size().max()
    said = ", ".join(of_cell(*cell) for cell in cells)
    return [
        f"Means over {n} plain networks at {said}; below them known functions.",
        *table(by_measure("networks"), rows),
    ]


def flatness() -> Lines:
    """How many fold the cell means rise over depths and magnitudes, and how far on the calibrated scale."""
    found = heatmap_means().loc["plain"]
    rows = []
    for activation, label in ACTIVATIONS.items():
        cells = found.loc[activation]
        rows.append([label, *(f"{fold(cells[m])} ({decimals(np.ptp(calibrated(cells[m], m)), 2)})" for m in MEASURES)])
    ends = {m: pd.Series([level("plane", m), level("white_noise", m)]) for m in MEASURES}
    rows.append(["*plane to white noise*", *(f"{fold(ends[m])} (1)" for m in MEASURES)])
    return [
        f"Highest over lowest of {len(found.loc['relu'])} cell means of plain networks; in brackets how far they lie",
        "apart on the calibrated scale.",
        *table(by_measure("activation"), rows),
    ]


def order_of_activations() -> Lines:
    """Which activation is the most complex in how many cells, and where ReLU stands at the smallest magnitude."""
    found = heatmap_means().loc["plain"]
    top = {m: found[m].unstack("activation").idxmax(axis=1).value_counts() for m in MEASURES}
    rows = [[label, *(str(int(top[m].get(name, 0))) for m in MEASURES)] for name, label in ACTIVATIONS.items()]
    lowest = corners()[0]
    first = found.xs(lowest, level=("depth", "weight_magnitude"))
    ratio = first.loc["relu"] / first.drop("relu").median()
    rows.append(["*ReLU / median of the others*", *(f"{ratio[m]:.2f}×" for m in MEASURES)])
    return [
        f"In how many of {len(found.loc['relu'])} cells an activation has the highest mean of plain networks; last,",
        f"ReLU against the others at {of_cell(*lowest)}.",
        *table(by_measure("activation"), rows),
    ]


def leak() -> Lines:
    """What the other measures say of the cells that `cosine` calls alike."""
    found = mlps(heatmap_means())
    edges = (-np.inf, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, np.inf)
    scale = calibrated(found.cosine, "cosine")
    rows = []
    for low, high in pairwise(edges):
        cells = found[(scale > low) & (scale <= high)]
        name = f"to {decimals(high, 2)}" if np.isfinite(high) else "above"
        rows.append([name, str(len(cells)), *(value(cells[m].mean(), m) for m in MEASURES)])
    heads = ["c\\* by `cosine`", "cells", *by_measure("")[1:]]
    return ["Mean of the cell means of all variants, by what `cosine` says of the cell.", *table(heads, rows)]


def lempel_ziv() -> Lines:
    """Levels and scan orders of Lempel-Ziv."""
    networks = under("lz_levels_and_scan_order", "lempel_ziv")
    cells, spread = means(networks), mlps(networks.groupby(CELL).std() / networks.groupby(CELL).mean()).mean()
    below, cosine = mlps(cells), mlps(means(under("grid_points", "cosine")))[USUAL["grid_points"]]
    rows = []
    for setting in sorted(cells, key=lambda name: (int(name.split()[0]), SCAN_ORDERS.index(name.split()[1]))):
        noise = cells.loc["unbiased", setting].mean()
        rows.append(
            [
                setting,
                value(below[setting].min(), "lempel_ziv"),
                value(noise, "lempel_ziv"),
                f"{noise / below[setting].min():.1f}×",
                fold(below.loc["plain", "relu"][setting], 2),
                percent(spread[setting]),
                rank_correlation(below[setting], below["10 row"]),
                rank_correlation(below[setting], cosine),
            ]
        )
    heads = [
        "levels, order",
        "lowest cell",
        "unbiased",
        "rise",
        "rise of ReLU",
        "spread in a cell",
        "ρ 10 row",
        "ρ `cosine`",
    ]
    return [
        f"Over {len(below)} cells (activations × variants × corners and centre); spread: standard deviation over",
        "mean; ρ: rank correlation of cell means.",
        *table(heads, rows),
    ]


def apart(networks: pd.DataFrame) -> pd.Series:
    """|row − column| of each network as a share of their mean."""
    return (networks.row - networks.column).abs() / networks[["row", "column"]].mean(axis=1)


def anisotropy() -> Lines:
    """How much the scan order changes one and the same network."""
    rows = []
    for depth, magnitude in corners():
        found = under("scan_order", "lempel_ziv", variant="plain", depth=depth, weight_magnitude=magnitude)
        spread = (found.groupby("activation").std() / found.groupby("activation").mean()).mean()
        rows.append(
            [
                of_cell(depth, magnitude),
                str(len(found)),
                percent(apart(found).mean()),
                percent(apart(found).max()),
                *(percent(spread[order]) for order in SCAN_ORDERS),
            ]
        )
    heads = ["plain networks", "n", "row − column, mean", "largest", *(f"spread by {order}" for order in SCAN_ORDERS)]
    return ["One and the same network read in two orders, and the spread within a cell in each.", *table(heads, rows)]


def degrees() -> Lines:
    """Degree of the polynomials."""
    rows = []
    for measure in POLYNOMIALS:
        cells = means(under("degree", measure))
        for degree in sorted(cells, key=int):
            plain = cells.loc["plain", degree].unstack("activation")
            ends = [
                f"{value(plain[a].min(), measure)} → {value(plain[a].max(), measure)}" for a in ("relu", "gelu", "tanh")
            ]
            rows.append(
                [
                    f"`{measure}`, degree {degree}",
                    *ends,
                    value(cells.loc["unbiased", degree].mean(), measure),
                    rank_correlation(mlps(cells)[degree], mlps(cells)[USUAL["degree"]], 3),
                ]
            )
    heads = ["measure", "ReLU", "GELU", "tanh", "unbiased", f"ρ degree {USUAL['degree']}"]
    return ["Lowest and highest of the five plain cells; ρ over the cells of all variants.", *table(heads, rows)]


def grids() -> Lines:
    """Points of the grid."""
    lowest, _, highest = corners()
    rows = []
    for measure in MEASURES:
        cells = means(under("grid_points", measure))
        for points in sorted(cells, key=int):
            chosen = [
                cells.loc[("plain", *key), points]
                for key in (("relu", *lowest), ("relu", *highest), ("tanh", *highest))
            ]
            chosen.append(cells.loc["unbiased", points].mean())
            entries = [f"{value(c, measure)} ({decimals(calibrated(c, measure, int(points)), 2)})" for c in chosen]
            rows.append([f"`{measure}`", points, *entries])
    heads = ["measure", "points", "ReLU, simplest", "ReLU, most complex", "tanh, most complex", "unbiased"]
    return [
        f"Means of plain networks at {of_cell(*lowest)} and at {of_cell(*highest)}; in brackets on the calibrated",
        "scale of that grid.",
        *table(heads, rows),
    ]


def precision() -> Lines:
    """float32 alone against float64, where float32 is worst."""
    depth, magnitude = corners()[2][0], corners()[0][1]
    found = {m: under("precision", m, variant="plain", depth=depth, weight_magnitude=magnitude) for m in MEASURES}
    rows = []
    for activation, label in ACTIVATIONS.items():
        mean = {m: networks.xs(activation, level="activation").mean() for m, networks in found.items()}
        rows.append([label, *(f"{value(mean[m].float32, m)} / {value(mean[m].float64, m)}" for m in MEASURES)])
    return [
        f"Means of plain networks at {of_cell(depth, magnitude)}: float32 alone / float64.",
        *table(by_measure("activation"), rows),
    ]


def precision_everywhere() -> Lines:
    """How often float32 alone is wrong, and how exact the automatic rule is."""
    wrong, closer = ["float32 alone: off by over 10 %, or no value"], ["the rule: 99 % of networks within"]
    for measure in MEASURES:
        networks = under("precision", measure).dropna(subset=["float64"])
        error = networks.div(networks.float64, axis=0).sub(1).abs()
        wrong.append(f"{100 * (~(error.float32 <= 0.1)).mean():.1f} %")
        closer.append(f"{100 * error.automatic.quantile(0.99):.2g} %".replace("0.", ".", 1))
    return [
        f"Against float64, over {len(networks):,} networks of all variants.",
        *table(by_measure(""), [wrong, closer]),
    ]


def gaussians() -> Lines:
    """Both Gaussians."""
    both = {m: means(under("gaussian_form", m, variant="plain")).droplevel(["variant", "activation"]) for m in MEASURES}
    rows = [
        [of_cell(*cell), *(" / ".join(value(amount, m) for amount in both[m].loc[cell]) for m in MEASURES)]
        for cell in both["fourier"].index
    ]
    return ["Means of plain networks: exp(−x²) / exp(−x²/2).", *table(by_measure("cell"), rows)]


def biases() -> Lines:
    """Biases that grow with the weights."""
    rows = []
    for variant in ("plain", "layer_norm"):
        cells = {m: means(under("bias_scaling", m, variant=variant)).loc[variant] for m in MEASURES}
        for activation, label in ACTIVATIONS.items():
            entries = (cells[m].loc[activation] for m in MEASURES)
            rows.append(
                [
                    f"{variant.replace('_', ' ')}, {label}",
                    *(f"{fold(e.glorot)} / {fold(e.biases_scaled)}" for e in entries),
                ]
            )
    return [
        "Highest over lowest of five cell means: biases fixed / growing with the weights.",
        *table(by_measure("networks"), rows),
    ]


def ranks() -> Lines:
    """How much of the order of architectures each setting keeps."""
    settings = kept("sensitivity")[["setting", "setting_value", "measure"]].drop_duplicates()
    rows = []
    for setting, usual in USUAL.items():
        found = settings[settings.setting == setting]
        others = set(found.setting_value) - {usual}
        for other in sorted(others, key=lambda text: (len(text), text)):
            entries = []
            for measure in MEASURES:
                measured = measure in set(found.measure)
                cells = mlps(means(under(setting, measure))) if measured else None
                entries.append("" if cells is None else rank_correlation(cells[other], cells[usual]))
            rows.append([f"{setting.replace('_', ' ')} {other}, not {usual}", *entries])
    halves = ["*other networks: one half, the other*"]
    for measure in MEASURES:
        networks = mlps(under("grid_points", measure))[[USUAL["grid_points"]]]
        odd = networks.index.get_level_values("network") % 2 == 1
        halves.append(rank_correlation(*(means(networks[half])[USUAL["grid_points"]] for half in (odd, ~odd))))
    cells = len(mlps(means(under("algorithm", "lempel_ziv"))))
    return [
        f"Rank correlation with the usual setting over {cells} cell means; last, what chance leaves of it between two",
        "halves of the networks under one setting.",
        *table(by_measure("setting"), [*rows, halves]),
    ]


BLOCKS: Mapping[str, Callable[[], Lines]] = {
    function.__name__.replace("_", " "): function
    for function in (
        in_short,
        known_functions,
        random_networks,
        flatness,
        order_of_activations,
        leak,
        ranks,
        lempel_ziv,
        anisotropy,
        degrees,
        grids,
        precision,
        precision_everywhere,
        gaussians,
        biases,
    )
}


def blocks(text: str) -> dict[str, str]:
    """What a page holds between its markers, by name."""
    found = re.findall(r"<!-- from the tables: ([\w ]+) -->\n(.*?)<!-- end -->", text, flags=re.DOTALL)
    return {name: block.rstrip("\n") for name, block in found}


def written(text: str) -> str:
    """The page with every block as today's tables have it."""
    for name in blocks(text):
        head, start, rest = text.partition(f"<!-- from the tables: {name} -->\n")
        text = head + start + "\n".join(BLOCKS[name]()) + "\n<!-- end -->" + rest.partition("<!-- end -->")[2]
    return text


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))
