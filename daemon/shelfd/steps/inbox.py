"""What steps look at in an inbox: its entries, one drop whole, and what speaks against taking it."""

from collections.abc import Mapping, Sequence

import msgspec

from shelfd.core import archives, drops, ignored, media
from shelfd.core.drops import Drop, Sight
from shelfd.core.errors import BrokenError, NotFoundError
from shelfd.core.listing import Listing
from shelfd.core.operations import Asker, Kind, Step, Wish
from shelfd.core.paths import Place, RelPath, join, name, parent
from shelfd.core.paths import top as first
from shelfd.core.roots import Root, Roots
from shelfd.core.settled import Doubts, Memory, recent, snapshot
from shelfd.steps.ports import Directories


class Entries(msgspec.Struct, frozen=True, kw_only=True):
    """What lies in an inbox, sorted out."""

    listing: Listing
    drops: Sequence[Drop]
    temporaries: Mapping[bytes, tuple[bytes, ...]]
    """See core.drops.temporaries."""


def entries(disk: Directories, root: Root, path: RelPath, patterns: Sequence[str]) -> Entries:
    """Return what lies in an inbox, of a path in it only what has to do with it; BrokenError when it is not there."""
    try:
        listing = disk.listing(root.path)
    except NotFoundError as error:
        raise BrokenError(
            f"{root.name}: the inbox is not there",
            code="root_absent",
            hint="is its disk mounted? When it is, `shelfd scan` goes on",
        ) from error
    near = drops.near(listing, first(path))
    return Entries(
        listing=near, drops=drops.group(near, patterns), temporaries=drops.temporaries(near)
    )


def find(
    disk: Directories, root: Root, path: RelPath, patterns: Sequence[str]
) -> tuple[Drop, Sight] | None:
    """Return the drop that an entry of an inbox belongs to, with what lies in it; None when there is none."""
    found = entries(disk, root, path, patterns)
    for drop in found.drops:
        if first(path) in drop.members:
            return drop, sight(disk, root, found, drop, patterns)
    return None


def memory(here: Sight, now: float) -> Memory:
    """Return what to remember of a drop that is as it is since now."""
    return Memory(
        snapshot=snapshot(here),
        bytes=here.bytes,
        changed_at=now,
        looked_at=now,
        recent=recent(here),
    )


def kept(here: Sight, now: float) -> Memory:
    """Return what to remember of a drop that stays in the inbox although it was filed, or was put back there."""
    digest = snapshot(here, links=False)
    return Memory(snapshot=digest, bytes=here.bytes, changed_at=now, looked_at=now)


def unseen(now: float) -> Memory:
    """Return what to remember of a drop that is held: nothing, so that it is new once it is released."""
    return Memory(snapshot=b"", bytes=0, changed_at=now, looked_at=now)


def sight(
    disk: Directories, root: Root, found: Entries, drop: Drop, patterns: Sequence[str]
) -> Sight:
    """Return what lies in a drop now; passed-over names are left out."""
    files = {}
    others = {}
    for member in drop.members:
        if member in found.listing.files:
            files[RelPath(member)] = found.listing.files[member]
        elif member in found.listing.others:
            others[RelPath(member)] = found.listing.others[member]
        else:
            inside = _tree(disk, root, member)
            files |= {_below(member, path): facts for path, facts in inside.files.items()}
            others |= {_below(member, path): what for path, what in inside.others.items()}
    marked = [path for path in files if _unfinished(path, patterns)]
    markers = {path: facts for path, facts in files.items() if _marks_ready(path, drop)}
    return Sight(
        files={
            path: facts
            for path, facts in files.items()
            if path not in markers and not _passed_over(path, patterns)
        },
        others={path: what for path, what in others.items() if not _passed_over(path, patterns)},
        unfinished=(*marked, *drops.unfinished_beside(drop, found.temporaries)),
        markers=markers,
    )


def _below(member: bytes, path: bytes) -> RelPath:
    return join(RelPath(member), path) if path else RelPath(member)


def _tree(disk: Directories, root: Root, member: bytes) -> Listing:
    try:
        return disk.tree(root.path.rstrip(b"/") + b"/" + member)
    except NotFoundError:
        return Listing(files={})  # gone meanwhile; the event for that is on its way
    except BrokenError as error:
        # nobody may read it yet: the other drops need not wait for that
        return Listing(files={}, others={b"": f"unreadable: {error.message}"})


def _marks_ready(path: RelPath, drop: Drop) -> bool:
    """Say whether a file is the sender's word that the drop is complete."""
    named = drops.ready_for(name(path))
    return named is not None and (named or parent(path)) == drop.path


def _unfinished(path: RelPath, patterns: Sequence[str]) -> bool:
    """Say whether a name tells of a file that is still being written, hidden ones such as rsync's included."""
    if _passed_over(parent(path), patterns):
        return False
    becomes = ignored.writes_to(name(path))
    if becomes is not None and media.is_media(becomes):
        return True
    return not _passed_over(path, patterns) and any(
        ignored.unfinished(part) for part in path.split(b"/")
    )


def _passed_over(path: RelPath, patterns: Sequence[str]) -> bool:
    return any(ignored.reason(part, patterns) for part in path.split(b"/") if part)


def doubts(disk: Directories, root: Root, here: Sight) -> Doubts:
    """Look closer at the media files and archives of a drop: does somebody write to one, does one have holes."""
    closer = {
        path: facts
        for path, facts in here.files.items()
        if media.is_media(path) or archives.is_archive(path)
    }
    absolute = {path: root.path.rstrip(b"/") + b"/" + path for path in closer}
    holes = {path: disk.holes(absolute[path], facts) for path, facts in closer.items()}
    return Doubts(
        writers=[path for path in closer if disk.has_writer(absolute[path])],
        holes={path: missing for path, missing in holes.items() if missing},
    )


def next_look(roots: Roots, place: Place, not_before: float) -> Wish:
    """Return the wish to look at a drop again, not before this Unix time."""
    return Wish(
        kind=Kind.SCAN,
        step=Step.LOOK,
        place=place,
        display=roots.display(place),
        asker=Asker.SHELFD,
        not_before=not_before,
    )
