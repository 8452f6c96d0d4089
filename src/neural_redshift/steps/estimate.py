"""Estimate what each component of an architecture does to complexity (Table 1)."""

from neural_redshift.command_line import job, run
from neural_redshift.components import estimate_components
from neural_redshift.tables import read_table, write_table


def main() -> None:
    """Write each contrast with its interval and direction."""
    task = job(__doc__)
    networks, calibration = read_table(task.inputs[0], "random_networks"), read_table(task.inputs[1], "calibration")
    write_table(
        task.output, "components", estimate_components(networks, calibration, task.settings["measures"]), task.metadata
    )


if __name__ == "__main__":
    run(main)
