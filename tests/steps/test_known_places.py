"""What is dropped goes where its film, album or book lies in the library already, and meets what is there of it."""

from pathlib import Path

import pytest

import media
from household import Household
from shelfd.core.settings import Conflict, Import
from shelfd.store import drops
from trees import names, plant

ALIEN = "movies/Sci-Fi/Alien (1979) {tmdb-348}"
TAGS = {"artist": "Björk", "album": "Debut", "date": "1993"}


def household(top: Path, policy: Conflict = "skip") -> Household:
    top.mkdir(exist_ok=True)
    return Household(top, filing=Import(conflict=policy))


def film(path: Path, number: int = 0) -> Path:
    """Write a video that differs from the others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    media.mkv(path)
    with path.open("ab") as file:
        file.write(b"\0" * number)
    return path


def song(path: Path, title: str, track: int, **tags: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return media.mp3(path, title=title, track=str(track), **{**TAGS, **tags})


def reason(home: Household, path: str) -> str:
    row = drops.one(home.db.read(), home.place(path.encode()))
    return "" if row is None else row.reason


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("skip", ["Alien.1979.720p.mkv"]),
        ("keep-both", ["Alien (1979) {tmdb-348} - 480p.mkv", "Alien.1979.720p.mkv"]),
        ("replace-better", ["Alien.1979.720p.mkv"]),
    ],
)
def test_another_version_of_a_film_meets_the_one_in_its_own_directory(
    tmp_path: Path, policy: Conflict, expected: list[str]
) -> None:
    home = household(tmp_path, policy)
    film(home.library / ALIEN / "Alien.1979.720p.mkv", 1)
    home.look()
    film(home.inbox / "Alien.1979.DVDRip.XviD-GRP.mkv", 2)

    home.settle()

    assert names(home.library / ALIEN) == expected
    assert names(home.library) == [f"{ALIEN}/{name}" for name in expected]
    if len(expected) == 1:
        assert f"it is there already as {ALIEN[7:]}/Alien.1979.720p.mkv" in reason(
            home, "Alien.1979.DVDRip.XviD-GRP.mkv"
        )


def test_a_better_version_takes_the_place_of_the_only_one_and_is_called_as_its_directory(
    tmp_path: Path,
) -> None:
    home = household(tmp_path, "replace-better")
    film(home.library / ALIEN / "Alien.1979.DVDRip.mkv", 1)
    plant(home.library / ALIEN, {"Alien.1979.DVDRip.en.srt": b"1"})
    home.look()
    film(home.inbox / "Alien.1979.BluRay.mkv", 400_000)

    home.settle()

    assert names(home.library) == [f"{ALIEN}/Alien (1979) {{tmdb-348}}.mkv"]
    [done] = home.imports()
    home.undo(done.id)
    assert names(home.library) == [f"{ALIEN}/Alien.1979.DVDRip{end}" for end in (".en.srt", ".mkv")]


def test_of_several_versions_none_is_replaced(tmp_path: Path) -> None:
    home = household(tmp_path, "replace-better")
    for number, source in enumerate(("DVDRip", "HDTV")):
        film(home.library / ALIEN / f"Alien.1979.{source}.mkv", number)
    home.look()
    film(home.inbox / "Alien.1979.BluRay.mkv", 9)

    home.settle()

    assert names(home.inbox) == ["Alien.1979.BluRay.mkv"]
    assert len(names(home.library)) == 2


def test_another_cut_of_a_film_is_no_rival(tmp_path: Path) -> None:
    home = household(tmp_path)
    film(home.library / ALIEN / "Alien.1979.mkv", 1)
    home.look()
    film(home.inbox / "Alien.1979.Directors.Cut.1080p.mkv", 2)

    home.settle()

    assert names(home.library / ALIEN) == [
        "Alien (1979) {tmdb-348} - Director's Cut.mkv",
        "Alien.1979.mkv",
    ]


def test_the_same_content_under_another_name_is_there(tmp_path: Path) -> None:
    home = household(tmp_path)
    film(home.library / ALIEN / "Alien.1979.720p.mkv", 1)
    home.look()
    film(home.inbox / "alien-1979.mkv", 1)

    home.settle()

    assert names(home.inbox) == []
    assert names(home.library) == [f"{ALIEN}/Alien.1979.720p.mkv"]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("skip", ["Flat/Alien (1979).mkv", "Flat/Dune (1984).mkv"]),
        (
            "keep-both",
            [
                "Alien (1979)/Alien (1979) - 480p.mkv",
                "Flat/Alien (1979).mkv",
                "Flat/Dune (1984).mkv",
            ],
        ),
    ],
)
def test_nothing_goes_into_a_directory_of_loose_films(
    tmp_path: Path, policy: Conflict, expected: list[str]
) -> None:
    home = household(tmp_path, policy)
    film(home.library / "movies/Flat/Alien (1979).mkv", 1)
    film(home.library / "movies/Flat/Dune (1984).mkv", 2)
    home.look()
    film(home.inbox / "Alien.1979.1080p.mkv", 3)

    home.settle()

    assert names(home.library / "movies") == expected


def test_a_loose_film_makes_room_for_a_better_one_in_a_directory_of_its_own(tmp_path: Path) -> None:
    home = household(tmp_path, "replace-better")
    film(home.library / "movies/Alien (1979) DVDRip.mkv", 1)
    film(home.library / "movies/Dune (1984).mkv", 2)
    home.look()
    film(home.inbox / "Alien.1979.BluRay.mkv", 400_000)

    home.settle()

    assert names(home.library / "movies") == ["Alien (1979)/Alien (1979).mkv", "Dune (1984).mkv"]
    [done] = home.imports()
    home.undo(done.id)
    assert names(home.library / "movies") == ["Alien (1979) DVDRip.mkv", "Dune (1984).mkv"]


def test_a_genre_with_a_single_film_is_not_that_films_directory(tmp_path: Path) -> None:
    home = household(tmp_path, "keep-both")
    film(home.library / "movies/Horror/Alien (1979).mkv", 1)
    home.look()
    film(home.inbox / "Alien.1979.1080p.mkv", 3)

    home.settle()

    assert names(home.library / "movies/Horror") == ["Alien (1979).mkv"]
    assert names(home.inbox) == []


def test_a_later_track_goes_where_its_album_lies(tmp_path: Path) -> None:
    home = household(tmp_path)
    song(home.library / "music/Bjork/Debut/Track one.mp3", "Human Behaviour", 1)
    home.look()
    song(home.inbox / "x.mp3", "Crying", 2)

    home.settle()

    assert names(home.library / "music") == [
        "Bjork/Debut/02 Crying.mp3",
        "Bjork/Debut/Track one.mp3",
    ]


def test_a_track_that_is_there_under_another_name_is_there(tmp_path: Path) -> None:
    home = household(tmp_path)
    song(home.library / "music/Bjork/Debut/Track one.mp3", "Human Behaviour", 1)
    home.look()
    song(home.inbox / "x.mp3", "Human Behaviour", 1, genre="Pop")

    home.settle()

    assert names(home.library / "music") == ["Bjork/Debut/Track one.mp3"]
    assert "it is there already as Bjork/Debut/Track one.mp3" in reason(home, "x.mp3")


def test_a_track_goes_to_its_disc_and_a_new_disc_beside_the_others(tmp_path: Path) -> None:
    home = household(tmp_path)
    for disc in (1, 2):
        path = home.library / f"music/Bjork/Debut/CD{disc}/a.mp3"
        song(path, "First", 1, disc=f"{disc}/3")
    home.look()
    song(home.inbox / "x.mp3", "Second", 2, disc="2/3")
    song(home.inbox / "y.mp3", "Other", 1, disc="3/3")

    home.settle()

    assert [name for name in names(home.library / "music/Bjork/Debut") if "/a" not in name] == [
        "CD2/02 Second.mp3",
        "Disc 3/01 Other.mp3",
    ]


@pytest.mark.parametrize(
    "tags", [{"albumartist": "Somebody Else"}, {"date": "1973"}, {"album": "Debut Live"}]
)
def test_a_track_of_another_album_goes_by_the_layout(tmp_path: Path, tags: dict[str, str]) -> None:
    home = household(tmp_path)
    song(home.library / "music/Bjork/Debut/a.mp3", "First", 1)
    home.look()
    song(home.inbox / "x.mp3", "Second", 2, **tags)

    home.settle()

    assert names(home.library / "music/Bjork/Debut") == ["a.mp3"]
    assert names(home.inbox) == []


def test_tracks_of_one_artist_in_one_directory_keep_no_album_there(tmp_path: Path) -> None:
    home = household(tmp_path)
    song(home.library / "music/Debut and more/a.mp3", "First", 1)
    song(home.library / "music/Debut and more/b.mp3", "First", 1, album="Post")
    home.look()
    song(home.inbox / "x.mp3", "Second", 2)

    home.settle()

    assert "music/Björk/Debut/02 Second.mp3" in names(home.library)


def test_an_episode_that_is_there_under_another_name_is_there(tmp_path: Path) -> None:
    home = household(tmp_path)
    film(home.library / "shows/Dark/Staffel 1/dark.s01e01.720p.mkv", 1)
    home.look()
    film(home.inbox / "Dark.S01E01.1080p.mkv", 2)

    home.settle()

    assert names(home.library) == ["shows/Dark/Staffel 1/dark.s01e01.720p.mkv"]
    assert "it is there already as Dark/Staffel 1/dark.s01e01.720p.mkv" in reason(
        home, "Dark.S01E01.1080p.mkv"
    )


def test_another_part_of_an_audiobook_goes_to_the_others(tmp_path: Path) -> None:
    home = household(tmp_path)
    book = {"artist": "Ann Author", "album": "Long Story", "genre": "Audiobook"}
    there = home.library / "audiobooks/Author, A/Long Story (2001)"
    there.mkdir(parents=True)
    for number in (1, 2):
        media.mp3(there / f"{number:02}.mp3", title=f"Chapter {number}", track=f"{number}", **book)
    home.look()
    media.mp3(home.inbox / "Long Story 03.mp3", title="Chapter 3", track="3", **book)

    home.settle()

    assert names(home.library / "audiobooks") == [
        f"Author, A/Long Story (2001)/{name}.mp3" for name in ("01", "02", "03 Long Story")
    ]
    row = drops.one(home.db.read(), home.place(b"Long Story 03.mp3"))
    assert row is None or row.verdicts[0].rule.endswith("where the library has its audiobook")


def test_a_book_that_is_there_whole_gets_no_parts(tmp_path: Path) -> None:
    home = household(tmp_path, "keep-both")
    book = {"artist": "Ann Author", "album": "Long Story", "genre": "Audiobook"}
    there = home.library / "audiobooks/Ann Author/Long Story"
    there.mkdir(parents=True)
    media.m4b(there / "Long Story.m4b", title="Long Story", artist="Ann Author", album="Long Story")
    home.look()
    (home.inbox / "Long Story").mkdir()
    for number in (1, 2, 3):
        path = home.inbox / "Long Story" / f"{number:02}.mp3"
        media.mp3(path, title=f"Chapter {number}", track=f"{number}", **book)

    home.settle()

    assert names(home.library / "audiobooks") == ["Ann Author/Long Story/Long Story.m4b"]
    assert "all in one file" in reason(home, "Long Story")


def test_a_book_goes_to_its_other_format(tmp_path: Path) -> None:
    home = household(tmp_path)
    plant(home.library, {"books/Author, Ann/A Book [2001]/A Book.mobi": b"BOOKMOBI"})
    media.epub(home.library / "books/Author, Ann/A Book [2001]/b.epub", "A Book", "Ann Author")
    home.look()
    media.epub(home.inbox / "x.epub", title="A Book", author="Ann Author", series="More")

    home.settle()

    assert names(home.library / "books") == [
        f"Author, Ann/A Book [2001]/{name}" for name in ("A Book.epub", "A Book.mobi", "b.epub")
    ]


def disc(path: Path, kind: str = "BDMV") -> None:
    film(path / kind / ("STREAM/00001.m2ts" if kind == "BDMV" else "VTS_01_1.VOB"), 5)
    plant(path, {kind: {"index.bdmv" if kind == "BDMV" else "VIDEO_TS.IFO": b"i"}})


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("skip", ["Alien (1979)/Alien (1979).mkv"]),
        ("replace-better", ["Alien (1979)/Alien (1979).mkv"]),
        (
            "keep-both",
            [
                "Alien (1979) - Blu-ray/BDMV/STREAM/00001.m2ts",
                "Alien (1979) - Blu-ray/BDMV/index.bdmv",
                "Alien (1979) - Blu-ray/poster.jpg",
                "Alien (1979)/Alien (1979).mkv",
            ],
        ),
    ],
)
def test_a_disc_meets_the_film_that_is_there(
    tmp_path: Path, policy: Conflict, expected: list[str]
) -> None:
    home = household(tmp_path, policy)
    film(home.library / "movies/Alien (1979)/Alien (1979).mkv", 1)
    home.look()
    disc(home.inbox / "Alien.1979.COMPLETE.BLURAY-GRP")
    plant(home.inbox, {"Alien.1979.COMPLETE.BLURAY-GRP": {"poster.jpg": media.jpeg()}})

    home.settle()

    assert names(home.library / "movies") == expected
    if policy != "keep-both":
        assert "it is there already as Alien (1979)/Alien (1979).mkv, a file" in reason(
            home, "Alien.1979.COMPLETE.BLURAY-GRP"
        )
        assert len(names(home.inbox)) == 3


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("skip", []),
        (
            "keep-both",
            [
                "Alien (1979) - 480p/Alien (1979) - 480p.en.srt",
                "Alien (1979) - 480p/Alien (1979) - 480p.mkv",
            ],
        ),
    ],
)
def test_a_film_meets_the_disc_that_is_there(
    tmp_path: Path, policy: Conflict, expected: list[str]
) -> None:
    home = household(tmp_path, policy)
    disc(home.library / "movies/Alien (1979)")
    home.look()
    film(home.inbox / "Alien.1979.mkv", 1)
    plant(home.inbox, {"Alien.1979.en.srt": b"1"})

    home.settle()

    assert [name for name in names(home.library / "movies") if "/BDMV/" not in name] == expected
    assert (names(home.inbox) == []) == bool(expected)
    film(home.inbox / "Alien.1979.mkv", 1)
    home.settle()
    assert [name for name in names(home.library / "movies") if "/BDMV/" not in name] == expected


def test_the_second_disc_of_a_film_is_no_rival_and_another_sort_of_disc_is(tmp_path: Path) -> None:
    home = household(tmp_path)
    disc(home.library / "movies/Alien (1979)/Disc 1")
    home.look()
    disc(home.inbox / "Alien (1979)" / "Disc 2")
    disc(home.inbox / "Alien 1979 PAL DVD9", "VIDEO_TS")

    home.settle()

    assert "Alien (1979)/Disc 2/BDMV/index.bdmv" in names(home.library / "movies")
    assert "another disc, a Blu-ray" in reason(home, "Alien 1979 PAL DVD9")


def test_a_film_in_parts_does_not_lie_beside_the_whole(tmp_path: Path) -> None:
    home = household(tmp_path, "keep-both")
    film(home.library / "movies/Alien (1979)/Alien (1979).mkv", 9)
    home.look()
    for number in (1, 2):
        film(home.inbox / "Alien (1979)" / f"Alien (1979) cd{number}.avi", number)

    home.settle()

    assert names(home.library / "movies") == ["Alien (1979)/Alien (1979).mkv"]
    assert "all in one file" in reason(home, "Alien (1979)")
