"""Which entries of a directory a scan is interested in: media files and directories that are not passed over."""

from collections.abc import Mapping

from shelfd.core import ignored, media
from shelfd.core.listing import Facts, Known, Listing
from shelfd.core.paths import RelPath, join, suffix
from shelfd.core.roots import Root
from shelfd.steps.ignoring import Ignoring
from shelfd.steps.ports import Base, Directories


class Sieve:
    """Knows what one operation passes over: by name, by ignore file, by size."""

    def __init__(self, base: Base, disk: Directories) -> None:
        """Go by the settings, and by the ignore files that `disk` finds."""
        self._base = base
        self._ignoring = Ignoring(base, disk)

    def of_interest(
        self, root: Root, path: RelPath, found: Listing, rows: Mapping[bytes, Known]
    ) -> tuple[dict[bytes, Facts], list[RelPath]]:
        """Return the media files and the directories of a listing that are not passed over."""
        rules = self._ignoring.rules(root, path, found)
        if rules.hidden is not None:
            return {}, []
        settings = self._base.current.settings
        patterns, scan = settings.watch.ignore, settings.scan
        wanted = media.HOLDS[root.kind] if root.kind else media.MEDIA

        def taken(name: bytes, *, directory: bool) -> bool:
            if ignored.in_library(name, patterns, directory=directory) is not None:
                return False
            return not rules or rules.reason(join(path, name), directory=directory) is None

        files = {
            name: facts
            for name, facts in found.files.items()
            # 0: the library has become one of another kind, so the row says nothing
            if (suffix(name) in wanted or (name in rows and rows[name].ctime_ns))
            and scan.min_size_bytes <= facts.size <= scan.max_size_bytes
            # a name that has a row was looked at before; only rules can have changed since
            and ((name in rows and not patterns and not rules) or taken(name, directory=False))
        }
        below = [name for name in found.directories if taken(name, directory=True)]
        return files, [join(path, name) for name in below]
