import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shelfd.core.catalog import Described, Item, agreed, describe
from shelfd.core.media import Kind, Reading
from shelfd.core.paths import RelPath, within

NOTHING = Reading()

# the machine may be busy with other things
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def described(kind: Kind, path: bytes, **tags: str) -> Described:
    return describe(kind, RelPath(path), Reading(tags=tags))


def key(kind: Kind, path: bytes, **tags: str) -> str:
    return described(kind, path, **tags).item.key


def whole_key(kind: Kind, path: bytes, **tags: str) -> str:
    whole = described(kind, path, **tags).whole
    assert whole is not None
    return whole.key


FILM = b"The Salt Road (2018) [tmdbid-603]/The Salt Road (2018) [tmdbid-603].mkv"


def test_a_movie_is_its_directory() -> None:
    item = described(Kind.MOVIES, FILM).item

    assert (item.kind, item.title, item.year) == ("movie", "The Salt Road", 2018)
    assert item.path == b"The Salt Road (2018) [tmdbid-603]"
    assert item.ids == {"tmdb": "603"}


def test_all_versions_and_parts_in_one_directory_are_one_movie() -> None:
    files = [
        b"The Salt Road (2018)/The Salt Road (2018) - Final Cut.mkv",
        b"The Salt Road (2018)/The Salt Road (2018)-part1.mkv",
        b"The Salt Road (2018)/the salt road (2018)-part2.MKV",
    ]

    assert len({key(Kind.MOVIES, path) for path in files}) == 1


def test_movies_that_lie_side_by_side_are_several() -> None:
    one, other = b"Action/One (2001).mkv", b"Action/Two (2002).mkv"

    assert key(Kind.MOVIES, one) != key(Kind.MOVIES, other)
    assert described(Kind.MOVIES, b"One (2001).mkv").item.path == b"One (2001).mkv"


def test_an_episode_belongs_to_its_show() -> None:
    path = b"Harbour (2011)/Season 01/Harbour (2011) S01E02 Low Tide.mkv"
    found = described(Kind.SHOWS, path)

    assert found.item.kind == "episode"
    assert (found.item.title, found.item.season, found.item.episodes) == ("Low Tide", 1, (2,))
    assert found.item.path == path
    assert found.whole is not None
    assert found.whole.kind == "show"
    assert (found.whole.title, found.whole.year) == ("Harbour", 2011)
    assert found.whole.path == b"Harbour (2011)"


def test_the_seasons_of_a_show_are_one_show() -> None:
    files = [
        b"Harbour/Season 01/Harbour S01E01.mkv",
        b"Harbour/Season 02/Harbour S02E01.mkv",
        b"Harbour/Season 00/HARBOUR S00E01 Making of.mkv",
    ]

    assert len({whole_key(Kind.SHOWS, path) for path in files}) == 1
    assert len({key(Kind.SHOWS, path) for path in files}) == 3


def test_shows_of_one_name_in_two_directories_are_two() -> None:
    one = whole_key(Kind.SHOWS, b"Harbour (2011)/Season 01/Harbour S01E01.mkv")

    assert one != whole_key(Kind.SHOWS, b"Harbour (1999)/Season 01/Harbour S01E01.mkv")


def test_an_episode_without_season_directory_has_its_show_all_the_same() -> None:
    found = described(Kind.SHOWS, b"Harbour/Harbour S01E01.mkv")

    assert found.whole is not None
    assert found.whole.path == b"Harbour"


TAGS = {"title": "One", "artist": "Ann", "album": "Some", "track": "3/9", "disc": "2"}


def test_a_track_belongs_to_its_album() -> None:
    found = described(Kind.MUSIC, b"Ann/Some/x.mp3", **TAGS, date="1999-01-01")

    assert (found.item.kind, found.item.title, found.item.artist) == ("track", "One", "Ann")
    assert (found.item.track, found.item.disc, found.item.year) == (3, 2, 1999)
    assert found.whole is not None
    assert (found.whole.kind, found.whole.title, found.whole.artist) == ("album", "Some", "Ann")
    assert found.whole.path == b"Ann/Some"


