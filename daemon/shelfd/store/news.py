"""Tells which commits matter to whom: to the queue's work not those by which a scan says how far it is."""

import sqlite3
from collections.abc import Callable, Collection

QUEUE = (
    "INSERT ON main.operations",
    "UPDATE OF state, not_before, priority, cancel, deadline ON main.operations",
    "INSERT ON main.pauses",
    "DELETE ON main.pauses",
    "INSERT ON main.breakers",
    "UPDATE ON main.breakers",
    "DELETE ON main.breakers",
    "DELETE ON main.operation_waits",
)
"""What may change what is to be done; with waits that are deleted, what waits for them goes on."""
EVENTS = ("INSERT ON main.events WHEN NEW.event <> 'progress'",)
"""What is told to whoever listens, but for how far something is."""

# of this connection alone: the file knows nothing of it
TRIGGER = """
CREATE TEMP TRIGGER {name}_{number} AFTER {change} BEGIN SELECT {name}(); END
"""


class News:
    """Counts the transactions that have one of these changes in them, and tells of them once they are committed."""

    def __init__(self, writer: sqlite3.Connection, name: str, changes: Collection[str]) -> None:
        """Hear of what is written there: events of triggers, and on which tables. `name` is this one's alone."""
        self.listeners: list[Callable[[], None]] = []
        """Called after such a commit, in the thread that wrote; must be quick and not raise."""
        self.changes = 0
        """How many there were."""
        self._heard = False
        writer.create_function(name, 0, self._hear)
        for number, change in enumerate(changes):
            writer.execute(TRIGGER.format(name=name, number=number, change=change))

    def take(self) -> list[Callable[[], None]]:
        """Count what was committed now, and return whom to tell of it; one that was rolled back may count with the next."""
        if not self._heard:
            return []
        self._heard = False
        self.changes += 1
        return self.listeners

    def _hear(self) -> None:
        self._heard = True
