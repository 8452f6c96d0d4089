"""Keep a few functions in full, for the figure that explains the measures."""

from neural_redshift.command_line import job, run
from neural_redshift.networks.images import function_examples
from neural_redshift.tables import Tensors, write_table


def main() -> None:
    """Write network 0 of every chosen cell."""
    task = job(__doc__)
    write_table(
        task.output,
        "function_examples",
        function_examples(map(Tensors, task.inputs), task.settings["examples"]),
        task.metadata,
    )


if __name__ == "__main__":
    run(main)
