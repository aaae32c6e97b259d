"""A root is looked at with real directories and real rows: what is new is remembered, what is wrong is said."""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from msgspec.structs import replace

from fakes import rows
from fakes.daemon import Daemon
from shelfd.core import presence as rules
from shelfd.core.errors import BrokenError
from shelfd.core.media import Kind as Media
from shelfd.core.paths import RelPath
from shelfd.core.presence import Known, Standing
from shelfd.core.roots import Root
from shelfd.edges import marker, mounts
from shelfd.steps.ports import Base
from shelfd.steps.presence import AGAIN_S, Presence
from shelfd.store import roots

DISK = RelPath(b"disk")
SIZE = 1000  # of a file that `rows.shelve` knows


class ManyMounts:
    """The mounts of this machine, with some of a test's own below every root."""

    def __init__(self) -> None:
        self.more: dict[bytes, str] = {}
        self.other: str | None = None
        """The file system on which every root lies at present, if not on that of the test."""

    def identity(self, path: bytes) -> str:
        return self.other or mounts.identity(path)

    def below(self, path: bytes) -> dict[bytes, str]:
        return mounts.below(path) | self.more


class House:
    """A daemon with one library and one inbox, looked at."""

    def __init__(self, directory: Path) -> None:
        self.daemon = Daemon(directory)
        base = Base(db=self.daemon.db, clock=self.daemon.clock, current=self.daemon.current)
        self.mounts = ManyMounts()
        self.presence = Presence(base, self.mounts, marker)
        self.movies = self.root("movies")
        self.marker = self.daemon.movies / os.fsdecode(marker.NAME)

    def root(self, name: str) -> Root:
        found = self.daemon.current.roots.get(name)
        assert found is not None
        return found

    def look(self, name: str = "movies", *, confirmed: bool = False) -> Standing:
        return self.presence.look(self.root(name), confirmed=confirmed)

    def known(self, name: str = "movies") -> Known:
        return roots.known(self.daemon.db.read(), name)

    def suspended(self) -> dict[str, str]:
        return roots.suspended(self.daemon.db.read())

    def film(self, path: str) -> Path:
        """Put a film into the library and into the catalog."""
        rows.shelve(self.daemon, "movies", Media.MOVIES, path.encode())
        file = self.daemon.movies / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bytes(SIZE))
        return file


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.daemon.db.close()


def test_the_first_look_writes_a_marker_and_remembers_all(house: House) -> None:
    standing = house.look()

    known = house.known()
    assert (standing.state, standing.reason) == ("present", "")
    assert known.marker == marker.read(house.movies.path)
    assert known.marker is not None
    assert known.filesystem == mounts.identity(house.movies.path)


def test_a_look_at_what_is_as_it_was_writes_nothing(house: House) -> None:
    house.film("A (2000)/A (2000).mkv")
    house.look()
    commits: list[None] = []
    house.daemon.db.committed.append(lambda: commits.append(None))
    before = house.daemon.movies.stat()

    house.look()

    assert commits == []
    assert house.daemon.movies.stat().st_mtime_ns == before.st_mtime_ns


def test_a_marker_that_was_removed_is_written_again(house: House) -> None:
    house.film("A (2000)/A (2000).mkv")
    house.look()
    before = house.marker.read_bytes()
    house.marker.unlink()

    assert house.look().state == "present"
    assert house.marker.read_bytes() == before


def test_a_marker_that_a_crash_left_without_its_row_is_taken_over(house: House) -> None:
    marker.write(house.movies.path, "a" * 32)

    house.look()

    assert house.known().marker == "a" * 32


def test_those_who_look_for_the_first_time_at_once_give_it_one_marker(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / str(number)).mkdir()
        house = House(tmp_path / str(number))
        at_once = threading.Barrier(4)

        def look(house: House = house, at_once: threading.Barrier = at_once) -> str:
            at_once.wait(20)
            try:
                return house.look().state
            finally:
                house.daemon.db.leave()

        with ThreadPoolExecutor(4) as pool:
            found = [pool.submit(look) for _ in range(4)]

        assert [one.result() for one in found] == ["present"] * 4
        assert house.known().marker == marker.read(house.movies.path)
        assert house.look().state == "present"


