"""Let untrained transformers of one activation and depth continue prompts."""

import sys

from neural_redshift.command_line import job, run
from neural_redshift.generation import run_job


def main() -> None:
    """Write the tokens of every sequence to `output`."""
    task = job(__doc__)
    run_job(task.output, task.settings, task.metadata, lambda line: print(line, file=sys.stderr, flush=True))


if __name__ == "__main__":
    run(main)
