"""A request as values: what stands in its address and its body, checked against the limits."""

import re
from collections.abc import Collection, Mapping
from typing import TypeVar
from urllib.parse import parse_qsl, unquote_to_bytes

import msgspec

from shelfd.control import bodies
from shelfd.control.answers import InvalidError, TooLargeError, WrongTypeError
from shelfd.core.errors import NotFoundError, UsageError
from shelfd.core.nearest import one_of
from shelfd.core.paths import relative

BODY_BYTES = 64 * 1024
READ_BYTES = 1024 * 1024  # of a body that is too long, so that its sender gets to read why
PATH_BYTES = 4096  # PATH_MAX of Linux
WHOLE_PATH = "name all of it, such as /srv/inbox/Some Album"
PAGE = 100  # rows, unless `limit` says otherwise
LONGEST_PAGE = 500
LARGEST = 1 << 59  # of a number in a query

NUMBER = re.compile(r"[0-9]{1,18}")  # what fits into SQLite's integers

LISTS: Mapping[str, str] = {
    "operation": "`shelfd operations` lists them; those that ended long ago are forgotten",
    "item": "`shelfd find` lists those that have a word in them",
    "hold": "`shelfd status` lists what is held",
    "review": "`shelfd review` lists those that are open",
}
"""Where the things are named that have an id."""

T = TypeVar("T")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One request."""

    place: Mapping[str, str]
    """What stands where the route has a name in braces."""
    query: Mapping[str, str]
    """Bytes that are not UTF-8 are surrogates in it."""
    body: bytes = b""
    accept: str = ""
    """Which forms of an answer are understood, as the header of this name says it."""

    def id(self, what: str) -> int:
        """Return the id in the address; NotFoundError when it is none that a `what` could have."""
        text = self.place["id"]
        if NUMBER.fullmatch(text) is None:
            raise missing(what, text)
        return int(text)

    def number(self, name: str, default: int, least: int = 0, most: int = LARGEST) -> int:
        """Return a number of the query."""
        text = self.query.get(name)
        if text is None:
            return default
        if NUMBER.fullmatch(text) is None or not least <= int(text) <= most:
            raise invalid(name, text, f"a number from {least} to {most}")
        return int(text)

    def limit(self) -> int:
        """Return how many rows are wanted."""
        return self.number("limit", PAGE, least=1, most=LONGEST_PAGE)

    def choice(self, name: str, allowed: Collection[str]) -> str | None:
        """Return one of a few words of the query, None without."""
        text = self.query.get(name)
        if text is None or text in allowed:
            return text
        raise invalid(name, text, one_of(text, allowed))

    def path(self) -> bytes:
        """Return the path of the query: `path`, or `path_bytes`, which is percent-encoded once more."""
        return absolute(self.query.get("path", ""), self.query.get("path_bytes", ""))

    def content(self, form: type[T], hint: str) -> T:
        """Return the body as a value of this form, which the hint explains; an empty body is an empty object."""
        try:
            return msgspec.json.decode(self.body or b"{}", type=form)
        except msgspec.ValidationError as error:
            raise bodies.invalid(form, self.body or b"{}", error, hint) from error
        except RecursionError as error:
            raise InvalidError(
                "body: what is in it is nested too deeply", code="invalid_body", hint=hint
            ) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            why = str(error).removeprefix("JSON is malformed: ")
            raise UsageError(f"body: this is no JSON: {why}", code="no_json", hint=hint) from error


def last_event_id(header: str | None) -> int | None:
    """Return where a client stood that comes back, by the header of this name; None without."""
    if header is None:
        return None
    if NUMBER.fullmatch(header) is None or int(header) > LARGEST:
        raise invalid("Last-Event-ID", header, "the id of an event")
    return int(header)


def query(raw: bytes, names: Collection[str]) -> dict[str, str]:
    """Return the query of an address; a name that means nothing here is refused, not passed over."""
    text = raw.decode("latin-1")  # HTTP lets nothing but ASCII into an address
    found: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, errors="surrogateescape"):
        shown = name.encode("utf-8", "backslashreplace").decode()
        if name not in names:
            known = ", ".join(names) or "nothing"
            raise InvalidError(
                f"{shown}: there is no parameter of this name here",
                code="unknown_parameter",
                hint=f"here can stand: {known}",
            )
        if name in found:
            raise InvalidError(
                f"{shown}: it is there more than once",
                code="repeated_parameter",
                hint="leave one of them out",
            )
        found[name] = value
    return found


def require_json(content_type: str | None) -> None:
    """Raise WrongTypeError unless a body may be JSON by what the client says of it."""
    named = (content_type or "").partition(";")[0].strip().lower()
    # curl and wget call a body a form unless they are told what it is
    if named not in ("", "application/json", "application/x-www-form-urlencoded"):
        shown = named.encode("utf-8", "backslashreplace").decode()
        raise WrongTypeError(
            f"body: it is {shown}, not JSON",
            code="not_json",
            hint="send it with `Content-Type: application/json`",
        )


def absolute(path: str, path_bytes: str) -> bytes:
    """Return an absolute path from its printable or its percent-encoded form; InvalidError says what is wrong.

    It has no empty components and no `.` in it, whatever was given: rows are looked for by their bytes.
    """
    raw = unquote_to_bytes(path_bytes) if path_bytes else path.encode("utf-8", "surrogateescape")
    wrong = {
        "it is missing": (not raw, WHOLE_PATH),
        "it must be absolute": (not raw.startswith(b"/"), WHOLE_PATH),
        "it must not have .. in it": (b".." in raw.split(b"/"), "`realpath` says it without"),
        "it has a null byte in it": (b"\0" in raw, "no name of a file can have one"),
        f"it is longer than {PATH_BYTES} bytes": (
            len(raw) > PATH_BYTES,
            "Linux opens none that is longer; name a directory above it",
        ),
    }
    for problem, (applies, hint) in wrong.items():
        if applies:
            raise InvalidError(f"path: {problem}", code="invalid_path", hint=hint)
    return b"/" + relative(raw)


def too_large() -> TooLargeError:
    """Return the error for a body that is longer than any may be."""
    return TooLargeError(
        f"body: it is longer than {BODY_BYTES} bytes",
        code="too_large",
        hint="no request needs as much; ask for one thing at a time",
    )


def invalid(name: str, found: str, allowed: str) -> InvalidError:
    """Return the error for a value that is not allowed."""
    shown = found.encode("utf-8", "backslashreplace").decode()
    return InvalidError(f"{name}: {shown!r} is not {allowed}", code="invalid_parameter")


def missing(what: str, found: str | int) -> NotFoundError:
    """Return the error for an id that nothing has."""
    shown = str(found).encode("utf-8", "backslashreplace").decode()
    return NotFoundError(
        f"{what} {shown}: there is none of this id",
        code=f"no_such_{what}",
        hint=LISTS.get(what, ""),
    )
