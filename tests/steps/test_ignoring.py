"""Ignore files are read as a walk comes by, and their rules hold also for what is already gone."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from household import JumpingClock
from shelfd.core import roots
from shelfd.core.errors import BrokenError
from shelfd.core.ignore_files import LIMIT, Rules
from shelfd.core.paths import TOP, RelPath
from shelfd.core.roots import Root
from shelfd.core.settings import Inbox, Library, Settings, Watch
from shelfd.edges import directories
from shelfd.steps import ignoring
from shelfd.steps.ignoring import Ignoring
from shelfd.steps.ports import Base, Current
from shelfd.store.database import Database
from trees import plant


class Disk:
    """The disk, with a count of what was asked of it."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []

    def content(self, path: bytes, limit: int) -> bytes | None:
        self.asked.append(path)
        return directories.content(path, limit)

    def exists(self, path: bytes) -> bool:
        self.asked.append(path)
        return directories.exists(path)

    def inode(self, path: bytes) -> int | None:
        return directories.inode(path)


class House:
    """One library, one inbox, and what is passed over in them."""

    def __init__(self, top: Path) -> None:
        self.music, self.inbox = top / "music", top / "inbox"
        plant(top, {"music": {}, "inbox": {}})
        settings = Settings(
            library=(Library(name="music", path=str(self.music), kind="music"),),
            inbox=(Inbox(name="inbox", path=str(self.inbox)),),
            watch=Watch(ignore=("*.nzb",)),
        )
        found = roots.of(settings)
        self.library, self.drops = [found.get(name) for name in ("music", "inbox")]
        self.db = Database(os.fsencode(top / "shelfd.db"))
        base = Base(db=self.db, clock=JumpingClock(0.0), current=Current(settings, found))
        self.disk = Disk()
        self.ignoring = Ignoring(base, self.disk)

    @property
    def root(self) -> Root:
        assert self.library is not None
        return self.library

    def walk(self, directory: bytes) -> Rules:
        """Return the rules in a directory as a walk does, which has just listed it."""
        listed = directories.listing(os.path.join(os.fsencode(self.music), directory))
        return self.ignoring.rules(self.root, RelPath(directory), listed)

    def passed_over(self, path: str, *, directory: bool | None = None) -> str | None:
        return self.ignoring.passed_over(self.root, RelPath(path.encode()), directory=directory)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.db.close()


def test_a_listing_tells_that_there_is_nothing_to_read(house: House) -> None:
    plant(house.music, {"Ann/Some/1.mp3": b"x"})
    for directory in (b"", b"Ann", b"Ann/Some"):
        assert not house.walk(directory)

    assert house.disk.asked == []


def test_rules_hold_from_their_directory_down(house: House) -> None:
    plant(house.music, {"Ann/.ndignore": b"live*\n", "Ann/Some/1.mp3": b"x", "Bob/live.mp3": b"x"})

    for directory in (b"", b"Ann", b"Ann/Some", b"Bob"):
        house.walk(directory)

    live = RelPath(b"Ann/Some/live.mp3")
    assert house.walk(b"Ann/Some").reason(live, directory=False) == "Ann/.ndignore has 'live*'"
    assert not house.walk(b"Bob")


def test_a_narrow_scan_asks_for_the_files_above_it_once(house: House) -> None:
    plant(house.music, {".ignore": b"*.bad\n", "Ann/.nomedia": b"", "Ann/Some/1.mp3": b"x"})

    found = house.walk(b"Ann/Some")
    asked = len(house.disk.asked)

    assert found.hidden == "there is Ann/.nomedia"
    assert house.walk(b"Ann/Some").hidden == found.hidden
    assert len(house.disk.asked) == asked


def test_what_was_read_is_forgotten_when_it_becomes_too_much(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ignoring, "REMEMBERED", 3)
    plant(house.music, {"Ann/.ignore": b"bad\n", **{f"Ann/{n}/1.mp3": b"x" for n in range(9)}})

    for number in range(9):
        assert house.walk(b"Ann/%d" % number)

    assert len(house.ignoring._known) <= 3


