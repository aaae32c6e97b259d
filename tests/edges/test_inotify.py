import contextlib
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from watchdog.observers.inotify_c import InotifyEvent

from ears import Ear, in_a_world_of_its_own
from shelfd.core.errors import BrokenError
from shelfd.edges.inotify import Changed, Doubt
from shelfd.edges.inotify_observer import LOST, Observer
from waiting import eventually


@pytest.fixture
def ear() -> Iterator[Ear]:
    ear = Ear()
    yield ear
    ear.free.set()
    ear.watcher.close()


@pytest.fixture
def root(tmp_path: Path, ear: Ear) -> Path:
    root = tmp_path / "inbox"
    root.mkdir()
    ear.watcher.watch(bytes(root))
    return root


def test_a_file_is_heard_when_it_appears_and_when_it_is_closed(root: Path, ear: Ear) -> None:
    with (root / "a.mkv").open("wb") as file:
        ear.hears(root / "a.mkv")
        ear.all.clear()
        file.write(b"x")
    ear.hears(root / "a.mkv")

    assert set(ear.all) == {Changed(path=bytes(root / "a.mkv"), directory=False)}


def test_reading_a_file_is_not_heard(root: Path, ear: Ear) -> None:
    (root / "a.mkv").write_bytes(b"x")
    ear.catches_up(root)
    ear.all.clear()
    (root / "a.mkv").read_bytes()
    list(root.iterdir())
    ear.catches_up(root)

    assert bytes(root / "a.mkv") not in ear.paths()


def test_a_deleted_file_is_not_heard_when_its_writer_closes_it(root: Path, ear: Ear) -> None:
    with (root / "a.mkv").open("wb") as file:
        (root / "a.mkv").unlink()
        ear.catches_up(root)
        ear.all.clear()
        file.write(b"x")
    ear.catches_up(root)

    assert bytes(root / "a.mkv") not in ear.paths()


def test_a_hard_link_is_heard(root: Path, tmp_path: Path, ear: Ear) -> None:
    (tmp_path / "seeding.mkv").write_bytes(b"x")
    (root / "a.mkv").hardlink_to(tmp_path / "seeding.mkv")

    ear.hears(root / "a.mkv")


def test_a_deleted_file_is_heard(root: Path, ear: Ear) -> None:
    (root / "a.mkv").touch()
    ear.catches_up(root)
    ear.all.clear()
    (root / "a.mkv").unlink()

    ear.hears(root / "a.mkv")


def test_a_rename_is_heard_under_both_names(root: Path, ear: Ear) -> None:
    (root / "a.part").touch()
    ear.catches_up(root)
    ear.all.clear()
    (root / "a.part").rename(root / "a.mkv")

    ear.hears(root / "a.part", root / "a.mkv")


def test_a_tree_that_was_there_before_is_heard_in_every_directory(
    tmp_path: Path,
    ear: Ear,
) -> None:
    (tmp_path / "tv" / "Show" / "Season 1").mkdir(parents=True)
    ear.watcher.watch(bytes(tmp_path / "tv"))
    (tmp_path / "tv" / "Show" / "Season 1" / "a.mkv").touch()

    ear.hears(tmp_path / "tv" / "Show" / "Season 1" / "a.mkv")
    assert ear.watched(tmp_path / "tv") == 3


def test_a_finished_tree_that_is_moved_in_is_heard_as_a_whole_and_then_in_each_directory(
    root: Path,
    tmp_path: Path,
    ear: Ear,
) -> None:
    album = tmp_path / "Album"
    for number in range(100):
        directory = album / f"CD {number % 20}"
        directory.mkdir(parents=True, exist_ok=True)
        (directory / f"{number}.flac").touch()
    album.rename(root / "Album")
    ear.catches_up(root)

    assert Changed(path=bytes(root / "Album"), directory=True) in ear.all
    late = [root / "Album" / f"CD {number}" / "late.flac" for number in range(20)]
    for path in late:
        path.touch()
    ear.hears(*late)


