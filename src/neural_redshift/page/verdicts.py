"""The verdicts as the page shows them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from neural_redshift.figures.style import rows
from neural_redshift.page.interval_plot import in_words, interval_plot

VERDICTS = {"supported": "✓", "contradicted": "✗", "undecided": "?"}
# Where a claim names no figure of the paper, its name tells by how it starts.
FIGURES_OF = {
    "norm_gain": "fig10_transformers",
    "norm_": "fig05_magnitude",
    "residual_": "fig05_magnitude",
    "gating_": "fig05_magnitude",
    "patterns_": "fig03_functions",
    "priors_": "app_e_priors",
    "unbiased_useless": "app_e_unbiased_training",
    "before_after": "app_before_after",
    "match_": "fig07_modulo",
    "modulo_": "fig07_modulo",
    "prefactor_": "fig08_prefactor",
    "optimum_": "fig08_prefactor",
    "shortcut_": "fig09_colored_digits",
    "guess_": "box_guess_and_check",
    "bad_minima": "box_guess_and_check",
    "start_": "app_e_start",
    "gpt_": "fig10_transformers",
    "": "fig04_heatmaps",
}


def counts(claims: pd.DataFrame) -> dict[str, int]:
    """How many statements of the paper have each verdict, in the order in which they are shown."""
    verdicts = claims.verdict[claims.kind == "statement"]
    return {verdict: int((verdicts == verdict).sum()) for verdict in VERDICTS}


def verdict_rows(claims: pd.DataFrame, figures: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    """One row a claim of a kind, in the order of the table, with its picture and the figures that it rests on."""
    return [
        claim._asdict()
        | {
            "sign": VERDICTS[claim.verdict],
            "place": f"§ {claim.section}" if claim.section[:1].isdigit() else claim.section,
            "plot": interval_plot(claim.estimate, claim.low, claim.high, claim.region, claim.verdict),
            "effect": in_words(claim.estimate, claim.low, claim.high),
            "within": re.sub(r"(?<![\d.])0\.", ".", claim.region).replace("-", "−"),
            "choices": choices(claim.settings, claim.verdict),
            "rests_on": figures_of(claim.claim, claim.section, figures),
        }
        for claim in rows(claims[claims.kind == kind])
    ]


def choices(settings: str, verdict: str) -> list[dict[str, str]]:
    """Every setting that may decide, and what it leads to: same, another verdict, or no data."""
    found = []
    for part in filter(None, settings.split("; ")):
        setting, _, led_to = part.rpartition(": ")
        found.append({"setting": setting, "verdict": led_to, "sign": VERDICTS.get(led_to, "–")})
        found[-1]["kind"] = "same" if led_to == verdict else led_to.replace(" ", "_")
    return found


def figures_of(claim: str, section: str, figures: Iterable[str]) -> list[str]:
    """Figures on which a claim rests: those that its place in the paper names, or that of its name."""
    numbers = re.findall(r"\d+", " ".join(re.findall(r"Figures? ([\d, and]+)", section)))
    starts = [f"fig{int(number):02d}_" for number in numbers]
    starts += ["table1_"] * ("Table 1" in section) + ["app_f_"] * ("Appendix F" in section)
    if not starts:
        starts = [next(figure for start, figure in FIGURES_OF.items() if claim.startswith(start))]
    return [figure for figure in figures if figure.startswith(tuple(starts))]