def test_a_link_to_an_ignore_file_is_one(house: House, tmp_path: Path) -> None:
    plant(tmp_path, {"shared": b"*.bad\n"})
    (house.music / ".ignore").symlink_to(tmp_path / "shared")

    assert house.walk(b"")


def test_what_was_deleted_is_judged_as_while_it_was_there(house: House) -> None:
    plant(house.music, {"rock/.ndignore": b"_TEMP\nonly/\n"})

    assert house.passed_over("rock/_TEMP") == "rock/.ndignore has '_TEMP'"
    assert house.passed_over("rock/_TEMP/file.mp3") == "rock/_TEMP: rock/.ndignore has '_TEMP'"
    assert house.passed_over("rock/only", directory=True) == "rock/.ndignore has 'only/'"
    assert house.passed_over("rock/only") is None  # it may have been a file
    assert house.passed_over("rock/other/file.mp3") is None
    assert house.passed_over("_TEMP") is None


def test_the_disk_says_whether_a_path_is_a_directory(house: House) -> None:
    plant(house.music, {".ignore": b"only/\n", "only": {}, "Ann/only": b"x"})

    assert house.passed_over("only") == ".ignore has 'only/'"
    assert house.passed_over("Ann/only") is None


def test_what_is_taken_back_in_a_directory_passed_over_is_heard(house: House) -> None:
    plant(house.music, {".ignore": b"ignored/\n!ignored/included\n"})

    assert house.passed_over("ignored/included") is None
    assert house.passed_over("ignored", directory=True) is None
    assert house.passed_over("ignored/other") == ".ignore has 'ignored/'"


def test_names_and_patterns_of_the_settings_come_first(house: House) -> None:
    assert house.passed_over("@eaDir/x.mp3") == "@eaDir: it belongs to the system"
    assert house.passed_over("a/x.nzb") == "watch.ignore has '*.nzb'"
    assert house.passed_over("a/x.mkv.part") == ".part marks what is still being written"
    assert house.passed_over("Mr. Old", directory=True) is None


def test_a_library_may_be_hidden_as_a_whole(house: House) -> None:
    assert house.ignoring.passed_over(house.root, TOP) is None
    plant(house.music, {".ignore": b""})
    house.walk(b"")

    assert house.passed_over("") == "there is .ignore, and it is empty"
    assert house.passed_over("a/x.mp3") == "a: there is .ignore, and it is empty"


def test_ignore_files_in_an_inbox_hold_nothing_back(house: House) -> None:
    plant(house.inbox, {"Film/.ignore": b"", "Film/film.mkv": b"x"})
    assert house.drops is not None

    def passed_over(path: bytes) -> str | None:
        assert house.drops is not None
        return house.ignoring.passed_over(house.drops, RelPath(path))

    assert not house.ignoring.rules(house.drops, RelPath(b"Film"))
    assert passed_over(b"Film/film.mkv") is None
    assert passed_over(b"Film/film.mkv.part") is None  # it holds its drop back instead
    assert passed_over(b"Film/.x") == "its name is hidden"


@pytest.mark.parametrize("what", ["long", "directory", "pipe", "pattern"])
def test_an_ignore_file_that_cannot_be_followed_is_told_once(house: House, what: str) -> None:
    path = house.music / ".ignore"
    if what == "pipe":
        os.mkfifo(path)
    elif what == "directory":
        (house.music / ".ndignore").symlink_to(house.inbox, target_is_directory=True)
    else:
        path.write_bytes(b"x\n" * LIMIT if what == "long" else b"[a\n*.bad\n")

    with capture_logs() as logs:
        house.walk(b"")
        found = house.walk(b"")

    assert bool(found.layers) == (what == "pattern")
    assert found.unread == (what != "pattern")
    assert [entry["event"] for entry in logs] == ["ignore file is not followed"]
    assert logs[0]["reason"]


def test_a_root_that_left_the_settings_is_said_so(house: House) -> None:
    house.ignoring._base.current.roots = roots.Roots([])

    with pytest.raises(BrokenError, match="no longer in the settings"):
        house.passed_over("a/x.mp3")