def test_the_tracks_of_an_album_are_one_album_wherever_they_lie() -> None:
    keys = {
        whole_key(Kind.MUSIC, b"Ann/Some/1.mp3", **TAGS),
        whole_key(Kind.MUSIC, b"Ann/Some/CD2/1.mp3", **TAGS),
        whole_key(Kind.MUSIC, b"Ann/Some/2.mp3", **TAGS | {"album": "SOME", "title": "Two"}),
        whole_key(Kind.MUSIC, b"Ann/Some/3.mp3", **TAGS | {"artist": "Ann; Bob"}),
    }

    assert len(keys) == 1


def test_albums_of_one_name_by_two_artists_are_two() -> None:
    hers = whole_key(Kind.MUSIC, b"a.mp3", **TAGS)

    assert hers != whole_key(Kind.MUSIC, b"b.mp3", **TAGS | {"artist": "Bob"})


def test_a_compilation_is_one_album() -> None:
    keys = {
        whole_key(Kind.MUSIC, b"x.mp3", **TAGS | {"artist": artist, "compilation": "1"})
        for artist in ("Ann", "Bob")
    }

    assert len(keys) == 1


def test_a_track_without_album_is_part_of_nothing() -> None:
    assert described(Kind.MUSIC, b"x.mp3", title="One", artist="Ann").whole is None


def test_tracks_with_the_same_tags_are_two_tracks() -> None:
    assert key(Kind.MUSIC, b"a.mp3", **TAGS) != key(Kind.MUSIC, b"A.mp3", **TAGS)


def test_without_tags_the_names_are_believed() -> None:
    item = described(Kind.MUSIC, b"Ann/Some/03 One.mp3").item

    assert (item.title, item.artist, item.album, item.track) == ("One", "Ann", "Some", 3)


def test_the_files_of_an_audiobook_are_one_item() -> None:
    tags = {"author": "Bea", "album": "The Book", "narrator": "Cal"}
    one, other = (
        described(Kind.AUDIOBOOKS, path, **tags, title=title).item
        for path, title in ((b"Bea/The Book/01.mp3", "Ch 1"), (b"Bea/The Book/02.mp3", "Ch 2"))
    )

    assert one == other
    assert (one.kind, one.title, one.author, one.narrator) == (
        "audiobook",
        "The Book",
        "Bea",
        "Cal",
    )
    assert one.path == b"Bea/The Book"


def test_a_book_is_its_file() -> None:
    item = described(Kind.BOOKS, b"Cal/Novel/x.epub", title="A Novel", author="Cal").item

    assert (item.kind, item.title, item.author) == ("book", "A Novel", "Cal")
    assert item.path == b"Cal/Novel/x.epub"


def test_what_cannot_be_told_has_the_name_of_its_file() -> None:
    assert described(Kind.MUSIC, b"~.mp3").item.title == "~"
    assert described(Kind.BOOKS, b"{}.epub").item.title == "{}"


def test_a_name_that_is_no_text_has_a_title_for_people_and_a_key_of_its_own() -> None:
    one, other = (
        described(Kind.BOOKS, b"caf" + byte + b".epub").item for byte in (b"\xe9", b"\xe8")
    )

    assert (one.title, other.title) == ("café", "cafè")
    assert one.key != other.key


def test_a_search_looks_in_every_name_and_not_at_case_or_accents() -> None:
    item = Item(
        kind="track",
        key="",
        path=b"",
        title="Éne",
        artist="ANN",
        album="Some",
        author="Bea",
        series="Tales",
        narrator="Cal",
    )

    assert item.search == "ene\nann\nsome\nbea\ntales\ncal"


