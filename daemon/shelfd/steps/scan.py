"""Step 2, libraries: bring the catalog up to date with the directories of a library, and be able to go on after a restart."""

from collections.abc import Callable, Mapping, Sequence

import structlog

from shelfd.core.errors import BrokenError, UsageError
from shelfd.core.operations import Asker, Kind, Operation, Progress, Step, Wish
from shelfd.core.paths import TOP, Place
from shelfd.core.pressure import part
from shelfd.core.roots import Roots
from shelfd.core.walk import Counts, Walk
from shelfd.steps import batches, extent, losses
from shelfd.steps.batches import Batch
from shelfd.steps.losses import Losses
from shelfd.steps.ports import Base, Turn
from shelfd.steps.sweeps import sweep
from shelfd.steps.visit import Visit
from shelfd.steps.visits import Eyes, Visits
from shelfd.store import absorbed, checkpoints, events, operations, roots
from shelfd.store import catalog as shelf

AGAIN_S = 60.0  # until a root that is absent is looked for again
ASKING = frozenset({Asker.PERSON, Asker.SCHEDULE})
"""Who wants an answer, even if it is that a disk is not there."""
BATCH_FILES = (
    128  # changed files a transaction; enough to hide its cost, few enough to see progress
)
SMALL = 1000  # directories of a frontier that is saved with each transaction; a larger one only now and then
READERS = 64  # more than there will be: all that are allowed
SOON_S = 0.1  # what is over by then needs no total

log = structlog.get_logger()


