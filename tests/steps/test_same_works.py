"""The same work, or the same content, is not filed twice, however it is called and however it is divided into files."""

from collections.abc import Sequence
from pathlib import Path

import pytest

import media
from household import Household
from shelfd.core.settings import Conflict, Import
from shelfd.store import drops
from trees import names

BOOK = {"artist": "Ann Author", "album": "Long Story", "genre": "Audiobook"}
STORY = "audiobooks/Ann Author/Long Story/"
SEASON = "shows/The Long Road/Season 02/The Long Road "


def household(top: Path, policy: Conflict = "skip") -> Household:
    return Household(top, filing=Import(conflict=policy))


def film(path: Path, number: int = 0) -> Path:
    """Write a video that differs from the others by its length."""
    path.parent.mkdir(parents=True, exist_ok=True)
    (media.mp4 if path.suffix == ".mp4" else media.mkv)(path)
    with path.open("ab") as file:
        file.write(b"\0" * number)
    return path


def settle(home: Household) -> None:
    """Let what was dropped settle, also what stays of a directory."""
    home.settle()
    home.clock.now += 20
    home.work()


def book(directory: Path, numbers: Sequence[int], weight: int = 0, *, tracks: bool = True) -> None:
    """Write these parts of an audiobook; another recording of it has another weight."""
    directory.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        track = {"track": str(number)} if tracks else {}
        path = directory / f"{number:02} Chapter.mp3"
        media.mp3(path, title=f"Chapter {number}", **BOOK, **track)
        with path.open("ab") as file:
            file.write(b"\1" * weight)


def parts(numbers: Sequence[int], directory: str = STORY) -> list[str]:
    return [f"{directory}{number:02} Long Story.mp3" for number in numbers]


def reasons(home: Household, drop: str) -> dict[str, str]:
    row = drops.one(home.db.read(), home.place(drop.encode()))
    assert row is not None
    return {one.path.decode(): one.reason for one in row.verdicts if one.reason}


@pytest.mark.parametrize(
    ("policy", "added"),
    [("skip", []), ("replace-better", []), ("keep-both", ["S02E02-E03 (2).mkv"])],
)
def test_two_episodes_in_one_file_meet_the_one_that_is_there(
    tmp_path: Path, policy: Conflict, added: list[str]
) -> None:
    home = household(tmp_path, policy)
    film(home.inbox / "The Long Road S02E02.mkv", 1)
    settle(home)
    film(home.inbox / "The.Long.Road.S02E02-E03.720p.WEB.mkv", 2)

    settle(home)

    assert names(home.library) == [SEASON + name for name in (*added, "S02E02.mkv")]
    assert len(names(home.inbox)) == 1 - len(added)


def test_two_episodes_in_one_file_that_is_better_take_the_place_of_one_of_them(
    tmp_path: Path,
) -> None:
    home = household(tmp_path, "replace-better")
    film(home.library / f"{SEASON}S02E02 DVDRip.mkv", 1)
    home.look()
    film(home.inbox / "The.Long.Road.S02E02-E03.BluRay.mkv", 9000)

    settle(home)

    assert names(home.library) == [f"{SEASON}S02E02-E03.mkv"]


@pytest.mark.parametrize("policy", ["skip", "replace-better", "keep-both"])
def test_one_episode_never_takes_the_place_of_two(tmp_path: Path, policy: Conflict) -> None:
    home = household(tmp_path, policy)
    film(home.library / f"{SEASON}S02E02-E03 DVDRip.mkv", 1)
    home.look()
    film(home.inbox / "The.Long.Road.S02E03.BluRay.mkv", 9000)

    settle(home)

    assert f"{SEASON}S02E02-E03 DVDRip.mkv" in names(home.library)
    if policy == "keep-both":
        assert names(home.inbox) == []
    else:
        said = reasons(home, "The.Long.Road.S02E03.BluRay.mkv").popitem()[1]
        assert "S02E02-E03 DVDRip.mkv, together with other episodes" in said


def test_pieces_of_one_episode_are_filed_beside_one_another(tmp_path: Path) -> None:
    home = household(tmp_path)
    for piece in ("a The First", "b The Last"):
        film(home.inbox / f"The Long Road S02E02{piece}.mkv", len(piece))
        settle(home)

    assert names(home.inbox) == []


