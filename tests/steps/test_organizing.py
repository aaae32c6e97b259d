"""A library that is arranged anew: nothing is lost, a second time there is nothing to do, an undo gives all of it back."""

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import media
from household import Household
from shelfd.core.operations import Kind, Operation, State, Step
from shelfd.core.paths import Place, RelPath
from shelfd.store import journal, operations, queries, retries
from stopping import Killed, StoppingDisk
from trees import names, plant, tree

DIRECTORIES = {
    "music": (
        *("", "a", "Ann", "ann", "Ann/Some", "Ann/some", "Ann/Some/Disc 2", "x/CD1", "x/CD2"),
        *("x/CD2/Scans", "Bob - Al", "Ann/Al", "Ann/.hidden", "Ann/@eaDir"),
    ),
    "movies": (
        *("", "Heat (1995)", "heat.1995.1080p", "Alien (1979)", "flat", "flat/more"),
        *("Heat (1995)/Trailers", "heat.1995.1080p/Subs", "Heat (1995)/CD1"),
        "heat.1995.1080p/Sample",
    ),
    "shows": (
        *("", "Show", "show (2010)", "Show/Season 1", "Show/Season 01", "Show/Specials"),
        *("Show/Season 1/Subs", "Show.S02.1080p", "Other Show (2001)/S01", "Show/Extras"),
    ),
}
NAMES = {
    "music": (
        *("1.mp3", "01 One.mp3", "02 Two.mp3", "Two.mp3", "x.mp3", "cover.jpg", "notes.txt"),
        *(".DS_Store", "album.nfo", "x.cue", "x.lrc", "booklet.pdf"),
    ),
    "movies": (
        *("Heat (1995).mkv", "heat.1995.1080p.mkv", "Alien (1979).mkv", "movie.mkv", "1.mkv"),
        *("Heat (1995).en.srt", "heat.1995.1080p.srt", "en.srt", "poster.jpg", "movie.nfo"),
        *("readme.txt", "trailer.mkv", "Heat (1995)-trailer.mkv", "Thumbs.db", "heat-sample.mkv"),
    ),
    "shows": (
        *("Show S01E01.mkv", "show.1x02.mkv", "Show (2010) S01E02.mkv", "e03.mkv", "S02E01.mkv"),
        *("Show S01E01.en.srt", "tvshow.nfo", "poster.jpg", "Other.Show.2001.S01E05.mkv"),
        *("S00E01.mkv", "season01-poster.jpg", "list.m3u"),
    ),
}


def songs() -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries(
        {"title": st.sampled_from(["One", "Two"]), "track": st.sampled_from(["1", "2"])},
        optional={
            "artist": st.sampled_from(["Ann", "ANN", "Bob"]),
            "album": st.sampled_from(["Some", "Al", "Some (Disc 2)"]),
        },
    )


@st.composite
def libraries(draw: st.DrawFn) -> tuple[str, dict[str, dict[str, str]]]:
    """A kind, and files with the tags of those that are songs."""
    kind = draw(st.sampled_from(sorted(NAMES)))
    path = st.tuples(st.sampled_from(DIRECTORIES[kind]), st.sampled_from(NAMES[kind]))
    found = draw(st.dictionaries(path.map(lambda parts: "/".join(filter(None, parts))), songs()))
    return kind, found


