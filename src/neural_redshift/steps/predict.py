"""Predict by mean-field theory where depth makes random networks more complex."""

from neural_redshift.command_line import job, run
from neural_redshift.tables import write_table
from neural_redshift.theory.mean_field import mean_field


def main() -> None:
    """Write the slope of every activation at every weight magnitude of the heatmaps."""
    task = job(__doc__)
    write_table(task.output, "mean_field", mean_field(task.settings), task.metadata)


if __name__ == "__main__":
    run(main)
