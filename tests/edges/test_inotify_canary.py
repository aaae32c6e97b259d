import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ears import Ear, in_a_world_of_its_own


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


@pytest.fixture
def state(tmp_path: Path) -> Path:
    state = tmp_path / "state"
    state.mkdir()
    return state


def test_a_thread_that_delivers_is_proved_to_and_nobody_is_told(
    root: Path, state: Path, ear: Ear
) -> None:
    assert [ear.watcher.hears(bytes(state), 10) for _ in range(3)] == [True] * 3
    assert os.listdir(state) == [".heard"]
    (state / ".heard").unlink()
    assert ear.watcher.hears(bytes(state), 10)
    ear.catches_up(root)
    assert {os.path.dirname(path) for path in ear.paths()} == {bytes(root)}
    assert ear.doubts() == []
    assert ear.watched(root) == 1


def test_a_thread_that_is_stuck_is_found_out_and_another_one_takes_its_place(
    root: Path, state: Path, ear: Ear
) -> None:
    ear.gets_stuck(root)
    assert not ear.watcher.hears(bytes(state), 0.1)
    assert ear.fault(root) == "events were no longer delivered"
    assert ear.watched(root) == 0

    ear.free.set()
    ear.watcher.watch(bytes(root))
    (root / "a.mkv").touch()
    ear.hears(root / "a.mkv")
    assert ear.fault(root) is None
    assert ear.watcher.hears(bytes(state), 10)


def test_a_thread_that_died_is_found_out(root: Path, state: Path, ear: Ear) -> None:
    assert ear.watcher._observer
    reader = ear.watcher._observer.reader
    reader.stop()
    reader.join()
    assert ear.fault(root) == "the thread that listens has died"

    ear.watcher.watch(bytes(root))
    (root / "a.mkv").touch()
    ear.hears(root / "a.mkv")
    assert ear.watcher.hears(bytes(state), 10)


def test_where_nothing_can_be_touched_a_thread_that_lives_must_do(
    root: Path, tmp_path: Path, ear: Ear
) -> None:
    assert ear.watcher.hears(bytes(tmp_path / "no such directory"), 0.1)
    assert ear.fault(root) is None


def test_without_an_instance_of_inotify_nothing_is_delivered(tmp_path: Path) -> None:
    in_a_world_of_its_own(
        """
allow("instances", 0)
assert not watcher.hears(bytes(root), 0.1)
""",
        tmp_path,
    )
