"""Measure how complex the sequences of untrained transformers are."""

import pandas as pd

from neural_redshift.command_line import job, run
from neural_redshift.complexity.token_sequences import measure_sequences
from neural_redshift.tables import read_table, write_table


def main() -> None:
    """Write every sequence of the inputs with its measures."""
    task = job(__doc__)
    sequences = pd.concat([read_table(path, "sequences") for path in task.inputs], ignore_index=True)
    write_table(task.output, "transformers", measure_sequences(sequences), task.metadata)


if __name__ == "__main__":
    run(main)
