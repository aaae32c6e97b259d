import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfd.core.identity import Identity, identify
from shelfd.core.media import Kind, Reading


def found(path: str, kind: Kind | None = None, **tags: str) -> Identity:
    return identify(path.split("/"), Reading(tags=tags), kind)


def test_title_and_artist_in_the_tags_are_certain_whatever_the_name() -> None:
    identity = found(
        "x7.mp3",
        title="Undertow",
        artist="The Herons",
        album="Tidal",
        track="3/12",
        disc="1/2",
        date="1999-05-04",
    )

    assert (identity.kind, identity.title, identity.album) == ("track", "Undertow", "Tidal")
    assert (identity.artist, identity.album_artist) == ("The Herons", "The Herons")
    assert (identity.track, identity.disc, identity.discs, identity.year) == (3, 1, 2, 1999)
    assert identity.confidence >= 0.95


def test_a_track_without_an_album_is_certain_too() -> None:
    assert found("x7.mp3", title="Undertow", artist="The Herons").confidence >= 0.95


def test_an_album_is_filed_under_its_album_artist() -> None:
    identity = found("a.mp3", title="Undertow", artist="The Herons", albumartist="Tide Choir")

    assert (identity.artist, identity.album_artist) == ("The Herons", "Tide Choir")


@pytest.mark.parametrize("artist", ["The Herons; Max Bell", "The Herons feat. Max Bell"])
def test_a_guest_does_not_scatter_an_album(artist: str) -> None:
    assert found("a.mp3", title="Undertow", artist=artist).album_artist == "The Herons"


def test_a_compilation_without_an_album_artist_is_by_various_artists() -> None:
    identity = found("a.mp3", title="Undertow", artist="The Herons", compilation="1")

    assert identity.album_artist == "Various Artists"


@pytest.mark.parametrize("said", ["VA", "various", "Various Artists"])
def test_all_ways_to_say_various_artists_are_one(said: str) -> None:
    assert found("a.mp3", title="T", artist="B", albumartist=said).album_artist == "Various Artists"
    assert found(f"{said} - Hits (2001)/01 - B - T.mp3").album_artist == "Various Artists"


def test_names_fill_what_the_tags_leave_open() -> None:
    identity = found("The Herons - Tidal (1999)/03 - Undertow.mp3", title="Undertow (Live)")

    assert (identity.title, identity.artist, identity.album) == (
        "Undertow (Live)",
        "The Herons",
        "Tidal",
    )
    assert (identity.track, identity.year) == (3, 1999)
    assert 0.7 <= identity.confidence < 0.95


def test_names_alone_are_certain_enough_only_in_the_directory_of_an_album() -> None:
    assert found("The Herons - Tidal (1999)/03 - Undertow.mp3").confidence == 0.8
    assert found("The Herons/Tidal/03 - Undertow.mp3").confidence == 0.8
    assert found("The Herons - Undertow.mp3").confidence <= 0.7
    assert found("Undertow.mp3").confidence <= 0.4


@pytest.mark.parametrize("nothing", ["...", "   ", "\0\x01", "Unknown Artist", "Track 03"])
def test_a_tag_that_says_nothing_counts_as_absent(nothing: str) -> None:
    assert found("Undertow.mp3", title=nothing, artist="The Herons").title == "Undertow"
    assert found("a.mp3", title="Undertow", artist=nothing).confidence < 0.8


