"""A normal scan leaves the catalog as one that lists every directory would."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import media
from household import KINDS, Household, JumpingClock
from shelfd.core import roots
from shelfd.core.errors import BrokenError, NotFoundError
from shelfd.core.listing import Listing
from shelfd.core.operations import Operation, State
from shelfd.core.paths import RelPath
from shelfd.core.settings import Missing, Scan, Watch
from shelfd.edges import directories, trees
from shelfd.steps import sweeps
from shelfd.store import pauses
from shelfd.store.database import Database
from shelfd.store.signatures import Row

Rows = set[tuple[bytes, int]]


@cache
def empty_database() -> bytes:
    """Return a database that knows nothing: to make one takes longer than most of these scans."""
    with TemporaryDirectory() as top:
        path = Path(top, "shelfd.db")
        Database(os.fsencode(path)).close()
        return path.read_bytes()


def household(top: Path) -> Household:
    """Return one in which no loss suspends a library."""
    (top / "shelfd.db").write_bytes(empty_database())
    home = Household(top)
    change(home, missing=Missing(suspend_share=1.0, suspend_files=1_000_000))
    return home


def change(home: Household, **tables: Any) -> None:
    """Take over other settings, as a reload does."""
    home.current.settings = msgspec.structs.replace(home.current.settings, **tables)
    home.current.roots = roots.of(home.current.settings)


def scan_settings(home: Household, **values: Any) -> None:
    change(home, scan=msgspec.structs.replace(home.current.settings.scan, **values))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Household]:
    with closing(household(tmp_path)) as home:
        yield home


@pytest.fixture
def music(home: Household) -> Path:
    """Return a library with some files that has been scanned."""
    music = home.library / "music"
    for name in ("Ann/Some/01", "Ann/Some/02", "Ann/Other/01", "Bob/Some/Deep/01", "top"):
        put(music / f"{name}.mp3")
    put(music / "Bob/notes.txt")
    normal(home)
    return music


def put(path: Path, size: int = 5) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    return path


def tick(top: Path) -> None:
    """Wait until what changes from now on differs in its times from what was looked at."""
    probe = top / "tick"
    probe.write_bytes(b"1")
    before = probe.stat().st_ctime_ns
    while probe.stat().st_ctime_ns == before:
        probe.write_bytes(b"1")


def normal(home: Household, path: bytes = b"") -> Operation:
    return scan(home, path)


def quick(home: Household, path: bytes = b"") -> Operation:
    return scan(home, path, quick=True)


def scan(home: Household, path: bytes = b"", **options: Any) -> Operation:
    operation = home.scan("music", path, recursive=True, **options)
    tick(home.top)
    return operation


def present(home: Household, below: bytes = b"") -> Rows:
    """Return the files that are there by the catalog, with their sizes."""
    query = (
        "SELECT path, name, files.size FROM files JOIN directories ON directories.id = directory"
        " WHERE root = 'music' AND missing_since IS NULL AND unseen IS NULL"
    )
    rows = {(os.path.join(row[0], row[1]), row[2]) for row in home.db.read().execute(query)}
    return {row for row in rows if row[0].startswith(below)}


def names(home: Household) -> set[bytes]:
    return {row[0] for row in present(home)}


def listed(home: Household) -> Rows:
    """Return what a scan that has never seen these files, and so reads all of them, has in its catalog."""
    with TemporaryDirectory(dir=home.top) as top:
        Path(top, "library").symlink_to(home.library)
        with closing(household(Path(top))) as fresh:
            now = home.current.settings
            names = {each.name for each in now.library}
            libraries = tuple(each for each in fresh.current.settings.library if each.name in names)
            change(fresh, watch=now.watch, scan=now.scan, library=libraries)
            if len(names) != len(KINDS):
                fresh.close()
                fresh.open()
            assert fresh.scan("music", recursive=True, full=True).state is State.COMPLETED
            return present(fresh)


def right(home: Household) -> bool:
    """Say whether after a normal scan the catalog is what one that lists everything would make of it."""
    operation = normal(home)
    assert operation.state is State.COMPLETED, operation.error
    assert present(home) == listed(home)
    return True


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Note which directories are listed."""
    noted: list[bytes] = []
    real = directories.listing

    def listing(directory: bytes, *arguments: Any) -> Listing:
        noted.append(directory)
        return real(directory, *arguments)

    monkeypatch.setattr(directories, "listing", listing)
    return noted


def test_without_a_change_no_directory_is_listed(
    home: Household, music: Path, read: list[bytes]
) -> None:
    operation = normal(home)

    assert read == []
    assert (operation.done, operation.total) == (7, 7)
    assert right(home)


