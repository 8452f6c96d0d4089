"""The verdicts as the page shows them."""

import re
from collections.abc import Iterable
from typing import Any

import pandas as pd

from neural_redshift.figures.style import rows
from neural_redshift.page.interval_plot import in_words, interval_plot

VERDICTS = {"supported": "✓", "contradicted": "✗", "undecided": "?"}
BY_SECTION = (  # the first that fits; figures and tables that a section names itself come before
    (r"App\w*\.? E", ("app_e_priors", "app_e_unbiased_training", "app_e_start")),
    (r"App\w*\.? F", ("app_f_closeups",)),
    (r"§4\.?2 box|E\.3", ("app_e_start",)),
    (r"§4 box", ("box_guess_and_check",)),
    (r"§5", ("fig10_transformers",)),
    (r"§4\.2", ("fig09_colored_digits",)),
    (r"§4\.1", ("fig07_modulo",)),
    (r"§4", ("app_before_after",)),
    (r"§[13]", ("fig04_heatmaps",)),
)


def counts(claims: pd.DataFrame) -> dict[str, int]:
    """How many claims have each verdict, in the order in which they are shown."""
    return {verdict: int((claims.verdict == verdict).sum()) for verdict in VERDICTS}


def verdict_rows(claims: pd.DataFrame, figures: Iterable[str]) -> list[dict[str, Any]]:
    """One row a claim, in the order of the table, with its picture and the figures that it rests on."""
    known = list(figures)
    return [
        claim._asdict()
        | {
            "sign": VERDICTS[claim.verdict],
            "plot": interval_plot(claim.estimate, claim.low, claim.high, claim.region, claim.verdict),
            "effect": in_words(claim.estimate, claim.low, claim.high),
            "rests_on": figures_of(claim.section, known),
        }
        for claim in rows(claims)
    ]


def figures_of(section: str, figures: list[str]) -> list[str]:
    """Figures on which a claim of this place in the paper rests: those that it names, or those of its section."""
    numbers = [
        int(n) for group in re.findall(r"Figs?\.?(?:ures?)? ([\d, and]+)", section) for n in re.findall(r"\d+", group)
    ]
    starts = [f"fig{number:02d}_" for number in numbers] + ["table1_"] * ("Table 1" in section)
    named = [figure for figure in figures if figure.startswith(tuple(starts))] if starts else []
    if named:
        return named
    fitting = (found for pattern, found in BY_SECTION if re.search(pattern, section))
    return [figure for figure in next(fitting, ()) if figure in figures]
