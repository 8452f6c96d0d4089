"""The verdicts in the README, between two marks."""

import pandas as pd

from neural_redshift.page.verdicts import counts, verdict_rows
from neural_redshift.tables import DamagedFile

MARKS = ("<!-- claims: written by snakemake readme -->", "<!-- end of claims -->")


def with_claims(readme: str, claims: pd.DataFrame) -> str:
    """The text of a README with the table of claims between its marks.

    Raises DamagedFile where a mark is missing.
    """
    before, start, rest = readme.partition(MARKS[0])
    _, end, after = rest.partition(MARKS[1])
    if not (start and end):
        missing = MARKS[1] if start else MARKS[0]
        raise DamagedFile(
            f"README.md: {missing!r} not found; put it back: the table of claims stands between two marks"
        )
    return f"{before}{start}\n\n{claims_as_markdown(claims)}\n{end}{after}"


def claims_as_markdown(claims: pd.DataFrame) -> str:
    """How many claims have each verdict, and a row a claim: place, statement, verdict, estimate, region."""
    found = counts(claims)
    text = f"Of {sum(found.values())} statements: {', '.join(f'{n} {verdict}' for verdict, n in found.items())}.\n\n"
    return f"{text}{_table(claims, 'statement')}\nControls of ours, each decided alone:\n\n{_table(claims, 'control')}"


def _table(claims: pd.DataFrame, kind: str) -> str:
    lines = ["| Place | Statement | Verdict | Estimate, interval | True if |", "|---|---|---|---|---|"]
    for row in verdict_rows(claims, {}, kind):
        effect = row["effect"] if row["n"] else "too little data"
        verdict = f"{row['sign']} {row['verdict']}"
        lines.append(f"| {row['place']} | {row['statement']} | {verdict} | {effect} | {row['within']} |")
    return "\n".join(lines) + "\n"
