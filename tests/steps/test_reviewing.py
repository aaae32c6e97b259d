"""What shelfd is not sure of waits, is decided, and is never guessed again."""

import errno
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

import media
from household import Household
from shelfd.core import roots
from shelfd.core.identity import Decision
from shelfd.core.operations import Kind, Operation, State, Step
from shelfd.core.pinned import Pin
from shelfd.core.settings import Mode
from shelfd.edges.disk import Disk
from shelfd.store import drops, events, pins, reviews
from shelfd.store.reviews import Review
from trees import names

DUNE = Decision(kind="movie", title="Dune", year=1984)
FILED = "movies/Dune (1984)/Dune (1984).mkv"


@pytest.fixture
def home(tmp_path: Path) -> Household:
    return Household(tmp_path)


def film(path: Path, number: int = 0) -> Path:
    """Write a video that differs from the others."""
    path.parent.mkdir(exist_ok=True)
    media.mkv(path)
    with path.open("ab") as file:
        file.write(b"\0" * number)
    return path


def open_reviews(home: Household) -> list[Review]:
    return reviews.page(home.db.read(), 100)


def state(home: Household, path: bytes) -> str:
    row = drops.one(home.db.read(), home.place(path))
    return "" if row is None else row.state


def decide(home: Household, decision: Decision, files: Sequence[int] = (0,)) -> Operation:
    """Decide of some files of the first review, and import it as the API does."""
    [found, *_rest] = open_reviews(home)
    kept = [
        Pin(
            fingerprint=found.question.files[number].fingerprint or 0,
            inside=b"" if found.drop.path == found.question.files[number].path else b"x",
            name="x",
            decision=decision,
            decided_at=home.clock.now,
        )
        for number in files
    ]
    with home.db.transaction() as tx:
        pins.put(tx, kept)
        home.pinning.keep(tx)
    place = home.place(found.drop.path)
    return home.ask(Kind.IMPORT, Step.PLAN, place, review=found.id)


def told(home: Household, name: str) -> list[str]:
    return [event.data for event in events.after(home.db.read(), 0) if event.event == name]


def test_an_unsure_file_waits_with_its_candidates_and_its_subtitles(home: Household) -> None:
    film(home.inbox / "Dune.mkv")
    (home.inbox / "Dune.en.srt").write_text("hello")
    home.settle()

    [found] = open_reviews(home)
    [asked] = home.imports()

    assert (found.drop.path, found.drop.state) == (b"Dune.mkv", "review")
    assert found.question.candidates[0].accepts == Decision(kind="movie", title="Dune")
    assert names(home.inbox) == ["Dune.en.srt", "Dune.mkv"]
    assert asked.state is State.COMPLETED
    assert (asked.result or {})["review"] == found.id
    assert len(told(home, "review")) == 1


def test_a_review_survives_a_restart_and_another_look(home: Household) -> None:
    film(home.inbox / "Dune.mkv")
    home.settle()
    before = open_reviews(home)

    home.close()
    home.open()
    home.settle()

    assert open_reviews(home) == before
    assert len(told(home, "review")) == 1


def test_a_review_that_is_judged_anew_as_it_is_keeps_its_id(home: Household) -> None:
    film(home.inbox / "Dune.mkv")
    home.settle()
    [before] = open_reviews(home)

    home.ask(Kind.SCAN, Step.LOOK, home.place(b""), again=True)
    home.clock.now += 20
    home.work()

    [after] = open_reviews(home)
    assert after.id == before.id
    assert len(home.imports()) == 2


def test_with_a_lower_bar_it_is_filed_when_it_is_judged_anew(home: Household) -> None:
    film(home.inbox / "Dune.mkv")
    home.settle()
    settings = home.current.settings
    home.current.settings = replace(settings, import_=replace(settings.import_, auto_accept=0.4))

    home.ask(Kind.SCAN, Step.LOOK, home.place(b""), again=True)
    home.clock.now += 20
    home.work()

    assert names(home.library) == ["movies/Dune/Dune.mkv"]
    assert open_reviews(home) == []


def test_a_review_closes_when_its_drop_goes(home: Household) -> None:
    film(home.inbox / "Dune.mkv")
    home.settle()
    (home.inbox / "Dune.mkv").unlink()
    home.settle()

    assert open_reviews(home) == []
    assert [data.count('"closed"') for data in told(home, "review")] == [0, 1]


def test_a_review_closes_when_its_drop_changes_and_comes_back_when_it_is_still_unsure(
    home: Household,
) -> None:
    film(home.inbox / "Dune.mkv")
    home.settle()
    [before] = open_reviews(home)

    film(home.inbox / "Dune.mkv", 3)
    home.look()
    assert open_reviews(home) == []
    home.clock.now += 20
    home.work()

    [after] = open_reviews(home)
    assert after.id > before.id


