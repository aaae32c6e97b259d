"""What people say that a file is: read from one line, checked, and put in place of what was read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfd.core import decisions, layout, review
from shelfd.core.errors import UsageError
from shelfd.core.identity import Decision, Identity

MOVIE = Identity(kind="movie", title="The Matrix", year=1999, ids={"tmdb": "603"}, confidence=0.5)
EPISODE = Identity(kind="episode", show="Dark", season=2, episodes=(3,), title="Ghosts")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind=movie title=Das Boot year=1981", {"title": "Das Boot", "year": "1981"}),
        ('title="a=b c" kind=movie', {"title": "a=b c"}),
        ("title='x y'", {"title": "x y"}),
        (" TITLE = It's a day   year=3", {"title": "It's a day", "year": "3"}),
        ('title=AT&T: "quoted" x', {"title": 'AT&T: "quoted" x'}),
        ("title=", {"title": ""}),
    ],
)
def test_fields_stand_in_one_line(text: str, said: dict[str, str]) -> None:
    found = decisions.fields(text)
    found.pop("kind", None)

    assert found == said


@pytest.mark.parametrize("text", ["", "Dune", "Dune kind=movie", "kind=movie kind=book", "=x"])
def test_a_line_without_fields_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        decisions.fields(text)


@pytest.mark.parametrize(
    ("said", "message", "hint"),
    [
        ({"titel": "x"}, "titel: there is no field of this name", "did you mean title?"),
        ({"kind": "film"}, "kind: 'film' is none", "did you mean movie?"),
        ({"kind": "epsiode"}, "kind: 'epsiode' is none", "did you mean episode?"),
        (
            {"kind": "movie", "season": 1},
            "season: a movie has none",
            "of a movie can be said: title",
        ),
        (
            {"kind": "book", "year": "soon"},
            "year: 'soon' is none that is possible",
            "a number from",
        ),
        ({"kind": "episode", "episodes": "x"}, "episodes: 'x' is no number", "3-5"),
        ({"kind": "episode", "episodes": "5-3"}, "episodes: '5-3' is no number", "3-5"),
        ({"kind": "episode", "date": "2024-13-01"}, "date: '2024-13-01' is no day", "2024-05-31"),
        ({"kind": "movie", "title": " . "}, "title: it says nothing", "a text"),
        ({"kind": "movie", "title": "a\0b"}, "title: there are control characters", "printed"),
        ({"kind": "book", "sequence": "first"}, "sequence: 'first' is no place", "2.5"),
        ({"title": "x"}, "kind: it is missing", "one of movie"),
    ],
)
def test_what_cannot_be_is_said_with_the_way_out(
    said: dict[str, decisions.Said], message: str, hint: str
) -> None:
    with pytest.raises(UsageError) as refused:
        decisions.decision(said)

    assert refused.value.message.startswith(message)
    assert hint in refused.value.hint


def test_numbers_may_be_numbers_or_text() -> None:
    one = decisions.decision({"kind": "episode", "season": "2", "episodes": "E03-E05,7"})
    other = decisions.decision({"kind": "episode", "season": 2, "episodes": [3, 4, 5, 7]})

    assert one == other
    assert one.episodes == (3, 4, 5, 7)


def test_what_is_not_said_stays_as_it_was_read() -> None:
    found = decisions.applied(Decision(kind="movie", year=2000), MOVIE)

    assert (found.title, found.year, found.ids) == ("The Matrix", 2000, {"tmdb": "603"})
    assert (found.confidence, found.rule) == (1.0, decisions.RULE)


def test_year_and_ids_of_another_work_do_not_stay() -> None:
    found = decisions.applied(Decision(kind="movie", title="Dune"), MOVIE)

    assert (found.title, found.year, found.ids) == ("Dune", None, {})


def test_an_episode_keeps_its_numbers_when_its_show_is_corrected() -> None:
    found = decisions.applied(Decision(kind="episode", title="Dark Matter", year=2015), EPISODE)

    assert (found.show, found.year, found.season, found.episodes) == ("Dark Matter", 2015, 2, (3,))


def test_a_movie_can_turn_out_to_be_an_episode() -> None:
    said = decisions.decision({"kind": "episode", "title": "Dark", "episodes": 4})

    found = decisions.applied(said, MOVIE)

    assert (found.kind, found.show, found.season, found.episodes) == ("episode", "Dark", 1, (4,))
    assert decisions.lacking(found) == ""


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (Decision(kind="episode", title="Dark"), "episodes"),
        (Decision(kind="track", title="One"), "artist"),
        (Decision(kind="book"), ""),
    ],
)
def test_what_is_lacking_is_named(said: Decision, field: str) -> None:
    assert decisions.lacking(decisions.applied(said, MOVIE)) == field


def test_of_several_files_the_number_of_an_episode_is_none() -> None:
    said = Decision(kind="episode", title="Dark", season=2, episodes=(3,))

    assert decisions.of_one_file(said) == ["episodes"]
    assert decisions.of_work(said) == Decision(kind="episode", title="Dark", season=2)


TEXTS = st.text(min_size=1, max_size=40).filter(
    lambda text: text.isprintable() and any(map(str.isalnum, text))
)
SAID = st.dictionaries(
    st.sampled_from([*decisions.NAMES, "titel"]),
    st.one_of(st.text(max_size=20), st.integers(-5, 3000), st.lists(st.integers(-1, 20))),
    max_size=6,
)


@given(SAID, st.sampled_from(["", *decisions.KINDS]))
def test_whatever_is_said_is_a_decision_or_a_clear_refusal(
    said: dict[str, decisions.Said], kind: str
) -> None:
    try:
        found = decisions.decision(said, kind)
    except UsageError as error:
        require_way_out(error)
    else:
        require_use(found)


def require_way_out(error: UsageError) -> None:
    assert error.code == "invalid_decision"
    assert error.hint


def require_use(found: Decision) -> None:
    for read in (MOVIE, EPISODE, Identity(kind="")):
        whole = decisions.applied(found, read)
        assert whole.kind == found.kind
        if not decisions.lacking(whole):
            assert all(layout.target(whole, ".mkv"))


@given(st.text(max_size=80))
def test_no_line_makes_it_fall(text: str) -> None:
    try:
        found = decisions.fields(text)
    except UsageError:
        return

    assert found


@given(st.sampled_from(["movie", "book", "audiobook"]), TEXTS, st.integers(1900, 2030))
def test_a_decision_that_was_made_whole_holds_whatever_is_read_later(
    kind: str, title: str, year: int
) -> None:
    said = decisions.decision({"kind": kind, "title": title, "year": year})
    whole = review.of_identity(decisions.applied(said, MOVIE))

    later = decisions.applied(whole, Identity(kind="track", title="x", artist="y"))

    assert (later.kind, later.title, later.year) == (kind, whole.title, year)
