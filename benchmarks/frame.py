"""What a comparison is made of: sides that do the same work, timed in turn, and what is written of their times."""

import json
import os
import platform
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import psutil
import torch

KINDS = ("ours", "peer", "stage", "limit", "machine")
PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
Array = np.ndarray
Row = dict[str, Any]
Result = dict[str, Any]


class Side(NamedTuple):
    """One way to do the work: `work(round)` deals with `items` of it.

    kind: ours (one of a case: ratios are taken to it), peer, stage (a part of ours), limit (what the machine takes for
    a part of the work at best; the limits of a case add up), machine (shown, and compared with nothing).
    amount, unit: what a call computes or moves, so that a rate can be shown (FLOP, B, elements).
    """

    name: str
    kind: str
    items: float
    work: Callable[[int], object]
    amount: float = 0.0
    unit: str = ""


class Case(NamedTuple):
    """Sides that are compared with each other."""

    name: str
    sides: Sequence[Side]


class Description(NamedTuple):
    """What the README says of a comparison; `packages` are those of the peers."""

    title: str
    item: str
    text: str
    packages: tuple[str, ...] = ()
    cores: tuple[int, ...] = (1,)
    rounds: int = 5


def interleave(
    case: Case, rounds: int, clock: Callable[[], float] = time.perf_counter, finish: Callable[[], object] = lambda: None
) -> Iterator[Row]:
    """A row for each side and round, seconds by `clock` until `finish` returned.

    A round lets every side work once, every other one backwards, so that drift cancels. Round 0 warms up and gives
    no row.
    """
    for number in range(rounds + 1):
        for side in case.sides if number % 2 else case.sides[::-1]:
            start = clock()
            side.work(number)
            finish()
            if number:
                yield row(case.name, side, number, clock() - start)


def row(case: str, side: Side, number: int, seconds: float, peak: float = 0.0) -> Row:
    """A row of raw times; `peak` is the largest memory of the process in bytes, 0 where it was not asked for."""
    return {
        "case": case,
        "side": side.name,
        "kind": side.kind,
        "round": number,
        "items": float(side.items),
        "seconds": seconds,
        "amount": float(side.amount),
        "unit": side.unit,
        "peak": float(peak),
    }


def synchronize(place: torch.device) -> Callable[[], None]:
    """Waits until a GPU has done what was asked of it; nothing on a CPU."""
    return torch.accelerator.synchronize if place.type != "cpu" else lambda: None


def agree(what: str, ours: Array, theirs: Array, tolerance: float = 1e-4) -> None:
    """Both sides found the same, within `tolerance` of the largest of ours.

    Raises SystemExit where they did not: then they did not do the same work, and their times are no comparison.
    """
    apart, size = np.abs(np.subtract(ours, theirs, dtype=float)).max(), np.abs(ours).max()
    if not apart <= tolerance * size:
        raise SystemExit(f"{what}: results differ by {apart:.2g}, the largest is {size:.2g}; the work is not the same")


def installed(package: str) -> bool:
    """Whether a peer's package can be imported."""
    return find_spec(package) is not None


def machine(place: torch.device, packages: Iterable[str]) -> dict[str, Any]:
    """The machine: processor, cores, memory, device, and the versions of what computes."""
    information = Path("/proc/cpuinfo")
    lines = information.read_text(encoding="utf-8").splitlines() if information.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    found = {name: version(name) for name in ("torch", "numpy", *packages) if installed(name)}
    return {
        "processor": names[0] if names else platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "memory": psutil.virtual_memory().total,
        "device": torch.cuda.get_device_name(place) if place.type == "cuda" else place.type,
        "versions": {"Python": platform.python_version(), **found},
    }


def spread(values: "pd.Series[float]") -> list[float]:
    """Median, smallest and largest, to five digits."""
    return [float(f"{value:.5g}") for value in (values.median(), values.min(), values.max())]


def summary(raw: pd.DataFrame) -> list[Row]:
    """A row for each number of cores, case and side: spreads over the rounds.

    seconds: of an item; ratio: to ours in the same round; of_limit: the time of the limits, each in its best round,
    over that of the side.
    """
    found = []
    for (cores, case), group in raw.groupby(["cores", "case"], sort=False):
        sides = group.drop_duplicates("side").set_index("side")
        seconds = group.assign(each=group["seconds"] / group["items"]).pivot(
            index="round", columns="side", values="each"
        )
        ours = seconds[sides.index[sides["kind"] == "ours"][0]]
        limits = list(sides.index[sides["kind"] == "limit"])
        for side, about in sides.iterrows():
            each = {"cores": int(cores), "case": case, "side": side, "kind": about["kind"]}
            each |= {"seconds": spread(seconds[side]), "ratio": spread(seconds[side] / ours)}
            if limits and about["kind"] in ("ours", "peer"):
                each["of_limit"] = spread(seconds[limits].min().sum() / seconds[side])
            if about["peak"]:
                each["peak"] = float(group.loc[group["side"] == side, "peak"].max())
            found.append(each)
    return found