def test_an_unsure_file_holds_up_no_other(home: Household) -> None:
    film(home.inbox / "Two" / "Dune (1984).mkv")
    film(home.inbox / "Two" / "holiday.mkv", 5)
    (home.inbox / "Two" / "holiday.srt").write_text("hello")
    (home.inbox / "Two" / "Dune (1984).srt").write_text("hello")
    film(home.inbox / "Alien (1979).mkv", 9)

    home.settle()
    home.settle()

    assert names(home.library) == [
        "movies/Alien (1979)/Alien (1979).mkv",
        FILED,
        "movies/Dune (1984)/Dune (1984).srt",
    ]
    assert names(home.inbox) == ["Two/holiday.mkv", "Two/holiday.srt"]
    [found] = open_reviews(home)
    assert [file.path for file in found.question.files] == [b"Two/holiday.mkv"]


@pytest.mark.parametrize("mode", ["hardlink", "copy", "symlink"])
def test_where_files_are_kept_the_unsure_one_waits_beside_those_that_are_filed(
    tmp_path: Path, mode: Mode
) -> None:
    home = Household(tmp_path, mode=mode, after="keep")
    film(home.inbox / "Two" / "Dune (1984).mkv")
    film(home.inbox / "Two" / "holiday.mkv", 5)
    for _ in range(3):
        home.settle()
    count = len(home.imports())
    [found] = open_reviews(home)

    for _ in range(3):
        home.settle()

    assert [file.path for file in found.question.files] == [b"Two/holiday.mkv"]
    assert open_reviews(home) == [found]
    assert len(home.imports()) == count
    assert names(home.library) == [FILED]


def test_where_files_are_kept_a_refused_one_is_refused_once(tmp_path: Path) -> None:
    home = Household(tmp_path, after="keep")
    film(home.inbox / "Two" / "Dune (1984).mkv")
    (home.inbox / "Two" / "bad.mp3").write_bytes(b"no music")
    for _ in range(3):
        home.settle()
    count = len(home.imports())

    for _ in range(3):
        home.settle()

    assert state(home, b"Two") == "refused"
    assert len(home.imports()) == count


def test_what_is_decided_is_filed_with_what_belongs_to_it(home: Household) -> None:
    film(home.inbox / "Dune.mkv")
    (home.inbox / "Dune.en.srt").write_text("hello")
    home.settle()

    done = decide(home, DUNE)

    assert done.state is State.COMPLETED
    assert names(home.library) == ["movies/Dune (1984)/Dune (1984).en.srt", FILED]
    assert names(home.inbox) == []
    assert open_reviews(home) == []
    assert [data.count('"closed"') for data in told(home, "review")] == [0, 1]


def test_the_same_content_is_never_guessed_again_whatever_it_is_called(home: Household) -> None:
    film(home.inbox / "Dune.mkv")
    home.settle()
    decide(home, DUNE)
    (home.library / FILED).unlink()

    film(home.inbox / "Some.Other.Film.2020.1080p.mkv")
    home.settle()

    assert names(home.library) == [FILED]
    assert open_reviews(home) == []


def test_a_decision_outlives_the_database(home: Household, tmp_path: Path) -> None:
    film(home.inbox / "Dune.mkv")
    home.settle()
    decide(home, DUNE)
    home.close()
    for file in tmp_path.glob("shelfd.db*"):
        file.unlink()
    (home.library / FILED).unlink()

    home.open()
    film(home.inbox / "again.mkv")
    home.settle()

    assert names(home.library) == [FILED]


def test_a_file_of_decisions_with_a_damaged_line_is_set_aside_and_the_rest_is_read(
    home: Household, tmp_path: Path
) -> None:
    film(home.inbox / "Dune.mkv")
    home.settle()
    decide(home, DUNE)
    home.close()
    for file in tmp_path.glob("shelfd.db*"):
        file.unlink()
    kept = tmp_path / "decisions.jsonl"
    whole = kept.read_bytes()
    kept.write_bytes(b"what is this\n" + whole)

    home.open()

    assert kept.read_bytes() == whole
    assert (tmp_path / "decisions.jsonl.damaged-1").read_bytes() == b"what is this\n" + whole
    assert len(pins.of_all(home.db.read())) == 1


