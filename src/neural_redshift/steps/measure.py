"""Measure the complexity of the functions in tensor files by one measure."""

from neural_redshift.command_line import job, run
from neural_redshift.complexity.measuring import load, measure_files, measure_models
from neural_redshift.tables import Tensors, write_table


def main() -> None:
    """Write key, status and value of every network; or of every function of a task, if there is one."""
    task = job(__doc__)
    measure = load(task.settings["measure"], **task.settings["options"])
    files = map(Tensors, task.inputs)
    if "task" in task.settings:
        write_table(task.output, "trained_complexity", measure_models(files, measure), task.metadata)
    else:
        write_table(task.output, "complexity", measure_files(files, measure), task.metadata)


if __name__ == "__main__":
    run(main)
