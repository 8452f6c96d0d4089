"""What a claim rests on, and how a verdict follows: nobody writes a verdict, it is derived.

A claim yields one estimate, or several members that must all lie in its region ("for all", "each"). A member needs
no correction to be inside (intersection and union); that any of them is outside is said with all of them in view.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy import special

from neural_redshift import statistics
from neural_redshift.replicates import PLAIN, Scale, binomial_limits, student_limits

Array = np.ndarray
FAMILY = 57  # statements of the paper
LEVEL = 0.05 / FAMILY  # probability that the interval of a claim misses, both tails together
ALONE = 0.05  # the same for a control of ours, which is no member of the family

FEWEST = 4  # units


class TooLittle(Exception):
    """The tables lack what a claim compares: it stays undecided."""


class Region(NamedTuple):
    """Where the estimate lies if the statement is true: low < estimate < high."""

    low: float
    high: float

    def __str__(self) -> str:
        if np.isinf(self.low):
            return f"below {self.high:g}"
        return f"above {self.low:g}" if np.isinf(self.high) else f"between {self.low:g} and {self.high:g}"


class Estimates(NamedTuple):
    """Estimates of the members of a claim, and their limits (low, high) for a probability in each tail."""

    estimate: Array
    limits: Callable[[float], tuple[Array, Array]]
    n: int
    method: str


class Evidence(NamedTuple):
    """The member of a claim that decides, with its interval; n networks, models or splits are behind it."""

    estimate: float
    low: float
    high: float
    n: int
    method: str


def jackknifed(replicates: Array, units: int, n: int, scale: Scale = PLAIN) -> Estimates:
    """Members (1 + units, …) by Student's limits over units, of which the sparsest cell has `units`.

    Raises TooLittle for fewer than 4 units.
    """
    if units < FEWEST:
        raise TooLittle(f"{units} units found; {FEWEST} are needed for an interval")
    members = replicates.reshape(len(replicates), -1)
    return Estimates(
        members[0],
        lambda tail: student_limits(members, tail, units - 1, scale),
        n,
        f"Student's interval over {units} units by the jackknife, with Hall's correction for skew",
    )


def averaged(means: Array, low: Array, high: Array, units: Array) -> Estimates:
    """Averages of means, (cells, members), that a table gives with Student's 95 % intervals over units (cells,) each.

    Cells are drawn apart and differ in nothing that spreads their units. Raises TooLittle for cells of fewer than 4.
    """
    fewest = int(units.min()) if len(units) else 0
    if fewest < FEWEST:
        raise TooLittle(f"{fewest} units found; {FEWEST} are needed for an interval")
    errors = (high - low) / 2 / special.stdtrit(units - 1, (1 + statistics.LEVEL) / 2)[:, None]
    error, estimate = np.sqrt((errors**2).sum(0)) / len(means), means.mean(0)

    def limits(tail: float) -> tuple[Array, Array]:
        half = -special.stdtrit(int((units - 1).sum()), tail) * error
        return estimate - half, estimate + half

    return Estimates(estimate, limits, int(units.sum()), "Student's interval of an average of cells")


def counted(successes: int, n: int) -> Estimates:
    """A share by Clopper and Pearson's exact limits."""

    def limits(tail: float) -> tuple[Array, Array]:
        low, high = binomial_limits(successes, n, tail)
        return np.array([low]), np.array([high])

    return Estimates(np.array([successes / n]), limits, n, "Clopper and Pearson's exact interval")


def joined(parts: Sequence[Estimates]) -> Estimates:
    """The members of all parts, in order."""
    if not parts:
        raise TooLittle("nothing to compare")

    def limits(tail: float) -> tuple[Array, Array]:
        low, high = zip(*(part.limits(tail) for part in parts), strict=True)
        return np.concatenate(low), np.concatenate(high)

    estimate = np.concatenate([part.estimate for part in parts])
    return Estimates(estimate, limits, sum(part.n for part in parts), parts[0].method)


def decisive(estimates: Estimates, region: Region, level: float = LEVEL) -> Evidence:
    """The evidence of one member: the one nearest to leaving the region, or farthest outside.

    If every member is inside at `level`, the claim is (Berger 1982); else limits that hold for all members at once
    say whether one is outside. Raises TooLittle where a member has no limits.
    """
    members = len(estimates.estimate)
    low, high = estimates.limits(level / 2)
    reach = np.maximum(region.low - low, high - region.high)
    if np.isnan(reach).any():
        raise TooLittle("a member without limits: its units do not differ, or are too few")
    which = int(reach.argmax())
    if reach[which] >= 0:
        low, high = estimates.limits(level / 2 / members)
        outside = np.maximum(region.low - high, low - region.high)
        which = int(outside.argmax()) if outside.max() > 0 else which
    return Evidence(
        float(estimates.estimate[which]), float(low[which]), float(high[which]), estimates.n, estimates.method
    )


def verdict(evidence: Evidence, region: Region) -> str:
    """supported: the interval lies inside the region; contradicted: wholly outside; else undecided."""
    if region.low < evidence.low and evidence.high < region.high:
        return "supported"
    return "contradicted" if evidence.low > region.high or evidence.high < region.low else "undecided"
