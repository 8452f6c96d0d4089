"""Measure planes and white noise: the ends of the calibrated scale."""

from neural_redshift.command_line import job, run
from neural_redshift.complexity.calibration import calibrate
from neural_redshift.tables import write_table


def main() -> None:
    """Write the mean of each measure over each calibration function on each grid."""
    task = job(__doc__)
    write_table(task.output, "calibration", calibrate(task.settings), task.metadata)


if __name__ == "__main__":
    run(main)
