"""File steps: every change to somebody's files as a value, how each is resolved after a crash, and how it is taken back.

Rules that live here and nowhere else:

1. A step is `begun` in the journal before anything happens, and `done` after it is durable.
2. What a begun step has come to can always be told from what lies at its source and its target.
3. Each done step has a step that takes it back; taking back all of them, last first, gives the tree as it was.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

import msgspec

from shelfd.core.identity import Identity
from shelfd.core.ignored import TEMPORARY, TRASH
from shelfd.core.media import Reading
from shelfd.core.paths import Place, RelPath, join, parent, printable
from shelfd.core.rights import Rights


class Action(StrEnum):
    """What a file step does."""

    MKDIR = "mkdir"  #: make the directory `target`
    RMDIR = "rmdir"  #: remove the directory `source` if it is empty
    PLACE = "place"  #: make `target` a link to, or a copy of, `source`, which stays; or write it
    MOVE = "move"  #: rename `source` to `target`
    DISCARD = "discard"  #: remove `source`, which shelfd placed, while the file it came from is at `target`
    STAMP = "stamp"  #: give the directory `target` the modification time it had


class State(StrEnum):
    """Where a file step stands."""

    PLANNED = "planned"
    BEGUN = "begun"  #: may have happened
    DONE = "done"
    REVERSED = "reversed"  #: was done and has been taken back
    DROPPED = "dropped"  #: will not happen
    PURGED = "purged"  #: was done, and its trash has been emptied


MOVES = frozenset(
    {
        (State.PLANNED, State.BEGUN),
        (State.PLANNED, State.DROPPED),
        (State.BEGUN, State.DONE),
        (State.BEGUN, State.PLANNED),
        (State.BEGUN, State.DROPPED),
        (State.DONE, State.REVERSED),
        (State.DONE, State.PURGED),
    },
)
"""Every legal move; the database refuses the others by the same table, and a test holds both equal."""


class Counterpart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file of a library that holds what a file of a drop does, and how it was when that was decided."""

    root: str
    path: bytes
    size: int | None = None
    mtime_ns: int | None = None
    inode: int | None = None


