"""Describe the tables for machines, as a Croissant dataset."""

from neural_redshift.command_line import job, run
from neural_redshift.metadata.citation import about
from neural_redshift.metadata.croissant import croissant
from neural_redshift.tables import read_text, write_json


def main() -> None:
    """Write the JSON-LD of the tables, which lie beside it."""
    task = job(__doc__)
    write_json(task.output, croissant(task.inputs, about(read_text("CITATION.cff"))))


if __name__ == "__main__":
    run(main)
