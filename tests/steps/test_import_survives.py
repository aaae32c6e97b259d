"""An import that is killed at any moment is finished or put back after the restart, never half done."""

import contextlib
import re
import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

import media
from household import Household
from shelfd.core import backoff, roots, rounds
from shelfd.core.errors import BrokenError
from shelfd.core.settings import Mode
from shelfd.edges.disk import Disk
from shelfd.store import operations
from stopping import Killed, StoppingDisk
from trees import names, tree

MODES = ("hardlink", "copy", "move", "symlink")


def drop(inbox: Path) -> None:
    """Drop an album with a cover and a file that stays."""
    album = inbox / "Some Album"
    album.mkdir()
    for number, title in enumerate(("One", "Two"), 1):
        media.mp3(
            album / f"{number}.mp3", artist="Ann", album="Some", title=title, track=str(number)
        )
    (album / "cover.jpg").write_bytes(media.jpeg())


def stay(top: Path) -> dict[str, str]:
    """Return all that matters of a tree: hidden directories of an empty trash do not, nor when libraries changed."""
    found = tree(top)
    return {
        re.sub("trash/[0-9]+/", "trash/N/", path): " ".join(what.split()[:2])
        if what.startswith("dir")
        else what
        for path, what in found.items()
        if path.startswith(("inbox/", "library/")) and not _is_trash_directory(path, what)
    }


def _is_trash_directory(path: str, what: str) -> bool:
    return ".shelfd-trash" in path and what.startswith("dir")


