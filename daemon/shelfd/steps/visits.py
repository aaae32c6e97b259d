"""What a scan finds in one directory, on its way into the rows."""

from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec
import structlog
from msgspec.structs import replace

from shelfd.core import listing
from shelfd.core.errors import BrokenError, NotFoundError
from shelfd.core.listing import NEVER, Changes, Facts, Known, Listing, Signature
from shelfd.core.operations import Operation
from shelfd.core.paths import TOP, Place, RelPath, ancestors
from shelfd.core.paths import name as name_of
from shelfd.core.pressure import part
from shelfd.core.roots import Root
from shelfd.core.walk import Walk
from shelfd.steps.ports import Base, Directories, Reader, Trees
from shelfd.steps.presence import Presence
from shelfd.steps.readings import Readings
from shelfd.steps.sieve import RULED, Sieve
from shelfd.steps.standings import Standings
from shelfd.steps.unwritten import Unwritten
from shelfd.steps.visit import MOST_FILES, Visit, parts
from shelfd.store import catalog as shelf
from shelfd.store import moved

STILL_NS = 2_000_000_000
"""A directory that changed so shortly before it was read may change again within the same tick of its clock."""

log = structlog.get_logger()


class Eyes(msgspec.Struct, frozen=True, kw_only=True):
    """What a scan looks at the disk with."""

    disk: Directories
    trees: Trees
    reader: Reader
    presence: Presence
    ensure: Callable[[bytes], None]
    """Makes sure that a directory is watched."""
    walked: Callable[[bytes, int], None]
    """Takes that all of a root, by its absolute path, was read, and how many directories it has."""
    blind: Callable[[Root], bool]
    """Says whether a root shows what changes behind it, so that a directory may look the same and not be."""
    inside: Callable[[bytes], bool]
    """Says of the real path that a link leads to whether it lies in one of the roots."""
    share: Callable[[], float]
    """Says how much of a usual batch there is memory for now; called at safe points, outside of transactions."""


class Rest(msgspec.Struct, kw_only=True):
    """What of one directory was not handed out yet."""

    root: str = ""
    path: RelPath = TOP
    parts: list[Visit] = msgspec.field(default_factory=list)
    below: Collection[RelPath] = ()
    """The directories in it that come next."""


