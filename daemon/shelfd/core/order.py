"""Which of the waiting operations is next: in their order, one after the other where they could meet.

Their order is by the time at which each could have started plus its priority times `queue.aging_s`: who waits that
long is worth one priority more. So nothing starves: what becomes ready later than 9 times that after an operation
never comes before it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from shelfd.core.operations import YIELDING, Kind
from shelfd.core.paths import TOP, Place, ancestors, overlap

AT_ONCE: Mapping[Kind, int] = {
    Kind.SCAN: 2,
    Kind.IMPORT: 3,
    Kind.UNDO: 1,
    Kind.VERIFY: 1,
    Kind.CLEANUP: 1,
}
"""How many of a kind may run side by side; more scans than two only take turns with one interpreter."""

SUSPECT = 2
"""Operations that ran in so many crashes in a row run alone, so that the next one tells which of them it was."""

TURN_S = 10.0
"""So long a scan, or what else is YIELDING, runs at least that has waited until it came before what is more urgent; then it waits anew."""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What of an operation decides when it may run."""

    id: int
    kind: Kind
    priority: int
    places: tuple[Place, ...]
    """Where it works; at and below each of them it is alone."""
    crashes: int = 0
    """In how many crashes in a row it ran."""
    rank: float = 0.0
    """Its place in the order, before `id`."""
    whole: int | None = None
    """What it is a part of."""

    @property
    def is_alone(self) -> bool:
        """Say whether nothing else runs beside it."""
        return self.crashes >= SUSPECT

    @property
    def bars(self) -> frozenset[Kind]:
        """Return the kinds of which none runs beside it, wherever it works.

        A clean-up touches the trash and the journal; for what may take hours, all that comes later would have
        to wait.
        """
        if self.kind is Kind.CLEANUP:
            return frozenset(Kind) - YIELDING
        return frozenset() if self.kind in YIELDING else frozenset({Kind.CLEANUP})


class Taken:
    """All that some operations have to themselves; what meets one of them is found without a look at each."""

    def __init__(self, works: Iterable[Work] = ()) -> None:
        """Begin with these."""
        self._kinds: set[Kind] = set()
        self._is_all = False
        self._at: set[Place] = set()
        self._above: set[Place] = set()
        for work in works:
            self.add(work)

    def add(self, work: Work) -> None:
        """Take where one works, too."""
        self._kinds.add(work.kind)
        self._is_all |= work.is_alone
        for place in work.places:
            self._at.add(place)
            self._above.update(_around(place))

    def meets(self, work: Work) -> bool:
        """Say whether one must run before or after any of these."""
        if self._is_all or (work.is_alone and self._kinds) or not work.bars.isdisjoint(self._kinds):
            return True
        return any(
            place in self._above or not self._at.isdisjoint(_around(place)) for place in work.places
        )


def meet(one: Work, other: Work) -> bool:
    """Say whether two operations must run one after the other."""
    if one.is_alone or other.is_alone or other.kind in one.bars:
        return True
    return any(
        mine.root == theirs.root and overlap(mine.path, theirs.path)
        for mine in one.places
        for theirs in other.places
    )


def full(running: Sequence[Work], tried: Collection[Kind] = frozenset()) -> frozenset[Kind]:
    """Return the kinds of which no more may run; of those that are `tried`, whether they work again, one does."""
    return frozenset(
        kind
        for kind, most in AT_ONCE.items()
        if sum(work.kind is kind for work in running) >= (1 if kind in tried else most)
    )


def first(
    waiting: Iterable[Work],
    running: Sequence[Work],
    tried: Collection[Kind] = frozenset(),
    held: Collection[int] = frozenset(),
) -> Work | None:
    """Return the first of those that wait, in their order, that may start beside what runs; None when none may.

    One that must wait for another keeps its place: what comes after it does not start where the two would meet.
    Those that are `held`, by their ids, are with a worker still.
    """
    no_more, taken = full(running, tried), Taken(running)
    for work in waiting:
        may = work.kind not in no_more and work.id not in held
        if may and not taken.meets(work):
            return work
        taken.add(work)
    return None


def makes_room(
    mine: Work,
    waiting: Sequence[Work],
    running: Sequence[Work],
    tried: Collection[Kind] = frozenset(),
    *,
    is_free: bool,
) -> bool:
    """Say whether something more urgent than `mine`, which runs, starts next when that is put back, and not before.

    `mine.rank` is what it has when it is put back. `is_free`: one more could be carried out beside those that run.
    """
    if is_free and first(waiting, running, tried) is not None:
        return False
    others = [work for work in running if work.id != mine.id]
    no_more, taken = full(others, tried), Taken(others)
    for work in waiting:
        # where `mine` is in the way it must go, though others of the kind have to end as well
        may = work.kind not in no_more or meet(work, mine)
        if may and not taken.meets(work):
            return work.priority < mine.priority and (work.rank, work.id) < (mine.rank, mine.id)
        taken.add(work)
    return False


def may_spread(
    mine: Work, places: Sequence[Place], running: Iterable[Work], ahead: Iterable[Work]
) -> bool:
    """Say whether one that runs may go on at `places`, beside those that run and those that wait and come before it.

    Where it was before it stays: only what it takes in addition could take the place of one that waits for it.
    """
    wanted = replace(mine, places=tuple(places))
    if any(meet(wanted, work) for work in running if work.id != mine.id):
        return False
    return not any(meet(wanted, work) and not meet(mine, work) for work in ahead)


def _around(place: Place) -> list[Place]:
    """Return a place and all that it lies in."""
    if not place.path:
        return [place]
    above = [Place(place.root, path) for path in ancestors(place.path)]
    return [place, *above, Place(place.root, TOP)]
