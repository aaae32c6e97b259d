"""One value of the settings: what it must be, and how to say so."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, get_args

import msgspec
from msgspec import inspect

from shelfd.core import address, cron
from shelfd.core.nearest import nearest
from shelfd.core.settings import Problem

SOCKET_PATH_BYTES = 107
"""What `sun_path` holds beside its final zero, see unix(7)."""
SHOWN_CHARACTERS = 80
OCTAL = re.compile("0?[0-7]{3,4}")
GROUP = re.compile("[^\\s:/,-][^\\s:/,]*")
MOST_GROUP = (1 << 32) - 2
"""The number above it means no group at all."""


def problems(kind: Any, value: object, key: str) -> list[Problem]:
    """Return what keeps `value` from being a `kind`; of a list, what is wrong with each of its items."""
    if isinstance(inspect.type_info(kind), inspect.VarTupleType) and isinstance(value, list):
        item = get_args(kind)[0]
        return [
            problem
            for place, row in enumerate(value)
            for problem in problems(item, row, f"{key}[{place}]")
        ]
    try:
        sound(kind, value)
    except msgspec.ValidationError:
        meant = _meant(kind, value)
        return [
            Problem(key=key, found=shown(value), allowed=allowed(kind), suggestion=meant),
        ]
    except ValueError as error:
        return [Problem(key=key, found=shown(value), allowed=str(error))]
    return []


def sound(kind: Any, value: object) -> object:
    """Return `value` as a `kind`, paths without detours; ValueError says what is allowed instead."""
    found = msgspec.convert(value, kind)
    form = _form(kind)
    return FORMS[form](found) if form else found


def allowed(kind: Any) -> str:
    """Say what may stand for a `kind`."""
    if form := _form(kind):
        return ALLOWED[form]
    match inspect.type_info(kind):
        case inspect.LiteralType(values=values):
            text = choice(shown(value) for value in values)
        case inspect.IntType(ge=least, le=most):
            text = f"a whole number from {least} to {most}"
        case inspect.FloatType(ge=least, le=most):
            text = f"a number from {least} to {most}"
        case inspect.VarTupleType():
            text = "a list of texts in quotes"
        case _:
            text = "text in quotes"
    return text


def choice(words: Iterable[str]) -> str:
    """Return `a, b or c`."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def shown(value: object) -> str:
    """Return a value as a settings file would say it, in one line of printable text."""
    match value:
        case Mapping():
            return "a table"
        case list() | tuple():
            return "a list"
        case bool() | str():
            quoted = json.dumps(value, ensure_ascii=False)
            text = "".join(_printable(character) for character in quoted)
        case _:
            text = str(value)
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "..."


def _printable(character: str) -> str:
    return character if character.isprintable() else json.dumps(character)[1:-1]


def _form(kind: Any) -> str:
    info = inspect.type_info(kind)
    return info.extra["form"] if isinstance(info, inspect.Metadata) and info.extra else ""


def _meant(kind: Any, value: object) -> str:
    info = inspect.type_info(kind)
    if not isinstance(info, inspect.LiteralType) or not isinstance(value, str):
        return ""
    choices = [choice for choice in info.values if isinstance(choice, str)]
    meant = nearest(value.lower(), choices)
    return shown(meant) if meant else ""


def _path(text: str) -> str:
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if not text.startswith("/") or ".." in parts or "\0" in text:
        raise ValueError(ALLOWED["path"])
    return "/" + "/".join(parts)


def _optional_path(text: str) -> str:
    try:
        return _path(text) if text else text
    except ValueError as error:
        raise ValueError(ALLOWED["optional path"]) from error


def _address(text: str) -> str:
    try:
        return str(address.parse(text)) if text else text
    except ValueError as error:
        raise ValueError(ALLOWED["address"]) from error


def _socket(text: str) -> str:
    path = _path(text)
    if len(path.encode("utf-8", "surrogateescape")) > SOCKET_PATH_BYTES:
        raise ValueError(ALLOWED["socket"])
    return path


def _file_mode(text: str) -> str:
    return _mode(text, "file mode", least=0o600, most=0o777)


def _dir_mode(text: str) -> str:
    return _mode(text, "directory mode", least=0o700, most=0o3777)


def _mode(text: str, form: str, *, least: int, most: int) -> str:
    """Return an octal mode; what shelfd itself needs must be in it."""
    if not text:
        return text
    mode = int(text, 8) if OCTAL.fullmatch(text) else 0
    if mode & least != least or mode > most:
        raise ValueError(ALLOWED[form])
    return text


def _group(text: str) -> str:
    is_name = text == "" or (text.isprintable() and GROUP.fullmatch(text))
    if not is_name or (text.isdecimal() and int(text) > MOST_GROUP):
        raise ValueError(ALLOWED["group"])
    return text


def _name(text: str) -> str:
    if not text or text.strip() != text or "/" in text or not text.isprintable():
        raise ValueError(ALLOWED["name"])
    return text


def _cron(text: str) -> str:
    try:
        if text:
            cron.parse(text)
    except ValueError as error:
        raise ValueError(f"{ALLOWED['cron']}; {error}") from error
    return text


ALLOWED = {
    "path": "a path from `/`, without `..`",
    "optional path": "a path from `/`, without `..`, or empty for none",
    "address": "an IP address and a port from 1 to 65535, such as 127.0.0.1:8123 or [::1]:8123,"
    " or empty to switch off",
    "socket": f"a path from `/` of at most {SOCKET_PATH_BYTES} bytes, the limit for sockets",
    "file mode": 'three octal digits in quotes, such as "0664", of which the owner may read and write,'
    " or empty for that of the source",
    "directory mode": 'octal digits in quotes, such as "2775" or "0755", of which the owner may do all,'
    " or empty for what the umask leaves",
    "group": f'the name of a group, such as "media", or a number up to {MOST_GROUP}, or empty for none',
    "name": "a name that is not empty and has no `/` and no space at its ends",
    "cron": "a crontab line, or empty to switch off",
}
FORMS: Mapping[str, Callable[[Any], str]] = {
    "path": _path,
    "optional path": _optional_path,
    "address": _address,
    "socket": _socket,
    "file mode": _file_mode,
    "directory mode": _dir_mode,
    "group": _group,
    "name": _name,
    "cron": _cron,
}