def test_a_tree_that_is_built_in_place_is_heard_to_the_last_file(root: Path, ear: Ear) -> None:
    files = [root / f"Artist {n % 7}" / f"Album {n % 30}" / f"{n}.flac" for n in range(600)]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    ear.catches_up(root)

    whole = {bytes(h.path) for h in ear.all if isinstance(h, Changed) and h.directory}
    unheard = [
        file
        for file in files
        if bytes(file) not in ear.paths()
        and bytes(file.parent) not in whole
        # then it came as part of the directory above
        and bytes(file.parent.parent) not in whole
    ]
    assert unheard == []
    assert ear.watched(root) == 1 + len(
        {file.parent for file in files} | {file.parent.parent for file in files},
    )


def test_a_directory_that_moves_is_heard_under_its_new_path_only(root: Path, ear: Ear) -> None:
    (root / "_UNPACK_Show" / "Season 1").mkdir(parents=True)
    ear.catches_up(root)
    (root / "_UNPACK_Show").rename(root / "Show")
    ear.catches_up(root)
    ear.all.clear()
    (root / "Show" / "Season 1" / "a.mkv").touch()
    ear.catches_up(root)

    assert bytes(root / "Show" / "Season 1" / "a.mkv") in ear.paths()
    assert not [path for path in ear.paths() if b"_UNPACK_" in path]


def test_a_directory_that_left_is_not_heard_any_more(root: Path, tmp_path: Path, ear: Ear) -> None:
    (root / "Show" / "Season 1").mkdir(parents=True)
    ear.catches_up(root)
    (root / "Show").rename(tmp_path / "Show")
    ear.catches_up(root)
    ear.all.clear()
    (tmp_path / "Show" / "a.mkv").touch()
    (tmp_path / "Show" / "Season 1" / "b.mkv").touch()
    ear.catches_up(root)

    assert not [path for path in ear.paths() if b"mkv" in path]
    assert ear.watched(root) == 1


def test_a_directory_that_moves_to_another_root_is_heard_there_alone(
    root: Path,
    tmp_path: Path,
    ear: Ear,
) -> None:
    (tmp_path / "tv").mkdir()
    ear.watcher.watch(bytes(tmp_path / "tv"))
    (root / "Show").mkdir()
    ear.catches_up(root)
    (root / "Show").rename(tmp_path / "tv" / "Show")
    ear.catches_up(root)
    ear.all.clear()
    (tmp_path / "tv" / "Show" / "a.mkv").touch()
    ear.catches_up(root)

    assert bytes(tmp_path / "tv" / "Show" / "a.mkv") in ear.paths()
    assert bytes(root / "Show" / "a.mkv") not in ear.paths()


def test_a_name_that_is_used_again_while_its_directory_lives_elsewhere_ends_nothing(
    root: Path,
    tmp_path: Path,
    ear: Ear,
) -> None:
    (root / "A").mkdir()
    (root / "A").rename(tmp_path / "A")
    (root / "A").mkdir()
    (root / "A").rmdir()
    (tmp_path / "A").rmdir()
    (root / "B").mkdir()
    ear.catches_up(root)
    (root / "B" / "a.mkv").touch()

    ear.hears(root / "B" / "a.mkv")
    assert ear.fault(root) is None


def test_a_drop_that_was_moved_to_a_library_and_comes_again_ends_nothing(
    root: Path,
    tmp_path: Path,
    ear: Ear,
) -> None:
    library = tmp_path / "tv"
    library.mkdir()
    ear.watcher.watch(bytes(library))
    for _ in range(2):
        (root / "A").mkdir()
        (root / "A").rename(library / "A")
        (root / "A").mkdir()
        (root / "A").rmdir()
        (library / "A").rmdir()
    (root / "B").mkdir()
    (library / "B").mkdir()
    ear.catches_up(root)
    (root / "B" / "a.mkv").touch()
    (library / "B" / "a.mkv").touch()

    ear.hears(root / "B" / "a.mkv", library / "B" / "a.mkv")
    assert [ear.fault(root), ear.fault(library)] == [None, None]
    assert [ear.watched(root), ear.watched(library)] == [2, 2]


