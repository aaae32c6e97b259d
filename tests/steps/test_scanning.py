"""The catalog follows the disk; what is out of sight is missing, not deleted."""

import os
import shutil
from collections.abc import Sequence
from concurrent.futures import Future
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

import media
from household import Household
from shelfd.core.errors import BrokenError
from shelfd.core.listing import Listing
from shelfd.core.media import Reading
from shelfd.core.operations import Kind, State, Step
from shelfd.core.paths import Place, RelPath
from shelfd.edges import directories
from shelfd.store import operations


def song(path: Path, title: str = "One", **tags: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    media.mp3(path, artist="Ann", album="Some", title=title, track="1", **tags)


@pytest.fixture
def home(tmp_path: Path) -> Household:
    home = Household(tmp_path)
    song(home.library / "music/Ann/Some/01 One.mp3")
    song(home.library / "music/Ann/Some/02 Two.mp3", "Two")
    song(home.library / "music/Bob/Other/01 Three.mp3", "Three")
    home.scan("music", recursive=True)
    return home


def catalog(home: Household) -> dict[str, str]:
    rows = home.db.read().execute("SELECT title, state FROM items WHERE kind = 'track' ORDER BY id")
    return {row["title"]: row["state"] for row in rows}


def test_a_scan_reads_what_is_there(home: Household) -> None:
    assert catalog(home) == {"One": "present", "Two": "present", "Three": "present"}


def test_a_scan_without_change_reads_nothing_again(home: Household) -> None:
    operation = home.scan("music", recursive=True)

    assert operation.result is not None
    assert (operation.result["added"], operation.result["changed"]) == (0, 0)


def test_a_scan_of_one_directory_looks_at_no_other(home: Household) -> None:
    song(home.library / "music/Ann/Some/03 Four.mp3", "Four")
    song(home.library / "music/Bob/Other/02 Five.mp3", "Five")

    operation = home.scan("music", b"Ann/Some")

    assert operation.result is not None
    assert operation.result["directories"] == 1
    assert "Four" in catalog(home)
    assert "Five" not in catalog(home)


def test_a_directory_that_is_new_is_read_with_all_below_it(home: Household) -> None:
    song(home.library / "music/New/Deep/Down/01 Six.mp3", "Six")

    home.scan("music")

    assert catalog(home)["Six"] == "present"


def test_new_tags_give_the_same_item_a_new_title(home: Household) -> None:
    song(home.library / "music/Ann/Some/01 One.mp3", "Uno and more")

    home.scan("music", b"Ann/Some")

    assert catalog(home) == {"Uno and more": "present", "Two": "present", "Three": "present"}


def test_a_change_that_put_the_time_back_is_seen(home: Household) -> None:
    path = home.library / "music/Ann/Some/01 One.mp3"
    facts = path.stat()
    data = bytearray(path.read_bytes())
    song(path, "Uno")
    if path.stat().st_size != len(data):
        path.write_bytes(path.read_bytes()[: len(data)])
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))

    home.scan("music", b"Ann/Some")

    assert "Uno" in catalog(home)


def test_a_file_that_is_gone_is_missing_and_keeps_its_item(home: Household) -> None:
    (home.library / "music/Ann/Some/01 One.mp3").unlink()

    home.scan("music", b"Ann/Some")

    assert catalog(home)["One"] == "missing"


def test_a_file_that_comes_back_is_the_same_item(home: Household, tmp_path: Path) -> None:
    path = home.library / "music/Ann/Some/01 One.mp3"
    shutil.move(path, tmp_path / "away")
    home.scan("music", b"Ann/Some")
    shutil.move(tmp_path / "away", path)

    home.scan("music", b"Ann/Some")

    assert catalog(home) == {"One": "present", "Two": "present", "Three": "present"}


def test_a_directory_that_is_gone_takes_all_below_it(home: Household) -> None:
    shutil.rmtree(home.library / "music/Ann")

    operation = home.scan("music")

    assert catalog(home) == {"One": "missing", "Two": "missing", "Three": "present"}
    assert operation.result is not None
    assert operation.result["missing"] == 2


def test_a_library_that_is_not_mounted_loses_nothing(home: Household) -> None:
    shutil.rmtree(home.library / "music")

    operation = home.scan("music", recursive=True)

    assert operation.state is State.FAILED
    assert operation.error is not None
    assert operation.error["code"] == "root_absent"
    assert set(catalog(home).values()) == {"present"}


def test_a_library_that_is_suddenly_empty_loses_nothing(home: Household) -> None:
    for name in ("Ann", "Bob"):
        shutil.rmtree(home.library / "music" / name)

    operation = home.scan("music", recursive=True)

    assert operation.state is State.FAILED
    assert set(catalog(home).values()) == {"present"}


def test_a_directory_of_an_absent_library_is_not_taken_for_deleted(home: Household) -> None:
    shutil.rmtree(home.library / "music")

    home.scan("music", b"Ann/Some")

    assert set(catalog(home).values()) == {"present"}


def test_an_unreadable_file_is_in_the_catalog_with_its_reason(home: Household) -> None:
    (home.library / "music/Ann/Some/03 Bad.mp3").write_bytes(b"no music")

    home.scan("music", b"Ann/Some")

    row = (
        home.db.read()
        .execute(
            "SELECT json_extract(reading, '$.error') FROM files WHERE name = ?", (b"03 Bad.mp3",)
        )
        .fetchone()
    )
    assert row[0]


