"""Train the networks of one task and model, and write what they learned."""

import sys
from importlib import import_module

from neural_redshift.checkpoints import run_job
from neural_redshift.command_line import job, run


def main() -> None:
    """Write scores to `output`.parquet and functions before and after training to `output`.safetensors."""
    task = job(__doc__)
    module = import_module(f"neural_redshift.tasks.{task.settings['task']}")
    run_job(module, task.output, task.settings, task.metadata, lambda line: print(line, file=sys.stderr, flush=True))


if __name__ == "__main__":
    run(main)
