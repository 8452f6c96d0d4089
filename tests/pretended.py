"""A GPU for tests where there is none."""


class PretendedGpu(str):
    """To torch the device of that name (`cpu`), to the code under test a GPU."""

    type = "pretended"


PRETENDED = PretendedGpu("cpu")
