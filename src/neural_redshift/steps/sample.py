"""Draw the random networks of one study, variant and activation, and evaluate them on the grid."""

from neural_redshift.command_line import job, run
from neural_redshift.device import device
from neural_redshift.networks import on_device
from neural_redshift.networks.sampling import function_shapes, sample_study
from neural_redshift.tables import tensor_writer


def main() -> None:
    """Write values, minimum, maximum, status and float64 of every network."""
    task, place = job(__doc__), device(float64=True)
    study = sample_study(task.settings) if place.type == "cpu" else on_device.sample_study(task.settings, place)
    with tensor_writer(task.output, function_shapes(task.settings), task.metadata) as writer:
        for row, functions in study:
            for name, values in functions._asdict().items():
                writer.write(name, row, values)


if __name__ == "__main__":
    run(main)
