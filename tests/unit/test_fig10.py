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


def caption(figure) -> str:
    return " ".join(figure.get_supxlabel().replace("\u00a0", " ").split())


def test_it_says_what_it_shows():
    figure = draw(table())
    titles = [axes.get_title() for axes in figure.axes]
    assert titles[:4] == [
        "3 blocks",
        "12 blocks",
        "hollow: the authors' code",
        "what the order rests on: 3 blocks, scale 1",
    ]
    assert [label.get_text() for label in figure.axes[3].get_xticklabels()] == [
        *("as\nGPT-2 is", "untied\nhead", "centred", "no\nMLP")
    ]
    said = caption(figure)
    assert "n = 4–6 a marker" in said
    assert "2 models, 3 prompts each, 50 tokens" in said
    assert "blocks without a part; intervals as above, n = 4–5." in said


@pytest.mark.parametrize(("controls", "authors"), [(False, False), (True, False), (False, True)])
def test_it_is_drawn_without_controls_or_the_authors_protocol(controls: bool, authors: bool):
    draw(table(controls, authors))


def test_a_line_goes_through_the_means():
    found = table()
    line = next(line for line in draw(found).axes[1].lines if line.get_marker() == "*")
    expected = found[(found.depth == 12) & (found.activation == "sin") & (found.protocol == "paper")]
    expected = expected.groupby("layer_norm_scale").lempel_ziv.mean()
    np.testing.assert_allclose(line.get_ydata(), expected)


def test_shades_tell_tokens_apart_and_repeat_with_them():
    shades = _shades([50, 7, 7, 50, 9])
    assert shades[0] == shades[3]
    assert shades[1] == shades[2]
    assert abs(np.diff(shades)[np.diff(shades) != 0]).min() > 0.2
