"""Profile a module of the user's."""

import sys
from pathlib import Path

from neural_redshift.command_line import job, run
from neural_redshift.profiling.problems import BadModule
from neural_redshift.profiling.profiles import Request, profiled
from neural_redshift.profiling.sources import load
from neural_redshift.tables import write_table


def main() -> None:
    """Write its networks to `output`, and pictures of their functions beside it."""
    task = job(__doc__)
    module = {name: task.settings[name] for name in ("name", "prior", "arguments")}
    axes = {axis: task.settings[axis] for axis in ("depths", "weight_magnitudes", "networks", "grid_points", "seed")}
    try:
        found = profiled(load(task.settings["target"]), Request(**axes), **module, bias_magnitude=1.0)
    except BadModule as problem:
        sys.exit(f"error: {problem}")
    write_table(task.output, "profiles", found.table(), task.metadata)
    write_table(Path(task.output).with_name("profile_images.parquet"), "profile_images", found.images(), task.metadata)


if __name__ == "__main__":
    run(main)
