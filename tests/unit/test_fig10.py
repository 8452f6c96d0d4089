"""Figure 10 draws whatever part of the study there is, and says how much that is."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from neural_redshift.figures.fig10_transformers import _shades, draw

USUAL = {"final_norm": False, "head": "tied", "centred": False, "ablation": "none", "protocol": "paper", "seed": 1}
SCALES = (0.5, 1.0, 2.0, 4.0, 8.0)


def rows(phrases: float, sequences: int, tokens: int = 100, model=None, **about) -> list[dict]:
    """Sequences of a cell, their phrases around a mean."""
    return [
        USUAL
        | {"sequence": number, "model": number if model is None else model, "prompt": 7, "distinct_tokens": 5}
        | {"lempel_ziv": round(phrases + number % 3 - 1), "tokens": np.arange(tokens + 1) // (number + 2)}
        | about
        for number in range(sequences)
    ]


def table(controls: bool = True, authors: bool = True) -> pd.DataFrame:
    found = []
    for (activation, base), depth, scale in product({"gelu": 20, "sin": 50}.items(), (3, 12), SCALES):
        cell = {"activation": activation, "depth": depth, "layer_norm_scale": scale}
        found += rows(base + 3 * scale, 6 if (depth, scale) == (12, 1.0) else 4, **cell)
        if authors and depth == 12:
            found += [
                row for model in (0, 1) for row in rows(base, 3, 50, model, **(cell | {"protocol": "authors_code"}))
            ]
        if controls and (depth, scale) == (3, 1.0):
            changes = [{"head": "untied"}, {"centred": True}, {"ablation": "no_mlp"}]
            found += [row for about in changes for row in rows(70, 5, **(cell | about))]
    return pd.DataFrame(found)


def mlps(networks: int = 5) -> pd.DataFrame:
    """Networks with a gain, whose complexity rises with it."""
    axes = product(("gelu", "sin"), (1, 3), SCALES, range(networks))
    found = pd.DataFrame(axes, columns=["activation", "depth", "weight_magnitude", "network"])
    about = {"study": "norm_gain", "variant": "norm_gain", "prior": "glorot", "width": 16, "bias_magnitude": 1.0}
    value = 0.1 + 0.04 * found.weight_magnitude + 0.001 * found.network
    return found.assign(**about, grid_points=32, status="ok", fourier=value, cosine=value / 2)


def caption(figure) -> str:
    return " ".join(figure.get_supxlabel().replace("\u00a0", " ").split())


def test_it_says_what_it_shows():
    figure = draw(table(), mlps())
    titles = [axes.get_title() for axes in figure.axes]
    assert titles[:6] == [
        "3 blocks",
        "12 blocks",
        "MLPs: 3 layers",
        "",
        "hollow: the authors' code",
        "what the order rests on: 3 blocks, scale 1",
    ]
    assert [label.get_text() for label in figure.axes[5].get_xticklabels()] == [
        *("as\nGPT-2 is", "untied\nhead", "centred", "no\nMLP")
    ]
    said = caption(figure)
    assert "n = 4–6 a marker" in said
    assert "n = 5 networks" in said
    assert "2 models, 3 prompts each, 50 tokens" in said
    assert "blocks without a part; intervals as above, n = 4–5." in said


@pytest.mark.parametrize(("controls", "authors"), [(False, False), (True, False), (False, True)])
def test_it_is_drawn_without_controls_or_the_authors_protocol(controls: bool, authors: bool):
    draw(table(controls, authors), mlps())


def test_it_is_drawn_without_mlps_of_a_gain():
    assert "MLPs" not in "".join(axes.get_title() for axes in draw(table(), mlps().iloc[:0]).axes)


def test_curves_of_mlps_go_through_their_means():
    for axes, measure in zip(draw(table(), mlps()).axes[2:4], ("fourier", "cosine"), strict=True):
        line = next(line for line in axes.lines if line.get_marker() == "*")
        expected = mlps().query("activation == 'sin' and depth == 3").groupby("weight_magnitude")[measure].mean()
        np.testing.assert_allclose(line.get_ydata(), expected)


def test_a_line_goes_through_the_means():
    found = table()
    line = next(line for line in draw(found, mlps()).axes[1].lines if line.get_marker() == "*")
    expected = found[(found.depth == 12) & (found.activation == "sin") & (found.protocol == "paper")]
    expected = expected.groupby("layer_norm_scale").lempel_ziv.mean()
    np.testing.assert_allclose(line.get_ydata(), expected)


def test_shades_tell_tokens_apart_and_repeat_with_them():
    shades = _shades([50, 7, 7, 50, 9])
    assert shades[0] == shades[3]
    assert shades[1] == shades[2]
    assert abs(np.diff(shades)[np.diff(shades) != 0]).min() > 0.2
