"""Draw one figure from tables."""

from importlib import import_module
from pathlib import Path

from neural_redshift.command_line import job, run
from neural_redshift.tables import read_table, write_figure


def main() -> None:
    """Write the figure as SVG and PNG; an input <table>.parquet is the argument <table> of its draw function."""
    task = job(__doc__)
    tables = {Path(path).stem: read_table(path, Path(path).stem) for path in task.inputs}
    draw = import_module(f"neural_redshift.figures.{task.settings['figure']}").draw
    write_figure(task.output, draw(**tables), task.metadata["fingerprint"])


if __name__ == "__main__":
    run(main)
