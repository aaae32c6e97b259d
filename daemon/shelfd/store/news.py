"""Tells which commits matter to whom: to the queue's work not those by which a scan says how far it is."""

import sqlite3
from collections.abc import Callable, Collection, Mapping

QUEUE = {
    "operations": ("INSERT", "UPDATE OF state, not_before, priority, cancel, deadline"),
    "pauses": ("INSERT", "DELETE"),
    "breakers": ("INSERT", "UPDATE", "DELETE"),
    "operation_waits": ("DELETE",),
}
"""What of which table may change what is to be done; with waits that are deleted, what waits for them goes on."""
EVENTS = {"events": ("INSERT",)}
"""What is told to whoever listens."""

# of this connection alone: the file knows nothing of it
TRIGGER = """
CREATE TEMP TRIGGER {name}_by_{table}_{number} AFTER {change} ON main.{table} BEGIN SELECT {name}(); END
"""


class News:
    """Counts the transactions that change something of these tables, and tells of them once they are committed."""

    def __init__(
        self, writer: sqlite3.Connection, name: str, watched: Mapping[str, Collection[str]]
    ) -> None:
        """Hear of what is written there; a file without these tables has no news of them. `name` is this one's alone."""
        self.listeners: list[Callable[[], None]] = []
        """Called after such a commit, in the thread that wrote; must be quick and not raise."""
        self.changes = 0
        """How many there were."""
        self._heard = False
        writer.create_function(name, 0, self._hear)
        for table, changes in watched.items():
            for number, change in enumerate(changes):
                writer.execute(TRIGGER.format(name=name, table=table, number=number, change=change))

    def take(self) -> list[Callable[[], None]]:
        """Count what was committed now, and return whom to tell of it; one that was rolled back may count with the next."""
        if not self._heard:
            return []
        self._heard = False
        self.changes += 1
        return self.listeners

    def _hear(self) -> None:
        self._heard = True
