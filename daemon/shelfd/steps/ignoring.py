"""The ignore files in force in a directory of a library, read as a scan comes by."""

from typing import Protocol

import structlog
from msgspec.structs import replace

from shelfd.core import ignored
from shelfd.core.errors import BrokenError
from shelfd.core.ignore_files import LIMIT, NAMES, NOMEDIA, Rules
from shelfd.core.listing import Listing
from shelfd.core.paths import TOP, Place, RelPath, ancestors, join, name, parent, printable
from shelfd.core.roots import Root
from shelfd.steps.ports import Base

REMEMBERED = 4096  # directories; a walk comes back to those above it, which are few

log = structlog.get_logger()


class Contents(Protocol):
    """Looks into small files; see edges.directories."""

    def content(self, path: bytes, limit: int) -> bytes | None: ...  # noqa: D102  # see the edge
    def exists(self, path: bytes) -> bool: ...  # noqa: D102  # see the edge
    def inode(self, path: bytes) -> int | None: ...  # noqa: D102  # see the edge


class Ignoring:
    """Knows what is passed over; made anew for each operation, so that it never tells yesterday's rules."""

    def __init__(self, base: Base, disk: Contents) -> None:
        """Begin without having read anything."""
        self._base = base
        self._disk = disk
        self._known: dict[tuple[str, RelPath], Rules] = {}
        self._told: set[bytes] = set()

    def rules(self, root: Root, directory: RelPath, listing: Listing | None = None) -> Rules:
        """Return the rules in a directory, from the root down; its `listing` saves asking for ignore files.

        In an inbox there are none: what somebody downloaded does not decide what is filed.
        """
        if root.role != "library":
            return Rules.none
        found = self._recall(root, directory)
        if found is not None and listing is None:
            return found
        above = Rules.none
        if directory:
            above = self._above(root, directory)
        return self._read(root, directory, above, listing)

    def passed_over(
        self, root: Root, path: RelPath, *, directory: bool | None = None
    ) -> str | None:
        """Return why nothing at a path is looked at, be it gone already; None when it is.

        `directory` says what is or was there; None asks the disk, where what is gone counts as a file.
        A directory that hides itself is looked at, to learn that; all in it is passed over.
        """
        if not path:
            return self.rules(root, TOP).hidden
        if directory is None:
            directory = self._disk.inode(self._absolute(root, path)) is not None
        for here in reversed([path, *ancestors(path)]):
            why = self._one(root, here, directory=directory if here == path else True)
            if why is not None:
                return why if here == path else f"{printable(here)}: {why}"
        return None

    def _one(self, root: Root, path: RelPath, *, directory: bool) -> str | None:
        """Return why one entry of a directory is passed over."""
        patterns = self._base.current.settings.watch.ignore
        if root.role != "library":
            return ignored.reason(name(path), patterns)
        why = ignored.in_library(name(path), patterns, directory=directory)
        if why is not None:
            return why
        return self.rules(root, parent(path)).reason(path, directory=directory)

    def _above(self, root: Root, directory: RelPath) -> Rules:
        """Return the rules in the directory above one, reading from the nearest that is remembered."""
        unread = []
        found = Rules.none
        for here in (*ancestors(directory), TOP):
            recalled = self._recall(root, here)
            if recalled is not None:
                found = recalled
                break
            unread.append(here)
        for here in reversed(unread):
            found = self._read(root, here, found, None)
        return found

    def _read(self, root: Root, directory: RelPath, above: Rules, listing: Listing | None) -> Rules:
        """Return the rules in one directory, and remember them."""
        found = above
        if above.hidden is None:
            files: dict[bytes, bytes] = {}
            for one in NAMES if listing is None else _present(listing):
                try:
                    if (data := self._content(root, join(directory, one))) is not None:
                        files[one] = data
                except BrokenError as error:
                    self._tell(self._absolute(root, join(directory, one)), error.message)
                    found = replace(found, unread=True)
            if files:
                found = found.under(directory, files)
                for file, what in (found.refused or {}).items():
                    self._tell(self._absolute(root, file), what)
        if len(self._known) >= REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[root.name, directory] = found
        return found

    def _recall(self, root: Root, directory: RelPath) -> Rules | None:
        """Return what was read of a directory, as the latest that is needed."""
        key = root.name, directory
        found = self._known.pop(key, None)
        if found is not None:
            self._known[key] = found
        return found

    def _content(self, root: Root, file: RelPath) -> bytes | None:
        """Return what an ignore file says; None when there is none, BrokenError when it cannot be read."""
        path = self._absolute(root, file)
        if name(file) == NOMEDIA:
            return b"" if self._disk.exists(path) else None
        return self._disk.content(path, LIMIT)

    def _absolute(self, root: Root, path: RelPath) -> bytes:
        return self._base.current.roots.absolute(Place(root.name, path))

    def _tell(self, subject: bytes, reason: str) -> None:
        """Log once that an ignore file does not do what somebody wanted of it."""
        if subject not in self._told:
            self._told.add(subject)
            log.warning("ignore file is not followed", path=subject, reason=reason)


def _present(listing: Listing) -> list[bytes]:
    """Return the ignore files that a directory has, links to some included."""
    return [
        one
        for one in NAMES
        if one in listing.files or one in listing.others or one in listing.directories
    ]
