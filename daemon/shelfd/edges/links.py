"""What a symbolic link leads to, and whether it counts for that."""

import errno
import os
import stat
from collections.abc import Callable, Iterator

from shelfd.core.listing import Links
from shelfd.core.media import is_media

_LEADS_NOWHERE = {
    errno.ENOENT: "broken link",
    errno.ENOTDIR: "broken link",
    errno.ELOOP: "link that leads to itself",
}


def target(path: bytes, links: Links, inside: Callable[[bytes], bool]) -> os.stat_result | str:
    """Return what stat says of the file or directory that a link counts for, or why it counts for none.

    `inside` says of a real path whether a link may lead there.
    """
    try:
        found = os.stat(path)
        real = os.path.realpath(path, strict=True)
        why = _why_not(path, real, found, links) if inside(real) else "link out of the libraries"
    except OSError as error:
        return _LEADS_NOWHERE.get(error.errno or 0, "link that cannot be followed")
    return found if why is None else why


def _why_not(path: bytes, real: bytes, found: os.stat_result, links: Links) -> str | None:
    """Return why a link does not count; None when it does."""
    if stat.S_ISREG(found.st_mode):
        other = is_media(path) and not is_media(real)
        return "link to a file that is no media file" if other else None
    if not stat.S_ISDIR(found.st_mode):
        return "link to a special file"
    if links != "all":
        return "link to a directory"
    return "link to a directory that it lies in" if _lies_in(path, found) else None


def _lies_in(path: bytes, directory: os.stat_result) -> bool:
    """Say whether a directory is one of those above `path`, as that is spelled or as it really is."""
    here = os.path.dirname(path)
    return any(
        os.path.samestat(os.stat(above), directory)
        for way in {here, os.path.realpath(here)}
        for above in _upwards(way)
    )


def _upwards(directory: bytes) -> Iterator[bytes]:
    """Go through a directory and all above it."""
    while directory:
        yield directory
        above = os.path.dirname(directory)
        directory = b"" if above == directory else above
