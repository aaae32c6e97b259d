"""Is what vanished really gone, or is its disk only out of sight: by marker, file system, mounts, and by number."""

from collections.abc import Mapping
from typing import Literal

import msgspec
from msgspec.structs import replace

from shelfd.core.paths import RelPath, printable, within

State = Literal["present", "absent", "suspended"]

FEW = 5
"""Fewer lost files than this are no share of anything: who deletes one film of four must not be asked."""
ALL = 1_000_000_000
"""More files than any root has."""

NOT_THERE = "it is not there: is its disk mounted?"
ANOTHER_MARKER = "the marker in it is that of another disk or directory"
ANOTHER_DISK = "another file system lies there than at the last scan"
EMPTY = "it is empty, though files are known in it"
NOT_MOUNTED = "what was mounted there is not mounted"
AT_ONCE = "files are gone at once"
"""What the reason of a suspension for its losses ends with."""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the rows say of a root."""

    marker: str | None = None
    """None: it had none."""
    filesystem: str | None = None
    """None: the root was never seen."""
    mounts: Mapping[RelPath, str] = msgspec.field(default_factory=dict)
    """The mounts below it, with their file systems."""
    files: bool = False
    """Some file is known to be in it."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What is found where a root should be."""

    there: bool
    """A directory is there."""
    marker: str | None = None
    damaged: bool = False
    """A marker is there, but it cannot be read or says nothing; it is left alone."""
    filesystem: str = ""
    mounts: Mapping[RelPath, str] = msgspec.field(default_factory=dict)
    """The mounts below it now, with their file systems."""
    empty: bool = False
    """Nothing is in it that shelfd does not pass over; not looked for where marker and file system are those known."""
    concerned: frozenset[RelPath] = frozenset()
    """Of the doubtful mounts (see `doubtful`) those below which files are known that were not found again."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a root stands."""

    state: State
    reason: str = ""
    """Why it is not present, or what in it is out of sight, as half a sentence; empty when all is well."""
    hidden: tuple[RelPath, ...] = ()
    """What is out of sight, with all below it, though the rest of the root is present."""
    keep: Known = msgspec.field(default_factory=Known)
    """What is to be remembered from now on; what was known, when nothing is new."""
    mark: bool = False
    """A marker is to be written: that of `keep`, or a new one when it has none."""

    def sees(self, path: RelPath) -> bool:
        """Say whether a file that is not found at this path may be taken for deleted."""
        return self.state == "present" and not any(within(path, place) for place in self.hidden)


def stand(known: Known, seen: Seen, *, confirmed: bool = False) -> Standing:
    """Return how a root stands; `confirmed`: a person says that it is right as it is now."""
    if not seen.there:
        return Standing(state="absent", reason=NOT_THERE, keep=known)
    reason = None if confirmed else _other(known, seen)
    if reason is not None:
        return Standing(state="suspended", reason=reason, keep=known)
    hidden = () if confirmed else tuple(sorted(seen.concerned & doubtful(known, seen.mounts)))
    # the directory that a disk is mounted on may have got the marker that is known: the disk gets its own
    ours = known.marker if known.filesystem in (None, seen.filesystem) else None
    return Standing(
        state="present",
        reason="; ".join(_out_of_sight(path, seen) for path in hidden),
        hidden=hidden,
        keep=replace(
            known,
            marker=seen.marker or ours,
            filesystem=seen.filesystem,
            mounts=_mounts(known, seen, hidden),
        ),
        mark=seen.marker is None and not seen.damaged,
    )


def doubtful(known: Known, mounts: Mapping[RelPath, str]) -> frozenset[RelPath]:
    """Return where a mount is not what it was: has come, has gone, or is another one."""
    return frozenset(
        path for path in {*known.mounts, *mounts} if known.mounts.get(path) != mounts.get(path)
    )


def too_much(lost: int, known: int, share: float, files: int) -> str | None:
    """Return why a loss is too large to be believed, as half a sentence; None when it is not.

    `known` counts the files before the loss, the lost ones included. All of them at once is what a disk
    looks like that is not there, however few they are; only the single file of a library may simply go.
    """
    if known >= 2 and lost >= known:
        return f"all of its {known} {AT_ONCE}"
    if lost > files or (lost >= FEW and lost > share * known):
        return f"{lost} of its {known} {AT_ONCE}"
    return None


def enough(lost: int, share: float) -> int | None:
    """Return how many files `too_much` must know of to say that so many are not; None: all."""
    most = lost / share if share else float("inf")
    return None if most > ALL else max(lost, int(most)) + 1


def for_losses(reason: str) -> bool:
    """Say whether a root was suspended because it lost too much, and not because it was another one."""
    return reason.endswith(AT_ONCE)


def _other(known: Known, seen: Seen) -> str | None:
    """Return why this is not the directory tree that is known; None when it is, or may be."""
    moved = known.filesystem not in (None, seen.filesystem)
    if known.marker is not None and seen.marker is not None:
        if seen.marker != known.marker:
            return ANOTHER_MARKER
        # a disk may move to another device; the directory that it is mounted on may have a copy of its marker
        return ANOTHER_DISK if moved and seen.empty and known.files else None
    if moved and (known.files or seen.empty):
        # with no file known, what has files in it is the disk that was awaited; what is empty may be
        # the directory that it is mounted on
        return ANOTHER_DISK
    return EMPTY if seen.empty and known.files else None


def _mounts(known: Known, seen: Seen, hidden: tuple[RelPath, ...]) -> dict[RelPath, str]:
    """Return the mounts to remember: as they are now, but as they were where something is out of sight."""
    mounts = {path: kind for path, kind in seen.mounts.items() if path not in hidden}
    return mounts | {path: known.mounts[path] for path in hidden if path in known.mounts}


def _out_of_sight(path: RelPath, seen: Seen) -> str:
    return f"{printable(path)}: {ANOTHER_DISK if path in seen.mounts else NOT_MOUNTED}"