class Visits:
    """Looks at one directory after the other for one operation, and remembers what holds for all of them."""

    def __init__(self, base: Base, eyes: Eyes, walk: Walk, operation: Operation) -> None:
        """Look for `walk`, which is told what more there is to look at; with the option `full` no row is trusted."""
        self._base = base
        self._eyes = eyes
        self._walk = walk
        self._full = operation.options.get("full") is True
        self.sieve = Sieve(base, eyes.disk)
        self._readings = Readings(base, eyes.reader, full=self._full)
        self._rest = Rest()
        self.saved_at = 0.0
        """When the walk was last kept, in monotonic seconds."""
        self.newest = moved.newest(base.db.read())
        """The highest id of a file at the beginning."""
        self.unwritten = Unwritten()
        self.standings = Standings(base, eyes.presence, operation)

    @property
    def over(self) -> bool:
        """Say whether nothing is left to be looked at."""
        return self._walk.over_now and not self._rest.parts

    def next_batch(self) -> Walk:
        """Begin a batch; return where the walk stands once everything that was handed out before is written.

        That is before the batch after this one begins.
        """
        self.unwritten.next_batch()
        moment = self._walk.copy()
        if self._rest.parts:
            moment.put_back(self._rest.root, self._rest.path)
        return moment

    def next(self) -> Visit | None:
        """Return the next visit; None when no directory is known that is to be read, or when nothing can be said of it."""
        if not self._rest.parts:
            place = self._walk.take()
            if place is None:
                return None
            if self.unwritten.knows(*place):
                self._walk.done -= 1  # it was counted before, or does not count
                return None
            self.unwritten.read(place)
            self._rest = Rest(root=place[0], path=place[1])
            self._rest.parts = self._visit(*place)[::-1]
        visit = self._readings.of(self._rest.parts.pop()) if self._rest.parts else None
        if visit is not None:
            again = sum(name in visit.again for name in visit.changes.changed)
            self._walk.counts.add(visit.changes, again)
        if not self._rest.parts:
            # only once all of a directory was handed out
            self._walk.descend(self._rest.root, self._rest.below)
            self._rest.below = ()
        return visit

    def _visit(self, name: str, path: RelPath) -> list[Visit]:
        """Return what has become of a directory, and put what is below it into `_rest`; nothing when it cannot be told."""
        root = self._base.current.roots.get(name)
        if root is None or not self.reachable(root):
            return []
        absolute = self._base.current.roots.absolute(Place(name, path))
        now_ns = int(self._base.clock.wall() * 1e9)
        self._eyes.ensure(absolute)  # before it is read, so that nothing falls in between
        try:
            found = self._listing(absolute)
        except NotFoundError:
            return self._not_there(root, path)
        except BrokenError as error:
            log.warning("directory cannot be read", path=absolute, reason=error.message)
            self._walk.cut_off(name, [path], closed=True)
            return self._unreadable(root, path)
        still = max(found.own.mtime_ns, found.own.ctime_ns) < now_ns - STILL_NS
        return self._compared(root, path, found, found.own if still else NEVER)

    def _not_there(self, root: Root, path: RelPath) -> list[Visit]:
        if not path:
            self._walk.leave(root.name, "it is not there")
        if not path or _is_behind_broken_link(self._base, self._eyes.disk, Place(root.name, path)):
            return []
        self.unwritten.vanished(root.name, [path])
        self._walk.cut_off(root.name, [path])
        return [Visit(root=root, path=path, found=None)]

    def _unreadable(self, root: Root, path: RelPath) -> list[Visit]:
        """Let a new directory be known, so that it is tried again; of a known one everything stays as it is."""
        self._walk.unreadable += 1
        if shelf.directory_at(self._base.db.read(), root.name, path) is not None:
            return []
        return [Visit(root=root, path=path, found=Listing(files={}))]

    def reachable(self, root: Root) -> bool:
        """Say whether a root is there; if not, the walk goes on without it."""
        standing = self.standings.of(root)
        if standing.state == "present":
            return True
        self._walk.leave(root.name, standing.reason)
        return False

    def _listing(self, absolute: bytes) -> Listing:
        links = self.sieve.settings.scan.symlinks
        return self._eyes.disk.listing(absolute, links, self._eyes.inside)

    def _compared(
        self, root: Root, path: RelPath, found: Listing, signature: Signature
    ) -> list[Visit]:
        reader = self._base.db.read()
        row = shelf.directory_at(reader, root.name, path)
        rows = shelf.files_in(reader, row.id) if row else {}
        sifted = self.sieve.of_interest(root, path, found, rows)
        here, below = sifted.files, sifted.below
        changes, again = self._changes(found, here, rows)
        known = row.own if row and row.sieve == sifted.mark else None
        before = set(shelf.directories_in(reader, root.name, path))
        ruled = sifted.mark == RULED
        other_rules = ruled != (row is not None and row.sieve == RULED)
        # what is new is read with all below it, however narrow the scan: nobody else will; and so is all
        # that the first ignore file holds for
        everything = self._walk.recursive or (ruled and other_rules)
        self._rest.below = below if everything else set(below) - before
        if known == signature and not changes and before == set(below):
            return []
        vanished = [one for one in before - set(below) if _is_gone(found, name_of(one))]
        self.unwritten.vanished(root.name, vanished)
        self._walk.cut_off(root.name, vanished)
        self._walk.pass_over(root.name, self._passed_over(root, found, changes, vanished))
        files = {name: here[name] for name in (*changes.new, *changes.changed)}
        visit = Visit(
            root=root,
            path=path,
            found=replace(found, files=files),
            changes=changes,
            met=tuple(one for one in below if one not in before),
            vanished=tuple(vanished),
            signature=signature,
            sieve=sifted.mark,
            other_rules=other_rules,
            known=known,
            again=again,
            replaced=_replaced(changes, here, rows),
        )
        return list(parts(visit, part(MOST_FILES, self._eyes.share())))

    def _changes(
        self, found: Listing, here: Mapping[bytes, Facts], rows: Mapping[bytes, Known]
    ) -> tuple[Changes, frozenset[bytes]]:
        """Return what is to be read, and which of it only because no row is trusted."""
        changes = _changes(found, here, rows)
        if not self._full:
            return changes, frozenset()
        everything = frozenset(here).difference(changes.new)
        again = everything.difference(changes.changed, changes.back)
        return replace(
            changes, changed=tuple(name for name in here if name in everything), back=()
        ), again

    def _passed_over(
        self, root: Root, found: Listing, changes: Changes, vanished: Sequence[RelPath]
    ) -> int:
        """Return how many known files are there and passed over from now on: they are no loss."""
        reader, hidden = self._base.db.read(), set(found.directories)
        return sum(name in found.files for name in changes.gone) + sum(
            shelf.present_below(reader, root.name, path)
            for path in vanished
            if name_of(path) in hidden
        )


def _is_behind_broken_link(base: Base, disk: Directories, place: Place) -> bool:
    """Say whether a directory that is not there, or one above it, is a link: then only its disk is away."""
    for above in (place.path, *ancestors(place.path)):
        absolute = base.current.roots.absolute(Place(place.root, above))
        if disk.exists(absolute):
            return disk.is_broken_link(absolute)
    return False


def _changes(found: Listing, here: Mapping[bytes, Facts], rows: Mapping[bytes, Known]) -> Changes:
    changes = listing.changes(here, rows)
    if changes.gone:
        gone = tuple(name for name in changes.gone if _is_gone(found, name))
        changes = replace(changes, gone=gone)
    return changes


def _replaced(
    changes: Changes, here: Mapping[bytes, Facts], rows: Mapping[bytes, Known]
) -> frozenset[bytes]:
    return frozenset(name for name in changes.changed if rows[name].inode != here[name].inode)


def _is_gone(found: Listing, name: bytes) -> bool:
    """Say whether a file is not there; one that cannot be looked at, or a link whose disk is away, is there."""
    return not found.others.get(name, "").startswith(("unreadable", "broken", "link that"))
