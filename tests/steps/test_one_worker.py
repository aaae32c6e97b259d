"""However workers, runner and people interleave, each operation is in the hands of one worker, and ends."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import media
from beside import Working, ask, once_after_commit, working
from household import Household
from shelfd.core import rounds
from shelfd.core.operations import Asker, Kind, State, Step
from shelfd.core.order import TURN_S
from shelfd.core.paths import TOP, Place, RelPath
from shelfd.store import journal, operations, pauses, retries
from waiting import eventually

MUSIC = Place("music", TOP)
IN_BETWEEN_S = 1.0  # for another thread to do what it must not


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Household]:
    made = Household(tmp_path)
    yield made
    made.close()


def many_directories(home: Household, number: int = 40) -> None:
    """Make more directories than one batch of a scan has."""
    song = media.mp3(home.top / "song.mp3", title="x")
    for which in range(number):
        directory = home.library / "music" / f"{which:03}"
        directory.mkdir()
        (directory / "song.mp3").write_bytes(song.read_bytes() + bytes([which]))


def scan(home: Household, place: Place = MUSIC, *, by: Asker = Asker.PERSON) -> int:
    return ask(home, Kind.SCAN, Step.SCAN, place, by=by, recursive=True)


def test_what_was_put_back_is_given_out_again_only_when_its_worker_has_let_go_of_it(
    home: Household,
) -> None:
    many_directories(home)
    number = scan(home)
    meanwhile: list[State] = []
    with working(home) as work:

        def pause() -> None:
            with home.db.transaction() as tx:
                pauses.begin(tx, pauses.Pause(), home.clock.now)
            eventually(work.workers.interrupted.is_set)

        def resume() -> None:
            with home.db.transaction() as tx:
                pauses.end(tx, pauses.Pause())
            # while this worker has not yet let go of it
            threading.Event().wait(IN_BETWEEN_S)
            meanwhile.append(work.state(number))

        def is_put_back() -> bool:
            found = home.operation(number)
            return found.state is State.QUEUED and found.attempts == 1

        once_after_commit(home, lambda: files(home) > 0, pause)
        once_after_commit(home, is_put_back, resume)
        eventually(lambda: home.operation(number).finished_at is not None)

    assert meanwhile == [State.QUEUED]
    ended = home.operation(number)
    assert (ended.state, ended.error, ended.attempts) == (State.COMPLETED, None, 2)
    assert files(home) == 40
    assert work.workers.given == [number, number]


def files(home: Household) -> int:
    return int(home.db.read().execute("SELECT count(*) FROM files").fetchone()[0])


def drop_album(home: Household, title: str, tracks: int, artist: str = "Ann") -> Path:
    """Drop an album, and let it have settled."""
    directory = home.inbox / title
    directory.mkdir()
    for track in range(1, tracks + 1):
        path = directory / f"{track}.mp3"
        media.mp3(path, artist=artist, album=title, title=f"{title} {track}", track=str(track))
    return directory


@pytest.fixture(autouse=True)
def one_step_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an import have a midst between any two of its file steps."""
    monkeypatch.setattr(rounds, "MOST", 1)


def import_(home: Household, path: bytes, *, by: Asker = Asker.PERSON) -> int:
    return ask(home, Kind.IMPORT, Step.PLAN, home.place(path), by=by)


def placed(home: Household, number: int) -> int:
    """Return how many files an import has put into the library so far, and not taken back."""
    row = home.db.read().execute(
        "SELECT count(*) FROM journal WHERE operation = ? AND action IN ('place', 'move')"
        " AND trash = 0 AND state = 'done' AND reverses IS NULL",
        (number,),
    )
    return int(row.fetchone()[0])


def tree(top: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(top)): path.read_bytes()
        for path in sorted(top.rglob("*"))
        if path.is_file() and path.name != ".shelfd-root"
    }


