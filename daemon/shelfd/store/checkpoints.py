"""The rows of checkpoints: where the walk of a scan stands, in the transaction of what it has found."""

import msgspec

from shelfd.core.walk import Walk
from shelfd.store.database import Tx


def save(tx: Tx, operation: int, walk: Walk, now: float) -> None:
    """Keep the walk's frontier, so that a restart goes on from here."""
    tx.execute(
        "INSERT OR REPLACE INTO checkpoints (operation, frontier, saved_at) VALUES (?, ?, ?)",
        (operation, msgspec.msgpack.encode(walk), now),
    )


def load(tx: Tx, operation: int) -> Walk | None:
    """Return the walk as last saved; None when there is none."""
    row = tx.execute(
        "SELECT frontier FROM checkpoints WHERE operation = ?", (operation,)
    ).fetchone()
    return None if row is None else msgspec.msgpack.decode(row["frontier"], type=Walk)


def forget(tx: Tx, operation: int) -> None:
    """Let the walk begin anew."""
    tx.execute("DELETE FROM checkpoints WHERE operation = ?", (operation,))
