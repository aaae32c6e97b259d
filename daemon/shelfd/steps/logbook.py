"""What is logged while an operation runs, as rows: they ride along with whatever is written, and wait for no disk."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress

from shelfd.core.errors import BrokenError
from shelfd.core.lines import Level, Line, Lines
from shelfd.steps.ports import Clock
from shelfd.store import lines
from shelfd.store.database import Database, Tx

Hear = Callable[[Level, str, Mapping[str, object]], None]
"""Takes the level, the message and the fields of a line."""


class Log:
    """The log of one operation that runs."""

    def __init__(self) -> None:
        """Begin empty."""
        self.runs = 0
        """Two for a moment, when another worker takes it up that has just been put back."""
        self.lines = Lines()
        self.before: int | None = None
        """How many lines earlier runs of it have left; None: not read yet."""
        self.writing = 0
        """Up to which line the open transaction has them."""


class Logbook:
    """The logs of all operations that run.

    A line is in memory until somebody commits something: mostly the step itself, which writes down what it has
    done. A process that is killed loses what was logged since then, a power cut also what no disk has yet.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        bound: Callable[..., AbstractContextManager[None]],
        heard: Callable[[Hear], AbstractContextManager[None]],
    ) -> None:
        """`bound` puts values on every line that is logged inside of it, and `heard` hands over each of them."""
        self._db = db
        self._clock = clock
        self._bound = bound
        self._heard = heard
        self._logs: dict[int, Log] = {}
        self._lock = threading.Lock()
        db.riders.append(self)

    @contextmanager
    def bound(self, *, operation: int, **values: object) -> Iterator[None]:
        """Put the operation on every line that this thread logs inside, and write them into its log."""
        with self._lock:
            log = self._logs.setdefault(operation, Log())
            log.runs += 1

        def hear(level: Level, message: str, fields: Mapping[str, object]) -> None:
            at = self._clock.wall()
            with self._lock:
                log.lines.add(at, level, message, fields)

        try:
            with self._bound(operation=operation, **values), self._heard(hear):
                yield
        finally:
            self._close(operation, log)

    def is_open(self, operation: int) -> bool:
        """Say whether more lines may come to a log before the operation runs again; from any thread."""
        return operation in self._logs

    def write(self, tx: Tx) -> None:
        """Write what waits into a transaction that changes something anyway."""
        for operation, log, waiting in self._waiting():
            if log.before is None:
                log.before = lines.last(tx, operation)
            lines.add(tx, operation, waiting, log.before)
            log.writing = waiting[-1].id

    def written(self) -> None:
        """Forget what was written: the transaction has ended well."""
        with self._lock:
            for log in self._logs.values():
                log.lines.written(log.writing)

    def _waiting(self) -> list[tuple[int, Log, list[Line]]]:
        with self._lock:
            found = [(number, log, log.lines.waiting()) for number, log in self._logs.items()]
        return [one for one in found if one[2]]

    def _close(self, operation: int, log: Log) -> None:
        try:
            # without a database there is no log either, and whoever needs it finds that out
            with suppress(BrokenError):
                if log.lines.waiting():
                    with self._db.transaction(durable=False):
                        pass  # its lines ride along
        finally:
            with self._lock:
                log.runs -= 1
                if not log.runs:
                    self._logs.pop(operation, None)
