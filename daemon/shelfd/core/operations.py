"""What shelfd does, as values: kinds, states and the moves between them."""

from collections import deque
from collections.abc import Mapping
from enum import StrEnum

import msgspec

from shelfd.core.errors import ConflictError
from shelfd.core.paths import Place, RelPath

PACE_REPORTS = 8  # over which the rate is smoothed


class Kind(StrEnum):
    """What is to be done."""

    SCAN = "scan"  #: read directories and bring the catalog, or the list of drops, up to date
    IMPORT = "import"  #: file what lies in an inbox
    UNDO = "undo"  #: put an import back
    VERIFY = "verify"  #: compare files with the hashes in the catalog
    CLEANUP = "cleanup"  #: forget old operations, events and trash


class State(StrEnum):
    """Where an operation stands."""

    QUEUED = "queued"  #: waits for a worker, or for its time
    RUNNING = "running"  #: a worker has it
    COMPLETED = "completed"  #: done
    FAILED = "failed"  #: ended with an error
    CANCELLED = "cancelled"  #: ended because somebody said so


MOVES = frozenset(
    {
        (State.QUEUED, State.RUNNING),
        (State.QUEUED, State.COMPLETED),
        (State.QUEUED, State.FAILED),
        (State.QUEUED, State.CANCELLED),
        (State.RUNNING, State.QUEUED),
        (State.RUNNING, State.COMPLETED),
        (State.RUNNING, State.FAILED),
        (State.RUNNING, State.CANCELLED),
        (State.FAILED, State.QUEUED),
        (State.CANCELLED, State.QUEUED),
    },
)
"""Every legal move; the database refuses the others by the same table, and a test holds both equal."""


class Step(StrEnum):
    """The step that an operation runs next."""

    LOOK = "look"  #: at the drops of an inbox
    SCAN = "scan"  #: directories of a library
    PLAN = "plan"
    APPLY = "apply"
    SHELVE = "shelve"
    UNDO = "undo"
    VERIFY = "verify"
    CLEANUP = "cleanup"


FIRST_STEP: Mapping[Kind, Step] = {Kind.IMPORT: Step.PLAN, Kind.UNDO: Step.UNDO}
"""With what those begin that have several."""

MUST_END = frozenset({Step.APPLY, Step.SHELVE})
"""Steps whose operation has changed files, or is about to: it is finished or put back, not left half done."""
MAY_END = frozenset({Step.SCAN, Step.PLAN, Step.UNDO, Step.VERIFY})
"""Steps that can be ended in their midst: they read, and what they have planned has not begun."""

YIELDING = frozenset({Kind.SCAN, Kind.VERIFY})
"""Kinds that may take hours, and make room in the midst of that for what is more urgent."""


class Asker(StrEnum):
    """Who wants it."""

    PERSON = "person"
    WATCH = "watch"
    SCHEDULE = "schedule"
    SHELFD = "shelfd"  #: an operation that follows from another


PRIORITY: Mapping[tuple[Kind, Asker], int] = {
    (Kind.UNDO, Asker.PERSON): 2,
    (Kind.IMPORT, Asker.PERSON): 2,
    (Kind.SCAN, Asker.PERSON): 3,
    (Kind.IMPORT, Asker.SHELFD): 4,
    (Kind.SCAN, Asker.WATCH): 5,
    (Kind.SCAN, Asker.SHELFD): 5,
    (Kind.VERIFY, Asker.PERSON): 7,
    (Kind.SCAN, Asker.SCHEDULE): 8,
    (Kind.CLEANUP, Asker.SCHEDULE): 9,
    (Kind.VERIFY, Asker.SCHEDULE): 10,
}
"""From 1 (first) to 10: a person before an event, an event before a schedule."""


QUICK, NORMAL, FULL = range(3)


def strength(options: Mapping[str, object]) -> int:
    """Return how much a scan looks at: QUICK (directories that changed) < NORMAL (every file) < FULL (inside of it)."""
    if options.get("full") is True:
        return FULL
    return QUICK if options.get("quick") is True else NORMAL


