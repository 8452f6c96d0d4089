"""Is the configuration one that the study can run? Whatever is wrong is said in one sentence.

Only the standard library, yaml and jsonschema are used: the Snakefile imports this at every start.

    PYTHONPATH=src python -m neural_redshift.configuration.check config.yaml theirs.yaml

says it of files without Snakemake, which itself reads those of --configfile before any check, and runs code in them.
"""

import copy
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from neural_redshift.configuration.reading import read
from neural_redshift.configuration.schema import against_schema
from neural_redshift.configuration.study import against_study
from neural_redshift.configuration.words import Complaint, ConfigurationError, Source

SHOWN = 10  # sentences; the rest is counted


def check(schema: str | Path, *files: str | Path, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The configuration that the files and then the `values` of --config make, defaults filled in.

    A later file changes the keys that it names, lists replace lists (snakemake.utils.update_config).

    Raises ConfigurationError where a file cannot be read, or does not say what the schema and the study allow.
    """
    sources, unread = [], []
    for file in files:
        try:
            sources.append(read(file))
        except ConfigurationError as error:
            unread.append(str(error))
    if unread:
        raise ConfigurationError("\n".join(unread))
    if values:
        sources.append(Source("--config", dict(values), {}))
    merged: dict[str, Any] = {}
    for source in sources:
        merge(merged, copy.deepcopy(source.data))
    rules = yaml.safe_load(Path(schema).read_text(encoding="utf-8"))
    complaints = against_schema(merged, rules, sources) or against_study(merged, sources)
    if complaints:
        raise ConfigurationError("\n".join(_sentences(complaints)))
    return merged


def merge(base: Any, over: Mapping[str, Any]) -> Any:
    """`base` changed by `over` as Snakemake does it: keys of mappings one by one, everything else whole."""
    for key, value in over.items():
        if not isinstance(base, dict):
            base = {}
        base[key] = merge(base.get(key, {}), value) if isinstance(value, Mapping) else value
    return base


def _sentences(complaints: Iterable[Complaint]) -> list[str]:
    ranked = sorted(complaints, key=lambda complaint: complaint[:3])
    said = list(dict.fromkeys(complaint.sentence for complaint in ranked))
    return said[:SHOWN] + ([f"And {len(said) - SHOWN} more."] if len(said) > SHOWN else [])


def main(*files: str) -> None:
    """Exit with what is wrong with the configuration that the files make, the later over the earlier."""
    try:
        check(Path(__file__).parents[3] / "workflow/schemas/config.schema.yaml", *files)
    except ConfigurationError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
