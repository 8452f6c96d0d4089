"""Describe tables and run for machines."""

from pathlib import Path

from neural_redshift.command_line import job, run
from neural_redshift.metadata.citation import about
from neural_redshift.metadata.croissant import croissant
from neural_redshift.metadata.research_object import crate
from neural_redshift.tables import fingerprint_of_kept, read_text, write_json


def main() -> None:
    """Write the RO-Crate of the project's folder, in which the given files lie, and a Croissant beside the tables."""
    task = job(__doc__)
    artifact, tables = about(read_text("CITATION.cff")), [path for path in task.inputs if path.endswith(".parquet")]
    write_json(Path(tables[0]).with_name("croissant.json"), croissant(tables, artifact))
    write_json(task.output, crate({path: fingerprint_of_kept(path) for path in task.inputs}, artifact))


if __name__ == "__main__":
    run(main)
