"""An item of an inbox is taken when it is whole, not before, and it always says why it waits."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

import media
from household import Household
from inline import Calm
from shelfd.app import calendar
from shelfd.core.operations import Asker, Kind, State, Step, Wish
from shelfd.core.paths import Place, RelPath
from shelfd.core.settled import UNREADABLE_S
from shelfd.edges import directories
from shelfd.steps.look import Look
from shelfd.store import claims, drops, holds, operations, queries
from trees import names, plant


@pytest.fixture
def home(tmp_path: Path) -> Household:
    return Household(tmp_path)


def reason(home: Household, path: bytes) -> tuple[str, str]:
    drop = drops.one(home.db.read(), home.place(path))
    assert drop is not None
    return drop.state, drop.reason


def song(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    media.mp3(path, artist="Ann", album="Some", title="One", track="1")


def test_nothing_is_taken_at_first_sight(home: Household) -> None:
    song(home.inbox / "one.mp3")

    home.look()

    assert names(home.library) == []
    assert reason(home, b"one.mp3") == ("settling", "it has just appeared")


def test_what_stays_unchanged_for_the_quiet_time_is_filed(home: Household) -> None:
    song(home.inbox / "one.mp3")

    home.settle()

    assert names(home.library) == ["music/Ann/Some/01 One.mp3"]
    assert names(home.inbox) == []


def test_a_file_that_grows_is_waited_for_however_long_it_takes(home: Household) -> None:
    path = home.inbox / "one.mp3"
    song(path)
    home.look()
    for _ in range(200):
        with path.open("ab") as file:
            file.write(b"\0" * 1000)
        home.clock.now += 6
        home.work()
    assert names(home.library) == []
    assert reason(home, b"one.mp3") == ("settling", "one.mp3 grew 1000 bytes in the last 6 s")

    home.clock.now += 20
    home.work()

    assert names(home.library) == ["music/Ann/Some/01 One.mp3"]


def test_a_directory_is_waited_for_as_a_whole(home: Household) -> None:
    song(home.inbox / "Album" / "1.mp3")
    home.look()
    home.clock.now += 8
    media.mp3(home.inbox / "Album" / "2.mp3", artist="Ann", album="Some", title="Two", track="2")
    home.work()
    assert names(home.library) == []
    home.clock.now += 8
    home.work()
    assert names(home.library) == []

    home.clock.now += 12
    home.work()

    assert names(home.library) == ["music/Ann/Some/01 One.mp3", "music/Ann/Some/02 Two.mp3"]
    assert len(home.imports()) == 1


def test_a_partial_download_beside_it_holds_it_back(home: Household) -> None:
    song(home.inbox / "one.mp3")
    plant(home.inbox, {"one.mp3.part": b"x"})
    home.settle()
    assert names(home.library) == []
    assert reason(home, b"one.mp3") == (
        "settling",
        "one.mp3.part: a program is still writing this",
    )

    (home.inbox / "one.mp3.part").unlink()
    home.clock.now += 300
    home.work()

    assert names(home.library) == ["music/Ann/Some/01 One.mp3"]


def test_a_file_that_is_open_for_writing_is_not_taken(home: Household) -> None:
    song(home.inbox / "one.mp3")
    with (home.inbox / "one.mp3").open("ab"):
        home.settle()
        assert reason(home, b"one.mp3") == (
            "settling",
            "one.mp3: a process has it open for writing",
        )
    home.clock.now += 300
    home.work()

    assert names(home.library) == ["music/Ann/Some/01 One.mp3"]


def test_an_empty_file_is_refused_until_it_is_filled(home: Household) -> None:
    plant(home.inbox, {"one.mp3": b""})
    home.settle()
    assert reason(home, b"one.mp3") == ("refused", "one.mp3: it is empty (0 bytes)")

    song(home.inbox / "one.mp3")
    home.settle()

    assert names(home.library) == ["music/Ann/Some/01 One.mp3"]


def test_a_file_whose_space_is_only_reserved_is_waited_for(home: Household) -> None:
    with (home.inbox / "Film.2020.mkv").open("wb") as file:
        file.write(b"begin")
        file.truncate(5_000_000)
    home.settle()

    state, why = reason(home, b"Film.2020.mkv")

    assert state == "settling"
    assert "were never written" in why


def test_text_named_like_music_stays_and_says_why(home: Household) -> None:
    plant(home.inbox, {"one.mp3": b"Dear aunt,\n"})
    home.settle()

    state, why = reason(home, b"one.mp3")

    assert state == "refused"
    assert why.startswith("one.mp3: it cannot be read")
    assert [operation.state for operation in home.imports()] == [State.FAILED]


def test_what_was_refused_is_not_tried_again_until_it_changes(home: Household) -> None:
    plant(home.inbox, {"one.mp3": b"Dear aunt,\n"})
    home.settle()
    home.ask(Kind.SCAN, Step.LOOK, home.place(b""))
    home.clock.now += 1000
    home.work()
    assert len(home.imports()) == 1

    song(home.inbox / "one.mp3")
    home.settle()

    assert names(home.library) == ["music/Ann/Some/01 One.mp3"]


def test_a_name_that_says_too_little_stays(home: Household) -> None:
    media.mkv(home.inbox / "holiday.mkv")
    home.settle()

    state, why = reason(home, b"holiday.mkv")

    assert state == "review"
    assert "not sure enough" in why


def test_hidden_names_and_those_of_the_system_are_passed_over(home: Household) -> None:
    for hidden in (".hidden.mp3", "@eaDir", "#recycle"):
        song(home.inbox / hidden / "one.mp3")
    home.settle()

    assert drops.of(home.db.read(), "inbox") == {}


def test_links_out_of_the_inbox_are_not_followed(home: Household, tmp_path: Path) -> None:
    song(tmp_path / "elsewhere.mp3")
    (home.inbox / "one.mp3").symlink_to(tmp_path / "elsewhere.mp3")
    home.settle()

    assert names(home.library) == []
    assert (tmp_path / "elsewhere.mp3").exists()


def test_a_pipe_in_the_inbox_stops_nobody(home: Household) -> None:
    os.mkfifo(home.inbox / "pipe.mp3")
    song(home.inbox / "one.mp3")
    home.settle()

    assert names(home.library) == ["music/Ann/Some/01 One.mp3"]


def test_a_name_that_is_no_text_is_filed_by_its_tags(home: Household) -> None:
    song(home.inbox / "one.mp3")
    os.rename(os.fsencode(home.inbox) + b"/one.mp3", os.fsencode(home.inbox) + b"/\xe9t\xe9.mp3")
    home.settle()

    assert names(home.library) == ["music/Ann/Some/01 One.mp3"]


def test_a_title_of_three_hundred_letters_fits(home: Household) -> None:
    media.mp3(home.inbox / "long.mp3", artist="Ann", album="Some", title="é" * 300, track="1")
    home.settle()

    [name] = names(home.library)
    assert len(os.path.basename(name).encode()) <= 255
    assert name.startswith("music/Ann/Some/01 éééé")
    assert name.endswith(".mp3")


def test_tags_cannot_lead_out_of_the_library(home: Household) -> None:
    media.mp3(home.inbox / "x.mp3", artist="../../..", album="/etc", title="../passwd", track="1")
    home.settle()

    assert all(".." not in name.split("/") for name in names(home.top))
    assert len(names(home.library) + names(home.inbox)) == 1


def test_what_a_person_asks_to_import_does_not_wait_for_the_quiet_time(home: Household) -> None:
    song(home.inbox / "one.mp3")

    operation = home.ask(Kind.IMPORT, Step.PLAN, home.place(b"one.mp3"))

    assert operation.state is State.COMPLETED
    assert names(home.library) == ["music/Ann/Some/01 One.mp3"]


def test_a_dry_run_shows_the_plan_and_changes_nothing(home: Household) -> None:
    song(home.inbox / "one.mp3")

    operation = home.ask(Kind.IMPORT, Step.PLAN, home.place(b"one.mp3"), dry_run=True)

    assert operation.state is State.COMPLETED
    assert operation.result is not None
    assert operation.result["files"] == [
        {
            "path": "one.mp3",
            "state": "file",
            "reason": "title and artist in the tags",
            "target": "Ann/Some/01 One.mp3",
        }
    ]
    assert names(home.inbox) == ["one.mp3"]
    assert names(home.library) == []


def test_an_inbox_that_is_mounted_later_is_found_by_itself(home: Household, tmp_path: Path) -> None:
    home.inbox.rename(tmp_path / "unmounted")
    home.look()
    song(tmp_path / "unmounted" / "one.mp3")
    (tmp_path / "unmounted").rename(home.inbox)

    for _ in range(4):
        home.clock.now += 70
        home.work()

    assert names(home.library) == ["music/Ann/Some/01 One.mp3"]


def test_a_clock_that_was_set_back_holds_nothing_up(home: Household) -> None:
    song(home.inbox / "one.mp3")
    home.look()
    home.clock.now -= 365 * 86_400
    home.close()
    home.open()

    home.settle()
    home.settle()

    assert names(home.library) == ["music/Ann/Some/01 One.mp3"]


@pytest.mark.parametrize("temporary", [".2.mp3.Ab12Cd", "2.mp3.part", ".syncthing.2.mp3.tmp"])
def test_a_temporary_file_in_a_directory_holds_it_back(home: Household, temporary: str) -> None:
    song(home.inbox / "Album" / "1.mp3")
    plant(home.inbox, {f"Album/{temporary}": b"half"})
    home.settle()
    assert names(home.library) == []

    (home.inbox / "Album" / temporary).unlink()
    home.settle()
    home.clock.now += 400
    home.work()

    assert names(home.library) == ["music/Ann/Some/01 One.mp3"]


def hear(home: Household, *entries: str) -> None:
    """Do what the watcher does of changes in these entries of the inbox, and all that follows now."""
    with home.db.transaction() as tx:
        for entry in entries:
            place = home.place(os.fsencode(entry))
            wish = Wish(
                kind=Kind.SCAN,
                step=Step.LOOK,
                place=place,
                display=home.current.roots.display(place),
                asker=Asker.WATCH,
            )
            operations.enqueue(tx, wish, home.clock.now)
    home.work()


def pass_time(home: Household, seconds: float, step: float = 5) -> None:
    """Let time pass with nothing but what shelfd itself has put off."""
    for _ in range(int(seconds / step)):
        home.clock.now += step
        home.work()


def track(path: Path, number: int) -> None:
    path.parent.mkdir(exist_ok=True)
    media.mp3(path, artist="Ann", album="Some", title=f"Song {number}", track=str(number))


ONE = ["music/Ann/Some/01 One.mp3"]


def test_peers_1_an_album_of_45_files_that_takes_three_minutes_is_one_import(
    home: Household,
) -> None:
    for number in range(1, 46):
        track(home.inbox / "Album" / f"{number:02}.mp3", number)
        hear(home, "Album")
        home.clock.now += 4
    assert names(home.library) == []
    assert reason(home, b"Album") == ("settling", "45.mp3 came in the last 4 s")

    pass_time(home, 15)

    assert len(names(home.library)) == 45
    assert len(home.imports()) == 1


def test_peers_2_a_copy_of_twelve_minutes_is_waited_for(home: Household) -> None:
    song(home.top / "one.mp3")
    content = (home.top / "one.mp3").read_bytes()
    half = len(content) // 144
    with (home.inbox / "one.mp3").open("wb") as file:
        for part in range(143):
            file.write(content[part * half : (part + 1) * half])
            file.flush()
            hear(home, "one.mp3")
            home.clock.now += 5
            assert names(home.library) == []
        file.write(content[143 * half :])
    hear(home, "one.mp3")
    pass_time(home, 10)

    assert names(home.library) == ONE


def test_peers_3_a_file_that_grows_under_one_time_is_waited_for(home: Household) -> None:
    song(home.inbox / "one.mp3")
    for _ in range(30):
        with (home.inbox / "one.mp3").open("ab") as file:
            file.write(b"\0" * 1024)
        os.utime(home.inbox / "one.mp3", ns=(1, 1))
        home.look()
        home.clock.now += 4
    assert reason(home, b"one.mp3") == ("settling", "one.mp3 grew 1 KiB in the last 4 s")
    assert names(home.library) == []

    pass_time(home, 10)

    assert names(home.library) == ONE


def test_peers_4_a_file_that_reserved_its_space_is_filed_when_it_is_filled(home: Household) -> None:
    song(home.top / "one.mp3")
    content = (home.top / "one.mp3").read_bytes() + b"\1" * 200_000
    with (home.inbox / "one.mp3").open("wb") as file:
        file.truncate(len(content))
    home.settle()
    assert "were never written" in reason(home, b"one.mp3")[1]
    pass_time(home, 3_600, 60)
    assert names(home.library) == []

    (home.inbox / "one.mp3").write_bytes(content)
    hear(home, "one.mp3")
    pass_time(home, 10)

    assert names(home.library) == ONE


def test_peers_5_what_is_linked_or_moved_in_needs_no_writer(home: Household) -> None:
    track(home.top / "linked.mp3", 1)
    track(home.top / "moved.mp3", 2)
    track(home.top / "away" / "3.mp3", 3)
    os.link(home.top / "linked.mp3", home.inbox / "linked.mp3")
    (home.top / "moved.mp3").rename(home.inbox / "moved.mp3")
    (home.top / "away").rename(home.inbox / "Album")
    hear(home, "linked.mp3", "moved.mp3", "Album")

    pass_time(home, 15)

    assert names(home.library) == [f"music/Ann/Some/0{n} Song {n}.mp3" for n in (1, 2, 3)]


@pytest.fixture
def public_home() -> Iterator[Household]:
    """A household that another user may see into."""
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)  # noqa: S103  # that is its purpose
        with closing(Household(Path(directory))) as home:
            yield home


@contextmanager
def without_privileges() -> Iterator[None]:
    """Let modes hold for this process, whoever runs it."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_peers_5_a_tree_that_nobody_may_read_yet_is_waited_for_and_stops_no_other(
    public_home: Household,
) -> None:
    home = public_home
    song(home.inbox / "Album" / "1.mp3")
    plant(home.inbox, {"Other/readme.txt": b"x"})
    (home.inbox / "Album").chmod(0)
    home.look()
    home.clock.now += 12
    with without_privileges():
        home.work()
    home.clock.now += 12
    with without_privileges():
        home.work()
    state, why = reason(home, b"Album")
    assert (state, why.endswith("Permission denied")) == ("settling", True)
    assert reason(home, b"Other")[0] == "refused"

    (home.inbox / "Album").chmod(0o700)
    pass_time(home, 60)

    assert names(home.library) == ONE


