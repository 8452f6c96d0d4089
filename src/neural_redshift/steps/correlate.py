"""Correlate the measures of complexity with each other."""

from neural_redshift.command_line import job
from neural_redshift.correlations import correlate_measures
from neural_redshift.tables import read_table, write_table


def main() -> None:
    """Write every correlation with its interval."""
    inputs, output, settings, metadata = job(__doc__)
    found = correlate_measures(read_table(inputs[0], "random_networks"), settings["study"], settings["seed"])
    write_table(output, "correlations", found, metadata)


if __name__ == "__main__":
    main()
