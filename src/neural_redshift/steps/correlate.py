"""Correlate the measures of complexity with each other."""

from neural_redshift.command_line import job, run
from neural_redshift.correlations import correlate_measures
from neural_redshift.tables import read_table, write_table


def main() -> None:
    """Write every correlation with its interval."""
    task = job(__doc__)
    found = correlate_measures(
        read_table(task.inputs[0], "random_networks"), task.settings["study"], task.settings["seed"]
    )
    write_table(task.output, "correlations", found, task.metadata)


if __name__ == "__main__":
    run(main)
