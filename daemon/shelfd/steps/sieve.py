"""Which entries of a directory a scan is interested in: media files and directories that are not passed over."""

import hashlib
from collections.abc import Mapping

import msgspec

from shelfd import __version__
from shelfd.core import ignored, media
from shelfd.core.ignore_files import Rules
from shelfd.core.listing import Facts, Known, Listing
from shelfd.core.paths import RelPath, join, suffix
from shelfd.core.roots import Root
from shelfd.steps.ignoring import Ignoring
from shelfd.steps.ports import Base, Directories


class Sifted(msgspec.Struct, frozen=True, kw_only=True):
    """What of a directory is of interest."""

    files: Mapping[bytes, Facts]
    below: list[RelPath]
    """The directories in it."""
    mark: int
    """By what they were chosen: while this and the names stay the same, so do they; 0 or RULED: more decided."""


RULED = -1
"""The mark of a directory in which ignore files are in force: what is of interest must be told anew each time."""


class Sieve:
    """Knows what one operation passes over: by name, by ignore file, by size."""

    def __init__(self, base: Base, disk: Directories) -> None:
        """Go by the settings, and by the ignore files that `disk` finds."""
        self.settings = base.current.settings
        """Of when it began: what it chooses by others would bear the wrong mark."""
        self._ignoring = Ignoring(base, disk)
        self._marks: dict[Root, int] = {}

    def mark(self, root: Root) -> int:
        """Return what stands for all that decides in a library besides names, ignore files and sizes; always above 0."""
        if root not in self._marks:
            settings = self.settings
            decides = (
                __version__,
                root.kind,
                settings.watch.ignore,
                settings.scan.min_size_bytes,
                settings.scan.max_size_bytes,
                settings.scan.symlinks,
            )
            digest = hashlib.blake2b(repr(decides).encode(), digest_size=6).digest()
            self._marks[root] = 1 + int.from_bytes(digest, "big")
        return self._marks[root]

    def of_interest(
        self, root: Root, path: RelPath, found: Listing, rows: Mapping[bytes, Known]
    ) -> Sifted:
        """Return the media files and the directories of a listing that are not passed over."""
        rules = self._ignoring.rules(root, path, found)
        if rules.hidden is not None:
            return Sifted(files={}, below=[], mark=RULED)
        scan = self.settings.scan
        candidates = self._candidates(root, path, found, (rows, rules))
        files = {
            name: facts
            for name, facts in candidates.items()
            if scan.min_size_bytes <= facts.size <= scan.max_size_bytes
        }
        below = [
            join(path, name)
            for name in found.directories
            if self._taken(rules, path, name, directory=True)
        ]
        by_name = not found.others and not found.linked and len(files) == len(candidates)
        mark = RULED if rules else self.mark(root) if by_name else 0
        return Sifted(files=files, below=below, mark=mark)

    def _candidates(
        self, root: Root, path: RelPath, found: Listing, known: tuple[Mapping[bytes, Known], Rules]
    ) -> dict[bytes, Facts]:
        """Return the files that are of interest if their size is."""
        rows, rules = known
        wanted = media.HOLDS[root.kind] if root.kind else media.MEDIA
        # a name that has a row was looked at before; only rules can have changed since
        trusted = rows if not self.settings.watch.ignore and not rules else ()
        return {
            name: facts
            for name, facts in found.files.items()
            # 0: the library has become one of another kind, so the row says nothing
            if (suffix(name) in wanted or (name in rows and rows[name].ctime_ns))
            and (name in trusted or self._taken(rules, path, name, directory=False))
        }

    def _taken(self, rules: Rules, path: RelPath, name: bytes, *, directory: bool) -> bool:
        patterns = self.settings.watch.ignore
        if ignored.in_library(name, patterns, directory=directory) is not None:
            return False
        return not rules or rules.reason(join(path, name), directory=directory) is None
