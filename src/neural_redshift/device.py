"""Where training runs: a GPU if there is one, else the CPU. It changes rounding and no random number."""

import os

import torch

VARIABLE = "NEURAL_REDSHIFT_DEVICE"


def device() -> torch.device:
    """The device named by the environment variable NEURAL_REDSHIFT_DEVICE; else the first GPU, else the CPU.

    Raises ValueError for a name other than cpu and cuda (or cuda:1 and so on), or a GPU that this machine lacks.
    """
    name = os.environ.get(VARIABLE) or ("cuda" if torch.cuda.is_available() else "cpu")
    gpus = ["cuda", *(f"cuda:{number}" for number in range(torch.cuda.device_count()))]
    if name == "cpu" or (name in gpus and len(gpus) > 1):
        return torch.device(name)
    raise ValueError(
        f"{VARIABLE} is {name!r}; this machine has cpu and {torch.cuda.device_count()} GPUs (cuda, cuda:0, …)"
    )
