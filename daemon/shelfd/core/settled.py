"""Has an item stopped changing, is it whole, and if not, why not.

The rule, from what went wrong elsewhere (audiobookshelf#843, navidrome#5431, Sonarr#6293, Radarr#284): nothing in the
item has changed between two looks that are the quiet time apart; nobody marks anything in it as unfinished; no file
is empty or has holes; no local process has one open for writing. It never gives up, and it always says why it waits.
A file that is empty or has holes waits by itself where others of the item are whole.
"""

import hashlib
import heapq
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from shelfd.core import media
from shelfd.core.archives import is_archive
from shelfd.core.drops import Sight
from shelfd.core.extras import is_sample
from shelfd.core.paths import RelPath, name, printable
from shelfd.core.roles import judged_by_inside

LONGEST_WAIT = 300.0  # seconds between looks at something that a program left unfinished
UNREADABLE_S = 600.0  # how long what may be half a file must stay as it is before it is refused
READY_S = 1.0  # quiet time of an item whose sender says that it is complete
HOLES = 0.01  # share of a file; a complete one that was written sparsely has less
DIGEST = 16  # bytes of a snapshot
RECENT = 64  # files of an item whose size is remembered, to say which of them has changed
HEAD = 12  # bytes that tell the beginning of media from anything else

UNPACKING = {
    b"_unpack_": "a program is unpacking into it",
    b"_failed_": "unpacking it has failed",
}
BEGINNINGS = (
    *(b"PK\x03\x04", b"\x1aE\xdf\xa3", b"OggS", b"fLaC", b"RIFF", b"FORM", b"ID3", b"0&\xb2u"),
    *(b"\x00\x00\x01\xba", b"FLV\x01", b".RMF", b"MAC ", b"wvpk", b"MPCK", b"DSD "),
    bytes(HEAD),
)
"""How containers begin, and a file to which nothing has been written there yet."""
BOXES = frozenset((b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"moof"))
"""What stands behind the first length in an MP4."""


class Mark(NamedTuple):
    """By what a file is known to have changed."""

    size: int
    ctime_ns: int


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """What the last look at the same item found."""

    snapshot: bytes
    """Empty: the look only found that the item is held."""
    bytes: int
    changed_at: float
    looked_at: float
    recent: Mapping[RelPath, Mark] = msgspec.field(default_factory=dict)
    """The files that had changed last, RECENT at most."""


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """Not yet."""

    reason: str
    look_at: float | None
    """Unix time of the next look; None: not before something changes."""
    state: str = "settling"
    """`settling`; `refused`: waiting alone does not help; `held`: somebody said so."""


def snapshot(sight: Sight, *, links: bool = True) -> bytes:
    """Return a digest that differs whenever anything in the item does.

    Without `links` it stays the same when a hard link to one of its files comes or goes, which only the time of
    the last status change tells: what was filed and is kept does not become new when its copy is deleted.
    """
    digest = hashlib.blake2b(digest_size=DIGEST)
    for path, facts in sorted(sight.files.items()):
        status = facts.ctime_ns if links else 0
        digest.update(
            b"%b\0%d %d %d %d\n" % (path, facts.size, facts.mtime_ns, status, facts.inode)
        )
    for path, what in sorted(sight.others.items()):
        digest.update(b"%b\0%b\n" % (path, what.encode()))
    return digest.digest()


def recent(sight: Sight) -> dict[RelPath, Mark]:
    """Return the files of an item that have changed last, the latest first: who writes to it is among them."""
    latest = heapq.nlargest(
        RECENT, sight.files.items(), key=lambda file: (file[1].ctime_ns, file[0])
    )
    return {path: Mark(facts.size, facts.ctime_ns) for path, facts in latest}


def patience(sight: Sight, settle_s: float, *, directory: bool) -> float:
    """Return the quiet time of an item in seconds, from that of a single file.

    A directory may still get another file, and beside the volumes of an archive the next one may be about to be
    unpacked: each doubles it. Where the sender says that it is complete, the least will do.
    """
    if sight.ready:
        return min(settle_s, READY_S)
    unpacked = bool(sight.volumes) and any(media.is_media(path) for path in sight.files)
    return settle_s * (2 if directory else 1) * (2 if unpacked else 1)


def quiet(sight: Sight, memory: Memory | None, now: float, quiet_s: float) -> Waiting | None:
    """Return why the item must be looked at again; None when nothing in it changed for the quiet time."""
    # a clock that was set back makes every memory worthless
    if memory is None or memory.looked_at > now or memory.snapshot != snapshot(sight):
        return Waiting(reason=_what_changed(sight, memory, now), look_at=now + quiet_s)
    if now < memory.changed_at + quiet_s:
        still = int(max(now - memory.changed_at, 0))
        reason = f"nothing in it has changed for {still} s; it is taken after {quiet_s:g} s"
        return Waiting(reason=reason, look_at=memory.changed_at + quiet_s)
    return None


class Doubts(msgspec.Struct, frozen=True, kw_only=True):
    """What a closer look at an item that is still has found."""

    writers: Collection[RelPath] = ()
    """Files that a local process has open for writing."""
    holes: Mapping[RelPath, int] = msgspec.field(default_factory=dict)
    """Bytes never written, by file."""


