"""Reviews over the socket: listed, shown, decided, and every wrong decision refused with the way out."""

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from fakes import rows
from fakes.daemon import Served
from shelfd.core.identity import Candidate, Decision
from shelfd.core.operations import Asker
from shelfd.core.paths import Place, RelPath
from shelfd.core.settings import Library
from shelfd.store import drops, events, operations, pins

DUNE = Decision(kind="movie", title="Dune", year=1984)
BEST = Candidate(source="names", title="Dune", year=1984, score=0.5, accepts=DUNE)
OTHER = Candidate(
    source="tags", title="Dust", score=0.4, accepts=Decision(kind="movie", title="Dust")
)


def decide(served: Served, number: int, **body: object) -> tuple[int, Any]:
    return served.ask("POST", f"/v1/reviews/{number}", body)


def row(served: Served, path: bytes) -> drops.Drop:
    found = drops.one(served.daemon.db.read(), Place("inbox", RelPath(path)))
    assert found is not None
    return found


def decisions(served: Served) -> list[Decision]:
    return [pin.decision for pin in pins.of_all(served.daemon.db.read())]


def test_a_review_tells_what_is_asked(served: Served) -> None:
    number = rows.review(served.daemon, b"Dune", BEST, OTHER, name=b"x.mkv")

    [found] = served.get("/v1/reviews")["items"]

    path = f"{served.daemon.inbox}/Dune"
    assert found == served.get(f"/v1/reviews/{number}")
    assert (found["id"], found["path"], found["reason"]) == (number, path, "not sure enough")
    assert found["opened_at"] == "2026-11-21T12:00:00.000Z"
    assert found["files"] == [
        {
            "path": f"{path}/x.mkv",
            "parsed": {"kind": "movie", "title": "Dune", "confidence": 0.5},
            "candidates": [1, 2],
        }
    ]
    assert found["candidates"][0] == {
        "number": 1,
        "source": "names",
        "title": "Dune",
        "year": 1984,
        "score": 0.5,
        "accepts": {"kind": "movie", "title": "Dune", "year": 1984},
    }
    assert served.get("/v1/status")["reviews"] == 1
    why = served.get(f"/v1/why?path={path}")
    assert (why["state"], why["review"]) == ("review", number)


def test_reviews_come_in_pages_the_oldest_first(served: Served) -> None:
    numbers = [rows.review(served.daemon, b"%d.mkv" % number, BEST) for number in range(3)]

    first = served.get("/v1/reviews?limit=2")
    second = served.get(f"/v1/reviews?limit=2&after={first['next']}")

    assert [one["id"] for one in first["items"] + second["items"]] == numbers
    assert second["next"] is None


def test_an_accepted_candidate_is_kept_and_imported_at_once(served: Served) -> None:
    number = rows.review(served.daemon, b"Dune.mkv", BEST, OTHER)

    status, answer = decide(served, number, accept=1)

    assert status == 202
    queued = operations.one(served.daemon.db.read(), answer["id"])
    assert queued is not None
    assert (queued.asked_by, queued.path, queued.options) == (
        Asker.PERSON,
        b"Dune.mkv",
        {"review": number},
    )
    assert decisions(served) == [DUNE]
    assert row(served, b"Dune.mkv").state == "queued"
    assert served.get("/v1/status")["reviews"] == 0
    assert served.ask("GET", f"/v1/reviews/{number}")[0] == 404


def test_what_is_decided_is_in_the_file_for_the_next_database(
    served: Served, tmp_path: Path
) -> None:
    number = rows.review(served.daemon, b"caf\xe9.mkv", BEST)

    decide(served, number, **{"as": {"title": "Dune", "year": "2021"}})

    [line] = (tmp_path / "decisions.jsonl").read_text().splitlines()
    kept = json.loads(line)
    assert kept["name"] == "caf\\xe9.mkv"
    assert kept["decision"] == {"kind": "movie", "title": "Dune", "year": 2021}
    assert kept["decided_at"] == "2026-11-21T12:00:00Z"


def test_what_cannot_be_kept_is_not_decided(served: Served, tmp_path: Path) -> None:
    number = rows.review(served.daemon, b"Dune.mkv", BEST)
    (tmp_path / "decisions.jsonl.tmp").mkdir()

    status, answer = decide(served, number, accept=1)

    assert status == 503
    assert answer["error"]["code"] == "decisions_file"
    assert decisions(served) == []
    assert served.get("/v1/status")["reviews"] == 1


