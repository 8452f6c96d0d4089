"""What the dataset and the run say of themselves, from CITATION.cff."""

from typing import Any, NamedTuple

import yaml

LICENCES = {"MIT": "https://spdx.org/licenses/MIT"}


class About(NamedTuple):
    """Title, description, version, licence and date of this artifact, its authors, and how to cite the paper."""

    title: str
    description: str
    version: str
    licence: str
    date: str
    authors: list[str]
    cite: str


def about(citation: str) -> About:
    """Read the text of a CITATION.cff."""
    found: dict[str, Any] = yaml.safe_load(citation)
    paper = found["preferred-citation"]
    authors = ", ".join(f"{author['given-names']} {author['family-names']}" for author in paper["authors"])
    return About(
        found["title"],
        " ".join(found["abstract"].split()),
        found["version"],
        LICENCES[found["license"]],
        str(found["date-released"]),
        [author["name"] for author in found["authors"]],
        f"{authors}. {paper['title']}. {paper['collection-title']}, {paper['year']}.",
    )
