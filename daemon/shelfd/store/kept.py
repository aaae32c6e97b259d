"""What was read is kept until something is committed: counts of a large catalog take as long as it is large."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from shelfd.store.database import Database, Tx

T = TypeVar("T")
Query = Callable[[Tx], T]
Later = Callable[[Callable[[], object]], object]
"""Has a call made soon, in another thread."""

TIMES, LONGEST_S = 400, 2.0
"""How long what was read will do while more is written: so many times what the reading took, but no longer."""
CHEAP_S = 0.001
"""What is read within this time, nobody else needs to read."""


class _Value(msgspec.Struct, frozen=True):
    """What a query has read."""

    commits: int
    """How many there were before."""
    value: Any
    took_s: float
    until: float
    """The monotonic time up to which it will do while more is written."""


class Kept:
    """The values of queries, each of which is read again only when it can have changed; from any thread."""

    def __init__(
        self, db: Database, clock: Callable[[], float], later: Later = lambda call: call()
    ) -> None:
        """`clock` is monotonic, in seconds."""
        self._db = db
        self._clock = clock
        self._later = later
        self._values: dict[Query[Any], _Value] = {}
        self._awaited: set[Query[Any]] = set()

    def now(self, query: Query[T]) -> T:
        """Return what `query` reads as of the last commit."""
        found = self._values.get(query)
        if found is None or found.commits != self._db.commits:
            found = self._read(query)
        value: T = found.value
        return value

    def lately(self, query: Query[T]) -> T:
        """Return what `query` has read a moment ago, for who asks often while much is written.

        It is two seconds old at the most, and less where it is read quickly. What takes long is read again beside
        those who ask for it; who asks seldom waits for it.
        """
        found = self._values.get(query)
        now = self._clock()
        if found is None or (
            found.commits != self._db.commits
            and now >= found.until + (0.0 if found.took_s < CHEAP_S else LONGEST_S)
        ):
            found = self._read(query)
        elif found.commits != self._db.commits and now >= found.until:
            self._read_later(query)
        value: T = found.value
        return value

    def _read(self, query: Query[Any]) -> _Value:
        commits = self._db.commits  # first: what is read may be newer than that, but not older
        began = self._clock()
        value = query(self._db.read())
        took_s = self._clock() - began
        found = _Value(commits, value, took_s, began + took_s + min(TIMES * took_s, LONGEST_S))
        self._values[query] = found
        return found

    def _read_later(self, query: Query[Any]) -> None:
        if query in self._awaited:
            return
        self._awaited.add(query)  # two at once harm nobody

        def read() -> None:
            try:
                self._read(query)
            finally:
                self._awaited.discard(query)

        try:
            self._later(read)
        except RuntimeError:  # no thread is to be had: what there is will do
            self._awaited.discard(query)
