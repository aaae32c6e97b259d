import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfd.core.media import Kind
from shelfd.core.names import Parsed, parse


def names(path: str, kind: Kind | None = None) -> Parsed:
    return parse(path.split("/"), kind)


@pytest.mark.parametrize(
    ("path", "title", "season", "episodes"),
    [
        ("Harbour.Lights.S02E07.mkv", "Harbour Lights", 2, (7,)),
        ("Harbour Lights - s2e7 - Low Tide.mkv", "Harbour Lights", 2, (7,)),
        ("harbour_lights_s02e07_720p.avi", "harbour lights", 2, (7,)),
        ("Harbour.Lights.S02.E07.1080p.mkv", "Harbour Lights", 2, (7,)),
        ("Harbour Lights - 2x07 - Low Tide.mkv", "Harbour Lights", 2, (7,)),
        ("Harbour Lights [2x07].mkv", "Harbour Lights", 2, (7,)),
        ("Harbour Lights Season 2 Episode 7.mkv", "Harbour Lights", 2, (7,)),
        ("Hafenlichter Staffel 2 Folge 7.mkv", "Hafenlichter", 2, (7,)),
        ("Harbour.Lights.S01E01E02.mkv", "Harbour Lights", 1, (1, 2)),
        ("Harbour.Lights.S01E01-E03.mkv", "Harbour Lights", 1, (1, 2, 3)),
        ("Harbour.Lights.S01E01-03.720p.mkv", "Harbour Lights", 1, (1, 2, 3)),
        ("Harbour Lights 1x01-1x02.mkv", "Harbour Lights", 1, (1, 2)),
        ("Harbour Lights 1x01x02.mkv", "Harbour Lights", 1, (1, 2)),
        ("Harbour Lights - 1x02 - 1x03 - 1x14 - Low Tide.mkv", "Harbour Lights", 1, (2, 3, 14)),
        ("Harbour.Lights.S01E01.S01E03.mkv", "Harbour Lights", 1, (1, 3)),
        ("Harbour.Lights.S00E04.mkv", "Harbour Lights", 0, (4,)),
        ("24.S03E11.mkv", "24", 3, (11,)),
        ("Harbour.Lights.S2019E112.mkv", "Harbour Lights", 2019, (112,)),
    ],
)
def test_a_numbered_episode_with_its_show_is_certain(
    path: str, title: str, season: int, episodes: tuple[int, ...]
) -> None:
    found = names(path)

    assert (found.kind, found.title) == ("episode", title)
    assert (found.season, found.episodes) == (season, episodes)
    assert found.confidence >= 0.9


@pytest.mark.parametrize(
    ("path", "episodes"),
    [
        ("Harbour.Lights.S02E07-1080p.mkv", (7,)),
        ("Harbour.Lights.S02E07.x264.mkv", (7,)),
        ("Harbour.Lights.S02E07-31st.Street.mkv", (7,)),
        ("Harbour Lights - S02E07 - 12 Boats.mkv", (7,)),
        ("Harbour Lights - S02E07 - Ep.129.mkv", (7,)),
        ("Harbour.Lights.S02E07_90.mkv", (7,)),
    ],
)
def test_a_number_behind_the_episode_is_not_one_more_episode(
    path: str, episodes: tuple[int, ...]
) -> None:
    assert names(path).episodes == episodes


def test_a_file_with_more_episodes_than_anyone_films_is_not_certain() -> None:
    found = names("Harbour.Lights.S01E02-24.mkv")

    assert len(found.episodes) > 8
    assert found.confidence < 0.8


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("Harbour Lights/Season 02/03 - Low Tide.mkv", "Low Tide"),
        ("Harbour Lights/Season 2/3. Low Tide.mkv", "Low Tide"),
        ("Harbour Lights/S02/Episode 3.mkv", None),
        ("Harbour Lights/Staffel 2/E03 Low Tide.mkv", "Low Tide"),
        ("Harbour Lights/Season 02/Harbour Lights - 03.mkv", None),
        ("TV Shows/Harbour Lights/Season 02/03.mkv", None),
        ("Harbour.Lights.S02.1080p.WEB-DL-GRP/harbour.lights.s02e03.mkv", None),
    ],
)
def test_directories_name_the_show_and_the_season(path: str, title: str | None) -> None:
    found = names(path)

    assert (found.title, found.season, found.episodes) == ("Harbour Lights", 2, (3,))
    assert found.episode_title == title
    assert found.confidence >= 0.8


