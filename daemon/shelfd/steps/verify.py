"""Verify: compare files of libraries with the hashes in the catalog, learn those that it has not, and name what differs."""

from collections.abc import Callable, Container, Sequence
from contextlib import AbstractContextManager

import structlog

from shelfd.core import verifying
from shelfd.core.errors import UsageError
from shelfd.core.operations import Operation, Progress
from shelfd.core.paths import TOP, Place
from shelfd.core.roots import Root, Roots
from shelfd.core.verifying import Found, Named, Row, Tally
from shelfd.steps.comparing import Comparing
from shelfd.steps.ports import Base, Turn
from shelfd.steps.presence import Presence
from shelfd.store import claims, operations, queries, verified
from shelfd.store.verified import Extent

PAGE = 256
"""Files that are asked for, and whose outcomes are written, together."""

log = structlog.get_logger()


class Verify:
    """Reads files of libraries, those first that were not looked at for the longest time."""

    def __init__(
        self,
        base: Base,
        comparing: Comparing,
        presence: Presence,
        disks: Callable[[bytes], frozenset[str]],
        idle: Callable[[], AbstractContextManager[bool]],
    ) -> None:
        """`disks` names those that a directory lies on; inside of `idle` the disk is asked only when nobody else does."""
        self._base = base
        self._comparing = comparing
        self._presence = presence
        self._disks = disks
        self._idle = idle

    def __call__(self, operation: Operation, turn: Turn) -> None:
        """Compare, and end the operation; or put it back with a checkpoint when others are more urgent."""
        libraries = _libraries(self._base, operation)
        if not self._may_read(operation, libraries):
            return
        tally = verified.load(self._base.db.read(), operation.id) or self._begin(
            operation, libraries
        )
        self._comparing.forget()
        with self._idle() as is_idle:
            if not is_idle:
                log.debug("the disk is read at the usual priority: idle is not permitted here")
            over = self._go_through(operation, turn, tally)
        if over:
            self._end(operation, tally)
        else:
            self._make_room(operation, tally)

    def _may_read(self, operation: Operation, libraries: Sequence[Root]) -> bool:
        """Take the disks: who copies on one has it alone. False when the operation was put back to wait for one."""
        places = frozenset(
            Place(f"disk:{name}", TOP) for root in libraries for name in self._disks(root.path)
        )
        with self._base.db.transaction(durable=False) as tx:
            return claims.spread(tx, operation.id, places, self._base.clock.wall())

    def _begin(self, operation: Operation, libraries: Sequence[Root]) -> Tally:
        now = self._base.clock.wall()
        absent = {}
        for root in libraries:
            reason = self._out_of_sight(Place(root.name, operation.path))
            if reason:
                absent[root.name] = reason
        with self._base.db.transaction(durable=False) as tx:
            tally = verified.begin(tx, _extent(self._base, operation, absent), now)
            tally.absent = absent
            verified.save(tx, operation.id, tally, now)
        return tally

    def _out_of_sight(self, place: Place) -> str:
        """Return why nothing can be said of files at a place; empty when something can."""
        root = self._base.current.roots.get(place.root)
        if root is None:
            return "it is not in the settings any more"
        standing = self._presence.look(root)
        return "" if standing.sees(place.path) else standing.reason or "it is not there"

    def _go_through(self, operation: Operation, turn: Turn, tally: Tally) -> bool:
        """Look at all files; False when it is to make room before it has."""
        while rows := verified.page(
            self._base.db.read(), _extent(self._base, operation, tally.absent), tally, PAGE
        ):
            if not self._look_at(operation, turn, tally, rows):
                return False
        return True

    def _look_at(self, operation: Operation, turn: Turn, tally: Tally, rows: Sequence[Row]) -> bool:
        """Look at some files, and write what they come to; False when it is to make room."""
        every = self._base.current.settings.scan.checkpoint_s
        found: list[Found] = []
        written = self._base.clock.monotonic()
        for row in rows:
            one = self._compared(operation, turn, tally, row)
            if one is not None and self._is_unseen(one, tally):
                break  # the rest of its library is left out
            if one is not None:
                tally.add(one)
                found.append(one)
            now = self._base.clock.monotonic()
            if one is None or turn.interrupted(operation) or now - written >= every:
                self._write(operation, tally, found)
                found, written = [], now
                if one is None or turn.interrupted(operation):
                    return False
        self._write(operation, tally, found)
        return True

    def _compared(self, operation: Operation, turn: Turn, tally: Tally, row: Row) -> Found | None:
        display = self._base.current.roots.display(row.place)
        read = 0

        def more(size: int) -> bool:
            nonlocal read
            read += size
            done = min(tally.done_bytes + read, tally.total_bytes)
            turn.report(operation, _progress(tally, done, display))
            return not turn.interrupted(operation)

        return self._comparing(row, more)

    def _is_unseen(self, found: Found, tally: Tally) -> bool:
        """Say whether a file is not to be got at because its disk is not there, and leave out its library then."""
        if found.outcome not in ("missing", "unreadable"):
            return False
        root = found.row.place.root
        reason = self._out_of_sight(Place(root, TOP))
        if reason:
            tally.absent = {**tally.absent, root: reason}
        return bool(reason)

    def _write(self, operation: Operation, tally: Tally, found: Sequence[Found]) -> None:
        """Write what files came to, with where the verify stands, in one transaction."""
        roots = self._base.current.roots
        for one in found:
            path = roots.display(one.row.place)
            if one.outcome == "damaged":
                log.warning("file is damaged", path=path, reason=verifying.since(one.row))
            elif one.outcome == "unreadable":
                log.warning("file cannot be read", path=path, reason=one.reason)
        now = self._base.clock.wall()
        # the rows and the checkpoint are lost together, and only to a power cut
        with self._base.db.transaction(durable=False) as tx:
            for one in found:
                if (scan := verified.note(tx, operation.id, one, now)) is not None:
                    operations.enqueue(tx, scan, now)
            verified.save(tx, operation.id, tally, now)

    def _make_room(self, operation: Operation, tally: Tally) -> None:
        now = self._base.clock.wall()
        with self._base.db.transaction() as tx:
            log.info("verify makes room, and goes on from here", files=tally.files)
            if operations.called_off(tx, operation.id):
                operations.cancel(tx, operation.id, now, _result(tally, self._base.current.roots))
            else:
                operations.requeue(tx, operation.id, now)

    def _end(self, operation: Operation, tally: Tally) -> None:
        now = self._base.clock.wall()
        result = _result(tally, self._base.current.roots)
        error = verifying.failure(tally)
        # the lists stand in the log line by line already
        log.info("verified", **{key: result[key] for key in result if isinstance(result[key], int)})
        with self._base.db.transaction() as tx:
            operations.progress(tx, operation.id, _progress(tally, tally.total_bytes, ""), now)
            if error is None:
                operations.complete(tx, operation.id, result, now)
            else:
                log.warning("not all is well", reason=error.message, code=error.code)
                operations.fail(tx, operation.id, error, now, result)


