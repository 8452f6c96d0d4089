"""Put complexity before and after training side by side, over tasks and architectures."""

from neural_redshift.command_line import job, run
from neural_redshift.joining import before_and_after
from neural_redshift.tables import read_table, write_table


def main() -> None:
    """Write the models of modulo addition and those of the smooth targets."""
    task = job(__doc__)
    modulo, smooth = read_table(task.inputs[0], "modulo"), read_table(task.inputs[1], "before_after")
    write_table(task.output, "before_after", before_and_after(modulo, smooth), task.metadata)


if __name__ == "__main__":
    run(main)