def test_specials_are_season_zero() -> None:
    found = names("Harbour Lights/Specials/02 - Making Waves.mkv")

    assert (found.title, found.season, found.episodes) == ("Harbour Lights", 0, (2,))


def test_the_directory_knows_the_year_of_the_show() -> None:
    found = names("Harbour Lights (2011)/Season 01/harbour.lights.s01e02.mkv")

    assert (found.title, found.year) == ("Harbour Lights", 2011)


def test_a_season_that_contradicts_its_directory_is_not_certain() -> None:
    assert names("Harbour Lights/Season 04/Harbour.Lights.S05E01.mkv").confidence < 0.9


def test_a_file_named_by_a_program_is_what_its_directory_says() -> None:
    found = names("Harbour.Lights.S02E07.720p.WEB-GRP/8f0a6b2c4d9e1f7a3b5c6d8e.mkv")

    assert (found.title, found.season, found.episodes) == ("Harbour Lights", 2, (7,))
    assert found.confidence >= 0.8


def test_a_number_without_any_show_is_not_enough() -> None:
    assert names("S01E02.mkv").confidence < 0.5


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("Evening.Talk.2020.01.31.Some.Guest.720p.WEB.h264-GRP.mkv", "Evening Talk"),
        ("Evening Talk - 2020-01-31 - Some Guest 1080p.mkv", "Evening Talk"),
        ("Evening.Talk.31.01.2020.720p.HDTV.mkv", "Evening Talk"),
        ("Evening Talk 31st Jan 2020 720p.mkv", "Evening Talk"),
    ],
)
def test_a_broadcast_of_a_day_is_dated(path: str, title: str) -> None:
    found = names(path)

    assert (found.title, found.date) == (title, "2020-01-31")
    assert found.confidence >= 0.8


def test_a_home_video_with_a_date_is_not_taken_for_a_show() -> None:
    assert names("Our wedding 2019-07-04.mp4").confidence < 0.8
    assert names("Our wedding 2019-07-04.mp4", Kind.SHOWS).confidence >= 0.8


def test_a_day_that_does_not_exist_is_no_date() -> None:
    assert names("Evening.Talk.2020.13.32.720p.mkv").date is None


def test_anime_is_counted_from_the_first_episode_and_not_certain() -> None:
    found = names("[Nobody] Paper Moon - 12 [1080p][0A1B2C3D].mkv")

    assert (found.title, found.absolute, found.episodes) == ("Paper Moon", (12,), (12,))
    assert 0.5 < found.confidence < 0.8


def test_anime_that_names_its_season_is_certain_enough() -> None:
    found = names("[Nobody] Paper Moon S2 - 12 [1080p].mkv")

    assert (found.title, found.season, found.episodes) == ("Paper Moon", 2, (12,))
    assert found.confidence >= 0.8


def test_brackets_can_hold_everything() -> None:
    found = names("[Nobody][Paper Moon][07][1080p].mkv")

    assert (found.title, found.absolute) == ("Paper Moon", (7,))


def test_a_number_after_a_year_is_an_episode_rather_than_a_movie() -> None:
    found = names("[Nobody] Paper Moon (2014) - 018 [1280x720].mkv")

    assert (found.kind, found.title, found.year, found.absolute) == (
        "episode",
        "Paper Moon",
        2014,
        (18,),
    )


@pytest.mark.parametrize(
    ("path", "title", "year"),
    [
        ("The Salt Road (2018).mkv", "The Salt Road", 2018),
        ("The.Salt.Road.(2018).1080p.BluRay.x264-GRP.mkv", "The Salt Road", 2018),
        ("The Salt Road [2018] 720p.mkv", "The Salt Road", 2018),
        ("The.Salt.Road.2018.1080p.BluRay.x264-GRP.mkv", "The Salt Road", 2018),
        ("The_Salt_Road_2018_720p_WEB-DL.mp4", "The Salt Road", 2018),
        ("The.Salt.Road.2018.GERMAN.DL.EXTENDED.1080p.mkv", "The Salt Road", 2018),
        ("The.Salt.Road.EXTENDED.2018.1080p.mkv", "The Salt Road", 2018),
        ("www.example.com - The.Salt.Road.2018.720p.mkv", "The Salt Road", 2018),
        ("1917 (2019).mkv", "1917", 2019),
        ("2012.2009.720p.BluRay.mkv", "2012", 2009),
        ("Blade.Runner.2049.2017.1080p.mkv", "Blade Runner 2049", 2017),
        ("The Good German (2006).mkv", "The Good German", 2006),
        ("The.Good.German.2006.720p.mkv", "The Good German", 2006),
        ("U.N.I.T.2011.720p.mkv", "U.N.I.T.", 2011),
        ("Dr. No (1962).mkv", "Dr. No", 1962),
        ("The Salt Road (2018)/salt.mkv", "The Salt Road", 2018),
        ("The.Salt.Road.2018.1080p.BluRay.x264-GRP/grp-saltroad.mkv", "The Salt Road", 2018),
        ("Salt Trilogy (2000)/The Salt Road (2018).mkv", "The Salt Road", 2018),
    ],
)
def test_a_movie_with_its_year_is_certain(path: str, title: str, year: int) -> None:
    found = names(path)

    assert (found.kind, found.title, found.year) == ("movie", title, year)
    assert found.confidence >= 0.85


