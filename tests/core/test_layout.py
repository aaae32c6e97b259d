import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shelfd.core.errors import RefusedError
from shelfd.core.identity import Identity
from shelfd.core.layout import Layout, beside, safe, target
from shelfd.core.layout_words import Player
from shelfd.core.safe_names import Names
from shelfd.core.templated import Value


def path(extension: str = ".mkv", player: Player = "jellyfin", **fields: Any) -> str:
    return "/".join(target(Identity(**fields), extension, Layout(player=player)))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"title": "The Salt Road", "year": 2018}, "The Salt Road (2018)/The Salt Road (2018).mkv"),
        ({"title": "The Salt Road"}, "The Salt Road/The Salt Road.mkv"),
        (
            {"title": "The Salt Road", "year": 2018, "ids": {"tmdb": "603", "imdb": "tt0133093"}},
            "The Salt Road (2018) [tmdbid-603]/The Salt Road (2018) [tmdbid-603].mkv",
        ),
        (
            {"title": "The Salt Road", "year": 2018, "ids": {"imdb": "tt0133093"}},
            "The Salt Road (2018) [imdbid-tt0133093]/The Salt Road (2018) [imdbid-tt0133093].mkv",
        ),
        (
            {"title": "The Salt Road", "year": 2018, "edition": "Final Cut"},
            "The Salt Road (2018)/The Salt Road (2018) - Final Cut.mkv",
        ),
        (
            {"title": "The Salt Road", "year": 2018, "part": 2},
            "The Salt Road (2018)/The Salt Road (2018)-part2.mkv",
        ),
    ],
)
def test_a_movie_has_a_folder_and_a_file_of_the_same_name(
    fields: dict[str, Any], expected: str
) -> None:
    assert path(kind="movie", **fields) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"year": 2011, "season": 1, "episodes": (2,), "title": "Low Tide"},
            "Harbour (2011)/Season 01/Harbour (2011) S01E02 Low Tide.mkv",
        ),
        ({"season": 1, "episodes": (2,)}, "Harbour/Season 01/Harbour S01E02.mkv"),
        ({"season": 1, "episodes": (1, 2)}, "Harbour/Season 01/Harbour S01E01-E02.mkv"),
        ({"season": 1, "episodes": (1, 2, 3)}, "Harbour/Season 01/Harbour S01E01-E03.mkv"),
        ({"season": 1, "episodes": (1, 7)}, "Harbour/Season 01/Harbour S01E01E07.mkv"),
        ({"season": 0, "episodes": (4,)}, "Harbour/Season 00/Harbour S00E04.mkv"),
        ({"season": 2019, "episodes": (112,)}, "Harbour/Season 2019/Harbour S2019E112.mkv"),
        (
            {"date": "2020-01-31", "title": "Some Guest"},
            "Harbour/Season 2020/Harbour 2020-01-31 Some Guest.mkv",
        ),
    ],
)
def test_an_episode_lies_in_its_season(fields: dict[str, Any], expected: str) -> None:
    assert path(kind="episode", show="Harbour", **fields) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"album": "Tidal", "track": 3}, "The Herons/Tidal/03 Undertow.flac"),
        (
            {"album": "Tidal", "track": 3, "disc": 1, "discs": 1},
            "The Herons/Tidal/03 Undertow.flac",
        ),
        (
            {"album": "Tidal", "track": 3, "disc": 1, "discs": 2},
            "The Herons/Tidal/Disc 1/03 Undertow.flac",
        ),
        ({"album": "Tidal", "track": 3, "disc": 2}, "The Herons/Tidal/Disc 2/03 Undertow.flac"),
        ({"album": "Tidal"}, "The Herons/Tidal/Undertow.flac"),
        ({}, "The Herons/Singles/Undertow.flac"),
        (
            {"album": "Hits", "album_artist": "Various Artists"},
            "Various Artists/Hits/Undertow.flac",
        ),
    ],
)
def test_a_track_lies_in_its_album(fields: dict[str, Any], expected: str) -> None:
    assert path(".flac", kind="track", artist="The Herons", title="Undertow", **fields) == expected


@pytest.mark.parametrize("album", ["Vol. 3: Drift", "Act 2", "CD1", "Volume 7", "Part 1"])
def test_an_album_is_never_taken_for_one_disc_of_its_artist(album: str) -> None:
    directory = target(Identity(kind="track", artist="A", album=album, title="T"), ".mp3")[1]

    assert "#" in directory
    assert safe(directory) == directory


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "Ada Finch/Low Water/Low Water.m4b"),
        ({"series": "The Tides"}, "Ada Finch/The Tides/Low Water/Low Water.m4b"),
        ({"part": 7}, "Ada Finch/Low Water/07 Low Water.m4b"),
    ],
)
def test_an_audiobook_lies_with_its_author(fields: dict[str, Any], expected: str) -> None:
    assert (
        path(".m4b", kind="audiobook", author="Ada Finch", title="Low Water", **fields) == expected
    )