@pytest.mark.parametrize("page", [1, 2, 3, 7])
def test_the_number_of_directories_may_be_any(
    home: Household, music: Path, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(sweeps, "PAGE", page)
    put(music / "Bob/Some/Deep/01.mp3", 20)

    assert right(home)


# files


def test_a_file_written_in_place_with_its_time_put_back_is_read(
    home: Household, music: Path
) -> None:
    path = music / "Ann/Some/03.mp3"
    media.mp3(path, artist="Ann", album="Some", title="One", track="1")
    normal(home)
    times = path.stat()
    path.write_bytes(path.read_bytes().replace(b"One", b"Two"))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert path.stat().st_size == times.st_size

    operation = normal(home)

    assert operation.result is not None
    assert operation.result["changed"] == 1
    titles = home.db.read().execute("SELECT title FROM items WHERE state = 'present'")
    assert "Two" in {row[0] for row in titles}
    assert right(home)


def test_a_file_that_was_too_small_is_taken_once_it_has_grown_in_place(
    home: Household, music: Path
) -> None:
    scan_settings(home, min_size_bytes=4, max_size_bytes=10)
    small, large = put(music / "Ann/Some/03.mp3", 3), put(music / "Bob/04.mp3", 11)
    assert right(home)
    before = {path: path.stat() for path in (small.parent, large.parent)}

    small.write_bytes(b"x" * 6)
    large.write_bytes(b"x" * 6)

    assert all(path.stat().st_mtime_ns == was.st_mtime_ns for path, was in before.items())
    assert right(home)
    assert {b"Ann/Some/03.mp3", b"Bob/04.mp3"} <= names(home)
    small.write_bytes(b"x")
    assert right(home)
    assert b"Ann/Some/03.mp3" not in names(home)


def test_a_file_that_took_the_name_of_another_with_its_size_and_time_is_read(
    home: Household, music: Path
) -> None:
    path = music / "Ann/Some/01.mp3"
    times = path.stat()
    path.unlink()
    put(music / "Ann/Some/new")
    (music / "Ann/Some/new").rename(path)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

    assert right(home)


# settings


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({}, {"watch": Watch(ignore=("0[12].mp3",))}),
        ({"watch": Watch(ignore=("0[12].mp3",))}, {"watch": Watch()}),
        ({}, {"watch": Watch(ignore=("Some",))}),
        ({"watch": Watch(ignore=("Some",))}, {"watch": Watch()}),
        ({"watch": Watch(ignore=("Some",))}, {"watch": Watch(ignore=("Deep", "Other"))}),
        ({}, {"scan": Scan(min_size_bytes=6)}),
        ({"scan": Scan(min_size_bytes=6)}, {"scan": Scan(min_size_bytes=1)}),
        ({}, {"scan": Scan(max_size_bytes=4)}),
        ({"scan": Scan(symlinks="all")}, {"scan": Scan(symlinks="skip")}),
        ({"scan": Scan(symlinks="all")}, {"scan": Scan(symlinks="files")}),
        ({"scan": Scan(symlinks="skip")}, {"scan": Scan(symlinks="all")}),
        ({"scan": Scan(symlinks="files")}, {"scan": Scan(symlinks="all")}),
    ],
)
def test_other_settings_choose_the_files_anew(
    home: Household, music: Path, first: dict[str, Any], then: dict[str, Any]
) -> None:
    put(music / "Cem/Big/01.mp3", 9)
    (music / "Link").symlink_to("Bob/Some")
    (music / "Ann/link.mp3").symlink_to("../Cem/Big/01.mp3")
    change(home, **first)
    assert right(home)

    change(home, **then)

    assert right(home)
    assert right(home)


@pytest.mark.parametrize("batch", [1, 4])
def test_a_directory_that_is_passed_over_from_now_on_stays_so_in_a_large_library(
    home: Household, music: Path, batch: int
) -> None:
    for number in range(20):
        put(music / f"Many/{number:02}/01.mp3")
    scan_settings(home, checkpoint_directories=batch)
    put(music / "Zed/01.mp3")
    put(music / "Zed/Deep/01.mp3")
    assert right(home)

    change(home, watch=Watch(ignore=("Zed",)))

    assert right(home)
    assert right(home)


def test_a_link_out_of_the_libraries_as_they_are_now_does_not_count(
    home: Household, music: Path
) -> None:
    scan_settings(home, symlinks="all")
    put(home.library / "books/Records/01.mp3")
    (music / "Bob/Linked").symlink_to(home.library / "books/Records")
    assert right(home)
    assert b"Bob/Linked/01.mp3" in names(home)

    rest = tuple(each for each in home.current.settings.library if each.name != "books")
    change(home, library=rest)
    home.close()
    home.open()

    assert right(home)
    assert b"Bob/Linked/01.mp3" not in names(home)


# ignore files


@pytest.mark.parametrize("name", [".ignore", ".ndignore", ".plexignore"])
def test_an_ignore_file_that_is_written_in_place_holds_two_directories_below(
    home: Household, music: Path, name: str
) -> None:
    rules = music / "Bob" / name
    rules.write_text("nothing\n")
    assert right(home)

    rules.write_text("*.mp3\n")
    assert right(home)
    assert not present(home, b"Bob")

    rules.write_text("# \n*.flac\n")
    assert right(home)
    assert present(home, b"Bob")


