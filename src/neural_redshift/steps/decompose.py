"""Decompose the functions of every heatmap cell into frequencies."""

from neural_redshift.command_line import job, run
from neural_redshift.complexity.spectra import spectra
from neural_redshift.tables import Tensors, write_table


def main() -> None:
    """Write the mean radial spectrum of every cell, with its interval over networks."""
    task = job(__doc__)
    write_table(task.output, "spectra", spectra(map(Tensors, task.inputs)), task.metadata)


if __name__ == "__main__":
    run(main)
