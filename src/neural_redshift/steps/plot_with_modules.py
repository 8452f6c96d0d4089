"""Draw one figure from tables, with the modules of the user beside the paper's activations."""

from importlib import import_module
from pathlib import Path

import pandas as pd

from neural_redshift.command_line import job, run
from neural_redshift.profiling.beside import draw_beside
from neural_redshift.tables import read_table, write_figure


def main() -> None:
    """Write the figure as SVG and PNG; inputs are its tables, and `profiles` and `profile_images` of each module."""
    task = job(__doc__)
    found: dict[str, list[pd.DataFrame]] = {}
    for path in map(Path, task.inputs):
        found.setdefault(path.stem, []).append(read_table(path, path.stem))
    tables = {name: pd.concat(parts, ignore_index=True) for name, parts in found.items()}
    draw = import_module(f"neural_redshift.figures.{task.settings['figure']}").draw
    write_figure(task.output, draw_beside(draw, tables), task.metadata["fingerprint"])


if __name__ == "__main__":
    run(main)