def test_what_is_skipped_stays_and_waits_no_longer(served: Served) -> None:
    number = rows.review(served.daemon, b"Dune.mkv", BEST)

    status, answer = decide(served, number, skip=True)

    assert (status, answer["id"]) == (200, number)
    assert row(served, b"Dune.mkv").state == "held"
    assert decisions(served) == [Decision(skip=True)]
    names = [one.event for one in events.after(served.daemon.db.read(), 0)]
    assert names.count("review") == 2


@pytest.mark.parametrize(
    ("body", "message", "hint"),
    [
        ({}, "body: say one of accept, as, skip", '"accept": 1'),
        ({"accept": 1, "skip": True}, "body: say one of accept, as, skip, not several", "accept"),
        ({"accept": 3}, "accept: 3 is no candidate of this review", "there are 2"),
        ({"accept": 0}, "accept: 0 is no candidate", "there are 2"),
        ({"accept": "x"}, "accept: it is a text, not a whole number", ""),
        ({"as": {"titel": "x"}}, "titel: there is no field", "did you mean title?"),
        ({"as": {"kind": "movie", "season": 1}}, "season: a movie has none", "title"),
        ({"as": {"kind": "episode", "title": "x"}}, "episodes: it is not known", "episodes=..."),
        ({"as": {"title": {"x": 1}}}, "title: it says nothing", "a text"),
        (
            {"as": {"kind": "book", "title": "x"}},
            "kind: there is no library of kind books",
            "movies",
        ),
        ({"as": []}, "as: it is a list, not an object", ""),
        ({"acept": 1}, "acept: there is no field", "did you mean accept?"),
        ({"accept": 1, "files": ["elsewhere.mkv"]}, "files: 'elsewhere.mkv' is none", "Dune.mkv"),
        ({"accept": 1, "files": ["/"]}, "files: '/' is none", "Dune.mkv"),
    ],
)
def test_a_decision_that_makes_no_sense_is_refused_with_the_way_out(
    served: Served, body: dict[str, object], message: str, hint: str
) -> None:
    number = rows.review(served.daemon, b"Dune.mkv", BEST, OTHER)

    status, answer = decide(served, number, **body)

    assert status == 422, answer
    assert answer["error"]["message"].startswith(message)
    assert hint in answer["error"]["hint"]
    assert decisions(served) == []
    assert served.get("/v1/status")["reviews"] == 1


def test_a_review_that_is_not_there_is_a_404(served: Served) -> None:
    status, answer = decide(served, 7, accept=1)

    assert (status, answer["error"]["code"]) == (404, "no_such_review")
    assert "`shelfd review`" in answer["error"]["hint"]


def test_two_who_decide_at_the_same_time_do_not_both_decide(served: Served) -> None:
    number = rows.review(served.daemon, b"Dune.mkv", BEST, OTHER)

    assert decide(served, number, accept=1)[0] == 202
    assert decide(served, number, accept=2)[0] == 404
    assert decisions(served) == [DUNE]


def test_what_a_candidate_leaves_open_of_several_files_is_said_file_by_file(
    served: Served,
) -> None:
    number = rows.review_of(served.daemon, b"Two", {b"a.mkv": (BEST,), b"b.mkv": (OTHER,)})

    status, _answer = decide(served, number, accept=1)

    assert status == 202
    assert decisions(served) == [DUNE]


def test_of_several_files_one_can_be_named(served: Served) -> None:
    number = rows.review_of(served.daemon, b"Two", {b"a.mkv": (BEST,), b"b.mkv": (BEST,)})

    shows = Library(name="shows", path=str(served.daemon.inbox.parent / "shows"), kind="shows")
    settings = served.daemon.current.settings
    served.daemon.take(replace(settings, library=(*settings.library, shows)))
    said = {"kind": "episode", "title": "Dark", "episodes": 3}
    status, answer = decide(served, number, **{"as": said})
    assert status == 422
    assert answer["error"]["message"].startswith("episodes: 2 files are asked about")

    status, _answer = decide(served, number, **{"as": said}, files=["Two/b.mkv"])
    assert status == 202
    [kept] = pins.of_all(served.daemon.db.read())
    assert (kept.inside, kept.decision.episodes) == (b"b.mkv", (3,))
