"""Ask how roots are doing, and do not wait for a disk that does not answer."""

import threading
from concurrent.futures import Future
from queue import SimpleQueue
from typing import NamedTuple

from shelfd.app.watching import RootState, Watching
from shelfd.core.roots import Root

PATIENCE_S = 1.0
SILENT = "its disk does not answer"


class Glance(NamedTuple):
    """How a root is doing, and why nothing is heard of it, if so."""

    state: RootState
    fault: str | None


Questions = SimpleQueue[tuple[Root, Future[Glance]]]


class Glances:
    """Asks in a thread of its own; while a question is not answered, that is the answer."""

    def __init__(self, watching: Watching) -> None:
        """Ask `watching`, which asks the disk."""
        self._watching = watching
        self._asked: dict[str, Future[Glance]] = {}
        self._questions: dict[str, Questions] = {}
        self._silent: set[str] = set()
        self._lock = threading.Lock()

    def of(self, root: Root) -> Glance:
        """Return how a root is doing, within a second; at once when it did not answer before."""
        with self._lock:
            asked = self._asked.get(root.name)
            if asked is None or asked.done():
                asked = self._begin(root)
                self._silent.discard(root.name)
        try:
            return asked.result(0 if root.name in self._silent else PATIENCE_S)
        except TimeoutError:
            self._silent.add(root.name)
            return Glance(RootState("absent", SILENT, 0), SILENT)

    def _begin(self, root: Root) -> Future[Glance]:
        self._asked[root.name] = future = Future[Glance]()
        if root.name not in self._questions:
            # one for each root, which stays, for each has a connection to the database; and no pool,
            # for the end of the process would wait for its threads
            self._questions[root.name] = questions = Questions()
            thread = threading.Thread(target=self._answer, args=(questions,), daemon=True)
            thread.start()
        self._questions[root.name].put((root, future))
        return future

    def _answer(self, questions: Questions) -> None:
        while True:
            root, future = questions.get()
            try:
                future.set_result(Glance(self._watching.state(root), self._watching.fault_of(root)))
            except Exception as fault:  # noqa: BLE001  # who waits for it must hear of anything
                future.set_exception(fault)
