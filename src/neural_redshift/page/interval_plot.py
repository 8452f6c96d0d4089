"""An estimate, its interval and the region that it is held to, as a small picture in SVG."""

import math
import re
from typing import NamedTuple

from neural_redshift.figures.style import bare

WIDTH, HEIGHT, MARGIN = 190.0, 34.0, 8.0
MIDDLE, TICKS = 11.0, 31.0  # heights of the interval, of the numbers under it
NUMBER = r"[-−]?(?:\d+\.?\d*|\.\d+)"


class Region(NamedTuple):
    """Where an estimate must lie for its claim to be supported; an end may be infinite."""

    low: float
    high: float


def region_of(text: str) -> Region | None:
    """The region of "low: below 0.25", "above .5", "between -0.1 and 0.1", "< .25" or "-.10 … .10"; else None."""
    kind = text.rpartition(": ")[2].strip()
    numbers = [float(found.replace("−", "-")) for found in re.findall(NUMBER, kind)]
    match kind[:1], numbers:
        case "<" | "b", [high]:
            return Region(-math.inf, high)
        case ">" | "a", [low]:
            return Region(low, math.inf)
        case _, [low, high]:
            return Region(low, high)
    return None


def interval_plot(estimate: float, low: float, high: float, region: str, verdict: str) -> str:
    """The picture: the region shaded, the interval as a line, the estimate as a dot, on a scale of its own."""
    held = region_of(region)
    edges = [edge for edge in held or () if math.isfinite(edge)]
    known = [value for value in (estimate, low, high, *edges) if math.isfinite(value)]
    start, end = min(known, default=0.0), max(known, default=1.0)
    room = 0.18 * (end - start) or 1.0
    start, end = start - room, end + room

    def place(value: float) -> float:
        share = (min(max(value, start), end) - start) / (end - start)
        return round(MARGIN + share * (WIDTH - 2 * MARGIN), 1)

    parts = [f'<line class="axis" x1="{MARGIN}" x2="{WIDTH - MARGIN}" y1="{MIDDLE}" y2="{MIDDLE}"/>']
    if held:
        parts.insert(0, _region(place(held.low), place(held.high)))
    anchors = ["middle"] if len(edges) == 1 else ["end", "start"]
    parts += [_edge(place(edge), edge, anchor) for edge, anchor in zip(edges, anchors, strict=False)]
    if not math.isnan(low) and not math.isnan(high):
        parts.append(f'<line class="interval" x1="{place(low)}" x2="{place(high)}" y1="{MIDDLE}" y2="{MIDDLE}"/>')
    if math.isfinite(estimate):
        parts.append(f'<circle class="estimate" cx="{place(estimate)}" cy="{MIDDLE}" r="4.2"/>')
    words = f"{in_words(estimate, low, high)}; region {region}"
    size = f'width="{WIDTH:g}" height="{HEIGHT:g}" viewBox="0 0 {WIDTH:g} {HEIGHT:g}"'
    return f'<svg class="plot {verdict}" role="img" aria-label="{_escape(words)}" {size}>{"".join(parts)}</svg>'


def in_words(estimate: float, low: float, high: float) -> str:
    """`.31 [.28, .34]`."""
    if math.isnan(estimate):
        return "no estimate"
    return f"{written(estimate)} [{written(low)}, {written(high)}]"


def written(value: float) -> str:
    """A number as the page writes it: two decimals, or three digits where it is large, and – where there is none."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return bare(f"{value:.2f}" if abs(value) < 100 else f"{value:.3g}")


def _region(left: float, right: float) -> str:
    return f'<rect class="region" x="{left}" y="2" width="{round(right - left, 1)}" height="18" rx="2"/>'


def _edge(x: float, value: float, anchor: str) -> str:
    line = f'<line class="edge" x1="{x}" x2="{x}" y1="2" y2="20"/>'
    return f'{line}<text x="{x}" y="{TICKS}" text-anchor="{anchor}">{bare(f"{value:g}")}</text>'


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
