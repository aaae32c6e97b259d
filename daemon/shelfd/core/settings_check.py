"""Everything that is wrong with a settings file, at once.

msgspec alone would stop at the first mistake, so each key is converted by itself. A wrong value is
reported once: its default stands in for it, and what contradicts a wrong value is held against nobody.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import inspect
from msgspec.structs import FieldInfo

from shelfd.core import settings_values as values
from shelfd.core.nearest import nearest
from shelfd.core.settings import Problem, Settings
from shelfd.core.settings_rules import contradictions, with_names

T = TypeVar("T", bound=msgspec.Struct)


def check(raw: Mapping[str, object]) -> tuple[Settings | None, tuple[Problem, ...]]:
    """Return the settings that `raw` means, or every problem that keeps it from meaning any."""
    found, problems = _table(Settings, raw, "")
    settings = with_names(found)
    wrong = [problem.key for problem in problems]
    problems += [
        problem
        for problem in contradictions(settings)
        if not any(_related(problem.key, key) or _related(problem.against, key) for key in wrong)
    ]
    return (None if problems else settings), tuple(problems)


def keys(kind: type[msgspec.Struct] = Settings, prefix: str = "") -> Iterator[str]:
    """Yield every key that exists: `daemon.state_dir`, `library[].name`."""
    for field in msgspec.structs.fields(kind):
        path = _below(prefix, field.encode_name)
        match inspect.type_info(field.type):
            case inspect.StructType(cls=table):
                yield from keys(table, path)
            case inspect.VarTupleType(item_type=inspect.StructType(cls=table)):
                yield from keys(table, f"{path}[]")
            case _:
                yield path


def _table(kind: type[T], raw: object, key: str) -> tuple[T, list[Problem]]:
    if not isinstance(raw, Mapping):
        wrong = Problem(key=key, found=values.shown(raw), allowed="a table of keys and values")
        return _table(kind, {}, key)[0], [wrong]
    problems = list(_unknown(kind, raw, key))
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        found[field.name], wrongs = _field(field, raw, _below(key, field.encode_name))
        problems += wrongs
    return kind(**found), problems


def _unknown(kind: type[msgspec.Struct], raw: Mapping[str, object], key: str) -> Iterator[Problem]:
    """Yield a problem for each key that does not exist; its value may be a secret and is not shown."""
    known = [field.encode_name for field in msgspec.structs.fields(kind)]
    for name in (name for name in raw if name not in known):
        elsewhere = [path for path in keys() if path.rpartition(".")[2] == name]
        yield Problem(
            key=_below(key, name if name.isidentifier() else values.shown(name)),
            found="a key that does not exist",
            allowed=values.choice(known),
            suggestion=nearest(name, known) or next(iter(elsewhere), ""),
        )


def _field(field: FieldInfo, raw: Mapping[str, object], key: str) -> tuple[object, list[Problem]]:
    """Return the value of one key, or what stands in for it and why."""
    if field.encode_name not in raw:
        missing = Problem(key=key, found="nothing", allowed=values.allowed(field.type))
        return _stand_in(field), [missing] if field.required else []
    value = raw[field.encode_name]
    match inspect.type_info(field.type):
        case inspect.StructType(cls=table):
            return _table(table, value, key)
        case inspect.VarTupleType(item_type=inspect.StructType(cls=table)):
            return _rows(table, value, key)
        case _:
            problems = values.problems(field.type, value, key)
            return (_stand_in(field) if problems else values.sound(field.type, value)), problems


def _stand_in(field: FieldInfo) -> object:
    if not field.required:
        return field.default
    info = inspect.type_info(field.type)
    return info.values[0] if isinstance(info, inspect.LiteralType) else ""


def _rows(kind: type[T], raw: object, key: str) -> tuple[tuple[T, ...], list[Problem]]:
    if not isinstance(raw, list | tuple):
        allowed = f"tables, each begun with [[{key}]] in two pairs of brackets"
        return (), [Problem(key=key, found=values.shown(raw), allowed=allowed)]
    found = [_table(kind, row, f"{key}[{place}]") for place, row in enumerate(raw)]
    return tuple(row for row, _ in found), [problem for _, wrong in found for problem in wrong]


def _below(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _related(one: str, other: str) -> bool:
    """Say whether the keys are the same or one is a part of the other."""
    short, long = sorted((one, other), key=len)
    return long == short or (bool(short) and long.startswith((f"{short}.", f"{short}[")))
