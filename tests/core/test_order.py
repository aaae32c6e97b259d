"""Whoever waits is started, within a bound, whatever else comes; and what could meet never runs side by side."""

import itertools
import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from queueing import AGING_S, LONGEST_S, SAFE_S, Course, Job, check, random_jobs
from shelfd.core import order
from shelfd.core.operations import YIELDING, Kind
from shelfd.core.order import AT_ONCE, SUSPECT, TURN_S, Taken, Work
from shelfd.core.paths import Place, RelPath

QUEUES = 3000


class Model:
    """A queue by the rules of core.order alone."""

    def __init__(self) -> None:
        self.works: dict[int, Work] = {}
        self.began: dict[int, float] = {}

    def add(self, job: Job, now: float) -> int:
        number = len(self.works) + 1
        rank = now + job.priority * AGING_S
        self.works[number] = Work(
            id=number, kind=job.kind, priority=job.priority, places=(job.place,), rank=rank
        )
        return number

    def claim(self, now: float) -> int | None:
        found = order.first(self.waiting(), self.running())
        if found is None:
            return None
        assert not any(order.meet(found, other) for other in self.running())
        self.began[found.id] = now
        return found.id

    def carry_out(self, number: int, places: Sequence[Place], now: float) -> bool:
        mine = self.works[number]
        wanted = (mine.places[0], *places)
        ahead = [w for w in self.waiting() if (w.rank, w.id) < (mine.rank, mine.id)]
        may = order.may_spread(mine, wanted, self.running(), ahead)
        self.works[number] = replace(mine, places=wanted)
        if not may:
            self.put_back(number, now)
        return may

    def makes_room(self, number: int, now: float, *, is_free: bool) -> bool:
        mine = self.works[number]
        if now - self.began[number] >= TURN_S:
            mine = replace(mine, rank=now + mine.priority * AGING_S)
        return order.makes_room(mine, self.waiting(), self.running(), is_free=is_free)

    def put_back(self, number: int, now: float) -> None:
        mine = self.works[number]
        if mine.kind in YIELDING and now - self.began.pop(number, now) >= TURN_S:
            self.works[number] = replace(mine, rank=now + mine.priority * AGING_S)
        self.began.pop(number, None)

    def end(self, number: int, _now: float) -> None:
        del self.began[number]
        self.works[number] = replace(self.works[number], id=0)

    def rank(self, number: int) -> tuple[float, int]:
        return self.works[number].rank, number

    def running(self) -> list[Work]:
        return [self.works[number] for number in self.began]

    def waiting(self) -> list[Work]:
        waiting = [w for n, w in self.works.items() if w.id and n not in self.began]
        return sorted(waiting, key=lambda work: (work.rank, work.id))


def test_whoever_waits_is_started_within_a_bound() -> None:
    """Say D for the longest run, A for `aging_s`, and entries for each time that one begins to wait.

    Whoever is first in the order starts within 2 D: after one D all have ended that it meets, and nothing that it
    meets has started or spread since, for it keeps its place; after another one, if what started meanwhile has filled
    its kind or the workers, one of those has ended, and it is the first that may take what is free.
    So who becomes ready at t, with priority p, starts by t + 2 D (1 + n), when n entries were before it. Those that
    come before it have become ready before t + (p - q) A, q being their priority: by t + 9 A the last of them.
    """
    for seed in range(QUEUES):
        chance = random.Random(seed)  # noqa: S311  # the same queues each time
        course = Course(Model(), random_jobs(chance, 24), chance.randint(1, 4))
        course.run()
        try:
            check(course)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}") from error


def scan(at: float, priority: int, path: bytes = b"", lasts: float = 1.0) -> Job:
    place = Place("music", RelPath(path))
    return Job(at=at, kind=Kind.SCAN, priority=priority, place=place, lasts=lasts)


def filing(at: float, name: int, lasts: float = 3.0) -> Job:
    """An import that files into the library of music, as shows when it has been planned."""
    return Job(
        at=at,
        kind=Kind.IMPORT,
        priority=1,
        place=Place("inbox", RelPath(b"%d" % name)),
        spreads=(Place("music", RelPath(b"Ann/%d" % name)),),
        lasts=lasts,
    )


