"""Write the verdicts into the README."""

from neural_redshift.command_line import job, run
from neural_redshift.metadata.readme import with_claims
from neural_redshift.tables import read_table, read_text, write_text


def main() -> None:
    """Put the table of claims between its marks in `output`."""
    task = job(__doc__)
    write_text(task.output, with_claims(read_text(task.output), read_table(task.inputs[0], "claims")))


if __name__ == "__main__":
    run(main)
