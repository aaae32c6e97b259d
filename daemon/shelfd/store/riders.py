"""Who writes rows with the transactions of others."""

import sqlite3
from typing import Protocol


class Rider(Protocol):
    """Has rows that are worth no transaction of their own."""

    def write(self, tx: sqlite3.Connection) -> None:
        """Write what waits, at the end of somebody's transaction; must be quick, and not raise but for the database."""
        ...

    def written(self) -> None:
        """Take note that this transaction has ended well, before the next one begins; else there is none."""
        ...