def whole(sight: Sight, doubts: Doubts, look_at: float) -> Waiting | None:
    """Return why an item that is still is not taken all the same; None when it is whole.

    `look_at` is when to look again at what somebody may still be working on.
    """
    reason = next(_unfinished(sight, doubts), None)
    if reason is not None:
        return Waiting(reason=reason, look_at=look_at)
    useless = next(_useless(sight), None)
    return None if useless is None else Waiting(reason=useless, look_at=None, state="refused")


def gaps(sight: Sight, doubts: Doubts) -> dict[RelPath, str]:
    """Return the files of which much was never written, each with how much; none where the sender calls them complete."""
    if sight.ready:
        return {}  # who is done knows better what its files are made of
    return {
        path: f"{_amount(missing)} of its {_amount(sight.files[path].size)} were never written"
        " (a download that reserved its space?)"
        for path, missing in doubts.holes.items()
        if missing > sight.files[path].size * HOLES
    }


def apart(sight: Sight, doubts: Doubts) -> dict[RelPath, str]:
    """Return those of the gaps that keep nothing else from being filed: other files of the item are whole."""
    found = gaps(sight, doubts)
    works = judged_by_inside(sight.files)
    if not any(path not in found and sight.files[path].size for path in works):
        return {}
    return {path: reason for path, reason in found.items() if path in works}


def may_be_half(head: bytes) -> bool:
    """Say whether a file that cannot be read begins, in its first HEAD bytes, like one that is not complete yet."""
    return head[4:8] in BOXES or any(
        head.startswith(beginning) for beginning in BEGINNINGS if len(head) >= len(beginning)
    )


def held(since: float) -> str:
    """Return the reason why nothing is done with what somebody holds since a Unix time."""
    return f"held since {datetime.fromtimestamp(since, UTC).astimezone():%H:%M} by `shelfd hold`"


def patiently(memory: Memory, now: float, quiet_s: float) -> float:
    """Return when to look again at an item that is still but not whole: the longer it lasts, the rarer."""
    return now + min(max(now - memory.changed_at, quiet_s), LONGEST_WAIT)


def _unfinished(sight: Sight, doubts: Doubts) -> Iterator[str]:
    for raw in sight.unfinished:
        yield _marked(raw)
    for path in doubts.writers:
        yield f"{printable(name(path))}: a process has it open for writing"
    alone = apart(sight, doubts)
    for path, reason in gaps(sight, doubts).items():
        if path not in alone:
            yield f"{printable(name(path))}: {reason}"
    for path, what in sight.others.items():
        if what.startswith("unreadable"):
            yield f"{printable(path)}: {what}"


def _marked(raw: bytes) -> str:
    """Return what a name says that a program has chosen for what is not finished."""
    for part in raw.split(b"/"):
        for mark, what in UNPACKING.items():
            if part.lower().startswith(mark):
                return f"{printable(part)}: {what}"
    return f"{printable(raw)}: a program is still writing this"


def _useless(sight: Sight) -> Iterator[str]:
    if not sight.files and not sight.others:
        yield "there is nothing in it"
    works = judged_by_inside(sight.files)
    filled = any(sight.files[path].size for path in works)
    for path, facts in sight.files.items():
        alone = filled and path in works
        if facts.size == 0 and media.is_media(path) and not (is_sample(path) or alone):
            yield f"{printable(name(path))}: it is empty (0 bytes)"


def _what_changed(sight: Sight, memory: Memory | None, now: float) -> str:
    if memory is None:
        return "it has just appeared"
    if memory.looked_at > now:
        return "the clock was set back since it was last looked at"
    span = f"in the last {max(round(now - memory.looked_at), 1)} s"
    changes = sorted(_changes(sight, memory))
    if not changes:
        return f"it changed {span}"
    first = changes[0]
    more = f", and {len(changes) - 1} more of its files changed" if len(changes) > 1 else ""
    return f"{printable(name(first.path))} {first.what} {span}{more}{_unpacking(sight, first)}"


class _Change(NamedTuple):
    """What has become of one file; the one that says most comes first."""

    rank: int
    path: RelPath
    what: str


def _changes(sight: Sight, memory: Memory) -> Iterator[_Change]:
    """Yield what has become of the files that changed last; those beyond the memory are left out in doubt."""
    complete = len(memory.recent) < RECENT
    latest = max((mark.ctime_ns for mark in memory.recent.values()), default=0)
    for path, now in recent(sight).items():
        before = memory.recent.get(path)
        if before is not None and before != now:
            yield _changed(path, before, now)
        elif before is None and (complete or now.ctime_ns > latest):
            yield _Change(0, path, "came" if complete else "changed")
    for path in memory.recent:
        if path not in sight.files:
            yield _Change(3, path, "went away")


def _changed(path: RelPath, before: Mark, now: Mark) -> _Change:
    if now.size > before.size:
        return _Change(before.size - now.size, path, f"grew {_amount(now.size - before.size)}")
    if now.size < before.size:
        return _Change(1, path, f"shrank by {_amount(before.size - now.size)}")
    return _Change(2, path, "changed")


def _unpacking(sight: Sight, change: _Change) -> str:
    if is_archive(change.path):
        return ": volumes of an archive are still coming"
    return ": it is being unpacked" if change.rank <= 0 and sight.volumes else ""


def _amount(size: float) -> str:
    for unit in ("bytes", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"