def test_a_book_lies_with_its_author_if_that_is_known() -> None:
    assert path(".epub", kind="book", author="Ada Finch", title="Low Water") == (
        "Ada Finch/Low Water/Low Water.epub"
    )
    assert path(".EPUB", kind="book", title="Low Water") == "Low Water/Low Water.epub"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tides: A History", "Tides - A History"),
        ("10:30", "10-30"),
        ("Face/Off", "Face-Off"),
        ("Here / There", "Here - There"),
        ("a\\b|c", "a-b-c"),
        ('The "Pier"', "The 'Pier'"),
        ("Where?", "Where"),
        ("A*B", "A-B"),
        ("<3", "3"),
        ("...and then", "and then"),
        ("Wait...", "Wait"),
        (" two  blanks\tand\na line ", "two blanks and a line"),
        ("Tides:", "Tides"),
        ("", "_"),
        ("..", "_"),
        ("???", "_"),
        ("\0\x1f", "_"),
        ("CON", "CON_"),
        ("nul.tar", "nul_.tar"),
        ("Com1", "Com1_"),
        ("Console", "Console"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("good\u202eliated", "goodliated"),
    ],
)
def test_a_name_is_made_safe_for_every_file_system(text: str, expected: str) -> None:
    assert safe(text) == expected


def test_a_name_is_cut_between_characters() -> None:
    assert safe("\u00e9" * 200) == "\u00e9" * 127
    assert safe("ab \u00e9", limit=4) == "ab"


@pytest.mark.parametrize(
    ("title", "stem"),
    [
        ("Making - Trailer", "H S01E01 Making Trailer"),
        ("Long-Short", "H S01E01 Long Short"),
        ("The.Sample", "H S01E01 The.Sample_"),
        ("One-Deleted-Scene", "H S01E01 One-Deleted Scene"),
        ("Storm, Part 1", "H S01E01 Storm, Part #1"),
        ("Storm (Part 2)", "H S01E01 Storm (Part #2)"),
        ("Disc A", "H S01E01 Disc #A"),
        ("Departed", "H S01E01 Departed"),
        ("The Short", "H S01E01 The Short"),
    ],
)
def test_no_title_makes_an_extra_or_a_part_of_an_episode(title: str, stem: str) -> None:
    episode = Identity(kind="episode", show="H", season=1, episodes=(1,), title=title)

    assert target(episode, ".mkv")[-1] == f"{stem}.mkv"


@pytest.mark.parametrize("title", ["Subs", "Extras", "Metadata", "Trailers", "Sample", "Shorts"])
def test_a_title_that_players_pass_over_is_changed_unless_a_year_follows(title: str) -> None:
    assert path(kind="movie", title=title) == f"{title}_/{title}_.mkv"
    assert path(kind="movie", title=title, year=2005) == f"{title} (2005)/{title} (2005).mkv"


@pytest.mark.parametrize(
    ("player", "expected"),
    [
        (
            "jellyfin",
            "The Salt Road (2018) [tmdbid-603]/The Salt Road (2018) [tmdbid-603] - Final Cut-part2.mkv",
        ),
        (
            "kodi",
            "The Salt Road (2018) [tmdbid-603]/The Salt Road (2018) [tmdbid-603] - Final Cut-part2.mkv",
        ),
        (
            "plex",
            "The Salt Road (2018) {tmdb-603}/The Salt Road (2018) {tmdb-603} {edition-Final Cut} - pt2.mkv",
        ),
    ],
)
def test_each_player_has_its_own_form_of_a_movie(player: Player, expected: str) -> None:
    fields: dict[str, Any] = {
        "title": "The Salt Road",
        "year": 2018,
        "edition": "Final Cut",
        "part": 2,
    }

    assert path(player=player, kind="movie", ids={"tmdb": "603"}, **fields) == expected


