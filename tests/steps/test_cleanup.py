"""The trash and the history are forgotten after their days, and nothing else is."""

import errno
import os
import shutil
from pathlib import Path

import pytest

import media
from household import Household
from shelfd.core.operations import Kind, Operation, State, Step
from shelfd.core.paths import Place, RelPath
from shelfd.edges.disk import Disk
from shelfd.store import drops, journal, operations
from trees import names, tree

DAY = 86_400


@pytest.fixture
def home(tmp_path: Path) -> Household:
    home = Household(tmp_path)
    media.mp3(home.inbox / "one.mp3", artist="Ann", album="Some", title="One", track="1")
    home.settle()
    return home


def clean(home: Household, days: int) -> Operation:
    home.clock.now += days * DAY
    return home.ask(Kind.CLEANUP, Step.CLEANUP, Place("", RelPath(b"")))


def test_the_trash_is_kept_for_its_days(home: Household) -> None:
    clean(home, 29)

    assert [path for path in tree(home.inbox) if path.endswith("one.mp3")]


def test_after_that_it_is_emptied_and_the_library_is_untouched(home: Household) -> None:
    operation = clean(home, 31)

    assert operation.result is not None
    assert operation.result["trashed_files"] == 1
    assert tree(home.inbox) == {}
    assert names(home.library) == ["music/Ann/Some/01 One.mp3"]


def test_what_was_emptied_cannot_be_undone_and_says_so(home: Household) -> None:
    [operation] = home.imports()
    home.clock.now += 31 * DAY
    home.ask(Kind.CLEANUP, Step.CLEANUP, Place("", RelPath(b"")))
    if operations.one(home.db.read(), operation.id) is None:
        return  # forgotten altogether, with its history

    undone = home.undo(operation.id)

    assert undone.error is not None
    assert undone.error["code"] == "trash_emptied"


def test_the_trash_of_a_disk_that_is_away_waits_for_it(home: Household) -> None:
    home.inbox.rename(home.top / "unmounted")
    home.inbox.mkdir()
    clean(home, 31)
    home.inbox.rmdir()
    (home.top / "unmounted").rename(home.inbox)

    clean(home, 1)

    assert tree(home.inbox) == {}


def test_a_file_that_somebody_put_into_the_trash_stays(home: Household) -> None:
    [operation] = home.imports()
    theirs = home.inbox / ".shelfd-trash" / str(operation.id) / "theirs.txt"
    theirs.write_bytes(b"mine")

    clean(home, 31)

    assert theirs.read_bytes() == b"mine"


def test_what_is_kept_in_the_inbox_is_remembered_however_long(tmp_path: Path) -> None:
    home = Household(tmp_path, after="keep")
    media.mp3(home.inbox / "one.mp3", artist="Ann", album="Some", title="One", track="1")
    home.settle()
    clean(home, 40)
    shutil.rmtree(home.library / "music" / "Ann")

    home.settle()

    assert names(home.library) == []
    assert drops.one(home.db.read(), home.place(b"one.mp3")) is not None


def test_old_operations_go_with_their_events_and_undoable_ones_stay(home: Household) -> None:
    [operation] = home.imports()

    clean(home, 29)
    assert operations.one(home.db.read(), operation.id) is not None
    clean(home, 10)

    left = operations.page(home.db.read())
    assert operation.id not in [one.id for one in left]
    assert journal.of(home.db.read(), operation.id) == []
    assert all(one.state is State.COMPLETED for one in left)


class StubbornDisk(Disk):
    """A disk on which one file cannot be removed, as one that is immutable."""

    def unlink(self, path: bytes) -> None:
        if b"trash" in path and path.endswith(b"one.mp3"):
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), path)
        super().unlink(path)


def test_a_file_that_cannot_be_removed_keeps_nothing_else_from_being_cleaned_up(
    tmp_path: Path,
) -> None:
    home = Household(tmp_path, disk=StubbornDisk())
    for number, stem in enumerate(("one", "two"), 1):
        path = home.inbox / f"{stem}.mp3"
        media.mp3(path, artist="Ann", album="Some", title=stem, track=str(number))
    home.settle()

    operation = clean(home, 31)

    assert operation.state is State.COMPLETED
    assert operation.result is not None
    assert operation.result["trashed_files"] == 1
    assert [path for path in tree(home.inbox) if path.endswith(".mp3")] == [
        next(path for path in tree(home.inbox) if path.endswith("one.mp3"))
    ]
