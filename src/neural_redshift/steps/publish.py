"""Make the page of verdicts, figures and functions."""

from pathlib import Path

from neural_redshift.command_line import job, run
from neural_redshift.page.build import build, machines
from neural_redshift.tables import made_from, made_on, read_table, read_text, write_page


def main() -> None:
    """Write the page, and beside it what differs between machines; inputs are tables, figures and documents."""
    task = job(__doc__)
    paths = {Path(path).stem: path for path in task.inputs if path.endswith(".parquet")}
    tables = {name: read_table(path, name) for name, path in paths.items()}
    texts = {Path(path).name: read_text(path) for path in task.inputs if path not in paths.values()}
    about = {name: made_from(path) for name, path in paths.items()}
    write_page(task.output, build(tables, texts, about, task.settings | task.metadata))
    here = machines({name: made_on(path) for name, path in paths.items()})
    write_page(Path(task.output).with_suffix(".provenance.html"), here)


if __name__ == "__main__":
    run(main)
