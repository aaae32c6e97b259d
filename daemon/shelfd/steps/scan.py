"""Step 2, libraries: bring the catalog up to date with the directories of a library, and be able to go on after a restart."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

import structlog

from shelfd.core import catalog, ignored, listing, media
from shelfd.core.errors import BrokenError, NotFoundError, UsageError
from shelfd.core.listing import Changes, Facts, Known, Listing
from shelfd.core.media import Reading
from shelfd.core.operations import Asker, Kind, Operation, Progress, Step, Wish
from shelfd.core.paths import TOP, Place, RelPath, join, suffix
from shelfd.core.roots import Root
from shelfd.core.walk import Walk
from shelfd.steps.ports import Base, Directories, Reader, Turn
from shelfd.store import catalog as shelf
from shelfd.store import checkpoints, events, operations, roots
from shelfd.store.database import Tx

AGAIN_S = 60.0  # until a root that is absent is looked for again
ASKING = frozenset({Asker.PERSON, Asker.SCHEDULE})
"""Who wants an answer, even if it is that a disk is not there."""
BATCH_FILES = (
    256  # changed files a transaction; enough to hide its cost, few enough to see progress
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What was found in one directory, on its way into the rows."""

    root: Root
    path: RelPath
    found: Listing | None
    """None: the directory is gone."""
    changes: Changes
    readings: Future[list[Reading]] | None
    vanished: tuple[RelPath, ...]
    """Known directories in it that are gone."""
    known: bool = True
    """The rows have this very directory already."""

    @property
    def news(self) -> bool:
        """Say whether there is anything to write."""
        return not self.known or self.found is None or bool(self.changes or self.vanished)


