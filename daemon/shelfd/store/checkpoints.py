"""The rows of checkpoints: where the walk of a scan stands, in the transaction of what it has found."""

import msgspec

from shelfd.core.walk import Counts, Walk
from shelfd.store.database import Tx


def save(tx: Tx, operation: int, walk: Walk, now: float) -> None:
    """Keep the walk's frontier, so that a restart goes on from here."""
    tx.execute(
        "INSERT OR REPLACE INTO checkpoints (operation, frontier, counts, saved_at) VALUES (?, ?, ?, ?)",
        (operation, msgspec.msgpack.encode(walk), _encoded(walk.counts), now),
    )
    got_on(tx, operation)


def got_on(tx: Tx, operation: int) -> None:
    """Note that an operation has come further than when the process ended under it, if it did."""
    tx.execute("UPDATE operations SET crashes = 0 WHERE id = ? AND crashes > 0", (operation,))


def count(tx: Tx, operation: int, walk: Walk) -> None:
    """Keep only what was counted: a restart goes on from the frontier before, and finds the rows up to here unchanged."""
    values = (_encoded(walk.counts), operation)
    tx.execute("UPDATE checkpoints SET counts = ? WHERE operation = ?", values)


def load(tx: Tx, operation: int) -> Walk | None:
    """Return the walk as last saved; None when there is none."""
    row = tx.execute(
        "SELECT frontier, counts FROM checkpoints WHERE operation = ?", (operation,)
    ).fetchone()
    if row is None:
        return None
    walk = msgspec.msgpack.decode(row["frontier"], type=Walk)
    if row["counts"] is not None:
        walk.counts = msgspec.msgpack.decode(row["counts"], type=Counts)
    return walk


def forget(tx: Tx, operation: int) -> None:
    """Let the walk begin anew."""
    tx.execute("DELETE FROM checkpoints WHERE operation = ?", (operation,))


def _encoded(counts: Counts) -> bytes:
    return msgspec.msgpack.encode(counts)
