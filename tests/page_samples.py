"""Made-up tables and texts for the page; their numbers mean nothing."""

import numpy as np
import pandas as pd

from neural_redshift.schemas import SCHEMAS
from project import ROOT

POINTS, NETWORKS, MAGNITUDES = 8, 3, (0.5, 2.0)
FIGURES = {"fig01_teaser": ["random_networks"], "fig03_functions": ["function_images"]}
SVG = """<svg viewBox="0 0 500 300"><g id="text_1"><!-- .2 --></g><g id="caption">
<!-- Mean complexity (n = 3 &lt; 4) of -->
<g style="fill: #222222" transform="translate(5.1 255.9) scale(0.07 -0.07)"></g>
<!-- random networks. -->
<g style="fill: #222222" transform="translate(5.1 265.9) scale(0.07 -0.07)"></g>
</g><g id="legend"><!-- not a caption --><g transform="translate(1 2)"></g></g></svg>"""
SETTINGS = {
    "figures": [*FIGURES.items()],
    "folder": "figures",
    "packages": ["numpy==1.2.3"],
    "seed": 7,
    "fingerprint": "f" * 32,
}
ABOUT = {"random_networks": {"fingerprint": "a" * 32, "seed": "7", "rows": "54", "config": "{}"}}
CLAIMS = (
    (
        "relu_low",
        "3, Figures 1 and 4",
        'ReLU networks are <low> & flat, "always"',
        0.12,
        0.08,
        0.16,
        "low: below 0.25",
        "supported",
    ),
    ("tanh_low", "3", "tanh networks are low", 0.4, 0.35, 0.45, "< .25", "contradicted"),
    (
        "width_none",
        "Table 1",
        "Width has no effect, or none that matters",
        -0.01,
        -0.12,
        0.1,
        "-.10 … .10",
        "undecided",
    ),
    ("gelu_fails", "4.1, Figure 7", "GELU fails", 0.7, 0.6, 0.8, "> .90", "contradicted"),
    ("few_data", "5", "Nobody knows", np.nan, -np.inf, np.inf, "> .50", "undecided"),
)


def claims() -> pd.DataFrame:
    """Claims of every verdict, one of them without an estimate."""
    rows = [
        {
            **dict(
                zip(
                    ("claim", "section", "statement", "estimate", "low", "high", "region", "verdict"),
                    claim,
                    strict=True,
                )
            ),
            "kind": "statement",
            "form": "ordering",
            "measure": "fourier",
            "reason": "it is <said> so",
            "n": 1000 * number + 7,
            "settings_tried": 5,
            "settings_agreeing": 5 - number,
            "settings": "measure cosine: undecided; variant skip: supported; depth 3: no data" if number else "",
            "deciding": "measure cosine: undecided; variant skip: supported" if number else "",
        }
        for number, claim in enumerate(CLAIMS)
    ]
    rows.append(rows[0] | {"claim": "c_phase", "kind": "control", "statement": "What the first is made of."})
    return pd.DataFrame(rows)[[field.name for field in SCHEMAS["claims"]]]


def networks() -> pd.DataFrame:
    """Plain ReLU and tanh networks of two depths, and the Fourier model."""
    cells = [("plain", name, "glorot", depth) for name in ("relu", "tanh") for depth in (1, 3)]
    rows = [
        {"variant": variant, "activation": name, "prior": prior, "depth": depth, "weight_magnitude": size, "network": n}
        for variant, name, prior, depth in [*cells, ("unbiased", "none", "none", 0)]
        for size in MAGNITUDES
        for n in range(NETWORKS)
    ]
    kept = {"study": "heatmaps", "width": 16, "bias_magnitude": 1.0, "grid_points": POINTS, "seed": 7}
    table = pd.DataFrame(rows).assign(**kept, status="ok", float64=False)
    for number, measure in enumerate(("fourier", "cosine", "chebyshev", "legendre", "lempel_ziv")):
        table[measure] = 0.01 * np.arange(len(table)) + number
    return table.assign(fourier_authors=np.nan)


def images() -> pd.DataFrame:
    """Two functions a cell: a slope and noise."""
    table = networks().query("network < 2").reset_index(drop=True)
    noise = np.random.default_rng(0).integers(0, 256, (POINTS, POINTS), dtype=np.uint8)
    slope = np.broadcast_to(np.linspace(0, 255, POINTS).astype(np.uint8), (POINTS, POINTS))
    pictures = [(slope, noise)[network].tobytes() for network in table.network]
    return table.assign(minimum=-1.5, maximum=2.0, image=pictures)


def tables() -> dict[str, pd.DataFrame]:
    """Everything that the page reads."""
    known = [
        {"function": name, "grid_points": POINTS, "measure": "fourier", "mean": mean, "standard_deviation": 0.0, "n": 9}
        for name, mean in (("plane", 0.2), ("white_noise", 0.5))
    ]
    return {
        "claims": claims(),
        "random_networks": networks(),
        "function_images": images(),
        "calibration": pd.DataFrame(known),
    }


def texts(figures: dict[str, list[str]] = FIGURES) -> dict[str, str]:
    """Documents and figures."""
    documents = {name: (ROOT / name).read_text() for name in ("CITATION.cff", "docs/deviations.md")}
    drawn = {f"{figure}.svg": SVG for figure in figures}
    return {name.rpartition("/")[2]: text for name, text in documents.items()} | drawn
