"""A scan of real files that is cancelled or paused goes on under its id, in its mode, and reads no tag twice."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import media
from household import Household
from shelfd.core.operations import Kind, State, Step
from shelfd.core.paths import TOP, Place
from shelfd.store import checkpoints, operations, pauses

SONGS = 40
MUSIC = Place("music", TOP)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Household]:
    made = Household(tmp_path)
    for number in range(SONGS):
        name, title = f"Artist {number:02}", f"Title {number}"
        directory = made.library / "music" / name / "Some"
        directory.mkdir(parents=True)
        media.mp3(directory / "01.mp3", artist=name, album="Some", title=title, track="1")
    yield made
    made.close()


def after(home: Household, commits: int, act: Callable[[], None]) -> None:
    """Let something happen once, after so many commits."""
    left = [commits]

    def count() -> None:
        left[0] -= 1
        if left[0] == 0:
            act()

    home.db.committed.append(count)


def cancel(home: Household) -> None:
    with home.db.transaction() as tx:
        for running in operations.running(tx):
            operations.call_off(tx, running.id)


def pause(home: Household, *, paused: bool) -> None:
    with home.db.transaction() as tx:
        if paused:
            pauses.begin(tx, pauses.Pause(), 1.0)
        else:
            pauses.end(tx, pauses.Pause())


def titles(home: Household) -> int:
    found = home.db.read().execute("SELECT count(*) FROM items WHERE kind = 'track'").fetchone()
    return int(found[0])


@pytest.mark.parametrize("options", [{"recursive": True}, {"recursive": True, "full": True}])
def test_a_scan_that_was_cancelled_goes_on_in_its_mode_and_counts_truthfully(
    home: Household, options: dict[str, object]
) -> None:
    after(home, 5, lambda: cancel(home))
    cancelled = home.ask(Kind.SCAN, Step.SCAN, MUSIC, **options)
    assert cancelled.state is State.CANCELLED
    assert 0 < titles(home) < SONGS
    assert cancelled.done <= cancelled.total

    again = home.scan("music", recursive=True)

    assert (again.id, again.state, again.options) == (cancelled.id, State.COMPLETED, options)
    assert again.result is not None
    assert (again.result["added"], titles(home)) == (SONGS, SONGS)
    assert (again.done, again.total) == (2 * SONGS + 1, 2 * SONGS + 1)
    assert home.reader.count < SONGS + 16
    assert checkpoints.load(home.db.read(), again.id) is None


def test_a_full_scan_after_a_cancelled_normal_one_begins_anew(home: Household) -> None:
    after(home, 5, lambda: cancel(home))
    cancelled = home.scan("music", recursive=True)

    full = home.scan("music", recursive=True, full=True)

    assert full.id != cancelled.id
    assert full.state is State.COMPLETED
    assert titles(home) == SONGS
    assert checkpoints.load(home.db.read(), cancelled.id) is None


def test_a_paused_scan_goes_on_after_a_restart_when_it_may(home: Household) -> None:
    after(home, 5, lambda: pause(home, paused=True))
    paused = home.scan("music", recursive=True)
    assert (paused.state, 0 < titles(home) < SONGS) == (State.QUEUED, True)
    read = home.reader.count
    home.close()

    home.open()
    home.work()
    assert home.operation(paused.id).state is State.QUEUED

    pause(home, paused=False)
    home.work()
    assert home.operation(paused.id).state is State.COMPLETED
    assert titles(home) == SONGS
    assert home.reader.count + read < SONGS + 16


def test_whatever_the_number_of_interruptions_it_is_one_operation(home: Household) -> None:
    number = home.scan("movies", recursive=True).id + 1
    for _ in range(30):
        after(home, 3, lambda: cancel(home))
        ended = home.ask(Kind.SCAN, Step.SCAN, MUSIC, recursive=True)
        home.db.committed.pop()
        assert ended.id == number
        if ended.state is State.COMPLETED:
            break

    assert home.operation(number).state is State.COMPLETED
    assert titles(home) == SONGS
