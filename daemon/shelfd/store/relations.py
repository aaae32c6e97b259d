"""The rows that tie operations together: which waits for which, and which is part of which."""

from collections.abc import Iterable

from shelfd.store import events
from shelfd.store.database import Tx

UNFINISHED = """
SELECT waits_for AS id FROM operation_waits JOIN operations ON id = waits_for
WHERE operation = ?1 AND state <> 'completed'
UNION
SELECT id FROM operations WHERE parent = ?1 AND finished_at IS NULL AND ?2
ORDER BY 1
"""

FOLLOWERS = """
SELECT id FROM operation_waits JOIN operations ON id = operation
WHERE waits_for = ? AND state = 'queued' ORDER BY id
"""

CHILDREN = """
SELECT state, count(*) FROM operations WHERE parent = ? GROUP BY state
"""

# told once a second, first of one that has ended, and last of all: that the last is among those that have not is seen at once
PART_ENDED = """
UPDATE operations
SET phase = 'importing', unit = 'items', current = :display, changed_at = :now,
    total = (SELECT count(*) FROM operations AS part WHERE part.parent = operations.id),
    done = (SELECT count(*) FROM operations AS part WHERE part.parent = operations.id AND finished_at IS NOT NULL)
WHERE id = :whole AND state = 'queued' AND (done = 0 OR changed_at <= :now - 1.0 OR (
  SELECT 1 FROM operations AS part WHERE part.parent = operations.id AND finished_at IS NULL
  ORDER BY part.id DESC LIMIT 1) IS NULL)
RETURNING phase, done, total, unit, current
"""

BADLY = (
    "SELECT id FROM operations WHERE parent = ? AND state IN ('failed', 'cancelled') ORDER BY id"
)


def let_wait(tx: Tx, operation: int, others: Iterable[int]) -> None:
    """Let an operation start only when these have ended well."""
    tx.executemany(
        "INSERT OR IGNORE INTO operation_waits VALUES (?, ?)",
        [(operation, other) for other in others],
    )


def awaited(tx: Tx, operation: int, *, parts: bool = True) -> list[int]:
    """Return what an operation waits for that has not ended well: others that come first, and its own `parts`."""
    return [int(row[0]) for row in tx.execute(UNFINISHED, (operation, parts))]


def followers(tx: Tx, operation: int) -> list[int]:
    """Return those that were to start after an operation, and wait."""
    return [int(row[0]) for row in tx.execute(FOLLOWERS, (operation,))]


def open_parts(tx: Tx, operation: int) -> list[int]:
    """Return the parts of an operation that have not ended."""
    rows = tx.execute(
        "SELECT id FROM operations WHERE parent = ? AND finished_at IS NULL", (operation,)
    )
    return [int(row["id"]) for row in rows]


def part_ended(tx: Tx, operation: int, now: float) -> None:
    """Let the whole, of which an operation that has ended is a part, tell how far it is."""
    part = tx.execute(
        "SELECT parent, display FROM operations WHERE id = ?", (operation,)
    ).fetchone()
    if part["parent"] is None:
        return
    values = {"whole": part["parent"], "display": part["display"], "now": now}
    row = tx.execute(PART_ENDED, values).fetchone()
    if row is not None:
        # the trigger tells of what runs, and the whole only waits
        data: dict[str, object] = {"id": part["parent"], **dict(row), "rate": None, "eta_s": None}
        events.add(tx, "progress", data, now, part["parent"])


def ended_badly(tx: Tx, operation: int) -> list[int]:
    """Return the parts of an operation that have failed or were cancelled."""
    return [int(row[0]) for row in tx.execute(BADLY, (operation,))]


def parts(tx: Tx, operation: int) -> dict[str, int]:
    """Return how many parts of an operation are in which state; empty when it has none."""
    return {row[0]: row[1] for row in tx.execute(CHILDREN, (operation,))}