def test_what_a_database_has_forgotten_is_not_read_back(home: Household, tmp_path: Path) -> None:
    film(home.inbox / "Dune.mkv")
    home.settle()
    done = decide(home, DUNE)

    home.undo(done.id)
    home.close()
    home.open()

    assert pins.of_all(home.db.read()) == []
    assert (tmp_path / "decisions.jsonl").read_bytes() == b""


def test_after_an_undo_a_person_is_asked_again(home: Household) -> None:
    film(home.inbox / "Dune.mkv")
    home.settle()
    done = decide(home, DUNE)
    home.undo(done.id)
    assert state(home, b"Dune.mkv") == "held"

    again = home.ask(Kind.IMPORT, Step.PLAN, home.place(b"Dune.mkv"))

    assert again.state is State.FAILED
    assert (again.error or {})["code"] == "not_sure"
    [found] = open_reviews(home)
    assert f"shelfd review {found.id}" in (again.error or {})["hint"]


def test_what_is_skipped_stays_and_is_not_asked_about_again(home: Household) -> None:
    film(home.inbox / "Dune.mkv")
    home.settle()
    decide(home, Decision(skip=True))
    assert state(home, b"Dune.mkv") == "held"
    count = len(home.imports())

    home.settle()
    home.settle()

    assert len(home.imports()) == count
    assert open_reviews(home) == []


def test_what_is_skipped_stays_under_another_name_too(home: Household) -> None:
    film(home.inbox / "Dune.mkv")
    home.settle()
    decide(home, Decision(skip=True))
    (home.inbox / "Dune.mkv").rename(home.inbox / "other.mkv")
    home.settle()

    assert state(home, b"other.mkv") == "held"
    assert open_reviews(home) == []


def test_what_is_skipped_is_asked_about_when_it_changes_or_a_person_wants_it_filed(
    home: Household,
) -> None:
    film(home.inbox / "Dune.mkv")
    home.settle()
    decide(home, Decision(skip=True))

    home.ask(Kind.IMPORT, Step.PLAN, home.place(b"Dune.mkv"))
    assert len(open_reviews(home)) == 1

    decide(home, Decision(skip=True))
    film(home.inbox / "Dune.mkv", 7)
    home.settle()
    assert len(open_reviews(home)) == 1


def test_an_import_of_the_whole_inbox_asks_nothing_about_what_is_skipped(home: Household) -> None:
    film(home.inbox / "Dune.mkv")
    home.settle()
    decide(home, Decision(skip=True))

    done = home.ask(Kind.IMPORT, Step.PLAN, home.place(b""))

    assert done.state is State.COMPLETED
    assert open_reviews(home) == []
    assert state(home, b"Dune.mkv") == "held"


def test_a_dry_run_of_what_is_unsure_opens_nothing(home: Household) -> None:
    film(home.inbox / "Dune.mkv")

    done = home.ask(Kind.IMPORT, Step.PLAN, home.place(b"Dune.mkv"), dry_run=True)

    assert done.state is State.FAILED
    assert open_reviews(home) == []


def test_a_decision_that_leaves_the_episode_open_is_asked_about_again(home: Household) -> None:
    film(home.inbox / "Dark.mkv")
    home.settle()

    done = decide(home, Decision(kind="episode", title="Dark"))

    assert done.state is State.FAILED
    assert "but not its episodes" in (done.error or {})["message"]
    assert len(open_reviews(home)) == 1


def test_an_episode_goes_to_the_very_directories_of_its_show(home: Household) -> None:
    there = home.library / "shows" / "Drama" / "Dark (2017)" / "Staffel 1"
    there.mkdir(parents=True)
    film(there / "Dark S01E01.mkv", 1)
    home.look()
    film(home.inbox / "dark.s01e02.mkv", 2)
    film(home.inbox / "dark.s02e01.mkv", 3)

    home.settle()

    found = [name for name in names(home.library) if "E01" not in name or "S02" in name]
    assert found == [
        "shows/Drama/Dark (2017)/Season 02/Dark (2017) S02E01.mkv",
        "shows/Drama/Dark (2017)/Staffel 1/Dark (2017) S01E02.mkv",
    ]


def test_an_episode_that_could_be_of_two_shows_is_asked_about(home: Household) -> None:
    for year in (1978, 2004):
        there = home.library / "shows" / f"Battlestar Galactica ({year})" / "Season 01"
        there.mkdir(parents=True)
        film(there / f"Battlestar Galactica ({year}) S01E01.mkv", year)
    home.look()
    film(home.inbox / "Battlestar.Galactica.S01E02.mkv", 2)
    home.settle()

    [found] = open_reviews(home)
    years = {one.year for one in found.question.candidates if one.source == "library"}
    assert years == {1978, 2004}
    chosen = next(one for one in found.question.candidates if one.year == 2004)
    assert chosen.accepts is not None

    decide(home, chosen.accepts)

    path = "shows/Battlestar Galactica (2004)/Season 01/Battlestar Galactica (2004) S01E02.mkv"
    assert path in names(home.library)