def test_an_episode_of_the_same_day_is_there_whoever_was_the_guest(tmp_path: Path) -> None:
    home = household(tmp_path)
    film(home.library / "shows/Late Talk/Season 2020/Late Talk 2020-01-31.mkv", 1)
    film(home.library / "shows/Late Talk/Season 2020/Late Talk 2020-01-30.mkv", 2)
    home.look()
    film(home.inbox / "Late.Talk.2020.01.31.Some.Guest.720p.WEB.mkv", 3)

    settle(home)

    assert len(names(home.library)) == 2
    assert names(home.inbox) == ["Late.Talk.2020.01.31.Some.Guest.720p.WEB.mkv"]


@pytest.mark.parametrize("policy", ["skip", "replace-better", "keep-both"])
def test_of_one_episode_three_times_in_a_drop_one_is_filed_first(
    tmp_path: Path, policy: Conflict
) -> None:
    home = household(tmp_path, policy)
    for number, file in enumerate(("DVDRip", "Other.HDTV", "The.Start.BluRay")):
        film(home.inbox / "drop" / f"The.Long.Road.S02E01.{file}.mkv", number * 4500)

    settle(home)

    if policy == "keep-both":
        assert names(home.inbox) == []
        assert names(home.library) == [
            f"{SEASON}S02E01{name}.mkv" for name in (" (2)", " Other (2)", " The Start")
        ]
    else:
        assert names(home.library) == [f"{SEASON}S02E01 The Start.mkv"]
        assert names(home.inbox) == [
            f"drop/The.Long.Road.S02E01.{words}.mkv" for words in ("DVDRip", "Other.HDTV")
        ]
        for reason in reasons(home, "drop").values():
            assert f'import.conflict is "{policy}")' in reason


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("skip", ["A Film (2001).mkv"]),
        ("replace-better", ["A Film (2001).mkv"]),
        ("keep-both", ["A Film (2001) - 480p.mp4", "A Film (2001).mkv"]),
    ],
)
def test_of_one_film_in_two_formats_in_a_drop_one_is_filed_first(
    tmp_path: Path, policy: Conflict, expected: list[str]
) -> None:
    home = household(tmp_path, policy)
    film(home.inbox / "A Film (2001)" / "A.Film.2001.BluRay.mkv", 9000)
    film(home.inbox / "A Film (2001)" / "A.Film.2001.DVDRip.mp4", 2)
    (home.inbox / "A Film (2001)" / "A.Film.2001.DVDRip.en.srt").write_bytes(b"1")

    settle(home)

    found = [name.removeprefix("movies/A Film (2001)/") for name in names(home.library)]
    assert [name for name in found if not name.endswith(".srt")] == expected
    assert ("A Film (2001) - 480p.en.srt" in found) == (policy == "keep-both")


@pytest.mark.parametrize("policy", ["skip", "replace-better"])
def test_of_an_album_in_two_formats_in_a_drop_the_better_one_is_filed(
    tmp_path: Path, policy: Conflict
) -> None:
    home = household(tmp_path, policy)
    (home.inbox / "Some").mkdir()
    for number in (1, 2):
        tags = {"artist": "Ann", "album": "Some", "title": f"Song {number}", "track": str(number)}
        media.mp3(home.inbox / "Some" / f"0{number}.mp3", **tags)
        media.flac(home.inbox / "Some" / f"0{number}.flac", **tags)

    settle(home)

    assert names(home.library) == [f"music/Ann/Some/0{n} Song {n}.flac" for n in (1, 2)]
    assert names(home.inbox) == ["Some/01.mp3", "Some/02.mp3"]


def test_pieces_of_an_episode_and_parts_of_a_film_in_one_drop_are_all_filed(tmp_path: Path) -> None:
    home = household(tmp_path)
    for number, piece in enumerate("ab"):
        film(home.inbox / "drop" / f"The Long Road S02E01{piece} Some.mkv", number)
        film(home.inbox / "A Film (2001)" / f"A Film (2001) cd{number + 1}.mkv", number)

    settle(home)

    assert names(home.inbox) == []
    assert len(names(home.library)) == 4


@pytest.mark.parametrize("policy", ["skip", "replace-better", "keep-both"])
@pytest.mark.parametrize("name", ["Some Other (2003).mkv", "The.Long.Road.S02E01.mkv"])
def test_the_content_of_a_film_is_not_filed_again_under_another_name(
    tmp_path: Path, policy: Conflict, name: str
) -> None:
    home = household(tmp_path, policy)
    film(home.inbox / "A Film (2001).mkv", 1_100_000)
    settle(home)
    film(home.inbox / name, 1_100_000)

    settle(home)

    assert names(home.library) == ["movies/A Film (2001)/A Film (2001).mkv"]
    assert names(home.inbox) == []
    assert reasons(home, name) == {
        name: "the same content is there already: A Film (2001)/A Film (2001).mkv"
    }


