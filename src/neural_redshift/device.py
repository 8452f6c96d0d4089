"""Where work is done, and how much at a time. A GPU changes rounding, nothing else.

torch is imported where it is needed: jobs that do without it, where there is no GPU, take a second less.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import torch

VARIABLE = "NEURAL_REDSHIFT_DEVICE"
OUT_OF_MEMORY = ("out of memory", "can't allocate memory")  # as torch says it of GPUs and of the CPU
Item = TypeVar("Item")
Result = TypeVar("Result")


def device(float64: bool = False) -> "torch.device":
    """The device that the environment variable NEURAL_REDSHIFT_DEVICE names, else the first of cuda, mps, cpu.

    Where the machine lacks what is named, the first that it has. What is taken is said on stderr, once. With `float64`,
    numbers of 64 bits are needed, which mps has not.
    """
    import torch

    gpus = [f"cuda:{number}" for number in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    mps = ["mps"] if torch.backends.mps.is_available() and not float64 else []
    there = [*(["cuda", *gpus] if gpus else []), *mps, "cpu"]
    named = os.environ.get(VARIABLE, "")
    chosen = named if named in there else there[0]
    why = f"{VARIABLE} names it" if named else "the first of cuda, mps, cpu that is there"
    if named and named != chosen:
        why = f"{VARIABLE} is {named!r}, but there is only {', '.join(there)}"
    _say(f"device: {chosen} ({why})")
    return torch.device(chosen)


def gpu(where_named: bool = False) -> "torch.device | None":
    """The device, for numbers of 64 bits, if it is a GPU.

    With `where_named` only if the environment variable names one: for jobs so short that to ask torch would take
    longer than what they do.
    """
    named = os.environ.get(VARIABLE)
    if named == "cpu" or (where_named and not named):
        return None
    place = device(float64=True)
    return None if place.type == "cpu" else place


class InFlight:
    """How many are worked on at once: as many as are asked for, and half as many whenever memory runs out."""

    def __init__(self, let_go: Callable[[], object] = lambda: None) -> None:
        self.most, self.let_go = sys.maxsize, let_go  # of what is kept from piece to piece

    def run(self, items: Sequence[Item], work: Callable[[Sequence[Item]], Result]) -> Iterator[Result]:
        """Results of `work` on the items, all at once or piece by piece.

        Raises what `work` raises where memory runs out for a single item.
        """
        start = 0
        while start < len(items):
            piece = items[start : start + self.most]
            try:
                result = work(piece)
            except (MemoryError, RuntimeError) as problem:
                if len(piece) == 1 or not _is_out_of_memory(problem):
                    raise
                self.most = len(piece) // 2
            else:
                yield result
                start += len(piece)
                continue
            # After the exception, which holds what was being worked on.
            self.let_go()
            import torch

            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            _say("memory has run out; fewer are worked on at once, which takes longer and changes no result on a CPU")


def _is_out_of_memory(problem: BaseException) -> bool:
    said = str(problem).lower()
    return isinstance(problem, MemoryError) or any(sign in said for sign in OUT_OF_MEMORY)


@cache
def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
