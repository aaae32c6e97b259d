"""What the API must know of the running daemon beyond the rows, as one Protocol."""

from collections.abc import Mapping
from concurrent.futures import Future
from datetime import datetime
from typing import Protocol

from shelfd.core.condition import Condition, Phase
from shelfd.core.media import Picture, Reading, Sought
from shelfd.steps.ports import Clock, Current
from shelfd.store.database import Database, Tx
from shelfd.store.kept import Kept


class Daemon(Protocol):
    """The daemon, as those see it who talk to it; every method may be called from any thread."""

    @property
    def db(self) -> Database:
        """Return the database."""
        ...

    @property
    def kept(self) -> Kept:
        """Return what was counted."""
        ...

    @property
    def current(self) -> Current:
        """Return the settings in force."""
        ...

    @property
    def clock(self) -> Clock:
        """Return the clock."""
        ...

    version: str
    """Which shelfd this is."""
    since: float
    """Unix time of the start."""

    @property
    def phase(self) -> Phase:
        """Where it is between its start and its end."""
        ...

    def condition(self) -> Condition:
        """Return how all of it is doing; within a second, even when a disk does not answer."""
        ...

    def memory_bytes(self) -> int:
        """Return the resident memory of the process."""
        ...

    def next_runs(self) -> Mapping[str, datetime]:
        """Return when each line of the calendar is due next, with time zone."""
        ...

    def picture(self, sought: Sought) -> Future[list[Picture | Reading]]:
        """Have one cover read by another process; instead of it may come a Reading whose `error` says why there is none.

        BrokenError, at once or out of the Future, when no process can do it.
        """
        ...

    def keep_decisions(self, tx: Tx) -> None:
        """Write what people have decided, as the rows of this transaction say it, to where a new database finds it.

        BrokenError when that is not possible: then it must not be decided.
        """
        ...

    def log_is_open(self, operation: int) -> bool:
        """Say whether more lines may come to the log of an operation before it runs again; never waits."""
        ...