def test_a_film_that_only_begins_and_ends_like_another_one_is_filed(tmp_path: Path) -> None:
    home = household(tmp_path)
    film(home.inbox / "A Film (2001).mkv", 1_100_000)
    settle(home)
    other = film(home.inbox / "Some Other (2003).mkv", 1_100_000)
    with other.open("r+b") as file:
        file.seek(500_000)
        file.write(b"1")

    settle(home)

    assert len(names(home.library)) == 2


def test_what_only_stands_in_for_films_is_filed_for_each_of_them(tmp_path: Path) -> None:
    home = household(tmp_path)
    for name in ("A Film (2001)", "Some Other (2003)"):
        film(home.inbox / f"{name}.mkv")
        settle(home)

    assert len(names(home.library)) == 2


@pytest.mark.parametrize(("policy", "new"), [("skip", (1, 2, 3, 4, 5)), ("replace-better", (1, 2))])
def test_two_recordings_of_an_audiobook_are_not_mixed(
    tmp_path: Path, policy: Conflict, new: Sequence[int]
) -> None:
    home = household(tmp_path, policy)
    book(home.inbox / "Old", (1, 2, 3))
    settle(home)
    book(home.inbox / "New", new, 60_000)
    (home.inbox / "New" / "cover.jpg").write_bytes(media.jpeg())

    settle(home)

    assert names(home.library) == parts((1, 2, 3))
    assert len(names(home.inbox)) == len(new) + 1
    said = " ".join(reasons(home, "New").values())
    assert "an audiobook is filed as a whole" in said or "only a part of the audiobook" in said


def test_another_recording_that_is_kept_has_a_directory_of_its_own(tmp_path: Path) -> None:
    home = household(tmp_path, "keep-both")
    book(home.inbox / "Old", (1, 2, 3))
    settle(home)
    new = parts((1, 2, 3, 4, 5), f"{STORY[:-1]} - 2/")
    for _time in range(2):
        book(home.inbox / "New", (1, 2, 3, 4, 5), 60_000)
        settle(home)

        assert names(home.inbox) == []
        assert names(home.library) == [*new, *parts((1, 2, 3))]


@pytest.mark.parametrize("new", [(1, 2, 3), (1, 2, 3, 4, 5)])
def test_a_better_recording_takes_the_place_of_all_of_the_old_one(
    tmp_path: Path, new: Sequence[int]
) -> None:
    home = household(tmp_path, "replace-better")
    book(home.inbox / "Old", (1, 2, 3))
    settle(home)
    before = {path: path.read_bytes() for path in (home.library / STORY).iterdir()}
    book(home.inbox / "New", new, 60_000)

    settle(home)

    assert names(home.library) == parts(new)
    assert names(home.inbox) == []
    home.undo(home.imports()[-1].id)
    assert {path: path.read_bytes() for path in (home.library / STORY).iterdir()} == before


@pytest.mark.parametrize("tracks", [True, False])
@pytest.mark.parametrize("broken", [1, 2, 3])
def test_a_part_that_was_mended_keeps_its_number(
    tmp_path: Path, broken: int, *, tracks: bool
) -> None:
    home = household(tmp_path)
    drop = home.inbox / "Ann Author - Long Story"
    book(drop, (1, 2, 3), tracks=tracks)
    part = drop / f"{broken:02} Chapter.mp3"
    good = part.read_bytes()
    part.write_bytes(b"junk" * 5000)
    settle(home)
    home.clock.now += 700
    home.work()
    assert len(names(home.library)) == 2
    part.write_bytes(good)

    settle(home)

    assert names(home.library) == parts((1, 2, 3))
    assert names(home.inbox) == []


@pytest.mark.parametrize("policy", ["skip", "replace-better", "keep-both"])
def test_a_whole_audiobook_does_not_become_one_of_its_parts(
    tmp_path: Path, policy: Conflict
) -> None:
    home = household(tmp_path, policy)
    book(home.inbox / "Long Story", (1, 2, 3))
    media.m4b(home.inbox / "Long Story/Long Story.m4b", artist="Ann Author", album="Long Story")

    settle(home)

    assert names(home.library) == parts((1, 2, 3))
    assert names(home.inbox) == ["Long Story/Long Story.m4b"]
