"""The description of the API says what the API does: no route, parameter or field is in one and not in the other."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

import jsonschema_rs
import msgspec
import pytest
from msgspec.structs import replace
from starlette.routing import Route

import described
import shelfd
from fakes import rows
from fakes.daemon import Served
from shelfd.control import events, forms, forms_reviews
from shelfd.control.api import queries
from shelfd.control.told import TOLD
from shelfd.core.errors import BrokenError, RefusedError
from shelfd.core.identity import Candidate, Decision, Identity
from shelfd.core.journal import Action, FileStep, Outcome
from shelfd.core.lines import Level
from shelfd.core.media import Chapter, Cover, Kind, Reading
from shelfd.core.operations import Kind as Operation
from shelfd.core.operations import Progress, Step
from shelfd.core.paths import Place, RelPath
from shelfd.core.plan import Verdict
from shelfd.core.settings import Inbox, Library, Playback, Settings
from shelfd.store import breakers, claims, drops, holds, journal, operations, retries, roots

PACKAGE = Path(shelfd.__file__).parent
DRAFT = "https://json-schema.org/draft/2020-12/schema"
ODD = b"caf\xe9"
FORMS = {
    name: form
    for module in (forms, forms_reviews)
    for name, form in vars(module).items()
    if isinstance(form, type)
    and issubclass(form, msgspec.Struct)
    and form.__module__ == module.__name__
}
"""Forms that stand by themselves, not those of values that are encoded as they are."""


def test_it_is_served(served: Served) -> None:
    document = served.get("/v1/openapi.json")

    assert document["openapi"] == "3.1.1"
    assert document["info"]["version"] == served.daemon.version
    assert document["paths"] == described.document()["paths"]


def test_at_rest_nothing_of_it_is_in_memory() -> None:
    program = (
        "import sys, shelfd.app.daemon;"
        "print([name for name in ('openapi', 'told', 'forms') if 'shelfd.control.' + name in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )

    assert run.stdout == "[]\n"


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (200, {}),
        (200, {"state": "fine"}),
        (200, {"state": "ready", "more": 1}),
        (418, {"state": "ready"}),
        (422, {"error": {"code": "x", "message": "y"}}),
    ],
)
def test_an_answer_that_is_not_as_it_is_described_is_found(status: int, content: object) -> None:
    described.require("GET", "/v1/health", 200, {"state": "ready"})
    with pytest.raises((AssertionError, KeyError)):
        described.require("GET", "/v1/health", status, content)


def test_every_schema_in_it_is_one() -> None:
    for schema in described.document()["components"]["schemas"].values():
        assert jsonschema_rs.meta.is_valid({**schema, "$schema": DRAFT})


def test_it_has_every_route_and_method_that_is_answered_and_no_other(served: Served) -> None:
    answered = {
        (method, route.path)
        for route in served.api._app.routes
        if isinstance(route, Route)
        for method in route.methods or ()
        if method != "HEAD"
    }
    paths = described.document()["paths"]

    assert {(one.upper(), path) for path, methods in paths.items() for one in methods} == answered
    assert set(TOLD) == answered, "and nothing is told of what is not there"


def test_it_has_every_parameter_that_is_taken_and_no_other() -> None:
    for path, methods in queries().items():
        for method, names in methods.items():
            stated = described.operation(method, path)
            assert stated is not None
            found = {(one["in"], one["name"]) for one in stated["parameters"]}
            assert {name for where, name in found if where == "query"} == set(names)
            assert {name for where, name in found if where == "path"} == set(
                re.findall(r"{(\w+)}", path)
            )


def test_every_operation_has_a_name_of_its_own_and_says_what_it_is_for() -> None:
    paths = described.document()["paths"]
    told = [operation for methods in paths.values() for operation in methods.values()]
    tags = {tag["name"] for tag in described.document()["tags"]}

    assert len({operation["operationId"] for operation in told}) == len(told)
    assert all(operation["summary"] for operation in told)
    assert {tag for operation in told for tag in operation["tags"]} == tags


@pytest.mark.parametrize("limit", ["minimum", "maximum"])
def test_the_limits_of_numbers_are_those_that_are_kept(served: Served, limit: str) -> None:
    beyond = {"minimum": -1, "maximum": 1}[limit]
    for path in ("/v1/operations", "/v1/items"):
        stated = described.operation("GET", path)
        assert stated is not None
        for parameter in stated["parameters"]:
            edge = parameter["schema"].get(limit)
            if edge is not None:
                address = f"{path}?{parameter['name']}="
                # an id may be that of nothing
                assert served.ask("GET", f"{address}{edge}")[0] in (200, 404)
                assert served.ask("GET", f"{address}{edge + beyond}")[0] == 422


def test_the_events_that_it_names_are_those_that_are_told() -> None:
    code = "".join(path.read_text() for path in PACKAGE.rglob("*.py"))
    rows = "".join(path.read_text() for path in PACKAGE.rglob("*.sql"))
    told = re.findall(r'events\.add\(\s*tx,\s*"(\w+)"', code)
    told += re.findall(r"VALUES \(NEW\.\w+, '(\w+)',", rows)

    assert {*told, "fresh"} == set(events.TOLD)


SONG = Reading(
    format="mp3",
    tags={"title": "One", "artist": "Ann", "album": "Some", "disc": "1", "track": "2"},
    cover=Cover(hash="00", size=1),
    chapters=(Chapter(start_ms=1),),
    error="it is cut off",
)
SPOKEN = Reading(
    format="mp4",
    tags={"album": "B", "author": "Cal", "series": "S", "sequence": "2", "narrator": "Nel"},
)
CANDIDATE = Candidate(source="names", title="D", score=0.9)
VERDICT = Verdict(
    path=ODD + b".mkv",
    state="file",
    rule="title and year",
    identity=Identity(kind="movie", title="D", candidates=(CANDIDATE,)),
    root="movies",
    target=ODD + b"/x.mkv",
)


def libraries(served: Served) -> None:
    """Have a library of each kind of work that differs in its fields."""
    daemon = served.daemon
    top = daemon.movies.parent
    daemon.take(
        Settings(
            library=(
                Library(name="movies", path=str(daemon.movies), kind="movies"),
                Library(name="shows", path=str(top / "shows"), kind="shows"),
                Library(name="music", path=str(top / "music"), kind="music"),
                Library(name="spoken", path=str(top / "spoken\udce9"), kind="audiobooks"),
            ),
            inbox=(Inbox(name="inbox", path=str(daemon.inbox)),),
            playback=Playback(video_codecs=("h264",)),
        )
    )


def works(served: Served) -> None:
    """Fill the catalog with one work of each kind of field."""
    daemon = served.daemon
    film = ODD + b" (2021)/" + ODD + b" (2021).mkv"
    rows.shelve(daemon, "movies", Kind.MOVIES, film)
    rows.shelve(daemon, "shows", Kind.SHOWS, b"Dark/Season 01/Dark S01E01.mkv")
    rows.shelve(daemon, "music", Kind.MUSIC, b"Ann/Some/" + ODD + b".mp3", SONG)
    rows.shelve(daemon, "spoken", Kind.AUDIOBOOKS, b"Cal/S/B/B.m4b", SPOKEN)
    rows.shelve(daemon, "shows", Kind.SHOWS, b"Late/Season 2020/Late - 2020-01-31 - Guest.mkv")
    rows.damage(daemon, "movies", film)
    rows.lose(daemon, "movies", film)


def filed(served: Served) -> None:
    """Have an import that has done every kind of step, of one file and of two."""
    daemon = served.daemon
    drop, film = (
        Place("inbox", RelPath(VERDICT.path)),
        Place("movies", RelPath(VERDICT.target)),
    )
    number = rows.enqueue(daemon, Operation.IMPORT, Step.PLAN, drop)
    rows.run(daemon)
    steps = [
        FileStep(action=Action.PLACE, source=drop, target=film),
        FileStep(action=Action.MOVE, source=drop, target=film, trash=True),
    ]
    with daemon.db.transaction() as tx:
        journal.plan(tx, number, steps)
        for entry in journal.of(tx, number):
            journal.begin(tx, entry, Outcome())
            journal.finish(tx, entry, Outcome(method="copy"))
    rows.judge(daemon, VERDICT, number)
    both = Place("inbox", RelPath(b"Both"))
    inside = [replace(VERDICT, path=b"Both/" + name) for name in (ODD, b"x")]
    rows.drop(daemon, both.path)
    with daemon.db.transaction() as tx:
        state = ("imported", "it was filed")
        drops.judged(tx, both, state, inside, (number, daemon.clock.now))
    rows.complete(daemon, number, {"filed": 1})


def queue(served: Served) -> None:
    """Have an operation that failed, one that runs, one that waits for another try, and a kind that rests."""
    daemon = served.daemon
    for place in (b"a", b"b", ODD):
        rows.enqueue(daemon, Operation.SCAN, Step.SCAN, Place("movies", RelPath(place)))
    failed, running = rows.run(daemon), rows.run(daemon)
    report = Progress(phase="reading", done=1, total=2, unit="files", rate=1.0)
    with daemon.db.transaction() as tx:
        error = RefusedError("/m: no", code="refused", hint="try again")
        operations.fail(tx, failed, error, daemon.clock.now)
        operations.progress(tx, running, report, daemon.clock.now)
        fault = BrokenError("/m: no", code="disk_error")
        retried = claims.claim(tx, daemon.clock.now)
        assert retried is not None
        retries.put_off(tx, retried.id, fault, daemon.clock.now, daemon.clock.now + 60)
        for _ in range(5):
            breakers.failed(tx, Operation.UNDO, operations.described(fault), daemon.clock.now)
    rows.tell(daemon, 1, (Level.INFO, "filed"), target="x.mkv")


def rest(served: Served) -> None:
    """Have something wait, something held, and something wrong."""
    daemon = served.daemon
    rows.drop(daemon, ODD)
    accepts = Decision(kind="movie", title="Dune", year=1984)
    best = Candidate(
        source="names", title="Dune", year=1984, score=0.5, reasons=("a",), accepts=accepts
    )
    lacking = Candidate(
        source="names", title="D", score=0.1, accepts=Decision(kind="track", title="D")
    )
    rows.review(daemon, b"asked" + ODD, best, lacking, name=ODD)
    with daemon.db.transaction() as tx:
        holds.put(tx, Place("inbox", RelPath(b"held" + ODD)), daemon.clock.now)
        roots.scanned(tx, "movies", daemon.clock.now)
    daemon.wrong = [{"check": "a", "severity": "warn", "message": "b", "fix": "c"}]


def asked(served: Served) -> set[tuple[str, str]]:
    """Return every field of the answers to many questions."""
    inbox = quote_from_bytes(os.fsencode(served.daemon.inbox))
    movies = quote_from_bytes(os.fsencode(served.daemon.movies))
    film = f"{movies}/caf%25E9%20(2021)/caf%25E9%20(2021).mkv"
    targets = [
        *("/v1/health", "/v1/status", "/v1/operations", "/v1/operations/1", "/v1/holds"),
        "/v1/operations/1/log",
        *("/v1/items", *(f"/v1/items/{number}" for number in range(1, 9))),
        f"/v1/why?path_bytes={film}",
        f"/v1/why?path_bytes={inbox}/caf%25E9.mkv",
        f"/v1/why?path_bytes={movies}/caf%25E9/x.mkv",
        f"/v1/why?path={inbox}/Both",
        f"/v1/why?path_bytes={inbox}/askedcaf%25E9",
        *("/v1/reviews", "/v1/reviews/1"),
        *("/v1/why?path=/elsewhere", "/v1/nothing"),
    ]
    found: set[tuple[str, str]] = set()
    answers: list[tuple[str, str, Any]] = [("GET", target, None) for target in targets]
    answers += [
        ("POST", "/v1/operations", {"kind": "scan"}),
        ("POST", "/v1/operations", {"kind": "undo", "since": "2026-01-01T00:00:00Z"}),
        ("POST", "/v1/queue/pause", {}),
    ]
    for method, target, body in answers:
        status, content = served.ask(method, target, body)
        found |= {*described.fields(described.schema(method, target, status), content)}
    return found


def test_every_field_that_it_has_is_in_an_answer(served: Served) -> None:
    for there_is in (libraries, works, filed, queue, rest):
        there_is(served)
    seen = asked(served)

    stated = {
        (form.__name__, field.encode_name)
        for form in FORMS.values()
        for field in msgspec.structs.fields(form)
    }
    inherited = {
        (base.__name__, field) for name, field in seen for base in FORMS.get(name, object).__mro__
    }
    assert sorted(stated - seen - inherited) == []