def rates(raw: pd.DataFrame) -> list[Row]:
    """What the machine did at best, in units a second: a row for each number of cores and side that has a unit."""
    chosen = raw[raw["unit"] != ""]
    chosen = chosen.assign(rate=chosen["amount"] / chosen["seconds"])
    groups = chosen.groupby(["cores", "side", "unit"], sort=False)["rate"]
    return [
        {"cores": int(cores), "side": side, "unit": unit, "rate": spread(group)}
        for (cores, side, unit), group in groups
    ]


def result(raw: pd.DataFrame, about: Description, where: Mapping[str, Any], quick: bool) -> Result:
    """What is kept as JSON, all of it from the raw times."""
    return {
        "title": about.title,
        "text": about.text,
        "quick": quick,
        "item": about.item,
        "rounds": int(raw["round"].max()),
        "machine": dict(where),
        "left_out": [package for package in about.packages if not installed(package)],
        "sides": summary(raw),
        "rates": rates(raw),
    }


def write(folder: Path, name: str, raw: pd.DataFrame, found: Result) -> None:
    """Raw times as Parquet, what follows from them as JSON: each appears whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    with atomic(folder / f"{name}.parquet") as path:
        raw.to_parquet(path, index=False)
    with atomic(folder / f"{name}.json") as path:
        path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """A path to write to, which takes the place of `path` when the block ends without an error."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        yield partial
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def marks(name: str) -> tuple[str, str]:
    """What a comparison's section of the README stands between."""
    return f"<!-- {name}: written by make bench -->", f"<!-- end of {name} -->"


def with_section(readme: str, name: str, text: str) -> str:
    """The README with this text between the marks of a comparison.

    Raises ValueError where a mark is missing.
    """
    first, last = marks(name)
    before, start, rest = readme.partition(first)
    _, end, after = rest.partition(last)
    if not (start and end):
        missing = last if start else first
        raise ValueError(
            f"benchmarks/README.md: {missing!r} not found; put it back: the results stand between two marks"
        )
    return f"{before}{start}\n{text}{end}{after}"


def section(found: Result) -> str:
    """Machine, ratios, rates: a comparison's results in Markdown, from what is kept as JSON."""
    where = found["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in where["versions"].items())
    place = "" if where["device"] == "cpu" else f", {where['device']}"
    how = "a quick run of tiny sizes, which says nothing about speed" if found["quick"] else f"{found['rounds']} rounds"
    lines = [
        *(f"## {found['title']}", "", found["text"], ""),
        f"{where['processor']} ({where['cores']} cores, {where['memory'] / 2**30:.0f} GiB){place}; {versions}; {how}.",
        *(f"Left out, because it is not installed: {package}." for package in found["left_out"]),
        "",
        *table(found),
    ]
    if found["rates"]:
        lines += ["", "The machine in the same run:", "", "| cores | what | a second |", "|---|---|---|"]
        lines += [
            f"| {row['cores']} | {row['side']} | {shown_rate(row['rate'], row['unit'])} |" for row in found["rates"]
        ]
    return "\n".join(lines) + "\n"


def table(found: Result) -> list[str]:
    """A line a case: ours against each peer; items a second; shares of the limit and of the stages."""
    sides = found["sides"]
    peers = unique(side["side"] for side in sides if side["kind"] == "peer")
    stages = unique(side["side"] for side in sides if side["kind"] == "stage")
    limited, peaks = (any(key in side for side in sides) for key in ("of_limit", "peak"))
    head = ["case", "cores", *(f"times as fast as {peer}" for peer in peers), f"ours, {found['item']} a second"]
    head += ["of the limit"] * limited + [f"share of {stage}" for stage in stages] + ["peak memory"] * peaks
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for cores, case in unique((side["cores"], side["case"]) for side in sides):
        here = {side["side"]: side for side in sides if (side["cores"], side["case"]) == (cores, case)}
        ours = next(side for side in here.values() if side["kind"] == "ours")
        median, low, high = ours["seconds"]
        cells = [case, str(cores), *(shown(here[peer]["ratio"]) if peer in here else "–" for peer in peers)]
        cells += [shown([1 / median, 1 / high, 1 / low])]
        cells += [percent(share[0]) if share else "–" for share in [ours.get("of_limit")][:limited]]
        cells += [percent(here[stage]["ratio"][0]) if stage in here else "–" for stage in stages]
        cells += [f"{peak / 2**20:.0f} MiB" if peak else "–" for peak in [ours.get("peak")][:peaks]]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def unique(values: Iterable[Any]) -> list[Any]:
    """Values in the order in which each is first found."""
    return list(dict.fromkeys(values))


def number(value: float) -> str:
    """Three digits, and thousands as they are spoken."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def shown(values: Sequence[float]) -> str:
    """Median (smallest to largest)."""
    median, low, high = map(number, values)
    return f"{median} ({low} to {high})"


def percent(share: float) -> str:
    """A share as a percentage."""
    return f"{100 * share:.0f} %"


def shown_rate(values: Sequence[float], unit: str) -> str:
    """Median (smallest to largest) with the prefix of the median."""
    factor, prefix = next(((factor, prefix) for factor, prefix in PREFIXES if values[0] >= factor), (1, ""))
    return f"{shown(np.array(values) / factor)} {prefix}{unit}"