@pytest.mark.parametrize("path", ["1984.mkv", "2001 A Space Odyssey.mkv", "The Salt Road.mkv"])
def test_a_title_without_a_year_is_a_guess(path: str) -> None:
    found = names(path)

    assert (found.kind, found.title, found.year) == ("movie", path[:-4], None)
    assert found.confidence == 0.5


def test_a_year_at_the_end_may_be_part_of_the_title() -> None:
    assert names("Wonder Road 1984.mkv").confidence < 0.8


def test_a_file_that_names_something_else_than_its_directory_is_not_certain() -> None:
    assert names("The Salt Road (2018)/How we built the ships.mkv").confidence < 0.8
    assert names("The Salt Road (2018)/making-of.mkv").confidence < 0.8
    assert names("The Salt Road (2018)/The Salt Road (2008).mkv").confidence < 0.8


@pytest.mark.parametrize(
    "path",
    [
        "Harbour Crew - 109 - The Long Night (2001).mkv",
        "Paper Moon (2009) 04 [720p].mkv",
        "Open Season 3 (2010).mkv",
    ],
)
def test_a_movie_with_what_may_be_an_episode_number_is_not_certain(path: str) -> None:
    assert names(path).confidence < 0.8


@pytest.mark.parametrize(
    "path",
    [
        "sample.mkv",
        "The.Salt.Road.2018.1080p-sample.mkv",
        "The Salt Road (2018)/Sample/salt.mkv",
        "The Salt Road (2018)/The Salt Road (2018)-trailer.mkv",
        "The Salt Road (2018)/Featurettes/The Ships.mkv",
        "The Salt Road (2018)/Shorts/The Ships (2017).mkv",
        "The Salt Road (2018)/VIDEO_TS/VTS_01_1.vob",
    ],
)
def test_what_is_not_the_work_itself_has_no_confidence_and_says_why(path: str) -> None:
    found = names(path)

    assert found.confidence == 0
    assert found.rule.startswith(("a sample", "an extra", "part of a disc"))


def test_a_directory_at_the_top_of_an_inbox_may_sort_short_films() -> None:
    assert names("Shorts/The Ships (2017).mkv").confidence >= 0.9


@pytest.mark.parametrize(
    ("name", "edition"),
    [
        ("The Salt Road (2018) - Black and Chrome Edition.mkv", "Black and Chrome Edition"),
        ("The.Salt.Road.2018.Black.and.Chrome.Edition.1080p.mkv", "Black and Chrome Edition"),
        ("The Salt Road (2018) The Ann Lee Cut.mkv", "The Ann Lee Cut"),
        ("The.Salt.Road.2018.German.DL.1080p.Steelbook.Edition.mkv", "Steelbook Edition"),
        ("The Salt Road (2018) Edition.mkv", None),
        ("The Salt Road (2018) German Edition.mkv", None),
    ],
)
def test_an_edition_of_any_name_is_known_by_its_form(name: str, edition: str | None) -> None:
    found = names(name)

    assert (found.title, found.year, found.edition) == ("The Salt Road", 2018, edition)


@pytest.mark.parametrize(
    ("counted", "episodes"),
    [("第05集", (5,)), ("第5话", (5,)), ("第05-06集", (5, 6)), ("第05-1080p", (5,))],
)
def test_what_counts_an_episode_is_no_title_of_it(counted: str, episodes: tuple[int, ...]) -> None:
    found = names(f"巨塔 第3季 {counted}.mkv")

    assert (found.title, found.season, found.episodes) == ("巨塔", 3, episodes)
    assert found.episode_title is None


