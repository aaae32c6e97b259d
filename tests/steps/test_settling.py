"""An item of an inbox is taken when it is whole, not before, and it always says why it waits."""

import os
from pathlib import Path

import pytest

import media
from household import Household
from shelfd.core.operations import Kind, State, Step
from shelfd.store import drops
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
    assert reason(home, b"one.mp3") == ("settling", "it grew by 1000 bytes in the last 6 s")

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

    assert state == "refused"
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
