"""Whatever stands where a cursor, a header or a body belongs, what comes out is an answer or an error that says what is wrong."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response

from fakes import rows
from fakes.daemon import Daemon
from shelfd.control import events, holds, items, operations, queue, why, wishes
from shelfd.control.asked import LARGEST, Asked, query
from shelfd.core.errors import ShelfdError, UsageError
from shelfd.core.media import Kind

EDGES = [0, 1, -1, 2**31, 2**48 - 1, 2**48, 2**53, LARGEST - 1, LARGEST, LARGEST + 1, 2**63, 2**64]
NUMBERS = st.one_of(
    st.sampled_from(EDGES).map(str),
    st.integers(-(2**70), 2**70).map(str),
    st.from_regex(r"[ +-]?[0-9]{1,25}[.eE_ ]?[0-9]?", fullmatch=True),
    st.text(max_size=12),
)
RAW = st.one_of(NUMBERS.map(lambda text: text.encode("utf-8", "surrogatepass")), st.binary())
WORDS = st.one_of(
    st.sampled_from(["", "d", "du", "dune", '"', "\n", "*", "a b"]), st.text(max_size=9)
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=9)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = st.dictionaries(
    st.sampled_from(["path", "path_bytes", "dry_run", "kind"]),
    st.one_of(st.text(max_size=20), st.booleans(), JSON),
    max_size=3,
)
BODIES = st.one_of(
    st.binary(max_size=80),
    JSON.map(json.dumps).map(str.encode),
    FIELDS.map(json.dumps).map(str.encode),
)


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    daemon = Daemon(tmp_path_factory.mktemp("decoded"))
    for title in (b"Dune", b"Dune Part Two", b"Duna"):
        path = b"%b (2021)/%b (2021).mkv" % (title, title)
        rows.shelve(daemon, "movies", Kind.MOVIES, path)
    yield daemon
    daemon.db.close()


def is_a_page(answer: Response) -> bool:
    content = json.loads(bytes(answer.body))
    return answer.status_code == 200 and {*content} == {"items", "next"}


@given(after=NUMBERS, limit=NUMBERS, words=WORDS, parent=st.one_of(st.none(), NUMBERS))
@settings(deadline=None)
def test_a_cursor_of_items_leads_to_a_page(
    daemon: Daemon, after: str, limit: str, words: str, parent: str | None
) -> None:
    named = {"after": after, "q": words} | ({} if parent is None else {"parent": parent})
    for asked in (named, {**named, "limit": limit}):
        try:
            assert is_a_page(items.listed(daemon, Asked(place={}, query=asked)))
        except UsageError as error:
            assert error.code == "invalid_parameter"  # noqa: PT017  # or there is none, see above
            error.message.encode()


@given(words=st.sampled_from(["dune", "du", "d", ""]), data=st.data())
@settings(deadline=None, max_examples=40)
def test_the_cursor_of_a_page_leads_to_what_is_missing_in_it(
    daemon: Daemon, words: str, data: st.DataObject
) -> None:
    found: list[int] = []
    after: int | None = 0
    while after is not None:
        limit = data.draw(st.integers(1, 3))
        named = {"q": words, "after": str(after), "limit": str(limit)}
        page = json.loads(bytes(items.listed(daemon, Asked(place={}, query=named)).body))
        found += [item["id"] for item in page["items"]]
        after = page["next"]

    assert sorted(found) == sorted(set(found))
    assert len(found) == {"dune": 2}.get(words, 3)


@given(after=NUMBERS)
@settings(deadline=None)
def test_a_cursor_of_operations_leads_to_a_page(daemon: Daemon, after: str) -> None:
    with contextlib.suppress(UsageError):
        assert is_a_page(operations.listed(daemon, Asked(place={}, query={"after": after})))


@given(since=st.one_of(st.none(), NUMBERS), header=st.one_of(st.none(), RAW))
@settings(deadline=None)
def test_a_position_in_the_events_is_one_that_can_be_or_an_error(
    daemon: Daemon, since: str | None, header: bytes | None
) -> None:
    headers = [] if header is None else [(b"last-event-id", header)]
    request = Request({"type": "http", "headers": headers, "path_params": {}})
    asked = Asked(place={}, query={} if since is None else {"since": since})
    try:
        position = events._since(asked, request)
    except UsageError as error:
        error.message.encode()
    else:
        assert position is None or 0 <= position <= LARGEST
        assert header or (position is None) == (since is None)
        # a position that never was leads to the news that there is much new
        batch = events._batch(daemon, position or 0, None)
        assert 0 <= batch.position <= LARGEST


WISH = wishes.Scan | wishes.Import | wishes.Undo


@given(
    body=BODIES, form=st.sampled_from([holds.Held, queue.Nothing, queue.What, wishes.DryRun, WISH])
)
@settings(deadline=None)
def test_a_body_of_each_route_is_a_value_or_an_error(body: bytes, form: Any) -> None:
    try:
        value = Asked(place={}, query={}, body=body).content(form, "a hint")
    except UsageError as error:
        error.message.encode()
        assert (error.code in ("no_json", "invalid_body"), error.hint != "") == (True, True)  # noqa: PT017  # see above
    else:
        assert isinstance(value, form)


@given(raw=st.one_of(st.binary(max_size=120), st.from_regex(rb"path(_bytes)?=[^&]{0,80}")))
@settings(deadline=None)
def test_why_answers_any_address(daemon: Daemon, raw: bytes) -> None:
    with contextlib.suppress(UsageError):
        asked = Asked(place={}, query=query(raw, ("path", "path_bytes")))
        assert why.why(daemon, asked).status_code == 200


@given(path=st.one_of(st.text(max_size=60), st.text(max_size=9).map("/srv/".__add__)), body=BODIES)
@settings(deadline=None, max_examples=60)
def test_a_hold_of_anything_is_made_or_refused(daemon: Daemon, path: str, body: bytes) -> None:
    for content in (body, json.dumps({"path": path}).encode()):
        with contextlib.suppress(ShelfdError):
            assert holds.create(daemon, Asked(place={}, query={}, body=content)).status_code == 201
