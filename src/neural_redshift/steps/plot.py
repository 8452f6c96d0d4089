"""Draw one figure from tables."""

from importlib import import_module
from pathlib import Path

from neural_redshift.command_line import job
from neural_redshift.tables import read_table, write_figure


def main() -> None:
    """Write the figure as SVG and PNG; an input <table>.parquet is the argument <table> of its draw function."""
    inputs, output, settings, metadata = job(__doc__)
    tables = {Path(path).stem: read_table(path, Path(path).stem) for path in inputs}
    draw = import_module(f"neural_redshift.figures.{settings['figure']}").draw
    write_figure(output, draw(**tables), metadata["fingerprint"])


if __name__ == "__main__":
    main()
