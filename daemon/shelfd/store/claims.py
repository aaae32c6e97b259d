"""The rows from which the next operation is chosen, and the one statement by which it is taken."""

import math
from collections.abc import Collection, Generator
from contextlib import closing
from typing import NamedTuple

from msgspec.structs import replace

from shelfd.core import order
from shelfd.core.operations import Kind, Operation, Step
from shelfd.core.order import Work
from shelfd.core.paths import TOP, Place, RelPath
from shelfd.store import operations
from shelfd.store.database import Tx
from shelfd.store.overtaken import is_overtaken
from shelfd.store.pauses import PAUSES_IT
from shelfd.store.ranks import YIELDING_KINDS

# what keeps an operation from starting, beside its time and those that run; of many parts the last ends last
UNHINDERED = f"""
NOT EXISTS (SELECT 1 FROM pauses WHERE {PAUSES_IT})
AND NOT EXISTS (SELECT 1 FROM breakers WHERE breakers.kind = operations.kind AND until > :now)
AND NOT EXISTS (SELECT 1 FROM operation_waits JOIN operations AS other ON other.id = waits_for
                WHERE operation = operations.id AND other.state <> 'completed')
AND (SELECT 1 FROM operations AS child WHERE child.parent = operations.id AND child.finished_at IS NULL
     ORDER BY child.id DESC LIMIT 1) IS NULL
"""  # noqa: S608  # built from constants
READY = f"state = 'queued' AND not_before <= :now AND {UNHINDERED}"
WORK = "SELECT id, kind, step, root, path, priority, crashes, rank, parent FROM operations"
# one after the other, without a look at all of them: the first may be the one
IN_ORDER = f"""
{WORK} INDEXED BY operations_to_claim
WHERE (rank, id) > (:after_rank, :after) AND coalesce(parent, 0) NOT IN (SELECT value FROM json_each(:apart)) AND {READY}
"""  # noqa: S608  # built from constants
WAITING = f"{IN_ORDER} ORDER BY rank, id"
AHEAD = f"{IN_ORDER} AND (rank, id) < (:rank, :id) ORDER BY rank, id"
RUNNING = f"{WORK} WHERE state = 'running'"  # built from constants
# asked first: most often it is nothing, and all that waits need not be looked at
OTHER_KINDS = f"SELECT 1 FROM operations WHERE kind NOT IN (SELECT value FROM json_each(:kinds)) AND {READY} LIMIT 1"  # noqa: S608  # built from constants
MORE_URGENT = f"SELECT 1 FROM operations WHERE priority < :than AND {READY} LIMIT 1"  # noqa: S608  # built from constants

BEGAN = "SELECT max(at) FROM operation_history WHERE operation = ? AND became = 'running'"

CLAIM = """
UPDATE operations
SET state = 'running', attempts = attempts + 1, changed_at = :now, started_at = coalesce(started_at, :now)
WHERE id = :id AND state = 'queued'
RETURNING *
"""

PAUSED = f"SELECT 1 FROM operations, pauses WHERE operations.id = ? AND ({PAUSES_IT}) LIMIT 1"  # noqa: S608  # built from constants

# by these indexes, whatever SQLite thinks: thousands may wait, and be paused, and this is asked after each change
OUTLOOK = f"""
SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM pauses WHERE scope = 'queue')
            THEN (SELECT min(not_before) FROM operations INDEXED BY operations_by_due_time WHERE state = 'queued') END,
       (SELECT min(not_before) FROM operations INDEXED BY operations_by_due_time
        WHERE state = 'queued' AND not_before > :now),
       (SELECT min(until) FROM breakers WHERE until > :now),
       (SELECT min(deadline) FROM operations INDEXED BY operations_by_deadline
        WHERE deadline IS NOT NULL AND finished_at IS NULL AND deadline > :now),
       (SELECT min(at) + {order.TURN_S} FROM operations INDEXED BY operations_by_state
        CROSS JOIN operation_history ON operation = operations.id
        WHERE state = 'running' AND kind IN ({YIELDING_KINDS}) AND became = 'running' AND at > :now - {order.TURN_S})
"""  # noqa: S608  # built from constants

LIBRARIES = "SELECT name FROM roots WHERE role = 'library' AND active = 1"


def claim(tx: Tx, now: float, held: Collection[int] = frozenset()) -> Operation | None:
    """Take the operation that is next, but for those that are `held`; None when none may start now."""
    found = chosen(tx, now, held)
    if found is None:
        return None
    return operations.of_row(tx.execute(CLAIM, {"id": found, "now": now}).fetchone())


def chosen(tx: Tx, now: float, held: Collection[int] = frozenset()) -> int | None:
    """Return the operation that is next, but for those that are `held`; None when none may start now."""
    tried, works = _tried(tx), running(tx)
    kinds = operations.encoded(sorted(order.full(works, tried)))
    if tx.execute(OTHER_KINDS, {"kinds": kinds, "now": now}).fetchone() is None:
        return None
    with closing(_in_order(tx, WAITING, now=now)) as waiting:
        found = order.first(waiting, works, tried, held)
    return None if found is None else found.id


