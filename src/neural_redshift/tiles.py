"""Work on a GPU in pieces of one size, because libraries round by the shape of what they are given."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import psutil
import torch
from torch import Tensor


def in_tiles(items: Tensor, size: int) -> Iterator[tuple[int, Tensor]]:
    """Tiles of `size` items along the first axis, the last filled up with zeros; and how many of each are items."""
    for start in range(0, len(items), size):
        tile = items[start : start + size]
        missing = items.new_zeros(size - len(tile), *items.shape[1:])
        yield len(tile), torch.cat([tile, missing]) if len(missing) else tile


@contextmanager
def deterministic(on: bool = True) -> Iterator[None]:
    """Let torch take algorithms that give the same bits at every call, and refuse those that do not.

    cuBLAS needs a workspace of a fixed size for it, which is asked for if nothing else is.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    before = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(on)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)


def deterministic_on(place: torch.device) -> AbstractContextManager[None]:
    """`deterministic` on a GPU. A CPU is left as it is: what runs there gives the same bits at every call."""
    return nullcontext() if place.type == "cpu" else deterministic()


def free_memory(place: torch.device) -> int:
    """Bytes that can be had on a device."""
    return torch.cuda.mem_get_info(place)[0] if place.type == "cuda" else psutil.virtual_memory().available