@pytest.mark.parametrize(
    ("player", "expected"),
    [
        (
            "jellyfin",
            "Harbour (2011) [tvdbid-81189]/Season 01/Harbour (2011) S01E01-E03 Low Tide.mkv",
        ),
        (
            "kodi",
            "Harbour (2011) [tvdbid-81189]/Season 01/Harbour (2011) S01E01E02E03 Low Tide.mkv",
        ),
        (
            "plex",
            "Harbour (2011) {tvdb-81189}/Season 01/Harbour (2011) - s01e01-e03 - Low Tide.mkv",
        ),
    ],
)
def test_each_player_has_its_own_form_of_an_episode(player: Player, expected: str) -> None:
    fields: dict[str, Any] = {"show": "Harbour", "year": 2011, "title": "Low Tide", "season": 1}

    made = path(player=player, kind="episode", episodes=(1, 2, 3), ids={"tvdb": "81189"}, **fields)

    assert made == expected


@pytest.mark.parametrize(
    ("player", "expected"),
    [
        ("jellyfin", "The Herons/Tidal/Disc 2/03 Undertow.flac"),
        ("kodi", "The Herons/Tidal/Disc 2/03 Undertow.flac"),
        ("plex", "The Herons/Tidal/203 - Undertow.flac"),
    ],
)
def test_each_player_has_its_own_form_of_a_track(player: Player, expected: str) -> None:
    track = {"artist": "The Herons", "album": "Tidal", "disc": 2, "track": 3, "title": "Undertow"}

    assert path(".flac", player, kind="track", **track) == expected


BOOK = {
    "author": "Ada Finch",
    "series": "The Tides",
    "sequence": "01",
    "title": "Low Water",
    "year": 1994,
    "narrator": "Tom Pike",
    "asin": "b00abcdefg",
    "part": 2,
}


@pytest.mark.parametrize(
    ("player", "expected"),
    [
        ("jellyfin", "Ada Finch/The Tides/Low Water/02 Low Water.mp3"),
        ("kodi", "Ada Finch/The Tides/Low Water/02 Low Water.mp3"),
        ("plex", "Ada Finch/Low Water/02 - Low Water.mp3"),
        (
            "audiobookshelf",
            "Ada Finch/The Tides/Vol 1 - 1994 - Low Water [B00ABCDEFG] {Tom Pike}/02 - Low Water.mp3",
        ),
    ],
)
def test_each_player_has_its_own_form_of_an_audiobook(player: Player, expected: str) -> None:
    assert path(".mp3", player, kind="audiobook", **BOOK) == expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"author": ""}, "1994 - Low Water"),
        ({"series": ""}, "Ada Finch/1994 - Low Water"),
        ({"sequence": ""}, "Ada Finch/The Tides/1994 - Low Water"),
        ({"sequence": "II"}, "Ada Finch/The Tides/1994 - Low Water"),
        ({"sequence": "1.50"}, "Ada Finch/The Tides/Vol 1.5 - 1994 - Low Water"),
        ({"sequence": "", "year": None, "title": "2. Ebb"}, "Ada Finch/The Tides/#2. Ebb"),
        ({"series": "", "year": None, "title": "2001: Sea"}, "Ada Finch/#2001 - Sea"),
        ({"series": "", "year": None, "title": "CD 2"}, "Ada Finch/CD #2"),
    ],
)
def test_the_directory_of_a_book_says_no_more_than_is_known(
    changed: dict[str, Any], expected: str
) -> None:
    book = {**BOOK, "narrator": "", "asin": "", "part": None, **changed}

    made = path(".epub", "audiobookshelf", kind="book", **book)

    assert made.rpartition("/")[0] == expected


@pytest.mark.parametrize(
    ("player", "fields", "expected"),
    [
        (
            "jellyfin",
            {"kind": "movie", "title": "The Quiet German", "year": 2006},
            "The Quiet #German (2006)",
        ),
        (
            "jellyfin",
            {"kind": "movie", "title": "The Quiet German", "year": 2006, "ids": {"tmdb": "5"}},
            "The Quiet German (2006) [tmdbid-5]",
        ),
        (
            "kodi",
            {"kind": "movie", "title": "The Quiet German", "year": 2006},
            "The Quiet German (2006)",
        ),
        ("kodi", {"kind": "movie", "title": "Ebb Extended", "year": 2006}, "Ebb #Extended (2006)"),
        ("jellyfin", {"kind": "movie", "title": "Harbour 2049"}, "Harbour #2049"),
        ("jellyfin", {"kind": "movie", "title": "[REC]", "year": 2007}, "REC (2007)"),
        ("jellyfin", {"kind": "movie", "title": "Ebb: 2", "year": 2007}, "Ebb 2 (2007)"),
        ("kodi", {"kind": "movie", "title": "The Sample", "year": 2007}, "The Sample# (2007)"),
        ("jellyfin", {"kind": "episode", "show": "Open Season 3"}, "Open Season #3"),
        (
            "jellyfin",
            {"kind": "episode", "show": "Open Season 3", "year": 2010},
            "Open Season 3 (2010)",
        ),
        ("jellyfin", {"kind": "episode", "show": "100 Things"}, "#100 Things"),
        ("jellyfin", {"kind": "episode", "show": "S01E02 Live"}, "S#01#E02 Live"),
        ("jellyfin", {"kind": "episode", "show": "4x4 Racing", "year": 2010}, "4x#4 Racing (2010)"),
        (
            "jellyfin",
            {"kind": "episode", "show": "Harbour (1999)", "year": 2010},
            "Harbour 1999 (2010)",
        ),
        ("jellyfin", {"kind": "episode", "show": "9"}, "#9"),
    ],
)
def test_a_title_says_nothing_else_to_its_player(
    player: Player, fields: dict[str, Any], expected: str
) -> None:
    assert path(player=player, **fields).partition("/")[0] == expected


