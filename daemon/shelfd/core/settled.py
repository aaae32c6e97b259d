"""Has an item stopped changing, is it whole, and if not, why not.

The rule, from what went wrong elsewhere (audiobookshelf#843, navidrome#5431, Sonarr#6293, Radarr#284): nothing in the
item has changed between two looks that are the quiet time apart; nobody marks anything in it as unfinished; no file
is empty or has holes; no local process has one open for writing. It never gives up, and it always says why it waits.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from shelfd.core import media
from shelfd.core.drops import Sight
from shelfd.core.paths import RelPath, name, printable

LONGEST_WAIT = 300.0  # seconds between looks at something that a program left unfinished
HOLES = 0.01  # share of a file; a complete one that was written sparsely has less


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the last look at the same item found."""

    snapshot: bytes
    bytes: int
    changed_at: float
    looked_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Not yet."""

    reason: str
    look_at: float | None
    """Unix time of the next look; None: not before something changes."""
    refused: bool = False
    """It will not be taken as it is; waiting alone does not help."""


def snapshot(sight: Sight, *, links: bool = True) -> bytes:
    """Return a digest that differs whenever anything in the item does.

    Without `links` it stays the same when a hard link to one of its files comes or goes, which only the time of
    the last status change tells: what was filed and is kept does not become new when its copy is deleted.
    """
    digest = hashlib.blake2b(digest_size=16)
    for path, facts in sorted(sight.files.items()):
        status = facts.ctime_ns if links else 0
        digest.update(
            b"%b\0%d %d %d %d\n" % (path, facts.size, facts.mtime_ns, status, facts.inode)
        )
    for path, what in sorted(sight.others.items()):
        digest.update(b"%b\0%b\n" % (path, what.encode()))
    return digest.digest()


def quiet(sight: Sight, memory: Memory | None, now: float, quiet_s: float) -> Waiting | None:
    """Return why the item must be looked at again; None when nothing in it changed for the quiet time."""
    # a clock that was set back makes every memory worthless
    if memory is None or memory.looked_at > now or memory.snapshot != snapshot(sight):
        return Waiting(reason=_what_changed(sight, memory, now), look_at=now + quiet_s)
    if now < memory.changed_at + quiet_s:
        left = memory.changed_at + quiet_s
        return Waiting(reason="it was still changing a moment ago", look_at=left)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubts:
    """What a closer look at an item that is still has found."""

    writers: Collection[RelPath] = ()
    """Files that a local process has open for writing."""
    holes: Mapping[RelPath, int] = field(default_factory=dict)
    """Bytes never written, by file."""


def whole(sight: Sight, doubts: Doubts, look_at: float) -> Waiting | None:
    """Return why an item that is still is not taken all the same; None when it is whole.

    `look_at` is when to look again at what somebody may still be working on.
    """
    reason = next(_unfinished(sight, doubts), None)
    if reason is not None:
        return Waiting(reason=reason, look_at=look_at)
    useless = next(_useless(sight), None)
    return None if useless is None else Waiting(reason=useless, look_at=None, refused=True)


def _unfinished(sight: Sight, doubts: Doubts) -> Iterator[str]:
    for raw in sight.unfinished:
        yield f"{printable(raw)}: a program is still writing this"
    for path in doubts.writers:
        yield f"{printable(name(path))}: a process has it open for writing"
    for path, missing in doubts.holes.items():
        if missing > sight.files[path].size * HOLES:
            size = _amount(sight.files[path].size)
            yield (
                f"{printable(name(path))}: {_amount(missing)} of its {size} were never written"
                " (a download that reserved its space?)"
            )
    for path, what in sight.others.items():
        if what.startswith("unreadable"):
            yield f"{printable(path)}: {what}"


def _useless(sight: Sight) -> Iterator[str]:
    if not sight.files and not sight.others:
        yield "there is nothing in it"
    for path, facts in sight.files.items():
        if facts.size == 0 and media.is_media(path):
            yield f"{printable(name(path))}: it is empty (0 bytes)"


def patiently(memory: Memory, now: float, quiet_s: float) -> float:
    """Return when to look again at an item that is still but not whole: the longer it lasts, the rarer."""
    return now + min(max(now - memory.changed_at, quiet_s), LONGEST_WAIT)


def _what_changed(sight: Sight, memory: Memory | None, now: float) -> str:
    if memory is None:
        return "it has just appeared"
    grown = sight.bytes - memory.bytes
    seconds = max(round(now - memory.looked_at), 1)
    if grown > 0:
        return f"it grew by {_amount(grown)} in the last {seconds} s"
    if grown < 0:
        return f"it shrank by {_amount(-grown)} in the last {seconds} s"
    return f"it changed in the last {seconds} s"


def _amount(size: float) -> str:
    for unit in ("bytes", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"
