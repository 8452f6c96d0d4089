"""Collect the sensitivity of all activations in one table."""

import pandas as pd

from neural_redshift.command_line import job, run
from neural_redshift.tables import read_table, write_table


def main() -> None:
    """Write the rows of every input, one after the other."""
    task = job(__doc__)
    parts = [read_table(path, "sensitivity") for path in task.inputs]
    write_table(task.output, "sensitivity", pd.concat(parts, ignore_index=True), task.metadata)


if __name__ == "__main__":
    run(main)
