"""The run as an RO-Crate (https://w3id.org/ro/crate): workflow, configuration, lock, tables and figures."""

from collections.abc import Mapping
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from rocrate.model import ContextEntity
from rocrate.rocrate import ROCrate

from neural_redshift.metadata.citation import About
from neural_redshift.metadata.croissant import PARQUET, sha256

TAKEN = {
    "config.yaml": "the study: every setting",
    "envs/lock.txt": "exact versions of every package",
}
PROFILE = "https://w3id.org/ro/wfrun/workflow/0.5"


def crate(made: Mapping[str, str | None], about: About) -> dict[str, Any]:
    """Metadata of the project's folder: the run takes workflow and configuration, and gives the files `made`.

    made: path → fingerprint of the code and settings behind it. What differs between machines, device and time, is
    no part of it, so that the same study is described by the same bytes.
    """
    found = ROCrate(gen_preview=False)
    found.root_dataset["datePublished"] = about.date
    found.name, found.description, found.license = about.title, about.description, about.licence
    found.root_dataset["version"], found.root_dataset["citation"] = about.version, about.cite
    found.root_dataset["conformsTo"] = found.add(
        ContextEntity(found, PROFILE, {"@type": "CreativeWork", "name": "Workflow Run Crate", "version": "0.5"})
    )
    found.root_dataset["author"] = [
        found.add(ContextEntity(found, f"#author-{number}", {"@type": "Organization", "name": name}))
        for number, name in enumerate(about.authors, 1)
    ]
    workflow = found.add_workflow(
        "Snakefile", "Snakefile", main=True, lang="snakemake", properties={"name": "Snakefile"}
    )
    taken = [found.add_file(path, path, properties=_about(path, None) | {"name": name}) for path, name in TAKEN.items()]
    given = [found.add_file(path, path, properties=_about(path, made_by)) for path, made_by in sorted(made.items())]
    found.add_action(workflow, "#run", object=taken, result=given, properties={"name": "snakemake all"})
    return dict(found.metadata.generate())


def _about(path: str, made_by: str | None) -> dict[str, Any]:
    kind = PARQUET if path.endswith(".parquet") else guess_type(path)[0] or "text/plain"
    said = {"name": Path(path).name, "encodingFormat": kind, "contentSize": str(Path(path).stat().st_size)}
    return said | {"sha256": sha256(path)} | ({"identifier": f"fingerprint {made_by}"} if made_by else {})