@pytest.mark.parametrize("done", [0, 1, 5, 20])
def test_an_import_that_is_cancelled_in_its_midst_is_put_back_in_one_go(
    home: Household, done: int
) -> None:
    drop_album(home, "Long", 20)
    before = tree(home.inbox)
    number = import_(home, b"Long")
    with working(home) as work:

        def is_in_its_midst() -> bool:
            found = home.operation(number)
            begun = found.step is Step.APPLY and found.state is State.RUNNING
            return begun and placed(home, number) == done

        def cancel() -> None:
            with home.db.transaction() as tx:
                operations.call_off(tx, number)
            eventually(work.workers.interrupted.is_set)

        once_after_commit(home, is_in_its_midst, cancel)
        eventually(lambda: home.operation(number).finished_at is not None)
        loops = work.runner.loops

    ended = home.operation(number)
    assert ended.state is State.CANCELLED
    assert ended.attempts <= 2
    assert loops < 20 * len(work.workers.given) + 200
    assert tree(home.inbox) == before
    assert tree(home.library) == {}
    assert home.open_steps() == 0


def test_a_scan_makes_room_for_what_is_more_urgent_however_old_it_is(home: Household) -> None:
    many_directories(home)
    drop_album(home, "New", 2)
    number = scan(home, by=Asker.SCHEDULE)
    home.clock.now += 7200
    urgent: list[int] = []
    with working(home) as work:

        def want() -> None:
            home.clock.now += TURN_S
            urgent.append(ask(home, Kind.SCAN, Step.SCAN, Place("music", RelPath(b"007"))))
            eventually(work.workers.interrupted.is_set)

        once_after_commit(home, lambda: files(home) > 0, want)
        eventually(lambda: home.operation(number).finished_at is not None)

    assert work.workers.given == [number, urgent[0], number]
    assert home.operation(number).state is State.COMPLETED
    assert home.operation(urgent[0]).state is State.COMPLETED
    assert files(home) == 40


def call_off_after(home: Household, number: int, done: int) -> None:
    """Let an import be cancelled once it has put so many files into the library."""

    def is_in_its_midst() -> bool:
        found = home.operation(number)
        begun = found.step is Step.APPLY and found.state is State.RUNNING
        return begun and placed(home, number) == done

    def cancel() -> None:
        with home.db.transaction() as tx:
            operations.call_off(tx, number)

    once_after_commit(home, is_in_its_midst, cancel)


def stop_in_the_put_back(work: Working, number: int, commits: int) -> None:
    """Stop the runner so many commits after an import was cancelled."""
    left = [commits]

    def count() -> None:
        if operations.called_off(work.home.db.read(), number):
            left[0] -= 1
            if left[0] == 0:
                work.runner.stop()

    work.home.db.committed.append(count)


@pytest.mark.parametrize("done", [0, 1, 3])
@pytest.mark.parametrize("commits", range(1, 30, 3))
def test_a_put_back_that_a_stop_interrupts_goes_on_and_the_import_can_be_tried_again(
    tmp_path: Path, done: int, commits: int
) -> None:
    home = Household(tmp_path)
    drop_album(home, "Long", 4)
    before = tree(home.inbox)
    number = import_(home, b"Long")
    with working(home) as work:
        call_off_after(home, number, done)
        stop_in_the_put_back(work, number, commits)
        eventually(lambda: work.runner.stopping or home.operation(number).finished_at is not None)
    home.close()

    home.open()
    home.work()
    assert home.operation(number).state is State.CANCELLED
    assert tree(home.inbox) == before
    assert tree(home.library) == {}

    retry(home, number)
    assert home.operation(number).state is State.COMPLETED
    assert len(tree(home.library)) == 4
    assert home.open_steps() == 0
    home.close()


def retry(home: Household, number: int) -> None:
    """Do what control.queue.retry does, and all that follows."""
    with home.db.transaction() as tx:
        assert not journal.has_left_something(tx, number)
        journal.forget(tx, number)
        retries.again(tx, home.operation(number), home.clock.now)
    home.work()