class Outlook(NamedTuple):
    """What of the queue is to be done, as far as time alone decides."""

    is_due: bool
    """The time of an operation has come that waits, and the queue is not paused, whatever else may keep it from starting."""
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
    return list(_works(tx, RUNNING))


def makes_room(tx: Tx, operation: int, now: float, *, is_free: bool) -> bool:
    """Say whether something more urgent waits that can start only when this running operation is put back.

    `is_free`: one more could be carried out beside those that run.
    """
    works = running(tx)
    mine = next((work for work in works if work.id == operation), None)
    if mine is None:
        return False
    if tx.execute(MORE_URGENT, {"than": mine.priority, "now": now}).fetchone() is None:
        return False
    if now >= tx.execute(BEGAN, (operation,)).fetchone()[0] + order.TURN_S:
        # it waits anew, after all that waits now and is more urgent
        mine = replace(mine, rank=math.inf)
    waiting = list(_in_order(tx, WAITING, now=now))
    return order.makes_room(mine, waiting, works, _tried(tx), is_free=is_free)


def carry_out(tx: Tx, operation: int, places: frozenset[Place], now: float) -> None:
    """Let a running operation go on with what it has planned, at these places beside its own.

    When another works there now, or waits and comes before it, or somebody has paused one of them, it is put back,
    and starts when that is over. So it is when one that it meets has ended since it was planned.
    """
    operations.advance(tx, operation, Step.APPLY)
    if spread(tx, operation, places, now) and is_overtaken(tx, operation, places):
        operations.requeue(tx, operation, now)


def spread(tx: Tx, operation: int, places: frozenset[Place], now: float) -> bool:
    """Let a running operation work at these places, too; False when it was put back, since it may not now."""
    works = running(tx)
    mine = next(work for work in works if work.id == operation)
    own = mine.places[:1] if mine.kind is not Kind.VERIFY else ()
    tx.execute("DELETE FROM operation_places WHERE operation = ?", (operation,))
    tx.executemany(
        "INSERT INTO operation_places VALUES (?, ?, ?)",
        [(operation, place.root, place.path) for place in sorted(places)],
    )
    ahead = _in_order(tx, AHEAD, now=now, rank=mine.rank, id=mine.id)
    with closing(ahead):
        may = order.may_spread(mine, (*own, *sorted(places)), works, ahead)
    may = may and not _paused(tx, operation)
    if not may:
        operations.requeue(tx, operation, now)
    return may


def _tried(tx: Tx) -> frozenset[Kind]:
    rows = tx.execute("SELECT kind FROM breakers WHERE until IS NOT NULL")
    return frozenset(Kind(row[0]) for row in rows)


def _paused(tx: Tx, operation: int) -> bool:
    row = tx.execute(PAUSED, (operation,)).fetchone()
    return row is not None


def _in_order(tx: Tx, query: str, **values: object) -> Generator[Work, None, None]:
    """Yield those that wait, in their order; of the parts of one whole that have a root to themselves only the first.

    What keeps that one from starting keeps the others too, and so does it: they are not looked at one by one.
    """
    apart: list[int] = []
    last: Work | None = None
    while True:
        values |= {"after_rank": last.rank if last else -math.inf, "after": last.id if last else 0}
        known = len(apart)
        with closing(_works(tx, query, apart=operations.encoded(apart), **values)) as works:
            for last in works:
                yield last
                own = {Place(place.root, TOP) for place in last.places[:1]}
                if last.whole is not None and not own.isdisjoint(last.places[1:]):
                    apart.append(last.whole)
                    break
        if len(apart) == known:
            return


def _works(tx: Tx, query: str, **values: object) -> Generator[Work, None, None]:
    """Yield one after the other as it is looked at: there may be thousands, and the first be the one."""
    libraries: tuple[str, ...] | None = None
    with closing(tx.execute(query, values)) as rows:
        for row in rows:
            own: tuple[Place, ...] = (Place(row["root"], RelPath(row["path"])),)
            if row["kind"] in (Kind.CLEANUP, Kind.VERIFY):
                # one works nowhere in particular, see Work.bars; the other reads, and changes nothing where it does
                own = ()
            if row["root"] == "" and row["step"] == Step.SCAN:
                if libraries is None:
                    libraries = tuple(name for (name,) in tx.execute(LIBRARIES))
                own = tuple(Place(name, TOP) for name in libraries)
            yield Work(
                id=row["id"],
                kind=Kind(row["kind"]),
                priority=row["priority"],
                places=(*own, *_places(tx, row["id"])) if row["kind"] != Kind.SCAN else own,
                whole=row["parent"],
                crashes=row["crashes"],
                rank=row["rank"],
            )


def _places(tx: Tx, operation: int) -> list[Place]:
    rows = tx.execute("SELECT root, path FROM operation_places WHERE operation = ?", (operation,))
    return [Place(row["root"], RelPath(row["path"])) for row in rows]
