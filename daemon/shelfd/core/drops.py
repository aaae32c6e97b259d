"""What lies in an inbox, as the items that people dropped: a directory as a whole, or a file with what belongs to it."""

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from shelfd.core import archives, ignored, media
from shelfd.core.listing import Facts, Listing
from shelfd.core.paths import RelPath

READY = b".ready"
START = re.compile(rb".[^.-]*", re.DOTALL)
"""How all names begin that can have to do with one: up to the first dot or hyphen behind its first letter."""


class Drop(msgspec.Struct, frozen=True, kw_only=True):
    """One item of an inbox."""

    path: RelPath
    """The entry of the inbox that it is named after: a directory, or the media file."""
    members: tuple[bytes, ...]
    """The entries of the inbox that make it up, `path` among them."""


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What one look at a drop found; paths are relative to the inbox."""

    files: Mapping[RelPath, Facts]
    others: Mapping[RelPath, str]
    """Links, pipes, unreadable directories, with what they are."""
    unfinished: tuple[bytes, ...] = ()
    """Names in it or beside it by which a program marks what it is still writing."""
    markers: Mapping[RelPath, Facts] = msgspec.field(default_factory=dict)
    """Files in it or beside it by which the sender says that it is complete; they are none of `files`."""

    @property
    def ready(self) -> bool:
        """Say whether the sender says that it is complete."""
        return bool(self.markers)

    @property
    def volumes(self) -> list[RelPath]:
        """Return the volumes of archives in it."""
        return [path for path in self.files if archives.is_archive(path)]

    @property
    def bytes(self) -> int:
        """Return the summed size of all files."""
        return sum(facts.size for facts in self.files.values())


def group(top: Listing, patterns: Sequence[str] = ()) -> list[Drop]:
    """Return the drops of an inbox with these entries, in the order of their names."""
    directories = [name for name in top.directories if ignored.reason(name, patterns) is None]
    files = [name for name in (*top.files, *top.others) if ignored.reason(name, patterns) is None]
    mains = [name for name in files if media.is_media(name)]
    markers = _markers(top.files, {*directories, *files})
    taken = {marker for marked in markers.values() for marker in marked}
    stems = {stem(main): main for main in mains}
    owners = {
        name: _owner(name, stems)
        for name in files
        if not media.is_media(name) and name not in taken
    }
    sidecars: dict[bytes, list[bytes]] = {}
    for name, owner in sorted(owners.items()):
        if owner is not None:
            sidecars.setdefault(owner, []).append(name)
    lone = [name for name, owner in owners.items() if owner is None]
    volumes: dict[bytes, list[RelPath]] = {
        first: others
        for first, *others in archives.volumes(name for name in lone if archives.is_archive(name))
    }
    further = {name for others in volumes.values() for name in others}
    alone = [name for name in lone if name not in further]
    drops = [
        Drop(
            path=RelPath(name),
            members=(
                name,
                *sidecars.get(name, ()),
                *volumes.get(name, ()),
                *markers.get(name, ()),
            ),
        )
        for name in (*directories, *mains, *alone)
    ]
    return sorted(drops, key=lambda drop: drop.path)


def near(top: Listing, entry: bytes) -> Listing:
    """Return those entries of an inbox that can belong to the same drop as one of them, or say something of it.

    All of them have names that begin alike, so that one drop of thousands is looked at without judging all names.
    """
    start = START.match(ready_for(entry) or ignored.writes_to(entry) or entry)
    if start is None:
        return top
    alike = (start[0], b"." + start[0])
    return replace(
        top,
        files={name: facts for name, facts in top.files.items() if name.startswith(alike)},
        directories=tuple(name for name in top.directories if name.startswith(alike)),
        others={name: what for name, what in top.others.items() if name.startswith(alike)},
    )


def temporaries(top: Listing) -> dict[bytes, tuple[bytes, ...]]:
    """Return, by the name that they will get, the files of an inbox that a program is still writing."""
    found: dict[bytes, list[bytes]] = {}
    for name in top.files:
        if (becomes := ignored.writes_to(name)) is not None:
            found.setdefault(becomes, []).append(name)
    return {becomes: tuple(names) for becomes, names in found.items()}


def unfinished_beside(
    drop: Drop, temporary: Mapping[bytes, tuple[bytes, ...]]
) -> tuple[bytes, ...]:
    """Return which of the `temporaries` of an inbox will become a member of the drop: `x.mkv.part` of `x.mkv`."""
    return tuple(
        name
        for member in drop.members
        for name in temporary.get(member, ())
        if name not in drop.members
    )


def ready_for(name: bytes) -> bytes | None:
    """Return what a marker says is complete, empty for the directory that it lies in; None when it is no marker.

    `Film.mkv.ready` and `.Film.mkv.ready` speak of `Film.mkv`.
    """
    if not name.endswith(READY):
        return None
    return name.removesuffix(READY).removeprefix(b".")


def belongs_to(sidecar: bytes, stem: bytes) -> bool:
    """Say whether a file is named after the media file with this stem: `Film.en.srt` after `Film`."""
    return sidecar.startswith((stem + b".", stem + b"-"))


def stem(name: bytes) -> bytes:
    """Return a file name without its extension."""
    return name.rpartition(b".")[0] or name


def _owner(name: bytes, stems: Mapping[bytes, bytes]) -> bytes | None:
    """Return the media file with the longest stem that the name begins with."""
    # what a media file is unpacked from is waited for with it
    if media.sort(name) not in (media.Sort.SIDECAR, media.Sort.COVER) and not archives.is_archive(
        name
    ):
        return None
    ends = [position for position, byte in enumerate(name) if byte in b".-"]
    return next((stems[name[:end]] for end in reversed(ends) if name[:end] in stems), None)


def _markers(names: Iterable[bytes], entries: set[bytes]) -> dict[bytes, list[bytes]]:
    """Return the markers in an inbox by the entry that they speak of."""
    found: dict[bytes, list[bytes]] = {}
    for name in names:
        if (named := ready_for(name)) in entries and named is not None:
            found.setdefault(named, []).append(name)
    return found