class Scan:
    """Reads directories of libraries: the one it was asked for, or all below it, or those of them that changed."""

    def __init__(self, base: Base, eyes: Eyes) -> None:
        """Look with `eyes`."""
        self._base = base
        self._eyes = eyes
        self._losses = Losses(base, eyes.presence, eyes.disk, eyes.inside)

    def __call__(self, operation: Operation, turn: Turn) -> None:
        """Walk, and end the operation; or put it back with a checkpoint when others are more urgent."""
        other = absorbed.by(self._base.db.read(), operation)
        if other is not None:
            with self._base.db.transaction() as tx:
                _teller(operation)("another scan has done its work", by=other)
                result = {"absorbed_by": other}
                return operations.complete(tx, operation.id, result, self._base.clock.wall())
        walk = checkpoints.load(self._base.db.read(), operation.id) or self._begin(operation, turn)
        visits = Visits(self._base, self._eyes, walk, operation)
        visits.saved_at = began = self._base.clock.monotonic()
        waiting: Batch | None = None
        while not visits.over:
            found = self._collect(visits, walk)
            if not walk.expected and self._base.clock.monotonic() - began > SOON_S:
                walk.expected = extent.known(self._base, operation)
            batch = Batch(visits=found, frontier=visits.next_batch())
            # the readers work on this batch while the one before is written
            if waiting is not None:
                news = self._store(operation, waiting, visits, turn)
                walk.counts.put_right(*news)
                batch.frontier.counts.put_right(*news)
                if turn.interrupted(operation):
                    return self._make_room(operation, waiting.frontier)
            waiting = batch
        if waiting is not None:
            walk.counts.put_right(*self._store(operation, waiting, visits, turn))
        self._tell_walked(operation, walk)
        return self._end(operation, walk)

    def _begin(self, operation: Operation, turn: Turn) -> Walk:
        current = self._base.current.roots
        if operation.root and current.get(operation.root) is None:
            raise UsageError(
                f"{operation.root}: no library of this name is in the settings any more",
                code="no_such_root",
            )
        places = (
            [(operation.root, extent.spelled(self._base, self._eyes, operation.place))]
            if operation.root
            else [(root.name, TOP) for root in current if root.role == "library"]
        )
        quick, full, recursive = (
            operation.options.get(option) is True for option in ("quick", "full", "recursive")
        )
        if quick or (recursive and not full):
            walk = Walk.sweeping(places, files=not quick)
        else:
            walk = Walk.over(places, recursive=recursive)
        if quick or recursive:
            reader = self._base.db.read()
            if not any(shelf.directory_at(reader, *place) for place in places):
                self._eyes.share()  # no more readers than there is memory for
                self._eyes.reader.warm(READERS)  # they start while it is counted
                self._report(operation, turn, ("counting", 0, 0))
                walk.expected = extent.counted(self._base, self._eyes, places)
        return walk

    def _collect(self, visits: Visits, walk: Walk) -> list[Visit]:
        """Visit directories until there is enough for a transaction; at least one."""
        settings, share = self._base.current.settings.scan, self._eyes.share()
        began, done = self._base.clock.monotonic(), walk.done
        found: list[Visit] = []
        files = 0
        while not visits.over:
            visit = visits.next()
            if visit is not None:
                found.append(visit)
                files += len(visit.changes.new) + len(visit.changes.changed)
            elif not walk.todo and walk.sweeps:
                sweep(self._base, self._eyes, walk, visits)
            late = self._base.clock.monotonic() - began >= settings.checkpoint_s
            enough = walk.done - done >= part(settings.checkpoint_directories, share)
            if late or files >= part(BATCH_FILES, share) or enough:
                break
        return found

    def _store(
        self, operation: Operation, batch: Batch, visits: Visits, turn: Turn
    ) -> tuple[int, int]:
        """Write a batch and the checkpoint in one transaction; return how many files had moved, or changed unseen.

        Where nothing changed there is nothing to keep, but now and then how far the walk has come.
        """
        found = batches.described(self._base, self._eyes, batch)
        _tell_unreadable(operation, found, self._base.current.roots)
        with self._base.deciding:
            unseen = self._write(operation, batch, found, visits)
        if batch.frontier.done:  # while it is at its first directory, nothing of all is no news
            last = batch.visits[-1] if batch.visits else None
            where = Place(last.root.name, last.path) if last else None
            numbers = ("reading", batch.frontier.done, batch.frontier.total)
            self._report(operation, turn, numbers, where)
        return unseen

    def _write(
        self, operation: Operation, batch: Batch, found: batches.Described, visits: Visits
    ) -> tuple[int, int]:
        news = batches.news(self._base, self._eyes, found, visits.standings, visits.newest)
        unseen = len(news.known.moved), news.others
        batch.frontier.counts.put_right(*unseen)
        now = self._base.clock.wall()
        moment = self._base.clock.monotonic()
        due = moment - visits.saved_at > self._base.current.settings.scan.checkpoint_s
        if news.found or due:
            # the rows and the frontier are lost together, and only to a power cut
            with self._base.db.transaction(durable=False) as tx:
                batches.write(tx, operation, news, self._base.current.roots, now)
                if due or len(batch.frontier.todo) < SMALL:
                    checkpoints.save(tx, operation.id, batch.frontier, now)
                    visits.saved_at = moment
                else:
                    checkpoints.count(tx, operation.id, batch.frontier)
        return unseen

    def _report(
        self,
        operation: Operation,
        turn: Turn,
        numbers: tuple[str, int, int],
        where: Place | None = None,
    ) -> None:
        phase, done, total = numbers
        current = self._base.current.roots.display(where) if where else ""
        progress = Progress(
            phase=phase, done=done, total=total, unit="directories", current=current
        )
        turn.report(operation, progress)

    def _make_room(self, operation: Operation, walk: Walk) -> None:
        now = self._base.clock.wall()
        with self._base.db.transaction() as tx:
            checkpoints.save(tx, operation.id, walk, now)
            _teller(operation)("scan makes room, and goes on from here", directories=walk.done)
            if operations.called_off(tx, operation.id):
                operations.cancel(tx, operation.id, now, _result(walk))
            else:
                operations.requeue(tx, operation.id, now)

    def _end(self, operation: Operation, walk: Walk) -> None:
        with self._base.deciding:
            judged = self._losses.judge(operation, walk.passed_over)
            self._settle(operation, walk, judged)

    def _settle(self, operation: Operation, walk: Walk, judged: list[losses.Loss]) -> None:
        now = self._base.clock.wall()
        with self._base.db.transaction() as tx:
            walk.missing += losses.settle(tx, operation, self._base, judged, now)
            if walk.absent and operation.root and operation.asked_by is Asker.SHELFD:
                # one operation, however long its disk is away
                checkpoints.forget(tx, operation.id)
                operations.requeue(tx, operation.id, now, now + AGAIN_S)
                return
            for name in _whole(self._base, operation, walk):
                roots.scanned(tx, name, now)
            result = _result(walk)
            _teller(operation)("scanned", **result)
            if walk.counts != Counts() or walk.missing:
                events.add(tx, "catalog", {**result, "path": operation.display}, now, operation.id)
            for name in walk.absent:
                operations.enqueue(tx, _later(self._base, name, now), now)
            done = Progress(phase="done", done=walk.done, total=walk.done, unit="directories")
            operations.progress(tx, operation.id, done, now)
            out_of_sight = walk.absent | losses.reasons(judged)
            if out_of_sight and (operation.root or operation.asked_by in ASKING):
                error = _out_of_sight(out_of_sight, judged)
                _teller(operation)("scan failed", reason=error.message, code=error.code)
                operations.fail(tx, operation.id, error, now)
            else:
                operations.complete(tx, operation.id, result, now)

    def _tell_walked(self, operation: Operation, walk: Walk) -> None:
        """Let the watches be put right that no directory has any more, where all of a root was read."""
        if operation.options.get("quick") is not True:
            for name in _whole(self._base, operation, walk):
                root = self._base.current.roots.get(name)
                if root is not None:
                    number = shelf.directories_below(self._base.db.read(), name, TOP)
                    self._eyes.walked(root.path, number)


