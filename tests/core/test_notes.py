"""Where metadata files belong, by where the media go, and what they say."""

import pytest

from shelfd.core.identity import Identity
from shelfd.core.nfo import Form
from shelfd.core.notes import Note, wanted
from shelfd.core.paths import RelPath
from shelfd.core.plan import Verdict

FILM = Identity(kind="movie", title="A Film", year=2020)
EPISODE = Identity(kind="episode", show="The Show", title="Pilot", season=1, episodes=(1,))
TRACK = Identity(kind="track", title="One", artist="Ann", album_artist="Ann", album="Some")
BOOK = Identity(kind="book", title="A Book", author="Bea")


def notes(
    target: str, identity: Identity, layout: str = "jellyfin", owner: bytes = b"", **tags: str
) -> list[Note]:
    verdict = Verdict(
        path=b"x", state="file", identity=identity, root="R", target=target.encode(), owner=owner
    )
    return wanted([verdict], {RelPath(b"x"): tags}, {"R": layout})


def paths(target: str, identity: Identity, layout: str = "jellyfin") -> list[str]:
    return [note.path.decode() for note in notes(target, identity, layout)]


@pytest.mark.parametrize(
    ("target", "identity", "expected"),
    [
        ("A Film (2020)/A Film (2020).mkv", FILM, ["A Film (2020)/A Film (2020).nfo"]),
        ("F/VIDEO_TS/VTS_01_1.VOB", FILM, ["F/movie.nfo"]),
        ("F/BDMV/STREAM/00001.m2ts", FILM, ["F/movie.nfo"]),
        # nothing is written beside all of a library
        ("A Film (2020).mkv", FILM, []),
        (
            "The Show (2001)/Season 01/The Show S01E01.mkv",
            EPISODE,
            [
                "The Show (2001)/tvshow.nfo",
                "The Show (2001)/Season 01/season.nfo",
                "The Show (2001)/Season 01/The Show S01E01.nfo",
            ],
        ),
        ("The Show/S01E01.mkv", EPISODE, ["The Show/tvshow.nfo", "The Show/S01E01.nfo"]),
        ("All/S01E01.mkv", EPISODE, ["All/S01E01.nfo"]),
        ("Ann/2001 - Some/01.mp3", TRACK, ["Ann/2001 - Some/album.nfo", "Ann/artist.nfo"]),
        ("Ann/Some/Disc 2/01.mp3", TRACK, ["Ann/Some/album.nfo", "Ann/artist.nfo"]),
        ("Ann/Singles/One.mp3", TRACK, ["Ann/artist.nfo"]),
        ("All/01.mp3", TRACK, []),
        ("Bea/A Book/A Book.epub", BOOK, ["Bea/A Book/metadata.opf"]),
        ("Bea/x.epub", BOOK, ["Bea/x.opf"]),
    ],
)
def test_each_stands_where_its_players_look(
    target: str, identity: Identity, expected: list[str]
) -> None:
    assert paths(target, identity) == expected


def test_a_film_in_parts_has_one_beside_the_first() -> None:
    parts = [Identity(kind="movie", title="F", part=part) for part in (1, 2)]

    assert [paths(f"F/F-part{one.part}.avi", one) for one in parts] == [["F/F-part1.nfo"], []]


@pytest.mark.parametrize(
    ("layout", "written"),
    [("jellyfin", True), ("kodi", True), ("plex", False), ("audiobookshelf", False)],
)
def test_a_player_that_reads_none_gets_none(layout: str, *, written: bool) -> None:
    assert bool(paths("F/F.mkv", FILM, layout)) is written
    assert bool(paths("B/A Book/b.epub", BOOK, layout)) is (layout != "plex")


def test_what_travels_with_something_and_what_stays_has_none() -> None:
    assert notes("F/F.mkv", FILM, owner=b"y") == []
    assert wanted([Verdict(path=b"x", state="refused", identity=FILM)], {}, {}) == []


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Pilot", ["Pilot (1)", "Pilot (2)"]),
        ("One + Two", ["One", "Two"]),
        ("One & Two", ["One", "Two"]),
        ("One / Two / Three", ["One / Two / Three (1)", "One / Two / Three (2)"]),
        ("", ["", ""]),
    ],
)
def test_two_episodes_in_a_file_have_titles_of_their_own(title: str, expected: list[str]) -> None:
    double = Identity(kind="episode", show="S", title=title, season=1, episodes=(1, 2))
    [note] = [note for note in notes("All/x.mkv", double) if not note.shared]

    assert [(sheet.title, sheet.episode) for sheet in note.sheets] == [
        (title, number) for number, title in enumerate(expected, 1)
    ]


def test_a_daily_show_has_its_day_and_its_year_as_season() -> None:
    daily = Identity(kind="episode", show="News", date="2021-05-06")
    found = {note.sheets[0].form: note.sheets[0] for note in notes("News/Season 2021/x.mkv", daily)}

    assert found[Form.SEASON].season == 2021
    assert (found[Form.EPISODE].date, found[Form.EPISODE].episode) == ("2021-05-06", None)


def test_various_artists_are_no_artist_and_several_ids_are_none() -> None:
    various = Identity(kind="track", title="T", album_artist="Various Artists", album="Hits")
    assert paths("Various Artists/Hits/01.mp3", various) == ["Various Artists/Hits/album.nfo"]

    two = "a0000000-0000-4000-8000-000000000001; a0000000-0000-4000-8000-000000000002"
    assert [
        one.sheets[0].ids for one in notes("Ann/Some/1.mp3", TRACK, musicbrainz_albumartistid=two)
    ] == [{}, {}]


def test_authors_are_told_apart_where_the_tags_do() -> None:
    book = Identity(kind="audiobook", title="Heard", author="Bea Writer, Cal")
    [note] = notes("Bea/Heard/1.m4b", book, author="Bea Writer; Cal")
    [other] = notes(
        "Bea/Heard/1.m4b", Identity(kind="audiobook", title="Heard", author="Writer, Bea")
    )

    assert note.sheets[0].authors == ("Bea Writer", "Cal")
    assert other.sheets[0].authors == ("Writer, Bea",)