def test_ids_and_editions_are_read_and_are_no_part_of_the_title() -> None:
    found = names("The Salt Road (2018) [tmdbid-603] {imdb-tt0133093} {edition-Final Cut}.mkv")

    assert (found.title, found.year, found.edition) == ("The Salt Road", 2018, "Final Cut")
    assert found.ids == {"tmdb": "603", "imdb": "tt0133093"}


def test_a_directory_gives_its_ids_to_the_file() -> None:
    assert names("The Salt Road (2018) [tmdbid-603]/salt.mkv").ids == {"tmdb": "603"}


def test_the_files_of_one_movie_say_which_part_they_are() -> None:
    assert names("The Salt Road (1958) CD2.avi").part == 2
    assert names("The Salt Road (1958)/CD1/salt.avi").part == 1
    assert names("The Salt Road Part 1 (1958).avi").part is None


def test_the_kind_of_the_inbox_restricts_what_a_video_can_be() -> None:
    assert names("The Salt Road (2018).mkv", Kind.SHOWS).confidence < 0.5
    assert names("Harbour.Lights.S02E07.mkv", Kind.MOVIES).confidence < 0.5
    assert names("01 - Song.mp3", Kind.MOVIES).kind is None


@pytest.mark.parametrize(
    ("path", "year", "disc"),
    [
        ("The Herons - Tidal (1999)/03 - Undertow.flac", 1999, None),
        ("The Herons/Tidal/03 - Undertow.mp3", None, None),
        ("The Herons/1999 - Tidal [FLAC]/CD 2/03. Undertow.flac", 1999, 2),
        ("The Herons - 1999 - Tidal/2-03 - Undertow.flac", 1999, 2),
        ("The_Herons-Tidal-WEB-1999-GRP/03-undertow.mp3", 1999, None),
        ("Music/The Herons/Tidal (1999)/203 - Undertow.mp3", 1999, 2),
    ],
)
def test_a_track_in_the_directory_of_its_album(
    path: str, year: int | None, disc: int | None
) -> None:
    found = names(path)

    assert (found.artist, found.album, found.year) == ("The Herons", "Tidal", year)
    assert (found.disc, found.track) == (disc, 3)
    assert found.title in ("Undertow", "undertow")
    assert found.confidence == 0.8


def test_a_lone_track_is_not_certain() -> None:
    found = names("The Herons - Undertow.mp3")

    assert (found.artist, found.title) == ("The Herons", "Undertow")
    assert found.confidence <= 0.7


def test_a_title_that_begins_with_a_number_keeps_it() -> None:
    assert names("99 Balloons.mp3").title == "99 Balloons"


@pytest.mark.parametrize(
    ("path", "series", "sequence", "title"),
    [
        (
            "Ada Finch/The Tides/Book 2 - 1994 - Low Water {Max Bell}/01.mp3",
            "The Tides",
            "2",
            "Low Water",
        ),
        ("Ada Finch/The Tides/2. Low Water/01.mp3", "The Tides", "2", "Low Water"),
        ("Ada Finch/Low Water/Low Water.m4b", None, None, "Low Water"),
    ],
)
def test_an_audiobook_in_the_directories_of_its_author(
    path: str, series: str | None, sequence: str | None, title: str
) -> None:
    found = names(path, Kind.AUDIOBOOKS)

    assert (found.kind, found.author, found.title) == ("audiobook", "Ada Finch", title)
    assert (found.series, found.sequence) == (series, sequence)
    assert found.confidence >= 0.8


def test_an_audiobook_names_its_reader_year_and_part() -> None:
    found = names(
        "Ada Finch/The Tides/1994 - Low Water {Max Bell} [B00ABCDEFG]/Chapter 07.mp3",
        Kind.AUDIOBOOKS,
    )

    assert (found.year, found.narrator, found.asin, found.part) == (
        1994,
        "Max Bell",
        "B00ABCDEFG",
        7,
    )


def test_an_m4b_is_an_audiobook_without_being_told() -> None:
    found = names("Ada Finch/Low Water.m4b")

    assert (found.kind, found.author, found.title) == ("audiobook", "Ada Finch", "Low Water")


def test_a_book_in_the_directory_of_its_author_is_certain_when_the_file_agrees() -> None:
    found = names("Ada Finch/Low Water (412)/Low Water - Ada Finch.epub")

    assert (found.kind, found.author, found.title) == ("book", "Ada Finch", "Low Water")
    assert found.confidence >= 0.8


def test_author_and_title_of_a_lone_file_may_be_swapped() -> None:
    found = names("Ada Finch - Low Water.epub")

    assert (found.author, found.title) == ("Ada Finch", "Low Water")
    assert found.confidence <= 0.5