def priority(kind: Kind, asker: Asker) -> int:
    """Return the priority of a new operation."""
    return PRIORITY.get((kind, asker), 5)


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """An operation that is not in the queue yet."""

    kind: Kind
    step: Step
    place: Place
    display: str
    """The absolute path, for people."""
    asker: Asker
    options: Mapping[str, object] = msgspec.field(default_factory=dict)
    not_before: float = 0.0
    """Unix time before which it must not start."""
    alone: bool = False
    """What waits already does not serve for this one too, unless it was to stand alone as well."""
    priority: int | None = None
    """None: by who asks for what, see PRIORITY."""
    deadline: float | None = None
    """Unix time after which nobody wants it any more."""
    waits_for: tuple[int, ...] = ()
    """Operations that must have ended well before it starts."""
    parent: int | None = None
    """The operation that is over only when this one is."""

    @property
    def unique_key(self) -> str | None:
        """Two waiting operations with the same key are one; None for what is not like any other.

        That is what a person asked for, and what has to end in time, after others, or as a part of another.
        """
        is_tied = self.waits_for or self.parent is not None or self.deadline is not None
        if self.asker is Asker.PERSON or is_tied:
            return None
        flags = ",".join(sorted(key for key, value in self.options.items() if value is True))
        key = f"{self.kind}:{self.place.root}:{self.place.path.hex()}:{flags}"
        return f"{key}:again" if self.alone else key


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """An operation as its row says it."""

    id: int
    kind: Kind
    step: Step
    root: str
    path: RelPath
    display: str
    state: State
    priority: int
    asked_by: Asker
    options: Mapping[str, object]
    created_at: float
    not_before: float
    started_at: float | None
    finished_at: float | None
    attempts: int
    phase: str
    done: int
    total: int
    unit: str
    current: str
    error: Mapping[str, str] | None
    result: Mapping[str, object] | None
    parent: int | None = None
    """The operation that is over only when this one is."""
    retries: int = 0
    """How often it was put back after a fault."""
    fault: Mapping[str, str] | None = None
    """The last of these, as `error`."""
    crashes: int = 0
    """Ends of the process under it, without progress between."""
    deadline: float | None = None
    """Unix time after which nobody wants it any more."""

    @property
    def place(self) -> Place:
        """Where it works."""
        return Place(self.root, self.path)


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far an operation is; `done` and `total` count `unit`s."""

    phase: str
    done: int
    total: int
    unit: str
    current: str = ""
    rate: float | None = None
    """Units a second; None: not known yet."""

    @property
    def eta_s(self) -> float | None:
        """Return how many seconds are left at this rate; None when that cannot be told."""
        return round((self.total - self.done) / self.rate, 1) if self.rate else None


class Pace:
    """How fast one operation goes on, from its last few reports; what it had done before them does not count."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._phase = ""
        self._reports: deque[tuple[float, int]] = deque(maxlen=PACE_REPORTS)

    def take(self, progress: Progress, now: float) -> float | None:
        """Take note of a report at a monotonic time; return the rate in units a second, None after the first."""
        if progress.phase != self._phase or (
            self._reports and progress.done < self._reports[-1][1]
        ):
            self._phase = progress.phase
            self._reports.clear()
        self._reports.append((now, progress.done))
        since, before = self._reports[0]
        return round((progress.done - before) / (now - since), 3) if now > since else None


def unfollowed(operation: int) -> ConflictError:
    """Return the error of what was to follow an operation that has not ended well."""
    return ConflictError(
        f"operation {operation}: it did not end well, and this one was to follow it",
        code="dependency_failed",
        hint=f"see `shelfd operation {operation}`; `shelfd retry` tries both again, that one first",
    )


LONGEST_DEADLINE_S = 31 * 86_400
"""From the moment on at which something is asked for."""


def too_late() -> ConflictError:
    """Return the error of what nobody wants any more."""
    return ConflictError(
        "its deadline has passed before it was done",
        code="deadline_passed",
        hint="ask for it again, with more time or none set",
    )