class Scan:
    """Reads directories of libraries: the one it was asked for, or with `recursive` all below."""

    def __init__(
        self, base: Base, disk: Directories, reader: Reader, ensure: Callable[[bytes], None]
    ) -> None:
        """`ensure` makes sure that a directory is watched."""
        self._base = base
        self._disk = disk
        self._reader = reader
        self._ensure = ensure

    def __call__(self, operation: Operation, turn: Turn) -> None:
        """Walk, and end the operation; or put it back with a checkpoint when others are more urgent."""
        walk = checkpoints.load(self._base.db.read(), operation.id) or self._begin(operation)
        full = operation.options.get("full") is True
        waiting: tuple[list[Visit], Walk] | None = None
        while walk.todo:
            visits = self._collect(walk, full=full)
            frontier = walk.copy()
            # the readers work on this batch while the one before is written
            if waiting is not None:
                self._store(operation, *waiting, turn)
                if turn.interrupted(operation):
                    return self._make_room(operation)
            waiting = (visits, frontier)
        if waiting is not None:
            self._store(operation, *waiting, turn)
        return self._end(operation, walk)

    def _begin(self, operation: Operation) -> Walk:
        current = self._base.current.roots
        recursive = operation.options.get("recursive") is True
        if operation.root:
            if current.get(operation.root) is None:
                raise UsageError(
                    f"{operation.root}: no library of this name is in the settings any more",
                    code="no_such_root",
                )
            return Walk.over([(operation.root, operation.path)], recursive=recursive)
        libraries = [(root.name, TOP) for root in current if root.role == "library"]
        return Walk.over(libraries, recursive=recursive)

    def _collect(self, walk: Walk, *, full: bool) -> list[Visit]:
        """Visit directories until there is enough for a transaction."""
        settings = self._base.current.settings.scan
        began = self._base.clock.monotonic()
        visits: list[Visit] = []
        files = 0
        while (
            files < BATCH_FILES
            and len(visits) < settings.checkpoint_directories
            and self._base.clock.monotonic() - began < settings.checkpoint_s
            and (place := walk.take()) is not None
        ):
            visit = self._visit(walk, *place, full=full)
            if visit is not None:
                visits.append(visit)
                files += len(visit.changes.new) + len(visit.changes.changed)
        return visits

    def _visit(self, walk: Walk, name: str, path: RelPath, *, full: bool) -> Visit | None:
        root = self._base.current.roots.get(name)
        if root is None:
            return None
        absolute = self._base.current.roots.absolute(Place(name, path))
        try:
            found = self._disk.listing(absolute)
        except NotFoundError:
            if not path or self._disk.inode(root.path) is None:
                walk.leave(name, "it is not there")
                return None
            walk.missing += shelf.present_below(self._base.db.read(), name, path)
            return Visit(
                root=root, path=path, found=None, changes=Changes(), readings=None, vanished=()
            )
        except BrokenError as error:
            walk.unreadable += 1
            log.warning("directory cannot be read", path=absolute, reason=error.message)
            return None
        self._ensure(absolute)
        return self._compare(walk, root, path, found, full=full)

    def _compare(
        self, walk: Walk, root: Root, path: RelPath, found: Listing, *, full: bool
    ) -> Visit | None:
        reader = self._base.db.read()
        known = shelf.directory_id(reader, root.name, path)
        rows = shelf.files_in(reader, known[0]) if known else {}
        here, below = self._of_interest(root, path, found, rows)
        if not path and not here and not below and not shelf.is_empty(reader, root.name):
            walk.leave(root.name, "it is empty, though files are known in it")
            return None
        changes = listing.changes(here, rows)
        if full:
            again = tuple(name for name in here if name not in changes.new)
            changes = Changes(new=changes.new, changed=again, back=(), gone=changes.gone)
        before = set(shelf.directories_in(reader, root.name, path))
        # what is new is read with all below it, however narrow the scan: nobody else will
        walk.descend(root.name, below if walk.recursive else set(below) - before)
        vanished = tuple(before - set(below))
        lost = sum(shelf.present_below(reader, root.name, gone) for gone in vanished)
        walk.count(changes, lost)
        return Visit(
            root=root,
            path=path,
            found=found,
            changes=changes,
            readings=self._read(root, path, (*changes.new, *changes.changed)),
            vanished=vanished,
            known=known is not None and known[1] == found.inode,
        )

    def _of_interest(
        self, root: Root, path: RelPath, found: Listing, rows: Mapping[bytes, Known]
    ) -> tuple[dict[bytes, Facts], list[RelPath]]:
        """Return the media files and the directories of a listing that are not passed over."""
        settings = self._base.current.settings
        patterns, smallest = settings.watch.ignore, settings.scan.min_size_bytes
        wanted = media.HOLDS[root.kind] if root.kind else media.MEDIA
        files = {
            name: facts
            for name, facts in found.files.items()
            # a name that has a row was looked at before; only patterns can have changed since
            if (name in rows or suffix(name) in wanted)
            and facts.size >= smallest
            and ((name in rows and not patterns) or ignored.reason(name, patterns) is None)
        }
        below = [name for name in found.directories if ignored.reason(name, patterns) is None]
        return files, [join(path, name) for name in below]

    def _read(
        self, root: Root, path: RelPath, names: Sequence[bytes]
    ) -> Future[list[Reading]] | None:
        if not names:
            return None
        absolute = self._base.current.roots.absolute
        return self._reader.submit([absolute(Place(root.name, join(path, name))) for name in names])

    def _store(
        self, operation: Operation, visits: Sequence[Visit], frontier: Walk, turn: Turn
    ) -> None:
        """Write a batch and the checkpoint in one transaction; where nothing changed there is nothing to keep."""
        news = [visit for visit in visits if visit.news]
        described = [_found(visit) for visit in news]
        now = self._base.clock.wall()
        if news or turn.interrupted(operation):
            with self._base.db.transaction() as tx:
                for visit, found in zip(news, described, strict=True):
                    _write(tx, visit, found, now)
                checkpoints.save(tx, operation.id, frontier, now)
        last = visits[-1] if visits else None
        turn.report(
            operation,
            Progress(
                phase="reading",
                done=frontier.done,
                total=frontier.total,
                unit="directories",
                current=self._base.current.roots.display(Place(last.root.name, last.path))
                if last
                else "",
            ),
        )

    def _make_room(self, operation: Operation, not_before: float = 0.0) -> None:
        now = self._base.clock.wall()
        with self._base.db.transaction() as tx:
            if not_before:
                checkpoints.forget(tx, operation.id)
            operations.requeue(tx, operation.id, now, not_before)

    def _end(self, operation: Operation, walk: Walk) -> None:
        now = self._base.clock.wall()
        result: dict[str, object] = {
            "directories": walk.done,
            "added": walk.added,
            "changed": walk.changed,
            "missing": walk.missing,
            "unreadable": walk.unreadable,
            **({"absent": walk.absent} if walk.absent else {}),
        }
        if walk.absent and operation.root and operation.asked_by is Asker.SHELFD:
            # one operation, however long its disk is away
            return self._make_room(operation, now + AGAIN_S)
        with self._base.db.transaction() as tx:
            if walk.recursive and not operation.path:
                for root in self._base.current.roots:
                    mine = root.role == "library" and operation.root in ("", root.name)
                    if mine and root.name not in walk.absent:
                        roots.scanned(tx, root.name, now)
            if walk.added or walk.changed or walk.missing:
                events.add(tx, "catalog", {**result, "path": operation.display}, now, operation.id)
            for name in walk.absent:
                operations.enqueue(tx, self._later(name, now), now)
            done = Progress(phase="done", done=walk.done, total=walk.done, unit="directories")
            operations.progress(tx, operation.id, done, now)
            if walk.absent and (operation.root or operation.asked_by in ASKING):
                operations.fail(tx, operation.id, _suspended(walk.absent), now)
            else:
                operations.complete(tx, operation.id, result, now)
        return None

    def _later(self, name: str, now: float) -> Wish:
        """Return a scan of a root that is absent now, so that it is found soon after it is mounted."""
        place = Place(name, TOP)
        return Wish(
            kind=Kind.SCAN,
            step=Step.SCAN,
            place=place,
            display=self._base.current.roots.display(place),
            asker=Asker.SHELFD,
            options={"recursive": True},
            not_before=now + AGAIN_S,
        )


def _found(visit: Visit) -> list[shelf.Found]:
    """Wait for the readers, and say which item each file is."""
    if visit.readings is None or visit.found is None or visit.root.kind is None:
        return []
    names = (*visit.changes.new, *visit.changes.changed)
    return [
        shelf.Found(
            name=name,
            facts=visit.found.files[name],
            reading=reading,
            described=catalog.describe(visit.root.kind, join(visit.path, name), reading),
        )
        for name, reading in zip(names, visit.readings.result(), strict=True)
    ]


def _write(tx: Tx, visit: Visit, found: Sequence[shelf.Found], now: float) -> None:
    """Write what was found in one directory."""
    rows = shelf.Shelf(tx, visit.root.name, now)
    if visit.found is None:
        rows.gone_below(visit.path)
    else:
        directory = rows.directory(visit.path, visit.found.inode)
        rows.put(directory, found)
        rows.back(directory, visit.changes.back)
        rows.gone(directory, visit.changes.gone)
        for path in visit.vanished:
            rows.gone_below(path)
    rows.settle()


def _suspended(absent: Mapping[str, str]) -> BrokenError:
    what = "; ".join(f"{name}: {reason}" for name, reason in absent.items())
    return BrokenError(
        f"{what}: nothing in it is taken for deleted",
        code="root_absent",
        hint="is its disk mounted? When it is, `shelfd scan` goes on",
    )
