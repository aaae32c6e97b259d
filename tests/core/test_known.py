"""The library as evidence: ids before names, exact before likely, and never one of two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfd.core import known
from shelfd.core.identity import Identity
from shelfd.core.known import Item
from shelfd.core.names_words import key
from shelfd.core.paths import RelPath

EPISODE = Identity(
    kind="episode", show="the office", season=3, episodes=(4,), confidence=0.6, rule="r"
)


def show(title: str, year: int | None = None, number: int = 1, **ids: str) -> Item:
    path = RelPath(f"{title} dir {number}".encode())
    return Item(id=number, kind="show", root="shows", path=path, title=title, year=year, ids=ids)


def movie(title: str, year: int | None, **ids: str) -> Item:
    return Item(
        id=1, kind="movie", root="movies", path=RelPath(b"m"), title=title, year=year, ids=ids
    )


def test_an_episode_of_the_only_show_of_its_title_belongs_to_it() -> None:
    office = show("The Office", 2005, tvdb="73244")

    found = known.joined(EPISODE, [office])

    assert found.item == office
    assert (found.identity.show, found.identity.year) == ("The Office", 2005)
    assert found.identity.ids == {"tvdb": "73244"}
    assert found.identity.confidence == known.OF_A_KNOWN_SHOW
    assert "the library has The Office (2005)" in found.identity.rule


def test_of_two_shows_of_one_title_none_is_chosen() -> None:
    sure = Identity(kind="episode", show="The Office", season=1, episodes=(1,), confidence=0.95)

    found = known.joined(sure, [show("The Office", 2001, 1), show("The Office", 2005, 2)])

    assert found.item is None
    assert found.identity.confidence == known.TWO_WORKS
    assert "The Office (2001), The Office (2005)" in found.identity.rule
    assert [one.year for one in found.seen] == [2001, 2005]


def test_the_year_tells_two_shows_apart() -> None:
    read = Identity(kind="episode", show="The Office", year=2005, season=1, episodes=(1,))
    us = show("The Office", 2005, 2)

    assert known.joined(read, [show("The Office", 2001, 1), us]).item == us


def test_an_id_outranks_an_exact_title_and_year() -> None:
    read = Identity(kind="movie", title="Dune", year=1984, ids={"tmdb": "1"}, confidence=0.5)
    other = movie("Der Wüstenplanet", 1985, tmdb="1")

    found = known.joined(read, [movie("Dune", 1984, tmdb="2"), other])

    assert found.item == other
    assert [one.score for one in found.seen] == [1.0, 0.0]
    assert "its tmdb id is 2, not 1" in found.seen[1].reasons[0]


def test_an_exact_title_and_year_outrank_a_likely_one() -> None:
    read = Identity(kind="movie", title="Lincoln", year=2012, confidence=0.75)
    lincoln = movie("Lincoln", 2012)

    found = known.joined(read, [movie("The Lincoln", 2012), lincoln])

    assert found.item == lincoln
    assert found.identity.confidence == known.SURE


@pytest.mark.parametrize("year", [None, 1985, 2021])
def test_a_movie_without_that_very_year_is_a_candidate_only(year: int | None) -> None:
    read = Identity(kind="movie", title="Dune", year=1984 if year else None, confidence=0.5)

    found = known.joined(read, [movie("Dune", year or 1984)])

    assert (found.item, found.identity) == (None, read)
    assert len(found.seen) == 1


def test_a_sample_of_a_known_movie_is_not_that_movie() -> None:
    read = Identity(kind="movie", title="Dune", year=1984, rule="a sample, not the work itself")

    assert known.joined(read, [movie("Dune", 1984)]).identity.confidence == 0


def test_numbers_that_are_hardly_readable_stay_unsure_in_a_known_show() -> None:
    read = Identity(kind="episode", show="The Office", season=1, episodes=(1,), confidence=0.2)

    assert known.joined(read, [show("The Office", 2005)]).identity.confidence == 0.2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Office (US)", "office"),
        ("Battlestar Galactica 2004", "Battlestar  Galactica"),
        ("Marvel's Agents & Co", "marvels agents and co"),
        ("1917", "1917"),
        ("Amélie", "AMELIE"),
    ],
)
def test_titles_that_may_be_meant_as_one_have_something_in_common(one: str, other: str) -> None:
    assert known.loose(one) == known.loose(other) != ""


@given(st.text(max_size=60))
def test_only_a_title_without_letters_has_nothing_to_be_found_by(title: str) -> None:
    assert (known.loose(title) == "") == (key(title) == "")


WORKS = st.lists(
    st.builds(
        show,
        st.sampled_from(["The Office", "Office", "The Office (US)", "Dark"]),
        st.sampled_from([None, 2001, 2002, 2005]),
        st.integers(1, 9),
    ),
    max_size=5,
)


@given(WORKS, st.sampled_from([None, 2001, 2005]))
def test_every_work_is_kept_as_a_candidate_with_its_score(
    works: list[Item], year: int | None
) -> None:
    read = Identity(kind="episode", show="The Office", year=year, season=1, episodes=(1,))

    found = known.joined(read, works)

    assert len(found.seen) == len(works)
    assert all(0 <= one.score <= 1 and one.reasons and one.accepts for one in found.seen)
    assert found.item is None or found.item in works
    if found.item is not None and year is not None:
        assert found.item.year in (None, year)