def test_peers_5_a_file_under_a_name_of_rsync_is_taken_when_it_has_its_own(
    home: Household,
) -> None:
    song(home.inbox / "Album" / ".1.mp3.Ab12Cd")
    hear(home, "Album")
    pass_time(home, 60)
    assert names(home.library) == []

    (home.inbox / "Album" / ".1.mp3.Ab12Cd").rename(home.inbox / "Album" / "1.mp3")
    hear(home, "Album")
    pass_time(home, 15)

    assert names(home.library) == ONE


def test_peers_8_a_directory_that_was_deleted_and_made_again_is_a_new_one(home: Household) -> None:
    song(home.inbox / "d" / "old.mp3")
    hear(home, "d")
    (home.inbox / "d" / "old.mp3").unlink()
    (home.inbox / "d").rmdir()
    (home.inbox / "d").mkdir()
    hear(home, "d")
    pass_time(home, 70)
    assert reason(home, b"d") == ("refused", "there is nothing in it")

    song(home.inbox / "d" / "x.mp3")
    hear(home, "d")
    pass_time(home, 15)

    assert names(home.library) == ONE


def test_pl1_a_file_is_taken_once_after_the_quiet_time_and_not_before(home: Household) -> None:
    song(home.inbox / "one.mp3")
    hear(home, "one.mp3")
    home.clock.now += 4.9
    home.work()
    assert names(home.library) == []

    home.clock.now += 0.2
    home.work()
    pass_time(home, 600, 60)

    assert names(home.library) == ONE
    assert len(home.imports()) == 1


