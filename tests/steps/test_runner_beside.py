"""The runner and its workers: nothing is lost by a fault, nothing turns while nothing can be done, and all stops."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import media
from beside import Working, ask, working
from household import Household
from shelfd.core.errors import BrokenError
from shelfd.core.operations import Asker, Kind, State, Step, Wish
from shelfd.core.paths import TOP, Place, RelPath
from shelfd.store import breakers, operations, pauses
from waiting import eventually

FAULT = """
CREATE TRIGGER broken BEFORE UPDATE OF state ON operations WHEN new.state IN ('failed', 'completed')
BEGIN SELECT raise(ABORT, 'broken'); END
"""
A_WHILE_S = 1.5  # in which something would turn, if it turned


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Household]:
    made = Household(tmp_path)
    yield made
    made.close()


def scan(home: Household, path: bytes = b"", root: str = "music", **options: object) -> int:
    return ask(home, Kind.SCAN, Step.SCAN, Place(root, RelPath(path)), **options)


def test_what_could_not_be_recorded_is_put_back_as_soon_as_it_can_be(home: Household) -> None:
    with working(home) as work:
        with home.db.transaction() as tx:
            tx.execute(FAULT)
        number = scan(home)
        eventually(lambda: work.runner.ends)
        with home.db.transaction() as tx:
            tx.execute("DROP TRIGGER broken")
        eventually(lambda: work.state(number) is State.QUEUED)
        home.clock.now += 10
        with home.db.transaction() as tx:
            pauses.begin(tx, pauses.Pause("kind", "cleanup"), home.clock.now)
        eventually(lambda: work.state(number) is State.COMPLETED)


def test_what_no_thread_can_be_started_for_is_tried_again(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = threading.Thread.start
    refused: list[str] = []

    def started(thread: threading.Thread) -> None:
        if thread.name == "worker" and not refused:
            refused.append(thread.name)
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", started)
    with working(home) as work:
        number = scan(home)
        eventually(lambda: refused and work.state(number) is State.QUEUED)
        home.clock.now += 10
        with home.db.transaction() as tx:
            pauses.begin(tx, pauses.Pause("kind", "cleanup"), home.clock.now)
        eventually(lambda: work.state(number) is State.COMPLETED)
        assert work.workers.threads.alive == 1


def test_threads_without_work_end_and_close_what_they_read_with(home: Household) -> None:
    readers = len(home.db._readers)
    with working(home, idle_s=0.05) as work:
        for name in ("music", "movies", "shows"):
            scan(home, root=name)
        work.until_all_is_done()
        eventually(lambda: not work.workers.threads.alive)
        assert len(home.db._readers) <= readers + 1  # and the one of the runner
        again = scan(home)
        eventually(lambda: work.state(again) is State.COMPLETED)


def test_nothing_turns_while_what_waits_cannot_start(home: Household) -> None:
    """Blocked by what another waits for, paused, of a kind that rests, and of a later time."""
    now = home.clock.now
    with home.db.transaction() as tx:
        pauses.begin(tx, pauses.Pause("root", "music"), now)
        for _failure in range(9):
            breakers.failed(tx, Kind.UNDO, {"code": "no_space", "message": "", "hint": ""}, now)
    first = scan(home)
    ask(home, Kind.UNDO, Step.UNDO, home.place(b"x"), operation=1)
    later = Wish(
        kind=Kind.SCAN,
        step=Step.SCAN,
        place=Place("movies", TOP),
        display="later",
        asker=Asker.SHELFD,
        not_before=now + 1000,
    )
    follower = Wish(
        kind=Kind.SCAN,
        step=Step.SCAN,
        place=Place("shows", TOP),
        display="follower",
        asker=Asker.PERSON,
        waits_for=(first,),
    )
    with home.db.transaction() as tx:
        operations.enqueue(tx, later, now)
        operations.enqueue(tx, follower, now)
    with working(home) as work:
        eventually(lambda: work.runner.loops)
        threading.Event().wait(0.2)
        before = work.runner.loops, switches()

        threading.Event().wait(A_WHILE_S)

        assert (work.runner.loops, switches()) == before
        assert not work.workers.given


def switches() -> dict[str, str]:
    """Return how often each other thread of this process has gone to sleep, as the kernel counts."""
    own = str(threading.get_native_id())
    found = {}
    for task in os.listdir("/proc/self/task"):
        if task != own:
            status = Path(f"/proc/self/task/{task}/status").read_text()
            found[task] = next(
                line for line in status.splitlines() if line.startswith("voluntary_ctxt")
            )
    return found


def fill(home: Household) -> None:
    song = media.mp3(home.top / "song.mp3", title="x").read_bytes()
    for number in range(30):
        directory = home.library / "music" / "Old" / f"{number:02}"
        directory.mkdir(parents=True)
        (directory / "song.mp3").write_bytes(song + bytes([number]))
    for title in ("One", "Two", "Three"):
        directory = home.inbox / title
        directory.mkdir()
        for track in range(1, 4):
            media.mp3(
                directory / f"{track}.mp3",
                artist="Ann",
                album=title,
                title=f"{title} {track}",
                track=str(track),
            )


def start_all(home: Household) -> None:
    for title in (b"One", b"Two", b"Three"):
        ask(home, Kind.IMPORT, Step.PLAN, home.place(title))
    scan(home, b"Old", recursive=True, full=True)
    scan(home, root="movies")


def content(home: Household) -> list[str]:
    library = sorted(str(p.relative_to(home.library)) for p in home.library.rglob("*.mp3"))
    return library + sorted(
        str(p.relative_to(home.inbox))
        for p in home.inbox.rglob("*.mp3")
        if ".shelfd-trash" not in p.parts
    )


@pytest.mark.parametrize("commits", [1, 2, 3, 4, 5, 6, 7, 9, 11, 14, 17, 21, 26, 32, 40, 50])
def test_a_stop_at_any_moment_is_over_soon_and_loses_nothing(tmp_path: Path, commits: int) -> None:
    home = Household(tmp_path)
    fill(home)
    start_all(home)
    with working(home) as work:
        stop_after(work, commits)
        eventually(lambda: work.runner.stopping or open_operations(home) == 0)
    assert [one.id for one in operations.running(home.db.read())] == []
    home.close()

    home.open()
    home.work()
    ended = operations.page(home.db.read())
    assert {one.state for one in ended if one.finished_at} == {State.COMPLETED}
    assert not [
        one for one in ended if one.finished_at is None and one.not_before <= home.clock.now
    ]
    assert len(content(home)) == 39
    assert home.open_steps() == 0
    row = home.db.read().execute("SELECT count(*) FROM files").fetchone()
    assert row[0] == 39
    home.close()


def open_operations(home: Household) -> int:
    query = "SELECT count(*) FROM operations WHERE finished_at IS NULL"
    return int(home.db.read().execute(query).fetchone()[0])


def stop_after(work: Working, commits: int) -> None:
    left = [commits]

    def count() -> None:
        left[0] -= 1
        if left[0] == 0:
            work.runner.stop()

    work.home.db.committed.append(count)


def test_an_executor_that_takes_nothing_more_is_no_fault_of_the_operation(home: Household) -> None:
    with working(home) as work:
        work.workers.close(1)
        number = scan(home)
        eventually(lambda: work.workers.given)
        work.runner.stop()
    assert work.state(number) in (State.QUEUED, State.COMPLETED)


def test_a_worker_that_cannot_start_says_so(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with working(home) as work, monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        number = scan(home)
        eventually(lambda: work.workers.given)
        with pytest.raises(BrokenError, match="no thread"):
            work.workers.submit(home.operation(number), work.runner)
        assert work.workers.capacity() == home.current.settings.daemon.workers
