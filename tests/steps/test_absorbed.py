"""A scan whose work another one has done meanwhile ends with that, under its own id."""

import shutil
from pathlib import Path
from typing import Any

import pytest

import media
from household import Household
from shelfd.core.operations import Asker, Kind, State, Step, Wish
from shelfd.core.paths import TOP, Place, RelPath
from shelfd.store import operations


@pytest.fixture
def home(tmp_path: Path) -> Household:
    home = Household(tmp_path)
    song = home.library / "music/Ann/Some/01.mp3"
    song.parent.mkdir(parents=True)
    media.mp3(song, artist="Ann", album="Some", title="One", track="1")
    return home


def ask(home: Household, path: bytes = b"", root: str = "music", **options: Any) -> int:
    home.clock.now += 1
    wish = Wish(
        kind=Kind.SCAN,
        step=Step.SCAN,
        place=Place(root, RelPath(path) if path else TOP),
        display="",
        asker=Asker.PERSON,
        options=options,
    )
    with home.db.transaction() as tx:
        number = operations.enqueue(tx, wish, home.clock.now)
    home.clock.now += 1
    return number


def done_by(home: Household, number: int) -> object:
    operation = home.operation(number)
    assert operation.state is State.COMPLETED, operation.error
    assert operation.result is not None
    return operation.result.get("absorbed_by")


def test_of_three_scans_of_the_same_that_wait_together_one_does_the_work(home: Household) -> None:
    first, second, third = (ask(home, recursive=True) for _ in range(3))
    assert len({first, second, third}) == 3

    home.work()

    assert [done_by(home, number) for number in (first, second, third)] == [None, first, first]
    states = [became for _was, became, _at in operations.history(home.db.read(), second)]
    assert states == ["queued", "running", "completed"]


def test_a_scan_that_is_asked_for_after_the_other_began_is_done(home: Household) -> None:
    first = ask(home, recursive=True)
    home.work()
    second = ask(home, recursive=True)
    home.work()

    assert (done_by(home, first), done_by(home, second)) == (None, None)


@pytest.mark.parametrize(
    ("wider", "narrower"),
    [
        ({"recursive": True}, {"path": b"Ann"}),
        ({"recursive": True}, {"path": b"Ann", "recursive": True, "quick": True}),
        ({"path": b"Ann", "recursive": True}, {"path": b"Ann/Some"}),
        ({"recursive": True, "full": True}, {"recursive": True}),
        ({"root": "", "recursive": True}, {"recursive": True}),
        ({"path": b"Ann"}, {"path": b"Ann"}),
        ({"quick": True, "recursive": True}, {"quick": True, "path": b"Ann", "recursive": True}),
    ],
)
def test_a_wider_scan_does_the_work_of_a_narrower_one_and_not_the_other_way_round(
    home: Household, wider: dict[str, Any], narrower: dict[str, Any]
) -> None:
    first = ask(home, **wider)
    second = ask(home, **narrower)
    home.work()
    assert (done_by(home, first), done_by(home, second)) == (None, first)

    if wider != narrower:
        first = ask(home, **narrower)
        second = ask(home, **wider)
        home.work()
        assert (done_by(home, first), done_by(home, second)) == (None, None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"path": b"Ann", "recursive": True}, {"path": b"Ann 2", "recursive": True}),
        ({"path": b"Ann"}, {"path": b"Ann/Some"}),
        ({"path": b"Ann"}, {"path": b"Ann", "recursive": True}),
        ({"recursive": True}, {"root": "movies", "recursive": True}),
        ({"recursive": True}, {"recursive": True, "confirmed": True}),
    ],
)
def test_scans_that_see_something_else_are_both_done(
    home: Household, one: dict[str, Any], other: dict[str, Any]
) -> None:
    (home.library / "music/Ann 2").mkdir()
    first, second = ask(home, **one), ask(home, **other)

    home.work()

    assert (done_by(home, first), done_by(home, second)) == (None, None)


def test_a_scan_that_found_a_root_absent_has_done_no_work_for_another(home: Household) -> None:
    music = home.library / "music"
    music.rename(home.top / "away")
    first = ask(home, root="", recursive=True)
    second = ask(home, recursive=True)

    home.work()

    for number in (first, second):
        error = home.operation(number).error
        assert error is not None
        assert error["code"] == "root_absent"


def test_a_scan_of_a_library_that_is_suspended_says_so_itself(home: Household) -> None:
    for number in range(2, 9):
        song = home.library / f"music/Ann/Some/0{number}.mp3"
        media.mp3(song, artist="Ann", album="Some", title=f"{number}", track=f"{number}")
    ask(home, recursive=True)
    home.work()
    shutil.rmtree(home.library / "music/Ann")
    first, second = ask(home, recursive=True), ask(home, recursive=True)

    home.work()

    for number in (first, second):
        error = home.operation(number).error
        assert error is not None
        assert error["code"] == "root_suspended"
