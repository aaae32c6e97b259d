"""The workers of the daemon, with real threads, on a household's real database and files."""

import contextlib
import threading
from collections.abc import Callable, Iterator

from household import Household
from shelfd.core.errors import ShelfdError
from shelfd.core.operations import Asker, Kind, Operation, Progress, State, Step, Wish
from shelfd.core.paths import Place
from shelfd.edges.threads import Threads
from shelfd.steps.course import Course
from shelfd.steps.ports import Told
from shelfd.steps.runner import Runner
from shelfd.steps.workers import Workers
from shelfd.store import operations
from waiting import eventually


class Watched(Workers):
    """Workers of which a test knows when something is to come to a safe point, and which gave out what."""

    def __init__(self, home: Household, idle_s: float = 10.0) -> None:
        super().__init__(
            home.base,
            Course(home.base, home.steps),
            lambda **_values: contextlib.nullcontext(),
            home.hurry,
            threads := Threads(64, "worker", home.db.leave, idle_s),
        )
        self.threads = threads
        self.interrupted = threading.Event()
        self.given: list[int] = []

    def submit(self, operation: Operation, told: Told) -> None:
        self.given.append(operation.id)
        super().submit(operation, told)

    def cancel(self, operation: int, *, hurry: bool) -> None:
        super().cancel(operation, hurry=hurry)
        self.interrupted.set()


class Counting(Runner):
    """A runner that counts how often it has looked for something to do."""

    loops = 0
    ends = 0

    def _turn(self) -> None:
        self.loops += 1
        super()._turn()

    def ended(self, operation: Operation, error: ShelfdError | None) -> None:
        super().ended(operation, error)
        self.ends += 1

    def progressed(self, operation: Operation, progress: Progress) -> None:
        super().progressed(operation, progress)


class Working:
    """A household at work."""

    def __init__(self, home: Household, workers: Watched, runner: Counting) -> None:
        self.home = home
        self.workers = workers
        self.runner = runner

    def state(self, number: int) -> State:
        return self.home.operation(number).state

    def until_all_is_done(self) -> None:
        """Wait until nothing runs or is due."""
        eventually(lambda: self._open() == 0)

    def _open(self) -> int:
        row = self.home.db.read().execute(
            "SELECT count(*) FROM operations WHERE finished_at IS NULL AND not_before <= ?",
            (self.home.clock.now,),
        )
        return int(row.fetchone()[0])


@contextlib.contextmanager
def working(home: Household, idle_s: float = 10.0) -> Iterator[Working]:
    """Let workers and a runner with its own thread work, and stop them at the end."""
    workers = Watched(home, idle_s)
    runner = Counting(home.base, workers, lambda: None)
    thread = threading.Thread(target=runner.run, name="runner")
    thread.start()
    try:
        yield Working(home, workers, runner)
    finally:
        runner.stop()
        thread.join(20)
        at_rest = workers.close(20)
    assert at_rest
    assert not thread.is_alive()


def ask(
    home: Household,
    kind: Kind,
    step: Step,
    place: Place,
    **more: object,
) -> int:
    """Put a wish into the queue, and return its id at once."""
    wish = Wish(
        kind=kind,
        step=step,
        place=place,
        display=home.current.roots.display(place),
        asker=Asker(str(more.pop("by", Asker.PERSON))),
        options=more,
    )
    with home.db.transaction() as tx:
        return operations.enqueue(tx, wish, home.clock.now)


def once_after_commit(home: Household, holds: Callable[[], bool], act: Callable[[], None]) -> None:
    """Let something happen in the thread of a commit after which something holds, the first time."""
    done: list[bool] = []

    def look() -> None:
        if not done and holds():
            done.append(True)
            act()

    home.db.committed.insert(0, look)
