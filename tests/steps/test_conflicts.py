"""What is dropped though its item is there already stays, is kept beside it, or takes its place; and all of it can be undone."""

import contextlib
import errno
import os
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

import pytest

import inline
import media
from household import Household
from shelfd.core.media import Reading
from shelfd.core.operations import State, Step
from shelfd.core.settings import Conflict, Import
from shelfd.edges import directories
from shelfd.edges.copier import Copier
from shelfd.edges.files import Files
from shelfd.steps.plan import Plan
from shelfd.store import drops
from stopping import Killed, StoppingDisk
from trees import Tree, names, plant, tree

WORSE, BETTER = "music/Ann/Some/01 One.mp3", "music/Ann/Some/01 One.flac"
TAGS = {"artist": "Ann", "album": "Some", "title": "One", "track": "1"}


def household(top: Path, policy: Conflict, disk: StoppingDisk | None = None) -> Household:
    top.mkdir(exist_ok=True)
    return Household(top, disk=disk, filing=Import(conflict=policy))


def with_song(home: Household) -> None:
    """Let a song with its text be in the library, as an MP3."""
    media.mp3(home.inbox / "one.mp3", **TAGS)
    plant(home.inbox, {"one.lrc": b"[00:00.00] la"})
    home.settle()
    assert names(home.library) == ["music/Ann/Some/01 One.lrc", WORSE]


def catalogued(home: Household) -> list[str]:
    query = "SELECT name FROM files WHERE missing_since IS NULL ORDER BY name"
    return [bytes(row[0]).decode() for row in home.db.read().execute(query)]


def test_by_default_a_better_one_stays_and_is_told_to_be_better(tmp_path: Path) -> None:
    home = household(tmp_path, "skip")
    with_song(home)
    media.flac(home.inbox / "one.flac", **TAGS)

    home.settle()

    assert names(home.inbox) == ["one.flac"]
    assert BETTER not in names(home.library)
    drop = drops.one(home.db.read(), home.place(b"one.flac"))
    assert drop is not None
    assert "it is there already as Ann/Some/01 One.mp3" in drop.reason
    assert "flac, which loses nothing instead of mp3, which loses some" in drop.reason
    assert 'import.conflict is "skip"' in drop.reason


def test_a_better_one_replaces_a_worse_one_with_what_belongs_to_it(tmp_path: Path) -> None:
    home = household(tmp_path, "replace-better")
    with_song(home)
    media.flac(home.inbox / "one.flac", **TAGS)

    home.settle()

    assert names(home.library) == [BETTER]
    assert names(home.inbox) == []
    assert catalogued(home) == ["01 One.flac"]
    [_first, second] = home.imports()
    trash = home.library / "music/.shelfd-trash" / str(second.id) / "Ann/Some"
    assert sorted(path.name for path in trash.iterdir()) == ["01 One.lrc", "01 One.mp3"]


def test_an_undo_brings_back_what_was_replaced_weeks_ago(tmp_path: Path) -> None:
    home = household(tmp_path, "replace-better")
    with_song(home)
    media.flac(home.inbox / "one.flac", **TAGS)
    before = {path: what for path, what in tree(tmp_path).items() if "shelfd.db" not in path}
    home.settle()
    [_first, second] = home.imports()
    home.clock.now += 21 * 86_400
    home.close()
    home.open()

    undone = home.undo(second.id)

    assert undone.state is State.COMPLETED, undone.error
    assert {
        path: what for path, what in tree(tmp_path).items() if "shelfd.db" not in path
    } == before
    assert catalogued(home) == ["01 One.mp3"]


def test_an_undo_is_refused_when_something_is_where_the_replaced_file_was(tmp_path: Path) -> None:
    home = household(tmp_path, "replace-better")
    with_song(home)
    media.flac(home.inbox / "one.flac", **TAGS)
    home.settle()
    [_first, second] = home.imports()
    plant(home.library, {WORSE: b"another"})
    before = tree(home.library)

    undone = home.undo(second.id)

    assert undone.error is not None
    assert "Ann/Some/01 One.mp3 is in the way" in undone.error["message"]
    assert tree(home.library) == before


