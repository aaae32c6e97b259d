"""What is asked about unsure files, and how decisions are kept beside the database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfd.core import embedded, pinned, review
from shelfd.core.identity import Candidate, Decision, Identity, identify
from shelfd.core.media import Reading
from shelfd.core.paths import RelPath
from shelfd.core.pinned import Pin

DUNE = Decision(kind="movie", title="Dune", year=1984)


def candidate(accepts: Decision, score: float = 0.5) -> Candidate:
    return Candidate(source="names", title=accepts.title, score=score, accepts=accepts)


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("Dune (1984).mkv", "file"),
        ("Dune.mkv", "review"),
        ("a8f7d9e01234567890abcdef.mkv", "review"),
        ("sample.mkv", "refused"),
        ("Dune-trailer.mkv", "refused"),
        ("notes.xyz", "refused"),
    ],
)
def test_what_nobody_wants_is_not_asked_about(name: str, state: str) -> None:
    assert review.state(identify((name,), Reading()), 0.8) == state


def test_nothing_is_filed_that_is_not_understood_however_low_the_bar() -> None:
    assert review.state(Identity(kind="movie", title="x"), 0.0) == "review"


def test_tags_and_names_are_candidates_and_what_they_make_together() -> None:
    reading = Reading(tags={"title": "Dune", "date": "1984"})
    parts = ("dune-part.mkv",)
    found = identify(parts, reading)

    offered = review.candidates(found, parts, reading, None)

    assert {one.source for one in offered} >= {"tags", "names"}
    assert all(one.accepts for one in offered)
    assert [one.score for one in offered] == sorted((one.score for one in offered), reverse=True)


def test_of_one_file_everything_is_asked() -> None:
    episode = Decision(kind="episode", title="Dark", season=1, episodes=(2,))
    found = Identity(kind="episode", candidates=(candidate(episode),))

    asked = review.question({RelPath(b"d/x.mkv"): (found, 7)})

    assert asked.candidates[0].accepts == episode
    assert (asked.files[0].fingerprint, asked.files[0].offers) == (7, (0,))


def test_of_several_files_only_what_they_have_in_common_is_asked() -> None:
    def one(number: int) -> Identity:
        said = Decision(kind="episode", title="Dark", season=1, episodes=(number,))
        return Identity(kind="episode", candidates=(candidate(said),))

    other = Identity(kind="movie", candidates=(candidate(DUNE, 0.7),))
    files = {
        RelPath(b"d/1"): (one(1), 1),
        RelPath(b"d/2"): (one(2), 2),
        RelPath(b"d/3"): (other, 3),
    }

    asked = review.question(files)

    assert [one.accepts for one in asked.candidates] == [
        DUNE,
        Decision(kind="episode", title="Dark", season=1),
    ]
    assert [file.offers for file in asked.files] == [(1,), (1,), (0,)]


def test_a_name_below_a_drop_does_not_depend_on_the_drop() -> None:
    assert review.inside(RelPath(b"A"), RelPath(b"A/CD1/x.mp3")) == b"CD1/x.mp3"
    assert review.inside(RelPath(b"a.mkv"), RelPath(b"a.mkv")) == b""
    assert review.inside(RelPath(b"A"), RelPath(b"AB/x")) == b""


def test_an_id_in_the_names_makes_sure() -> None:
    parts = ("The Matrix [tmdbid-603].mkv",)

    found = embedded.with_ids(identify(parts, Reading()), {})

    assert (found.confidence, found.ids) == (embedded.SURE, {"tmdb": "603"})
    assert found.rule.endswith("it carries tmdb 603")
    assert found.candidates[0].source == "ids"


def test_an_id_in_the_tags_is_kept() -> None:
    tags = {"title": "One", "artist": "Ann", "musicbrainz_trackid": "ab-cd"}

    found = embedded.with_ids(identify(("x.mp3",), Reading(tags=tags)), tags)

    assert found.ids == {"musicbrainz": "ab-cd"}
    assert found.confidence == 0.95


def test_an_id_alone_names_nothing() -> None:
    read = Identity(kind="movie", ids={"tmdb": "603"})

    assert embedded.with_ids(read, {}) == read


PINS = st.builds(
    Pin,
    fingerprint=st.integers(-(1 << 63), (1 << 63) - 1),
    inside=st.binary(max_size=20),
    name=st.text(max_size=10),
    decision=st.sampled_from([DUNE, Decision(skip=True), Decision(kind="book", ids={"x": "y"})]),
    decided_at=st.integers(0, 4_000_000_000_000).map(lambda milliseconds: milliseconds / 1000),
)


@given(PINS)
def test_a_decision_comes_back_from_its_line(pin: Pin) -> None:
    line = pinned.line(pin)

    assert b"\n" not in line
    assert pinned.read(line) == pin


@given(st.binary(max_size=60))
def test_no_line_makes_it_fall(raw: bytes) -> None:
    assert pinned.read(raw) is None


def test_a_candidate_of_names_alone_does_not_speak_of_tags() -> None:
    read = Identity(kind="movie", title="Dune", confidence=0.4, rule="a title without a year")

    untagged = review.candidates(read, ("Dune 5.mkv",), Reading(), None)
    tagged = review.candidates(read, ("Dune 5.mkv",), Reading(tags={"title": "Dune"}), None)

    assert "names" in {one.source for one in untagged}
    assert "tags and names" not in {one.source for one in untagged}
    assert "tags and names" in {one.source for one in tagged}
