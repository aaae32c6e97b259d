"""Whatever stands in an address or a body: a right value comes out, or an error that says what is wrong."""

import contextlib
import json
import os
from typing import Any
from urllib.parse import quote, quote_from_bytes, urlencode

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.daemon import Served
from shelfd.control import asked, wishes
from shelfd.control.asked import Asked
from shelfd.core.errors import NotFoundError, ShelfdError, UsageError

NAMES = ("path", "path_bytes", "limit", "after")
FORMS: Any = wishes.Scan | wishes.Import | wishes.Undo
NUMBERS = st.one_of(
    st.text(max_size=30), st.integers().map(str), st.from_regex(r"[0-9]{1,25}", fullmatch=True)
)
PARTS = st.one_of(
    st.sampled_from([b"", b".", b"..", b"...", b"a", b"\0", b"\xff", b"x" * 300]),
    st.binary(max_size=8),
)
PATHS = st.one_of(st.binary(max_size=60), st.lists(PARTS, max_size=20).map(b"/".join))
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=9)
)
KEYS = st.one_of(
    st.sampled_from(["kind", "path", "path_bytes", "mode", "operation", "since", "full"]),
    st.text(max_size=5),
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=8,
)
WISHES = st.fixed_dictionaries(
    {"kind": st.sampled_from(["scan", "import", "undo"])},
    optional={
        "path": st.one_of(st.text(max_size=20), LEAVES),
        "operation": st.one_of(st.integers(), LEAVES),
        "since": st.one_of(st.datetimes().map(str), st.text(max_size=30)),
        "dry_run": LEAVES,
        "recursive": LEAVES,
    },
)


def said(**query: str) -> Asked:
    return Asked(place={}, query=query)


@given(raw=st.one_of(st.binary(max_size=200), st.from_regex(rb"([a-z_]+(=[^&]*)?&?)+")))
@settings(deadline=None)
def test_a_query_has_known_names_once_each(raw: bytes) -> None:
    with contextlib.suppress(UsageError):
        assert set(asked.query(raw, NAMES)) <= set(NAMES)


@given(values=st.dictionaries(st.sampled_from(NAMES), st.text(max_size=40)))
@settings(deadline=None)
def test_what_a_client_encodes_is_what_arrives(values: dict[str, str]) -> None:
    assert asked.query(urlencode(values).encode(), NAMES) == values


@given(text=NUMBERS, least=st.integers(0, 9), most=st.integers(9, 1 << 60))
@settings(deadline=None)
def test_a_number_lies_within_its_limits(text: str, least: int, most: int) -> None:
    try:
        number = said(n=text).number("n", 0, least, most)
    except UsageError as error:
        error.message.encode()
        inside = text.isascii() and text.isdigit() and least <= int(text) <= most
        assert not inside or len(text) > 18
    else:
        assert least <= number <= most
        assert number == int(text)


@given(text=NUMBERS)
@settings(deadline=None)
def test_an_id_is_one_that_a_row_can_have(text: str) -> None:
    try:
        assert 0 <= Asked(place={"id": text}, query={}).id("hold") < 1 << 63
    except NotFoundError as error:
        error.message.encode()


