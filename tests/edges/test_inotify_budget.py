"""Too many directories for the watches that there may be, and for the queue of the kernel."""

import os
import random
import shutil
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from ears import Ear, in_a_world_of_its_own
from shelfd.edges.inotify import Changed, Hearing
from shelfd.edges.inotify_forest import Forest
from shelfd.edges.inotify_nodes import Root, climb, find
from waiting import eventually


@pytest.fixture
def ear() -> Iterator[Ear]:
    ear = Ear()
    yield ear
    ear.free.set()
    ear.watcher.close()


def made(root: Path, count: int) -> list[bytes]:
    """Make so many directories in a new one; return their paths in order."""
    paths = [bytes(root / f"{number:05}") for number in range(count)]
    root.mkdir()
    for path in paths:
        os.mkdir(path)
    return paths


def heard(ear: Ear, paths: list[bytes]) -> list[bool]:
    return [ear.watcher.is_watched(path) for path in paths]


def in_the_kernel() -> int:
    """Return how many watches this process has."""
    links = [os.path.join("/proc/self/fdinfo", name) for name in os.listdir("/proc/self/fdinfo")]
    texts = [Path(link).read_text() for link in links if os.path.exists(link)]
    return sum(text.count("inotify wd:") for text in texts)


def test_known_directories_are_watched_and_nothing_else_is_searched(
    tmp_path: Path, ear: Ear
) -> None:
    paths = made(tmp_path / "tv", 4)
    ear.watcher.watch(bytes(tmp_path / "tv"), [paths[2], bytes(tmp_path / "tv" / "gone"), paths[0]])

    assert heard(ear, paths) == [True, False, True, False]
    ear.watcher.ensure(paths[1])
    assert heard(ear, paths) == [True, True, True, False]
    assert ear.watcher.hearing(bytes(tmp_path / "tv")) == Hearing(4, 0, 0, None)
    assert ear.doubts() == []


def test_a_root_of_which_no_directory_is_known_is_searched(tmp_path: Path, ear: Ear) -> None:
    made(tmp_path / "tv", 4)
    ear.watcher.watch(bytes(tmp_path / "tv"), iter(()))

    assert ear.watched(tmp_path / "tv") == 5


@pytest.mark.parametrize("known", [True, False])
def test_directories_beyond_the_budget_are_cold_and_counted(
    tmp_path: Path,
    ear: Ear,
    known: bool,  # noqa: FBT001  # a case, not a switch
) -> None:
    paths = made(tmp_path / "tv", 20)
    ear.budget = 6
    ear.watcher.watch(bytes(tmp_path / "tv"), paths if known else ())

    assert ear.watcher.hearing(bytes(tmp_path / "tv")) == Hearing(6, 15, 0, None)
    assert in_the_kernel() == 6
    if known:
        assert heard(ear, paths[:6]) == [True] * 5 + [False]


def test_a_hot_directory_takes_the_place_of_the_coldest_and_another_one_does_not(
    tmp_path: Path, ear: Ear
) -> None:
    paths = made(tmp_path / "tv", 20)
    ear.budget = 6
    ear.watcher.watch(bytes(tmp_path / "tv"), paths)
    ear.watcher.ensure(paths[19])
    assert heard(ear, paths) == [True] * 5 + [False] * 15
    ear.watcher.ensure(paths[19], hot=True)
    assert heard(ear, paths) == [True] * 4 + [False] * 15 + [True]

    Path(os.fsdecode(paths[3]), "a.mkv").touch()
    ear.catches_up(tmp_path / "tv")
    ear.watcher.ensure(paths[18], hot=True)
    assert heard(ear, paths) == [True, True, False, True] + [False] * 14 + [True] * 2
    assert ear.watcher.hearing(bytes(tmp_path / "tv")) == Hearing(6, 15, 0, None)
    assert in_the_kernel() == 6


def test_of_the_first_cold_directories_of_a_root_it_is_told_and_of_no_more(
    tmp_path: Path, ear: Ear
) -> None:
    tv = tmp_path / "tv"
    paths = made(tv, 8)
    ear.budget = 6
    ear.watcher.watch(bytes(tv), paths[:5])
    assert ear.chilled() == []

    ear.watcher.ensure(paths[5])
    assert ear.chilled() == [bytes(tv)]
    assert ear.watcher.hearing(bytes(tv)).cold == 1
    ear.watcher.ensure(paths[5])
    ear.watcher.ensure(paths[6])
    ear.watcher.walked(bytes(tv), 9)
    assert ear.chilled() == []
    assert ear.watcher.hearing(bytes(tv)).cold == 3

    ear.watcher.walked(bytes(tv), 6)
    ear.watcher.walked(bytes(tv), 7)
    assert ear.chilled() == [bytes(tv)]

    ear.watcher.watch(bytes(tv), paths)
    assert ear.chilled() == [bytes(tv)]