@pytest.mark.parametrize(
    ("player", "found", "expected"),
    [
        ("jellyfin", "1995", "Ebb (2018) [tmdbid=1995]"),
        ("jellyfin", "19950", "Ebb (2018) [tmdbid-19950]"),
        ("kodi", "19950", "Ebb (2018) [tmdbid=19950]"),
        ("plex", "1995", "Ebb (2018) {tmdb-1995}"),
        ("jellyfin", "5]/../[x", "Ebb (2018)"),
    ],
)
def test_no_id_is_taken_for_a_year(player: Player, found: str, expected: str) -> None:
    made = path(player=player, kind="movie", title="Ebb", year=2018, ids={"tmdb": found})

    assert made.partition("/")[0] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tides: A History?", "Tides: A History?"),
        ("Wait...", "Wait..."),
        ("CON", "CON"),
        ('<"|*">', '<"|*">'),
        ("Face/Off", "Face-Off"),
        ("a\\b", "a-b"),
        ("..", "_"),
        (".hidden", "hidden"),
        (" a \n b ", "a b"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("x" * 300, "x" * 255),
    ],
)
def test_names_for_linux_keep_what_it_takes(text: str, expected: str) -> None:
    assert safe(text, names="unix") == expected
    assert safe(expected, names="unix") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\u200d", "_"),
        ("a\u200d b", "a b"),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
        ("\u200f\u05d0\u200e", "\u05d0"),
        ("a\u2060b\u00adc", "abc"),
    ],
)
def test_what_nobody_sees_is_no_part_of_a_name_unless_it_joins(text: str, expected: str) -> None:
    assert safe(text) == expected


def test_a_template_makes_the_path_component_by_component() -> None:
    def filled(template: str, values: Mapping[str, Value]) -> str:
        return template.format(**values)

    def made(template: str, **fields: Any) -> tuple[str, ...]:
        return target(
            Identity(kind="audiobook", **fields), ".m4b", Layout(template=template, render=filled)
        )

    assert made("{author}/{title}", author="A/C: D", title="..") == ("A-C - D", "_.m4b")
    assert made("//../{title}//x", title="Ebb") == ("_", "Ebb", "x.m4b")
    assert made("Subs/{title} - trailer", title="Ebb") == ("Subs_", "Ebb trailer.m4b")
    assert made("{title} part {part}", title="Ebb", part=2) == ("Ebb part 2.m4b",)
    assert made("{title} part 2", title="Ebb") == ("Ebb part #2.m4b",)
    with pytest.raises(RefusedError, match="empty path"):
        made(" / /")
    with pytest.raises(RefusedError, match="at most 10"):
        made("a/" * 11)


def test_the_year_survives_the_longest_title() -> None:
    directory, name = target(
        Identity(kind="movie", title="\u00e9" * 300, year=2018, edition="Final Cut"), ".mkv"
    )

    assert directory.endswith("\u00e9 (2018)")
    assert name == f"{directory} - Final Cut.mkv"


@pytest.mark.parametrize(
    ("sidecar", "expected"),
    [
        ("salt.x264.srt", "The Salt Road (2018).srt"),
        ("salt.x264.en.forced.srt", "The Salt Road (2018).en.forced.srt"),
        ("SALT.X264.de.sdh.ass", "The Salt Road (2018).de.sdh.ass"),
        ("salt.x264-thumb.jpg", "The Salt Road (2018)-thumb.jpg"),
        ("2_English.srt", "The Salt Road (2018).2_English.srt"),
        ("salt.x264.a:b.srt", "The Salt Road (2018).a-b.srt"),
        ("Poster.JPG", "poster.jpg"),
        ("fanart.png", "fanart.png"),
    ],
)
def test_what_lies_beside_a_movie_goes_with_it(sidecar: str, expected: str) -> None:
    movie = ("The Salt Road (2018)", "The Salt Road (2018).mkv")

    assert beside(movie, "salt.x264.mkv", sidecar) == ("The Salt Road (2018)", expected)