def test_the_bar_of_a_decision_is_not_raised_by_the_library(home: Household) -> None:
    for year in (1978, 2004):
        there = home.library / "shows" / f"Dark ({year})" / "Season 01"
        there.mkdir(parents=True)
        film(there / f"Dark ({year}) S01E01.mkv", year)
    home.look()
    film(home.inbox / "Dark.S01E02.mkv", 2)
    home.settle()

    done = decide(home, Decision(kind="episode", title="Dark", year=2020))

    assert done.state is State.COMPLETED
    assert "shows/Dark (2020)/Season 01/Dark (2020) S01E02.mkv" in names(home.library)


def test_where_a_decision_cannot_be_carried_out_another_one_is_asked_for(home: Household) -> None:
    there = home.library / "movies" / "Dune (1984)"
    film(there / "Dune (1984).mkv", 9)
    film(home.inbox / "Dune.mkv")
    home.settle()

    done = decide(home, DUNE)
    assert done.state is State.FAILED
    assert "something else is already at" in (done.error or {})["message"]
    assert state(home, b"Dune.mkv") == "review"

    assert decide(home, replace(DUNE, edition="Extended")).state is State.COMPLETED
    assert "movies/Dune (1984)/Dune (1984) - Extended.mkv" in names(home.library)


class TwoMounts(Disk):
    """Renames nothing into the quarantine or out of it."""

    def rename(self, source: bytes, target: bytes) -> None:
        if (b"/away/" in source) != (b"/away/" in target):
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        super().rename(source, target)


def test_a_quarantine_on_another_disk_gets_a_verified_copy(tmp_path: Path) -> None:
    home = Household(tmp_path, disk=TwoMounts())
    away = quarantined(home)
    (home.inbox / "bad.mp3").write_bytes(b"no music")
    home.settle()

    assert names(away) == ["inbox/bad.mp3"]
    [done] = home.imports()
    assert (done.result or {})["quarantined"] == [f"{away}/inbox/bad.mp3"]
    assert not (home.inbox / "bad.mp3").exists()

    assert home.undo(done.id).state is State.COMPLETED
    assert names(away) == []
    assert (home.inbox / "bad.mp3").read_bytes() == b"no music"


def quarantined(home: Household) -> Path:
    """Name a quarantine in the settings, and return it."""
    away = home.top / "away"
    away.mkdir(exist_ok=True)
    settings = home.current.settings
    home.current.settings = replace(
        settings, import_=replace(settings.import_, quarantine=str(away))
    )
    home.current.roots = roots.of(home.current.settings)
    return away


def test_what_is_refused_is_moved_to_the_quarantine_and_back(home: Household) -> None:
    away = quarantined(home)
    (home.inbox / "bad.mp3").write_bytes(b"no music")
    (home.inbox / "bad.lrc").write_bytes(b"words")
    (home.inbox / "D").mkdir()
    (home.inbox / "D" / "x.mp3").write_bytes(b"no")
    home.settle()

    assert names(away) == ["inbox/D/x.mp3", "inbox/bad.lrc", "inbox/bad.mp3"]
    assert names(home.inbox) == []
    assert state(home, b"bad.mp3") == "quarantined"
    assert reviews.quarantined(home.db.read()) == 2
    [first, second] = home.imports()
    assert (first.state, second.state) == (State.COMPLETED, State.COMPLETED)
    assert home.open_steps() == 0

    home.undo(first.id)
    home.undo(second.id)

    assert names(away) == []
    assert names(home.inbox) == ["D/x.mp3", "bad.lrc", "bad.mp3"]
    assert (home.inbox / "bad.mp3").read_bytes() == b"no music"
    assert reviews.quarantined(home.db.read()) == 0


def test_a_second_file_of_the_same_name_finds_its_place(home: Household) -> None:
    away = quarantined(home)
    (home.inbox / "bad.mp3").write_bytes(b"no music")
    home.settle()
    (home.inbox / "bad.mp3").write_bytes(b"no music either")
    home.settle()

    second = home.imports()[-1].id
    assert names(away) == [f"inbox/{second}/bad.mp3", "inbox/bad.mp3"]
    assert (away / "inbox" / "bad.mp3").read_bytes() == b"no music"


