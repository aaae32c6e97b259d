"""What syncthing's tests demand of a watcher and of what gathers its events, shown on the running daemon."""

import os
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from running import Running
from scenarios import (
    HASTE,
    LONGEST_S,
    QUIET_S,
    Scene,
    Through,
    anchored,
    song,
    started,
)
from shelfd.core.dirty import MOST_CHILDREN, MOST_DIRECTORIES, MOST_NAMES
from trees import names
from waiting import eventually


def made(scene: Scene, *paths: str) -> list[str]:
    """Make directories, wait until they are known, and return them."""
    for path in paths:
        (scene.top / path).mkdir(parents=True)
    scene.catches_up()
    assert scene.known() >= set(paths)
    return list(paths)


def copies(scene: Scene, paths: Sequence[str]) -> None:
    """Put the same small song at many paths."""
    data = song(scene.daemon.top / "copied.mp3").read_bytes()[:1500]
    for path in paths:
        (scene.top / path).write_bytes(data)


def write_on(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def test_ag1_as_many_files_as_are_told_one_by_one_give_a_scan_of_their_directory_only(
    slow: Scene,
) -> None:
    made(slow, "d", "d/below")
    before = slow.last()
    with slow.stopped():
        copies(slow, [f"d/{number}.mp3" for number in range(MOST_NAMES)])

    eventually(lambda: len(slow.known()) == 2 + MOST_NAMES)
    slow.catches_up()
    assert slow.paths(before) == [(slow.at("d"), False)]


def test_ag2_too_many_changes_in_a_directory_are_one_scan_of_it_and_all_below(slow: Scene) -> None:
    made(slow, "parent", *(f"parent/{number}" for number in range(MOST_CHILDREN + 1)))
    before = slow.last()
    with slow.stopped():
        copies(slow, [f"parent/{number}/a.mp3" for number in range(MOST_CHILDREN + 1)])

    eventually(lambda: len(slow.known()) == 1 + 2 * (MOST_CHILDREN + 1))
    slow.catches_up()
    assert slow.paths(before) == [(slow.at("parent"), True)]


def test_ag3_what_happens_below_a_directory_that_waits_as_a_whole_changes_nothing(
    slow: Scene,
) -> None:
    children = [f"parent/{number}" for number in range(MOST_CHILDREN + 1)]
    made(slow, "parent", *children, "parent/0/deep")
    before = slow.last()
    with slow.stopped():
        copies(slow, [f"parent/{number}/a.mp3" for number in range(MOST_CHILDREN + 1)])
        copies(slow, ["parent/0/deep/a.mp3", "parent/1/b.mp3", "parent/c.mp3"])

    eventually(lambda: len(slow.known()) == 1 + 2 * (MOST_CHILDREN + 1) + 4)
    slow.catches_up()
    assert slow.paths(before) == [(slow.at("parent"), True)]


def test_ag4_ag5_changes_everywhere_are_one_scan_of_the_library_and_no_further_event_adds_to_it(
    slow: Scene,
) -> None:
    across = [
        f"{parent}/{number}"
        for parent in range(MOST_DIRECTORIES // 100 + 1)
        for number in range(100)
    ]
    made(slow, *map(str, range(MOST_DIRECTORIES // 100 + 1)), *across)
    before = slow.last()
    with slow.stopped():
        copies(slow, [f"{path}/a.mp3" for path in across])  # the last ones find the root waiting

    eventually(lambda: sum(file.there for file in slow.files().values()) == len(across))
    slow.catches_up()
    assert slow.paths(before) == [("", True)]


def test_ag6_what_shelfd_writes_itself_is_no_news_and_what_others_write_is(scene: Scene) -> None:
    before = scene.last()
    song(scene.daemon.inbox / "a.mp3", artist="Own", album="Album", title="One", track="1")
    filed = scene.root / "Own" / "Album" / "01 One.mp3"
    eventually(filed.exists)
    scene.song("foreign.mp3")

    scene.knows("foreign.mp3")
    assert scene.paths(before) == [(scene.at(), False)]
    write_on(filed)  # it is somebody else who does that
    scene.catches_up()
    assert scene.paths(before) == [(scene.at(), False), ("Own/Album", False)]


def earliest(written: Sequence[float]) -> float:
    """Return before when nothing may be told of a file that was written at these moments."""
    pauses = [
        moment + QUIET_S
        for moment, following in zip(written, [*written[1:], float("inf")], strict=True)
        if following - moment > QUIET_S
    ]
    return min(written[0] + LONGEST_S, *pauses)


def test_ag7_jf1_a_file_that_never_rests_is_looked_at_at_the_cap_and_again(slow: Scene) -> None:
    slow.has("a.mp3")
    before, written = slow.last(), []
    while len(slow.scans(before)) < 2:  # the first comes although the writing has not ended
        written.append(time.time())
        write_on(slow.top / "a.mp3")
        threading.Event().wait(0.3 * QUIET_S)
        assert len(written) < 200

    assert slow.scans(before)[0].created_at >= earliest(written) - 0.05
    slow.catches_up()
    assert set(slow.paths(before)) == {(slow.at(), False)}


def test_ag8_a_file_that_changes_once_is_looked_at_once_after_the_quiet_time(slow: Scene) -> None:
    slow.has("a.mp3")
    before, written = slow.last(), time.time()
    write_on(slow.top / "a.mp3")
    slow.catches_up()

    [scan] = slow.scans(before)
    assert (scan.path, scan.recursive) == (slow.at(), False)
    assert scan.created_at >= written + QUIET_S - 0.05


def test_ag9_what_came_is_looked_at_before_what_came_and_went_and_that_before_what_went(
    slow: Scene,
) -> None:
    slow.has("went/a.mp3", "both/a.mp3", "came/a.mp3")
    before = slow.last()
    with slow.stopped():
        (slow.top / "went" / "a.mp3").unlink()
        (slow.top / "both" / "a.mp3").unlink()
        slow.song("both/b.mp3")
        slow.song("came/b.mp3")

    slow.knows("went", "both", "both/b.mp3", "came", "came/a.mp3", "came/b.mp3")
    assert slow.paths(before) == [(slow.at(name), False) for name in ("came", "both", "went")]


def test_ag10_what_only_went_does_not_wait_for_the_cap(scene: Scene) -> None:
    scene.has("a.mp3", "b.mp3")
    (scene.top / "a.mp3").unlink()

    # the cap of this daemon is 30 s
    eventually(lambda: scene.known() == {"b.mp3"}, within=15)


def test_ag11_while_the_queue_stands_still_events_are_read_all_the_same(scene: Scene) -> None:
    kept = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    scene.daemon.post("/v1/queue/pause", {})
    try:
        before, each = scene.last(), kept // 6
        for number in range(3):  # in all more events than the kernel keeps
            for _ in range(each):
                (scene.top / "x.tmp").touch()
                (scene.top / "x.tmp").unlink()
            scene.song(f"{number}/a.mp3")
            there = (scene.at(str(number)), True)
            eventually(lambda there=there: there in scene.paths(before))  # type: ignore[misc]  # mypy infers no lambda with defaults
        assert scene.files() == {}
    finally:
        scene.daemon.post("/v1/queue/resume", {})

    scene.knows("0", "0/a.mp3", "1", "1/a.mp3", "2", "2/a.mp3")
    assert ("", True) not in scene.paths(before)


def test_wf1_a_file_that_is_to_be_ignored_is_not_known_and_the_one_beside_it_is(
    scene: Scene,
) -> None:
    (scene.top / ".ignore").write_text("ignored.mp3\n")
    scene.song("ignored.mp3")
    scene.song("file.mp3")

    scene.knows("file.mp3")


def test_wf2_what_is_taken_back_below_an_ignored_directory_is_known(scene: Scene) -> None:
    (scene.top / ".ignore").write_text("/ignored/\n!/ignored/included/\n")
    scene.song("ignored/included/a.mp3")
    scene.song("ignored/b.mp3")
    scene.knows("ignored", "ignored/included", "ignored/included/a.mp3")
    scene.song("ignored/included/later.mp3")

    scene.knows(
        "ignored", "ignored/included", "ignored/included/a.mp3", "ignored/included/later.mp3"
    )


def test_wf3_a_renamed_file_is_known_by_its_new_name_and_no_longer_by_the_old(
    scene: Scene,
) -> None:
    scene.has("oldfile.mp3")
    item = scene.item("oldfile.mp3")
    (scene.top / "oldfile.mp3").rename(scene.top / "newfile.mp3")

    scene.knows("newfile.mp3")
    assert scene.item("newfile.mp3") == item


def test_wf4_what_only_shares_the_beginning_of_a_librarys_path_is_not_in_it(scene: Scene) -> None:
    before, root = scene.last(), scene.root
    song(root.with_name("Musicoutside") / "a.mp3")
    song(root.with_name("Musicoutside") / "x" / "b.mp3")

    scene.knows()
    assert scene.paths(before) == []
    assert all("outside" not in path for path in Scene(scene.daemon).known())


def test_wf5_paths_are_those_in_the_library_however_deep_the_watched_directory(
    scene: Scene,
) -> None:
    made(scene, "sub")
    before = scene.last()
    scene.song("sub/file.mp3")

    scene.knows("sub", "sub/file.mp3")
    assert scene.paths(before) == [(scene.at("sub"), False)]


class FewWatches(Through):
    """A daemon for which the kernel has three watches left."""

    through: ClassVar[Sequence[str]] = (
        *("unshare", "--user", "--map-root-user", "sh", "-c"),
        'echo 3 > /proc/sys/user/max_inotify_watches; exec "$@"',
        "sh",
    )


class NoInstance(Through):
    """A daemon for which the kernel has no instance of inotify left."""

    through: ClassVar[Sequence[str]] = (
        *("unshare", "--user", "--map-root-user", "sh", "-c"),
        'echo 0 > /proc/sys/user/max_inotify_instances; exec "$@"',
        "sh",
    )


@pytest.mark.parametrize(
    ("daemon", "advice"),
    [(FewWatches, "max_user_watches"), (NoInstance, "max_user_instances")],
)
def test_wf7_where_watches_run_out_it_is_said_and_changes_are_found_by_polling(
    tmp_path: Path, daemon: type[Through], advice: str
) -> None:
    if subprocess.run(["unshare", "--user", "--map-root-user", "true"], check=False).returncode:
        pytest.skip("no user namespaces here")
    short = daemon(tmp_path, HASTE.replace("poll_s = 3600", "poll_s = 1"))
    anchored(short)
    with started(short):
        scene = Scene(short, "scene")
        scene.song("a.mp3")
        eventually(lambda: scene.known() == {"a.mp3"})
        scene.song("b.mp3")
        eventually(lambda: scene.known() == {"a.mp3", "b.mp3"})

        status = short.get("/v1/status")[1]
        [root] = [root for root in status["roots"] if root["name"] == "Music"]
        assert root["state"] == "polling"
        assert f"fs.inotify.{advice}" in root["reason"] + short.log.read_text()


def test_wf7_another_error_is_not_called_a_lack_of_watches(tmp_path: Path) -> None:
    daemon = Running(tmp_path, HASTE)
    (daemon.library / "Books").rmdir()
    try:
        daemon.start()
        [root] = [root for root in daemon.get("/v1/status")[1]["roots"] if root["name"] == "Books"]
        assert root["state"] == "absent"
        assert "fs.inotify" not in root["reason"] + daemon.log.read_text()
    finally:
        daemon.close()


def test_wf8_below_a_library_that_is_a_link_changes_are_known_under_its_own_path(
    tmp_path: Path,
) -> None:
    daemon = Running(tmp_path, HASTE)
    anchored(daemon)
    (daemon.library / "Music").rename(tmp_path / "disk")
    (daemon.library / "Music").symlink_to(tmp_path / "disk")
    with started(daemon):
        scene = Scene(daemon, "scene")
        song(tmp_path / "disk" / "scene" / "sub" / "a.mp3")

        scene.knows("sub", "sub/a.mp3")
        [file] = daemon.get(f"/v1/items/{scene.item('sub/a.mp3')}")[1]["files"]
        assert file["path"] == str(daemon.library / "Music" / "scene" / "sub" / "a.mp3")


def test_wf9_a_file_of_which_only_the_time_changed_is_no_news_but_is_seen_by_a_normal_scan(
    scene: Scene,
) -> None:
    # Each copy and each unpacked archive sets times, and each chmod would be an event too: the kernel's queue
    # is for what changes contents. A time alone is seen when somebody looks.
    scene.has("a.mp3")
    before, then = scene.last(), 1_000_000_000_000_000_000
    os.utime(scene.top / "a.mp3", ns=(0, then))
    scene.catches_up()
    assert scene.paths(before) == []

    assert scene.ask(scene.top)["result"]["changed"] == 1
    assert scene.files()["a.mp3"].mtime_ns == then


def test_wf10_a_file_that_was_emptied_is_looked_at_and_counts_no_longer(scene: Scene) -> None:
    scene.has("a.mp3", "b.mp3")
    item, data = scene.item("a.mp3"), (scene.top / "a.mp3").read_bytes()
    (scene.top / "a.mp3").write_bytes(b"")
    scene.knows("b.mp3")  # below scan.min_size_bytes a file is none
    (scene.top / "a.mp3").write_bytes(data)

    scene.knows("a.mp3", "b.mp3")
    assert scene.item("a.mp3") == item
    assert names(scene.top) == ["a.mp3", "b.mp3"]
