"""Keep small pictures of the functions, so that figures need no tensor."""

from neural_redshift.command_line import job, run
from neural_redshift.networks.images import function_images
from neural_redshift.tables import Tensors, write_table


def main() -> None:
    """Write the first networks of every cell as 8-bit pictures."""
    task = job(__doc__)
    write_table(
        task.output,
        "function_images",
        function_images(map(Tensors, task.inputs), task.settings["images_per_cell"]),
        task.metadata,
    )


if __name__ == "__main__":
    run(main)
