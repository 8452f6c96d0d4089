"""Measure the complexity of the functions in tensor files by one measure."""

from neural_redshift.command_line import job, run
from neural_redshift.complexity.measuring import loader, measure_files, measure_models
from neural_redshift.device import gpu
from neural_redshift.tables import Tensors, table_writer


def main() -> None:
    """Write key, status and value of every network; or of every function of a task, if there is one."""
    task = job(__doc__)
    measure = loader(gpu(where_named=True))(task.settings["measure"], **task.settings["options"])
    trained = "task" in task.settings
    files = map(Tensors, task.inputs)
    with table_writer(task.output, "trained_complexity" if trained else "complexity", task.metadata) as writer:
        for columns in (measure_models if trained else measure_files)(files, measure):
            writer.write(columns)


if __name__ == "__main__":
    run(main)
