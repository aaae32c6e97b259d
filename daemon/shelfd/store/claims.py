"""The rows from which the next operation is chosen, and the one statement by which it is taken."""

from typing import NamedTuple

from shelfd.core import order
from shelfd.core.operations import Kind, Operation, Step
from shelfd.core.order import Work
from shelfd.core.paths import TOP, Place, RelPath
from shelfd.store import operations
from shelfd.store.database import Tx
from shelfd.store.pauses import PAUSES_IT

AHEAD = 64
"""So many of those that could start are looked at; when all of them must wait for others, so does the rest."""

# what keeps an operation from starting, beside its time and those that run
UNHINDERED = f"""
NOT EXISTS (SELECT 1 FROM pauses WHERE {PAUSES_IT})
AND NOT EXISTS (SELECT 1 FROM breakers WHERE breakers.kind = operations.kind AND until > :now)
AND NOT EXISTS (SELECT 1 FROM operation_waits JOIN operations AS other ON other.id = waits_for
                WHERE operation = operations.id AND other.state <> 'completed')
AND NOT EXISTS (SELECT 1 FROM operations AS child WHERE child.parent = operations.id AND child.finished_at IS NULL)
"""  # noqa: S608  # built from constants
READY = f"state = 'queued' AND not_before <= :now AND {UNHINDERED}"
WORK = "SELECT id, kind, step, root, path, priority, crashes FROM operations"
WAITING = f"{WORK} WHERE {READY} ORDER BY rank, id LIMIT {AHEAD}"  # built from constants
MORE_URGENT = f"{WORK} WHERE {READY} AND priority < :than ORDER BY rank, id LIMIT {AHEAD}"  # built from constants
RUNNING = f"{WORK} WHERE state = 'running'"  # built from constants

CLAIM = """
UPDATE operations
SET state = 'running', attempts = attempts + 1, changed_at = :now, started_at = coalesce(started_at, :now)
WHERE id = :id AND state = 'queued'
RETURNING *
"""

PAUSED = f"SELECT 1 FROM operations, pauses WHERE operations.id = ? AND ({PAUSES_IT}) LIMIT 1"  # noqa: S608  # built from constants

OUTLOOK = """
SELECT (SELECT min(not_before) FROM operations WHERE state = 'queued'),
       (SELECT min(not_before) FROM operations WHERE state = 'queued' AND not_before > :now),
       (SELECT min(until) FROM breakers WHERE until > :now),
       (SELECT min(deadline) FROM operations WHERE deadline IS NOT NULL AND finished_at IS NULL AND deadline > :now)
"""

LIBRARIES = "SELECT name FROM roots WHERE role = 'library' AND active = 1"


def claim(tx: Tx, now: float) -> Operation | None:
    """Take the operation that is next; None when none may start now."""
    found = chosen(tx, now)
    if found is None:
        return None
    return operations.of_row(tx.execute(CLAIM, {"id": found, "now": now}).fetchone())


def chosen(tx: Tx, now: float) -> int | None:
    """Return the operation that is next; None when none may start now."""
    tried = frozenset(
        Kind(row[0]) for row in tx.execute("SELECT kind FROM breakers WHERE until IS NOT NULL")
    )
    found = order.first(_works(tx, WAITING, now=now), running(tx), tried)
    return None if found is None else found.id


class Outlook(NamedTuple):
    """What of the queue is to be done, as far as time alone decides."""

    is_due: bool
    """The time of an operation has come that waits, whatever else may keep it from starting."""
    next_moment: float | None
    """Unix time at which something may be to be done although nobody has written anything; None: never."""


def outlook(tx: Tx, now: float) -> Outlook:
    """Return what time it is for the queue."""
    first, *moments = tx.execute(OUTLOOK, {"now": now}).fetchone()
    return Outlook(
        is_due=first is not None and first <= now,
        next_moment=min((moment for moment in moments if moment is not None), default=None),
    )


def running(tx: Tx) -> list[Work]:
    """Return where those work that run."""
    return _works(tx, RUNNING)


def wants_room(tx: Tx, operation: int, now: float, *, is_free: bool) -> bool:
    """Say whether something more urgent waits that can start only when this running operation makes room.

    `is_free`: one more could be carried out beside those that run.
    """
    works = running(tx)
    mine = next((work for work in works if work.id == operation), None)
    urgent = _works(tx, MORE_URGENT, now=now, than=mine.priority) if mine else []
    return mine is not None and order.wants_room(urgent, mine, works, is_free=is_free)


def carry_out(tx: Tx, operation: int, places: frozenset[Place], now: float) -> None:
    """Let a running operation go on with what it has planned, at these places beside its own.

    When another works there now, or somebody has paused one of them, it is put back, and starts when that is over.
    """
    operations.advance(tx, operation, Step.APPLY)
    tx.execute("DELETE FROM operation_places WHERE operation = ?", (operation,))
    tx.executemany(
        "INSERT INTO operation_places VALUES (?, ?, ?)",
        [(operation, place.root, place.path) for place in sorted(places)],
    )
    works = running(tx)
    mine = next(work for work in works if work.id == operation)
    others = [work for work in works if work.id != operation]
    if any(order.meet(mine, work) for work in others) or _paused(tx, operation):
        operations.requeue(tx, operation, now)


def _paused(tx: Tx, operation: int) -> bool:
    row = tx.execute(PAUSED, (operation,)).fetchone()
    return row is not None


def _works(tx: Tx, query: str, **values: object) -> list[Work]:
    rows = tx.execute(query, values).fetchall()
    libraries: tuple[str, ...] = ()
    if any(row["root"] == "" for row in rows):
        libraries = tuple(row[0] for row in tx.execute(LIBRARIES))
    works = []
    for row in rows:
        own: tuple[Place, ...] = (Place(row["root"], RelPath(row["path"])),)
        if row["root"] == "" and row["step"] == Step.SCAN:
            own = tuple(Place(name, TOP) for name in libraries)
        works.append(
            Work(
                id=row["id"],
                kind=Kind(row["kind"]),
                priority=row["priority"],
                places=(*own, *_places(tx, row["id"])) if row["kind"] != Kind.SCAN else own,
                crashes=row["crashes"],
            )
        )
    return works


def _places(tx: Tx, operation: int) -> list[Place]:
    rows = tx.execute("SELECT root, path FROM operation_places WHERE operation = ?", (operation,))
    return [Place(row["root"], RelPath(row["path"])) for row in rows]
