"""A queue at work without the work: what comes, starts, spreads, makes room and ends at which second."""

import heapq
import random
from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

import msgspec

from shelfd.core.operations import YIELDING, Kind
from shelfd.core.paths import Place, RelPath

AGING_S = 10.0
LONGEST_S = 30.0
"""No operation of these runs longer."""
SAFE_S = 2.0
"""Between two safe points of a scan."""
PLANNING_S = 1.0
"""Until an import says where it will file."""

PATHS = (b"", b"a", b"b", b"a/a", b"a/b", b"b/a", b"ab")


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asks for."""

    at: float
    """When, in seconds from the beginning."""
    kind: Kind
    priority: int
    place: Place
    spreads: tuple[Place, ...] = ()
    """Where an import works, too, as its plan says."""
    lasts: float
    """How long it runs, in seconds, however often it is put back."""


class Queue(Protocol):
    """What is tested: the model, or the rows of a database."""

    def add(self, job: Job, now: float) -> int: ...
    def claim(self, now: float) -> int | None: ...
    def carry_out(self, number: int, places: Sequence[Place], now: float) -> bool: ...
    def makes_room(self, number: int, now: float, *, is_free: bool) -> bool: ...
    def put_back(self, number: int, now: float) -> None: ...
    def end(self, number: int, now: float) -> None: ...
    def rank(self, number: int) -> tuple[float, int]: ...


class Wait(msgspec.Struct, kw_only=True):
    """One wait of an operation, from when it became ready until it started."""

    number: int
    priority: int
    rank: tuple[float, int]
    since: float
    until: float = -1.0
    ahead: list[float] = msgspec.field(default_factory=list)
    """When each came that was before it in the order while it waited; what was there before has its own time."""

    @property
    def seconds(self) -> float:
        return self.until - self.since


class Course:
    """Lets the jobs go through a queue, and keeps how long each of them waited, and behind what."""

    def __init__(self, queue: Queue, jobs: Sequence[Job], workers: int) -> None:
        self.queue = queue
        self.workers = workers
        self.waits: list[Wait] = []
        self.started: list[tuple[float, int]] = []
        self.put_back = 0
        self._jobs: dict[int, Job] = {}
        self._left: dict[int, float] = {}
        self._began: dict[int, float] = {}
        self._waiting: dict[int, Wait] = {}
        self._asked: set[int] = set()
        self._turns: dict[int, int] = defaultdict(int)
        self._events: list[tuple[float, int, str, int, int]] = []
        self._new = dict(enumerate(jobs))
        for number, job in self._new.items():
            self._at(job.at, "come", number)

    def run(self) -> None:
        """Go on until all is over."""
        while self._events:
            now, _, what, number, turn = heapq.heappop(self._events)
            if what == "come":
                self._come(self._new[number], now)
            elif turn != self._turns[number]:
                continue  # of a turn that is over
            elif what == "end":
                self._end(number, now)
            elif what == "planned":
                self._planned(number, now)
            elif number in self._asked:
                self._puts_back(number, now)
            else:
                self._at(now + SAFE_S, "safe", number)
            self._start_what_may(now)

    def _at(self, when: float, what: str, number: int) -> None:
        turn = 0 if what == "come" else self._turns[number]
        heapq.heappush(self._events, (when, len(self._events), what, number, turn))

    def _come(self, job: Job, now: float) -> None:
        number = self.queue.add(job, now)
        self._jobs[number], self._left[number] = job, job.lasts
        self._wait(number, now)

    def _wait(self, number: int, now: float) -> None:
        rank = self.queue.rank(number)
        mine = Wait(number=number, priority=self._jobs[number].priority, rank=rank, since=now)
        for other in self._waiting.values():
            behind, before = (other, mine) if rank < other.rank else (mine, other)
            behind.ahead.append(before.since)
        self._waiting[number] = mine
        self.waits.append(mine)

    def _start_what_may(self, now: float) -> None:
        while len(self._began) < self.workers and (number := self.queue.claim(now)) is not None:
            self._waiting.pop(number).until = now
            self._began[number] = now
            self.started.append((now, number))
            self._at(now + self._left[number], "end", number)
            job = self._jobs[number]
            if job.kind in YIELDING:
                self._at(now + SAFE_S, "safe", number)
            elif job.spreads:
                self._at(now + min(PLANNING_S, self._left[number]), "planned", number)
        is_free = len(self._began) < self.workers
        for number in tuple(self._began):
            yields = self._jobs[number].kind in YIELDING
            if yields and self.queue.makes_room(number, now, is_free=is_free):
                self._asked.add(number)
                return

    def _planned(self, number: int, now: float) -> None:
        if not self.queue.carry_out(number, self._jobs[number].spreads, now):
            self._back(number, now)

    def _puts_back(self, number: int, now: float) -> None:
        self.queue.put_back(number, now)
        self._left[number] -= now - self._began[number]
        self._back(number, now)

    def _back(self, number: int, now: float) -> None:
        self.put_back += 1
        self._over(number)
        self._wait(number, now)

    def _end(self, number: int, now: float) -> None:
        self.queue.end(number, now)
        self._over(number)

    def _over(self, number: int) -> None:
        del self._began[number]
        self._asked.discard(number)
        self._turns[number] += 1


def random_jobs(chance: random.Random, most: int) -> list[Job]:
    """Return jobs that come within a few minutes: alone or in crowds, here and there or all in one place."""
    paths = PATHS[: chance.randint(1, len(PATHS))]
    kinds = chance.choice([list(Kind), [Kind.SCAN, Kind.IMPORT], [Kind.SCAN], [Kind.IMPORT]])
    lasts = chance.choice([0.5, 5.0, LONGEST_S])
    during = chance.choice([0.0, 30.0, 300.0])
    return sorted(
        (
            _random_job(chance, kinds, paths, (during, lasts))
            for _ in range(chance.randint(2, most))
        ),
        key=lambda job: job.at,
    )


def _random_job(
    chance: random.Random,
    kinds: Sequence[Kind],
    paths: Sequence[bytes],
    seconds: tuple[float, float],
) -> Job:
    kind = chance.choice(kinds)

    def anywhere(root: str) -> Place:
        return Place(root, RelPath(chance.choice(paths)))

    is_import = kind in (Kind.IMPORT, Kind.UNDO)
    return Job(
        at=chance.uniform(0.0, seconds[0]),
        kind=kind,
        priority=chance.choice([1, 2, 3, 5, 8, 10]),
        place=anywhere("inbox" if is_import else chance.choice(["music", "movies"])),
        spreads=(anywhere("music"), anywhere("movies"))[: chance.randint(1, 2)]
        if is_import
        else (),
        lasts=chance.uniform(0.1, seconds[1]),
    )


def check(course: Course) -> None:
    """Hold each wait against the bound: see the docstring of the test."""
    for wait in course.waits:
        assert wait.until >= 0, "it was never started"
        assert wait.seconds <= 2 * LONGEST_S * (1 + len(wait.ahead)), wait
