"""From events to operations: each foreign change is looked at once, and shelfd's own ones never."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import media
from household import Household
from shelfd.core.operations import Kind
from shelfd.edges import directories
from shelfd.edges.clock import Clock
from shelfd.edges.copier import Copier
from shelfd.edges.files import Files
from shelfd.steps.ports import Base
from shelfd.steps.watch import Watch
from shelfd.store import operations
from trees import names, plant
from waiting import eventually


@pytest.fixture
def home(tmp_path: Path) -> Household:
    return Household(tmp_path)


@pytest.fixture
def watch(home: Household) -> Iterator[Watch]:
    """The step on its own thread, with the machine's clock and a short quiet time."""
    settings = home.current.settings
    home.current.settings = type(settings)(
        library=settings.library,
        inbox=settings.inbox,
        watch=type(settings.watch)(debounce_s=0.05, debounce_cap_s=1.0),
    )
    base = Base(db=home.db, clock=Clock(), current=home.current)
    watch = Watch(base, directories, Files(home.disk, Copier(home.disk)), lambda: None)
    thread = threading.Thread(target=watch.run)
    thread.start()
    yield watch
    watch.close()
    thread.join(10)
    assert not thread.is_alive()


def heard(watch: Watch, path: Path, *, directory: bool = False) -> None:
    watch.changed(os.fsencode(path), directory=directory)


def scans(home: Household) -> list[tuple[str, bytes, bool]]:
    found = operations.page(home.db.read(), kind=Kind.SCAN)[::-1]
    return [
        (operation.root, bytes(operation.path), operation.options.get("recursive") is True)
        for operation in found
    ]


def after(home: Household, count: int) -> Callable[[], bool]:
    return lambda: len(scans(home)) >= count


def test_a_changed_file_gives_a_scan_of_its_directory_only(home: Household, watch: Watch) -> None:
    plant(home.library, {"music/Ann/Some/1.mp3": b"x", "music/Ann/Some/2.mp3": b"x"})
    heard(watch, home.library / "music/Ann/Some/1.mp3")
    heard(watch, home.library / "music/Ann/Some/2.mp3")

    eventually(after(home, 1))

    assert scans(home) == [("music", b"Ann/Some", False)]


def test_a_directory_that_came_is_read_with_all_below_it(home: Household, watch: Watch) -> None:
    plant(home.library, {"music/Ann/Some/1.mp3": b"x"})
    heard(watch, home.library / "music/Ann", directory=True)

    eventually(after(home, 2))

    assert scans(home) == [("music", b"", False), ("music", b"Ann", True)]


def test_what_may_have_been_missed_gives_a_scan_of_the_subtree(
    home: Household, watch: Watch
) -> None:
    watch.doubtful(os.fsencode(home.library / "music"), "events were lost")

    eventually(after(home, 1))

    assert scans(home) == [("music", b"", True)]


def test_a_change_deep_in_a_drop_gives_a_look_at_the_drop(home: Household, watch: Watch) -> None:
    plant(home.inbox, {"Album/CD1/1.mp3": b"x"})
    heard(watch, home.inbox / "Album" / "CD1" / "1.mp3")

    eventually(after(home, 1))

    assert scans(home) == [("inbox", b"Album", False)]


def test_pictures_that_a_player_writes_into_a_library_are_no_news(
    home: Household, watch: Watch
) -> None:
    for name in ("poster.jpg", "movie.nfo", ".hidden.mp3", ".shelfd-1-1.tmp"):
        heard(watch, home.library / "movies" / name)
    heard(watch, home.library / "music" / "1.mp3")

    eventually(after(home, 1))

    assert scans(home) == [("music", b"", False)]


def test_an_import_and_its_undo_are_no_news(home: Household, watch: Watch) -> None:
    media.mp3(home.inbox / "one.mp3", artist="Ann", album="Some", title="One", track="1")
    home.settle()
    before = scans(home)
    heard(watch, home.library / "music" / "Ann", directory=True)
    heard(watch, home.library / "music" / "Ann" / "Some", directory=True)
    heard(watch, home.library / "music" / "Ann" / "Some" / "01 One.mp3")
    heard(watch, home.inbox / "one.mp3")
    [operation] = home.imports()
    home.undo(operation.id)
    heard(watch, home.inbox / "one.mp3")
    heard(watch, home.library / "music" / "Ann", directory=True)
    heard(watch, home.library / "shows" / "foreign.mkv")

    eventually(lambda: scans(home) != before)

    assert scans(home)[len(before) :] == [("shows", b"", False)]
    assert names(home.library) == []


def test_a_file_that_somebody_changed_after_the_import_is_news(
    home: Household, watch: Watch
) -> None:
    media.mp3(home.inbox / "one.mp3", artist="Ann", album="Some", title="One", track="1")
    home.settle()
    before = len(scans(home))
    filed = home.library / "music" / "Ann" / "Some" / "01 One.mp3"
    filed.write_bytes(filed.read_bytes() + b"more")
    heard(watch, filed)

    eventually(after(home, before + 1))

    assert scans(home)[before:] == [("music", b"Ann/Some", False)]
