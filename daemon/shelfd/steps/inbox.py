"""What steps look at in an inbox: its entries, one drop whole, and what speaks against taking it."""

from collections.abc import Sequence

from shelfd.core import drops, ignored, media
from shelfd.core.drops import Drop, Sight
from shelfd.core.errors import BrokenError, NotFoundError
from shelfd.core.listing import Listing
from shelfd.core.operations import Asker, Kind, Step, Wish
from shelfd.core.paths import Place, RelPath, join, name, parent
from shelfd.core.paths import top as first
from shelfd.core.roots import Root, Roots
from shelfd.core.settled import Doubts, Memory, snapshot
from shelfd.steps.ports import Directories


def top(disk: Directories, root: Root) -> Listing:
    """Return the entries of an inbox; BrokenError when it is not there."""
    try:
        return disk.listing(root.path)
    except NotFoundError as error:
        raise BrokenError(
            f"{root.name}: the inbox is not there",
            code="root_absent",
            hint="is its disk mounted? When it is, `shelfd scan` goes on",
        ) from error


def find(
    disk: Directories, root: Root, path: RelPath, patterns: Sequence[str]
) -> tuple[Drop, Sight] | None:
    """Return the drop that an entry of an inbox belongs to, with what lies in it; None when there is none."""
    listing = top(disk, root)
    for drop in drops.group(listing, patterns):
        if first(path) in drop.members:
            return drop, sight(disk, root, listing, drop, patterns)
    return None


def memory(here: Sight, now: float) -> Memory:
    """Return what to remember of a drop that is planned now."""
    return Memory(snapshot=snapshot(here), bytes=here.bytes, changed_at=now, looked_at=now)


def kept(here: Sight, now: float) -> Memory:
    """Return what to remember of a drop that stays in the inbox although it was filed, or was put back there."""
    digest = snapshot(here, links=False)
    return Memory(snapshot=digest, bytes=here.bytes, changed_at=now, looked_at=now)


def sight(
    disk: Directories, root: Root, listing: Listing, drop: Drop, patterns: Sequence[str]
) -> Sight:
    """Return what lies in a drop now; passed-over names are left out."""
    files = {}
    others = {}
    for member in drop.members:
        if member in listing.files:
            files[RelPath(member)] = listing.files[member]
        elif member in listing.others:
            others[RelPath(member)] = listing.others[member]
        else:
            inside = _tree(disk, root, member)
            files |= {join(RelPath(member), path): facts for path, facts in inside.files.items()}
            others |= {join(RelPath(member), path): what for path, what in inside.others.items()}
    marked = [path for path in files if _unfinished(path, patterns)]
    files = {path: facts for path, facts in files.items() if not _passed_over(path, patterns)}
    others = {path: what for path, what in others.items() if not _passed_over(path, patterns)}
    return Sight(
        files=files,
        others=others,
        unfinished=(*marked, *drops.unfinished_beside(drop, listing)),
    )


def _tree(disk: Directories, root: Root, member: bytes) -> Listing:
    try:
        return disk.tree(root.path.rstrip(b"/") + b"/" + member)
    except NotFoundError:
        return Listing(files={})  # gone meanwhile; the event for that is on its way


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
    """Look closer at the media files of a drop: does somebody write to one, does one have holes."""
    playable = {path: facts for path, facts in here.files.items() if media.is_media(path)}
    absolute = {path: root.path.rstrip(b"/") + b"/" + path for path in playable}
    holes = {path: disk.holes(absolute[path], facts) for path, facts in playable.items()}
    return Doubts(
        writers=[path for path in playable if disk.has_writer(absolute[path])],
        holes={path: missing for path, missing in holes.items() if missing},
    )


def quiet_s(settle_s: float, listing: Listing, drop: Drop) -> float:
    """Return the quiet time of a drop in seconds; a directory may still get another file, so it waits twice as long."""
    return settle_s * 2 if drop.path in listing.directories else settle_s


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
