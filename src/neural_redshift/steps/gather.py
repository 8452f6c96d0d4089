"""Gather the scores and measures of all trained models of a task in one table."""

from pathlib import Path

import pandas as pd

from neural_redshift.command_line import job, run
from neural_redshift.joining import join_models
from neural_redshift.tables import read_table, write_table


def main() -> None:
    """Write one row a model; inputs are <model>.parquet with scores, and <measure>/<model>.parquet with a measure."""
    task = job(__doc__)
    table, measures = task.settings["table"], task.settings["measures"]
    scores = [path for path in task.inputs if Path(path).parent.name not in measures]
    found = []
    for path in scores:
        parts = [other for other in task.inputs if Path(other).stem == Path(path).stem and other not in scores]
        measured = ((Path(part).parent.name, read_table(part, "trained_complexity")) for part in parts)
        found.append(join_models(table, read_table(path, table), measured, task.settings.get("moduli", ())))
    write_table(task.output, table, pd.concat(found, ignore_index=True), task.metadata)


if __name__ == "__main__":
    run(main)
