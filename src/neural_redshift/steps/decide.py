"""Decide every claim: evidence, verdict, and which settings decide it."""

from pathlib import Path

from neural_redshift.claims.deciding import decide, rows
from neural_redshift.command_line import job, run
from neural_redshift.tables import read_list, read_table, write_json, write_table


def main() -> None:
    """Write a row a claim, and beside the folder of tables a JSON file a claim; the first input is the list."""
    task = job(__doc__)
    listing, *paths = task.inputs
    decided = decide(read_list(listing), {Path(path).stem: read_table(path, Path(path).stem) for path in paths})
    for each in decided:
        write_json(Path(task.output).parents[1] / "claims" / f"{each['claim']}.json", {**each, **task.metadata})
    write_table(task.output, "claims", rows(decided), task.metadata)


if __name__ == "__main__":
    run(main)