@pytest.fixture(scope="module")
def dropped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A household into which something was dropped, to be copied for each test."""
    top = tmp_path_factory.mktemp("dropped")
    household = Household(top)
    drop(household.inbox)
    household.close()
    return top


def copied(dropped: Path, top: Path) -> None:
    shutil.copytree(dropped, top, dirs_exist_ok=True, symlinks=True)


def run_until_killed(household: Household) -> bool:
    with contextlib.suppress(Killed):
        household.settle()
        return False
    return True


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("mode", MODES)
def test_killed_at_each_change_of_files_it_is_whole_after_the_restart(
    mode: Mode, when: str, dropped: Path, tmp_path: Path
) -> None:
    counted = tmp_path / "counted"
    copied(dropped, counted)
    disk = StoppingDisk()
    household = Household(counted, mode=mode, disk=disk)
    before = stay(counted)
    household.settle()
    after = stay(counted)
    household.close()
    assert before != after
    assert disk.count > 5

    for at in range(1, disk.count + 1):
        top = tmp_path / str(at)
        copied(dropped, top)
        household = Household(top, mode=mode, disk=StoppingDisk(at, after=when == "after"))
        assert run_until_killed(household), at
        restart(household)
        assert named(stay(top), top) in (named(before, counted), named(after, counted)), at
        assert household.open_steps() == 0, at
        household.close()
        shutil.rmtree(top)


@pytest.mark.parametrize("mode", ["copy", "move"])
def test_killed_at_each_commit_it_is_whole_after_the_restart(
    mode: Mode, dropped: Path, tmp_path: Path
) -> None:
    counted = tmp_path / "counted"
    copied(dropped, counted)
    household = Household(counted, mode=mode)
    commits = StopAtCommit()
    household.db.committed.append(commits)
    household.settle()
    after = stay(counted)
    household.close()

    for at in range(1, commits.count):
        top = tmp_path / str(at)
        copied(dropped, top)
        household = Household(top, mode=mode)
        household.db.committed.append(StopAtCommit(at))
        assert run_until_killed(household), at
        restart(household)
        assert stay(top) == after, at
        assert household.open_steps() == 0, at
        assert [operation.state for operation in household.imports()] == ["completed"], at
        household.close()
        shutil.rmtree(top)


class StopAtCommit:
    """Dies right after the n-th commit of the database."""

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        self.count = 0

    def __call__(self) -> None:
        self.count += 1
        if self.count == self.at:
            raise Killed


def restart(household: Household) -> None:
    """Start anew, and let the quiet time pass."""
    household.disk = StoppingDisk()
    household.open()
    household.settle()
    household.clock.now += 20
    household.work()


def named(found: dict[str, str], top: Path) -> dict[str, str]:
    """Return a tree without the path of the test that symbolic links and operation numbers carry."""
    return {path: what.replace(str(top), "") for path, what in found.items()}


@pytest.mark.parametrize("mode", MODES)
def test_an_undo_gives_back_the_exact_tree(mode: Mode, dropped: Path, tmp_path: Path) -> None:
    copied(dropped, tmp_path)
    household = Household(tmp_path, mode=mode)
    before = {
        path: what for path, what in tree(tmp_path).items() if not path.startswith("shelfd.db")
    }
    household.settle()
    [operation] = household.imports()
    assert operation.state == "completed", operation.error

    undone = household.undo(operation.id)

    assert undone.state == "completed", undone.error
    after = {
        path: what for path, what in tree(tmp_path).items() if not path.startswith("shelfd.db")
    }
    assert after == before
    household.close()


@pytest.mark.parametrize("mode", MODES)
def test_an_undo_that_is_killed_is_finished_after_the_restart(
    mode: Mode, dropped: Path, tmp_path: Path
) -> None:
    filed = tmp_path / "filed"
    copied(dropped, filed)
    household = Household(filed, mode=mode)
    before = stay(filed)
    household.settle()
    [operation] = household.imports()
    household.close()
    counted = tmp_path / "counted"
    copied(filed, counted)
    disk = StoppingDisk()
    household = Household(counted, mode=mode, disk=disk)
    household.undo(operation.id)
    household.close()

    for at in range(1, disk.count + 1):
        top = tmp_path / str(at)
        copied(filed, top)
        household = Household(top, mode=mode, disk=StoppingDisk(at))
        with contextlib.suppress(Killed):
            household.undo(operation.id)
        restart(household)
        if mode != "symlink":  # the copied link still names the tree it was copied from
            assert stay(top) == before, at
        assert household.open_steps() == 0, at
        household.close()
        shutil.rmtree(top)


class StopAfterAStep:
    """Dies as soon as one more file step is done."""

    def __init__(self, household: Household) -> None:
        self.household = household
        self.done = self.count()

    def count(self) -> int:
        query = "SELECT count(*) FROM journal WHERE state = 'done'"
        return int(self.household.db.read().execute(query).fetchone()[0])

    def __call__(self) -> None:
        if self.count() > self.done:
            raise Killed


class DeadlyDisk(Disk):
    """Ends the process whenever a certain file is to be moved."""

    def rename(self, source: bytes, target: bytes) -> None:
        if source.endswith(b"/2.mp3"):
            raise Killed
        super().rename(source, target)


@pytest.mark.parametrize("mode", ["copy", "move"])
def test_an_import_that_gets_a_step_further_each_time_is_not_given_up(
    mode: Mode, dropped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "MOST", 1)
    copied(dropped, tmp_path)
    household = Household(tmp_path, mode=mode)
    household.db.committed.append(StopAfterAStep(household))
    kills = int(run_until_killed(household))

    while household.open_steps():
        household.open()
        household.db.committed.append(StopAfterAStep(household))
        with contextlib.suppress(Killed):
            household.work()
        kills += 1

    assert kills >= 2 * backoff.CRASHES
    household.open()
    household.work()
    [operation] = household.imports()
    assert operation.state == "completed", operation.error
    household.close()


def test_an_import_that_ends_the_process_at_the_same_step_each_time_is_put_back(
    dropped: Path, tmp_path: Path
) -> None:
    copied(dropped, tmp_path)
    before = stay(tmp_path)
    household = Household(tmp_path, mode="move", disk=DeadlyDisk())
    kills = 0

    while run_until_killed(household):
        kills += 1
        assert kills <= backoff.CRASHES
        household.open()

    assert kills == backoff.CRASHES
    [operation] = household.imports()
    assert operation.error is not None
    assert (operation.state, operation.error["code"]) == ("failed", "crashed")
    assert stay(tmp_path) == before
    household.close()


DAMAGED = ["2.mp3", "CD1/1.mp3", "cover.jpg"]


def with_quarantine(top: Path, disk: StoppingDisk | None = None) -> Household:
    found = Household(top, disk=disk)
    settings = found.current.settings
    away = replace(settings.import_, quarantine=str(top / "away"))
    found.current.settings = replace(settings, import_=away)
    found.current.roots = roots.of(found.current.settings)
    return found


def drop_damaged(top: Path) -> None:
    (top / "inbox" / "Bad" / "CD1").mkdir(parents=True)
    (top / "away").mkdir()
    for name in DAMAGED:
        (top / "inbox" / "Bad" / name).write_bytes(name.encode())


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_each_change_on_the_way_to_the_quarantine_it_is_whole_after_the_restart(
    when: str, tmp_path: Path
) -> None:
    drop_damaged(counted := tmp_path / "counted")
    disk = StoppingDisk()
    home = with_quarantine(counted, disk)
    home.settle()
    home.close()
    assert names(counted / "away") == [f"inbox/Bad/{name}" for name in DAMAGED]
    assert disk.count > 5

    for at in range(1, disk.count + 1):
        drop_damaged(top := tmp_path / str(at))
        home = with_quarantine(top, StoppingDisk(at, after=when == "after"))
        assert run_until_killed(home), at
        restart(home)
        moved = [path.rpartition("Bad/")[2] for path in names(top / "away")]
        stayed = [path.rpartition("Bad/")[2] for path in names(top / "inbox")]
        assert (moved, stayed) in ((DAMAGED, []), ([], DAMAGED)), at
        assert home.open_steps() == 0, at
        home.close()


def test_an_import_that_was_given_up_in_its_midst_can_be_undone(
    dropped: Path, tmp_path: Path
) -> None:
    copied(dropped, tmp_path)
    home = Household(tmp_path, mode="hardlink", disk=StoppingDisk())
    before = stay(tmp_path)
    home.disk = LinkingDisk()
    home.close()
    home.open()
    assert run_until_killed(home)
    assert stay(tmp_path) != before
    [operation] = home.imports()
    error = BrokenError("the daemon has ended 6 times while this ran", code="crashed")
    with home.db.transaction() as tx:  # as Recover does after the last of the crashes
        operations.fail(tx, operation.id, error, home.clock.now)
    home.disk = Disk()
    home.close()
    home.open()
    assert home.open_steps() > 0

    undone = home.undo(operation.id)

    assert undone.state == "completed", undone.error
    assert stay(tmp_path) == before
    assert home.open_steps() == 0
    home.close()


class LinkingDisk(Disk):
    """Ends the process after the first link."""

    def link(self, source: bytes, target: bytes) -> None:
        super().link(source, target)
        raise Killed
