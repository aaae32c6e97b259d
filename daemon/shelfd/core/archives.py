"""Which archives a drop has, made up of which volumes, and whether what is in them lies beside them already."""

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from shelfd.core import media
from shelfd.core.paths import RelPath, join, name, parent, suffix, within
from shelfd.core.subtitles import SUBTITLES

ARCHIVE = re.compile(rb"\.(?:rar|zip|7z|[rsz][0-9]{2}|(?:rar|zip|7z)\.[0-9]{3})\Z", re.IGNORECASE)
"""How a volume of an archive ends: `.rar .r00 .part01.rar .zip .z01 .7z.001`."""
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


def is_archive(path: bytes) -> bool:
    """Say whether a file is by its name an archive, or a volume of one."""
    return ARCHIVE.search(path) is not None


def is_volume_of(path: RelPath, first: RelPath) -> bool:
    """Say whether two files are by their names volumes of one archive."""
    return is_archive(path) and is_archive(first) and _whole(path) == _whole(first)


def volumes(paths: Iterable[bytes]) -> list[list[RelPath]]:
    """Return the volumes of each archive of which there are any among these, the one to unpack it by first."""
    found: dict[tuple[bytes, bytes], list[RelPath]] = {}
    for path in sorted(map(RelPath, paths)):
        found.setdefault(_whole(path), []).append(path)
    return [sorted(paths, key=lambda path: _FIRST.search(path) is None) for paths in found.values()]


def archives(files: Iterable[RelPath]) -> list[Archive]:
    """Return the archives among the files of a drop."""
    packed = [path for path in files if is_archive(path)]
    return [Archive(first=paths[0], volumes=tuple(paths)) for paths in volumes(packed)]


def _whole(path: RelPath) -> tuple[bytes, bytes]:
    return parent(path), _VOLUME.sub(b"", name(path)).lower()


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