def test_two_directories_that_exchange_their_names_are_both_heard(root: Path, ear: Ear) -> None:
    for name in ("A", "B"):
        (root / name / f"in {name}").mkdir(parents=True)
    ear.catches_up(root)
    exchange = "import ctypes, sys; a, b = map(str.encode, sys.argv[1:]); "
    exchange += "sys.exit(ctypes.CDLL(None).renameat2(-100, a, -100, b, 2))"
    subprocess.run([sys.executable, "-c", exchange, root / "A", root / "B"], check=True)
    ear.catches_up(root)
    (root / "A" / "in B" / "a.mkv").touch()
    (root / "B" / "in A" / "b.mkv").touch()

    ear.hears(root / "A" / "in B" / "a.mkv", root / "B" / "in A" / "b.mkv")


def test_a_directory_that_is_deleted_and_made_again_is_heard_again(root: Path, ear: Ear) -> None:
    (root / "d").mkdir()
    ear.catches_up(root)
    for _ in range(20):
        shutil.rmtree(root / "d")
        (root / "d").mkdir()
        (root / "d" / "x").touch()
    ear.catches_up(root)
    (root / "d" / "y").touch()

    ear.hears(root / "d" / "y")


def test_names_that_are_not_utf_8_are_heard_as_they_are_on_disk(root: Path, ear: Ear) -> None:
    directory = bytes(root) + b"/Caf\xe9"
    os.mkdir(directory)
    ear.catches_up(root)
    Path(os.fsdecode(directory + b"/\xff.mp3")).touch()

    eventually(lambda: directory + b"/\xff.mp3" in ear.paths())


def test_a_root_that_is_a_link_is_heard_under_the_links_name(tmp_path: Path, ear: Ear) -> None:
    (tmp_path / "disk" / "Show").mkdir(parents=True)
    (tmp_path / "tv").symlink_to(tmp_path / "disk")
    ear.watcher.watch(bytes(tmp_path / "tv"))
    (tmp_path / "disk" / "Show" / "a.mkv").touch()

    ear.hears(tmp_path / "tv" / "Show" / "a.mkv")


def test_links_below_a_root_are_not_followed(root: Path, tmp_path: Path, ear: Ear) -> None:
    (tmp_path / "elsewhere").mkdir()
    (root / "loop").symlink_to(root)
    (root / "again").symlink_to(".")
    (root / "out").symlink_to(tmp_path / "elsewhere")
    ear.watcher.ensure(bytes(root / "out"))
    ear.catches_up(root)

    assert ear.watched(root) == 1


