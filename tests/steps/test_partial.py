"""One file of a drop that is not whole waits by itself: the others are filed."""

import os
from pathlib import Path

import pytest

import media
from household import Household
from shelfd.core.operations import Kind, Operation, State, Step
from shelfd.core.settings import Import
from shelfd.core.settled import UNREADABLE_S
from shelfd.store import drops
from trees import names


@pytest.fixture
def home(tmp_path: Path) -> Household:
    return Household(tmp_path)


def reason(home: Household, path: bytes) -> tuple[str, str]:
    drop = drops.one(home.db.read(), home.place(path))
    assert drop is not None
    return drop.state, drop.reason


def album(home: Household) -> Path:
    """Drop the first two tracks of an album."""
    directory = home.inbox / "Album"
    directory.mkdir()
    for number in (1, 2):
        song(directory / f"{number}.mp3", number)
    return directory


def song(path: Path, number: int) -> None:
    media.mp3(path, artist="Ann", album="Some", title=f"Song {number}", track=str(number))


def reserve(path: Path) -> None:
    """Make a file to which next to nothing has been written."""
    with path.open("wb") as file:
        file.write(b"begin")
        file.truncate(5_000_000)


def settle(home: Household, seconds: int = 60) -> None:
    """Look at the inbox, and let time pass with nothing but what shelfd itself has put off."""
    home.look()
    for _ in range(seconds // 5):
        home.clock.now += 5
        home.work()


def import_(home: Household, **options: object) -> Operation:
    return home.ask(Kind.IMPORT, Step.PLAN, home.place(b"Album"), **options)


def filed(*numbers: int) -> list[str]:
    return [f"music/Ann/Some/{number:02} Song {number}.mp3" for number in numbers]


def half(path: Path) -> bytes:
    """Make a file that breaks off, and return all of it."""
    media.m4b(path, artist="Ann", album="Some", title="Song 3", track="3/3")
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"moov") - 4])
    return content


def test_the_tracks_beside_half_a_file_are_filed_at_once_and_it_joins_them(home: Household) -> None:
    directory = album(home)
    whole = half(directory / "3.m4a")

    settle(home)

    assert names(home.library) == filed(1, 2)
    assert names(home.inbox) == ["Album/3.m4a"]
    state, why = reason(home, b"Album")
    assert state == "settling"
    assert why.startswith("3.m4a: it cannot be read yet: ")

    (directory / "3.m4a").write_bytes(whole)
    settle(home)

    assert names(home.library) == [*filed(1, 2), "music/Ann/Some/03 Song 3.m4a"]
    assert names(home.inbox) == []


def test_the_tracks_beside_a_file_with_holes_are_filed_and_it_waits_however_long(
    home: Household,
) -> None:
    reserve(album(home) / "3.mp3")

    settle(home, 3_600)

    assert names(home.library) == filed(1, 2)
    state, why = reason(home, b"Album")
    assert state == "settling"
    assert why.startswith("3.mp3: 5 MiB of its 5 MiB were never written")

    song(home.inbox / "Album" / "3.mp3", 3)
    settle(home)

    assert names(home.library) == filed(1, 2, 3)


def test_a_file_with_holes_stays_where_the_others_stay_too_and_follows_them(tmp_path: Path) -> None:
    home = Household(tmp_path, mode="copy", after="keep")
    reserve(album(home) / "3.mp3")

    settle(home, int(UNREADABLE_S) + 60)

    assert names(home.library) == filed(1, 2)
    tries = len(home.imports())
    settle(home, 3_600)
    assert len(home.imports()) == tries  # nothing is tried that nobody has changed
    song(home.inbox / "Album" / "3.mp3", 3)
    settle(home)
    assert names(home.library) == filed(1, 2, 3)


def test_what_still_may_be_written_is_not_put_into_the_quarantine(tmp_path: Path) -> None:
    aside = tmp_path / "aside"
    aside.mkdir()
    home = Household(tmp_path, filing=Import(quarantine=str(aside)))
    directory = home.inbox / "Album"
    directory.mkdir()
    (directory / "2.mp3").write_bytes(b"no music at all")
    reserve(directory / "3.mp3")

    settle(home, int(UNREADABLE_S) + 600)

    assert names(aside) == []
    assert names(home.inbox) == ["Album/2.mp3", "Album/3.mp3"]


def test_who_asks_for_just_this_drop_gets_a_file_with_holes_filed_too(home: Household) -> None:
    directory = album(home)
    size = (directory / "2.mp3").stat().st_size
    os.truncate(directory / "2.mp3", size + 5_000_000)

    operation = import_(home)

    assert operation.state is State.COMPLETED
    assert names(home.library) == filed(1, 2)


def test_a_dry_run_of_a_file_with_holes_says_what_a_real_run_would_do(home: Household) -> None:
    directory = album(home)
    os.truncate(directory / "2.mp3", (directory / "2.mp3").stat().st_size + 5_000_000)

    operation = import_(home, dry_run=True)

    assert operation.state is State.COMPLETED
    assert names(home.library) == []


def test_who_asks_for_the_whole_inbox_is_told_how_a_file_with_holes_is_filed(
    home: Household,
) -> None:
    reserve(home.inbox / "Film.2020.mkv")

    home.ask(Kind.IMPORT, Step.PLAN, home.place(b""))

    (part,) = [one for one in home.imports() if one.parent is not None]
    assert part.error is not None
    assert "shelfd import" in part.error["hint"]
    assert ".ready" in part.error["hint"]


def test_an_empty_file_stays_by_itself(home: Household) -> None:
    (album(home) / "3.mp3").touch()

    settle(home)

    assert names(home.library) == filed(1, 2)
    assert reason(home, b"Album") == ("refused", "3.mp3: it is empty (0 bytes)")