def test_a_worse_one_replaces_nothing(tmp_path: Path) -> None:
    home = household(tmp_path, "replace-better")
    media.flac(home.inbox / "one.flac", **TAGS)
    home.settle()
    media.mp3(home.inbox / "one.mp3", **TAGS)

    home.settle()

    assert names(home.library) == [BETTER]
    assert names(home.inbox) == ["one.mp3"]


def test_what_cannot_be_read_any_more_is_replaced_under_its_own_name(tmp_path: Path) -> None:
    home = household(tmp_path, "replace-better")
    plant(home.library, {WORSE: b"no music any more"})
    media.mp3(home.inbox / "one.mp3", **TAGS)

    home.settle()

    assert names(home.library) == [WORSE]
    assert (home.library / WORSE).stat().st_size > 100
    assert names(home.inbox) == []
    assert catalogued(home) == ["01 One.mp3"]


def test_both_are_kept_and_players_take_the_film_for_a_version(tmp_path: Path) -> None:
    home = household(tmp_path, "keep-both")
    for seconds, name in (
        (1, "A.Film.2020.mkv"),
        (2, "A.Film.2020.2.mkv"),
        (3, "A.Film.2020.3.mkv"),
    ):
        (home.inbox / "d").mkdir()
        media.mkv(home.inbox / "d" / "A.Film.2020.1080p.mkv", seconds=seconds)
        plant(home.inbox / "d", {"A.Film.2020.1080p.en.srt": name.encode()})
        home.settle()

    films = "movies/A Film (2020)/"
    assert names(home.library) == [
        f"{films}A Film (2020) - 480p 2.en.srt",
        f"{films}A Film (2020) - 480p 2.mkv",
        f"{films}A Film (2020) - 480p.en.srt",
        f"{films}A Film (2020) - 480p.mkv",
        f"{films}A Film (2020).en.srt",
        f"{films}A Film (2020).mkv",
    ]
    assert names(home.inbox) == []


def test_both_are_kept_under_numbers_where_there_are_no_versions(tmp_path: Path) -> None:
    home = household(tmp_path, "keep-both")
    with_song(home)
    media.mp3(home.inbox / "one.mp3", **TAGS, genre="Other")

    home.settle()

    assert names(home.library) == [
        "music/Ann/Some/01 One (2).mp3",
        "music/Ann/Some/01 One.lrc",
        WORSE,
    ]


@pytest.mark.parametrize("policy", ["skip", "keep-both", "replace-better"])
def test_the_same_content_is_success_whatever_the_policy(tmp_path: Path, policy: Conflict) -> None:
    home = household(tmp_path, policy)
    with_song(home)
    (home.inbox / "again.mp3").write_bytes((home.library / WORSE).read_bytes())

    home.settle()

    assert home.imports()[-1].state is State.COMPLETED
    assert names(home.library) == ["music/Ann/Some/01 One.lrc", WORSE]
    assert names(home.inbox) == []


def test_a_book_in_another_format_is_no_conflict(tmp_path: Path) -> None:
    home = household(tmp_path, "skip")
    plant(home.library, {"books/Bea Writer/A Book/A Book.mobi": b"BOOKMOBI"})
    media.epub(home.inbox / "b.epub", title="A Book", author="Bea Writer")

    home.settle()

    assert "books/Bea Writer/A Book/A Book.epub" in names(home.library)


def test_killed_at_each_change_a_replacement_is_whole_or_did_not_happen(tmp_path: Path) -> None:
    disk = StoppingDisk()
    home = household(tmp_path / "counted", "replace-better", disk)
    with_song(home)
    media.flac(home.inbox / "one.flac", **TAGS)
    disk.count = 0
    home.settle()
    home.close()
    assert disk.count > 5

    for at in range(1, disk.count + 1):
        stopping = StoppingDisk()
        home = household(tmp_path / str(at), "replace-better", stopping)
        with_song(home)
        media.flac(home.inbox / "one.flac", **TAGS)
        stopping.count, stopping.at = 0, at
        with contextlib.suppress(Killed):
            home.settle()
        stopping.at = None
        home.open()
        home.settle()
        assert names(home.library) == [BETTER], at
        assert names(home.inbox) == [], at
        assert home.open_steps() == 0, at
        home.close()


def film(directory: Path, name: str, *, seconds: int = 1) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    return media.mkv(directory / name, seconds=seconds)


def settle(home: Household) -> None:
    """Let what was dropped settle, also a directory."""
    home.settle()
    home.clock.now += 20
    home.work()


