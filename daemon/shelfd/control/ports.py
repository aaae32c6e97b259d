"""What the API must know of the running daemon beyond the rows, as one Protocol."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Protocol

from shelfd.core.media import Picture, Reading, Sought
from shelfd.steps.ports import Clock, Current
from shelfd.store.database import Database


class Daemon(Protocol):
    """The daemon, as those see it who talk to it; every method may be called from any thread."""

    @property
    def db(self) -> Database:
        """Return the database."""
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

    def state(self) -> str:
        """Return `starting`, `ready`, `degraded` or `stopping`; never waits."""
        ...

    def watch(self) -> Mapping[str, object]:
        """Return how the watching is doing: `watches`, their number, `budget`, how many there may be, and `fault`, a sentence.

        The last two are None where there is none, or none that can be seen.
        """
        ...

    def root_state(self, name: str) -> tuple[str, str, int]:
        """Return how a root is doing: `watching`, `polling`, `suspended` or `absent`; why, if there is more to say; its watches."""
        ...

    def memory_bytes(self) -> int:
        """Return the resident memory of the process."""
        ...

    def memory_pressure(self) -> str:
        """Return how short memory is: `none`, `some` or `high`."""
        ...

    def next_runs(self) -> Mapping[str, datetime]:
        """Return when each line of the calendar is due next, with time zone."""
        ...

    def picture(self, sought: Sought) -> Future[list[Picture | Reading]]:
        """Have one cover read by another process; instead of it may come a Reading whose `error` says why there is none.

        BrokenError, at once or out of the Future, when no process can do it.
        """
        ...

    def checks(self) -> Sequence[Mapping[str, str]]:
        """Return what is wrong now, each with `check`, `severity` (`warn`, `fatal`), `message`, `fix`."""
        ...
