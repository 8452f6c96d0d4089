"""The verdicts in the README, between two marks."""

import math

import pandas as pd

from neural_redshift.figures.style import rows
from neural_redshift.page.interval_plot import in_words
from neural_redshift.page.verdicts import VERDICTS as SIGNS

MARKS = ("<!-- claims: written by snakemake readme -->", "<!-- end of claims -->")


def with_claims(readme: str, claims: pd.DataFrame) -> str:
    """The text of a README with the table of claims between its marks.

    Raises ValueError where a mark is missing.
    """
    before, start, rest = readme.partition(MARKS[0])
    _, end, after = rest.partition(MARKS[1])
    if not (start and end):
        raise ValueError(
            f"README.md: {MARKS[1] if start else MARKS[0]!r} not found; the table of claims stands between the marks"
        )
    return f"{before}{start}\n\n{claims_as_markdown(claims)}\n{end}{after}"


def claims_as_markdown(claims: pd.DataFrame) -> str:
    """How many claims have each verdict, and a row a claim: place, statement, verdict, estimate, region."""
    ours, theirs = claims[claims.kind == "control"], claims[claims.kind == "statement"]
    counts = ", ".join(f"{(theirs.verdict == verdict).sum()} {verdict}" for verdict in SIGNS)
    text = f"Of {len(theirs)} statements: {counts}.\n\n{_table(theirs)}"
    return text + (f"\nControls of ours, each decided alone:\n\n{_table(ours)}" if len(ours) else "")


def _table(claims: pd.DataFrame) -> str:
    lines = ["| Place | Statement | Verdict | Estimate, interval | True if |", "|---|---|---|---|---|"]
    for claim in rows(claims):
        place = f"§ {claim.section}" if claim.section[:1].isdigit() else claim.section
        effect = "too little data" if math.isnan(claim.estimate) else in_words(claim.estimate, claim.low, claim.high)
        verdict = f"{SIGNS[claim.verdict]} {claim.verdict}"
        lines.append(f"| {place} | {claim.statement} | {verdict} | {effect} | {claim.region} |")
    return "\n".join(lines) + "\n"
