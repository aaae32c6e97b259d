"""What is dropped though its item is there already stays, is kept beside it, or takes its place; and all of it can be undone."""

import contextlib
from pathlib import Path

import pytest

import media
from household import Household
from shelfd.core.operations import State
from shelfd.core.settings import Conflict, Import
from shelfd.store import drops
from stopping import Killed, StoppingDisk
from trees import names, plant, tree

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
