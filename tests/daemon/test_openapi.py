"""The running daemon against its own description: whatever is asked for, the answer is one that is described."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig

import described
import media
from running import Connection, Running, running
from waiting import eventually

EXAMPLES = 40  # of each operation, right ones and wrong ones, beside those at its limits
CONFIG = SchemathesisConfig.from_dict(
    {
        "generation": {"deterministic": True, "max-examples": EXAMPLES},
        "checks": {
            # what is valid as JSON and as a path need not lie in a root
            "positive_data_acceptance": {"enabled": False},
        },
    }
)
Case = schemathesis.Case[Any]
SCHEMA = schemathesis.openapi.from_dict(described.document(), config=CONFIG)


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("described")) as daemon:
        media.mp3(daemon.inbox / "a.mp3", artist="Ann", album="Some", title="One", track="1")
        media.mkv(daemon.inbox / "holiday.mkv")
        eventually(lambda: daemon.get("/v1/reviews")[1]["items"], within=20)
        yield daemon


def send(daemon: Running, case: Case) -> schemathesis.Response:
    """Send a request over the socket; of an event stream only the head is read."""
    prepared = requests.Request(**case.as_transport_kwargs(base_url="http://shelfd")).prepare()
    with contextlib.closing(Connection(daemon.socket)) as connection:
        connection.request(
            str(prepared.method), prepared.path_url, _bytes(prepared.body), dict(prepared.headers)
        )
        answer = connection.getresponse()
        streams = answer.headers.get_content_type() == "text/event-stream"
        headers: dict[str, list[str]] = {}
        for name, value in answer.getheaders():
            headers.setdefault(name, []).append(value)
        return schemathesis.Response(
            status_code=answer.status,
            headers=headers,
            content=b"" if streams else answer.read(),
            request=prepared,
            elapsed=0.0,
            verify=False,
            stream_cut_short=streams,
        )


def _bytes(body: object) -> bytes | None:
    assert body is None or isinstance(body, str | bytes), (
        "a form with files would be something else"
    )
    return body.encode() if isinstance(body, str) else body


def within_reach(daemon: Running, case: Case) -> None:
    """Let a request concern what is there, now and then: few that come by chance do."""
    number = case.path_parameters.get("id")
    if isinstance(number, int) and number % 2:
        case.path_parameters["id"] = number % 20
    name = case.path_parameters.get("name")
    if isinstance(name, str) and len(name) % 2:
        case.path_parameters["name"] = "Movies"
    for values in (case.body, case.query):
        if isinstance(values, dict):
            path = values.get("path")
            if isinstance(path, str) and path.startswith("/") and len(path) % 2:
                values["path"] = f"{daemon.inbox}{path}"


@SCHEMA.parametrize()
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
def test_it_answers_as_it_says(case: Case, daemon: Running) -> None:
    within_reach(daemon, case)

    case.validate_response(send(daemon, case))


def test_the_description_is_that_of_the_daemon(daemon: Running) -> None:
    assert daemon.get("/v1/openapi.json")[1]["paths"] == described.document()["paths"]
