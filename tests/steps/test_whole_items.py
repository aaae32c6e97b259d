"""What was dropped is filed whole, and what comes late joins it: with real files, in a whole shelfd."""

from pathlib import Path

import pytest

import media
from household import Household
from shelfd.core.operations import State
from shelfd.store import drops, queries
from trees import Tree, names, plant

RELEASE = "A.Film.2020.1080p.WEB.x264-GRP"


def film(directory: Path, name: str = "a.film.2020.1080p.mkv") -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    return media.mkv(directory / name)


def song(path: Path, title: str, **tags: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return media.mp3(path, title=title, album="Some", **{"artist": "Ann", **tags})


def reason(home: Household, drop: bytes) -> str:
    row = drops.one(home.db.read(), home.place(drop))
    assert row is not None
    return row.reason


def settle(home: Household) -> None:
    """Let what was dropped settle, also what stays a second time."""
    home.settle()
    home.clock.now += 20
    home.work()


def test_a_film_takes_its_subtitles_and_extras_with_it_and_leaves_the_rest(tmp_path: Path) -> None:
    home = Household(tmp_path)
    top = home.inbox / RELEASE
    film(top)
    film(top / "Featurettes", "Making Of.mkv")
    film(top / "Sample", "sample.mkv")
    plant(
        top,
        {
            "Subs": {"2_English.srt": b"1", "3_English.srt": b"2", "4_German.forced.srt": b"3"},
            "RARBG.txt": b"x",
            "x.nzb": b"x",
        },
    )

    settle(home)

    assert names(home.library) == [
        "movies/A Film (2020)/A Film (2020).2.en.srt",
        "movies/A Film (2020)/A Film (2020).de.forced.srt",
        "movies/A Film (2020)/A Film (2020).en.srt",
        "movies/A Film (2020)/A Film (2020).mkv",
        "movies/A Film (2020)/Featurettes/Making Of.mkv",
    ]
    assert names(home.inbox) == [
        f"{RELEASE}/{left}" for left in ("RARBG.txt", "Sample/sample.mkv", "x.nzb")
    ]
    row = drops.one(home.db.read(), home.place(RELEASE.encode()))
    assert row is not None
    assert row.state == "imported"
    assert {v.path.rpartition(b"/")[2]: v.reason for v in row.verdicts if v.state == "left"} == {
        b"RARBG.txt": "it is an advertisement",
        b"sample.mkv": "a sample, not the work itself",
        b"x.nzb": "it says where to download from, and is no part of the work",
    }


def test_an_extra_is_no_movie_of_its_own_in_the_catalog(tmp_path: Path) -> None:
    home = Household(tmp_path)
    film(home.inbox / RELEASE)
    film(home.inbox / RELEASE / "Trailers", "One.mkv")
    settle(home)
    home.scan("movies", recursive=True, full=True)

    items = queries.items(home.db.read(), kind="movie", after=0, limit=10)

    assert [item.title for item in items] == ["A Film"]
    assert len(queries.files_of(home.db.read(), items[0].id)) == 2


def test_an_undo_puts_all_of_it_back(tmp_path: Path) -> None:
    home = Household(tmp_path)
    film(home.inbox / RELEASE)
    film(home.inbox / RELEASE / "Extras", "One.mkv")
    plant(home.inbox / RELEASE, {"Subs": {"2_English.srt": b"1"}})
    before = names(home.inbox)
    settle(home)
    [operation] = home.imports()

    assert home.undo(operation.id).state is State.COMPLETED
    assert names(home.inbox) == before
    assert names(home.library) == []


@pytest.mark.parametrize("late", ["Subs/2_English.srt", "a.film.2020.1080p.en.srt", "English.srt"])
def test_subtitles_that_come_late_into_the_same_directory_join_the_film(
    tmp_path: Path, late: str
) -> None:
    home = Household(tmp_path)
    film(home.inbox / RELEASE)
    settle(home)
    plant(home.inbox / RELEASE, {late: b"1"})

    settle(home)

    assert "movies/A Film (2020)/A Film (2020).en.srt" in names(home.library)
    assert names(home.inbox) == []


def test_a_subtitle_that_is_dropped_alone_joins_the_only_film_that_fits(tmp_path: Path) -> None:
    home = Household(tmp_path)
    film(home.library / "movies" / "Night Train (2019)", "Night Train (2019).mkv")
    home.scan("movies", recursive=True)
    plant(home.inbox, {"Night.Train.2019.en.forced.srt": b"1"})

    settle(home)

    assert "movies/Night Train (2019)/Night Train (2019).en.forced.srt" in names(home.library)
    assert names(home.inbox) == []


def test_a_subtitle_waits_for_its_film_and_joins_it_when_that_is_filed(tmp_path: Path) -> None:
    home = Household(tmp_path)
    plant(home.inbox, {"A.Film.2020.German.srt": b"1"})
    settle(home)
    assert names(home.inbox) == ["A.Film.2020.German.srt"]
    assert "it waits: no movie 'A Film' (2020) is in a library yet" in reason(
        home, b"A.Film.2020.German.srt"
    )

    film(home.inbox / RELEASE)
    settle(home)
    settle(home)

    assert names(home.library) == [
        "movies/A Film (2020)/A Film (2020).de.srt",
        "movies/A Film (2020)/A Film (2020).mkv",
    ]
    assert names(home.inbox) == []


def test_a_subtitle_that_two_films_fit_waits_and_says_so(tmp_path: Path) -> None:
    home = Household(tmp_path)
    for year in (1990, 2010):
        film(home.library / "movies" / f"Night Train ({year})", f"Night Train ({year}).mkv")
    home.scan("movies", recursive=True)
    plant(home.inbox, {"Night Train.en.srt": b"1"})

    settle(home)

    assert names(home.inbox) == ["Night Train.en.srt"]
    assert "it waits: 2 files or items of the libraries may be" in reason(
        home, b"Night Train.en.srt"
    )


def test_subtitles_of_an_episode_join_it_late(tmp_path: Path) -> None:
    home = Household(tmp_path)
    film(home.inbox / "Show.S01", "Show.S01E01.mkv")
    film(home.inbox / "Show.S01", "Show.S01E02.mkv")
    settle(home)
    plant(home.inbox, {"Subs of it": {"Show.S01E02.720p.en.srt": b"1"}})
    plant(home.inbox, {"Show.1x01.fr.srt": b"1"})

    settle(home)

    assert names(home.library / "shows") == [
        "Show/Season 01/Show S01E01.fr.srt",
        "Show/Season 01/Show S01E01.mkv",
        "Show/Season 01/Show S01E02.en.srt",
        "Show/Season 01/Show S01E02.mkv",
    ]


def test_a_later_episode_joins_the_only_show_of_its_name(tmp_path: Path) -> None:
    home = Household(tmp_path)
    film(home.inbox / "Show (2011)", "Show S01E01.mkv")
    settle(home)
    film(home.inbox, "Show.S01E02.720p.HDTV.x264-GRP.mkv")

    settle(home)

    assert names(home.library / "shows") == [
        "Show (2011)/Season 01/Show (2011) S01E01.mkv",
        "Show (2011)/Season 01/Show (2011) S01E02.mkv",
    ]


def test_a_later_track_joins_the_album_of_various_artists_that_lay_beside_it(
    tmp_path: Path,
) -> None:
    home = Household(tmp_path)
    for number, artist in enumerate(("Ann", "Bob", "Cat"), 1):
        song(home.inbox / "x" / f"{number}.mp3", f"T{number}", artist=artist, track=str(number))
    settle(home)
    song(home.inbox / "x" / "4.mp3", "T4", artist="Dan", track="4")

    settle(home)

    assert names(home.library / "music") == [
        f"Various Artists/Some/0{number} T{number}.mp3" for number in range(1, 5)
    ]


def test_a_cover_that_comes_late_joins_its_album(tmp_path: Path) -> None:
    home = Household(tmp_path)
    song(home.inbox / "Ann - Some (2001)" / "01 - One.mp3", "One", track="1")
    settle(home)
    plant(home.inbox, {"Ann - Some (2001)": {"cover.jpg": media.jpeg()}})
    plant(home.inbox, {"Ann - Some": {"back.jpg": media.jpeg()}})

    settle(home)

    assert names(home.library / "music") == [
        f"Ann/Some/{name}" for name in ("01 One.mp3", "back.jpg", "cover.jpg")
    ]


def test_the_discs_of_an_album_are_one_album(tmp_path: Path) -> None:
    home = Household(tmp_path)
    for disc in (1, 2):
        song(home.inbox / "x" / f"CD{disc}" / "1.mp3", f"T{disc}", track="1")

    settle(home)

    assert names(home.library / "music") == [
        "Ann/Some/Disc 1/01 T1.mp3",
        "Ann/Some/Disc 2/01 T2.mp3",
    ]


def test_a_disc_moves_as_it_is_or_not_at_all(tmp_path: Path) -> None:
    home = Household(tmp_path)
    disc: Tree = {
        "VIDEO_TS": {"VIDEO_TS.IFO": b"i", "VTS_01_1.VOB": b"no video", "x": {"y.bin": b"y"}}
    }
    plant(home.inbox, {"A Film (2010)": disc, "B Film (2011)": disc})
    plant(home.library, {"movies/B Film (2011)/VIDEO_TS/VIDEO_TS.IFO": b"another"})

    settle(home)

    assert names(home.library / "movies") == [
        "A Film (2010)/VIDEO_TS/VIDEO_TS.IFO",
        "A Film (2010)/VIDEO_TS/VTS_01_1.VOB",
        "A Film (2010)/VIDEO_TS/x/y.bin",
        "B Film (2011)/VIDEO_TS/VIDEO_TS.IFO",
    ]
    assert len(names(home.inbox)) == 3
    assert "something else is already at" in reason(home, b"B Film (2011)")


def test_an_archive_is_refused_until_it_is_unpacked_beside_it(tmp_path: Path) -> None:
    home = Household(tmp_path)
    plant(home.inbox, {RELEASE: {"x.rar": b"Rar!", "x.r00": b"more"}})
    settle(home)
    assert "an archive: unpack x.rar beside it" in reason(home, RELEASE.encode())
    film(home.inbox / RELEASE)

    settle(home)

    assert names(home.library) == ["movies/A Film (2020)/A Film (2020).mkv"]
    assert names(home.inbox) == [f"{RELEASE}/x.r00", f"{RELEASE}/x.rar"]
    assert "lies beside it already" in reason(home, RELEASE.encode())


def test_one_unreadable_episode_of_a_pack_is_named_and_the_others_are_filed(tmp_path: Path) -> None:
    home = Household(tmp_path)
    film(home.inbox / "Show.S01", "Show.S01E01.mkv")
    plant(home.inbox, {"Show.S01/Show.S01E02.mkv": b"no video", "Show.S01/Show.S01E02.srt": b"1"})

    settle(home)

    assert names(home.library) == ["shows/Show/Season 01/Show S01E01.mkv"]
    assert names(home.inbox) == ["Show.S01/Show.S01E02.mkv", "Show.S01/Show.S01E02.srt"]
    assert reason(home, b"Show.S01").startswith("Show.S01/Show.S01E02.mkv: it cannot be read")


def test_with_keep_what_comes_late_joins_and_nothing_is_filed_twice(tmp_path: Path) -> None:
    home = Household(tmp_path, after="keep")
    film(home.inbox / RELEASE)
    film(home.inbox / RELEASE / "Extras", "One.mkv")
    plant(home.inbox / RELEASE, {"Subs": {"2_English.srt": b"1"}})
    settle(home)
    plant(home.inbox / RELEASE, {"Subs": {"3_English.srt": b"22", "4_German.srt": b"333"}})

    settle(home)
    settle(home)

    assert names(home.library) == [
        *(f"movies/A Film (2020)/A Film (2020){end}.srt" for end in (".2.en", ".de", ".en")),
        "movies/A Film (2020)/A Film (2020).mkv",
        "movies/A Film (2020)/Extras/One.mkv",
    ]


def test_a_broken_episode_joins_the_others_with_its_subtitles_once_it_is_mended(
    tmp_path: Path,
) -> None:
    home = Household(tmp_path)
    film(home.inbox / "Show.S01", "Show.S01E01.mkv")
    plant(home.inbox, {"Show.S01/Show.S01E02.mkv": b"no video", "Show.S01/Show.S01E02.srt": b"1"})
    settle(home)
    film(home.inbox / "Show.S01", "Show.S01E02.mkv")

    settle(home)

    assert names(home.library / "shows") == [
        *("Show/Season 01/Show S01E01.mkv", "Show/Season 01/Show S01E02.mkv"),
        "Show/Season 01/Show S01E02.srt",
    ]
    assert names(home.inbox) == []


def test_lyrics_that_come_late_beside_nothing_join_the_song_that_lay_there(tmp_path: Path) -> None:
    home = Household(tmp_path)
    song(home.inbox / "one.mp3", "One", track="1")
    settle(home)
    plant(home.inbox, {"one.lrc": b"la"})

    settle(home)

    assert names(home.library) == ["music/Ann/Some/01 One.lrc", "music/Ann/Some/01 One.mp3"]


def test_a_trailer_alone_waits_for_its_film(tmp_path: Path) -> None:
    home = Household(tmp_path)
    film(home.inbox, "A.Film.2020.1080p-trailer.mkv")
    settle(home)
    assert names(home.library) == []
    film(home.inbox, "A.Film.2020.1080p.mkv")

    settle(home)
    settle(home)

    assert names(home.library) == [
        "movies/A Film (2020)/A Film (2020).mkv",
        "movies/A Film (2020)/Trailers/A.Film.2020.1080p-trailer.mkv",
    ]


def test_what_was_put_back_is_no_longer_joined(tmp_path: Path) -> None:
    home = Household(tmp_path)
    film(home.inbox / RELEASE)
    settle(home)
    [operation] = home.imports()
    assert home.undo(operation.id).state is State.COMPLETED
    plant(home.inbox, {"A.Film.2020.en.srt": b"1"})

    settle(home)

    assert names(home.library) == []
    assert "it waits: no movie 'A Film' (2020)" in reason(home, b"A.Film.2020.en.srt")


def test_a_subtitle_is_joined_to_no_version_of_several(tmp_path: Path) -> None:
    home = Household(tmp_path)
    top = home.library / "movies" / "A Film (2020)"
    film(top, "A Film (2020) - 1080p.mkv")
    film(top, "A Film (2020) - 2160p.mkv")
    home.scan("movies", recursive=True)
    plant(home.inbox, {"A.Film.2020.en.srt": b"1", "A Film (2020)": {"poster.jpg": b"p"}})

    settle(home)

    assert names(home.inbox) == ["A.Film.2020.en.srt"]
    assert "2 files or items of the libraries may be" in reason(home, b"A.Film.2020.en.srt")
    assert "movies/A Film (2020)/poster.jpg" in names(home.library)
