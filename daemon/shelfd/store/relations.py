"""The rows that tie operations together: which waits for which, and which is part of which."""

from collections.abc import Iterable

from shelfd.store.database import Tx

UNFINISHED = """
SELECT waits_for AS id FROM operation_waits JOIN operations ON id = waits_for
WHERE operation = ?1 AND state <> 'completed'
UNION
SELECT id FROM operations WHERE parent = ?1 AND finished_at IS NULL
ORDER BY 1
"""

FOLLOWERS = """
SELECT id FROM operation_waits JOIN operations ON id = operation
WHERE waits_for = ? AND state = 'queued' ORDER BY id
"""

CHILDREN = """
SELECT state, count(*) FROM operations WHERE parent = ? GROUP BY state
"""


def let_wait(tx: Tx, operation: int, others: Iterable[int]) -> None:
    """Let an operation start only when these have ended well."""
    tx.executemany(
        "INSERT OR IGNORE INTO operation_waits VALUES (?, ?)",
        [(operation, other) for other in others],
    )


def awaited(tx: Tx, operation: int) -> list[int]:
    """Return what an operation waits for that has not ended well: others that come first, and its own parts."""
    return [int(row[0]) for row in tx.execute(UNFINISHED, (operation,))]


def followers(tx: Tx, operation: int) -> list[int]:
    """Return those that were to start after an operation, and wait."""
    return [int(row[0]) for row in tx.execute(FOLLOWERS, (operation,))]


def open_parts(tx: Tx, operation: int) -> list[int]:
    """Return the parts of an operation that have not ended."""
    rows = tx.execute(
        "SELECT id FROM operations WHERE parent = ? AND finished_at IS NULL", (operation,)
    )
    return [int(row["id"]) for row in rows]


def parts(tx: Tx, operation: int) -> dict[str, int]:
    """Return how many parts of an operation are in which state; empty when it has none."""
    return {row[0]: row[1] for row in tx.execute(CHILDREN, (operation,))}
