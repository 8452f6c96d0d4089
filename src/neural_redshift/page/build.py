"""The page: from tables and texts to HTML."""

import json
import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from neural_redshift.page.costs import costs
from neural_redshift.page.documents import cite, markdown
from neural_redshift.page.explorer import explorer
from neural_redshift.page.gallery import gallery, heading
from neural_redshift.page.verdicts import VERDICTS, counts, verdict_rows

Tables = Mapping[str, pd.DataFrame]
About = Mapping[str, Mapping[str, str]]


def build(tables: Tables, texts: Mapping[str, str], about: About, settings: Mapping[str, Any]) -> str:
    """The page as one HTML file, which refers to the figures beside it and to nothing else.

    tables: by name; texts: `deviations.md`, `CITATION.cff`, each `<figure>.svg` and, where costs were measured,
    `costs.json`; about: what each table says of itself (fingerprint, seed, rows); settings: `figures` (pairs of name
    and tables, in order), `folder`, `packages`, `seed`, `fingerprint`.
    """
    claims, figures, shown = tables.get("claims"), dict(settings["figures"]), explorer(tables)
    return render(
        "page.html",
        claims=None if claims is None else verdict_rows(claims, figures, "statement"),
        controls=[] if claims is None else verdict_rows(claims, figures, "control"),
        counts={} if claims is None else counts(claims),
        signs=VERDICTS,
        headings={figure: heading(figure) for figure in figures},
        gallery=gallery(figures, texts, tables),
        choices=shown,
        explorer=as_json(shown),
        deviations=markdown(texts["deviations.md"]),
        costs=costs(texts.get("costs.json"), figures),
        about=about,
        settings=settings,
        cite=cite(texts["CITATION.cff"]),
    )


def machines(made_on: Mapping[str, Mapping[str, str] | None]) -> str:
    """The page beside the page: where and when each table was made, which differs between machines."""
    names = dict.fromkeys(name for machine in made_on.values() for name in machine or ())
    return render("provenance.html", made_on=made_on, names=list(names))


def render(template: str, **values: Any) -> str:
    """A template of this package filled in; whatever is no HTML is escaped."""
    loader = PackageLoader("neural_redshift.page")
    environment = Environment(
        loader=loader, autoescape=select_autoescape(), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["number"] = lambda value: repr(float(value)) if math.isfinite(value) else ""
    return environment.get_template(template).render(values)


def as_json(value: Any) -> str:
    """JSON that may stand inside a script element."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