def _progress(tally: Tally, done: int, current: str) -> Progress:
    return Progress(
        phase="verifying", done=done, total=tally.total_bytes, unit="bytes", current=current
    )


def _libraries(base: Base, operation: Operation) -> list[Root]:
    """Return the libraries of the settings of which files are to be compared; UsageError when they have left these."""
    roots = base.current.roots
    if operation.root and roots.get(operation.root) is None:
        raise UsageError(
            f"{operation.root}: no library of this name is in the settings any more",
            code="no_such_root",
        )
    return [root for root in roots if root.role == "library" and operation.root in ("", root.name)]


def _extent(base: Base, operation: Operation, absent: Container[str]) -> Extent:
    """Return which files are to be compared, but for those of libraries that are `absent`."""
    names = [root.name for root in _libraries(base, operation) if root.name not in absent]
    file = queries.file_at(base.db.read(), operation.root, operation.path)
    is_file = bool(operation.path) and file is not None
    return Extent(roots=tuple(names), path=operation.path, is_file=is_file)


def _result(tally: Tally, roots: Roots) -> dict[str, object]:
    counted = {name: tally.number(name) for name in ("verified", "learnt", "changed", "missing")}
    return {
        "files": tally.files,
        "bytes": tally.bytes,
        **counted,
        "damaged_files": tally.number("damaged"),
        "damaged": [_named(one, roots) for one in tally.damaged],
        "unreadable_files": tally.number("unreadable"),
        "unreadable": [_named(one, roots) for one in tally.unreadable],
        **({"absent": tally.absent} if tally.absent else {}),
    }


def _named(one: Named, roots: Roots) -> dict[str, str]:
    return {"path": roots.display(one.place), "reason": one.reason}