@pytest.mark.parametrize("time_kept", [False, True])
def test_pl2_a_change_that_nobody_heard_of_starts_the_wait_anew(
    home: Household, *, time_kept: bool
) -> None:
    path = home.inbox / "one.mp3"
    song(path)
    before = path.stat()
    hear(home, "one.mp3")
    home.clock.now += 4.9
    with path.open("ab") as file:
        file.write(b"\0" * 100)
    if time_kept:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    home.clock.now += 0.2
    home.work()
    assert reason(home, b"one.mp3") == ("settling", "one.mp3 grew 100 bytes in the last 5 s")
    assert names(home.library) == []

    pass_time(home, 5)

    assert names(home.library) == ONE


def test_pl3_a_file_that_is_gone_at_the_next_look_is_forgotten(home: Household) -> None:
    song(home.inbox / "one.mp3")
    hear(home, "one.mp3")
    (home.inbox / "one.mp3").unlink()
    pass_time(home, 10)

    assert drops.of(home.db.read(), "inbox") == {}
    assert home.imports() == []


def test_pl4_each_of_two_files_has_its_own_time(home: Household) -> None:
    track(home.inbox / "1.mp3", 1)
    hear(home, "1.mp3")
    home.clock.now += 2.5
    track(home.inbox / "2.mp3", 2)
    hear(home, "2.mp3")

    home.clock.now += 2.5
    home.work()
    first = names(home.library)
    home.clock.now += 2.5
    home.work()

    assert first == ["music/Ann/Some/01 Song 1.mp3"]
    assert len(names(home.library)) == 2