def _teller(operation: Operation) -> Callable[..., None]:
    """Return what logs the course of a scan: who has asked for it wants to know, all the others are no news."""
    tell: Callable[..., None] = log.info if operation.asked_by in ASKING else log.debug
    return tell


def _tell_unreadable(operation: Operation, found: batches.Described, roots: Roots) -> None:
    for visit, files in found:
        bad = [one for one in files if one.reading.error is not None]
        if bad:
            _teller(operation)(
                "files cannot be read",
                directory=roots.display(Place(visit.root.name, visit.path)),
                files=len(bad),
                first=bad[0].name,
                reason=bad[0].reading.error,
            )


def _result(walk: Walk) -> dict[str, object]:
    return {
        "directories": walk.done,
        "read": walk.counts.read,
        "added": walk.counts.added,
        "changed": walk.counts.changed,
        "moved": walk.counts.moved,
        "missing": walk.missing,
        "unreadable": walk.unreadable,
        **({"absent": walk.absent} if walk.absent else {}),
    }


def _out_of_sight(reasons: Mapping[str, str], judged: Sequence[losses.Loss]) -> BrokenError:
    what = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
    suspended = [
        loss.root.name for loss in judged if loss.suspended and loss.standing.state == "present"
    ]
    return BrokenError(
        f"{what}: nothing in it is taken for deleted",
        code="root_suspended" if suspended else "root_absent",
        hint=f"if it is really gone: `shelfd confirm {suspended[0]}`"
        if suspended
        else "is its disk mounted? When it is, `shelfd scan` goes on",
    )


def _whole(base: Base, operation: Operation, walk: Walk) -> frozenset[str]:
    """Return the libraries that have been looked at from top to bottom."""
    wide = not operation.path and any(
        operation.options.get(option) is True for option in ("recursive", "quick")
    )
    return frozenset(
        root.name
        for root in base.current.roots
        if wide
        and root.role == "library"
        and operation.root in ("", root.name)
        and root.name not in walk.absent
    )


def _later(base: Base, name: str, now: float) -> Wish:
    """Return a scan of a root that is absent now, so that it is found soon after it is mounted."""
    place = Place(name, TOP)
    return Wish(
        kind=Kind.SCAN,
        step=Step.SCAN,
        place=place,
        display=base.current.roots.display(place),
        asker=Asker.SHELFD,
        options={"recursive": True},
        not_before=now + AGAIN_S,
    )
