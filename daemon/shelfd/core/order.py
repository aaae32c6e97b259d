"""Which of the waiting operations is next: in their order, one after the other where they could meet.

Their order is by the time at which each could have started plus its priority times `queue.aging_s`: who waits that
long is worth one priority more. So nothing starves: what becomes ready later than 9 times that after an operation
never comes before it. Only a scan that makes room goes behind what it makes room for, however old it is.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from shelfd.core.operations import Kind
from shelfd.core.paths import Place, overlap

AT_ONCE: Mapping[Kind, int] = {Kind.SCAN: 2, Kind.IMPORT: 3, Kind.UNDO: 1, Kind.CLEANUP: 1}
"""How many of a kind may run side by side; more scans than two only take turns with one interpreter."""

SUSPECT = 2
"""Operations that ran in so many crashes in a row run alone, so that the next one tells which of them it was."""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What of an operation decides when it may run."""

    id: int
    kind: Kind
    priority: int
    places: tuple[Place, ...]
    """Where it works; at and below each of them it is alone."""
    crashes: int = 0
    """In how many crashes in a row it ran."""


def meet(one: Work, other: Work) -> bool:
    """Say whether two operations must run one after the other."""
    if max(one.crashes, other.crashes) >= SUSPECT:
        return True
    if Kind.CLEANUP in (one.kind, other.kind):
        # it touches the trash and the journal; for a scan, which may take hours, all that comes later would have to wait
        return Kind.SCAN not in (one.kind, other.kind)
    return any(
        mine.root == theirs.root and overlap(mine.path, theirs.path)
        for mine in one.places
        for theirs in other.places
    )


def first(
    waiting: Iterable[Work],
    running: Sequence[Work],
    tried: Collection[Kind] = frozenset(),
    held: Collection[int] = frozenset(),
) -> Work | None:
    """Return the first of those that wait, in their order, that may start beside what runs; None when none may.

    One that must wait for another keeps its place: what comes after it does not start where the two would meet.
    Of the kinds that are `tried`, whether they work again, one runs at a time. Those that are `held`, by their ids, are
    with a worker still.
    """
    full = {
        kind
        for kind, most in AT_ONCE.items()
        if _number(running, kind) >= (1 if kind in tried else most)
    }
    ahead: list[Work] = []
    for work in waiting:
        may = work.kind not in full and work.id not in held
        if may and not any(meet(work, other) for other in (*running, *ahead)):
            return work
        ahead.append(work)
    return None


def wants_room(
    more_urgent: Iterable[Work], mine: Work, running: Sequence[Work], *, is_free: bool
) -> bool:
    """Say whether one of those that are more urgent than `mine`, which runs, starts when it makes room, and not before.

    `is_free`: one more could be carried out beside those that run.
    """
    others = [work for work in running if work.id != mine.id]
    for work in more_urgent:
        if any(meet(work, other) for other in others):
            continue
        if _number(others, work.kind) >= AT_ONCE[work.kind]:
            continue
        in_the_way = meet(work, mine) or _number(running, work.kind) >= AT_ONCE[work.kind]
        if in_the_way or not is_free:
            return True
    return False


def _number(works: Sequence[Work], kind: Kind) -> int:
    return sum(work.kind is kind for work in works)
