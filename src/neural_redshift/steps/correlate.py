"""Correlate the measures of complexity with each other, and each before with after training."""

import pandas as pd

from neural_redshift.command_line import job, run
from neural_redshift.correlations import correlate_before_after, correlate_measures
from neural_redshift.tables import read_table, write_table


def main() -> None:
    """Write every correlation with its interval."""
    task = job(__doc__)
    networks, models = read_table(task.inputs[0], "random_networks"), read_table(task.inputs[1], "before_after")
    found = [
        correlate_measures(networks, task.settings["study"], task.settings["seed"]),
        correlate_before_after(models, task.settings["seed"]),
    ]
    write_table(task.output, "correlations", pd.concat(found, ignore_index=True), task.metadata)


if __name__ == "__main__":
    run(main)
