"""What a scan finds in one directory, on its way into the rows."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

import structlog

from shelfd.core import ignored, listing, media
from shelfd.core.errors import BrokenError, NotFoundError
from shelfd.core.listing import NEVER, Changes, Facts, Known, Listing, Signature
from shelfd.core.media import Reading
from shelfd.core.paths import Place, RelPath, join, suffix
from shelfd.core.paths import name as name_of
from shelfd.core.roots import Root
from shelfd.core.walk import Walk
from shelfd.steps.ignoring import Ignoring
from shelfd.steps.ports import Base, Directories, Reader
from shelfd.steps.presence import Presence, Standings
from shelfd.store import catalog as shelf
from shelfd.store import moved

MOST_FILES = 256
"""Changed files of one visit; a directory with more is written in several."""
STILL_NS = 2_000_000_000
"""A directory that changed so shortly before it was read may change again within the same tick of its clock."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Eyes:
    """What a scan looks at the disk with."""

    disk: Directories
    reader: Reader
    presence: Presence
    ensure: Callable[[bytes], None]
    """Makes sure that a directory is watched."""
    walked: Callable[[bytes, int], None]
    """Takes that all of a root, by its absolute path, was read, and how many directories it has."""
    inside: Callable[[bytes], bool]
    """Says of the real path that a link leads to whether it lies in one of the roots."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What was found in one directory, or in a part of a large one."""

    root: Root
    path: RelPath
    found: Listing | None
    """None: the directory is gone."""
    changes: Changes = field(default_factory=Changes)
    vanished: tuple[RelPath, ...] = ()
    """Known directories in it that are gone."""
    signature: Signature = NEVER
    """What to know it by; NEVER when it was changing while it was read, or is not written in whole."""
    known: Signature | None = None
    """What the rows know it by."""
    reused: Mapping[bytes, Reading] = field(default_factory=dict)
    """Of files that are known from elsewhere."""
    readings: Future[list[Reading]] | None = None
    """Of the other new and changed ones, in their order."""

    @property
    def news(self) -> bool:
        """Say whether there is anything to write."""
        same = self.known == self.signature and self.found is not None
        return not same or bool(self.changes or self.vanished)

    def read(self) -> Iterator[tuple[bytes, Reading]]:
        """Wait for the readers, and yield each new or changed file with what is inside it."""
        names = [*self.changes.new, *self.changes.changed]
        fresh = iter(self.readings.result() if self.readings else ())
        for name in names:
            yield name, self.reused.get(name) or next(fresh)


