"""From the list of claims and the tables to verdicts: each claim once as the paper has it, then under each setting.

Beside the statements of the paper stand controls of ours, which say what a finding is made of. Both are decided alike,
but a control alone, at 95 %: it is none of the family of statements, and no statement is harder to support for it.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from neural_redshift.claims import (
    section3_activations,
    section3_components,
    section3_controls,
    section3_images,
    section3_measures,
    section4_boxes,
    section4_controls,
    section4_modulo,
    section4_shortcuts,
    section5_controls,
    section5_transformers,
)
from neural_redshift.claims.evidence import ALONE, LEVEL, Estimates, Evidence, Region, TooLittle, decisive, verdict
from neural_redshift.schemas import SCHEMAS
from neural_redshift.tables import DamagedFile

Functions = Mapping[str, Callable[..., Estimates]]
Decided = dict[str, Any]


class Kind(NamedTuple):
    """What is listed under a heading: its name, what decides each entry, and the level of their intervals."""

    name: str
    functions: Functions
    level: float


def functions_of(*modules: ModuleType) -> Functions:
    """Public functions of the modules that return estimates, in order."""
    return {
        name: function
        for module in modules
        for name, function in vars(module).items()
        if inspect.isfunction(function)
        and function.__module__ == module.__name__
        and function.__annotations__["return"] is Estimates
        and not name.startswith("_")
    }


STATEMENTS = functions_of(
    section3_activations,
    section3_components,
    section3_images,
    section3_measures,
    section4_modulo,
    section4_boxes,
    section4_shortcuts,
    section5_transformers,
)
CONTROLS = functions_of(section3_controls, section4_controls, section5_controls)
KINDS = {"claims": Kind("statement", STATEMENTS, LEVEL), "controls": Kind("control", CONTROLS, ALONE)}
FORMS = ("ordering", "equivalence", "trend", "association", "contrast")
PARTS = ("words", "columns", "settings", *KINDS)
ENTRY = ("section", "statement", "form", "measure", "tables", "region", "reason", "settings")


def decide(listing: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> list[Decided]:
    """Every claim and every control of the list with its evidence and verdict, and the same under each of its settings.

    Raises DamagedFile, in one sentence, where the list is not one of claims that the code decides.
    """
    check(listing)
    return [
        _decide(name, about, listing["words"], tables, kind)
        for heading, kind in KINDS.items()
        for name, about in listing[heading].items()
    ]


def rows(decided: list[Decided]) -> pd.DataFrame:
    """Rows of `claims`.

    A setting is tried where the tables hold what it needs, and decides where the verdict is another.
    """
    found = []
    for each in decided:
        tried = [one for one in each["settings"] if one["n"] > 0]
        differing = [one for one in tried if one["verdict"] != each["verdict"]]
        row = {name: each[name] for name in ("claim", "kind", "section", "statement", "form", "measure", "region")}
        row |= {name: each[name] for name in ("reason", "verdict", "estimate", "low", "high", "n")}
        row |= {
            "settings_tried": len(tried),
            "settings_agreeing": len(tried) - len(differing),
            "settings": _in_a_line((one, one["verdict"] if one["n"] > 0 else "no data") for one in each["settings"]),
            "deciding": _in_a_line((one, one["verdict"]) for one in differing),
        }
        found.append(row)
    return pd.DataFrame(found)


def region_of(words: Mapping[str, Any], region: Any) -> Region:
    """A region by its word, or by [low, high], where null is without end."""
    low, high = words[region]["region"] if isinstance(region, str) else region
    return Region(-np.inf if low is None else low, np.inf if high is None else high)


def others(about: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Settings other than the paper's: of each its values, one at a time; of `together` several at once."""
    alone = {name: values for name, values in about["settings"].items() if name != "together"}
    one_by_one = [{name: value} for name, values in alone.items() for value in values]
    return one_by_one + about["settings"].get("together", [])


def as_text(settings: Mapping[str, Any]) -> str:
    """Settings as a reader reads them."""
    return ", ".join(f"{name} {value}" for name, value in settings.items())


def check(listing: Mapping[str, Any]) -> None:
    """Raise DamagedFile, in one sentence, for what the list asks and the code or the tables do not have."""
    if set(listing) != set(PARTS):
        raise DamagedFile(f"claims.yaml: {', '.join(listing)} found; it has {', '.join(PARTS)}")
    for heading, kind in KINDS.items():
        for name, about in listing[heading].items():
            for problem in _problems(name, about, listing["words"], kind.functions):
                raise DamagedFile(f"claims.yaml: {heading}: {name}: {problem}")
        if missing := sorted(set(kind.functions) - set(listing[heading])):
            raise DamagedFile(f"claims.yaml: {heading}: no entry for {', '.join(missing)}, which the code decides")


def _problems(name: str, about: Mapping[str, Any], words: Mapping[str, Any], functions: Functions) -> Iterator[str]:
    if name not in functions:
        yield f"no function of that name in neural_redshift.claims; there are {', '.join(functions)}"
        return
    if set(about) != set(ENTRY):
        yield f"keys {sorted(set(about) ^ set(ENTRY))} found or missing; an entry has {', '.join(ENTRY)}"
        return
    if about["form"] not in FORMS:
        yield f"form {about['form']!r} found; choose from {', '.join(FORMS)}"
    if isinstance(about["region"], str) and about["region"] not in words:
        yield f"region {about['region']!r} found; choose from {', '.join(words)}, or give [low, high]"
    for table, columns in about["tables"].items():
        known = [field.name for field in SCHEMAS.get(table, ())]
        if odd := sorted(set(columns) - set(known)):
            yield f"columns {odd} of table {table} found; it has {known}"
    parameters = inspect.signature(functions[name]).parameters.values()
    takes = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    choices = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
    if list(about["tables"]) != takes:
        yield f"tables {list(about['tables'])} found; its function takes {takes}"
    if odd := sorted({setting for each in others(about) for setting in each} - set(choices)):
        yield f"settings {odd} found; its function has {choices}"


def _decide(
    name: str, about: Mapping[str, Any], words: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], kind: Kind
) -> Decided:
    region = region_of(words, about["region"])
    taken = [tables[table][columns] for table, columns in about["tables"].items()]
    word = f"{about['region']}: " if isinstance(about["region"], str) else ""

    def evidence(settings: Mapping[str, Any]) -> Decided:
        try:
            found = decisive(kind.functions[name](*taken, **settings), region, kind.level)
        except TooLittle as reason:
            found = Evidence(np.nan, np.nan, np.nan, 0, str(reason))
        return {**found._asdict(), "verdict": verdict(found, region)}

    return {
        "claim": name,
        "kind": kind.name,
        **{key: about[key] for key in ("section", "statement", "form", "measure", "reason", "tables")},
        "region": f"{word}{region}",
        "level": kind.level,
        **evidence({}),
        "settings": [{"setting": as_text(each), **evidence(each)} for each in others(about)],
    }


def _in_a_line(settings: Iterable[tuple[Mapping[str, Any], str]]) -> str:
    return "; ".join(f"{one['setting']}: {led_to}" for one, led_to in settings)
