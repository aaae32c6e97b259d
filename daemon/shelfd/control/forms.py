"""The form of every answer, for those who write programs against the API.

Answers are put together where their rows are read; that each has exactly the form that stands here is what the
tests of the API hold it to. A field with a default of UNSET is left out where there is nothing to say.
"""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from shelfd.control.forms_words import DaemonState, DropState, PathState, RootState
from shelfd.control.items import KINDS
from shelfd.core import journal
from shelfd.core.identity import Candidate, Identity
from shelfd.core.media import Cover, Stream
from shelfd.core.operations import Asker, Kind, State
from shelfd.core.playback import Verdict

Moment = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
"""RFC 3339 in UTC, with milliseconds."""
Encoded = Annotated[str, Meta(description="The same, percent-encoded: only if it is not UTF-8.")]
Number = Annotated[int, Meta(ge=1)]
Count = Annotated[int, Meta(ge=0)]

ItemKind = Annotated[str, Meta(extra_json_schema={"enum": [*KINDS]})]
StepState = Annotated[str, Meta(extra_json_schema={"enum": [*journal.State]})]


class Error(Struct, kw_only=True):
    """What went wrong."""

    code: str
    """A short stable word for scripts."""
    message: str
    """A sentence: subject, what, why."""
    hint: str
    """The way out; empty when there is none."""


class Failure(Struct, kw_only=True):
    """The answer when something went wrong."""

    error: Error


class Health(Struct, kw_only=True):
    """Whether the daemon does its work."""

    state: DaemonState


class Accepted(Struct, kw_only=True):
    """The operation that will do what was asked for."""

    id: Number


class AcceptedAll(Struct, kw_only=True):
    """The operations that will do what was asked for, the first to be done first."""

    ids: list[Number]


class Paused(Struct, kw_only=True):
    """What does not start for now, because somebody said so."""

    paused: bool
    """Nothing does."""
    paused_kinds: list[Kind]
    paused_roots: list[str]


class Resting(Struct, kw_only=True):
    """A kind of operations that rests, since one after the other has failed for a reason outside of it."""

    kind: Kind
    failures: Number
    error: Error
    """The last of them."""
    until: Moment
    """Then one of them is tried."""


class Progress(Struct, kw_only=True):
    """How far an operation is; `done` and `total` count `unit`s."""

    phase: str
    done: Count
    total: Count
    unit: str
    rate: float | None
    """Units a second."""
    eta_s: float | None
    current: str
    """What it is at."""


class Operation(Struct, kw_only=True):
    """Something that shelfd does, did, or will do."""

    id: Number
    kind: Kind
    path: str
    """As it was called when it was asked for."""
    path_bytes: Encoded | UnsetType = UNSET
    state: State
    priority: Annotated[int, Meta(ge=1, le=10)]
    """1 is first."""
    asked_by: Asker
    options: dict[str, Any]
    created_at: Moment
    started_at: Moment | None
    finished_at: Moment | None
    not_before: Moment | None
    attempts: Count
    deadline: Moment | None
    """When it fails unless it has ended."""
    waits_for: list[Number]
    """Operations that must end before it starts, or before it is over."""
    parent: Number | None
    """The operation of which it is a part."""
    retries: Count
    """How often it was put back after a fault that may pass; `not_before` says when it is tried again."""
    fault: Error | None
    """The last of these."""
    progress: Progress | None
    error: Error | None
    result: dict[str, Any] | None


class Became(Struct, kw_only=True):
    """A state that an operation came to."""

    state: State
    at: Moment


class FileStep(Struct, kw_only=True):
    """One change to somebody's files."""

    action: journal.Action
    state: StepState
    source: str | UnsetType = UNSET
    source_bytes: Encoded | UnsetType = UNSET
    target: str | UnsetType = UNSET
    target_bytes: Encoded | UnsetType = UNSET
    method: str | UnsetType = UNSET
    """How it was done: reflink, hardlink, copy, symlink, rename."""
    trash: Literal[True] | UnsetType = UNSET
    """The target is in the trash."""


class OperationInFull(Operation, kw_only=True):
    """An operation with its history; an import or undo with what it does to files."""

    undoable: bool
    history: list[Became]
    steps: list[FileStep] | UnsetType = UNSET


class Operations(Struct, kw_only=True):
    """A page of operations, newest first."""

    items: list[Operation]
    next: Number | None
    """What `after` must be for the next page; null on the last one."""


class Hold(Struct, kw_only=True):
    """A place at or below which nothing is touched."""

    id: Number
    path: str
    path_bytes: Encoded | UnsetType = UNSET
    held_at: Moment


class Holds(Struct, kw_only=True):
    """All holds, the oldest first."""

    items: list[Hold]
    next: None


class Root(Struct, kw_only=True):
    """A library or an inbox; what lies in an inbox is not counted."""

    name: str
    role: Literal["inbox", "library"]
    kind: Literal["auto", "movies", "shows", "music", "audiobooks", "books"]
    path: str
    path_bytes: Encoded | UnsetType = UNSET
    state: RootState
    reason: str
    watches: Count
    directories: Count | None
    files: Count | None
    missing: Count | None
    last_scan_at: Moment | None