class Expected(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the step relies on: the file as it was when the step was planned. All None: nothing."""

    size: int | None = None
    mtime_ns: int | None = None
    inode: int | None = None
    mode: int | None = None
    """Permission bits of a directory to be made."""
    link: bool = False
    """What lies there is a symbolic link."""
    origin: tuple[int | None, int | None] | None = None
    """For `discard`: size and mtime_ns of the file it was made from, which must still be that file."""
    reading: Reading | None = None
    """What was read in a media file that is to be filed, so that the catalog needs no second reading."""
    identity: Identity | None = None
    """What a file that is to be filed was taken for, and why: a person may ask as long as this step is known."""
    rule: str = ""
    """By which rule it was decided where it goes."""
    content: bytes | None = None
    """What is to be written, in mode `write`."""
    shared: bool = False
    """What was written serves all in its directory: it is taken back only as the last that lies there."""
    rights: Rights | None = None
    """What is given to what the step makes."""
    counterpart: Counterpart | None = None
    """For `move` to the trash: the source leaves only since this one is there."""


NOTHING = Expected()
WRITE = "write"
"""The mode of a `place` without a source: its content stands in the journal."""
COARSEST_TIME_NS = 2_000_000_000  # FAT


class Touched(msgspec.Struct, frozen=True, kw_only=True):
    """A directory whose modification time a step has changed, in nanoseconds."""

    root: str
    path: bytes
    before: int
    after: int


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a done step has left behind."""

    method: str = ""
    """How a file was placed: `reflink`, `hardlink`, `copy`, `symlink`, `rename`."""
    size: int | None = None
    mtime_ns: int | None = None
    inode: int | None = None
    mode: int | None = None
    """Permission bits of a directory that was removed."""
    was: Rights | None = None
    """What it had before it was removed, or was given other rights."""
    hash: bytes | None = None
    """XXH3-128 of a verified copy."""
    touched: tuple[Touched, ...] = ()


class FileStep(msgspec.Struct, frozen=True, kw_only=True):
    """One change to files, not yet written down."""

    action: Action
    source: Place | None = None
    target: Place | None = None
    mode: str = ""
    """For `place`: how it is to be done, as in the inbox's settings."""
    trash: bool = False
    """For `move`: the target lies in the trash."""
    expected: Expected = NOTHING
    reverses: int | None = None
    """The journal id of the step that this one takes back."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A file step as its row says it."""

    id: int
    operation: int
    seq: int
    step: FileStep
    state: State
    outcome: Outcome | None

    @property
    def temporary(self) -> Place | None:
        """Where a copy grows before it gets its name: beside the target, hidden, and ours without doubt."""
        if self.step.target is None:
            return None
        name = TEMPORARY + b"%d-%d.tmp" % (self.operation, self.seq)
        return Place(self.step.target.root, join(parent(self.step.target.path), name))

    @property
    def touches(self) -> tuple[Place, ...]:
        """The directories whose modification time it changes, that of the target first."""
        ends = {
            Action.MKDIR: (self.step.target,),
            Action.RMDIR: (self.step.source,),
            Action.PLACE: (self.step.target,),
            Action.MOVE: (self.step.target, self.step.source),
            Action.DISCARD: (self.step.source,),
            Action.STAMP: (),
        }[self.step.action]
        return tuple(Place(end.root, parent(end.path)) for end in ends if end is not None)


class Seen(msgspec.Struct, frozen=True):
    """What lies at the ends of a step now; None: nothing."""

    source: Expected | None
    target: Expected | None


def resolve(step: FileStep, seen: Seen) -> State:
    """Return what a step that was begun before a crash has come to: DONE, or PLANNED when it must be done again."""
    done = False
    match step.action:
        case Action.MKDIR:
            done = seen.target is not None
        case Action.RMDIR | Action.DISCARD:
            done = seen.source is None
        case Action.PLACE:
            # it got its name only after it was complete and durable
            done = seen.target is not None and _is_the_placed(step, seen)
        case Action.MOVE:
            done = seen.source is None and _is_the_moved(step, seen.target)
        case Action.STAMP:
            pass  # can be done twice
    return State.DONE if done else State.PLANNED


def _is_the_placed(step: FileStep, seen: Seen) -> bool:
    if seen.target is None or step.mode == "symlink":
        return seen.target is not None and seen.target.link
    # some file systems keep a time only to two seconds
    apart = abs((seen.target.mtime_ns or 0) - (step.expected.mtime_ns or 0))
    return seen.target.size == step.expected.size and apart <= COARSEST_TIME_NS


def _is_the_moved(step: FileStep, target: Expected | None) -> bool:
    if target is None or step.expected.size is None:
        return target is not None
    same_file = target.inode is not None and target.inode == step.expected.inode
    return same_file or (target.size, target.mtime_ns) == (
        step.expected.size,
        step.expected.mtime_ns,
    )


def reversal(
    entries: Sequence[Entry], mtimes: Mapping[Place, int], left: Iterable[Place] = ()
) -> list[FileStep]:
    """Return the steps that take back these done entries; `mtimes` are those of the directories now.

    `left` are directories that imports made which were undone, and that had to stay for these entries.
    """
    back = [_reverse(entry) for entry in reversed(entries)]
    made = {entry.step.target for entry in entries if entry.step.action is Action.MKDIR}
    removed = {entry.step.source for entry in entries if entry.step.action is Action.RMDIR}
    stamps = [
        FileStep(action=Action.STAMP, target=place, expected=Expected(mtime_ns=before))
        for place, (before, after) in sorted(
            _span(entry.outcome for entry in entries if entry.outcome).items(),
        )
        # a directory that somebody else has changed since keeps its own time
        if place not in made and (place in removed or mtimes.get(place) == after)
    ]
    # the trash itself was perhaps made by another import, and may be empty now
    trashes = {Place(root, RelPath(TRASH)) for entry in entries if (root := _trash_of(entry))}
    empty = [
        FileStep(action=Action.RMDIR, source=place)
        for place in sorted((trashes | {*left}) - made, key=_deepest_first)
    ]
    # deepest first: a stamp does not change the time of the directory above, a mkdir did
    return [*(step for step in back if step), *empty, *reversed(stamps)]


def _deepest_first(place: Place) -> tuple[int, Place]:
    return -place.path.count(b"/"), place


def _trash_of(entry: Entry) -> str:
    return entry.step.target.root if entry.step.trash and entry.step.target else ""


def _reverse(entry: Entry) -> FileStep | None:
    step, outcome = entry.step, entry.outcome or Outcome()
    left = Expected(size=outcome.size, mtime_ns=outcome.mtime_ns, inode=outcome.inode)
    match step.action:
        case Action.MKDIR:
            return FileStep(action=Action.RMDIR, source=step.target, reverses=entry.id)
        case Action.RMDIR:
            mode = Expected(mode=outcome.mode, rights=outcome.was)
            return FileStep(
                action=Action.MKDIR, target=step.source, expected=mode, reverses=entry.id
            )
        case Action.PLACE:
            return FileStep(
                action=Action.DISCARD,
                source=step.target,
                target=step.source,
                mode=step.mode,
                # a link holds nothing that could be lost with it, and what was written stands in the journal
                expected=msgspec.structs.replace(
                    left, shared=step.expected.shared, content=step.expected.content
                )
                if step.mode in ("symlink", WRITE)
                else msgspec.structs.replace(
                    left, origin=(step.expected.size, step.expected.mtime_ns)
                ),
                reverses=entry.id,
            )
        case Action.MOVE:
            return FileStep(
                action=Action.MOVE,
                source=step.target,
                target=step.source,
                expected=msgspec.structs.replace(left, rights=outcome.was),
                reverses=entry.id,
            )
        case Action.DISCARD | Action.STAMP:
            return None  # only an undo has these, and an undo is not undone


def objections(steps: Sequence[FileStep], seen: Mapping[Place, Expected | None]) -> list[str]:
    """Return why these steps cannot all be done in the world as it is; empty when they can.

    `seen` has what lies at each end of each step now. Steps count on those before them.
    """
    world = dict(seen)
    found = []
    for step in steps:
        if (problem := _objection(step, world)) is not None:
            found.append(problem)
        if step.action is Action.MOVE and step.source and step.target:
            world[step.target] = world.get(step.source)
        if step.source and step.action is not Action.PLACE and not _stays(step, world):
            world[step.source] = None
    return found


def _stays(step: FileStep, world: Mapping[Place, Expected | None]) -> bool:
    """Say whether it is no longer shelfd's file that was written there, so that it is left to whoever has changed it."""
    now = world.get(step.source) if step.source else None
    return (
        step.mode == WRITE
        and now is not None
        and (now.size, now.mtime_ns) != (step.expected.size, step.expected.mtime_ns)
    )


def _objection(step: FileStep, world: Mapping[Place, Expected | None]) -> str | None:
    if step.action not in (Action.MOVE, Action.DISCARD) or not step.source or not step.target:
        return None
    now, there = world.get(step.source), world.get(step.target) is not None
    shown, other = printable(step.source.path), printable(step.target.path)
    changed = now and (now.size, now.mtime_ns) != (step.expected.size, step.expected.mtime_ns)
    reasons = {
        f"{shown} is no longer there": now is None,
        f"{shown} has been changed since": changed,
        f"{other} is in the way": step.action is Action.MOVE and there,
        f"{shown} is now the only copy, since {other} is gone": step.action is Action.DISCARD
        and not there,
        f"{other}, from which {shown} was made, has been changed since": step.action
        is Action.DISCARD
        and not same_origin(step, world.get(step.target)),
    }
    return next((reason for reason, applies in reasons.items() if applies), None)


def same_origin(step: FileStep, origin: Expected | None) -> bool:
    """Say whether the file that a discard relies on is still the one its source was made from."""
    if step.expected.origin is None or origin is None:
        return origin is not None
    return (origin.size, origin.mtime_ns) == step.expected.origin


def _span(outcomes: Iterable[Outcome]) -> dict[Place, tuple[int, int]]:
    """Return each directory's time before the first and after the last change, unless others came between."""
    spans: dict[Place, tuple[int, int]] = {}
    broken = set()
    for outcome in outcomes:
        for touched in outcome.touched:
            place = Place(touched.root, RelPath(touched.path))
            first, last = spans.get(place, (touched.before, touched.before))
            # steps of one round that were resolved after a crash all say the same of it
            if last != touched.before and (first, last) != (touched.before, touched.after):
                broken.add(place)
            spans[place] = (first, touched.after)
    return {place: span for place, span in spans.items() if place not in broken}