def reasons(home: Household, drop: bytes) -> dict[str, str]:
    row = drops.one(home.db.read(), home.place(drop))
    assert row is not None
    return {verdict.path.decode(): verdict.reason for verdict in row.verdicts if verdict.reason}


def test_what_belongs_to_a_version_takes_its_name_wherever_it_lay(tmp_path: Path) -> None:
    home = household(tmp_path, "keep-both")
    film(home.inbox, "A.Film.2020.720p.mkv")
    plant(home.inbox, {"A.Film.2020.720p.en.srt": b"of the first"})
    settle(home)
    top = home.inbox / "A.Film.2020.1080p"
    film(top, "a.film.2020.1080p.mkv", seconds=2)
    film(top / "Featurettes", "Making Of.mkv")
    plant(
        top,
        {
            "Subs": {"2_English.srt": b"of the second", "3_English.srt": b"for the deaf too"},
            "poster.jpg": b"a picture",
        },
    )

    settle(home)

    films = "movies/A Film (2020)/"
    assert names(home.library) == [
        f"{films}A Film (2020) - 480p.2.en.srt",
        f"{films}A Film (2020) - 480p.en.srt",
        f"{films}A Film (2020) - 480p.mkv",
        f"{films}A Film (2020).en.srt",
        f"{films}A Film (2020).mkv",
        f"{films}Featurettes/Making Of.mkv",
        f"{films}poster.jpg",
    ]
    assert (home.library / films / "A Film (2020) - 480p.en.srt").read_bytes() == b"of the second"


def test_a_version_is_filed_once_though_its_drop_stays_and_gets_more(tmp_path: Path) -> None:
    filing = Import(conflict="keep-both")
    home = Household(tmp_path, after="keep", filing=filing)
    plant(home.library / "movies/A Film (2020)", {"A Film (2020).mkv": b"another"})
    top = home.inbox / "A.Film.2020.1080p"
    film(top, "a.film.2020.1080p.mkv")
    plant(top, {"Subs": {"2_English.srt": b"English"}})
    settle(home)
    plant(top / "Subs", {"German.srt": b"German", "3_English.srt": b"again"})

    settle(home)

    films = "movies/A Film (2020)/"
    assert names(home.library) == [
        f"{films}A Film (2020) - 480p.2.en.srt",
        f"{films}A Film (2020) - 480p.de.srt",
        f"{films}A Film (2020) - 480p.en.srt",
        f"{films}A Film (2020) - 480p.mkv",
        f"{films}A Film (2020).mkv",
    ]
    assert home.imports()[-1].state is State.COMPLETED


def test_subtitles_of_one_that_stays_stay_with_it(tmp_path: Path) -> None:
    home = household(tmp_path, "skip")
    film(home.inbox, "A.Film.2020.720p.mkv")
    settle(home)
    top = home.inbox / "A.Film.2020.1080p"
    film(top, "a.film.2020.1080p.mkv", seconds=2)
    film(top / "Featurettes", "Making Of.mkv")
    plant(top, {"Subs": {"2_English.srt": b"of the second"}})

    settle(home)

    assert names(home.library) == ["movies/A Film (2020)/A Film (2020).mkv"]
    said = reasons(home, b"A.Film.2020.1080p")
    assert 'import.conflict is "skip"' in said["A.Film.2020.1080p/a.film.2020.1080p.mkv"]
    assert said["A.Film.2020.1080p/Subs/2_English.srt"] == "what it belongs to stays"
    assert said["A.Film.2020.1080p/Featurettes/Making Of.mkv"] == "what it belongs to stays"


def test_subtitles_of_a_better_one_come_in_the_place_of_those_that_go(tmp_path: Path) -> None:
    home = household(tmp_path, "replace-better")
    plant(
        home.library / "movies/A Film (2020)",
        {
            "A Film (2020).avi": b"no film any more",
            "A Film (2020).en.srt": b"of the first",
            "A Film (2020).nl.srt": b"a third",
        },
    )
    film(home.inbox, "A.Film.2020.720p.mkv")
    plant(home.inbox, {"A.Film.2020.720p.en.srt": b"for the second one"})

    settle(home)

    films = "movies/A Film (2020)/"
    assert names(home.library) == [f"{films}A Film (2020).en.srt", f"{films}A Film (2020).mkv"]
    assert (home.library / films / "A Film (2020).en.srt").read_bytes() == b"for the second one"
    [done] = home.imports()
    assert home.undo(done.id).state is State.COMPLETED
    assert names(home.library) == [
        f"{films}A Film (2020).{ending}" for ending in ("avi", "en.srt", "nl.srt")
    ]


