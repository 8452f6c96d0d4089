"""Where training runs: a GPU if there is one, else the CPU. It changes rounding and no random number."""

import os

import torch

VARIABLE = "NEURAL_REDSHIFT_DEVICE"


def device() -> torch.device:
    """The device named by the environment variable NEURAL_REDSHIFT_DEVICE; else the first GPU, else the CPU.

    Raises ValueError for a name that torch does not know, or a device that this machine lacks.
    """
    name = os.environ.get(VARIABLE) or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.zeros(0, device=name).device
    except Exception as problem:  # torch raises what it likes
        reason = str(problem).splitlines()[0] if str(problem) else type(problem).__name__
        raise ValueError(f"{VARIABLE} is {name!r}, which cannot be used here ({reason}); take cpu or cuda") from None