@given(text=st.text(max_size=20))
@settings(deadline=None)
def test_a_choice_is_one_of_those_allowed(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert said(c=text).choice("c", ["one", "two"]) in ("one", "two")


def is_plain(path: bytes) -> bool:
    """Say whether a path is absolute, and every component is the name of something below the one before."""
    parts = path[1:].split(b"/") if path != b"/" else []
    forbidden = {b"", b".", b".."} & {*parts}
    return path.startswith(b"/") and b"\0" not in path and not forbidden and len(path) <= 4096


@given(raw=PATHS, encoded=st.booleans())
@settings(deadline=None)
def test_a_path_is_absolute_and_leads_nowhere_else(raw: bytes, encoded: bool) -> None:  # noqa: FBT001  # hypothesis gives it
    printable, percent = ("", quote_from_bytes(raw)) if encoded else (os.fsdecode(raw), "")
    try:
        path = asked.absolute(printable, percent)
    except UsageError as error:
        assert (error.code, is_plain(raw)) == ("invalid_path", False)  # noqa: PT017  # or there is none, see below
    else:
        assert is_plain(path)
        assert path == raw or not is_plain(raw)


@given(path=st.text(max_size=50), path_bytes=st.text(max_size=50))
@settings(deadline=None)
def test_a_path_of_any_text_is_a_path_or_an_error(path: str, path_bytes: str) -> None:
    with contextlib.suppress(UsageError):
        assert is_plain(asked.absolute(path, path_bytes))


@pytest.mark.parametrize(
    ("given_", "meant"),
    [("/a//b", b"/a/b"), ("/a/./b/", b"/a/b"), ("//a", b"/a"), ("/", b"/"), ("/...", b"/...")],
)
def test_two_spellings_of_a_path_are_one(given_: str, meant: bytes) -> None:
    assert asked.absolute(given_, "") == meant


@given(body=st.one_of(st.binary(max_size=100), st.text(max_size=100).map(str.encode)))
@settings(deadline=None)
def test_a_body_of_any_bytes_is_a_value_or_an_error(body: bytes) -> None:
    with contextlib.suppress(UsageError):
        Asked(place={}, query={}, body=body).content(FORMS, "")


@given(content=st.one_of(JSON, WISHES))
@settings(deadline=None)
def test_a_body_of_any_json_is_a_wish_or_an_error(content: object) -> None:
    body = json.dumps(content).encode()
    try:
        wish = Asked(place={}, query={}, body=body).content(FORMS, "")
    except ShelfdError as error:
        error.message.encode()
    else:
        assert isinstance(wish, wishes.Scan | wishes.Import | wishes.Undo)
        assert msgspec.json.decode(msgspec.json.encode(wish), type=FORMS) == wish
        assert not isinstance(wish, wishes.Undo) or abs(wish.operation or 0) < 1 << 63


@pytest.mark.parametrize("body", [b'{"x":' + b"[" * 60_000, b"[" * 60_000, b'{"kind":' * 8_000])
def test_a_body_as_deep_as_it_is_long_is_refused(served: Served, body: bytes) -> None:
    status, content = served.ask("POST", "/v1/operations", body)

    assert status in (400, 422)
    assert content["error"]["code"] in ("no_json", "invalid_body")


@pytest.mark.parametrize("number", [10**18, 1 << 63, -(1 << 63) - 1, 10**40])
def test_a_number_that_no_row_can_have_is_refused_in_a_body(served: Served, number: int) -> None:
    status, content = served.ask("POST", "/v1/operations", {"kind": "undo", "operation": number})

    assert (status, content["error"]["code"]) == (422, "invalid_body")


TOO_LONG = "/" + "x" * 4999


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("", "it is missing"),
        ("inbox/a", "it must be absolute"),
        ("/srv/../etc/passwd", "it must not have .. in it"),
        ("/..", "it must not have .. in it"),
        ("/srv/a\0b", "it has a null byte in it"),
        (TOO_LONG, "it is longer than 4096 bytes"),
        ("/" + "ä" * 2500, "it is longer than 4096 bytes"),
    ],
)
def test_a_path_that_cannot_be_is_refused_wherever_it_stands(
    served: Served, path: str, problem: str
) -> None:
    raw = os.fsencode(path)
    answers = [
        served.ask("GET", f"/v1/why?path={quote(path)}"),
        served.ask("GET", f"/v1/why?path_bytes={quote(quote_from_bytes(raw))}"),
        served.ask("GET", f"/v1/holds?path={quote(path)}"),
        served.ask("POST", "/v1/holds", {"path": path}),
        served.ask("POST", "/v1/holds", {"path_bytes": quote_from_bytes(raw)}),
        served.ask("POST", "/v1/operations", {"kind": "import", "path": path}),
    ]

    for status, content in answers:
        assert (status, content["error"]["message"]) == (422, f"path: {problem}")
    assert served.get("/v1/holds")["items"] == []


def test_a_path_of_bytes_is_taken_as_it_is(served: Served) -> None:
    raw = os.fsencode(served.daemon.inbox) + b"/caf\xe9 %41"

    _status, hold = served.ask("POST", "/v1/holds", {"path_bytes": quote_from_bytes(raw)})
    found = served.get(f"/v1/holds?path_bytes={quote(quote_from_bytes(raw))}")["items"]

    assert hold["path_bytes"] == quote_from_bytes(raw)
    assert found == [hold]


def test_the_longest_path_there_is_fits_into_an_address(served: Served) -> None:
    raw = b"/" + b"\xff" * 4095

    known = served.get(f"/v1/why?path_bytes={quote(quote_from_bytes(raw))}")

    assert known["path_bytes"] == quote_from_bytes(raw)


def test_a_hold_is_of_the_place_however_it_is_spelt(served: Served) -> None:
    inbox = served.daemon.inbox
    holds = [
        served.ask("POST", "/v1/holds", {"path": path})
        for path in (f"{inbox}/a/b", f"{inbox}//a/./b/", f"/{inbox}/a/b")
    ]

    assert [status for status, _hold in holds] == [201] * 3
    assert {hold["id"] for _status, hold in holds} == {1}


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("/v1/items?limit=1&limit=2", "repeated_parameter"),
        ("/v1/items?limit=1&limit=1", "repeated_parameter"),
        ("/v1/events?since=1&since=", "repeated_parameter"),
        ("/v1/items?Limit=1", "unknown_parameter"),
        ("/v1/items?%FF=1", "unknown_parameter"),
        ("/v1/items?limit[]=1", "unknown_parameter"),
        ("/v1/health?x", "unknown_parameter"),
        ("/v1/openapi.json?x=", "unknown_parameter"),
        ("/v1/items?limit=", "invalid_parameter"),
        ("/v1/items?limit=1e2", "invalid_parameter"),
        ("/v1/items?limit=+5", "invalid_parameter"),
        ("/v1/items?limit=%D9%A3", "invalid_parameter"),
        ("/v1/items?after=99999999999999999999", "invalid_parameter"),
        ("/v1/events?operation=-1", "invalid_parameter"),
        ("/v1/events?since=x", "invalid_parameter"),
    ],
)
def test_a_query_that_makes_no_sense_says_what_is_wrong(
    served: Served, target: str, code: str
) -> None:
    status, content = served.ask("GET", target)

    assert (status, content["error"]["code"]) == (422, code)