def test_a_disk_and_the_directory_that_it_is_mounted_on_have_markers_of_their_own(
    house: House,
) -> None:
    house.look()  # before the disk is mounted for the first time
    below = house.daemon.movies.rename(house.daemon.movies.with_name("below"))
    house.daemon.movies.mkdir()
    house.mounts.other = "xfs 1 /"
    (house.daemon.movies / "A (2000)").mkdir()

    assert house.look().state == "present"
    house.film("A (2000)/A (2000).mkv")
    assert house.known().marker == marker.read(house.movies.path)
    assert house.known().marker != marker.read(bytes(below))

    house.daemon.movies.rename(house.daemon.movies.with_name("disk"))
    below.rename(house.daemon.movies)
    house.mounts.other = None
    assert house.look().reason == rules.ANOTHER_MARKER
    with pytest.raises(BrokenError, match="another disk"):
        house.presence.require(house.movies)


def test_a_copy_of_the_marker_in_an_empty_directory_is_not_the_disk(house: House) -> None:
    film = house.film("A (2000)/A (2000).mkv")
    house.mounts.other = "xfs 1 /"
    house.look()
    house.mounts.other = "xfs 2 /"
    assert house.look().state == "present"  # the same disk, on another device

    house.mounts.other = None
    film.unlink()
    film.parent.rmdir()

    assert house.look().reason == rules.ANOTHER_DISK
    assert house.known().filesystem == "xfs 2 /"


def test_a_marker_that_says_nothing_is_left_alone(house: House) -> None:
    house.marker.write_text("mine\n")

    assert house.look().state == "present"
    assert house.look().state == "present"
    assert house.marker.read_text() == "mine\n"
    assert house.known().marker is None
    assert house.known().filesystem is not None

    house.marker.unlink()
    house.look()

    assert house.known().marker == marker.read(house.movies.path)


def test_a_root_that_takes_no_marker_is_not_tried_all_the_time(house: House) -> None:
    blocked = house.daemon.movies / os.fsdecode(marker.UNFINISHED)
    blocked.mkdir()  # stands for a disk that is full, or may only be read
    assert house.look().state == "present"
    assert house.known().marker is None
    assert house.known().filesystem is not None

    blocked.rmdir()
    house.look()
    assert house.known().marker is None
    house.daemon.clock.now += AGAIN_S
    house.look()

    assert house.known().marker is not None


def test_a_root_that_is_gone_is_absent_and_stays_known(house: House) -> None:
    house.look()
    before = house.known()
    house.daemon.movies.rename(house.daemon.movies.with_name("away"))

    standing = house.look()

    assert (standing.state, standing.reason) == ("absent", rules.NOT_THERE)
    assert house.known() == before
    with pytest.raises(BrokenError, match="it is not there") as caught:
        house.presence.require(house.movies)
    assert (caught.value.code, caught.value.hint) == ("root_absent", "mount its disk")


def test_the_marker_of_another_root_suspends(house: House) -> None:
    house.look()
    house.marker.unlink()
    marker.write(house.movies.path, "b" * 32)

    standing = house.look()

    assert (standing.state, standing.reason) == ("suspended", rules.ANOTHER_MARKER)
    assert house.suspended() == {"movies": rules.ANOTHER_MARKER}
    with pytest.raises(BrokenError, match="another disk") as caught:
        house.presence.require(house.movies)
    assert "shelfd confirm movies" in caught.value.hint


def test_an_empty_directory_without_the_marker_is_the_one_below_a_disk(house: House) -> None:
    film = house.film("A (2000)/A (2000).mkv")
    house.look()
    house.marker.unlink()
    film.unlink()
    film.parent.rmdir()

    assert house.look().reason == rules.EMPTY
    assert list(house.daemon.movies.iterdir()) == []
    with pytest.raises(BrokenError, match="it is empty"):
        house.presence.require(house.movies, RelPath(b"B (2001)"))


def test_what_a_person_confirms_is_taken_as_it_is(house: House) -> None:
    film = house.film("A (2000)/A (2000).mkv")
    house.look()
    old = house.known().marker
    house.marker.unlink()
    film.unlink()
    film.parent.rmdir()
    house.look()
    with house.daemon.db.transaction() as tx:
        roots.remember(tx, "movies", Known())
        roots.lift(tx, "movies")

    standing = house.look(confirmed=True)

    assert standing.sees(RelPath(b"A (2000)/A (2000).mkv"))
    assert house.known().marker == marker.read(house.movies.path)
    assert house.known().marker not in (None, old)
    assert house.look().state == "present"
    house.presence.require(house.movies)


