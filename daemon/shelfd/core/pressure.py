"""Is memory short, and how much less is to be taken in one go while it is.

Every mark has a lower one beside it: what was reached at the one is over only below the other, so that a value that
stays where it is, or trembles between both, changes nothing.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

import msgspec
from msgspec.structs import replace

Level = Literal["none", "some", "high"]

LEVELS: tuple[Level, ...] = ("none", "some", "high")
"""From the best to the worst."""
STEP_S = 10.0
"""Between two steps: the averages that the kernel keeps are over as long, and show a step no sooner."""


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """How near something is to what it may have."""

    what: str
    """Who set the limit: `memory.max of /system.slice/shelfd.service`."""
    used: int
    """Bytes that cannot be had back at once, so without files that the kernel keeps in case they are read again."""
    allowed: int
    """Bytes, more than none."""


class Stall(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the last ten seconds was lost with waiting for memory, in percent; see proc_pressure(5)."""

    where: str
    """`the machine`, or a control group."""
    some: float
    """Somebody waited."""
    full: float
    """Everybody did."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to know of the memory; empty where the kernel does not tell."""

    limits: tuple[Limit, ...] = ()
    stalls: tuple[Stall, ...] = ()


class Mark(NamedTuple):
    """What is reached when one of its numbers is."""

    share: float
    """Of a limit."""
    some: float
    full: float


BEGINS: Mapping[Level, Mark] = {
    "some": Mark(share=0.80, some=10.0, full=5.0),
    "high": Mark(share=0.90, some=40.0, full=10.0),
}
ENDS: Mapping[Level, Mark] = {
    "some": Mark(share=0.70, some=5.0, full=2.0),
    "high": Mark(share=0.80, some=20.0, full=5.0),
}
HALVINGS: Mapping[Level, int] = {"none": 0, "some": 1, "high": 4}
"""How often what is taken in one go is halved in the end."""


class Pressure(msgspec.Struct, frozen=True, kw_only=True):
    """How short memory is, and what is done about it."""

    level: Level = "none"
    reason: str = ""
    """Which limits or waits are behind it; empty without any."""
    halvings: int = 0
    stepped_at: float = 0.0
    """Monotonic time of the last step."""
    drop: bool = False
    """What is kept only in case that it is asked for again is to be given back now."""

    @property
    def share(self) -> float:
        """How much of a usual batch is to be taken in one go: 1, 1/2, 1/4 ..."""
        return 1 / (1 << self.halvings)


def felt(before: Pressure, facts: Facts, now: float) -> Pressure:
    """Return how short memory is by the facts of `now`, a monotonic time.

    Worse than before takes effect at once; other than that there is a step each `STEP_S`: one halving more as long as
    it is not enough, or one less for each that has passed.
    """
    level = _level(before.level, facts)
    worse = LEVELS.index(level) > LEVELS.index(before.level)
    steps = int(max(now - before.stepped_at, 0.0) / STEP_S)
    told = replace(before, level=level, reason=_reason(level, facts), drop=False)
    if not (worse or steps):
        return told
    return replace(
        told,
        halvings=_towards(HALVINGS[level], before.halvings, steps),
        stepped_at=now,
        drop=level != "none",
    )


def part(number: int, share: float) -> int:
    """Return this share of a number of things, at least one."""
    return max(int(number * share), 1)


def _level(before: Level, facts: Facts) -> Level:
    for level in ("high", "some"):
        stays = LEVELS.index(before) >= LEVELS.index(level)
        if _behind(ENDS[level] if stays else BEGINS[level], facts):
            return level
    return "none"


def _towards(goal: int, halvings: int, steps: int) -> int:
    return halvings + 1 if halvings < goal else max(goal, halvings - steps)


def _reason(level: Level, facts: Facts) -> str:
    return "" if level == "none" else "; ".join(_behind(ENDS[level], facts))


def _behind(mark: Mark, facts: Facts) -> list[str]:
    """Return what has reached a mark, each as a sentence."""
    limits = [
        f"{one.used >> 20} of {one.allowed >> 20} MiB are used that {one.what} allows"
        for one in facts.limits
        if one.used >= one.allowed * mark.share
    ]
    stalls = [
        f"{one.where} waited for memory for {one.some:.0f} % of the last ten seconds"
        for one in facts.stalls
        if one.some >= mark.some or one.full >= mark.full
    ]
    return limits + stalls
