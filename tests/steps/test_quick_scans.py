"""A quick scan reads only the directories whose signature differs."""

import os
import shutil
from pathlib import Path

import pytest

import media
from household import Household
from shelfd.core.listing import Listing
from shelfd.core.operations import Kind, Operation, State, Step
from shelfd.core.paths import Place, RelPath
from shelfd.edges import directories


@pytest.fixture
def home(tmp_path: Path) -> Household:
    home = Household(tmp_path)
    for artist in ("Ann", "Bob", "Cem"):
        song(home.library / f"music/{artist}/Some/01 One.mp3", f"{artist} One")
    home.scan("music", recursive=True)
    return home


def song(path: Path, title: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    media.mp3(path, artist="Ann", album="Some", title=title, track="1")


def present(home: Household) -> set[str]:
    rows = home.db.read().execute(
        "SELECT title FROM items WHERE kind = 'track' AND state = 'present'"
    )
    return {row["title"] for row in rows}


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Note which directories are read."""
    read: list[bytes] = []
    real = directories.listing

    def listing(directory: bytes, *arguments: object) -> Listing:
        read.append(directory)
        return real(directory, *arguments)  # type: ignore[arg-type]  # whatever it was called with

    monkeypatch.setattr(directories, "listing", listing)
    return read


def quick(home: Household, root: str = "music") -> Operation:
    return home.scan(root, recursive=True, quick=True)


def test_nv22_without_change_no_directory_is_read(home: Household, listed: list[bytes]) -> None:
    operation = quick(home)

    assert listed == []
    assert operation.state is State.COMPLETED
    assert (operation.done, operation.total) == (7, 7)


def test_nv10_a_new_file_in_a_known_directory_is_found(
    home: Household, listed: list[bytes]
) -> None:
    song(home.library / "music/Bob/Some/02 Two.mp3", "Two")

    quick(home)

    assert listed == [os.fsencode(home.library / "music/Bob/Some")]
    assert "Two" in present(home)


def test_a_new_directory_is_found_with_all_below_it(home: Household) -> None:
    song(home.library / "music/Dee/Deep/Down/01 New.mp3", "New")

    quick(home)

    assert "New" in present(home)


def test_a_directory_that_is_gone_is_missed_with_all_below_it(home: Household) -> None:
    shutil.rmtree(home.library / "music/Ann")

    operation = quick(home)

    assert present(home) == {"Bob One", "Cem One"}
    assert operation.result is not None
    assert operation.result["missing"] == 1


def test_nv11_what_was_written_in_place_is_left_to_a_normal_scan(home: Household) -> None:
    path = home.library / "music/Ann/Some/01 One.mp3"
    times = path.stat()
    song(path, "Uno")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

    quick(home)
    assert "Uno" not in present(home)

    home.scan("music", recursive=True)
    assert "Uno" in present(home)


def test_a_directory_that_changed_while_it_was_read_is_read_again(
    home: Household, listed: list[bytes]
) -> None:
    some = home.library / "music/Ann/Some"
    os.utime(some, (home.clock.now - 1, home.clock.now - 1))
    home.scan("music", b"Ann/Some")
    listed.clear()

    quick(home)

    assert listed == [os.fsencode(some)]


def test_a_library_that_was_never_read_is_read_in_whole(tmp_path: Path) -> None:
    home = Household(tmp_path)
    song(home.library / "music/Ann/Some/01 One.mp3", "One")

    quick(home)

    assert present(home) == {"One"}


def test_all_libraries_can_be_scanned_quickly(home: Household) -> None:
    song(home.library / "music/Bob/Some/02 Two.mp3", "Two")
    (home.library / "movies/Alien (1979)").mkdir()
    media.mkv(home.library / "movies/Alien (1979)/Alien (1979).mkv")

    operation = home.ask(Kind.SCAN, Step.SCAN, Place("", RelPath(b"")), quick=True, recursive=True)

    assert operation.state is State.COMPLETED
    assert operation.result is not None
    assert operation.result["added"] == 2


def test_a_quick_scan_that_is_interrupted_goes_on_where_it_stood(tmp_path: Path) -> None:
    home = Household(tmp_path)
    for number in range(30):
        song(home.library / f"music/Artist {number:02}/Some/01 One.mp3", f"One {number}")
    home.scan("music", recursive=True)
    for number in range(30):
        song(home.library / f"music/Artist {number:02}/Some/02 Two.mp3", f"Two {number}")
    home.stop_after(4)
    interrupted = quick(home)
    assert interrupted.state is State.QUEUED
    assert 30 < len(present(home)) < 60
    home.close()

    home.open()
    home.work()

    finished = home.operation(interrupted.id)
    assert finished.state is State.COMPLETED
    assert finished.result is not None
    assert finished.result["added"] == 30
    assert len(present(home)) == 60