def test_pl5_a_file_that_is_heard_of_twice_is_one(home: Household) -> None:
    song(home.inbox / "one.mp3")
    hear(home, "one.mp3", "one.mp3", "")

    assert list(drops.of(home.db.read(), "inbox")) == [b"one.mp3"]
    waiting = operations.page(home.db.read(), state=State.QUEUED)
    assert len(waiting) == 1


def test_pl6_a_file_in_a_hundred_small_writes_is_imported_once_after_the_last(
    home: Household,
) -> None:
    song(home.top / "one.mp3")
    content = (home.top / "one.mp3").read_bytes()
    for end in range(0, len(content), max(len(content) // 100, 1)):
        (home.inbox / "one.mp3").write_bytes(content[: end + 1])
        hear(home, "one.mp3")
        home.clock.now += 1
    (home.inbox / "one.mp3").write_bytes(content)
    hear(home, "one.mp3")
    pass_time(home, 10)

    assert names(home.library) == ONE
    assert len(home.imports()) == 1


def test_pl7_a_complete_file_that_is_renamed_into_the_inbox_is_imported(home: Household) -> None:
    song(home.top / "one.mp3")
    (home.top / "one.mp3").rename(home.inbox / "one.mp3")
    hear(home, "one.mp3")
    pass_time(home, 5)

    assert names(home.library) == ONE


def queue_import(home: Household) -> None:
    """Look until the import waits, and stop before it runs."""
    hear(home, "one.mp3")
    home.clock.now += 5
    home.runner.once()
    assert [operation.state for operation in home.imports()] == [State.QUEUED]


def test_pl8_what_is_queued_is_not_queued_again_when_it_is_touched(home: Household) -> None:
    song(home.inbox / "one.mp3")
    queue_import(home)
    os.utime(home.inbox / "one.mp3")
    home.ask(Kind.SCAN, Step.LOOK, home.place(b"one.mp3"))
    pass_time(home, 10)

    assert names(home.library) == ONE
    states = [operation.state for operation in home.imports()]
    assert states == [State.FAILED, State.COMPLETED]  # it had changed, and was waited for again


def test_pl9_a_name_that_vanished_from_the_queue_and_comes_again_is_new(home: Household) -> None:
    song(home.inbox / "one.mp3")
    queue_import(home)
    (home.inbox / "one.mp3").unlink()
    home.work()
    assert [operation.state for operation in home.imports()] == [State.FAILED]

    song(home.inbox / "one.mp3")
    hear(home, "one.mp3")
    pass_time(home, 10)

    assert names(home.library) == ONE


def test_pl10_a_file_for_which_no_event_came_is_found_by_the_next_look_at_all(
    home: Household,
) -> None:
    track(home.inbox / "1.mp3", 1)
    hear(home, "1.mp3")
    track(home.inbox / "2.mp3", 2)
    home.look()
    pass_time(home, 10)

    assert len(names(home.library)) == 2
    assert len(home.imports()) == 2


def test_pl13_what_lies_there_at_the_start_is_imported_once(home: Household) -> None:
    song(home.inbox / "one.mp3")
    home.close()
    home.open()
    home.look()
    hear(home, "one.mp3", "one.mp3")
    pass_time(home, 20)
    hear(home, "one.mp3")

    assert names(home.library) == ONE
    assert len(home.imports()) == 1


def test_ab1_a_minute_of_copying_several_files_is_one_import(home: Household) -> None:
    for number in range(1, 4):
        path = home.inbox / "Album" / f"{number}.mp3"
        track(path, number)
        for _ in range(5):
            with path.open("ab") as file:
                file.write(b"\0" * 100)
            hear(home, "Album")
            home.clock.now += 4
    pass_time(home, 15)

    assert len(names(home.library)) == 3
    assert len(home.imports()) == 1


def items(home: Household, kind: str) -> list[str]:
    found = queries.items(home.db.read(), kind=kind, after=0, limit=100)
    return [item.title for item in found]


@pytest.mark.parametrize("kept", [False, True], ids=["made again", "kept"])
def test_a_later_track_joins_its_album(home: Household, *, kept: bool) -> None:
    for number in (1, 2, 3):
        path = home.inbox / "Album" / f"{number:02}.flac"
        path.parent.mkdir(exist_ok=True)
        if kept:
            plant(home.inbox, {"Album/notes.xyz": b"stays"})
        media.flac(path, artist="Ann", album="Some", title=f"Song {number}", track=str(number))
        home.look()
        pass_time(home, 60)

    assert names(home.library) == [f"music/Ann/Some/0{n} Song {n}.flac" for n in (1, 2, 3)]
    assert items(home, "album") == ["Some"]
    assert len(items(home, "track")) == 3


def test_a_later_episode_joins_its_season(home: Household) -> None:
    for number in (1, 2):
        path = home.inbox / "A.Show.S01.1080p.WEB-GRP" / f"A.Show.S01E0{number}.1080p.WEB-GRP.mkv"
        path.parent.mkdir(exist_ok=True)
        media.mkv(path)
        hear(home, path.parent.name)
        pass_time(home, 60)

    assert [name.rpartition("/")[0] for name in names(home.library)] == [
        "shows/A Show/Season 01",
        "shows/A Show/Season 01",
    ]
    assert items(home, "show") == ["A Show"]
    assert len(items(home, "episode")) == 2
    assert names(home.inbox) == []


@pytest.mark.parametrize("marker", ["Album/.ready", "Album.ready", ".Album.ready"])
def test_a_sender_that_says_it_is_done_is_believed(home: Household, marker: str) -> None:
    song(home.inbox / "Album" / "1.mp3")
    plant(home.inbox, {marker: b""})
    hear(home, "Album")
    home.clock.now += 1
    home.work()

    assert names(home.library) == ONE
    assert names(home.inbox) == []
    assert not (home.inbox / "Album").exists()
    assert not (home.inbox / marker).exists()


def test_a_marker_beside_a_file_goes_with_it_and_comes_back_with_it(home: Household) -> None:
    song(home.inbox / "one.mp3")
    hear(home, "one.mp3")
    plant(home.inbox, {"one.mp3.ready": b""})
    hear(home, "one.mp3.ready")
    home.clock.now += 1
    home.work()
    assert names(home.library) == ONE
    assert names(home.inbox) == []

    home.undo(home.imports()[0].id)

    assert names(home.inbox) == ["one.mp3", "one.mp3.ready"]


def test_a_marker_that_comes_before_its_file_waits_for_it(home: Household) -> None:
    plant(home.inbox, {"one.mp3.ready": b""})
    home.settle()
    assert reason(home, b"one.mp3.ready")[0] == "refused"

    song(home.inbox / "one.mp3")
    hear(home, "one.mp3")
    pass_time(home, 5)

    assert names(home.library) == ONE
    assert names(home.inbox) == []


def test_with_keep_the_marker_stays_too(tmp_path: Path) -> None:
    home = Household(tmp_path, after="keep")
    song(home.inbox / "one.mp3")
    plant(home.inbox, {"one.mp3.ready": b""})
    home.settle()
    home.settle()

    assert names(home.inbox) == ["one.mp3", "one.mp3.ready"]
    assert len(home.imports()) == 1


def test_a_sender_that_says_it_is_done_and_writes_on_is_not_believed(home: Household) -> None:
    plant(home.inbox, {"Album/.ready": b""})
    song(home.inbox / "Album" / "1.mp3")
    plant(home.inbox, {"Album/2.mp3.part": b"x"})
    hear(home, "Album")
    pass_time(home, 10, 1)
    assert reason(home, b"Album")[1].endswith("2.mp3.part: a program is still writing this")

    (home.inbox / "Album" / "2.mp3.part").unlink()
    with (home.inbox / "Album" / "1.mp3").open("ab") as file:
        hear(home, "Album")
        pass_time(home, 10, 1)
        assert reason(home, b"Album")[1] == "1.mp3: a process has it open for writing"
        file.write(b"\0")
        file.flush()
        home.look()
        assert reason(home, b"Album")[1].startswith("1.mp3 grew 1 bytes")
    assert names(home.library) == []

    pass_time(home, 60)

    assert names(home.library) == ONE


def test_an_archive_that_is_being_unpacked_is_waited_for_twice_as_long(home: Household) -> None:
    plant(home.inbox, {"d/some.rar": b"R" * 9_000, "d/some.r00": b"r" * 9_000})
    track(home.inbox / "d" / "1.mp3", 1)
    hear(home, "d")
    pass_time(home, 15)
    assert reason(home, b"d")[0] == "settling"
    track(home.inbox / "d" / "2.mp3", 2)
    hear(home, "d")
    assert reason(home, b"d")[1] == "2.mp3 came in the last 15 s: it is being unpacked"
    plant(home.inbox, {"d/some.r01": b"r" * 9_000})
    hear(home, "d")
    assert reason(home, b"d")[1].endswith(": volumes of an archive are still coming")

    pass_time(home, 15)
    assert names(home.library) == []
    pass_time(home, 5)

    assert len(names(home.library)) == 2


@pytest.mark.parametrize(
    ("mark", "why"),
    [("_UNPACK_", "a program is unpacking into it"), ("_FAILED_", "unpacking it has failed")],
)
def test_a_directory_under_the_name_of_an_unpacker_is_waited_for(
    home: Household, mark: str, why: str
) -> None:
    song(home.inbox / f"{mark}Album" / "1.mp3")
    hear(home, f"{mark}Album")
    pass_time(home, 3_600, 60)
    assert reason(home, f"{mark}Album".encode()) == ("settling", f"{mark}Album: {why}")

    (home.inbox / f"{mark}Album").rename(home.inbox / "Album")
    hear(home, f"{mark}Album", "Album")
    pass_time(home, 10)

    assert names(home.library) == ONE


def half_a_film(home: Household) -> bytes:
    """Put a film whose index comes last into the inbox, without that; return all of it."""
    media.m4b(home.top / "whole.m4b", artist="Ann", album="Some", title="One", track="1/1")
    content = (home.top / "whole.m4b").read_bytes()
    (home.inbox / "Album").mkdir()
    (home.inbox / "Album" / "one.m4a").write_bytes(content[: content.index(b"moov") - 4])
    return content


def test_half_a_file_without_any_mark_is_waited_for_and_then_refused(home: Household) -> None:
    half_a_film(home)
    track(home.inbox / "Album" / "2.mp3", 2)
    hear(home, "Album")
    pass_time(home, UNREADABLE_S - 10)
    state, why = reason(home, b"Album")
    assert state == "settling"
    assert why.startswith("one.m4a: it cannot be read yet: ")
    assert names(home.library) == ["music/Ann/Some/02 Song 2.mp3"]
    tries = home.imports()
    assert {operation.state for operation in tries} == {State.COMPLETED}
    assert len(tries) < 12

    pass_time(home, 60)

    state, why = reason(home, b"Album")
    assert state == "refused"
    assert "one.m4a: it cannot be read: " in why


def test_half_a_file_that_becomes_whole_is_filed_with_the_others(home: Household) -> None:
    content = half_a_film(home)
    hear(home, "Album")
    pass_time(home, 120)
    (home.inbox / "Album" / "one.m4a").write_bytes(content)
    hear(home, "Album")
    pass_time(home, 10)

    assert len(names(home.library)) == 1
    assert names(home.inbox) == []


def test_half_a_book_is_waited_for(home: Household) -> None:
    media.epub(home.top / "book.epub", title="Emma", author="Jane Austen")
    content = (home.top / "book.epub").read_bytes()
    (home.inbox / "Emma.epub").write_bytes(content[: len(content) // 2])
    hear(home, "Emma.epub")
    pass_time(home, 60)
    assert reason(home, b"Emma.epub") == (
        "settling",
        "Emma.epub: it cannot be read yet: no EPUB in it",
    )

    (home.inbox / "Emma.epub").write_bytes(content)
    hear(home, "Emma.epub")
    pass_time(home, 10)

    assert [name.rpartition(".")[2] for name in names(home.library)] == ["epub"]


def test_who_asks_for_an_import_of_half_a_file_is_answered_at_once(home: Household) -> None:
    half_a_film(home)

    operation = home.ask(Kind.IMPORT, Step.PLAN, home.place(b"Album"))

    assert operation.state is State.FAILED
    assert reason(home, b"Album")[0] == "refused"


@pytest.mark.parametrize(("remote", "wait"), [(True, 30), (False, 5)])
def test_on_a_network_file_system_the_wait_is_longer(
    home: Household, wait: int, *, remote: bool
) -> None:
    song(home.inbox / "one.mp3")
    calendar.look_at_everything(home.base)
    with home.db.transaction() as tx:
        operation = claims.claim(tx, home.clock.now)
    assert operation is not None
    look = Look(home.base, directories, home.presence, home.watched.append, lambda _root: remote)
    look(operation, Calm())

    waiting = operations.page(home.db.read(), state=State.QUEUED)
    assert home.clock.now + wait in [operation.not_before for operation in waiting]


def hold(home: Household, root: str, path: bytes) -> int:
    with home.db.transaction() as tx:
        return holds.put(tx, Place(root, RelPath(path)), home.clock.now).id


def release(home: Household, number: int) -> None:
    with home.db.transaction() as tx:
        assert holds.release(tx, number) is not None
    home.look()


@pytest.mark.parametrize("held", [b"", b"Album", b"Album/CD1", b"Album/1.mp3"])
def test_what_is_held_is_not_taken_until_it_is_released(home: Household, held: bytes) -> None:
    number = hold(home, "inbox", held)
    song(home.inbox / "Album" / "1.mp3")
    hear(home, "Album")
    pass_time(home, 3_600, 60)
    state, why = reason(home, b"Album")
    assert (state, why.startswith("held since ")) == ("held", True)
    assert names(home.library) == []

    release(home, number)
    assert reason(home, b"Album") == ("settling", "it has just appeared")
    pass_time(home, 10)

    assert names(home.library) == ONE


def test_what_lies_beside_a_held_path_is_taken(home: Household) -> None:
    hold(home, "inbox", b"Album")
    hold(home, "inbox", b"one")
    song(home.inbox / "one.mp3")
    home.settle()

    assert names(home.library) == ONE


def test_an_import_that_waits_sees_the_hold_when_its_turn_comes(home: Household) -> None:
    song(home.inbox / "one.mp3")
    queue_import(home)
    number = hold(home, "inbox", b"one.mp3")
    home.work()
    assert names(home.library) == []
    assert reason(home, b"one.mp3")[0] == "held"
    assert [operation.state for operation in home.imports()] == [State.COMPLETED]
    hear(home, "one.mp3")
    assert reason(home, b"one.mp3")[0] == "held"

    release(home, number)
    pass_time(home, 5)

    assert names(home.library) == ONE


def test_who_asks_for_an_import_of_what_is_held_is_told_so(home: Household) -> None:
    song(home.inbox / "one.mp3")
    hold(home, "inbox", b"one.mp3")

    operation = home.ask(Kind.IMPORT, Step.PLAN, home.place(b"one.mp3"))

    assert operation.state is State.FAILED
    assert operation.error is not None
    assert operation.error["code"] == "held"
    assert names(home.library) == []


def test_what_would_be_filed_into_a_held_place_of_a_library_waits(home: Household) -> None:
    number = hold(home, "music", b"Ann")
    song(home.inbox / "one.mp3")
    home.settle()
    home.look()
    pass_time(home, 60)
    state, why = reason(home, b"one.mp3")
    assert (state, "music/Ann/Some/01 One.mp3: held since " in why) == ("held", True)
    assert names(home.library) == []
    assert {operation.state for operation in home.imports()} == {State.COMPLETED}

    release(home, number)
    pass_time(home, 5)

    assert names(home.library) == ONE


def test_a_hold_does_not_touch_what_was_dealt_with(home: Household) -> None:
    plant(home.inbox, {"letter.mp3": b"Dear aunt,\n"})
    song(home.inbox / "one.mp3")
    home.settle()
    home.undo(home.imports()[-1].id)
    before = reason(home, b"letter.mp3"), reason(home, b"one.mp3")
    number = hold(home, "inbox", b"")
    home.look()
    assert (reason(home, b"letter.mp3"), reason(home, b"one.mp3")) == before

    release(home, number)
    pass_time(home, 60)

    assert (reason(home, b"letter.mp3"), reason(home, b"one.mp3")) == before
    assert before[1][1].startswith("operation ")


def test_what_comes_anew_under_the_name_of_what_was_filed_is_held_too(home: Household) -> None:
    song(home.inbox / "one.mp3")
    home.settle()
    number = hold(home, "inbox", b"one.mp3")
    track(home.inbox / "one.mp3", 2)
    hear(home, "one.mp3")
    pass_time(home, 60)
    assert reason(home, b"one.mp3")[0] == "held"

    release(home, number)
    pass_time(home, 5)

    assert len(names(home.library)) == 2


def test_a_held_item_that_goes_away_is_forgotten(home: Household) -> None:
    hold(home, "inbox", b"")
    song(home.inbox / "one.mp3")
    hear(home, "one.mp3")
    (home.inbox / "one.mp3").unlink()
    hear(home, "one.mp3")

    assert drops.of(home.db.read(), "inbox") == {}
