"""Join the measures of all random networks into one table."""

from pathlib import Path

from neural_redshift.command_line import job, run
from neural_redshift.joining import join_measures
from neural_redshift.tables import read_table, write_table


def main() -> None:
    """Write one row a network; an input …/<measure>/<activation>.parquet holds one measure."""
    task = job(__doc__)
    parts = ((Path(path).parent.name, read_table(path, "complexity")) for path in task.inputs)
    write_table(task.output, "random_networks", join_measures(parts), task.metadata)


if __name__ == "__main__":
    run(main)