@pytest.mark.parametrize("policy", ["skip", "keep-both", "replace-better"])
def test_a_disc_stays_whole_whatever_the_policy(tmp_path: Path, policy: Conflict) -> None:
    home = household(tmp_path, policy)
    disc: Tree = {
        "BDMV": {"index.bdmv": b"INDX0200", "STREAM": {"00001.m2ts": b"G" * 500}},
        "CERTIFICATE": {"id.bdmv": b"CERT"},
    }
    plant(home.inbox / "A Film (2010)", disc)
    plant(home.library / "movies/A Film (2010)/BDMV/STREAM", {"00001.m2ts": b"other"})
    before = names(home.inbox)

    settle(home)

    assert names(home.library) == ["movies/A Film (2010)/BDMV/STREAM/00001.m2ts"]
    assert names(home.inbox) == before
    said = reasons(home, b"A Film (2010)")
    assert said["A Film (2010)/BDMV/STREAM/00001.m2ts"].startswith("something else is already at")
    assert said["A Film (2010)/BDMV/index.bdmv"].startswith("a disc is filed as a whole")


@pytest.mark.parametrize(("policy", "left"), [("skip", 1), ("keep-both", 0)])
def test_a_later_episode_meets_the_one_in_its_shows_own_directory(
    tmp_path: Path, policy: Conflict, left: int
) -> None:
    home = household(tmp_path, policy)
    film(home.inbox, "The.Show.2011.S01E01.mkv")
    settle(home)
    [first] = names(home.library)
    media.mp4(home.inbox / "The.Show.S01E01.mp4")

    settle(home)

    assert len(names(home.inbox)) == left
    stem = first.removesuffix(".mkv")
    assert names(home.library) == ([first] if left else [f"{stem} (2).mp4", first])


def test_a_whole_disc_in_one_file_gets_no_name_that_its_cue_sheet_does_not_know(
    tmp_path: Path,
) -> None:
    home = household(tmp_path, "keep-both")
    for genre in ("One", "Other"):
        top = home.inbox / "Ann - Some (2001)"
        top.mkdir()
        media.flac(top / "Some.flac", genre=genre, artist="Ann", album="Some")
        plant(top, {"Some.cue": b'FILE "Some.flac" WAVE\n'})
        settle(home)

    assert [path.rpartition("/")[2] for path in names(home.library)] == ["Some.cue", "Some.flac"]
    assert names(home.inbox) == ["Ann - Some (2001)/Some.cue", "Ann - Some (2001)/Some.flac"]


@pytest.mark.parametrize("dropped", [False, True])
def test_the_metadata_of_an_item_stay_when_a_better_file_of_it_comes(
    tmp_path: Path, *, dropped: bool
) -> None:
    home = Household(tmp_path, filing=Import(conflict="replace-better", write_nfo=True))
    films = home.library / "movies/A Film (2020)"
    note = b"<movie>\n  <title>A Film</title>\n  <plot>Mine</plot>\n</movie>\n"
    plant(films, {"A Film (2020).avi": b"no film any more", "A Film (2020).nfo": note})
    before = tree(home.library)
    film(home.inbox, "A.Film.2020.720p.mkv")
    if dropped:
        plant(home.inbox, {"A.Film.2020.720p.nfo": b"<movie>\n  <plot>Theirs</plot>\n</movie>\n"})

    settle(home)

    assert names(home.library) == [
        "movies/A Film (2020)/A Film (2020).mkv",
        "movies/A Film (2020)/A Film (2020).nfo",
    ]
    said = (films / "A Film (2020).nfo").read_bytes()
    assert (b"Theirs" if dropped else b"Mine") in said
    assert b"<year>2020</year>" in said
    [done] = home.imports()
    assert home.undo(done.id).state is State.COMPLETED
    assert tree(home.library) == before