def test_what_is_no_media_file_says_so() -> None:
    assert names("setup.exe") == Parsed(rule=".exe: neither video nor audio nor a book")
    assert parse([]).confidence == 0


PIECES = st.sampled_from(
    "S01E02 1x02 (2019) [2019] 2019 720p - . _ ( [ { ] ) } 12 a.b.c Extended German [G] 01- Vol.1"
    " Season.1 E03 -E04 第1話 é \u0301 \u202e / CD1 x264 1of2 2020-01-31 sample \0 \ud800".split(
        " "
    ),
)
COMPONENT = st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=60).map("".join))
EXTENSION = st.sampled_from([".mkv", ".mp3", ".m4b", ".epub", ".txt", ""])


@given(st.lists(COMPONENT, max_size=4), COMPONENT, EXTENSION, st.sampled_from([None, *Kind]))
def test_no_name_makes_it_raise_or_sure_of_nothing(
    directories: list[str], stem: str, extension: str, kind: Kind | None
) -> None:
    found = parse([*directories, stem + extension], kind)

    assert 0 <= found.confidence <= 1
    assert found.rule
    assert found.confidence < 0.5 or found.title


@pytest.mark.parametrize(
    "piece", ["(2019)", "[[", "a.", "1-", "S01E01", "- 01 ", "x ", "((((", "Book 1 - "]
)
def test_hostile_repetition_is_read_like_any_other_name(piece: str) -> None:
    hostile = (piece * 255)[:255]

    for extension in (".mkv", ".mp3", ".m4b", ".epub"):
        assert parse([hostile, hostile, hostile + extension]).rule


@pytest.mark.parametrize(
    ("path", "track", "artist"),
    [
        ("The_Herons-Tidal-1999-GRP/03-the_herons-undertow-grp.mp3", 3, "the herons"),
        ("VA-Tidal-1999-GRP/103-the_herons-undertow-grp.mp3", 3, "the herons"),
        ("The Herons/Tidal/The Herons - 03 - Undertow.flac", 3, "The Herons"),
        ("The Herons/Tidal/1-03 Undertow.flac", 3, "The Herons"),
        ("The Herons/Tidal/[03] Undertow.flac", 3, "The Herons"),
        ("03 - The Herons - Undertow.flac", 3, "The Herons"),
        ("Undertow by The Herons.mp3", None, "The Herons"),
    ],
)
def test_a_track_is_read_however_its_file_is_named(
    path: str, track: int | None, artist: str
) -> None:
    found = names(path)

    assert (found.track, found.artist) == (track, artist)
    assert (found.title or "").lower() == "undertow"


@pytest.mark.parametrize(
    ("name", "title", "season", "episodes"),
    [
        ("Deep.Country.3of6.The.River.1994.DVDRip.x264-GRP.mkv", "Deep Country", None, (3,)),
        ("Harbour.Season.2.1of4.Fog.HDTV.mkv", "Harbour", 2, (1,)),
        ("Harbour.Series.2.Part.11.Fog.1080p.HDTV.mkv", "Harbour", 2, (11,)),
        ("Harbour. Season 4.16. (2010).avi", "Harbour", 4, (16,)),
        ("Iron-Hand-2017-01_13.avi", "Iron-Hand", 1, (13,)),
        ("Sorozat 2. évad 5. rész.mkv", "Sorozat", 2, (5,)),
        ("Harbour.S01E02.1080p.WEB-GRP.mkv", "Harbour", 1, (2,)),
    ],
)
def test_episodes_that_are_counted_in_words_or_of_all(
    name: str, title: str, season: int | None, episodes: tuple[int, ...]
) -> None:
    found = parse([name])

    assert (found.kind, found.title, found.season) == ("episode", title, season)
    assert found.episodes == episodes
    assert found.episode_title in (None, "The River 1994", "Fog")


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Captain_Orr-f03-The_Reef.mkv", "The Reef"),
        ("Night.Train.Directors.Cut.avi", "Night Train"),
        ("The Final Cut.avi", "The Final Cut"),
        ("Longer and Uncut.avi", "Longer and Uncut"),
        ("Walk by Walk (1897).mp4", "Walk by Walk"),
        ("Movie.2010.1of2.avi", "Movie"),
    ],
)
def test_movies_with_what_is_no_part_of_their_title(name: str, title: str) -> None:
    assert (parse([name]).kind, parse([name]).title) == ("movie", title)