def test_what_is_confirmed_during_a_look_is_not_overwritten_by_it(house: House) -> None:
    house.look()

    class Confirming(ManyMounts):
        def identity(self, path: bytes) -> str:
            with house.daemon.db.transaction() as tx:
                roots.remember(tx, "movies", Known())
            return mounts.identity(path)

    base = Base(db=house.daemon.db, clock=house.daemon.clock, current=house.daemon.current)
    house.daemon.movies.joinpath("x").touch()
    house.mounts.more = {b"disk": "xfs 1 /"}
    Presence(base, Confirming(), marker).look(house.movies)

    assert house.known() == Known()


def test_below_a_mount_that_is_gone_nothing_may_be_put(house: House) -> None:
    film = house.film("disk/A (2000).mkv")
    house.mounts.more = {b"disk": "xfs 1 /"}
    house.look()
    assert house.known().mounts == {DISK: "xfs 1 /"}
    house.mounts.more = {}
    film.unlink()

    standing = house.look()

    assert (standing.state, standing.hidden) == ("present", (DISK,))
    assert house.known().mounts == {DISK: "xfs 1 /"}
    assert house.suspended() == {}
    house.presence.require(house.movies, RelPath(b"B"))
    with pytest.raises(BrokenError, match="disk: what was mounted there"):
        house.presence.require(house.movies, RelPath(b"disk/B"))


@pytest.mark.parametrize("now", [{}, {b"disk": "xfs 2 /"}], ids=["no disk", "another disk"])
def test_with_the_same_files_in_it_a_new_place_is_as_good(
    house: House, now: dict[bytes, str]
) -> None:
    for name in "ABC":
        house.film(f"disk/{name} (2000).mkv")
    house.mounts.more = {b"disk": "xfs 1 /"}
    house.look()
    house.mounts.more = now
    (house.daemon.movies / "disk" / "A (2000).mkv").unlink()

    assert house.look().hidden == ()
    assert house.known().mounts == {RelPath(path): kind for path, kind in now.items()}


def test_a_mount_over_known_files_hides_them_until_they_are_seen(house: House) -> None:
    films = [house.film(f"disk/{name} (2000).mkv") for name in "AB"]
    house.look()
    house.mounts.more = {b"disk": "xfs 1 /"}
    films[0].write_bytes(b"another film")
    assert house.look().hidden == (DISK,)
    assert house.known().mounts == {}

    films[0].write_bytes(bytes(SIZE))

    assert house.look().hidden == ()
    assert house.known().mounts == {DISK: "xfs 1 /"}


def test_a_mount_without_known_files_comes_and_goes_silently(house: House) -> None:
    house.film("A (2000)/A (2000).mkv")
    house.mounts.more = {b"disk": "xfs 1 /"}
    assert house.look().reason == ""
    assert house.known().mounts == {DISK: "xfs 1 /"}
    house.mounts.more = {}

    assert house.look().reason == ""
    assert house.known().mounts == {}


def test_a_disk_that_does_not_answer_is_not_taken_for_empty(house: House) -> None:
    house.film("A (2000)/A (2000).mkv")
    house.look()
    before = house.known()

    class Dead(ManyMounts):
        def identity(self, path: bytes) -> str:
            raise BrokenError(f"{os.fsdecode(path)}: input/output error", code="disk_error")

    base = Base(db=house.daemon.db, clock=house.daemon.clock, current=house.daemon.current)
    standing = Presence(base, Dead(), marker).look(house.movies)

    assert standing.state == "suspended"
    assert "input/output error" in standing.reason
    assert "movies" in house.suspended()
    assert house.known() == before


def test_an_inbox_that_is_back_is_lifted_at_once_and_a_library_waits_for_its_files(
    house: House,
) -> None:
    for name in ("movies", "inbox"):
        path = house.root(name).path
        house.look(name)
        right = os.path.join(path, marker.NAME)
        os.rename(right, right + b".kept")
        marker.write(path, "c" * 32)
        house.look(name)
        assert name in house.suspended()
        os.rename(right + b".kept", right)
        house.look(name)

    assert [*house.suspended()] == ["movies"]


def test_an_empty_inbox_is_nothing_unusual(house: House) -> None:
    house.look("inbox")
    rows.drop(house.daemon, b"a.mkv")

    assert house.look("inbox").state == "present"
    assert replace(house.known("inbox"), marker="", filesystem="") == Known(
        marker="", filesystem=""
    )
