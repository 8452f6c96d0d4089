"""Describe the run for machines, as an RO-Crate."""

from neural_redshift.command_line import job, run
from neural_redshift.metadata.citation import about
from neural_redshift.metadata.research_object import crate
from neural_redshift.tables import fingerprint_of_kept, read_text, write_json


def main() -> None:
    """Write the metadata of the project's folder, in which the kept files lie that are given."""
    task = job(__doc__)
    made = {path: fingerprint_of_kept(path) for path in task.inputs}
    write_json(task.output, crate(made, about(read_text("CITATION.cff"))))


if __name__ == "__main__":
    run(main)