def test_an_ignore_file_may_come_and_go_anywhere(home: Household, music: Path) -> None:
    top, below = music / ".ignore", music / "Bob/Some/.ignore"
    top.write_text("01.mp3\n")
    assert right(home)
    below.write_text("!01.mp3\n")
    assert right(home)
    top.unlink()
    assert right(home)
    below.write_text("Deep/\n")
    assert right(home)
    below.unlink()
    assert right(home)
    assert len(present(home)) == 5


def test_a_new_ignore_file_holds_also_below_a_directory_that_was_listed_each_time(
    home: Household, music: Path
) -> None:
    (music / "Bob/gone").symlink_to("nowhere")
    assert right(home)

    (music / "Bob/.ignore").write_text("*.mp3\n")

    assert right(home)
    assert not present(home, b"Bob")


def test_an_ignore_file_that_comes_back_holds_for_what_was_read_without_it(
    home: Household, music: Path
) -> None:
    rules = music / "Bob/.ignore"
    rules.write_text("*.mp3\n")
    assert right(home)
    rules.unlink()
    put(music / "Bob/Some/Deep/02.mp3")
    quick(home)
    tick(home.top)

    rules.write_text("*.mp3\n")

    assert right(home)
    assert not present(home, b"Bob")


@pytest.mark.parametrize("batch", [1, 4])
def test_what_an_ignore_file_hides_is_not_taken_back_by_what_changed_in_it(
    home: Household, music: Path, batch: int
) -> None:
    for number in range(20):
        put(music / f"Many/{number:02}/01.mp3")
    put(music / "Zed/Deep/01.mp3")
    assert right(home)
    scan_settings(home, checkpoint_directories=batch)

    (music / ".ignore").write_text("Zed/\nMany/03/\n")
    for number in range(20):
        put(music / f"Many/{number:02}/02.mp3")
    put(music / "Zed/Deep/02.mp3")

    assert right(home)
    assert right(home)


def test_an_ignore_file_too_long_to_be_read_is_followed_once_it_is_shorter(
    home: Household, music: Path
) -> None:
    rules = music / "Bob/.ignore"
    rules.write_text("*.mp3\n" * 20_000)
    assert right(home)
    assert present(home, b"Bob")

    rules.write_text("*.mp3\n")

    assert right(home)
    assert not present(home, b"Bob")


@pytest.mark.parametrize("name", [".ignore", ".nomedia"])
def test_a_directory_called_as_an_ignore_file_means_the_same_however_it_is_met(
    home: Household, music: Path, name: str
) -> None:
    (music / "Bob" / name).mkdir()
    assert right(home)

    put(music / "Bob/Some/Deep/02.mp3", 6)
    assert right(home)

    (music / "Bob" / name).rmdir()
    assert right(home)


def test_an_ignore_file_behind_a_link_is_followed_as_it_changes(
    home: Household, music: Path
) -> None:
    (music / "rules.txt").write_text("nothing\n")
    (music / "Bob/.ignore").symlink_to("../rules.txt")
    assert right(home)

    (music / "rules.txt").write_text("*.mp3\n")
    assert right(home)
    assert not present(home, b"Bob")

    (music / "rules.txt").unlink()
    assert right(home)


@pytest.mark.parametrize("where", [".", "Bob", "Bob/Some/Deep"])
def test_nomedia_hides_and_shows_all_below_it(home: Household, music: Path, where: str) -> None:
    (music / where / ".nomedia").touch()
    assert right(home)

    (music / where / ".nomedia").unlink()
    assert right(home)
    assert len(present(home)) == 5


def test_a_file_that_is_shown_again_beside_a_copy_of_it_keeps_its_row(
    home: Household, music: Path
) -> None:
    (music / "Bob/.nomedia").touch()
    assert right(home)
    shutil.copy(music / "Bob/Some/Deep/01.mp3", music / "Bob/Some/Deep/02.mp3")

    (music / "Bob/.nomedia").unlink()

    assert right(home)


# links, and what takes the place of a directory


def test_a_link_to_a_file_counts_for_what_the_file_is_now(home: Household, music: Path) -> None:
    target = put(home.library / "books/one.mp3")
    (music / "Ann/link.mp3").symlink_to(target)
    assert right(home)

    target.write_bytes(b"x" * 50)
    assert right(home)
    assert (b"Ann/link.mp3", 50) in present(home)

    new = put(home.library / "books/new.mp3", 60)
    new.rename(target)
    assert right(home)
    assert (b"Ann/link.mp3", 60) in present(home)