def test_a_scan_that_is_interrupted_goes_on_where_it_stood(tmp_path: Path) -> None:
    home = Household(tmp_path)
    for number in range(40):
        song(home.library / f"music/Artist {number}/Some/01 One.mp3", f"Title {number}")
    home.stop_after(5)
    interrupted = home.scan("music", recursive=True)
    number = interrupted.id
    assert interrupted.state is State.QUEUED
    seen = len(catalog(home))
    assert 0 < seen < 40
    read_before = home.reader.count
    home.close()

    home.open()
    home.work()

    finished = home.operation(number)
    assert finished.state is State.COMPLETED
    assert finished.result is not None
    assert finished.result["added"] == 40
    assert len(catalog(home)) == 40
    assert home.reader.count < read_before + 40
    assert [operation.id for operation in operations.page(home.db.read())] == [number]


def test_an_absent_library_does_not_keep_the_others(home: Household) -> None:
    shutil.rmtree(home.library / "movies")
    song(home.library / "music/New/Album/01 New.mp3", "New")

    operation = home.ask(Kind.SCAN, Step.SCAN, Place("", RelPath(b"")), recursive=True)

    assert operation.state is State.FAILED
    assert operation.error is not None
    assert "movies: it is not there" in operation.error["message"]
    assert catalog(home)["New"] == "present"


def test_a_library_that_is_mounted_later_is_found_by_itself(home: Household) -> None:
    (home.library / "music").rename(home.top / "unmounted")
    home.look()
    song(home.top / "unmounted/New/Album/01 New.mp3", "New")
    for _ in range(3):
        home.clock.now += 70
        home.work()
    (home.top / "unmounted").rename(home.library / "music")

    home.clock.now += 70
    home.work()

    assert catalog(home)["New"] == "present"
    assert set(catalog(home).values()) == {"present"}


def test_a_file_whose_disk_went_before_it_was_read_is_read_when_it_is_back(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    music, away = home.library / "music", home.top / "away"
    song(music / "New/Album/01 New.mp3", "New")
    real = home.reader.submit

    def submit(paths: Sequence[bytes]) -> Future[list[Reading]]:
        music.rename(away)
        return real(paths)

    monkeypatch.setattr(home.reader, "submit", submit)
    home.scan("music", b"New/Album")
    away.rename(music)
    monkeypatch.setattr(home.reader, "submit", real)

    home.scan("music", recursive=True, quick=True)

    assert catalog(home)["New"] == "present"


def test_a_new_directory_that_cannot_be_read_is_known_and_tried_again(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    song(home.library / "music/New/Album/01 New.mp3", "New")
    real = directories.listing

    def listing(directory: bytes, *arguments: object) -> Listing:
        if directory.endswith(b"Album"):
            raise BrokenError("it cannot be read: Input/output error", code="unreadable")
        return real(directory, *arguments)  # type: ignore[arg-type]  # whatever it was called with

    monkeypatch.setattr(directories, "listing", listing)
    home.scan("music")
    monkeypatch.setattr(directories, "listing", real)

    home.scan("music", recursive=True, quick=True)

    assert catalog(home)["New"] == "present"


def test_a_directory_with_thousands_of_files_is_written_in_parts(tmp_path: Path) -> None:
    home = Household(tmp_path)
    song(home.library / "music/000.mp3")
    content = (home.library / "music/000.mp3").read_bytes()
    for number in range(1, 1000):
        (home.library / f"music/{number:03}.mp3").write_bytes(content + bytes([number % 256]))
    seen: list[int] = []
    home.db.committed.append(
        lambda: seen.append(
            home.db.read().execute("SELECT count(*) FROM files").fetchone()[0],
        ),
    )

    operation = home.scan("music", recursive=True)

    assert operation.result is not None
    assert operation.result["added"] == 1000
    assert max(after - before for before, after in pairwise(seen)) <= 256


def test_a_large_directory_that_was_left_half_way_goes_on_with_truthful_counts(
    tmp_path: Path,
) -> None:
    home = Household(tmp_path)
    song(home.library / "music/000.mp3")
    content = (home.library / "music/000.mp3").read_bytes()
    for number in range(1, 1000):
        (home.library / f"music/{number:03}.mp3").write_bytes(content + bytes([number % 256]))
    song(home.library / "music/Below/01.mp3", "Below")
    home.stop_after(4)
    interrupted = home.scan("music", recursive=True)
    assert interrupted.state is State.QUEUED
    home.close()

    home.open()
    home.work()

    finished = home.operation(interrupted.id)
    assert finished.result is not None
    assert (finished.result["added"], finished.result["directories"]) == (1001, 2)


def test_a_directory_behind_a_link_whose_disk_is_away_is_not_deleted(home: Household) -> None:
    scan = msgspec.structs.replace(home.current.settings.scan, symlinks="all")
    home.current.settings = msgspec.structs.replace(home.current.settings, scan=scan)
    other = home.library / "audiobooks/There"
    song(other / "01.mp3", "Far")
    (home.library / "music/linked").symlink_to(other)
    home.scan("music", recursive=True)
    assert catalog(home)["Far"] == "present"
    (home.library / "audiobooks").rename(home.top / "away")

    operation = home.scan("music", recursive=True)

    assert operation.result is not None
    assert operation.result["missing"] == 0
