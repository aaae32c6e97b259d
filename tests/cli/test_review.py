"""`shelfd review`: what is asked, and what people answer."""

import json
import os

import pytest

from fakes import rows
from fakes.daemon import Served
from fakes.terminal import Ran, shelfd
from shelfd.core.identity import Candidate, Decision
from shelfd.store import pins

SAID = Decision(kind="episode", title="Dark", year=2017, season=1, episodes=(2, 3))
DARK = Candidate(
    source="library", title="Dark", year=2017, score=0.8, reasons=("it has it",), accepts=SAID
)
BOOK = Candidate(
    source="names", title="D", score=0.3, accepts=Decision(kind="book", title="D", author="Ann")
)


def review(served: Served, *arguments: str) -> Ran:
    return shelfd(served.path, "review", *arguments)


def test_without_reviews_it_says_so(served: Served) -> None:
    assert review(served).out == "nothing waits for a decision\n"


def test_what_is_asked_is_listed_with_the_best_guess(served: Served) -> None:
    rows.review(served.daemon, b"dark.mkv", DARK, BOOK)
    rows.review(served.daemon, b"x.mkv")

    ran = review(served)

    assert "dark.mkv  episode Dark (2017) season 1 episodes 2 3?  not sure enough" in ran.out
    assert "x.mkv" in ran.out
    assert "0 candidates" in ran.out
    assert "2 items to decide about: `shelfd review`" in shelfd(served.path, "status").out
    answer = json.loads(review(served, "--json").out)
    assert answer == served.get("/v1/reviews")


def test_one_review_is_shown_with_its_candidates_and_what_can_be_done(served: Served) -> None:
    number = rows.review_of(served.daemon, b"Two", {b"a.mkv": (DARK,), b"b.mkv": (BOOK,)})

    ran = review(served, str(number))

    assert (ran.code, ran.err) == (0, "")
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert lines[0] == f"{served.daemon.inbox}/Two"
    assert f"{served.daemon.inbox}/Two/b.mkv: candidates 2" in lines
    assert (
        "1 0.80 episode Dark (2017) season 1 (needs --as with episodes=) by its library: it has it"
        in lines
    )
    assert "2 0.30 book D by Ann by its names:" in lines
    assert f"`shelfd review {number} --accept N` takes one of these" in lines


def test_a_decision_is_queued(served: Served) -> None:
    number = rows.review(served.daemon, b"dark.mkv", DARK)

    ran = review(served, str(number), "--as", "kind=movie title=Dark City year=1998")

    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "operation 1 is queued; `shelfd operation 1` shows it\n"
    [kept] = pins.of_all(served.daemon.db.read())
    assert kept.decision == Decision(kind="movie", title="Dark City", year=1998)


def test_an_accepted_candidate_is_queued_as_json(served: Served) -> None:
    dune = Candidate(
        source="names", title="Dune", score=0.5, accepts=Decision(kind="movie", title="Dune")
    )
    number = rows.review(served.daemon, b"dune.mkv", dune)

    assert json.loads(review(served, str(number), "--accept", "1", "--json").out) == {"id": 1}


def test_what_is_skipped_stays(served: Served) -> None:
    number = rows.review(served.daemon, b"dark.mkv", DARK)

    ran = review(served, str(number), "--skip")

    path = f"{served.daemon.inbox}/dark.mkv"
    assert ran.out == f"{path} stays where it is, and is asked about again when it changes\n"
    assert review(served).out == "nothing waits for a decision\n"


def test_a_file_is_named_by_its_whole_path_too(served: Served) -> None:
    number = rows.review_of(served.daemon, b"Two", {b"a.mkv": (DARK,), b"b.mkv": (DARK,)})
    path = f"{served.daemon.inbox}/Two/b.mkv"

    ran = review(served, str(number), "--file", path, "--as", "kind=movie title=B year=2001")

    assert (ran.code, ran.err) == (0, "")
    assert [pin.inside for pin in pins.of_all(served.daemon.db.read())] == [b"b.mkv"]


def test_a_file_whose_name_is_no_text_can_be_named(served: Served) -> None:
    number = rows.review_of(served.daemon, b"Two", {b"caf\xe9.mkv": (DARK,), b"b.mkv": (DARK,)})
    path = os.fsdecode(b"Two/caf\xe9.mkv")

    ran = review(served, str(number), "--file", path, "--as", "kind=movie title=B year=2001")

    assert (ran.code, ran.err) == (0, "")
    assert [pin.inside for pin in pins.of_all(served.daemon.db.read())] == [b"caf\xe9.mkv"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--accept", "1"], 2, "review: say whose decision it is"),
        (["1", "--accept", "1", "--skip"], 2, "review: say one of --accept, --as, --skip"),
        (["1", "--file", "a"], 2, "--file: it goes with a decision"),
        (["1", "--as", "Dune"], 2, "Dune: this is no field with its value"),
        (["1", "--as", "titel=Dune"], 2, "did you mean title?"),
        (["1", "--as", os.fsdecode(b"title=caf\xe9")], 2, "it is no UTF-8"),
        (["1", "--accept", "9"], 2, "accept: 9 is no candidate of this review"),
        (["9", "--skip"], 4, "review 9: there is none of this id"),
        (["9"], 4, "review 9: there is none of this id"),
        (["x"], 2, "'x' is not a valid integer"),
    ],
)
def test_a_wrong_decision_is_explained(
    served: Served, arguments: list[str], code: int, said: str
) -> None:
    rows.review(served.daemon, b"dark.mkv", DARK)

    ran = review(served, *arguments)

    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_a_candidate_that_is_not_enough_says_what_is_missing(served: Served) -> None:
    song = Candidate(
        source="names", title="Song", score=0.4, accepts=Decision(kind="track", title="Song")
    )
    one = Candidate(
        source="names",
        title="Dark",
        score=0.6,
        accepts=Decision(kind="episode", title="Dark", episodes=(12,)),
    )
    number = rows.review(served.daemon, b"song.mp3", one, song)

    ran = review(served, str(number))

    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert "1 0.60 episode Dark episode 12 by its names:" in lines
    assert "2 0.40 track Song (needs --as with artist=) by its names:" in lines
    lacks = [found.get("lacks") for found in served.get(f"/v1/reviews/{number}")["candidates"]]
    assert lacks == [None, "artist"]


def test_several_are_decided_at_once_and_one_that_cannot_be_stops_no_other(served: Served) -> None:
    dune = Decision(kind="movie", title="Dune", year=1984)
    best = Candidate(source="names", title="Dune", score=0.5, accepts=dune)
    first = rows.review(served.daemon, b"one.mkv", best)
    empty = rows.review(served.daemon, b"two.mkv")
    last = rows.review(served.daemon, b"three.mkv", best)

    ran = review(served, str(first), str(empty), str(last), str(first), "--accept", "1")

    assert ran.code == 2
    assert ran.out.count(" is queued; ") == 2
    assert ran.err.startswith(f"shelfd: review {empty}: accept: 1 is no candidate of this")
    assert len(pins.of_all(served.daemon.db.read())) == 2


def test_what_is_about_one_item_is_not_said_of_several(served: Served) -> None:
    ran = review(served, "1", "2", "--as", "title=Dune")

    assert (ran.code, ran.out) == (2, "")
    assert "--as and --file are about one item" in ran.err