def test_a_link_to_a_directory_shows_what_comes_and_goes_in_that(
    home: Household, music: Path
) -> None:
    scan_settings(home, symlinks="all")
    target = home.library / "books/Records"
    put(target / "A/Deep/01.mp3")
    (music / "Bob/Linked").symlink_to(target)
    assert right(home)

    put(target / "02.mp3")
    put(target / "A/Deep/03.mp3")
    put(target / "B/Deep/04.mp3")
    assert right(home)
    assert len(present(home, b"Bob/Linked")) == 4

    shutil.rmtree(target / "A")
    put(target / "B/Deep/04.mp3", 70)
    assert right(home)
    assert present(home, b"Bob/Linked/B") == {(b"Bob/Linked/B/Deep/04.mp3", 70)}


@pytest.mark.parametrize("options", [{}, {"quick": True}, {"full": True}])
def test_what_lies_behind_a_link_whose_disk_is_away_is_kept(
    home: Household, music: Path, options: dict[str, Any]
) -> None:
    scan_settings(home, symlinks="all")
    target, away = home.library / "books/Records", home.library / "books/Away"
    put(target / "A/Deep/01.mp3")
    put(target / "02.mp3")
    (music / "Bob/Linked").symlink_to(target)
    assert right(home)
    before = present(home)

    target.rename(away)
    scan(home, **options)
    assert present(home) == before
    put(music / "Bob/new.mp3", 8)  # so that also the directory of the link is listed
    scan(home, **options)
    assert present(home) == before | {(b"Bob/new.mp3", 8)}

    put(away / "A/Deep/05.mp3")
    away.rename(target)
    scan(home, **options)
    assert b"Bob/Linked/A/Deep/05.mp3" in names(home)
    assert right(home)


def test_a_link_to_what_is_a_directory_only_at_times_is_looked_at_each_time(
    home: Household, music: Path
) -> None:
    scan_settings(home, symlinks="all")
    target = home.library / "books/Records"
    put(target / "Deep/01.mp3")
    (music / "Bob/Linked").symlink_to(target)
    assert right(home)

    shutil.rmtree(target)
    target.write_text("a file")
    assert right(home)
    assert not present(home, b"Bob/Linked")

    target.unlink()
    put(target / "Deep/01.mp3")
    assert right(home)
    assert present(home, b"Bob/Linked")


def test_a_link_by_way_of_another_counts_for_where_it_leads_now(
    home: Household, music: Path
) -> None:
    scan_settings(home, symlinks="all")
    put(home.library / "books/Store/Records/01.mp3")
    put(home.top / "outside/Records/02.mp3")
    way = home.top / "way"
    way.symlink_to(home.library / "books/Store")
    (music / "Bob/Linked").symlink_to(way / "Records")
    assert right(home)
    assert names(home) >= {b"Bob/Linked/01.mp3"}

    way.unlink()
    way.symlink_to(home.top / "outside")

    assert right(home)
    assert not present(home, b"Bob/Linked")


def by_file(path: Path) -> None:
    path.write_bytes(b"x" * 7)


def by_pipe(path: Path) -> None:
    os.mkfifo(path)


def by_another(path: Path) -> None:
    put(path / "Deep/09.mp3")


def by_link(path: Path) -> None:
    path.symlink_to("Ann")


def by_link_out(path: Path) -> None:
    put(path.parents[2] / "outside/Deep/01.mp3")
    path.symlink_to(path.parents[2] / "outside")


@pytest.mark.parametrize("links", ["files", "all"])
@pytest.mark.parametrize("replace", [by_file, by_pipe, by_another, by_link, by_link_out])
def test_what_takes_the_place_of_a_directory_counts_for_itself(
    home: Household, music: Path, replace: Callable[[Path], None], links: str
) -> None:
    scan_settings(home, symlinks=links)
    directory = music / "Zed.mp3"
    put(directory / "01.mp3")
    put(directory / "Deep/01.mp3")
    assert right(home)

    shutil.rmtree(directory)
    replace(directory)

    assert right(home)
    assert right(home)


@pytest.mark.parametrize("options", [{}, {"quick": True}])
def test_a_directory_replaced_by_a_broken_link_is_kept(
    home: Household, music: Path, options: dict[str, Any]
) -> None:
    before = present(home)
    shutil.rmtree(music / "Bob/Some")
    (music / "Bob/Some").symlink_to("nowhere")

    scan(home, **options)
    assert present(home) == before

    (music / "Bob/Some").unlink()
    assert right(home)


@pytest.mark.parametrize("links", ["files", "all"])
def test_a_directory_that_was_moved_out_and_linked_to_is_no_directory_any_more(
    home: Household, music: Path, links: str
) -> None:
    scan_settings(home, symlinks=links, checkpoint_directories=1)
    for number in range(10):
        put(music / f"Many/{number:02}/01.mp3")
    put(music / "Zed/01.mp3")
    put(music / "Zed/Deep/01.mp3")
    assert right(home)
    for number in range(10):
        put(music / f"Many/{number:02}/02.mp3")
    (music / "Zed").rename(home.top / "outside")
    (music / "Zed").symlink_to(home.top / "outside")

    assert right(home)
    assert not present(home, b"Zed")


# a root that shows what changes behind it