def test_an_overflow_of_the_kernels_queue_is_doubt_and_a_walk_repairs_the_watches(
    root: Path,
    tmp_path: Path,
    ear: Ear,
) -> None:
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    (root / "a").touch()
    (root / "leaves").mkdir()
    ear.catches_up(root)
    ear.gets_stuck(root)
    for _ in range(limit // 4 + 100):
        (root / "a").rename(root / "b")
        (root / "b").rename(root / "a")
    (root / "comes").mkdir()
    (root / "leaves").rename(tmp_path / "left")
    ear.free.set()
    eventually(ear.doubts)
    assert {doubt.path for doubt in ear.doubts()} == {bytes(root)}

    walk(ear, root)
    (root / "comes" / "a.mkv").touch()
    (tmp_path / "left" / "b.mkv").touch()
    ear.catches_up(root)
    assert bytes(root / "comes" / "a.mkv") in ear.paths()
    assert bytes(root / "leaves" / "b.mkv") not in ear.paths()
    assert ear.fault(root) is None


def test_a_listener_that_fails_hears_what_comes_later(root: Path, ear: Ear) -> None:
    ear.fails = True
    (root / "a").touch()
    ear.hears(root / "a")
    (root / "b").touch()

    ear.hears(root / "b")
    assert ear.fault(root) is None


def test_an_event_that_a_mistake_of_ours_fails_on_is_logged_and_counts_as_lost(
    root: Path,
    ear: Ear,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def mistaken(each: Observer, *event: object) -> None:
        raise ValueError(event)

    monkeypatch.setattr(Observer, "_entry", mistaken)
    (root / "a").touch()
    eventually(ear.doubts)
    monkeypatch.undo()
    (root / "b").touch()

    ear.hears(root / "b")
    assert Doubt(path=bytes(root), reason=LOST) in ear.doubts()
    assert "inotify: failed on <InotifyEvent: wd=" in caplog.text


@pytest.mark.parametrize("farewell", ["deleted", "moved"])
def test_a_root_that_is_gone_is_doubt_and_a_fault_until_it_is_watched_again(
    root: Path,
    ear: Ear,
    farewell: str,
) -> None:
    if farewell == "deleted":
        root.rmdir()
    else:
        root.rename(root.with_name("elsewhere"))
    eventually(ear.doubts)

    assert ear.doubts()[0].path == bytes(root)
    assert f"the root was {farewell}" in str(ear.fault(root))
    with pytest.raises(BrokenError, match=r"inbox: cannot be watched: No such file") as error:
        ear.watcher.watch(bytes(root))
    assert error.value.hint == "create the directory, or mount the disk that it is on"
    assert "cannot be watched" in str(ear.fault(root))

    root.mkdir()
    ear.watcher.watch(bytes(root))
    (root / "a.mkv").touch()
    ear.hears(root / "a.mkv")
    assert ear.fault(root) is None


def test_a_root_that_was_replaced_where_no_event_tells_is_a_fault(
    tmp_path: Path,
    ear: Ear,
) -> None:
    (tmp_path / "mnt" / "tv").mkdir(parents=True)
    ear.watcher.watch(bytes(tmp_path / "mnt" / "tv"))
    (tmp_path / "mnt").rename(tmp_path / "old")
    (tmp_path / "mnt" / "tv").mkdir(parents=True)

    assert "no longer the one there" in str(ear.fault(tmp_path / "mnt" / "tv"))
    ear.watcher.watch(bytes(tmp_path / "mnt" / "tv"))
    assert ear.fault(tmp_path / "mnt" / "tv") is None


def test_what_is_unwatched_is_not_heard_and_no_fault(root: Path, tmp_path: Path, ear: Ear) -> None:
    (tmp_path / "tv").mkdir()
    ear.watcher.watch(bytes(tmp_path / "tv"))
    ear.watcher.unwatch(bytes(root))
    (root / "a.mkv").touch()
    ear.catches_up(tmp_path / "tv")

    assert bytes(root / "a.mkv") not in ear.paths()
    assert ear.fault(tmp_path / "tv") is None


def test_a_directory_that_cannot_be_read_is_counted_and_its_neighbours_are_heard(
    tmp_path: Path,
) -> None:
    in_a_world_of_its_own(
        """
(root / "closed" / "below").mkdir(parents=True)
(root / "open").mkdir()
(root / "closed").chmod(0)
watcher.watch(bytes(root))
assert watcher.hearing(bytes(root))[:3] == (2, 0, 1), watcher.hearing(bytes(root))
assert heard == [Doubt(path=bytes(root), reason="Permission denied")], heard
(root / "open" / "a.mkv").touch()
eventually(lambda: bytes(root / "open" / "a.mkv") in {each.path for each in heard})
try:
    watcher.watch(bytes(root / "closed"))
    sys.exit("no error")
except BrokenError as error:
    assert "cannot be watched: Permission denied" in error.message
    assert "let the user" in error.hint
(root / "closed").chmod(0o700)
watcher.ensure(bytes(root / "closed"))
assert watcher.hearing(bytes(root))[:3] == (3, 0, 0), watcher.hearing(bytes(root))
""",
        tmp_path,
        "setpriv",
        "--bounding-set=-all",
    )


def test_watching_once_more_loses_nothing_and_tells_nothing_twice(root: Path, ear: Ear) -> None:
    (root / "Show").mkdir()
    ear.watcher.watch(bytes(root))
    ear.catches_up(root)
    (root / "Show" / "Season 1").mkdir()
    ear.catches_up(root)

    assert ear.all.count(Changed(path=bytes(root / "Show" / "Season 1"), directory=True)) == 1
    assert ear.watched(root) == 3


def test_a_directory_that_cannot_be_watched_is_doubt_once_and_counted(
    tmp_path: Path,
    ear: Ear,
) -> None:
    root = tmp_path / "tv"
    root.mkdir()
    # Longer than any path the kernel takes, so that nobody can watch it, not even root.
    here = os.open(root, os.O_RDONLY)
    for _ in range(20):
        os.mkdir(b"d" * 250, dir_fd=here)
        below = os.open(b"d" * 250, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    ear.watcher.watch(bytes(root))
    ear.catches_up(root)

    assert ear.watcher.hearing(bytes(root)).refused == 1
    assert [doubt.path for doubt in ear.doubts()] == [bytes(root)]
    assert "File name too long" in ear.doubts()[0].reason
    shutil.rmtree(root / ("d" * 250))
    ear.catches_up(root)
    assert ear.watcher.hearing(bytes(root)).refused == 0


@pytest.mark.parametrize("made_again", [False, True])
def test_a_walk_ahead_of_the_events_does_not_hide_from_them_what_left(
    root: Path,
    tmp_path: Path,
    ear: Ear,
    made_again: bool,  # noqa: FBT001  # a case, not a switch
) -> None:
    (root / "B" / "C").mkdir(parents=True)
    ear.catches_up(root)
    ear.gets_stuck(root)
    (root / "B" / "C").rename(tmp_path / "C")
    (root / "B").rmdir()
    if made_again:
        (root / "B").mkdir()
    ear.watcher.ensure(bytes(root / "B"))
    ear.free.set()
    ear.catches_up(root)
    (tmp_path / "C" / "a.mkv").touch()
    ear.catches_up(root)

    assert bytes(root / "B" / "C" / "a.mkv") not in ear.paths()
    assert ear.watched(root) == 1 + made_again


def test_closing_does_not_wait_for_a_listener_that_is_stuck(root: Path, ear: Ear) -> None:
    ear.gets_stuck(root)
    ear.watcher.close()

    assert ear.watched(root) == 0


def test_instances_that_run_out_are_told_with_the_setting_that_allows_more(tmp_path: Path) -> None:
    in_a_world_of_its_own(
        """
allow("instances", 0)
try:
    watcher.watch(bytes(root))
    sys.exit("no error")
except BrokenError as error:
    assert "inotify instances ran out" in error.message
    assert "max_user_instances" in error.hint
assert "inotify instances ran out" in watcher.hearing(bytes(root)).fault

allow("instances", 1)
watcher.watch(bytes(root))
assert watcher.hearing(bytes(root)).fault is None
""",
        tmp_path,
    )


def test_a_disk_that_is_unmounted_is_doubt(tmp_path: Path) -> None:
    in_a_world_of_its_own(
        """
def mounted(directory):
    directory.mkdir()
    assert os.system(f"mount -t tmpfs tmpfs {directory}") == 0
    (directory / "Show").mkdir()
    return directory

library, below = mounted(root / "library"), mounted(root / "below")
watcher.watch(bytes(root))
assert os.system(f"umount {below}") == 0
eventually(lambda: Doubt(path=bytes(below), reason="unmounted") in heard)
assert watcher.hearing(bytes(root)).fault is None
assert [each for each in heard if b"Show" in each.path] == []

watcher.unwatch(bytes(root))
watcher.watch(bytes(library))
assert os.system(f"umount {library}") == 0
eventually(lambda: Doubt(path=bytes(library), reason="the root was unmounted") in heard)
assert watcher.hearing(bytes(library)).fault == "the root was unmounted"
""",
        tmp_path,
    )


def test_a_mount_that_appears_is_heard_when_a_walk_met_it(tmp_path: Path) -> None:
    in_a_world_of_its_own(
        """
(root / "disk").mkdir()
watcher.watch(bytes(root))
assert os.system(f"mount -t tmpfs tmpfs {root}/disk") == 0
watcher.ensure(bytes(root / "disk"))
(root / "disk" / "a.mkv").touch()
eventually(lambda: bytes(root / "disk" / "a.mkv") in {each.path for each in heard})
assert watcher.hearing(bytes(root)).watched == 2
watcher.close()
""",
        tmp_path,
    )


def directories(*roots: Path) -> list[str]:
    return [directory for root in roots for directory, _, _ in os.walk(root)]


def disturb(chance: random.Random, roots: list[Path], outside: Path) -> None:
    """Do one thing to one of the trees that a file manager, a download or a script could do."""
    here, there = chance.choices(directories(*roots, outside), k=2)
    name, what = chance.choice("ABC"), chance.random()
    fixed = {str(root) for root in (*roots, outside)}
    with contextlib.suppress(OSError):
        if what < 0.3:
            os.mkdir(f"{here}/{name}")
        elif what < 0.4:
            os.makedirs(f"{here}/{name}/A/B", exist_ok=True)
        elif what < 0.65 and here not in fixed:
            os.rename(here, f"{there}/{name}")
        elif what < 0.75 and here not in fixed:
            shutil.rmtree(here)
        else:
            Path(here, f"f{name}").touch()


def probe(name: str, ear: Ear, roots: list[Path], outside: Path) -> None:
    """Make a file in every directory and compare what was heard of them."""
    for directory in directories(*roots, outside):
        Path(directory, name).touch()
    ear.catches_up(roots[0])
    told = {path for path in ear.paths() if path.endswith(os.fsencode(name))}
    assert told == {os.fsencode(f"{directory}/{name}") for directory in directories(*roots)}


def walk(ear: Ear, root: Path) -> None:
    there = [os.fsencode(directory) for directory in directories(root)]
    for directory in there:
        ear.watcher.ensure(directory)
    ear.watcher.walked(bytes(root), len(there))
    assert ear.watched(root) == len(there)


@pytest.mark.parametrize("seed", range(25))
def test_whatever_happens_every_directory_is_heard_under_the_path_it_has(
    tmp_path: Path,
    ear: Ear,
    seed: int,
) -> None:
    chance = random.Random(seed)  # noqa: S311  # nothing secret: a failure must be repeatable
    roots, outside = [tmp_path / "inbox", tmp_path / "library"], tmp_path / "outside"
    for directory in (*roots, outside):
        directory.mkdir()
    for root in roots:
        ear.watcher.watch(bytes(root))
    for _ in range(chance.randint(20, 150)):
        disturb(chance, roots, outside)
        if chance.random() < 0.05:
            ear.catches_up(roots[0])

    ear.catches_up(roots[0])
    probe("by events alone", ear, roots, outside)
    for root in roots:
        walk(ear, root)
    probe("by events and a walk", ear, roots, outside)
    assert {ear.fault(root) for root in roots} == {None}
    assert ear.doubts() == []


@pytest.mark.parametrize("seed", range(25))
def test_whatever_is_lost_a_walk_makes_every_directory_heard_under_the_path_it_has(
    tmp_path: Path,
    ear: Ear,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    chance = random.Random(seed)  # noqa: S311  # nothing secret: a failure must be repeatable
    roots, outside = [tmp_path / "inbox", tmp_path / "library"], tmp_path / "outside"
    for directory in (*roots, outside):
        directory.mkdir()
    for root in roots:
        ear.watcher.watch(bytes(root))
    heard, share = Observer.on_event, chance.random()

    def lossy(observer: Observer, event: InotifyEvent) -> None:
        if chance.random() < share:
            heard(observer, event)

    monkeypatch.setattr(Observer, "on_event", lossy)
    for _ in range(chance.randint(20, 150)):
        disturb(chance, roots, outside)
    monkeypatch.undo()
    ear.catches_up(roots[0])
    assert ear.watcher._observer
    ear.watcher._observer.on_overflow()
    for root in roots:
        walk(ear, root)

    probe("after the loss", ear, roots, outside)
    assert {ear.fault(root) for root in roots} == {None}
