"""What navidrome's tests demand of a watcher and a scanner, shown on the running daemon."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import media
from running import Running
from scenarios import (
    HASTE,
    QUIET_S,
    Scene,
    Unprivileged,
    anchored,
    anchored_and_running,
    queue_cleanup,
    song,
    started,
)
from waiting import eventually

MANY = 300  # directories; enough to be interrupted among them
SAME = {"artist": "Ann", "album": "Some", "title": "One", "track": "1"}


def test_nv1_changes_in_two_directories_are_one_scan_of_each(slow: Scene) -> None:
    slow.has("artist1/a.mp3", "artist2/a.mp3")
    before = slow.last()
    slow.song("artist1/b.mp3")
    slow.song("artist2/b.mp3")
    slow.catches_up()

    assert slow.paths(before) == [(slow.at("artist1"), False), (slow.at("artist2"), False)]


def test_nv2_three_changes_in_one_directory_are_one_scan_of_it(slow: Scene) -> None:
    slow.has("artist1/album1/a.mp3")
    before = slow.last()
    for name in "bcd":
        slow.song(f"artist1/album1/{name}.mp3")
    slow.catches_up()

    assert slow.paths(before) == [(slow.at("artist1/album1"), False)]


def test_nv3_a_change_during_the_quiet_time_puts_the_one_scan_off(slow: Scene) -> None:
    slow.has("a.mp3")
    before = slow.last()
    with slow.stopped():
        slow.song("b.mp3")
    last = time.time()
    slow.song("c.mp3")
    slow.catches_up()

    [scan] = slow.scans(before)
    assert scan.created_at >= last + QUIET_S - 0.05


def test_nv4_a_change_in_the_top_directory_is_a_scan_of_that(slow: Scene) -> None:
    slow.knows()
    before = slow.last()
    song(slow.root / "top.mp3")
    slow.catches_up()

    assert slow.paths(before) == [("", False)]


def test_nv5_changes_in_two_libraries_are_one_scan_in_each(slow: Scene) -> None:
    slow.knows()
    before = slow.last()
    slow.song("a.mp3")
    book = slow.daemon.library / "Audiobooks" / "b.m4b"
    media.m4b(book.with_name(".b.m4b"), artist="Cal", album="Book", title="Book").rename(book)
    slow.catches_up()

    found = sorted((scan.root, scan.path) for scan in slow.scans(before))
    assert found == [("Audiobooks", ""), ("Music", slow.at())]


def test_nv6_what_an_ignore_file_hides_is_no_news_even_when_it_is_gone(slow: Scene) -> None:
    slow.has("rock/a.mp3")
    (slow.top / "rock" / ".ndignore").write_text("_TEMP\n")
    (slow.top / "rock" / "_TEMP" / "deep").mkdir(parents=True)
    slow.catches_up()
    before = slow.last()
    slow.song("rock/_TEMP/file.mp3")
    slow.song("rock/_TEMP/deep/file.mp3")
    slow.catches_up()
    shutil.rmtree(slow.top / "rock" / "_TEMP")
    slow.catches_up()

    assert slow.paths(before) == []
    assert slow.known() == {"rock", "rock/a.mp3"}


def test_nv7_nv8_jf3_what_is_gone_gives_a_scan_of_the_nearest_directory_that_is_there(
    slow: Scene,
) -> None:
    slow.has("artist1/album1/track1.mp3", "rock/a.mp3")
    slow.has("artist1/album1/gone/deep/b.mp3", "artist1/album1/track1.mp3", "rock/a.mp3")
    before = slow.last()
    with slow.stopped():
        shutil.rmtree(slow.top / "artist1" / "album1" / "gone")
        (slow.top / "rock" / "other_folder").mkdir()
        (slow.top / "rock" / "other_folder").rmdir()
    slow.catches_up()

    assert set(slow.paths(before)) == {(slow.at("artist1/album1"), False), (slow.at("rock"), False)}
    there = {"artist1", "artist1/album1", "artist1/album1/track1.mp3", "rock", "rock/a.mp3"}
    assert slow.known() == there


@pytest.mark.parametrize("path", ["artist1/album1", "artist1/album1/track1.mp3"])
def test_nv8_a_scan_of_a_file_is_one_of_its_directory(scene: Scene, path: str) -> None:
    scene.has("artist1/album1/track1.mp3", "artist1/other.mp3")

    ended = scene.ask(scene.top / path)

    assert (ended["state"], ended["result"]["directories"]) == ("completed", 1)


def test_nv9_hidden_names_and_those_of_systems_are_passed_over_but_not_an_ellipsis(
    scene: Scene,
) -> None:
    hidden = (".hidden.mp3", ".Hidden Album/x.mp3", ".DS_Store/x.mp3", ".git/x.mp3")
    system = (".streams/x.mp3", "$Recycle.Bin/x.mp3", "#snapshot/x.mp3")
    for path in (*hidden, *system, "...unhidden/x.mp3", "... and more.mp3"):
        scene.song(path)

    scene.knows("...unhidden", "...unhidden/x.mp3", "... and more.mp3")


def test_nv11_tags_that_were_rewritten_under_the_old_time_are_read(scene: Scene) -> None:
    path = scene.song("a.mp3", title="Before", album="Some")
    scene.knows("a.mp3")
    facts, item = path.stat(), scene.item("a.mp3")
    with scene.stopped():
        media.mp3(path, artist="Ann", album="Some", title="After!")
        os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (facts.st_size, facts.st_mtime_ns)

    scene.catches_up()
    assert scene.daemon.get(f"/v1/items/{scene.item('a.mp3')}")[1]["title"] == "After!"
    assert scene.item("a.mp3") == item


def test_nv12_nv16_a_deleted_file_is_missing_and_when_it_is_back_the_same_record(
    scene: Scene,
) -> None:
    scene.has("a.mp3", "b.mp3")
    item, row = scene.files()["a.mp3"].item, scene.files()["a.mp3"].row
    away = (scene.top / "a.mp3").rename(scene.daemon.top / "away.mp3")
    scene.knows("b.mp3")
    assert not scene.files()["a.mp3"].there
    assert scene.daemon.get(f"/v1/items/{item}")[1]["state"] == "missing"
    (scene.top / "elsewhere").mkdir()
    shutil.move(away, scene.top / "elsewhere" / "a.mp3")

    scene.knows("b.mp3", "elsewhere", "elsewhere/a.mp3")
    assert scene.files()["elsewhere/a.mp3"][:3] == (True, item, row)
    assert scene.daemon.get(f"/v1/items/{item}")[1]["state"] == "present"


def test_nv17_of_three_albums_the_deleted_one_is_missing_after_a_scan_of_their_parent(
    scene: Scene,
) -> None:
    albums = [f"artist/{album}/{name}.mp3" for album in "abc" for name in "12"]
    scene.has(*albums)
    with scene.stopped():
        shutil.rmtree(scene.top / "artist" / "b")
    scene.ask(scene.top / "artist")

    files = scene.files()
    assert sorted(path for path in albums if not files[path].there) == albums[2:4]


def test_nv18_a_scan_of_a_directory_reads_that_and_what_is_below_and_nothing_else(
    scene: Scene,
) -> None:
    scene.has("Artist/Album1/CD1/a.mp3", "Artist/Album2/b.mp3", "OtherArtist/X/c.mp3")

    directories = [
        scene.ask(scene.top / path, recursive=True)["result"]["directories"]
        for path in ("Artist/Album1", "OtherArtist", "Artist/Album2")
    ]

    assert directories == [2, 2, 1]
    assert scene.ask(scene.top / "Artist")["result"]["directories"] == 1


def test_nv19_a_scan_of_what_is_not_there_keeps_what_is_stored_and_is_no_error(
    scene: Scene,
) -> None:
    scene.has("gone/a.mp3", "stays/b.mp3")
    row = scene.files()["gone/a.mp3"].row
    shutil.rmtree(scene.top / "gone")

    assert scene.ask(scene.top / "gone", recursive=True)["state"] == "completed"

    scene.knows("stays", "stays/b.mp3")
    assert scene.files()["gone/a.mp3"][::2][:2] == (False, row)
    never = scene.daemon.post("/v1/operations", {"kind": "scan", "path": f"{scene.top}/never"})
    assert never[0] == 404


@pytest.fixture
def large(tmp_path: Path) -> Iterator[Scene]:
    settings = HASTE + "[scan]\ncheckpoint_directories = 1\ncheckpoint_s = 0\n"
    daemon = Running(tmp_path, settings)
    anchored(daemon)
    data = song(tmp_path / "small.mp3").read_bytes()[:1500]
    for number in range(MANY):
        directory = daemon.library / "Music" / "scene" / str(number)
        directory.mkdir(parents=True)
        (directory / "a.mp3").write_bytes(data + str(number).encode())
    with started(daemon):
        yield Scene(daemon)


def begun(scene: Scene, **options: bool) -> int:
    """Ask for a scan of the library and return its number as soon as it works."""
    asked = {"kind": "scan", "path": str(scene.top), **options}
    number = int(scene.daemon.post("/v1/operations", asked)[1]["id"])

    def working() -> bool:
        return bool(scene.daemon.get(f"/v1/operations/{number}")[1]["state"] == "running")

    eventually(working)
    return number


def test_nv20_a_full_scan_that_was_cancelled_goes_on_as_one_when_a_quick_one_is_asked_for(
    large: Scene,
) -> None:
    number = begun(large, recursive=True, full=True)
    large.daemon.request("DELETE", f"/v1/operations/{number}")
    assert large.ended(number)["state"] == "cancelled"

    ended = large.ask(large.top, recursive=True, quick=True)

    assert (ended["id"], ended["state"], ended["options"]["full"]) == (number, "completed", True)
    assert ended["result"]["directories"] == ended["progress"]["total"] == MANY + 3
    assert ended["result"]["read"] == MANY + 3


def test_nv20_a_full_scan_during_which_the_daemon_was_killed_goes_on_as_one(large: Scene) -> None:
    number = begun(large, recursive=True, full=True)
    large.daemon.kill()
    large.daemon.start()

    ended = large.ended(number)

    assert (ended["state"], ended["options"]["full"]) == ("completed", True)
    assert ended["result"]["directories"] == MANY + 3
    assert ended["result"]["read"] == MANY + 3


def test_nv21_after_a_quick_scan_that_was_cancelled_a_full_one_reads_everything(
    large: Scene,
) -> None:
    large.daemon.post("/v1/queue/pause", {})
    for number in range(MANY):
        song(large.top / "scene" / str(number) / "b.mp3")
    asked = {"kind": "scan", "path": str(large.top), "quick": True}
    number = int(large.daemon.post("/v1/operations", asked)[1]["id"])
    large.daemon.post("/v1/queue/resume", {})
    eventually(lambda: len(large.files()) > MANY + 3 + 10)
    large.daemon.request("DELETE", f"/v1/operations/{number}")
    assert large.ended(number)["state"] == "cancelled"
    large.catches_up()  # with what the events asked for

    ended = large.ask(large.top, recursive=True, full=True)

    assert (ended["state"], ended["id"] == number) == ("completed", False)
    assert ended["result"]["directories"] == MANY + 3
    assert ended["result"]["read"] == 2 * MANY + 4


def test_nv23_of_two_candidates_the_one_with_the_same_content_has_moved(scene: Scene) -> None:
    path = scene.song("old/a.mp3", **SAME, genre="x")
    scene.knows("old", "old/a.mp3")
    row = scene.files()["old/a.mp3"].row
    with scene.stopped():
        for directory in ("alike", "exact"):
            (scene.top / directory).mkdir()
        shutil.copyfile(path, scene.top / "exact" / "b.mp3")
        scene.song("alike/c.mp3", **SAME, genre="another")
        path.unlink()

    scene.knows("old", "alike", "alike/c.mp3", "exact", "exact/b.mp3")
    assert scene.files()["exact/b.mp3"].row == row
    assert "old/a.mp3" not in scene.files()


def test_nv24_what_could_be_either_of_two_files_stays_missing(scene: Scene) -> None:
    path = scene.song("old/a.mp3")
    scene.knows("old", "old/a.mp3")
    with scene.stopped():
        for directory in ("one", "two"):
            (scene.top / directory).mkdir()
            shutil.copyfile(path, scene.top / directory / f"{directory}.mp3")
        path.unlink()

    scene.knows("old", "one", "one/one.mp3", "two", "two/two.mp3")
    assert not scene.files()["old/a.mp3"].there


def test_nv24_what_is_like_none_of_the_new_files_stays_missing(scene: Scene) -> None:
    scene.has("old/a.mp3")
    with scene.stopped():
        scene.song("one/a.mp3")
        scene.song("two/a.mp3")
        (scene.top / "old" / "a.mp3").unlink()

    scene.knows("old", "one", "one/a.mp3", "two", "two/a.mp3")
    assert not scene.files()["old/a.mp3"].there


def test_nv25_one_new_file_is_taken_for_one_of_two_missing_ones(scene: Scene) -> None:
    path = scene.song("x/x.mp3")
    (scene.top / "y").mkdir()
    other = Path(shutil.copyfile(path, scene.top / "y" / "y.mp3"))
    scene.knows("x", "x/x.mp3", "y", "y/y.mp3")
    rows = {scene.files()[name].row for name in ("x/x.mp3", "y/y.mp3")}
    with scene.stopped():
        (scene.top / "z").mkdir()
        shutil.copyfile(path, scene.top / "z" / "z.mp3")
        path.unlink()
        other.unlink()

    scene.knows("x", "y", "z", "z/z.mp3")
    files = scene.files()
    assert {file.row for file in files.values()} == rows
    assert [path for path, file in files.items() if file.there] == ["z/z.mp3"]


def test_nv26_an_entry_that_cannot_be_looked_at_is_kept_and_its_neighbours_are_read(
    tmp_path: Path,
) -> None:
    daemon = Unprivileged(tmp_path, HASTE)
    anchored(daemon)
    with started(daemon):
        scene = Scene(daemon, "scene")
        scene.has("names only/a.mp3", "vanishes/b.mp3", "c.mp3")
        (scene.top / "names only").chmod(0o444)  # its entries can be listed, and no more
        try:
            with scene.stopped():
                shutil.rmtree(scene.top / "vanishes")
                scene.song("d.mp3")
            ended = scene.ask(scene.top, recursive=True)
            assert ended["state"] == "completed"
            scene.knows("names only", "names only/a.mp3", "c.mp3", "d.mp3")
        finally:
            (scene.top / "names only").chmod(0o755)


def links(scene: Scene) -> None:
    """Make links of every sort beside a song."""
    outside = song(scene.daemon.top / "outside" / "o.mp3")
    (scene.top / "notes.txt").write_text("Dear aunt,\n")
    for link, target in {
        "1.mp3": "song.mp3",
        "2.mp3": "1.mp3",
        "3.mp3": "2.mp3",
        "loop.mp3": "pool.mp3",
        "pool.mp3": "loop.mp3",
        "broken.mp3": "nothing.mp3",
        "out.mp3": str(outside),
        "text.mp3": "notes.txt",
    }.items():
        (scene.top / link).symlink_to(target)


def test_nv27_links_count_when_they_lead_to_a_media_file_of_a_library_in_the_end(
    scene: Scene,
) -> None:
    scene.song("song.mp3")
    links(scene)

    scene.knows("song.mp3", "1.mp3", "2.mp3", "3.mp3")


def test_nv27_where_links_are_to_be_skipped_none_counts(tmp_path: Path) -> None:
    settings = HASTE + '[scan]\nsymlinks = "skip"\n'
    with anchored_and_running(tmp_path, settings) as daemon:
        scene = Scene(daemon, "scene")
        scene.song("song.mp3")
        links(scene)

        scene.knows("song.mp3")


@pytest.mark.parametrize(("days", "kept"), [(0, False), (1, True)])
def test_nv28_what_is_missing_is_forgotten_by_a_cleanup_after_the_days_of_grace(
    tmp_path: Path,
    days: int,
    kept: bool,  # noqa: FBT001  # a case, not a switch
) -> None:
    settings = HASTE.replace("[missing]\n", f"[missing]\ngrace_days = {days}\n")
    with anchored_and_running(tmp_path, settings) as daemon:
        scene = Scene(daemon, "scene")
        scene.has("a.mp3", "b.mp3")
        (scene.top / "a.mp3").unlink()
        scene.knows("b.mp3")
        for options in ({}, {"full": True}):  # no scan forgets anything
            scene.ask(scene.top, **options)
        assert "a.mp3" in scene.files()
        daemon.stop()
        queue_cleanup(daemon)
        daemon.start()
        eventually(daemon.quiet)

        assert ("a.mp3" in scene.files()) is kept
        assert scene.known() == {"b.mp3"}


@pytest.mark.parametrize("text", ["", "# nothing but a comment\n\n"])
def test_nv29_an_ignore_file_that_says_nothing_hides_its_directory(scene: Scene, text: str) -> None:
    scene.has("seen/a.mp3", "hidden/b.mp3")
    (scene.top / "hidden" / ".ndignore").write_text(text)
    scene.song("hidden/below/c.mp3")

    scene.knows("seen", "seen/a.mp3", "hidden")
    (scene.top / "hidden" / ".ndignore").unlink()
    there = {"seen", "seen/a.mp3", "hidden", "hidden/b.mp3", "hidden/below", "hidden/below/c.mp3"}
    scene.knows(*there)