def lie(home: Household, path: bytes) -> None:
    """Let a directory be known as what lstat says now, as if nothing in it had changed."""
    found = directories.signature(os.fsencode(home.library / "music") + b"/" + path)
    assert found is not None
    with home.db.transaction() as tx:
        changed = tx.execute(
            "UPDATE directories SET inode = ?, mtime_ns = ?, ctime_ns = ?, size = ?, links = ?"
            " WHERE root = 'music' AND path = ?",
            (*found, path),
        ).rowcount
    assert changed == 1


def test_where_directories_lie_a_new_file_is_found_if_the_root_is_known_for_it(
    home: Household, music: Path
) -> None:
    put(music / "Ann/Some/09.mp3")
    lie(home, b"Ann/Some")
    normal(home)
    assert b"Ann/Some/09.mp3" not in names(home)

    home.blind.add("music")

    assert right(home)
    assert b"Ann/Some/09.mp3" in names(home)


def test_where_directories_lie_a_new_directory_is_found_with_all_below_it(
    home: Household, music: Path
) -> None:
    home.blind.add("music")
    put(music / "Ann/Some/New/Deep/09.mp3")
    lie(home, b"Ann/Some")

    assert right(home)
    assert b"Ann/Some/New/Deep/09.mp3" in names(home)


def test_where_directories_lie_one_that_is_gone_is_missed(home: Household, music: Path) -> None:
    home.blind.add("music")
    shutil.rmtree(music / "Ann/Some")
    (music / "Ann/Other/01.mp3").unlink()
    lie(home, b"Ann")
    lie(home, b"Ann/Other")

    assert right(home)
    assert not present(home, b"Ann")


@pytest.mark.parametrize("batch", [1, 100])
def test_where_directories_lie_what_is_hidden_stays_hidden(
    home: Household, music: Path, batch: int
) -> None:
    home.blind.add("music")
    scan_settings(home, checkpoint_directories=batch)
    (music / ".ignore").write_text("Bob/\n")

    assert right(home)
    assert right(home)


# losses, interruptions


def test_what_was_out_of_sight_while_the_library_was_suspended_is_right_in_the_end(
    home: Household, music: Path
) -> None:
    change(home, missing=Missing())
    for number in range(10):
        put(music / f"Many/{number:02}.mp3")
        put(music / f"More/Deep/{number:02}.mp3")
    normal(home)
    before = present(home)
    away = home.top / "away"
    shutil.copytree(music, away)
    shutil.rmtree(music / "More")
    for number in range(5):
        (music / f"Many/{number:02}.mp3").unlink()
    assert normal(home).state is State.FAILED

    shutil.copytree(away / "More", music / "More")
    for number in range(3):
        shutil.copy2(away / f"Many/{number:02}.mp3", music / "Many")
    normal(home)
    lost = {(f"Many/{number:02}.mp3".encode(), 5) for number in (3, 4)}
    assert present(home) == before - lost
    home.scan("music", recursive=True, confirmed=True)
    assert right(home)
    shutil.copy2(away / "Many/03.mp3", music / "Many")
    assert right(home)


def interrupted(home: Household, commits: int, **options: Any) -> Operation:
    """Let a scan stop after so many commits, and start the daemon again, without going on."""
    home.stop_after(commits)
    operation = scan(home, **options)
    home.close()
    home.open()
    return operation


def lose_checkpoints(home: Household) -> None:
    with home.db.transaction() as tx:
        tx.execute("DELETE FROM checkpoints")
        tx.execute("DELETE FROM operations WHERE state = 'queued'")


@pytest.mark.parametrize("commits", [2, 4, 6])
@pytest.mark.parametrize("options", [{}, {"quick": True}])
def test_whatever_was_lost_of_an_interrupted_scan_all_is_found(
    home: Household, commits: int, options: dict[str, Any]
) -> None:
    music = home.library / "music"
    scan_settings(home, checkpoint_directories=1)
    for number in range(8):
        put(music / f"{number:02}/Some/Deep/01.mp3")
    assert interrupted(home, commits).state is State.QUEUED
    lose_checkpoints(home)

    scan(home, **options)

    assert present(home) == listed(home)
    assert right(home)


@pytest.mark.parametrize("commits", [2, 3, 5])
@pytest.mark.parametrize("lost", [False, True])
def test_a_new_ignore_file_holds_though_the_scan_that_met_it_was_interrupted(
    home: Household, music: Path, commits: int, *, lost: bool
) -> None:
    scan_settings(home, checkpoint_directories=1)
    for number in range(6):
        put(music / f"Bob/{number:02}/Deep/01.mp3")
    normal(home)
    (music / "Bob/.ignore").write_text("01.mp3\n")
    interrupted(home, commits)
    if lost:
        lose_checkpoints(home)
    home.work()

    if lost:
        normal(home)
    assert present(home) == listed(home)


