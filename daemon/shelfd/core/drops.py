"""What lies in an inbox, as the items that people dropped: a directory as a whole, or a file with what belongs to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shelfd.core import ignored, media
from shelfd.core.listing import Facts, Listing
from shelfd.core.paths import RelPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """One item of an inbox."""

    path: RelPath
    """The entry of the inbox that it is named after: a directory, or the media file."""
    members: tuple[bytes, ...]
    """The entries of the inbox that make it up, `path` among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one look at a drop found; paths are relative to the inbox."""

    files: Mapping[RelPath, Facts]
    others: Mapping[RelPath, str]
    """Links, pipes, unreadable directories, with what they are."""
    unfinished: tuple[bytes, ...] = ()
    """Names in it or beside it by which a program marks what it is still writing."""

    @property
    def bytes(self) -> int:
        """Return the summed size of all files."""
        return sum(facts.size for facts in self.files.values())


def group(top: Listing, patterns: Sequence[str] = ()) -> list[Drop]:
    """Return the drops of an inbox with these entries, in the order of their names."""
    directories = [name for name in top.directories if ignored.reason(name, patterns) is None]
    files = [name for name in (*top.files, *top.others) if ignored.reason(name, patterns) is None]
    mains = [name for name in files if media.is_media(name)]
    stems = {stem(main): main for main in mains}
    owners = {name: _owner(name, stems) for name in files if not media.is_media(name)}
    sidecars: dict[bytes, list[bytes]] = {}
    for name, owner in sorted(owners.items()):
        if owner is not None:
            sidecars.setdefault(owner, []).append(name)
    drops = [Drop(path=RelPath(name), members=(name,)) for name in directories]
    drops += [
        Drop(
            path=RelPath(main),
            members=(main, *sidecars.get(main, ())),
        )
        for main in mains
    ]
    drops += [
        Drop(path=RelPath(name), members=(name,)) for name, owner in owners.items() if owner is None
    ]
    return sorted(drops, key=lambda drop: drop.path)


def unfinished_beside(drop: Drop, top: Listing) -> tuple[bytes, ...]:
    """Return the names in the inbox that will become a member of the drop: `x.mkv.part` beside `x.mkv`."""
    return tuple(
        name
        for name in top.files
        if name not in drop.members and ignored.writes_to(name) in drop.members
    )


def belongs_to(sidecar: bytes, stem: bytes) -> bool:
    """Say whether a file is named after the media file with this stem: `Film.en.srt` after `Film`."""
    return sidecar.startswith((stem + b".", stem + b"-"))


def stem(name: bytes) -> bytes:
    """Return a file name without its extension."""
    return name.rpartition(b".")[0] or name


def _owner(name: bytes, stems: Mapping[bytes, bytes]) -> bytes | None:
    """Return the media file with the longest stem that the name begins with."""
    if media.sort(name) not in (media.Sort.SIDECAR, media.Sort.COVER):
        return None
    ends = [position for position, byte in enumerate(name) if byte in b".-"]
    return next((stems[name[:end]] for end in reversed(ends) if name[:end] in stems), None)
