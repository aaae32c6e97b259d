"""Which archives a drop has, made up of which volumes, and whether what is in them lies beside them already."""

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from shelfd.core import media
from shelfd.core.drops import is_archive
from shelfd.core.paths import RelPath, join, name, parent, suffix, within
from shelfd.core.subtitles import SUBTITLES

_VOLUME = re.compile(
    rb"(?i)(?:\.part[0-9]{1,4})?\.rar\Z|\.(?:rar|zip|7z)\.[0-9]{3}\Z|\.(?:zip|7z|[rsz][0-9]{2})\Z"
)
_FIRST = re.compile(
    rb"(?i)\.part0*1\.rar\Z|(?<!\.part[0-9])(?<!\.part[0-9]{2})(?<!\.part[0-9]{3})\.rar\Z|\.zip\Z|\.7z\Z|\.0*1\Z"
)


class Archive(msgspec.Struct, frozen=True, kw_only=True):
    """One archive, in one or several volumes."""

    first: RelPath
    """The volume to unpack it by."""
    volumes: tuple[RelPath, ...]

    @property
    def stem(self) -> bytes:
        """Return its name without what tells its volumes apart."""
        return _VOLUME.sub(b"", name(self.first))


def archives(files: Iterable[RelPath]) -> list[Archive]:
    """Return the archives among the files of a drop, or of the names in a directory."""
    found: dict[tuple[RelPath, bytes], list[RelPath]] = {}
    for path in sorted(files):
        if is_archive(path):
            stem = _VOLUME.sub(b"", name(path)).lower()
            found.setdefault((parent(path), stem), []).append(path)
    return [
        Archive(
            first=next((path for path in volumes if _FIRST.search(path)), volumes[0]),
            volumes=tuple(volumes),
        )
        for volumes in found.values()
    ]


def unpacked(archive: Archive, others: Sequence[Archive], files: Iterable[RelPath]) -> bool:
    """Say whether what was in an archive of a drop lies beside it, or in a directory of its name beside it.

    Of several archives in one directory each is taken for unpacked when something has its name, or when as much lies
    there as there are archives.
    """
    here = parent(archive.first)
    inside = join(here, archive.stem)
    beside = [
        path
        for path in files
        if (parent(path) == here or within(path, inside)) and _could_be_inside(path)
    ]
    together = sum(parent(other.first) == here for other in others)
    named = [path for path in beside if _alike(path, archive) or within(path, inside)]
    return bool(named) or len({_stem(path) for path in beside}) >= max(together, 1)


def reasons(
    found: Sequence[Archive], files: Iterable[RelPath]
) -> Mapping[RelPath, tuple[str, str]]:
    """Return state and reason of each volume: it is left when it is unpacked already, else refused."""
    files = list(files)
    told = {}
    for archive in found:
        if unpacked(archive, found, files):
            why = ("left", "an archive, and what was in it lies beside it already")
        else:
            first = name(archive.first).decode("utf-8", "backslashreplace")
            why = ("refused", f"an archive: unpack {first} beside it, and what was in it is filed")
        told.update(dict.fromkeys(archive.volumes, why))
    return told


def _could_be_inside(path: RelPath) -> bool:
    return media.is_media(path) or suffix(path) in SUBTITLES


def _alike(path: RelPath, archive: Archive) -> bool:
    mine, theirs = _stem(path).lower(), archive.stem.lower()
    return bool(mine) and (mine.startswith(theirs) or theirs.startswith(mine))


def _stem(path: RelPath) -> bytes:
    return name(path).rpartition(b".")[0]