@pytest.mark.parametrize("hot", [True, False], ids=["a new directory", "an inbox"])
def test_it_is_told_when_a_watch_is_given_up_for(
    tmp_path: Path,
    ear: Ear,
    hot: bool,  # noqa: FBT001  # a case, not a switch
) -> None:
    tv = tmp_path / "tv"
    ear.budget = 6
    ear.watcher.watch(bytes(tv), made(tv, 5))
    assert ear.chilled() == []

    if hot:
        (tv / "New").mkdir()
        (tv / "Newer").mkdir()
        ear.catches_up(tv)
    else:
        ear.watcher.watch(bytes(tmp_path / "inbox"), made(tmp_path / "inbox", 1), keep=True)

    assert ear.chilled() == [bytes(tv)]


def test_a_directory_that_appears_is_heard_at_the_cost_of_a_colder_one(
    tmp_path: Path, ear: Ear
) -> None:
    paths = made(tmp_path / "tv", 5)
    ear.budget = 6
    ear.watcher.watch(bytes(tmp_path / "tv"), paths)
    (tmp_path / "tv" / "New" / "Season 1").mkdir(parents=True)
    ear.catches_up(tmp_path / "tv")
    (tmp_path / "tv" / "New" / "Season 1" / "a.mkv").touch()

    ear.hears(tmp_path / "tv" / "New" / "Season 1" / "a.mkv")
    assert heard(ear, paths) == [True] * 3 + [False] * 2
    assert ear.watcher.hearing(bytes(tmp_path / "tv")) == Hearing(6, 2, 0, None)


def test_an_inbox_takes_room_from_a_library_and_gives_none(tmp_path: Path, ear: Ear) -> None:
    paths = made(tmp_path / "tv", 5)
    drops = made(tmp_path / "inbox", 3)
    ear.budget = 6
    ear.watcher.watch(bytes(tmp_path / "tv"), paths)
    ear.watcher.watch(bytes(tmp_path / "inbox"), keep=True)
    assert heard(ear, drops) == [True] * 3
    assert heard(ear, paths) == [True] + [False] * 4

    for path in paths:
        ear.watcher.ensure(path, hot=True)
    assert heard(ear, drops) == [True] * 3
    assert heard(ear, paths) == [False] * 4 + [True]
    assert ear.watcher.hearing(bytes(tmp_path / "tv")) == Hearing(2, 4, 0, None)


def test_a_root_keeps_its_watches_when_it_is_watched_again_though_there_is_no_room(
    tmp_path: Path, ear: Ear
) -> None:
    paths = made(tmp_path / "tv", 20)
    ear.budget = 6
    ear.watcher.watch(bytes(tmp_path / "tv"), paths)
    ear.watcher.watch(bytes(tmp_path / "tv"), paths)

    assert heard(ear, paths) == [True] * 5 + [False] * 15
    assert in_the_kernel() == 6


def test_after_a_walk_what_is_cold_is_what_the_walk_met_without_a_watch(
    tmp_path: Path, ear: Ear
) -> None:
    paths = made(tmp_path / "tv", 20)
    ear.budget = 6
    ear.watcher.watch(bytes(tmp_path / "tv"), paths)
    for path in paths[10:]:
        os.rmdir(path)
    ear.watcher.walked(bytes(tmp_path / "tv"), 11)

    assert ear.watcher.hearing(bytes(tmp_path / "tv")).cold == 5
    ear.budget = 100
    ear.watcher.watch(bytes(tmp_path / "tv"), paths)
    assert ear.watcher.hearing(bytes(tmp_path / "tv")) == Hearing(11, 0, 0, None)


@pytest.mark.parametrize("farewell", ["deleted", "moved"])
def test_a_directory_that_goes_where_nothing_else_is_heard_is_told(
    tmp_path: Path, ear: Ear, farewell: str
) -> None:
    below = tmp_path / "tv" / "Show" / "Season 1"
    (below / "Extras").mkdir(parents=True)
    ear.watcher.watch(bytes(tmp_path / "tv"), [bytes(below), bytes(below / "Extras")])
    if farewell == "deleted":
        shutil.rmtree(below)
    else:
        below.rename(tmp_path / "Season 1")
    ear.hears(below)

    assert Changed(path=bytes(below), directory=True, gone=True) in ear.all
    ear.catches_up(tmp_path / "tv")
    assert ear.watched(tmp_path / "tv") == 1


