"""The rows of the logs of operations."""

from collections.abc import Mapping, Sequence

import msgspec

from shelfd.core.lines import FIRST, NEWEST, Level, Line, upward
from shelfd.store.database import Tx

MOST = 200_000
"""Lines of all operations together, after a clean-up."""

# a line is never worth the transaction that it rides along with, and its operation may be forgotten already
ADD = """
INSERT OR IGNORE INTO operation_log (operation, id, at, level, message, fields)
SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE EXISTS (SELECT 1 FROM operations WHERE id = ?1)
"""

PAGE = """
SELECT id, at, level, message, fields FROM operation_log
WHERE operation = :operation AND id > :after AND level IN (SELECT value FROM json_each(:levels))
ORDER BY id LIMIT :limit
"""

# the last line stays: it tells the end, and how many there were
FORGET = """
DELETE FROM operation_log
WHERE operation <= (
  SELECT max(operation) FROM (
    SELECT operation, sum(count(*)) OVER (ORDER BY operation DESC) AS so_far
    FROM operation_log GROUP BY operation
  ) WHERE so_far > ?
) AND id < (SELECT max(id) FROM operation_log AS later WHERE later.operation = operation_log.operation)
"""


def last(tx: Tx, operation: int) -> int:
    """Return the id of the last line of an operation, 0 without one."""
    row = tx.execute("SELECT max(id) FROM operation_log WHERE operation = ?", (operation,))
    return int(row.fetchone()[0] or 0)


def add(tx: Tx, operation: int, lines: Sequence[Line], before: int) -> None:
    """Write lines of an operation, which had `before` of them already when theirs were counted from 1 on.

    Of more than can be kept the first and the newest stay.
    """
    tx.executemany(
        ADD,
        [
            (operation, before + line.id, line.at, line.level, line.message, line.fields)
            for line in lines
        ],
    )
    newest = before + lines[-1].id if lines else 0
    if newest > FIRST + NEWEST:
        tx.execute(
            "DELETE FROM operation_log WHERE operation = ? AND id > ? AND id <= ?",
            (operation, FIRST, newest - NEWEST),
        )


def page(
    tx: Tx, operation: int, *, least: Level = Level.DEBUG, after: int = 0, limit: int = 100
) -> list[Line]:
    """Return lines of an operation from this level up with an id above `after`, oldest first."""
    values: Mapping[str, object] = {
        "operation": operation,
        "levels": msgspec.json.encode(upward(least)).decode(),
        "after": after,
        "limit": limit,
    }
    return [Line(**{**dict(row), "level": Level(row["level"])}) for row in tx.execute(PAGE, values)]


def left_out(tx: Tx, operation: int) -> int:
    """Return how many lines of an operation are not kept."""
    row = tx.execute(
        "SELECT coalesce(max(id), 0) - count(*) FROM operation_log WHERE operation = ?",
        (operation,),
    )
    return int(row.fetchone()[0])


def forget_beyond(tx: Tx, most: int = MOST) -> int:
    """Forget all but the last line of the oldest operations, where all together have more than `most`; return how many."""
    return tx.execute(FORGET, (most,)).rowcount