def gone_through(jobs: Sequence[Job], workers: int = 4) -> Course:
    course = Course(Model(), jobs, workers)
    course.run()
    check(course)
    return course


@pytest.mark.parametrize("priority", [1, 2, 5, 10])
def test_a_stream_of_what_is_more_urgent_keeps_nothing_from_its_turn(priority: int) -> None:
    imports = [filing(float(at), at) for at in range(600)]

    course = gone_through([*imports, scan(5.5, priority)])

    [wait] = [wait for wait in course.waits if wait.since == 5.5]
    # by then it is the first; what files in its place ends, and nothing more begins there
    assert wait.seconds <= (priority - 1) * AGING_S + 2 * 3.0


def test_a_long_scan_makes_room_again_and_again_and_goes_on_in_between() -> None:
    # each file of the stream meets it, and there is always one that waits
    imports = [filing(at * 1.5, at) for at in range(1, 300)]

    course = gone_through([scan(0.0, 8, lasts=6 * LONGEST_S), *imports])

    turns = [wait for wait in course.waits if wait.number == 1]
    # when it has waited long, it gets somewhere: what is to come before it then was there long ago
    late = 5 - AGING_S
    ran = [
        after.since - turn.until
        for turn, after in itertools.pairwise(turns)
        if turn.until > turn.rank[0] + late
    ]
    assert len(ran) >= 3
    assert min(ran) >= TURN_S
    # what becomes more urgent than it by then, comes later
    assert max(wait.seconds for wait in turns) <= 7 * AGING_S + 2 * LONGEST_S, turns
    urgent = [wait.seconds for wait in course.waits if wait.number != 1]
    assert max(urgent) <= TURN_S + SAFE_S + 2 * LONGEST_S


def test_a_hundred_that_must_wait_hide_none_that_may_start() -> None:
    crowd = [scan(float(at) / 1000, 2, b"Ann", lasts=LONGEST_S) for at in range(100)]
    late = scan(1.0, 9, b"Bob")

    course = gone_through([*crowd, late])

    assert [at for at, number in course.started if number == 101] == [1.0]


def test_of_a_kind_that_is_full_none_hides_another_kind() -> None:
    crowd = [scan(0.0, 2, b"%d" % at, lasts=LONGEST_S) for at in range(100)]

    course = gone_through([*crowd, filing(1.0, 1000)])

    assert [at for at, number in course.started if number == 101] == [1.0]


works = st.builds(
    Work,
    id=st.integers(1, 100),
    kind=st.sampled_from([*Kind, Kind.IMPORT, Kind.SCAN, Kind.SCAN]),
    priority=st.integers(1, 10),
    crashes=st.sampled_from([0, 0, 0, 1, SUSPECT]),
    places=st.lists(
        st.builds(
            Place,
            root=st.sampled_from(["a", "b"]),
            path=st.lists(st.sampled_from([b"x", b"y", b"xy"]), max_size=3).map(
                lambda parts: RelPath(b"/".join(parts))
            ),
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
)


@settings(deadline=None, max_examples=300)
@given(st.lists(works, max_size=5), works)
def test_what_is_taken_is_known_without_a_look_at_each(taken: list[Work], work: Work) -> None:
    meets = any(order.meet(work, other) for other in taken)

    assert Taken(taken).meets(work) is meets
    assert meets is any(order.meet(other, work) for other in taken)


@settings(deadline=None)
@given(st.lists(works, max_size=8), st.lists(works, max_size=3), st.sets(st.sampled_from(Kind)))
def test_the_first_is_the_first_that_meets_neither_what_runs_nor_what_waits_before_it(
    waiting: list[Work], running: list[Work], tried: set[Kind]
) -> None:
    def may_start(at: int) -> bool:
        work = waiting[at]
        beside = sum(other.kind is work.kind for other in running)
        most = 1 if work.kind in tried else AT_ONCE[work.kind]
        others = (*running, *waiting[:at])
        return beside < most and not any(order.meet(work, other) for other in others)

    found = order.first(iter(waiting), running, tried)

    may = [work for at, work in enumerate(waiting) if may_start(at)]
    assert found is (may[0] if may else None)