def write(path: Path, tags: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    match path.suffix:
        case ".mp3":
            media.mp3(path, comment=str(path), **tags)
        case ".mkv":
            media.mkv(path, comment=str(path))
        case _:
            path.write_text(str(path))


def contents(top: Path) -> Counter[str]:
    return Counter(
        hashlib.sha256(Path(directory, name).read_bytes()).hexdigest()
        for directory, _below, files in os.walk(top)
        for name in files
    )


def organize(household: Household, kind: str, path: bytes = b"", **options: object) -> Operation:
    place = Place(kind, RelPath(path))
    return household.ask(Kind.IMPORT, Step.PLAN, place, organize=True, **options)


def undo(household: Household, number: int) -> Operation:
    place = household.operation(number).place
    return household.ask(Kind.UNDO, Step.UNDO, place, operation=number, organize=True)


def result(operation: Operation) -> dict[str, object]:
    assert operation.result is not None, operation.error
    return dict(operation.result)


def reasons(operation: Operation) -> str:
    return str(result(operation)["stays"])


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(libraries())
def test_nothing_is_lost_a_second_time_nothing_moves_and_an_undo_gives_it_all_back(
    library: tuple[str, dict[str, dict[str, str]]],
) -> None:
    kind, files = library
    with tempfile.TemporaryDirectory() as directory:
        household = Household(Path(directory))
        top = household.library / kind
        for path, tags in files.items():
            write(top / path, tags)
        household.look()
        before, there = tree(top), contents(top)

        done = organize(household, kind)
        again = organize(household, kind, dry_run=True)

        assert done.state is State.COMPLETED, done.error
        assert contents(top) == there
        assert (result(again)["moves"], household.open_steps()) == (0, 0), tree(top)
        assert household.scan(kind, recursive=True).result == result(household.scan(kind)) | {
            "directories": result(household.scan(kind, recursive=True))["directories"]
        }
        if result(done)["moves"]:
            assert undo(household, done.id).state is State.COMPLETED
        assert tree(top) == before
        household.close()


def song(path: Path, title: str, track: int, album: str = "Some", artist: str = "Ann") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    media.mp3(path, title=title, track=str(track), album=album, artist=artist, comment=str(path))


def untidy(music: Path) -> None:
    """Two albums in one directory each, one of them with what nobody understands, and a loose song."""
    song(music / "Ann - Some" / "one.mp3", "One", 1)
    song(music / "Ann - Some" / "two.mp3", "Two", 2)
    plant(music / "Ann - Some", {"cover.jpg": b"c", "odd.bin": b"o", ".DS_Store": b"d"})
    song(music / "bob" / "x" / "1.mp3", "Three", 1, "Night", "Bob")
    song(music / "four.mp3", "Four", 4)


TIDY = [
    "Ann/Some/01 One.mp3",
    "Ann/Some/02 Two.mp3",
    "Ann/Some/04 Four.mp3",
    "Ann/Some/cover.jpg",
    "Ann/Some/odd.bin",
    "Bob/Night/01 Three.mp3",
]


@pytest.fixture
def household(tmp_path: Path) -> Household:
    return Household(tmp_path)


def items(household: Household) -> list[tuple[int, str, str, float]]:
    found = queries.items(household.db.read(), kind=None, after=0, limit=100)
    return [(item.id, item.kind, item.title, item.added_at) for item in found]


def test_the_catalog_follows_what_is_organized_and_nothing_is_new_or_missing(
    household: Household,
) -> None:
    music = household.library / "music"
    untidy(music)
    household.look()
    before, known = tree(music), items(household)
    read = household.reader.count
    household.clock.now += 1000

    done = organize(household, "music")

    assert names(music) == TIDY
    assert items(household) == known
    assert household.reader.count == read
    assert (music / "Ann" / "Some" / ".DS_Store").exists()
    assert {key: result(done)[key] for key in ("moves", "files", "right", "left", "parts")} == {
        "moves": 3,
        "files": 7,
        "right": 0,
        "left": 0,
        "parts": 3,
    }
    scanned = result(household.scan("music", recursive=True))
    assert [scanned[word] for word in ("added", "changed", "moved", "missing")] == [0, 0, 0, 0]

    assert undo(household, done.id).state is State.COMPLETED
    assert tree(music) == before
    assert items(household) == known
    assert names(music)  # and once more, as if nothing had been
    assert result(organize(household, "music"))["moves"] == 3
    assert names(music) == TIDY


def test_a_dry_run_changes_nothing_and_tells_each_file(household: Household) -> None:
    music = household.library / "music"
    untidy(music)
    before = tree(music)

    done = organize(household, "music", dry_run=True)

    [part] = operations.page(household.db.read(), parent=done.id)
    told: Any = result(part)["items"]
    moves = {move["source"]: move["target"] for one in told for move in one["moves"]}
    assert tree(music) == before
    assert sorted(moves.values()) == sorted([*TIDY, "Ann/Some/.DS_Store"])
    assert moves["four.mp3"] == "Ann/Some/04 Four.mp3"
    assert household.open_steps() == 0


def test_what_is_unsure_or_in_the_way_stays_whole_and_says_why(household: Household) -> None:
    music = household.library / "music"
    song(music / "Ann" / "Some" / "01 One.mp3", "One", 1)
    song(music / "copy" / "1.mp3", "One", 1)
    song(music / "copy" / "2.mp3", "Two", 2)
    song(music / "half" / "1.mp3", "A", 1, "Half")
    media.mp3(music / "half" / "what.mp3")
    plant(music, {"notes.txt": b"n", "papers": {"a.txt": b"a"}, "linked": {}})
    song(music / "linked" / "1.mp3", "B", 1, "Linked")
    (music / "linked" / "more").symlink_to("../papers")
    before = tree(music)

    done = organize(household, "music")

    assert tree(music) == before
    assert (result(done)["moves"], result(done)["right"], result(done)["left"]) == (0, 1, 3)
    assert "something else is already at Ann/Some/01 One.mp3" in reasons(done)
    assert "half/what.mp3: not sure enough" in reasons(done)
    assert "a symbolic link lies in it" in reasons(done)


def test_names_that_would_be_swapped_stay_and_chains_move_in_order(household: Household) -> None:
    music = household.library / "music"
    song(music / "Ann" / "Some" / "01 One.mp3", "Two", 2)
    song(music / "Ann" / "Some" / "02 Two.mp3", "One", 1)
    song(music / "Bob" / "Night" / "01 A.mp3", "B", 2, "Night", "Bob")
    song(music / "Bob" / "Night" / "02 B.mp3", "C", 3, "Night", "Bob")
    there = contents(music)

    done = organize(household, "music")

    assert contents(music) == there
    assert "would have to swap their names" in reasons(done)
    assert names(music / "Bob" / "Night") == ["02 B.mp3", "03 C.mp3"]
    assert names(music / "Ann" / "Some") == ["01 One.mp3", "02 Two.mp3"]


def test_a_directory_that_is_only_spelled_otherwise_is_renamed(household: Household) -> None:
    music = household.library / "music"
    song(music / "ANN" / "some" / "01 one.mp3", "One", 1)

    organize(household, "music")

    assert names(music) == ["Ann/Some/01 One.mp3"]
    assert os.listdir(music / "Ann") == ["Some"]
    assert not (music / "ANN").exists()


def test_a_show_moves_with_all_that_belongs_to_it(household: Household) -> None:
    shows = household.library / "shows"
    for number in (1, 2):
        write(shows / "the show 2010" / "season 1" / f"the.show.s01e0{number}.720p.mkv", {})
    plant(
        shows / "the show 2010",
        {
            "tvshow.nfo": b"<tvshow><title>The Show</title><year>2010</year></tvshow>",
            "poster.jpg": b"p",
            "season 1": {"the.show.s01e01.720p.en.srt": b"s"},
        },
    )

    organize(household, "shows")

    assert names(shows) == [
        "The Show (2010)/Season 01/The Show (2010) S01E01.en.srt",
        "The Show (2010)/Season 01/The Show (2010) S01E01.mkv",
        "The Show (2010)/Season 01/The Show (2010) S01E02.mkv",
        "The Show (2010)/poster.jpg",
        "The Show (2010)/tvshow.nfo",
    ]


def test_only_what_lies_in_the_directory_that_was_named_is_arranged(household: Household) -> None:
    music = household.library / "music"
    untidy(music)

    organize(household, "music", b"bob")

    assert "Bob/Night/01 Three.mp3" in names(music)
    assert "Ann - Some/one.mp3" in names(music)
    assert "four.mp3" in names(music)


def test_names_that_a_torrent_has_of_its_files_too_are_only_renamed(household: Household) -> None:
    music = household.library / "music"
    untidy(music)
    (household.top / "seeding").mkdir()
    seeding = household.top / "seeding" / "one.mp3"
    os.link(music / "Ann - Some" / "one.mp3", seeding)
    facts = seeding.stat()

    organize(household, "music")

    now = (music / "Ann" / "Some" / "01 One.mp3").stat()
    assert (now.st_ino, now.st_nlink, now.st_mtime_ns) == (facts.st_ino, 2, facts.st_mtime_ns)


def test_what_fails_in_one_item_keeps_no_other_from_being_moved(household: Household) -> None:
    music = household.library / "music"
    untidy(music)
    household.look()
    household.stop_after(3)
    planned = organize(household, "music")  # the parts wait
    assert planned.state is State.QUEUED
    plant(music, {"Bob": {"Night": {"01 Three.mp3": b"somebody was faster"}}})
    household.close()
    household.open()
    household.work()

    done = household.operation(planned.id)

    assert done.state is State.FAILED
    assert (result(done)["completed"], result(done)["failed"]) == (2, 1)
    assert names(music) == [*TIDY, "bob/x/1.mp3"]
    failed = operations.page(household.db.read(), parent=done.id, state=State.FAILED)
    assert [part.error["code"] for part in failed if part.error] == ["target_exists"]

    (music / "Bob" / "Night" / "01 Three.mp3").unlink()
    with household.db.transaction() as tx:
        for one in (*failed, done):  # as `shelfd retry` does
            journal.forget(tx, one.id)
            retries.again(tx, one, household.clock.now)
    household.work()

    again = household.operation(planned.id)
    assert (again.state, result(again)["completed"]) == (State.COMPLETED, 3)
    assert names(music) == TIDY


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A household that knows an untidy library, to be copied for each test."""
    top = tmp_path_factory.mktemp("made")
    household = Household(top)
    untidy(household.library / "music")
    household.look()
    household.close()
    return top


@pytest.mark.timeout(300)
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_each_change_of_files_it_is_finished_after_the_restart(
    when: str, made: Path, tmp_path: Path
) -> None:
    disk = StoppingDisk()
    counted = copied(made, tmp_path / "counted", disk)
    there, known = contents(counted.library / "music"), items(counted)
    organize(counted, "music")
    counted.close()
    assert disk.count > 20

    for at in range(1, disk.count + 1):
        top = tmp_path / str(at)
        household = copied(made, top, StoppingDisk(at, after=when == "after"))
        with contextlib.suppress(Killed):
            organize(household, "music")
        household.close()
        household = Household(top)
        household.work()
        assert names(household.library / "music") == TIDY, at
        assert contents(household.library / "music") == there, at
        assert (household.open_steps(), items(household)) == (0, known), at
        household.close()
        shutil.rmtree(top)


def copied(made: Path, top: Path, disk: StoppingDisk) -> Household:
    shutil.copytree(made, top, symlinks=True)
    household = Household(top, disk=disk)
    household.look()
    disk.count = 0
    return household
