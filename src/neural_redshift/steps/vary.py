"""Vary the settings of the measures, one at a time, on the same networks of one activation."""

from neural_redshift.command_line import job, run
from neural_redshift.device import gpu
from neural_redshift.sensitivity import vary
from neural_redshift.tables import write_table


def main() -> None:
    """Write the value of every network under every setting."""
    task = job(__doc__)
    write_table(task.output, "sensitivity", vary(task.settings, gpu(where_named=True)), task.metadata)


if __name__ == "__main__":
    run(main)
