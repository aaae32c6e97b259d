"""From events to operations: each foreign change is looked at once, and shelfd's own ones never."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

import media
from household import Household
from shelfd.core.operations import Asker, Kind, Step, Wish
from shelfd.core.paths import TOP, Place
from shelfd.core.walk import Walk
from shelfd.edges import directories
from shelfd.edges.clock import Clock
from shelfd.edges.copier import Copier
from shelfd.edges.files import Files
from shelfd.steps.ports import Base
from shelfd.steps.watch import Watch
from shelfd.store import checkpoints, operations
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


def heard(watch: Watch, path: Path, *, directory: bool = False, gone: bool = False) -> None:
    watch.changed(os.fsencode(path), directory=directory, gone=gone)


def scans(home: Household) -> list[tuple[str, bytes, bool]]:
    found = operations.page(home.db.read(), kind=Kind.SCAN)[::-1]
    return [
        (operation.root, bytes(operation.path), operation.options.get("recursive") is True)
        for operation in found
    ]


def waiting_scan(home: Household, root: str, *, not_before: float = 0.0, **options: bool) -> Wish:
    place = Place(root, TOP)
    return Wish(
        kind=Kind.SCAN,
        step=Step.SCAN,
        place=place,
        display=home.current.roots.display(place),
        asker=Asker.SHELFD,
        options={"recursive": True, **options},
        not_before=not_before,
    )


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
    heard(watch, home.library / "music" / "Ann" / "Some" / "01 One.mp3", gone=True)
    heard(watch, home.library / "music" / "Ann" / "Some", directory=True, gone=True)
    heard(watch, home.library / "music" / "Ann", directory=True, gone=True)
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


def test_changes_in_two_albums_give_two_scans(home: Household, watch: Watch) -> None:
    plant(home.library, {"music/Ann/One/1.mp3": b"x", "music/Ann/Two/1.mp3": b"x"})
    heard(watch, home.library / "music/Ann/One/1.mp3")
    heard(watch, home.library / "music/Ann/Two/1.mp3")

    eventually(after(home, 2))

    assert scans(home) == [("music", b"Ann/One", False), ("music", b"Ann/Two", False)]


def test_a_change_below_a_directory_that_is_gone_gives_a_scan_of_the_nearest_that_is_there(
    home: Household, watch: Watch
) -> None:
    plant(home.library, {"music/artist1/album1/track1.mp3": b"x"})
    heard(watch, home.library / "music/artist1/album1/nonexistent/deep/file.mp3", gone=True)
    heard(watch, home.library / "shows/nonexistent/path.mkv", gone=True)

    eventually(after(home, 2))

    assert sorted(scans(home)) == [("music", b"artist1/album1", False), ("shows", b"", False)]


def test_a_directory_that_is_gone_gives_a_scan_of_the_one_it_was_in(
    home: Household, watch: Watch
) -> None:
    plant(home.library, {"music/rock": {}})
    heard(watch, home.library / "music/rock/other_folder", directory=True, gone=True)

    eventually(after(home, 1))

    assert scans(home) == [("music", b"rock", False)]


def test_a_library_that_is_gone_gives_a_look_at_the_library(home: Household, watch: Watch) -> None:
    (home.library / "music").rename(home.library / "elsewhere")
    heard(watch, home.library / "music/Ann/Some/1.mp3", gone=True)

    eventually(after(home, 1))

    assert scans(home) == [("music", b"", False)]


@pytest.mark.parametrize("name", [".ignore", ".nomedia", ".plexignore", ".ndignore"])
def test_an_ignore_file_that_came_or_went_gives_a_scan_of_all_that_it_may_hide(
    home: Household, watch: Watch, name: str
) -> None:
    plant(home.library, {"music/Ann/Some/1.mp3": b"x", f"music/Ann/{name}": b""})
    heard(watch, home.library / "music/Ann" / name)

    eventually(after(home, 1))

    assert scans(home) == [("music", b"Ann", True)]


def test_what_an_ignore_file_hides_is_no_news_even_when_it_is_gone(
    home: Household, watch: Watch
) -> None:
    plant(home.library, {"music/rock/.ndignore": b"_TEMP\n", "music/rock/_TEMP/file.mp3": b"x"})
    heard(watch, home.library / "music/rock/_TEMP/file.mp3")
    heard(watch, home.library / "music/rock/_TEMP/more/file.mp3", gone=True)
    heard(watch, home.library / "music/rock/_TEMP", directory=True, gone=True)
    heard(watch, home.library / "shows" / "1.mkv")

    eventually(lambda: ("shows", b"", False) in scans(home))

    assert scans(home) == [("shows", b"", False)]


def test_what_differs_for_an_unknown_reason_gives_a_scan_of_that_directory_only(
    home: Household, watch: Watch
) -> None:
    plant(home.library, {"music/Ann/Some/1.mp3": b"x"})
    watch.differs(os.fsencode(home.library / "music/Ann"))
    watch.differs(os.fsencode(home.inbox))

    eventually(after(home, 2))

    assert sorted(scans(home)) == [("inbox", b"", False), ("music", b"Ann", False)]


def test_what_came_is_scanned_before_what_went(home: Household, watch: Watch) -> None:
    plant(home.library, {"music/A": {}, "music/Z/1.mp3": b"x"})
    with home.db.transaction():  # nothing is handed over until both are due
        heard(watch, home.library / "movies/late.mkv")
        heard(watch, home.library / "music/A/1.mp3", gone=True)
        heard(watch, home.library / "music/Z/1.mp3")
        threading.Event().wait(0.2)

    eventually(after(home, 3))

    found = scans(home)
    assert found.index(("music", b"Z", False)) < found.index(("music", b"A", False))


def test_who_hears_never_waits_for_the_database(home: Household, watch: Watch) -> None:
    with home.db.transaction():
        heard(watch, home.library / "movies/1.mkv")
        for number in range(1_000):
            heard(watch, home.library / f"music/{number % 100}.mp3")
        assert scans(home) == []

    eventually(after(home, 2))

    assert sorted(scans(home)) == [("movies", b"", False), ("music", b"", False)]


def test_a_directory_below_one_that_waits_to_be_read_with_all_below_it_waits_with_it(
    home: Household, watch: Watch
) -> None:
    plant(home.library, {"music/Ann/Some/1.mp3": b"x", "music/Anna/1.mp3": b"x"})
    watch.doubtful(os.fsencode(home.library / "music/Ann"), "events were lost")
    eventually(after(home, 1))
    heard(watch, home.library / "music/Ann/Some/1.mp3")
    heard(watch, home.library / "music/Ann/1.mp3")
    heard(watch, home.library / "music/Anna/1.mp3")

    eventually(after(home, 2))
    watch.doubtful(os.fsencode(home.library / "music/Ann"), "events were lost")
    heard(watch, home.library / "shows/1.mkv")
    eventually(after(home, 3))

    assert scans(home) == [
        ("music", b"Ann", True),
        ("music", b"Anna", False),
        ("shows", b"", False),
    ]


def test_a_waiting_scan_that_could_miss_the_change_does_not_serve_for_it(
    home: Household, watch: Watch
) -> None:
    with home.db.transaction() as tx:
        # it sees no file that is written in place
        operations.enqueue(tx, waiting_scan(home, "music", quick=True), 0.0)
        # it waits for a disk to come back
        operations.enqueue(tx, waiting_scan(home, "movies", not_before=1e12), 0.0)
        # it may have passed the directory already
        begun = operations.enqueue(tx, waiting_scan(home, "shows"), 0.0)
        checkpoints.save(tx, begun, Walk.over([], recursive=True), 0.0)
    for root in ("music", "movies", "shows"):
        (home.library / root / "New").mkdir()
        heard(watch, home.library / root / "New" / "1.mp3")

    eventually(after(home, 6))

    assert sorted(scans(home)[3:]) == [
        (root, b"New", False) for root in ("movies", "music", "shows")
    ]


def test_what_somebody_put_into_a_directory_that_shelfd_made_is_news(
    home: Household, watch: Watch
) -> None:
    media.mp3(home.inbox / "one.mp3", artist="Ann", album="Some", title="One", track="1")
    home.settle()
    before = len(scans(home))
    plant(home.library, {"music/Ann/Some/02 Two.mp3": b"x"})
    heard(watch, home.library / "music/Ann", directory=True)

    eventually(after(home, before + 2))

    assert scans(home)[before:] == [("music", b"", False), ("music", b"Ann", True)]


def test_what_shelfd_filed_is_news_when_it_comes_back_after_it_was_missed(
    home: Household, watch: Watch
) -> None:
    media.mp3(home.inbox / "one.mp3", artist="Ann", album="Some", title="One", track="1")
    home.settle()
    album, away = home.library / "music/Ann/Some", home.top / "away"
    album.rename(away)
    home.scan("music", b"Ann")
    away.rename(album)
    before = len(scans(home))
    heard(watch, album, directory=True)

    eventually(after(home, before + 2))

    assert scans(home)[before:] == [("music", b"Ann", False), ("music", b"Ann/Some", True)]


def test_a_change_that_cannot_be_handed_over_is_handed_over_later(
    home: Household, watch: Watch
) -> None:
    with home.db.transaction() as tx:
        tx.execute(
            "CREATE TRIGGER full_disk BEFORE INSERT ON operations"
            " BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        )
    with capture_logs() as logs:
        heard(watch, home.library / "music/1.mp3")
        eventually(lambda: logs)
    with home.db.transaction() as tx:
        tx.execute("DROP TRIGGER full_disk")

    eventually(after(home, 1))

    assert scans(home) == [("music", b"", True)]
