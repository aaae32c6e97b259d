"""What vanishes all at once is out of sight, not deleted, until a person says otherwise or it is back."""

import shutil
from pathlib import Path

import pytest

import media
from household import Household
from shelfd.core.operations import Kind, Operation, State, Step
from shelfd.core.paths import TOP, Place
from shelfd.store import roots

SONGS = 30


def song(path: Path, title: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    media.mp3(path, artist="Ann", album="Some", title=title, track="1")


@pytest.fixture
def home(tmp_path: Path) -> Household:
    home = Household(tmp_path)
    for number in range(SONGS):
        song(home.library / f"music/Artist {number % 3}/Album/{number:02}.mp3", f"Song {number}")
    home.scan("music", recursive=True)
    home.clock.now += 1000
    return home


def missing(home: Household) -> int:
    row = home.db.read().execute("SELECT count(*) FROM files WHERE missing_since NOT NULL")
    return int(row.fetchone()[0])


def lose_an_artist(home: Household) -> Path:
    away = home.top / "away"
    (home.library / "music/Artist 1").rename(away)
    return away


def scan(home: Household, **options: object) -> Operation:
    return home.ask(Kind.SCAN, Step.SCAN, Place("music", TOP), recursive=True, **options)


def test_a_library_that_loses_a_third_is_suspended_and_misses_nothing(home: Household) -> None:
    lose_an_artist(home)

    operation = scan(home)

    assert missing(home) == 0
    assert operation.state is State.FAILED
    assert operation.error is not None
    assert operation.error["code"] == "root_suspended"
    assert "10 of its 30 files are gone at once" in operation.error["message"]
    assert "shelfd confirm music" in operation.error["hint"]
    assert "music" in roots.suspended(home.db.read())


@pytest.mark.parametrize("options", [{}, {"quick": True}, {"full": True}])
def test_a_suspended_library_stays_so_however_often_it_is_scanned(
    home: Household, options: dict[str, object]
) -> None:
    lose_an_artist(home)
    scan(home)

    for _ in range(2):
        home.clock.now += 1000
        scan(home, **options)

    assert missing(home) == 0
    assert "music" in roots.suspended(home.db.read())


def test_a_suspended_library_still_takes_in_what_is_new(home: Household) -> None:
    lose_an_artist(home)
    scan(home)
    song(home.library / "music/New/Album/01.mp3", "New")

    home.scan("music")

    rows = home.db.read().execute("SELECT 1 FROM items WHERE title = 'New'").fetchall()
    assert len(rows) == 1


@pytest.mark.parametrize("options", [{}, {"quick": True}])
def test_a_library_whose_files_are_back_is_no_longer_suspended(
    home: Household, options: dict[str, object]
) -> None:
    away = lose_an_artist(home)
    scan(home)

    away.rename(home.library / "music/Artist 1")
    operation = scan(home, **options)

    assert operation.state is State.COMPLETED
    assert missing(home) == 0
    assert roots.suspended(home.db.read()) == {}


def test_what_a_person_confirms_is_missing(home: Household) -> None:
    lose_an_artist(home)
    scan(home)

    operation = scan(home, confirmed=True)

    assert operation.state is State.COMPLETED
    assert missing(home) == 10
    assert roots.suspended(home.db.read()) == {}


def test_a_few_files_may_go(home: Household) -> None:
    for path in sorted((home.library / "music/Artist 1/Album").iterdir())[:4]:
        path.unlink()

    operation = scan(home)

    assert operation.state is State.COMPLETED
    assert missing(home) == 4


def test_a_loss_that_comes_piece_by_piece_within_a_minute_counts_as_one(home: Household) -> None:
    for number, artist in enumerate(("Artist 1", "Artist 2")):
        for path in sorted((home.library / "music" / artist / "Album").iterdir())[:4]:
            path.unlink()
        home.clock.now += 10 * number
        home.scan("music", f"{artist}/Album".encode())

    assert missing(home) == 4
    assert "music" in roots.suspended(home.db.read())


def test_what_moved_was_not_lost(home: Household) -> None:
    (home.library / "music/Artist 1").rename(home.library / "music/Somebody else")

    operation = scan(home)

    assert operation.state is State.COMPLETED
    assert missing(home) == 0


def test_what_is_missing_for_long_is_forgotten_and_what_is_not_is_kept(home: Household) -> None:
    shutil.rmtree(home.library / "music/Artist 1")
    scan(home, confirmed=True)
    home.clock.now += 29 * 86_400
    clean(home)
    assert missing(home) == 10

    home.clock.now += 2 * 86_400
    clean(home)

    assert missing(home) == 0
    rows = home.db.read().execute("SELECT count(*) FROM items WHERE kind = 'track'").fetchone()
    assert rows[0] == SONGS - 10


def clean(home: Household) -> None:
    home.ask(Kind.CLEANUP, Step.CLEANUP, Place("", TOP))
