"""Where inotify does not see: directories are compared with their rows, and what differs is told once."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from household import Household
from shelfd.core.paths import RelPath
from shelfd.core.roots import Root
from shelfd.edges import directories
from shelfd.steps.poll import Poll, Sight
from shelfd.store import signatures
from trees import plant
from waiting import eventually

HOUR = 3600


class Ear:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, bytes]] = []

    def changed(self, path: bytes, *, directory: bool, gone: bool = False) -> None:
        assert directory
        self.told.append(("gone" if gone else "changed", path))

    def differs(self, path: bytes) -> None:
        self.told.append(("differs", path))

    def since(self) -> list[tuple[str, str]]:
        """Return and forget what was told, by file name."""
        told, self.told = self.told, []
        return [(what, os.fsdecode(os.path.basename(path))) for what, path in told]


class Eyes:
    """What inotify sees, as a test says."""

    def __init__(self) -> None:
        self.away: set[str] = set()
        self.blind = {"music"}
        self.cold: dict[str, int] = {}
        self.watched: set[bytes] = set()
        self.asked = 0
        self.warmed: list[bytes] = []
        self.when_cold: list[Callable[[], None]] = []

    def sight(self) -> Sight:
        return Sight(
            present=lambda root: root.name not in self.away,
            blind=self._blind,
            cold=lambda root: self.cold.get(root.name, 0),
            watched=lambda path: path in self.watched,
            warm=self.warmed.append,
            when_cold=self.when_cold.append,
        )

    def _blind(self, root: Root) -> bool:
        self.asked += root.name == "music"
        return root.name in self.blind


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Household]:
    """A scanned music library, whose directories have been at rest for an hour."""
    home = Household(tmp_path)
    plant(home.library, {"music/Ann/One/1.mp3": b"x", "music/Ann/Two/1.mp3": b"x", "music/Ben": {}})
    rest(home.library)
    home.scan("music", recursive=True)
    yield home
    home.close()


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def eyes() -> Eyes:
    return Eyes()


@pytest.fixture
def poll(home: Household, eyes: Eyes, ear: Ear) -> Poll:
    return Poll(home.base, directories, eyes.sight(), ear)


def rest(top: Path) -> None:
    """Let all directories below `top` have changed long before the clock of the household."""
    for directory, _below, _files in os.walk(top):
        os.utime(directory, (1e9, 1e9))


def test_what_is_as_it_was_is_not_told(home: Household, poll: Poll, ear: Ear) -> None:
    poll.poll(home.clock.now)

    assert ear.since() == []


def test_a_directory_in_which_a_file_came_differs_and_no_other(
    home: Household, poll: Poll, ear: Ear
) -> None:
    plant(home.library, {"music/Ann/One/2.mp3": b"x"})
    poll.poll(home.clock.now)

    assert ear.since() == [("differs", "One")]


def test_a_directory_in_which_a_directory_came_differs(
    home: Household, poll: Poll, ear: Ear
) -> None:
    plant(home.library, {"music/Ben/New/1.mp3": b"x"})
    poll.poll(home.clock.now)

    assert ear.since() == [("differs", "Ben")]


def test_another_directory_under_a_known_name_differs(
    home: Household, poll: Poll, ear: Ear
) -> None:
    one = home.library / "music/Ann/One"
    one.rename(home.top / "away")
    plant(one, {"1.mp3": b"y"})
    rest(home.library)
    poll.poll(home.clock.now)

    assert ("differs", "One") in ear.since()


def test_it_is_told_until_it_was_scanned(home: Household, poll: Poll, ear: Ear) -> None:
    plant(home.library, {"music/Ann/One/2.mp3": b"x"})
    rest(home.library)
    poll.poll(home.clock.now)
    assert ("differs", "One") in ear.since()
    poll.poll(home.clock.now)
    assert ("differs", "One") in ear.since()

    home.scan("music", recursive=True)
    poll.poll(home.clock.now)

    assert ear.since() == []


def test_a_directory_that_is_gone_is_told_without_all_that_was_in_it(
    home: Household, poll: Poll, ear: Ear
) -> None:
    (home.library / "music/Ann").rename(home.top / "away")
    poll.poll(home.clock.now)

    assert ear.since() == [("differs", "music"), ("gone", "Ann")]


def test_what_is_known_to_be_gone_is_not_told_again(home: Household, poll: Poll, ear: Ear) -> None:
    (home.library / "music/Ben").rmdir()
    os.utime(home.library / "music", (1e9, 1e9))
    home.scan("music")
    poll.poll(home.clock.now)

    assert ear.since() == []


def test_a_directory_that_was_read_while_it_changed_is_told_once_it_is_at_rest(
    home: Household, poll: Poll, ear: Ear
) -> None:
    with home.db.transaction() as tx:
        tx.execute("UPDATE directories SET mtime_ns = 0 WHERE path = ?", (b"Ben",))
    os.utime(home.library / "music/Ben", (home.clock.now - 1, home.clock.now - 1))
    poll.poll(home.clock.now)
    assert ear.since() == []

    poll.poll(home.clock.now + 2)
    assert ear.since() == [("differs", "Ben")]


def test_a_directory_whose_time_lies_in_the_future_is_not_left_out(
    home: Household, poll: Poll, ear: Ear
) -> None:
    with home.db.transaction() as tx:
        tx.execute("UPDATE directories SET mtime_ns = 0 WHERE path = ?", (b"Ben",))
    os.utime(home.library / "music/Ben", (home.clock.now + HOUR, home.clock.now + HOUR))
    poll.poll(home.clock.now)

    assert ear.since() == [("differs", "Ben")]


def test_of_a_root_that_is_not_there_nothing_is_told(
    home: Household, poll: Poll, ear: Ear, eyes: Eyes
) -> None:
    (home.library / "music").rename(home.top / "away")
    (home.library / "music").mkdir()
    eyes.away = {"music"}
    poll.poll(home.clock.now)

    assert ear.since() == []


def test_a_root_that_inotify_sees_is_not_polled(
    home: Household, poll: Poll, ear: Ear, eyes: Eyes
) -> None:
    plant(home.library, {"music/Ann/One/2.mp3": b"x"})
    eyes.blind = set()
    poll.poll(home.clock.now)

    assert ear.since() == []


def test_of_a_root_with_cold_directories_only_these_are_polled(
    home: Household, poll: Poll, ear: Ear, eyes: Eyes
) -> None:
    plant(home.library, {"music/Ann/One/2.mp3": b"x", "music/Ann/Two/2.mp3": b"x"})
    eyes.blind, eyes.cold = set(), {"music": 1}
    music = os.fsencode(home.library / "music")
    eyes.watched = {music, *(music + path for path in (b"/Ann", b"/Ann/One", b"/Ben"))}
    poll.poll(home.clock.now)

    assert ear.since() == [("differs", "Two")]
    assert eyes.warmed == [music + b"/Ann/Two"]  # where something happens more will


def test_a_library_that_is_a_link_is_polled_where_it_leads(
    home: Household, poll: Poll, ear: Ear
) -> None:
    music = home.library / "music"
    music.rename(home.top / "disk")
    music.symlink_to(home.top / "disk")
    home.scan("music")
    poll.poll(home.clock.now)
    assert ear.since() == []

    plant(music, {"Ann/One/2.mp3": b"x"})
    poll.poll(home.clock.now)

    assert ear.since() == [("differs", "One")]


def test_what_cannot_be_looked_at_is_not_taken_for_gone(
    home: Household, poll: Poll, ear: Ear
) -> None:
    longer_than_any_name = b"x" * 300
    with home.db.transaction() as tx:
        tx.execute("UPDATE directories SET path = ? WHERE path = ?", (longer_than_any_name, b"Ben"))
    poll.poll(home.clock.now)

    assert ear.since() == []


def test_an_inbox_is_looked_at_when_anything_in_it_changed(
    home: Household, poll: Poll, ear: Ear, eyes: Eyes
) -> None:
    plant(home.inbox, {"Album/CD1/1.mp3": b"x"})
    eyes.blind = {"inbox"}
    poll.poll(home.clock.now)
    assert ear.since() == [("differs", "inbox")]  # what came before the first time was not heard

    poll.poll(home.clock.now)
    assert ear.since() == []

    track = home.inbox / "Album/CD1/1.mp3"
    before = track.stat().st_mtime_ns
    track.write_bytes(b"y")
    os.utime(track, ns=(before, before))
    poll.poll(home.clock.now)
    assert ear.since() == [("differs", "inbox")]

    (home.inbox / "Empty").mkdir()
    poll.poll(home.clock.now)
    assert ear.since() == [("differs", "inbox")]

    home.inbox.rename(home.top / "away")
    poll.poll(home.clock.now)
    assert ear.since() == []


def test_rows_are_gone_through_in_pages_whatever_their_names(home: Household) -> None:
    plant(home.library, {"music/Ann (live)/1.mp3": b"x", "music/Ann0/1.mp3": b"x"})
    strange = os.fsencode(home.library) + b"/music/\xff\xfe"
    os.mkdir(strange)
    home.scan("music", recursive=True)
    reader = home.db.read()
    expected = [b"", b"Ann", b"Ann (live)", b"Ann/One", b"Ann/Two", b"Ann0", b"Ben", b"\xff\xfe"]

    for size in range(1, 10):
        assert [path for path, _known in signatures.known(reader, "music", size)] == expected
    below = signatures.page(reader, "music", RelPath(b"Ann"), None, 2)
    assert [path for path, *_known in below] == [b"Ann", b"Ann/One"]
    rest_of_it = signatures.page(reader, "music", RelPath(b"Ann"), b"Ann/One", 2)
    assert [path for path, *_known in rest_of_it] == [b"Ann/Two"]
    first = signatures.sifted(reader, "music", RelPath(b"Ann"), None, 1)
    assert [path for path, *_known in first] == [b"Ann"]
    second = signatures.sifted(reader, "music", RelPath(b"Ann"), b"Ann", 1)
    assert [path for path, *_known in second] == [b"Ann/One"]


@contextlib.contextmanager
def at_work(poll: Poll) -> Iterator[Poll]:
    thread = threading.Thread(target=poll.run)
    thread.start()
    try:
        yield poll
    finally:
        poll.close()
        thread.join(10)
    assert not thread.is_alive()


@pytest.fixture
def running(poll: Poll) -> Iterator[Poll]:
    with at_work(poll):
        yield poll


def told_later(home: Household, poll: Poll, ear: Ear) -> bool:
    """Let the time between two polls pass, and say whether anything was told."""
    home.clock.now += home.current.settings.watch.poll_s
    poll.wake()
    return bool(ear.told)


def test_it_polls_by_itself_as_often_as_the_settings_say(
    home: Household, running: Poll, ear: Ear, eyes: Eyes
) -> None:
    plant(home.library, {"music/Ann/One/2.mp3": b"x"})
    eventually(lambda: eyes.asked)
    running.wake()
    assert ear.since() == []

    for _time in range(3):
        eventually(lambda: told_later(home, running, ear))
        assert ("differs", "One") in ear.since()


def test_it_sleeps_until_it_is_told_that_there_is_something_to_poll(
    home: Household, poll: Poll, ear: Ear, eyes: Eyes
) -> None:
    plant(home.library, {"music/Ann/One/2.mp3": b"x"})
    eyes.blind = set()
    with at_work(poll):
        eventually(lambda: eyes.asked == 1)
        home.clock.now += 10 * home.current.settings.watch.poll_s
        poll.wake()
        eventually(lambda: eyes.asked == 2)
        assert ear.since() == []

        eyes.cold = {"music": 3}
        [told] = eyes.when_cold
        told()
        eventually(lambda: eyes.asked > 2)
        eventually(lambda: told_later(home, poll, ear))

    assert ("differs", "One") in ear.since()


def test_what_goes_wrong_once_does_not_end_it(
    home: Household, running: Poll, ear: Ear, eyes: Eyes
) -> None:
    plant(home.library, {"music/Ann/One/2.mp3": b"x"})
    eventually(lambda: eyes.asked)
    with home.db.transaction() as tx:
        tx.execute("ALTER TABLE directories RENAME TO mislaid")
    home.clock.now += home.current.settings.watch.poll_s
    asked = eyes.asked
    running.wake()
    eventually(lambda: eyes.asked > asked + 2)
    with home.db.transaction() as tx:
        tx.execute("ALTER TABLE mislaid RENAME TO directories")

    eventually(lambda: told_later(home, running, ear))
    assert ("differs", "One") in ear.since()
