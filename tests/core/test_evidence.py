"""Metadata files beside what is dropped prove what it is, and only of the files that they can be meant for."""

import pytest

from shelfd.core import evidence
from shelfd.core.evidence import Witness
from shelfd.core.identity import Identity, identify
from shelfd.core.media import Kind, Reading
from shelfd.core.nfo import Form, Sheet
from shelfd.core.paths import RelPath

MOVIE = Sheet(form=Form.MOVIE, title="The Matrix", year=1999, ids={"imdb": "tt0133093"})


def joined(
    path: str, *sheets: Sheet, alone: bool = True, kind: Kind | None = None, **tags: str
) -> Identity:
    identity = identify(path.split("/"), Reading(tags=tags), kind)
    return evidence.joined(identity, [Witness("x.nfo", sheets, alone)], kind)


def said(notes: dict[bytes, str], media: list[bytes]) -> dict[bytes, list[tuple[str, bool]]]:
    """Return which metadata files speak of which media files, and whether of no others."""
    sheets = {
        RelPath(path): (Sheet(form=Form.MOVIE, title=title),) for path, title in notes.items()
    }
    found = evidence.by_media(sheets, [RelPath(path) for path in media])
    return {
        bytes(path): [(one.sheets[0].title, one.alone) for one in witnesses]
        for path, witnesses in found.items()
    }


def test_a_metadata_file_wins_over_a_name_that_tells_nothing() -> None:
    found = joined("mtrx.mkv", MOVIE)

    assert (found.title, found.year, found.ids) == ("The Matrix", 1999, {"imdb": "tt0133093"})
    assert found.confidence >= 0.95
    assert found.rule == "x.nfo beside it says so"
    assert found.candidates[0].source == "nfo"
    assert found.candidates[0].reasons == ("x.nfo: The Matrix, imdb tt0133093",)


def test_ids_win_over_those_in_names() -> None:
    assert joined("The Matrix (1999) {imdb-tt9999999}.mkv", MOVIE).ids == {"imdb": "tt0133093"}


def test_an_address_alone_gives_the_id_and_leaves_the_rest() -> None:
    links = Sheet(form=Form.LINKS, ids={"imdb": "tt0133093"})
    plain = joined("The Matrix (1999).mkv")
    found = joined("The Matrix (1999).mkv", links)

    assert (found.title, found.year, found.ids) == ("The Matrix", 1999, {"imdb": "tt0133093"})
    assert found.confidence == plain.confidence


def test_a_title_in_another_language_with_the_same_year_is_no_doubt() -> None:
    found = joined("Die.Matrix.1999.German.1080p.BluRay.x264-GRP.mkv", MOVIE)

    assert (found.title, found.year) == ("The Matrix", 1999)
    assert found.confidence >= 0.95


def test_another_film_is_a_doubt() -> None:
    found = joined("Other.Film.2011.1080p.BluRay.x264-GRP.mkv", MOVIE)

    assert found.confidence < 0.8
    assert found.rule.endswith("but x.nfo says The Matrix (1999)")


def test_what_may_be_meant_for_another_film_counts_only_where_the_titles_agree() -> None:
    assert joined("The Matrix (1999).mkv", MOVIE, alone=False).ids == {"imdb": "tt0133093"}
    assert joined("Speed (1994).mkv", MOVIE, alone=False).ids == {}


@pytest.mark.parametrize("kind", ["movie", "episode", ""])
def test_a_sample_an_extra_and_what_is_not_wanted_stay_what_they_are(kind: str) -> None:
    left = Identity(kind=kind, title="Sample" if kind else "", rule="a sample")

    assert evidence.joined(left, [Witness("x.nfo", (MOVIE,), alone=True)], None) == left


def test_a_show_gets_its_name_and_ids_and_keeps_the_numbers_of_the_file() -> None:
    show = Sheet(form=Form.SHOW, title="The Show", year=2001, ids={"tvdb": "5"})
    found = joined("tsh.s01e02.mkv", show)

    assert (found.show, found.year, found.ids) == ("The Show", 2001, {"tvdb": "5"})
    assert (found.season, found.episodes) == (1, (2,))
    assert found.confidence >= 0.95


def test_an_episode_that_only_its_metadata_file_numbers() -> None:
    episode = Sheet(form=Form.EPISODE, title="Pilot", show="The Show", season=2, episode=3)
    found = joined("ab12.mkv", episode)

    assert (found.kind, found.show, found.title) == ("episode", "The Show", "Pilot")
    assert (found.season, found.episodes) == (2, (3,))
    assert joined("ab12.mkv", episode, kind=Kind.MOVIES).kind == "movie"


def test_only_the_sheet_of_the_same_episode_gives_a_title() -> None:
    sheets = [Sheet(form=Form.EPISODE, title=f"T{n}", season=1, episode=n) for n in (1, 2)]

    assert joined("Show.S01E02.mkv", *sheets).title == "T2"
    assert joined("Show.S01E03.mkv", *sheets).title == ""


def test_albums_only_fill_what_the_tags_leave_open() -> None:
    album = Sheet(form=Form.ALBUM, title="Some", artist="Ann", year=2001)
    open_ = joined("1.mp3", album, title="One", artist="Bob", track="1")
    other = joined("1.mp3", album, title="One", artist="Bob", album="Another", track="1")

    assert (open_.album, open_.artist, open_.year) == ("Some", "Bob", 2001)
    assert (other.album, other.year) == ("Another", None)


def test_a_book_is_what_its_opf_says() -> None:
    book = Sheet(form=Form.BOOK, title="A Book", authors=("Bea", "Cal"), series="Row", sequence="2")
    found = joined("scan0001.pdf", book)

    assert (found.title, found.author) == ("A Book", "Bea, Cal")
    assert (found.series, found.sequence) == ("Row", "2")
    assert found.confidence >= 0.95


def test_a_metadata_file_speaks_of_the_media_with_its_name_or_in_its_directory() -> None:
    assert said(
        {b"d/a.nfo": "own", b"d/movie.nfo": "both", b"d/x.nfo": "strange"}, [b"d/a.mkv", b"d/b.mkv"]
    ) == {b"d/a.mkv": [("own", True), ("both", False)], b"d/b.mkv": [("both", False)]}
    assert said({b"d/grp-film.nfo": "scene"}, [b"d/Film.mkv"]) == {b"d/Film.mkv": [("scene", True)]}
    assert said({b"d/one.nfo": "1", b"d/two.nfo": "2"}, [b"d/Film.mkv"]) == {}


def test_those_of_a_tree_speak_of_all_below() -> None:
    assert said({b"s/tvshow.nfo": "show", b"s/movie.nfo": "film"}, [b"s/Season 1/a.mkv"]) == {
        b"s/Season 1/a.mkv": [("show", False)]
    }
    assert said({b"b/metadata.json": "book"}, [b"b/CD 1/1.mp3"]) == {
        b"b/CD 1/1.mp3": [("book", False)]
    }
    assert said({b"other/tvshow.nfo": "show"}, [b"s/a.mkv"]) == {}