@pytest.mark.parametrize("commits", [2, 3])
def test_a_new_ignore_file_in_a_large_directory_holds_though_its_scan_was_interrupted(
    home: Household, music: Path, commits: int
) -> None:
    for number in range(520):
        put(music / f"Bob/{number:03}.flac")
    (music / "Bob/.ignore").write_text("*.mp3\n")
    interrupted(home, commits)
    home.work()

    assert present(home) == listed(home)
    assert not {name for name in names(home) if name.startswith(b"Bob/Some")}


@pytest.mark.parametrize("commits", [2, 3, 5, 7])
def test_pages_of_any_size_lead_to_the_same(
    home: Household, music: Path, monkeypatch: pytest.MonkeyPatch, commits: int
) -> None:
    monkeypatch.setattr(sweeps, "PAGE", 2)
    scan_settings(home, checkpoint_directories=1)
    for name in ("Ann/Some/01", "Bob/Some/Deep/01"):
        put(music / f"{name}.mp3", 30)
    put(music / "Zed/Some/01.mp3", 8)
    (music / "Ann/Other/01.mp3").unlink()

    operation = interrupted(home, commits)
    assert operation.state in (State.QUEUED, State.COMPLETED)
    home.work()

    ended = home.operation(operation.id)
    assert ended.state is State.COMPLETED
    assert present(home) == listed(home)
    assert ended.result is not None
    assert [ended.result[what] for what in ("added", "changed", "missing")] == [1, 2, 1]
    assert right(home)


@pytest.mark.parametrize(("page", "part"), [(1, 1), (2, 1), (3, 2), (5, 9), (7, 3), (8, 4)])
def test_a_quick_scan_finds_what_came_and_went_however_much_it_compares_in_one_go(
    home: Household, music: Path, monkeypatch: pytest.MonkeyPatch, page: int, part: int
) -> None:
    monkeypatch.setattr(sweeps, "PAGE", page)
    monkeypatch.setattr(sweeps, "PART", part)
    assert quick(home).done == 7
    put(music / "Ann/Some/03.mp3", 30)
    put(music / "Zed/Some/01.mp3", 8)
    shutil.rmtree(music / "Bob/Some")
    put(music / "Bob (live)/01.mp3", 9)

    for path in (b"Bob", b""):
        operation = quick(home, path)
        assert operation.done == operation.total

    assert present(home) == listed(home)
    assert right(home)


def test_a_quick_scan_that_takes_long_makes_room_between_two_parts(
    home: Household, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeps, "PART", 1)
    put(music / "Zed/01.mp3")
    tick(home.top)
    compared: list[bytes] = []
    real = trees.differing

    def differing(top: bytes, known: Sequence[Row]) -> list[RelPath]:
        compared.extend(row[0] for row in known)
        home.clock.now += 2 * sweeps.ALIKE_S
        if len(compared) == 4:
            with home.db.transaction() as tx:
                pauses.begin(tx, pauses.Pause(), 1.0)
        return real(top, known)

    scan_settings(home, checkpoint_directories=1)
    normal(home)
    monkeypatch.setattr(trees, "differing", differing)
    operation = quick(home)

    assert operation.state is State.QUEUED
    assert len(compared) <= 5
    with home.db.transaction() as tx:
        pauses.end(tx, pauses.Pause())
    home.work()
    ended = home.operation(operation.id)
    assert ended.state is State.COMPLETED
    assert (ended.done, ended.total) == (8, 8)
    assert sorted(set(compared)) == sorted(
        {b"", b"Ann", b"Ann/Other", b"Ann/Some", b"Bob", b"Bob/Some", b"Bob/Some/Deep", b"Zed"}
    )