@pytest.mark.parametrize(
    ("path", "kind", "tags"),
    [
        ("a.m4b", None, {}),
        ("a.mp3", Kind.AUDIOBOOKS, {}),
        ("a.mp3", None, {"genre": "Audiobook"}),
        ("a.mp3", None, {"genre": "Hörbuch"}),
        ("a.mp3", None, {"genre": "Speech"}),
        ("a.mp3", None, {"series": "The Tides"}),
        ("a.mp3", None, {"audible_asin": "B00ABCDEFG"}),
        ("a.mp3", None, {"narrator": "A Voice"}),
        ("a.mp3", None, {"genre": "Audiobook", "musicbrainz_albumid": "9e873859"}),
        ("a.m4a", None, {"media_type": "2"}),
    ],
)
def test_what_is_read_aloud_is_an_audiobook(
    path: str, kind: Kind | None, tags: dict[str, str]
) -> None:
    identity = identify(
        [path], Reading(tags={"album": "Low Water", "artist": "Ada Finch", **tags}), kind
    )

    assert (identity.kind, identity.title, identity.author) == (
        "audiobook",
        "Low Water",
        "Ada Finch",
    )
    assert identity.confidence >= 0.95


@pytest.mark.parametrize(
    "tags",
    [
        {"asin": "B000641ZIQ", "genre": "Rock"},
        {"asin": "B000641ZIQ", "musicbrainz_albumid": "9e873859"},
        {"movement_name": "Allegro", "movement": "1", "genre": "Classical"},
        {"series": "Live at the Pier", "musicbrainz_albumid": "9e873859"},
        {"narrator": "A Voice", "musicbrainz_trackid": "8b882575"},
    ],
)
def test_what_taggers_of_music_write_makes_no_audiobook(tags: dict[str, str]) -> None:
    song = {"title": "Undertow", "artist": "The Herons", "album": "Tidal", "track": "3"}
    identity = identify(["Tidal", "03 x.flac"], Reading(tags={**song, **tags}))

    assert (identity.kind, identity.title, identity.album) == ("track", "Undertow", "Tidal")


def test_a_movement_in_an_audiobook_is_its_series() -> None:
    book = {"album": "Low Water", "artist": "Ada Finch"}
    series = {"movement_name": "The Tides", "movement": "2"}
    identity = identify(["a.m4b"], Reading(tags={**book, **series}))

    assert (identity.kind, identity.series, identity.sequence) == ("audiobook", "The Tides", "2")


@pytest.mark.parametrize("name", ["asin", "audible_asin"])
def test_an_audiobook_has_the_asin_whoever_wrote_it(name: str) -> None:
    book = {"album": "Low Water", "artist": "Ada Finch"}

    assert identify(["a.m4b"], Reading(tags={**book, name: "B00ABCDEFG"})).asin == "B00ABCDEFG"


def test_an_inbox_for_music_takes_no_audiobooks() -> None:
    assert found("a.mp3", Kind.MUSIC, title="T", artist="B", genre="Speech").kind == "track"


def test_the_chapters_of_a_book_have_the_book_as_their_title() -> None:
    identity = found(
        "Ada Finch/Low Water/07 - The Pier.mp3",
        Kind.AUDIOBOOKS,
        title="The Pier",
        artist="Ada Finch",
    )

    assert (identity.title, identity.part) == ("Low Water", 7)
    assert identity.confidence >= 0.8


def test_a_book_in_one_file_has_no_part() -> None:
    identity = found("a.m4b", album="Low Water", artist="Ada Finch", track="1/1")

    assert identity.part is None


def test_an_e_book_is_what_it_says_inside() -> None:
    identity = found(
        "x7.epub", title="Low Water", author="Ada Finch; Max Bell", isbn="9780000000002"
    )

    assert (identity.kind, identity.title, identity.author) == (
        "book",
        "Low Water",
        "Ada Finch, Max Bell",
    )
    assert (identity.isbn, identity.confidence) == ("9780000000002", 0.95)


def test_the_name_of_a_video_decides_and_its_container_title_is_not_believed() -> None:
    identity = found("The.Salt.Road.2018.1080p.BluRay.x264-GRP.mkv", title="ripped by nobody")

    assert (identity.kind, identity.title, identity.year) == ("movie", "The Salt Road", 2018)
    assert identity.confidence == 0.9


def test_tags_that_agree_confirm_a_movie() -> None:
    assert found("The Salt Road 2018.mp4").confidence < 0.8
    assert found("The Salt Road 2018.mp4", title="The salt road", date="2018").confidence >= 0.8