def test_watches_that_run_out_are_no_failure_and_the_hottest_have_those_that_there_are(
    tmp_path: Path,
) -> None:
    in_a_world_of_its_own(
        """
import logging
said = []
logging.getLogger("shelfd.edges.inotify_forest").addFilter(lambda record: said.append(record.getMessage()))
root.mkdir()
paths = [b"%s/%d" % (bytes(root), number) for number in range(20)]
for path in paths:
    os.mkdir(path)
allow("watches", 5)
watcher.watch(bytes(root))
assert watcher.hearing(bytes(root)) == (5, 16, 0, None), watcher.hearing(bytes(root))
assert said == ["inotify: the kernel gives no more than 5 watches"], said

cold = next(path for path in paths if not watcher.is_watched(path))
watcher.ensure(cold, hot=True)
Path(os.fsdecode(cold), "a.mkv").touch()
eventually(lambda: cold + b"/a.mkv" in {each.path for each in heard})
assert watcher.hearing(bytes(root)) == (5, 16, 0, None), watcher.hearing(bytes(root))

allow("watches", 1000)
for path in paths:
    watcher.ensure(path)
assert watcher.hearing(bytes(root)) == (21, 0, 0, None), watcher.hearing(bytes(root))
assert not [each for each in heard if isinstance(each, Doubt)], heard
""",
        tmp_path / "here",
    )


def test_a_root_for_which_there_is_no_watch_is_told_with_the_setting_that_allows_more(
    tmp_path: Path,
) -> None:
    in_a_world_of_its_own(
        """
import logging
logging.disable()
allow("watches", 0)
try:
    watcher.watch(bytes(root))
    sys.exit("no error")
except BrokenError as error:
    assert "inotify watches ran out" in error.message
    assert "max_user_watches" in error.hint
assert "inotify watches ran out" in watcher.hearing(bytes(root)).fault
""",
        tmp_path,
    )


def test_many_directories_and_a_lost_queue_end_in_quiet_and_lose_no_watch(
    tmp_path: Path, ear: Ear
) -> None:
    root = tmp_path / "music"
    paths = made(root, 20_200)  # from 16,000 on, making all watches anew would overflow the queue
    ear.watcher.watch(bytes(root), paths)
    ear.gets_stuck(root)
    for path in paths[:17_000]:
        os.close(os.open(path + b"/a", os.O_CREAT | os.O_WRONLY))
    (root / "new").mkdir()
    ear.free.set()
    eventually(ear.doubts)
    ear.catches_up(root)
    told = len(ear.all)
    ear.catches_up(root)

    assert {doubt.path for doubt in ear.doubts()} == {bytes(root)}
    assert len(ear.all) - told <= 4  # the marks of catching up, made and closed
    ear.watcher.ensure(bytes(root / "new"))
    ear.watcher.walked(bytes(root), 20_202)
    assert ear.watcher.hearing(bytes(root)) == Hearing(20_202, 0, 0, None)
    assert in_the_kernel() == 20_202
    for late in (root / "new" / "b", root / "20199" / "b"):
        late.touch()
        ear.hears(late)


class Generous:
    """Gives a watch for every path, as the kernel does for directories."""

    def __init__(self) -> None:
        self.given = 0

    def add(self, path: bytes, *, follow: bool = False) -> int:
        self.given += len(path) > 0
        assert follow == (self.given == 1)
        return self.given

    def remove(self, wd: int) -> None:
        assert wd <= self.given


def test_a_watched_directory_takes_little_memory(tmp_path: Path) -> None:
    root, count = Root(b"/srv/media/music", keep=False), 30_000
    forest = Forest(Generous())
    forest.add(root, root.name)
    tracemalloc.start()
    for number in range(count):
        artist = b"%s/Artist %05d and the Others" % (root.name, number // 10)
        forest.add(
            root, artist + b"/%04d - Album of so Many" % (number % 10) if number % 10 else artist
        )
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert root.watched == count + 1
    assert taken / count <= 250


@pytest.mark.parametrize("seed", range(10))
def test_whatever_happens_with_few_watches_none_is_lost_and_none_has_a_wrong_path(
    tmp_path: Path, ear: Ear, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  # nothing secret: a failure must be repeatable
    library = tmp_path / "library"
    made(library, 30)
    ear.budget = 12
    ear.watcher.watch(bytes(library))
    for _ in range(200):
        here, there = (f"{chance.randrange(40):05}" for _ in range(2))
        what, wanted = chance.random(), bytes(library / there)
        if what < 0.3:
            (library / here).mkdir(exist_ok=True)
        elif what < 0.5 and (library / here).exists() and not (library / there).exists():
            (library / here).rename(library / there)
        elif what < 0.6:
            shutil.rmtree(library / here, ignore_errors=True)
        else:
            ear.watcher.ensure(wanted, hot=what < 0.8)
    ear.catches_up(library)

    root, observer = ear.watcher._roots[bytes(library)]
    ear.watcher.walked(bytes(library), len(list(library.iterdir())))
    ranks = observer.forest._ranks
    watched = {wd: climb(node)[1] for wd, node in (ranks._usual | ranks._kept).items()}
    assert len(watched) == root.watched == in_the_kernel() <= 12
    for wd, path in watched.items():
        node = find(root, path)
        assert node is not None
        assert node.wd == wd
        assert observer.reader.add(path) == wd
