"""Ranges and shapes as they are written on the command line."""

from typing import TypeVar

import numpy as np

from neural_redshift.profiling.problems import BadModule

T = TypeVar("T")
MAGNITUDES = 7  # of a range, if no number is given
LONGEST = 100  # values of a range


def whole_numbers(text: str, name: str) -> list[int]:
    """`3`, `1,2,4` or `1:8`, both ends included."""
    low, colon, high = text.partition(":")
    try:
        found = list(range(int(low), int(high) + 1)) if colon else [int(part) for part in text.split(",")]
    except ValueError:
        raise BadModule(f"{name} is {text!r}; write a number, a list 1,2,4 or a range 1:8") from None
    return _some(found, text, name)


def magnitudes(text: str, name: str) -> list[float]:
    """`1`, `0.3,1,3`, `0.3:10` (7 values, evenly spaced in the logarithm) or `0.3:10:4` (4 values)."""
    try:
        if ":" not in text:
            return _some([float(part) for part in text.split(",")], text, name)
        low, high, *count = text.split(":")
        ends, number = (float(low), float(high)), int(*count) if count else MAGNITUDES
        if not (0 < ends[0] < ends[1] < np.inf and 2 <= number <= LONGEST):
            raise ValueError
        return [float(f"{value:.6g}") for value in np.geomspace(*ends, number)]
    except (ValueError, TypeError):
        advice = "write positive numbers: one, a list 0.3,1,3 or a range low:high or low:high:count"
        raise BadModule(f"{name} is {text!r}; {advice}") from None


def shape(text: str) -> tuple[int, ...]:
    """`2`, or `3,32,32`."""
    return tuple(whole_numbers(text.replace("x", ","), "--inputs"))


def _some(found: list[T], text: str, name: str) -> list[T]:
    if not 1 <= len(found) <= LONGEST:
        raise BadModule(f"{name} is {text!r}, {len(found)} values; 1 to {LONGEST} are needed")
    return found