def test_tags_that_agree_on_the_title_can_give_the_year() -> None:
    identity = found("The Salt Road.mp4", title="The Salt Road", date="2018-03-01")

    assert identity.year == 2018
    assert identity.confidence >= 0.8


def test_an_episode_gets_its_title_from_the_tags() -> None:
    identity = found("Harbour.Lights.S02E07.mp4", title="Low Tide")

    assert (identity.show, identity.title) == ("Harbour Lights", "Low Tide")


@pytest.mark.parametrize(
    "title", ["Harbour.Lights.S02E07.720p", "Harbour Lights - Low Tide", "HDTV.x264"]
)
def test_a_container_title_that_repeats_the_release_is_no_episode_title(title: str) -> None:
    assert found("Harbour.Lights.S02E07.mp4", title=title).title == ""


def test_the_tags_of_a_bought_episode_are_enough() -> None:
    identity = found(
        "07 Low Tide.m4v", title="Low Tide", show="Harbour Lights", season="2", episode="7"
    )

    assert (identity.show, identity.season, identity.episodes) == ("Harbour Lights", 2, (7,))
    assert identity.confidence >= 0.8


def test_tags_and_name_that_contradict_each_other_are_not_certain() -> None:
    identity = found("Harbour.Lights.S02E07.mp4", show="Harbour Lights", season="2", episode="8")

    assert identity.confidence < 0.8
    assert "the tags say season 2 episode 8" in identity.rule


def test_tags_do_not_make_an_episode_of_a_sample() -> None:
    identity = found("sample.mp4", show="Harbour Lights", season="2", episode="7")

    assert identity.confidence == 0


def test_a_show_without_seasons_is_filed_as_its_first_but_not_unasked() -> None:
    identity = found("[Nobody] Paper Moon - 12 [1080p].mkv")

    assert (identity.season, identity.episodes) == (1, (12,))
    assert identity.confidence < 0.8


def test_what_cannot_be_read_has_no_confidence_and_says_why() -> None:
    identity = identify(["The Salt Road (2018).mkv"], Reading(error="no stream in it"), Kind.MOVIES)

    assert (identity.kind, identity.confidence) == ("movie", 0)
    assert identity.rule == "unreadable: no stream in it"


def test_what_is_not_wanted_here_has_no_confidence_and_says_why() -> None:
    identity = found("Undertow.flac", Kind.MOVIES, title="Undertow", artist="The Herons")

    assert (identity.kind, identity.confidence) == ("", 0)
    assert identity.rule == ".flac: movies are expected here"


def test_candidates_say_what_each_source_took_the_file_for() -> None:
    identity = found(
        "The Herons - Undertow.mp3", title="Undertow", artist="The Herons", date="1999"
    )

    tags, names = identity.candidates
    assert (tags.source, tags.title, tags.year, tags.score) == ("tags", "Undertow", 1999, 0.95)
    assert tags.reasons == ("title in the tags: Undertow", "artist in the tags: The Herons")
    assert (names.source, names.score) == ("names", 0.6)
    assert names.reasons == ("Artist - Title in the file name",)


TAGS = "title artist albumartist album track disc date genre compilation author series sequence show season episode".split()


@given(
    st.lists(st.text(max_size=40), max_size=3),
    st.text(max_size=40),
    st.sampled_from([".mkv", ".mp3", ".m4b", ".epub", ".zip"]),
    st.dictionaries(st.sampled_from(TAGS), st.text(max_size=30)),
    st.sampled_from([None, *Kind]),
)
def test_nothing_makes_it_raise_and_nothing_nameless_is_certain(
    directories: list[str],
    stem: str,
    extension: str,
    tags: dict[str, str],
    kind: Kind | None,
) -> None:
    identity = identify([*directories, stem + extension], Reading(tags=tags), kind)

    assert 0 <= identity.confidence <= 1
    assert identity.rule
    assert identity.confidence == 0 or identity.kind
    assert identity.confidence < 0.8 or identity.title or identity.show