class Watch(Struct, kw_only=True):
    """How the watching is doing."""

    watches: Count
    budget: Count | None
    """How many watches there may be; null when that cannot be seen."""
    fault: str | None


class Queue(Struct, kw_only=True):
    """How many operations are in each state, and which is next."""

    queued: Count
    running: Count
    completed: Count
    failed: Count
    cancelled: Count
    paused: bool
    """Nothing starts, because somebody said so."""
    paused_kinds: list[Kind]
    paused_roots: list[str]
    resting: list[Resting]
    next: Operation | None


class Drop(Struct, kw_only=True):
    """What lies in an inbox, and why it is not filed."""

    path: str
    path_bytes: Encoded | UnsetType = UNSET
    state: DropState
    reason: str
    bytes: Count
    since: Moment


class Catalog(Struct, kw_only=True):
    """What the catalog has; `items` by kind."""

    items: dict[str, Count]
    files: Count
    bytes: Count
    missing: Count


class Check(Struct, kw_only=True):
    """Something that is wrong now, with its way out."""

    check: str
    severity: Literal["warn", "fatal"]
    message: str
    fix: str


class Status(Struct, kw_only=True):
    """Is it well, what does it do, what waits and why."""

    version: str
    state: DaemonState
    since: Moment
    pid: Number
    memory_bytes: Count
    roots: list[Root]
    watch: Watch
    queue: Queue
    running: list[Operation]
    settling: list[Drop]
    """The longest waiting first."""
    reviews: Count
    """Items that wait for a person's decision."""
    quarantined: Count
    """Items that are refused, in the inboxes and in the quarantine."""
    holds: list[Hold]
    catalog: Catalog
    checks: list[Check]
    schedule: dict[str, Moment]
    """When each line of the calendar is due next."""


class Item(Struct, kw_only=True):
    """A work in the catalog, with what its kind has."""

    id: Number
    kind: ItemKind
    title: str
    state: Literal["present", "missing"]
    root: str
    year: int | UnsetType = UNSET
    season: int | UnsetType = UNSET
    episodes: list[int] | UnsetType = UNSET
    date: str | UnsetType = UNSET
    """The day of broadcast of an episode, `yyyy-mm-dd`, where its show counts by days."""
    artist: str | UnsetType = UNSET
    album: str | UnsetType = UNSET
    disc: int | UnsetType = UNSET
    track: int | UnsetType = UNSET
    author: str | UnsetType = UNSET
    series: str | UnsetType = UNSET
    sequence: str | UnsetType = UNSET
    narrator: str | UnsetType = UNSET
    parent: Number | UnsetType = UNSET
    """The item that it is part of."""
    ids: dict[str, str]
    added_at: Moment
    path: str
    path_bytes: Encoded | UnsetType = UNSET


class Chapter(Struct, kw_only=True):
    """A named part of a file."""

    start_s: float
    title: str


class File(Struct, kw_only=True):
    """A file of a library, with what is in it."""

    path: str
    path_bytes: Encoded | UnsetType = UNSET
    size: Count
    mtime_ns: int
    hash: str | None
    """XXH3-128 in hexadecimal."""
    verified_at: Moment | None
    """When its content was last found to be as `hash` says; null: it was not compared yet."""
    damaged_at: Moment | UnsetType = UNSET
    """When its content was found to be another, though nobody has written it."""
    format: str | None
    duration_s: float | None
    tags: dict[str, str]
    streams: list[Stream]
    chapters: list[Chapter]
    cover: Cover | UnsetType = UNSET
    playback: Verdict | UnsetType = UNSET
    """Whether the players of the settings can play it as it is."""
    error: str | UnsetType = UNSET
    """Why it cannot be played."""
    missing_since: Moment | UnsetType = UNSET


class ItemInFull(Item, kw_only=True):
    """An item in full, with the item that it is part of."""

    parent: Item | UnsetType = UNSET  # type: ignore[assignment]  # in full, where a list has its id
    children: Count
    files: list[File]


class Items(Struct, kw_only=True):
    """A page of items, by id."""

    items: list[Item]
    next: Number | None
    """What `after` must be for the next page; null on the last one."""


class Known(Struct, kw_only=True):
    """What shelfd knows of a path."""

    path: str
    path_bytes: Encoded | UnsetType = UNSET
    state: PathState
    reason: str
    parsed: Identity
    """What it was taken for; empty when it was not judged."""
    candidates: list[Candidate]
    rule: str | None
    target: str | None
    target_bytes: Encoded | UnsetType = UNSET
    source: str | UnsetType = UNSET
    source_bytes: Encoded | UnsetType = UNSET
    operation: Number | None
    item: Number | UnsetType = UNSET
    review: Number | UnsetType = UNSET
    """The review in which it waits for a decision."""
    filed_at: Moment | UnsetType = UNSET
    missing_since: Moment | UnsetType = UNSET
    kept_until: Moment | UnsetType = UNSET
    """When what is known of a missing file is forgotten."""
    files: list["Known"] | UnsetType = UNSET
    """The same for each file of a directory, or that belongs to this one; with paths below the root."""


class Why(Known, kw_only=True):
    """What shelfd knows of an absolute path."""

    root: str | UnsetType = UNSET
    """Left out when it lies in none."""