LIKELY = st.sampled_from(
    [
        *("", ".", "..", "Harbour", "S01E02", "Season 01", "Disc 1", "CD2", "01 One", "x (2018)"),
        *("[tmdbid-603]", "Ann - Some", "2020-01-31", "- 12", "Part 3", "\0", "é" * 300, "\u202e"),
        *("99999", "٣", "\n", " ", "trailer", "sample", "S99999E99999", "{Cal} [B012345678]"),
    ]
)
TEXTS = LIKELY | st.text(max_size=8)
READINGS = st.builds(
    Reading,
    tags=st.dictionaries(
        st.sampled_from(
            "title artist albumartist album track tracktotal disc disctotal date genre compilation"
            " author narrator series sequence asin isbn show season episode media_type".split()
        ),
        TEXTS,
    ),
    error=st.sampled_from([None, "it is broken"]),
)
STEMS = LIKELY.map(str.encode) | st.binary(max_size=6)
ENDINGS = st.sampled_from([b".mkv", b".mp3", b".m4b", b".epub", b".MP3", b".exe", b""])
PATHS = st.tuples(st.lists(STEMS, max_size=4), STEMS, ENDINGS).map(
    lambda parts: b"/".join(
        part.replace(b"/", b"") or b"x" for part in (*parts[0], parts[1] + parts[2])
    )
)


@given(st.sampled_from(Kind), PATHS.map(RelPath), READINGS)
@unhurried
def test_whatever_lies_in_a_library_can_be_described(
    kind: Kind, path: RelPath, reading: Reading
) -> None:
    found = describe(kind, path, reading)

    assert found == describe(kind, path, reading)
    for item in filter(None, (found.item, found.whole)):
        assert item.key
        assert item.search.encode() is not None
        assert within(path, RelPath(item.path))
    assert found.whole is None or found.whole.kind != found.item.kind


@given(PATHS.map(RelPath), PATHS.map(RelPath), READINGS)
@unhurried
def test_two_files_are_never_one_episode_one_track_or_one_book(
    one: RelPath, other: RelPath, reading: Reading
) -> None:
    for kind in (Kind.SHOWS, Kind.MUSIC, Kind.BOOKS):
        keys = {describe(kind, path, reading).item.key for path in (one, other)}
        assert len(keys) == len({one, other})


@pytest.mark.parametrize("kind", Kind)
def test_a_file_that_could_not_be_read_is_described_by_its_name(kind: Kind) -> None:
    item = describe(kind, RelPath(b"Some/Name.xyz"), Reading(error="it is broken")).item

    assert item.kind in ("movie", "episode", "track", "audiobook", "book")
    assert item.ids == {}


def test_an_album_with_a_directory_of_its_own_is_one_whoever_plays() -> None:
    tags = TAGS | {"disc": "1"}
    keys = {
        whole_key(Kind.MUSIC, path, **tags | {"artist": artist, "album": album})
        for artist in ("Ann", "Bob")
        for album in ("Some", "SOME (Disc 2)")
        for path in (b"X/Some/1.mp3", b"X/Some/CD2/1.mp3", b"X/1999 - Some CD2/1.mp3")
    }

    assert len(keys) == 2


def test_an_album_that_is_called_as_its_artist_does_not_lie_in_his_directory() -> None:
    tags = {"title": "One", "artist": "Ann", "album": "Ann", "track": "1"}

    assert whole_key(Kind.MUSIC, b"Ann/Other/1.mp3", **tags) == "\nann\nann"


@pytest.mark.parametrize(
    ("tracks", "artist"),
    [
        ([("Ann", ""), ("Bob", ""), ("Cat", "")], "Various Artists"),
        ([("Ann", ""), ("Bob", ""), ("Ann", "")], "Ann"),
        ([("Ann", ""), ("Bob", ""), ("Cat", "Dan")], "Dan"),
    ],
)
def test_the_tracks_of_an_album_tell_together_by_whom_it_is(
    tracks: list[tuple[str, str]], artist: str
) -> None:
    tags = {"title": "One", "album": "Some", "track": "1"}
    parts = [
        described(Kind.MUSIC, b"X/Some/1.mp3", **tags, artist=by, albumartist=whole)
        for by, whole in tracks
    ]
    album = parts[0].whole
    assert album is not None

    assert agreed(album, parts).artist == artist


def test_the_directory_of_a_disc_tells_its_number_and_that_of_an_album_its_year() -> None:
    found = described(Kind.MUSIC, b"Ann/Some (1999)/CD2/1.mp3", **TAGS | {"disc": "1"})

    assert (found.item.disc, found.item.year) == (2, 1999)
    assert found.whole is not None
    assert (found.whole.path, found.whole.year) == (b"Ann/Some (1999)", 1999)
