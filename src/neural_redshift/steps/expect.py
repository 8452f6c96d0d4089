"""Compute the spectra that infinitely wide random networks are expected to have."""

from neural_redshift.command_line import job, run
from neural_redshift.tables import write_table
from neural_redshift.theory.expected_spectra import expected_spectra


def main() -> None:
    """Write the expected radial spectrum of a few cells of the heatmaps."""
    task = job(__doc__)
    write_table(task.output, "expected_spectra", expected_spectra(task.settings), task.metadata)


if __name__ == "__main__":
    run(main)
