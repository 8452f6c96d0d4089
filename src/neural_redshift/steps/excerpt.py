"""Cut a few sequences of untrained transformers into their phrases, for a reader to look into."""

from neural_redshift.command_line import job, run
from neural_redshift.complexity.token_sequences import excerpt
from neural_redshift.tables import read_table, write_table


def main() -> None:
    """Write the first sequences of each activation at LayerNorm scale 1."""
    task = job(__doc__)
    transformers = read_table(task.inputs[0], "transformers")
    rows = excerpt(transformers, task.settings["depth"], task.settings["sequences"])
    write_table(task.output, "token_sequences", rows, task.metadata)


if __name__ == "__main__":
    run(main)
