"""Measure the complexity of the functions in tensor files by one measure."""

from neural_redshift.command_line import job, run
from neural_redshift.complexity.measuring import load, measure_files
from neural_redshift.tables import Tensors, write_table


def main() -> None:
    """Write key, status and value of every network."""
    task = job(__doc__)
    measure = load(task.settings["measure"], **task.settings["options"])
    write_table(task.output, "complexity", measure_files(map(Tensors, task.inputs), measure), task.metadata)


if __name__ == "__main__":
    run(main)