@pytest.mark.parametrize("batch", [1, 2, 3, 8])
def test_what_is_met_on_the_way_is_read_and_counted_once(
    home: Household, music: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(sweeps, "PAGE", 2)
    scan_settings(home, checkpoint_directories=batch)
    for number in range(10):
        put(music / f"New {number}/Deep/01.mp3")
    before = home.reader.count

    operation = normal(home)

    assert operation.result is not None
    assert operation.result["added"] == 10
    assert home.reader.count - before == 10
    assert present(home) == listed(home)


# where it begins, and what things are called


def test_a_directory_that_was_away_and_is_another_one_is_read_with_all_below_it(
    home: Household, music: Path
) -> None:
    away = home.top / "away"
    shutil.copytree(music / "Bob", away)
    shutil.rmtree(music / "Bob")
    assert right(home)
    shutil.copytree(away, music / "Bob")
    assert right(home)
    (music / "Bob").rename(home.top / "same")
    assert right(home)
    (home.top / "same").rename(music / "Bob")
    assert right(home)
    assert len(present(home)) == 5


def test_two_directories_that_swapped_their_names_have_swapped_their_files(
    home: Household, music: Path
) -> None:
    (music / "Ann").rename(music / "x")
    (music / "Bob").rename(music / "Ann")
    (music / "x").rename(music / "Bob")

    assert right(home)


def test_a_library_behind_a_link_is_scanned_as_any_other(home: Household) -> None:
    music, real = home.library / "music", home.top / "real"
    put(music / "Ann/Some/01.mp3")
    music.rename(real)
    music.symlink_to(real)
    assert right(home)

    put(real / "Ann/Some/01.mp3", 40)
    put(real / "Ann/New/01.mp3")

    assert right(home)


@pytest.mark.parametrize("page", [1, 512])
def test_odd_names_are_names_like_others(
    home: Household, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(sweeps, "PAGE", page)
    music = home.library / "music"
    odd = ("a", "a/b", "a b", "a-", "a.", "a0", "a/b c", "a/b/c", "\udcff\udcfe", "\udcff/\udcc3")
    for name in (*odd, "line\nbreak", "\udcff" * 255):
        put(music / name / "01.mp3")
    assert right(home)
    for name in odd[::2]:
        put(music / name / "01.mp3", 20)
        put(music / name / "New/01.mp3", 20)
    for part in (b"a", b"\xff"):
        normal(home, part)
        wanted = {row for row in listed(home) if row[0].startswith(part + b"/")}
        assert present(home, part + b"/") == wanted
    shutil.rmtree(music / "a")
    assert right(home)


def test_a_scan_of_a_part_reads_that_part_only(home: Household, music: Path) -> None:
    put(music / "Ann/Some/01.mp3", 20)
    put(music / "Bob/Some/Deep/01.mp3", 20)

    normal(home, b"Ann")

    assert (b"Ann/Some/01.mp3", 20) in present(home)
    assert (b"Bob/Some/Deep/01.mp3", 5) in present(home)
    assert right(home)


def test_a_scan_of_a_part_that_is_not_known_reads_it_and_later_what_is_above(
    home: Household, music: Path
) -> None:
    put(music / "New/01.mp3")
    put(music / "New/Deep/Down/01.mp3")

    normal(home, b"New/Deep")
    assert {b"New/Deep/Down/01.mp3"} == {name for name in names(home) if name.startswith(b"New")}

    normal(home, b"New")
    assert b"New/01.mp3" in names(home)
    assert right(home)


@pytest.mark.parametrize("options", [{}, {"quick": True}])
def test_a_library_of_which_only_a_part_was_read_is_read_in_whole(
    home: Household, options: dict[str, Any]
) -> None:
    music = home.library / "music"
    put(music / "Ann/Some/01.mp3")
    put(music / "Bob/01.mp3")
    home.scan("music", b"Ann/Some")

    scan(home, **options)

    assert present(home) == listed(home)


@pytest.mark.parametrize("options", [{}, {"quick": True}])
def test_a_part_that_came_back_below_what_was_missed_hides_nothing(
    home: Household, music: Path, options: dict[str, Any]
) -> None:
    put(music / "Bob/top.mp3")
    normal(home)
    (music / "Bob").rename(home.top / "away")
    normal(home)
    (home.top / "away").rename(music / "Bob")
    home.scan("music", b"Bob/Some")

    scan(home, b"Bob", **options)

    assert b"Bob/top.mp3" in names(home)
    assert right(home)


def test_a_scan_of_a_part_that_is_gone_misses_all_below_it(home: Household, music: Path) -> None:
    shutil.rmtree(music / "Bob/Some")

    normal(home, b"Bob/Some")
    assert not present(home, b"Bob")

    normal(home, b"Never/Was")
    assert right(home)
    put(music / "Bob/Some/Deep/01.mp3")
    normal(home, b"Bob/Some/Deep")
    assert present(home, b"Bob")
    assert right(home)


# anything

DIRECTORIES = ("a", "a b", "a/b", "a/b/c", "d", "d/b")
FILES = ("1.mp3", "2.mp3", "e.txt")
RULES = ("1.mp3\n", "b/\n", "*.mp3\n!2.mp3\n", "/a/b\n", "")
places = st.sampled_from(DIRECTORIES)
files = st.builds(lambda where, name: f"{where}/{name}", places, st.sampled_from(FILES))
acts = st.one_of(
    st.tuples(st.just("write"), files, st.integers(0, 9)),
    st.tuples(st.just("quietly"), files, st.integers(0, 9)),
    st.tuples(st.just("delete"), st.one_of(files, places)),
    st.tuples(st.just("rename"), st.one_of(files, places), st.one_of(files, places)),
    st.tuples(st.just("mkdir"), st.one_of(files, places)),
    st.tuples(st.just("ignore"), st.sampled_from((".", *DIRECTORIES)), st.sampled_from(RULES)),
    st.tuples(st.just("hide"), places),
    st.tuples(st.just("show"), st.sampled_from((".", *DIRECTORIES))),
    st.tuples(st.just("link"), st.one_of(files, places), st.one_of(files, places)),
    st.tuples(st.sampled_from(("normal", "quick", "one")), st.sampled_from((".", *DIRECTORIES))),
)


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def write(path: Path, size: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)


def quietly(path: Path, size: Any) -> None:
    times = path.stat()
    path.write_bytes(b"x" * size)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def link(path: Path, target: Path) -> None:
    # one to nothing is kept for what it was, which no first scan can know
    if target.exists():
        path.symlink_to(target)


def show(directory: Path) -> None:
    for name in (".nomedia", ".ignore"):
        (directory / name).unlink(missing_ok=True)


def do(home: Household, what: str, *values: Any) -> None:
    """Let something happen to the files, or do nothing where it cannot, or let a scan come by."""
    music = home.library / "music"
    if what in ("normal", "quick", "one"):
        path = b"" if values[0] == "." else values[0].encode()
        home.scan("music", path, recursive=what != "one", quick=what == "quick")
        tick(home.top)
        return
    paths: list[Any] = [music / value if isinstance(value, str) else value for value in values]
    change_: dict[str, Callable[[], object]] = {
        "write": lambda: write(*paths),
        "quietly": lambda: quietly(*paths),
        "delete": lambda: remove(paths[0]),
        "rename": lambda: paths[0].rename(paths[1]),
        "mkdir": lambda: paths[0].mkdir(parents=True),
        "ignore": lambda: (paths[0] / ".ignore").write_text(values[1]),
        "hide": (paths[0] / ".nomedia").touch,
        "show": lambda: show(paths[0]),
        "link": lambda: link(*paths),
    }
    with suppress(OSError):
        change_[what]()


def without_broken_links(music: Path) -> None:
    for path in sorted(music.rglob("*")):
        if path.is_symlink() and not path.exists():
            path.unlink()


@settings(deadline=None, max_examples=20)
@given(
    st.lists(acts, min_size=4, max_size=24),
    st.sampled_from(("skip", "files", "all")),
    st.sampled_from((1, 2, 512)),
    st.integers(1, 4),
)
def test_whatever_happens_a_normal_scan_is_right_in_the_end(
    what: list[tuple[Any, ...]], links: str, page: int, batch: int
) -> None:
    with (
        TemporaryDirectory() as top,
        pytest.MonkeyPatch.context() as patch,
        closing(household(Path(top))) as home,
    ):
        patch.setattr(sweeps, "PAGE", page)
        scan_settings(home, symlinks=links, checkpoint_directories=batch)
        music = home.library / "music"
        put(music / "keep/one.mp3")
        for name in DIRECTORIES:
            put(music / name / "1.mp3", 3)
        tick(home.top)
        normal(home)
        for one in what:
            do(home, *one)
        without_broken_links(music)
        assert right(home)


@pytest.mark.parametrize("page", [1, 512])
def test_below_what_cannot_be_read_nothing_is_tried(
    home: Household, music: Path, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(sweeps, "PAGE", page)
    real = directories.listing
    tried = []

    def listing(directory: bytes, *arguments: Any) -> Listing:
        if directory.startswith(os.fsencode(music / "Bob")):
            tried.append(directory)
            raise BrokenError("it cannot be read", code="unreadable")
        return real(directory, *arguments)

    monkeypatch.setattr(directories, "listing", listing)
    for path in (music / "Bob", *(music / "Bob").rglob("*")):
        if path.is_dir():
            put(path / "new.mp3")

    operation = normal(home)

    assert tried == [os.fsencode(music / "Bob")]
    assert operation.result is not None
    assert operation.result["unreadable"] == 1
    assert operation.done == operation.total


@pytest.mark.parametrize("confirmed", [False, True])
def test_what_was_out_of_sight_for_the_rest_of_a_scan_is_found_by_the_next(
    home: Household, music: Path, monkeypatch: pytest.MonkeyPatch, *, confirmed: bool
) -> None:
    everything = present(home)

    def gone(_directory: bytes, *_arguments: Any) -> Listing:
        raise NotFoundError("it is not there", code="no_such_path")

    with monkeypatch.context() as away:
        # the disk went away behind the first directory, which looks the same when it is back
        away.setattr(trees, "differing", lambda _top, page: [row[0] for row in page if row[0]])
        away.setattr(directories, "listing", gone)
        normal(home)
    tick(home.top)
    if confirmed:
        home.scan("music", recursive=True, confirmed=True)
    normal(home)

    assert present(home) == everything
    assert right(home)


def test_what_is_passed_over_from_now_on_stays_so_however_a_scan_is_cut_into_batches(
    home: Household, music: Path
) -> None:
    for number in range(20):
        put(music / f"Many/{number:02}/01.mp3")
    put(music / "Zed/Deep/01.mp3")
    assert right(home)
    watch = msgspec.structs.replace(home.current.settings.watch, ignore=("Many",))
    home.current.settings = msgspec.structs.replace(home.current.settings, watch=watch)
    scan_settings(home, checkpoint_directories=1, checkpoint_s=0.001)
    home.clock = SlowClock(home.clock.now)
    home.close()
    home.open()

    normal(home)

    assert not present(home, b"Many")
    assert right(home)


class SlowClock(JumpingClock):
    """A second goes by whenever somebody asks."""

    def monotonic(self) -> float:
        self.now += 1
        return self.now
