"""The rows of events: what happened, in order, for those who listen."""

from contextlib import closing

import msgspec

from shelfd.store.database import Tx

BOUNDS = """
SELECT min(id), (SELECT seq FROM sqlite_sequence WHERE name = 'events') FROM events
"""


AFTER = "SELECT * FROM events WHERE id > :event ORDER BY id LIMIT :limit"
AFTER_OF_AN_OPERATION = """
SELECT * FROM events WHERE operation = :operation AND id > :event ORDER BY id LIMIT :limit
"""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened; `data` is JSON text."""

    id: int
    at: float
    event: str
    operation: int | None
    data: str


def add(
    tx: Tx,
    event: str,
    data: dict[str, object],
    now: float,
    operation: int | None = None,
) -> None:
    """Write an event into the transaction of the change that it tells of."""
    text = msgspec.json.encode(data).decode()
    tx.execute(
        "INSERT INTO events (at, event, operation, data) VALUES (?, ?, ?, ?)",
        (now, event, operation, text),
    )


def after(
    tx: Tx, event: int, operation: int | None = None, limit: int = 500, size: int = 1 << 20
) -> list[Event]:
    """Return the events that follow the one with this id, oldest first.

    There are `limit` at the most, and none after that which brings their data to `size` characters.
    """
    values = {"event": event, "operation": operation, "limit": limit}
    rows = tx.execute(AFTER if operation is None else AFTER_OF_AN_OPERATION, values)
    found, length = [], 0
    with closing(rows):  # what is left of it would keep this reader at an old commit
        for row in rows:
            found.append(Event(**dict(row)))
            length += len(found[-1].data)
            if length >= size:
                break
    return found


def bounds(tx: Tx) -> tuple[int, int]:
    """Return the ids of the oldest event that is kept and of the newest; (1, 0) when there is none."""
    # in one statement: between two there may be the first event
    row = tx.execute(BOUNDS).fetchone()
    last = row[1] or 0
    return (row[0] or last + 1, last)


def forget_before(tx: Tx, moment: float) -> int:
    """Forget events older than a Unix time; return how many."""
    return tx.execute("DELETE FROM events WHERE at < ?", (moment,)).rowcount
