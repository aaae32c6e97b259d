"""Ask how roots are doing, and do not wait for a disk that does not answer."""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future

from shelfd.core.condition import RootState
from shelfd.core.roots import Root
from shelfd.edges.threads import Threads

PATIENCE_S = 1.0
SILENT = "its disk does not answer"
UNASKED = "it cannot be looked at: the machine has no thread left for it"

Key = tuple[str, bytes]


class Glances:
    """Asks in a thread of its own for each root; while a question is not answered, that is the answer."""

    def __init__(self, state: Callable[[Root], RootState], leave: Callable[[], None]) -> None:
        """`state` asks the disk; `leave` is called in each thread that did, before it ends."""
        self._state = state
        self._leave = leave
        # by name and path: after a reload a name can stand for another disk
        self._asked: dict[Key, tuple[float, Future[RootState]]] = {}
        self._threads: dict[Key, Threads] = {}
        self._silent: set[Key] = set()
        self._lock = threading.Lock()

    def of(self, roots: Iterable[Root], lately_s: float = 0.0) -> dict[str, RootState]:
        """Return how roots are doing, by name, within a second; at once those that did not answer before.

        What was asked for less than `lately_s` ago is not asked for again.
        """
        now = time.monotonic()
        # all, before the first answer
        asked = [(root, self._begin(root, now, lately_s)) for root in roots]
        until = now + PATIENCE_S
        return {root.name: self._answer(_key(root), future, until) for root, future in asked}

    def _begin(self, root: Root, now: float, lately_s: float) -> Future[RootState]:
        key = _key(root)
        with self._lock:
            began, asked = self._asked.get(key, (0.0, None))
            if asked is None or (asked.done() and now - began >= lately_s):
                asked = self._ask(key, root)
                self._asked[key] = (now, asked)
                self._silent.discard(key)
            return asked

    def _ask(self, key: Key, root: Root) -> Future[RootState]:
        threads = self._threads.get(key)
        if threads is None:
            threads = self._threads[key] = Threads(1, "glance", self._leave)
        try:
            return threads.submit(self._state, root)
        except RuntimeError:  # whoever asks must not fail of it: the watchdog's beat asks, too
            asked: Future[RootState] = Future()
            asked.set_result(RootState("absent", UNASKED, 0, UNASKED))
            return asked

    def _answer(self, key: Key, asked: Future[RootState], until: float) -> RootState:
        try:
            return asked.result(0 if key in self._silent else max(until - time.monotonic(), 0.0))
        except TimeoutError:
            self._silent.add(key)
            return RootState("absent", SILENT, 0, SILENT)


def _key(root: Root) -> Key:
    return root.name, root.path
