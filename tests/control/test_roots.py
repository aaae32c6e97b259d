"""A root is confirmed: known anew as it is now, and scanned once more."""

from urllib.parse import quote

import pytest

from fakes.daemon import Served
from shelfd.core.operations import Operation, Step
from shelfd.core.paths import TOP, Place, RelPath
from shelfd.core.presence import Known
from shelfd.store import operations, roots


def confirmed(served: Served, name: str) -> Operation:
    status, answer = served.ask("POST", f"/v1/roots/{name}/confirm", {})
    assert status == 202, answer
    found = operations.one(served.daemon.db.read(), answer["id"])
    assert found is not None
    return found


def test_a_library_is_scanned_and_what_vanished_may_be_gone(served: Served) -> None:
    scan = confirmed(served, "movies")

    assert (scan.step, scan.place, scan.asked_by) == (Step.SCAN, Place("movies", TOP), "person")
    assert scan.options == {"recursive": True, "confirmed": True}
    assert scan.display == str(served.daemon.movies)


def test_an_inbox_is_looked_at(served: Served) -> None:
    look = confirmed(served, "inbox")

    assert (look.step, look.place) == (Step.LOOK, Place("inbox", TOP))
    assert look.options == {"again": True, "confirmed": True}


def test_what_it_was_known_by_is_forgotten_and_it_is_no_longer_suspended(served: Served) -> None:
    known = Known(marker="a" * 32, filesystem="ext4 1 /", mounts={RelPath(b"disk"): "xfs 1 /"})
    with served.daemon.db.transaction() as tx:
        for name in ("movies", "inbox"):
            roots.remember(tx, name, known)
            roots.suspend(tx, name, "it is empty")

    confirmed(served, "movies")

    reader = served.daemon.db.read()
    assert roots.known(reader, "movies") == Known()
    assert roots.known(reader, "inbox") == known
    assert roots.suspended(reader) == {"inbox": "it is empty"}


def test_a_root_that_is_not_there_cannot_be_confirmed(served: Served) -> None:
    with served.daemon.db.transaction() as tx:
        roots.suspend(tx, "movies", "it is empty")
    served.daemon.movies.rmdir()

    status, answer = served.ask("POST", "/v1/roots/movies/confirm", {})

    assert (status, answer["error"]["code"]) == (409, "root_absent")
    assert "is its disk mounted?" in answer["error"]["message"]
    assert "movies" in roots.suspended(served.daemon.db.read())


@pytest.mark.parametrize("name", ["musik", "movies ", "café", "%FF"])
def test_a_root_of_no_such_name_is_not_found(served: Served, name: str) -> None:
    status, answer = served.ask("POST", f"/v1/roots/{quote(name)}/confirm", {})

    assert (status, answer["error"]["code"]) == (404, "no_such_root")


def test_nothing_else_can_be_said(served: Served) -> None:
    assert served.ask("POST", "/v1/roots/movies/confirm", {"force": True})[0] == 422
    assert served.ask("GET", "/v1/roots/movies/confirm")[0] == 405
