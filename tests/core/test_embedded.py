"""Ids inside a file: what they make sure, what they contradict, and what they are not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shelfd.core import embedded
from shelfd.core.identity import Identity, identify
from shelfd.core.media import Reading


def identified(name: str, **tags: str) -> Identity:
    parts = tuple(name.split("/"))
    return embedded.with_ids(identify(parts, Reading(format="matroska", tags=tags)), tags)


@pytest.mark.parametrize(
    ("tags", "ids"),
    [
        ({"tmdb": "movie/348"}, {"tmdb": "348"}),
        ({"tmdb": "348"}, {"tmdb": "348"}),
        ({"imdb": "tt0078748"}, {"imdb": "tt0078748"}),
        ({"tvdb": "movies/1234"}, {"tvdb": "1234"}),
        ({"tvdb_series": "1234"}, {}),
        ({"imdb": "nm0000631"}, {}),
        ({"tmdb": "movie/../../x"}, {}),
    ],
)
def test_a_film_is_sure_by_the_id_in_its_tags(tags: dict[str, str], ids: dict[str, str]) -> None:
    found = identified("Alien.mkv", **tags)

    assert found.ids == ids
    assert (found.confidence >= embedded.SURE) == bool(ids)


@pytest.mark.parametrize(
    ("tags", "ids"),
    [
        ({"tmdb": "tv/1399"}, {"tmdb": "1399"}),
        ({"collection_tmdb": "1399"}, {"tmdb": "1399"}),
        ({"collection_imdb": "tt0944947"}, {"imdb": "tt0944947"}),
        ({"tvdb": "series/121361"}, {"tvdb": "121361"}),
        ({"tvdb_series": "121361"}, {"tvdb": "121361"}),
        ({"tvdb": "episodes/3254641"}, {}),
        ({"imdb": "tt1480055"}, {}),
        ({"tmdb": "1399"}, {}),
    ],
)
def test_an_episode_has_the_ids_of_its_show_and_no_other(
    tags: dict[str, str], ids: dict[str, str]
) -> None:
    assert identified("Some Show S01E02.mkv", **tags).ids == ids


def test_a_film_without_a_name_is_called_as_the_tags_beside_its_id_say() -> None:
    tags = {"title": "Alien", "date": "1979-05-25", "tmdb": "movie/348"}

    found = identified("title_t00.mkv", **tags)

    assert (found.title, found.year, found.ids) == ("Alien", 1979, {"tmdb": "348"})
    assert found.confidence == embedded.SURE


def test_a_title_that_is_the_name_of_a_release_says_nothing() -> None:
    tags = {"title": "Alien.1979.1080p.BluRay.x264", "tmdb": "movie/348"}

    assert identified("Alien.mkv", **tags).title == "Alien"


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("Some Show S01E02.mkv", {"tmdb": "movie/348"}),
        ("Some Film (2001).mkv", {"tmdb": "tv/1399"}),
        ("Some Film (2001).mkv", {"tvdb": "episodes/1399"}),
        ("Some Film (2001) [tmdbid-12].mkv", {"tmdb": "movie/348"}),
    ],
)
def test_ids_that_contradict_the_names_make_a_file_unsure(name: str, tags: dict[str, str]) -> None:
    assert identified(name).confidence > embedded.IN_DOUBT

    found = identified(name, **tags)

    assert found.confidence <= embedded.IN_DOUBT
    assert "its tags carry" in found.rule


@settings(deadline=None)
@given(
    tag=st.sampled_from(["tmdb", "imdb", "tvdb", "tvdb_series", "collection_tmdb", "title"]),
    value=st.text(max_size=40),
    name=st.sampled_from(["a.mkv", "Some Film (2001).mkv", "Some Show S01E02.mkv", "sample.mkv"]),
)
def test_whatever_stands_in_a_tag_an_id_is_short_and_plain(tag: str, value: str, name: str) -> None:
    found = identified(name, **{tag: value})

    assert all(one.isascii() and one.isalnum() and len(one) <= 10 for one in found.ids.values())
