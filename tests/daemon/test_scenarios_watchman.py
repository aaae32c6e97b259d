"""What watchman's tests demand of a watcher, shown on the running daemon."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from running import Connection, Running
from scenarios import (
    HASTE,
    PATIENT,
    Scene,
    Unprivileged,
    anchored,
    anchored_and_running,
    queue_cleanup,
    song,
    started,
)
from waiting import eventually

STORM = 20_000


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with anchored_and_running(tmp_path_factory.mktemp("watchman")) as daemon:
        yield daemon


@pytest.fixture
def scene(daemon: Running, request: pytest.FixtureRequest) -> Scene:
    scene = Scene(daemon, request.node.name)
    scene.knows()
    return scene


def test_wm1_wf6_more_files_than_the_kernel_keeps_events_for_are_all_known(
    tmp_path: Path,
) -> None:
    with anchored_and_running(tmp_path) as daemon:
        scene = Scene(daemon, "foo")
        scene.knows()
        data = song(daemon.top / "small.mp3").read_bytes()[:1500]
        before = scene.last()
        with scene.stopped():
            for number in range(STORM):
                (scene.top / f"{number}.mp3").write_bytes(data)
        eventually(lambda: len(scene.known()) == STORM, within=50)
        eventually(daemon.quiet)

        assert scene.known() == {f"{number}.mp3" for number in range(STORM)}
        assert ("", True) in scene.paths(before)  # events were lost, so all of the library was read
        assert daemon.get("/v1/status")[1]["watch"]["fault"] is None


def test_wm2_two_directories_that_change_places_back_to_back_are_known_where_they_are(
    scene: Scene,
) -> None:
    scene.has("dir/a.mp3", "alt/a.mp3")
    old, new = scene.item("dir/a.mp3"), scene.item("alt/a.mp3")
    (scene.top / "dir").rename(scene.top / "bye")
    (scene.top / "alt").rename(scene.top / "dir")

    scene.knows("dir", "dir/a.mp3", "bye", "bye/a.mp3")
    assert (scene.item("bye/a.mp3"), scene.item("dir/a.mp3")) == (old, new)


def test_wm3_a_directory_that_was_deleted_and_made_again_is_heard(scene: Scene) -> None:
    scene.has("dir/a.mp3")
    shutil.rmtree(scene.top / "dir")
    (scene.top / "dir").mkdir()
    scene.knows("dir")
    scene.song("dir/a.mp3")

    scene.knows("dir", "dir/a.mp3")


def test_wm4_a_directory_that_became_a_link_is_known_by_its_real_name(scene: Scene) -> None:
    scene.has("foo/a.mp3")
    item = scene.item("foo/a.mp3")
    with scene.stopped():
        (scene.top / "foo").rename(scene.top / "bar")
        (scene.top / "foo").symlink_to("bar")

    scene.knows("bar", "bar/a.mp3")  # links to directories count only where the settings say so
    assert scene.item("bar/a.mp3") == item


def test_wm5_a_storm_of_moves_ends_in_what_is_there(scene: Scene) -> None:
    with scene.stopped():
        scene.song("a.mp3")
        for name in ("d1", "d2"):
            (scene.top / name).mkdir()
        (scene.top / "d1").rename(scene.top / "d2" / "d1")
        (scene.top / "d2" / "d1").rename(scene.top / "d1")
        (scene.top / "a.mp3").rename(scene.top / "d1" / "a.mp3")

    scene.knows("d1", "d1/a.mp3", "d2")


def test_wm6_directories_that_move_to_and_fro_together_end_where_they_are(scene: Scene) -> None:
    with scene.stopped():
        scene.song("d1/a.mp3")
        for name in ("d2", "d3"):
            (scene.top / name).mkdir()
        for _ in range(2):
            for name in ("d1", "d2"):
                (scene.top / name).rename(scene.top / "d3" / name)
            for name in ("d1", "d2"):
                (scene.top / "d3" / name).rename(scene.top / name)
        (scene.top / "d1" / "a.mp3").rename(scene.top / "d2" / "a.mp3")

    scene.knows("d1", "d2", "d2/a.mp3", "d3")


def test_wm7_a_file_in_place_of_a_directory_is_known_and_what_was_in_that_is_not(
    scene: Scene,
) -> None:
    scene.has("one.mp3/a.mp3", "one.mp3/b/c.mp3")
    shutil.rmtree(scene.top / "one.mp3")
    scene.song("one.mp3")

    scene.knows("one.mp3")
    assert scene.files()["one.mp3"].there


def test_wm8_what_is_made_again_is_known_and_what_is_not_is_missing(scene: Scene) -> None:
    scene.has("foo/222.mp3", "foo/bar.mp3")
    shutil.rmtree(scene.top / "foo")
    scene.song("foo/222.mp3")

    scene.knows("foo", "foo/222.mp3")


def test_wm9_a_root_that_was_deleted_and_made_again_is_not_taken_for_the_old_one(
    tmp_path: Path,
) -> None:
    with anchored_and_running(tmp_path) as daemon:
        scene = Scene(daemon)
        shutil.rmtree(scene.top)
        (scene.top / "notme").mkdir(parents=True)
        eventually(lambda: "the root was deleted" in daemon.log.read_text())

        ended = scene.ask(scene.top, recursive=True)

        assert (ended["state"], ended["error"]["code"]) == ("failed", "root_suspended")
        status = daemon.get("/v1/status")[1]
        [root] = [root for root in status["roots"] if root["name"] == "Music"]
        assert (root["state"], status["catalog"]["missing"]) == ("suspended", 0)
        assert len(scene.files()) == 3
        scene.song("notme/new.mp3")  # the new directory is heard all the same
        eventually(lambda: "notme/new.mp3" in scene.files())


def test_wm10_each_change_of_case_is_followed(scene: Scene) -> None:
    (scene.top / "foo").mkdir()
    scene.knows("foo")
    (scene.top / "foo").rename(scene.top / "FOO")
    scene.song("FOO/bar.mp3")
    scene.knows("FOO", "FOO/bar.mp3")
    item = scene.item("FOO/bar.mp3")
    (scene.top / "FOO" / "bar.mp3").rename(scene.top / "FOO" / "BAR.mp3")
    scene.knows("FOO", "FOO/BAR.mp3")
    (scene.top / "FOO").rename(scene.top / "foo")

    scene.knows("foo", "foo/BAR.mp3")
    assert scene.item("foo/BAR.mp3") == item


def test_wm11_a_name_to_be_ignored_hides_no_name_that_begins_like_it(tmp_path: Path) -> None:
    settings = HASTE.replace("[watch]\n", '[watch]\nignore = ["build"]\n')
    with anchored_and_running(tmp_path, settings) as daemon:
        scene = Scene(daemon, "scene")
        for path in ("build/a.mp3", "build/c/a.mp3", "builda/a.mp3", "buildfile.mp3", "buil.mp3"):
            scene.song(path)

        scene.knows("builda", "builda/a.mp3", "buildfile.mp3", "buil.mp3")
        why = daemon.get(f"/v1/why?path={scene.top}/build/a.mp3")[1]
        assert why["state"] == "ignored"
        assert why["reason"].endswith("build: watch.ignore has 'build'")


def test_wm12_what_cannot_be_read_is_no_loss_and_the_rest_goes_on(tmp_path: Path) -> None:
    daemon = Unprivileged(tmp_path, HASTE)
    anchored(daemon)
    with started(daemon):
        scene = Scene(daemon, "scene")
        scene.has("sub/a.mp3", "sub/deep/b.mp3", "open.mp3")
        everything = {"sub", "sub/a.mp3", "sub/deep", "sub/deep/b.mp3", "open.mp3"}
        (scene.top / "sub").chmod(0)
        try:
            ended = scene.ask(scene.top, recursive=True)
            assert (ended["state"], ended["result"]["missing"]) == ("completed", 0)
            assert ended["result"]["unreadable"] == 1
            assert f"{scene.top}/sub" in daemon.log.read_text()
            scene.song("more.mp3")
            scene.knows(*everything, "more.mp3")
            assert all(file.there for file in scene.files().values())
        finally:
            (scene.top / "sub").chmod(0o755)
        scene.song("sub/c.mp3")
        scene.knows(*everything, "more.mp3", "sub/c.mp3")


def test_wm13_a_file_in_directories_made_a_moment_ago_is_known_with_them(scene: Scene) -> None:
    data = song(scene.daemon.top / "111.mp3").read_bytes()
    (scene.top / "foo" / "bar").mkdir(parents=True)
    (scene.top / "foo" / "bar" / "111.mp3").write_bytes(data)

    scene.knows("foo", "foo/bar", "foo/bar/111.mp3")


def test_wm14_who_asks_since_a_forgotten_moment_is_told_to_begin_anew(tmp_path: Path) -> None:
    settings = HASTE + "[queue]\nkeep_history_days = 0\n"
    daemon = Running(tmp_path, settings)
    anchored(daemon)
    with started(daemon):
        assert first_event(daemon, since=1) != "fresh"
        daemon.stop()
        queue_cleanup(daemon)
        daemon.start()
        eventually(daemon.quiet)

        assert first_event(daemon, since=1) == "fresh"
        assert first_event(daemon, since=1_000_000) == "fresh"  # the moment of another database


def first_event(daemon: Running, since: int) -> str:
    """Return the name of the first event that follows the one with this id."""
    connection = Connection(daemon.socket)
    try:
        connection.request("GET", f"/v1/events?since={since}")
        answer = connection.getresponse()
        lines = iter(answer.readline, b"")
        return next(line[7:].strip().decode() for line in lines if line.startswith(b"event: "))
    finally:
        connection.close()


def test_wm15_when_changes_stop_the_directory_is_read_once(tmp_path: Path) -> None:
    with anchored_and_running(tmp_path, PATIENT) as daemon:
        scene = Scene(daemon, "scene")
        scene.has("a.mp3")
        before = scene.last()
        with scene.stopped():
            for name in "bcdefg":
                scene.song(f"{name}.mp3")
            for name in "bcd":
                os.utime(scene.top / f"{name}.mp3")

        scene.knows(*(f"{name}.mp3" for name in "abcdefg"))
        assert scene.paths(before) == [("scene", False)]
