"""What vanishes all at once is out of sight, not deleted, until a person says otherwise or it is back."""

import shutil
from pathlib import Path

import pytest

import media
from household import Household
from shelfd.core.errors import BrokenError
from shelfd.core.listing import Facts
from shelfd.core.operations import Kind, Operation, State, Step
from shelfd.core.paths import TOP, Place
from shelfd.edges import directories
from shelfd.store import operations, roots

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


def all_of(home: Household, artist: str, count: int = 100) -> list[Path]:
    return sorted((home.library / "music" / artist / "Album").iterdir())[:count]


def test_what_is_passed_over_from_now_on_is_no_loss_to_which_others_are_added(
    home: Household,
) -> None:
    (home.library / "music/Artist 1/.nomedia").touch()
    assert scan(home).state is State.COMPLETED
    home.clock.now += 10
    for path in all_of(home, "Artist 2", 2):
        path.unlink()

    assert home.scan("music", b"Artist 2/Album").state is State.COMPLETED
    assert roots.suspended(home.db.read()) == {}


def test_what_was_confirmed_is_no_loss_to_which_others_are_added(home: Household) -> None:
    lose_an_artist(home)
    scan(home, confirmed=True)
    home.clock.now += 10
    all_of(home, "Artist 2")[0].unlink()

    assert home.scan("music", b"Artist 2/Album").state is State.COMPLETED
    assert missing(home) == 11


def test_losses_of_a_time_when_the_clock_was_ahead_are_no_losses_of_today(home: Household) -> None:
    year = 31_536_000.0
    ahead = all_of(home, "Artist 1", 4)
    with home.db.transaction() as tx:
        tx.executemany(
            "UPDATE files SET missing_since = ? WHERE name = ?",
            [(home.clock.now + year, bytes(path.name, "ascii")) for path in ahead],
        )
    for path in (*ahead, *all_of(home, "Artist 2", 2)):
        path.unlink()

    assert scan(home).state is State.COMPLETED
    assert roots.suspended(home.db.read()) == {}


def test_losses_a_minute_apart_are_judged_each_for_itself(home: Household) -> None:
    for artist in ("Artist 1", "Artist 2"):
        for path in all_of(home, artist, 4):
            path.unlink()
        home.scan("music", f"{artist}/Album".encode())
        home.clock.now += 100

    assert missing(home) == 8
    assert roots.suspended(home.db.read()) == {}


def test_a_suspended_library_that_grows_stays_suspended(home: Household) -> None:
    lose_an_artist(home)
    scan(home)
    home.clock.now += 1000
    for number in range(3 * SONGS):
        song(home.library / f"music/New/Album {number}/1.mp3", f"New song {number}")

    operation = scan(home)

    assert operation.state is State.FAILED
    assert "10 of its 30 files" in roots.suspended(home.db.read())["music"]
    assert missing(home) == 0


def test_a_disk_that_is_back_after_a_while_may_have_lost_a_file(home: Household) -> None:
    music = home.library / "music"
    music.rename(home.top / "away")
    music.mkdir()
    scan(home)
    assert "music" in roots.suspended(home.db.read())
    music.rmdir()
    (home.top / "away").rename(music)
    all_of(home, "Artist 1")[0].unlink()
    home.clock.now += 1000

    assert scan(home).state is State.COMPLETED
    assert missing(home) == 1
    assert roots.suspended(home.db.read()) == {}


class Blinking:
    """A disk that says nothing of a file for a moment."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.dead = False
        self._facts = directories.facts
        monkeypatch.setattr(directories, "facts", self.facts)

    def facts(self, path: bytes) -> Facts | None:
        if self.dead:
            raise BrokenError("it cannot be read", code="unreadable")
        return self._facts(path)


@pytest.fixture
def blinking(monkeypatch: pytest.MonkeyPatch) -> Blinking:
    return Blinking(monkeypatch)


def few(home: Household) -> None:
    """Put four songs into a directory of their own: few enough to be lost."""
    for number in range(4):
        song(home.library / f"music/Few/Album/{number}.mp3", f"One of few {number}")
    scan(home)
    home.clock.now += 1000


def second_looks(home: Household) -> list[tuple[bytes, State]]:
    return [
        (each.path, each.state)
        for each in operations.page(home.db.read())
        if "second_look" in each.options
    ]


def test_what_is_there_again_at_the_end_of_a_scan_was_not_deleted(home: Household) -> None:
    few(home)
    album, away = home.library / "music/Few/Album", home.top / "away"
    album.rename(away)

    def come_back() -> None:
        if unseen(home) and away.exists():
            away.rename(album)

    home.db.committed.append(come_back)

    assert scan(home).state is State.COMPLETED
    assert second_looks(home) == [(b"Few/Album", State.COMPLETED)]
    assert (missing(home), unseen(home)) == (0, 0)


def test_what_a_disk_does_not_tell_of_at_the_end_of_a_scan_is_looked_for_again(
    home: Household, blinking: Blinking
) -> None:
    few(home)
    shutil.rmtree(home.library / "music/Few")
    blinking.dead = True

    assert scan(home).state is State.COMPLETED
    assert second_looks(home) == [(b"Few/Album", State.COMPLETED)]
    assert missing(home) == 4


def unseen(home: Household) -> int:
    row = home.db.read().execute("SELECT count(*) FROM files WHERE unseen NOT NULL")
    return int(row.fetchone()[0])


def test_a_file_that_goes_and_comes_back_again_and_again_is_one_loss(home: Household) -> None:
    path, away = home.library / "music/Artist 1/Album/01.mp3", home.top / "away.mp3"
    for _ in range(10):
        path.rename(away)
        home.scan("music", b"Artist 1/Album")
        home.clock.now += 1
        away.rename(path)
        home.scan("music", b"Artist 1/Album")
        home.clock.now += 1

    assert roots.suspended(home.db.read()) == {}