def test_the_cover_of_a_disc_is_that_of_the_album() -> None:
    track = ("The Herons", "Tidal", "Disc 2", "03 Undertow.flac")

    assert beside(track, "03.flac", "cover.jpg") == ("The Herons", "Tidal", "cover.jpg")


def test_a_picture_beside_episodes_is_that_of_the_season() -> None:
    episode = ("Harbour", "Season 01", "Harbour S01E02.mkv")

    assert beside(episode, "x.mkv", "poster.jpg") == ("Harbour", "Season 01", "poster.jpg")


NAME = st.one_of(
    st.text(max_size=400),
    st.lists(
        st.sampled_from(
            [
                "/",
                "..",
                ":",
                ". ",
                "-",
                "CON",
                "a",
                "\u00e9",
                "e\u0301",
                "\0",
                "part 1",
                "-trailer",
                "\ud800",
                "<",
            ]
        ),
        max_size=40,
    ).map("".join),
)
IDENTITY = st.builds(
    Identity,
    kind=st.sampled_from(["movie", "episode", "track", "audiobook", "book"]),
    title=NAME,
    show=NAME,
    artist=NAME,
    album=NAME,
    author=NAME,
    series=NAME,
    edition=NAME,
    year=st.none() | st.integers(1, 9999),
    season=st.none() | st.integers(0, 9999),
    episodes=st.lists(st.integers(0, 99999), max_size=300).map(tuple),
    date=st.none() | st.just("2020-01-31"),
    track=st.none() | st.integers(0, 999),
    disc=st.none() | st.integers(0, 99),
    part=st.none() | st.integers(0, 9999),
    ids=st.dictionaries(st.sampled_from(["tmdb", "imdb"]), st.text(max_size=12)),
)
ENDS_BADLY = re.compile(
    r"(?i)([-._]|- )(trailer|sample)$|-(scene|clip|interview|deleted|featurette|short|other|extra)$"
    r"|[ _.-](cd|dvd|part|pt|dis[ck])[ _.-]*(\d+|[a-d])$"
)


def is_sound(component: str) -> bool:
    return (
        component not in ("", ".", "..")
        and not set(component) & set('/\0<>:"\\|?*\n')
        and component == component.strip(" ")
        and not component.startswith(".")
        and not component.endswith(".")
        and len(component.encode()) <= 255
        and component == unicodedata.normalize("NFC", component)
    )


@given(NAME)
def test_whatever_is_made_safe_is_sound_and_stays_as_it_is(text: str) -> None:
    made = safe(text)

    assert is_sound(made)
    assert safe(made) == made


@given(IDENTITY, st.sampled_from(["jellyfin", "plex", "kodi", "audiobookshelf"]))
def test_no_identity_leaves_the_root_or_makes_an_unsound_name(
    identity: Identity, player: Player
) -> None:
    parts = target(identity, ".mkv", Layout(player=player))

    assert len(parts) >= 2
    assert all(is_sound(part) for part in parts)
    assert len(parts[-1].encode()) <= 255 - 40


@given(NAME, st.sampled_from(["portable", "unix"]))
def test_whatever_is_made_safe_is_one_component(text: str, names: Names) -> None:
    made = safe(text, names=names)

    assert made not in ("", ".", "..")
    assert not set(made) & set("/\\\0\n")
    assert len(made.encode()) <= 255
    assert safe(made, names=names) == made


@given(IDENTITY)
def test_no_file_ends_by_accident_like_an_extra_or_a_part(identity: Identity) -> None:
    assume(identity.part is None)
    stem = target(identity, ".mkv")[-1].removesuffix(".mkv")

    assert ENDS_BADLY.search(stem) is None


@given(IDENTITY, NAME, NAME)
def test_no_sidecar_leaves_the_directory_of_its_media(
    identity: Identity, stem: str, suffix: str
) -> None:
    media = target(identity, ".mkv")
    parts = beside(media, f"{stem}.mkv", f"{stem}{suffix}.srt")

    assert parts[:-1] == media[:-1]
    assert "/" not in parts[-1]
    assert "\0" not in parts[-1]
    assert len(parts[-1].encode()) <= 255
    assert parts[-1].endswith(".srt")
