"""Tells which commits matter to whoever works on the queue: not those by which a scan says how far it is."""

import sqlite3
from collections.abc import Callable

WATCHED = {
    "operations": ("INSERT", "UPDATE OF state, not_before, priority, cancel, deadline"),
    "pauses": ("INSERT", "DELETE"),
    "breakers": ("INSERT", "UPDATE", "DELETE"),
    "operation_waits": ("DELETE",),
}
"""What of which table; with those that are deleted, what waits for them goes on."""

# of this connection alone: the file knows nothing of it
TRIGGER = """
CREATE TEMP TRIGGER news_of_{table}_{number} AFTER {change} ON main.{table} BEGIN SELECT news_of_the_queue(); END
"""


class QueueNews:
    """Counts the transactions that change what is to be done, or may be, and tells of them once they are committed."""

    def __init__(self, writer: sqlite3.Connection, *, is_there: bool) -> None:
        """Hear of what is written there; a file without a queue has no news of one."""
        self.listeners: list[Callable[[], None]] = []
        """Called after such a commit, in the thread that wrote; must be quick and not raise."""
        self.changes = 0
        """How many there were."""
        self._heard = False
        writer.create_function("news_of_the_queue", 0, self._hear)
        for table, changes in WATCHED.items() if is_there else ():
            for number, change in enumerate(changes):
                writer.execute(TRIGGER.format(table=table, number=number, change=change))

    def take(self) -> list[Callable[[], None]]:
        """Count what was committed now, and return whom to tell of it; one that was rolled back may count with the next."""
        if not self._heard:
            return []
        self._heard = False
        self.changes += 1
        return self.listeners

    def _hear(self) -> None:
        self._heard = True