def test_a_directory_that_is_called_as_a_file_in_the_quarantine_finds_its_place(
    home: Household,
) -> None:
    away = quarantined(home)
    (home.inbox / "bad.mp3").write_bytes(b"no music")
    home.settle()
    (home.inbox / "bad.mp3").mkdir()
    (home.inbox / "bad.mp3" / "x.mp3").write_bytes(b"no music either")
    home.settle()

    second = home.imports()[-1].id
    assert names(away) == [f"inbox/{second}/bad.mp3/x.mp3", "inbox/bad.mp3"]


def test_what_is_asked_about_or_is_to_stay_is_not_moved(home: Household) -> None:
    away = quarantined(home)
    film(home.inbox / "Dune.mkv")
    (home.inbox / "rar").mkdir()
    (home.inbox / "rar" / "x.rar").write_bytes(b"Rar!")
    (home.inbox / "rar" / "x.mp3").write_bytes(b"no music")
    home.settle()
    home.settle()

    assert names(away) == []
    assert names(home.inbox) == ["Dune.mkv", "rar/x.mp3", "rar/x.rar"]


def test_where_files_are_kept_for_others_nothing_is_moved(tmp_path: Path) -> None:
    home = Household(tmp_path, after="keep")
    away = quarantined(home)
    (home.inbox / "bad.mp3").write_bytes(b"no music")
    home.settle()

    assert names(away) == []
    assert state(home, b"bad.mp3") == "refused"


def test_without_its_directory_the_quarantine_takes_nothing(home: Household) -> None:
    quarantined(home).rmdir()
    (home.inbox / "bad.mp3").write_bytes(b"no music")
    home.settle()

    assert state(home, b"bad.mp3") == "refused"
    assert names(home.inbox) == ["bad.mp3"]


def test_nothing_goes_into_the_directory_on_which_the_quarantine_is_mounted_at_other_times(
    home: Household,
) -> None:
    away = quarantined(home)
    (home.inbox / "bad.mp3").write_bytes(b"no music")
    home.settle()
    away.rename(home.top / "unmounted")
    away.mkdir()
    (home.inbox / "worse.mp3").write_bytes(b"no music either")
    home.settle()

    assert names(away) == []
    assert names(home.inbox) == ["worse.mp3"]
    assert state(home, b"worse.mp3") == "refused"
    assert state(home, b"bad.mp3") == "quarantined"

    away.rmdir()
    (home.top / "unmounted").rename(away)
    (home.inbox / "worst.mp3").write_bytes(b"nor this")
    home.settle()

    assert names(away) == ["inbox/bad.mp3", "inbox/worst.mp3"]


def test_what_is_taken_out_of_the_quarantine_is_counted_no_longer(home: Household) -> None:
    away = quarantined(home)
    (home.inbox / "bad.mp3").write_bytes(b"no music")
    home.settle()
    (away / "inbox" / "bad.mp3").unlink()

    home.look()

    assert reviews.quarantined(home.db.read()) == 0


def test_a_file_that_was_mended_is_tried_again(home: Household) -> None:
    (home.inbox / "bad.mp3").write_bytes(b"no music")
    home.settle()
    assert reviews.quarantined(home.db.read()) == 1

    media.mp3(home.inbox / "bad.mp3", artist="Ann", album="Some", title="One", track="1")
    home.settle()

    assert names(home.library) == ["music/Ann/Some/01 One.mp3"]
    assert reviews.quarantined(home.db.read()) == 0


def test_a_file_that_was_mended_in_the_quarantine_is_tried_again_when_it_is_dropped(
    home: Household,
) -> None:
    away = quarantined(home)
    (home.inbox / "bad.mp3").write_bytes(b"no music")
    home.settle()
    mended = away / "inbox" / "bad.mp3"
    media.mp3(mended, artist="Ann", album="Some", title="One", track="1")

    mended.rename(home.inbox / "bad.mp3")
    home.settle()

    assert names(home.library) == ["music/Ann/Some/01 One.mp3"]
    assert reviews.quarantined(home.db.read()) == 0


def test_a_comic_of_a_series_in_the_library_is_filed_unasked(home: Household) -> None:
    shelf = home.library / "books" / "Ann Ink" / "Salt Road #1"
    shelf.mkdir(parents=True)
    media.cbz(shelf / "Salt Road #1.cbz")
    home.scan("books", recursive=True)
    media.cbz(home.inbox / "Salt Road 003 (2020).cbz")
    media.cbz(home.inbox / "Other Road 003 (2020).cbz")
    home.settle()

    assert "books/Salt Road #3/Salt Road #3.cbz" in names(home.library)
    assert [review.drop.path for review in open_reviews(home)] == [b"Other Road 003 (2020).cbz"]