def test_metadata_of_a_show_are_filled_in_though_only_a_later_episode_replaces_another(
    tmp_path: Path,
) -> None:
    home = Household(tmp_path, filing=Import(conflict="replace-better", write_nfo=True))
    show = home.library / "shows/The Show"
    note = b"<tvshow>\n  <plot>Mine</plot>\n</tvshow>\n"
    season: Tree = {"season.nfo": note, "The Show S01E02.avi": b"no film any more"}
    plant(show, {"tvshow.nfo": note, "Season 01": season})
    before = tree(home.library)
    for number in (1, 2):
        film(home.inbox / "The.Show.S01.720p", f"The.Show.S01E0{number}.720p.mkv")

    settle(home)

    [done] = home.imports()
    assert done.state is State.COMPLETED, done.error
    assert "shows/The Show/Season 01/The Show S01E02.avi" not in names(home.library)
    assert "shows/The Show/Season 01/The Show S01E01.mkv" in names(home.library)
    said = (show / "tvshow.nfo").read_bytes()
    assert b"Mine" in said
    assert b"<title>The Show</title>" in said
    assert home.undo(done.id).state is State.COMPLETED
    assert tree(home.library) == before


def test_dropped_metadata_take_the_place_of_those_that_go_with_a_worse_file(
    tmp_path: Path,
) -> None:
    home = household(tmp_path, "replace-better")
    films = home.library / "movies/A Film (2020)"
    plant(films, {"A Film (2020).avi": b"no film any more", "A Film (2020).nfo": b"<movie/>"})
    film(home.inbox, "A.Film.2020.720p.mkv")
    plant(home.inbox, {"A.Film.2020.720p.nfo": b"<movie><title>A Film</title></movie>"})

    settle(home)

    assert home.imports()[-1].state is State.COMPLETED
    assert names(home.library) == [
        "movies/A Film (2020)/A Film (2020).mkv",
        "movies/A Film (2020)/A Film (2020).nfo",
    ]
    assert b"<title>" in (films / "A Film (2020).nfo").read_bytes()


def test_a_file_that_is_cut_off_replaces_nothing(tmp_path: Path) -> None:
    home = household(tmp_path, "replace-better")
    with_song(home)
    whole = media.wav(home.inbox / "one.wav", **TAGS)
    cut = whole.read_bytes()
    # what is there of it can be played: only the container says that there is more
    whole.write_bytes(cut[:4] + (len(cut) + 500_000).to_bytes(4, "little") + cut[8:])

    home.settle()

    assert WORSE in names(home.library)
    assert names(home.inbox) == ["one.wav"]
    drop = drops.one(home.db.read(), home.place(b"one.wav"))
    assert drop is not None
    assert "it is cut off" in drop.reason


def test_what_could_not_be_read_just_then_is_not_replaced(tmp_path: Path) -> None:
    home = household(tmp_path, "replace-better")
    with_song(home)
    there = os.fsencode(home.library / WORSE)
    read = home.reader.submit

    def submit(paths: Sequence[bytes]) -> Future[list[Reading]]:
        if list(paths) != [there]:
            return read(paths)
        lost: Future[list[Reading]] = Future()
        lost.set_result([Reading(error="reading it took longer than 60 s")])
        return lost

    home.reader.submit = submit  # type: ignore[method-assign]  # a disk that does not answer for a while
    media.flac(home.inbox / "one.flac", **TAGS)

    home.settle()

    assert WORSE in names(home.library)
    assert names(home.inbox) == ["one.flac"]


class UnreadableCopier(Copier):
    """Meets files of a library that cannot be read."""

    def digest(self, path: bytes) -> bytes:
        if b"/library/" in path:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return super().digest(path)


def test_a_file_of_the_library_that_cannot_be_read_is_taken_for_something_else(
    tmp_path: Path,
) -> None:
    home = household(tmp_path, "skip")
    with_song(home)
    files = Files(home.disk, UnreadableCopier(home.disk))
    plan = Plan(home.base, directories, files, home.reader, home.presence)
    home.runner = inline.running(home.base, {**home.steps, Step.PLAN: plan})
    there = (home.library / WORSE).read_bytes()
    (home.inbox / "one.mp3").write_bytes(there)

    home.settle()

    drop = drops.one(home.db.read(), home.place(b"one.mp3"))
    assert drop is not None
    assert drop.state == "refused"
    assert "it is there already" in drop.reason or "already at" in drop.reason
    assert (home.library / WORSE).read_bytes() == there