class Visits:
    """Looks at one directory after the other for one operation, and remembers what holds for all of them."""

    def __init__(self, base: Base, eyes: Eyes, walk: Walk, options: Mapping[str, object]) -> None:
        """Look for `walk`, which is told what more there is to look at.

        `options` are those of the operation: with `full` no row is trusted, with `confirmed` each root is
        right as it is now.
        """
        self._base = base
        self._eyes = eyes
        self._walk = walk
        self._full = options.get("full") is True
        self.standings = Standings(base, eyes.presence, confirmed=options.get("confirmed") is True)
        self._ignoring = Ignoring(base, eyes.disk)

    def visit(self, name: str, path: RelPath) -> list[Visit]:
        """Return what has become of a directory; nothing when it cannot be told."""
        root = self._base.current.roots.get(name)
        if root is None or not self.reachable(root):
            return []
        absolute = self._base.current.roots.absolute(Place(name, path))
        now_ns = int(self._base.clock.wall() * 1e9)
        self._eyes.ensure(absolute)  # before it is read, so that nothing falls in between
        try:
            found = self._listing(absolute)
        except NotFoundError:
            if not path:
                self._walk.leave(name, "it is not there")
                return []
            return [Visit(root=root, path=path, found=None)]
        except BrokenError as error:
            self._walk.unreadable += 1
            log.warning("directory cannot be read", path=absolute, reason=error.message)
            return []
        still = found.own.mtime_ns < now_ns - STILL_NS
        return list(self._compared(root, path, found, found.own if still else NEVER))

    def differs(self, place: Place, known: Signature) -> bool:
        """Say whether a known directory is to be read again, by its signature alone."""
        path = self._base.current.roots.absolute(place)
        signature = self._eyes.disk.signature
        try:
            # the second one follows a link that leads to a directory: the root may be one
            return not known.mtime_ns or known != (signature(path) or signature(path + b"/."))
        except BrokenError:
            return True

    def reachable(self, root: Root) -> bool:
        """Say whether a root is there; if not, the walk goes on without it."""
        standing = self.standings.of(root)
        if standing.state == "present":
            return True
        self._walk.leave(root.name, standing.reason)
        return False

    def _listing(self, absolute: bytes) -> Listing:
        links = self._base.current.settings.scan.symlinks
        return self._eyes.disk.listing(absolute, links, self._eyes.inside)

    def _compared(
        self, root: Root, path: RelPath, found: Listing, signature: Signature
    ) -> Iterator[Visit]:
        reader = self._base.db.read()
        row = shelf.directory_at(reader, root.name, path)
        rows = shelf.files_in(reader, row[0]) if row else {}
        here, below = self._of_interest(root, path, found, rows)
        changes = self._changes(found, here, rows)
        known = row[1] if row else None
        # while the signature is the same, and nothing is passed over, the same directories are in it
        same = known == found.own and len(below) == len(found.directories)
        before = set(below if same else shelf.directories_in(reader, root.name, path))
        # what is new is read with all below it, however narrow the scan: nobody else will
        self._walk.descend(root.name, below if self._walk.recursive else set(below) - before)
        if same and known == signature and not changes:
            return
        vanished = tuple(before - set(below))
        self._walk.count(changes)
        self._walk.pass_over(root.name, self._passed_over(root, found, changes, vanished))
        files = {name: here[name] for name in (*changes.new, *changes.changed)}
        visit = Visit(
            root=root,
            path=path,
            found=replace(found, files=files),
            changes=changes,
            vanished=vanished,
            signature=signature,
            known=known,
        )
        for part in _parts(visit):
            yield self._with_readings(part)

    def _changes(
        self, found: Listing, here: Mapping[bytes, Facts], rows: Mapping[bytes, Known]
    ) -> Changes:
        changes = listing.changes(here, rows)
        if self._full:
            again = tuple(name for name in here if name not in changes.new)
            changes = replace(changes, changed=again, back=())
        if changes.gone:
            gone = tuple(name for name in changes.gone if _is_gone(found, name))
            changes = replace(changes, gone=gone)
        return changes

    def _passed_over(
        self, root: Root, found: Listing, changes: Changes, vanished: tuple[RelPath, ...]
    ) -> int:
        """Return how many known files are there and passed over from now on: they are no loss."""
        reader, hidden = self._base.db.read(), set(found.directories)
        return sum(name in found.files for name in changes.gone) + sum(
            shelf.present_below(reader, root.name, path)
            for path in vanished
            if name_of(path) in hidden
        )

    def _with_readings(self, visit: Visit) -> Visit:
        reused = {} if self._full else self._known_elsewhere(visit)
        unread = [
            name for name in (*visit.changes.new, *visit.changes.changed) if name not in reused
        ]
        if not unread:
            return replace(visit, reused=reused)
        places = [Place(visit.root.name, join(visit.path, name)) for name in unread]
        paths = [self._base.current.roots.absolute(place) for place in places]
        return replace(visit, reused=reused, readings=self._eyes.reader.submit(paths))

    def _known_elsewhere(self, visit: Visit) -> dict[bytes, Reading]:
        """Return what is known of files that were moved or linked here: they need not be read again."""
        if visit.found is None or not visit.changes.new:
            return {}
        reader = self._base.db.read()
        new = {name: visit.found.files[name] for name in visit.changes.new}
        rows = moved.alike(reader, {facts.inode for facts in new.values()}, (), ())
        same = {(row.facts.inode, row.facts.size, row.facts.mtime_ns): row.id for row in rows}
        return {
            name: moved.reading(reader, number)
            for name, facts in new.items()
            if (number := same.get((facts.inode, facts.size, facts.mtime_ns))) is not None
        }

    def _of_interest(
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
            if (name in rows or suffix(name) in wanted)
            and scan.min_size_bytes <= facts.size <= scan.max_size_bytes
            # a name that has a row was looked at before; only rules can have changed since
            and ((name in rows and not patterns and not rules) or taken(name, directory=False))
        }
        below = [name for name in found.directories if taken(name, directory=True)]
        return files, [join(path, name) for name in below]


def _is_gone(found: Listing, name: bytes) -> bool:
    """Say whether a file is not there; one that cannot be looked at, or a link whose disk is away, is there."""
    return not found.others.get(name, "").startswith(("unreadable", "broken", "link that"))


def _parts(visit: Visit) -> Iterator[Visit]:
    """Yield a visit in parts of bearable size; only the last one makes the directory known."""
    new, changed = visit.changes.new, visit.changes.changed
    while len(new) + len(changed) > MOST_FILES:
        part, new = new[:MOST_FILES], new[MOST_FILES:]
        more, changed = changed[: MOST_FILES - len(part)], changed[MOST_FILES - len(part) :]
        yield replace(visit, changes=Changes(new=part, changed=more), vanished=(), signature=NEVER)
    yield replace(visit, changes=replace(visit.changes, new=new, changed=changed))
