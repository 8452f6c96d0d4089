"""How a complaint about the configuration is worded, and where it belongs."""

import difflib
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

Key = tuple[str | int, ...]  # the way to a value: ("studies", "heatmaps", "depths", 2)
LARGEST = 2**63  # whole numbers are written to tables as 64 bits
MAPPING = "a mapping of keys to values"


class ConfigurationError(Exception):
    """What is wrong with the configuration: one sentence a line."""


class Source(NamedTuple):
    """What one file, or the command line, says; `lines` is empty for the command line."""

    name: str
    data: dict[str, Any]
    lines: dict[Key, int]


class Complaint(NamedTuple):
    """A sentence and where it belongs; `rank` is smaller where the cause is more likely."""

    rank: int
    source: int
    line: int
    sentence: str


def complaint(rank: int, path: Key, sources: Sequence[Source], problem: str) -> Complaint:
    """A complaint about the value at `path`, placed where the value was set last."""
    source, line = set_by(path, sources)[-1]
    return Complaint(rank, source, line, f"{at(sources, source, line)}: {subject(path)} {problem}.")


def at(sources: Sequence[Source], source: int, line: int) -> str:
    """Where: the file and, if it is known, the line."""
    name = sources[source].name if sources else "the configuration"
    return f"{name}, line {line}" if line else name


def set_by(path: Key, sources: Sequence[Source]) -> list[tuple[int, int]]:
    """Which sources set a key, and on which line (0: not known); the last one has the last word."""
    found = [(number, source.lines.get(path, 0)) for number, source in enumerate(sources) if _has(source.data, path)]
    return [(number, line if path else 0) for number, line in found] or [(0, 0)]


def from_command_line(path: Key, sources: Sequence[Source]) -> bool:
    """Whether the value at `path` was set by --config."""
    return bool(sources) and not sources[set_by(path, sources)[-1][0]].lines


def _has(data: Any, path: Key) -> bool:
    for key in path:
        in_list = isinstance(data, list) and isinstance(key, int) and key < len(data)
        if not in_list and not (isinstance(data, Mapping) and key in data):
            return False
        data = data[key]
    return True


def subject(path: Key) -> str:
    """studies.heatmaps.depths[2]"""
    words = ""
    for key in path:
        shown = key if re.fullmatch(r"[\w-]+", str(key)) else shortened(key)
        words += f"[{key}]" if isinstance(key, int) else f".{shown}"
    return words.removeprefix(".") or "the top level"


def found(value: Any) -> str:
    """A value in words."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value}, which is not finite"
    if isinstance(value, int) and abs(value) >= LARGEST:
        return "a number beyond 64 bits"
    for kind, words in ((str, "text"), (Mapping, "mapping"), (list, "list")):
        if isinstance(value, kind):
            empty = f"an empty {words}" if kind is not str else "the empty text"
            return empty if not value else shortened(value) if kind is str else f"a {words}"
    return shortened(value)


def shortened(value: Any) -> str:
    """A value as Python writes it, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:56]} …{text[-1]}"


def meant(key: str, known: Iterable[str]) -> str:
    """The allowed key that is nearest, or all of them."""
    alike = nearest(key, known)
    return f" (did you mean {alike!r}?)" if alike else f"; choose from {', '.join(known)}"


def nearest(word: Any, known: Iterable[Any], likeness: float = 0.6) -> Any:
    """The known word that is most like this one; None where none is like it."""
    lower = {str(name).lower(): name for name in known}
    alike = difflib.get_close_matches(str(word).lower(), lower, 1, likeness)
    return lower[alike[0]] if alike else None


def some(known: Sequence[Any], value: Any) -> str:
    """Names all; of numbers the nearest, in full."""
    if isinstance(value, str):
        return f"only {', '.join(known)}"
    return f"{min(known, key=lambda other: abs(other - value))} as the nearest"


def pairs(items: Sequence[Any]) -> Iterator[tuple[int, int]]:
    """Pairs of places of a list, the earlier first."""
    return ((first, second) for second in range(len(items)) for first in range(second))


def same(first: Any, second: Any) -> bool:
    """Equal, and not merely a number that equals a truth value."""
    return bool(first == second) and isinstance(first, bool) == isinstance(second, bool)
