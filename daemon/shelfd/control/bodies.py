"""What is wrong with a body that is JSON but not of the form it must have, in words."""

import re
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Literal, get_args, get_origin

import msgspec

from shelfd.control.answers import InvalidError
from shelfd.core.nearest import one_of

WHERE = re.compile(r"(.*) - at `\$\.?([^`]*)`", re.DOTALL)
"""A fault as msgspec says it, and in which field it is."""

OTHER_TYPE = re.compile(r"Expected `(\w+)(?: \| null)?`(?:, got `(\w+)`)?")
BOUND = re.compile(r"Expected `\w+` (>=|<=|>|<) (\S+)")
TOO_MANY = re.compile(r"Expected `array` of length <= (\d+)")
NO_CHOICE = re.compile(r"Invalid (?:enum )?value '(.*)'", re.DOTALL)
MISSING = re.compile(r"Object missing required field `(.*)`", re.DOTALL)
UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
NO_TIME = "Invalid RFC3339 encoded datetime"

NAMES: Mapping[str, str] = {
    "object": "an object in braces",
    "array": "a list",
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "null",
    "datetime": "a time as text",
}
"""What JSON has, in words."""
BOUNDS: Mapping[str, str] = {
    ">=": "at least",
    "<=": "at most",
    ">": "more than",
    "<": "less than",
}


def invalid(form: Any, raw: bytes, error: msgspec.ValidationError, hint: str) -> InvalidError:
    """Return the error for a body that is not of a form: which field, what is wrong with it, what it may be.

    `form` is a struct or a union of structs with tags; `hint` explains it.
    """
    said, where = str(error), "body"
    if found := WHERE.fullmatch(said):
        said, where = found[1], found[2]
    structs = _meant(form, raw)
    if found := MISSING.fullmatch(said):
        where, said = found[1], "it is missing" + _possible(_choices(form, structs, found[1]))
    elif found := UNKNOWN.fullmatch(said):
        where, said = found[1], "there is no field of this name here"
        names = _fields(structs)
        hint = f"here can stand {one_of(where, names)}" if names else "nothing need stand here"
    else:
        said = _value(said, _choices(form, structs, where))
    return InvalidError(f"{where}: {said}", code="invalid_body", hint=hint)


def _value(said: str, choices: Sequence[str]) -> str:
    """Return what is wrong with a value; as msgspec says it when that is nothing known."""
    if found := NO_CHOICE.fullmatch(said):
        return f"{found[1]!r} is not {one_of(found[1], choices)}"
    if found := OTHER_TYPE.fullmatch(said):
        is_it = f"it is {NAMES.get(found[2], found[2])}, " if found[2] else "it is "
        return f"{is_it}not {NAMES.get(found[1], found[1])}{_possible(choices)}"
    if found := BOUND.fullmatch(said):
        return f"it must be {BOUNDS[found[1]]} {found[2].removesuffix('.0')}"
    if found := TOO_MANY.fullmatch(said):
        return f"it must have at most {found[1]} entries"
    return "it must be like 2026-11-21T18:00:00Z, as RFC 3339 has it" if said == NO_TIME else said


def _possible(choices: Sequence[str]) -> str:
    return f"; it is one of {', '.join(choices)}" if choices else ""


def _meant(form: Any, raw: bytes) -> list[Any]:
    """Return the structs that a body may be: of a union the one that its tag names, all when it names none."""
    forms = [*get_args(form)] or [form]
    named = [one for one in forms if one.__struct_config__.tag == _tag(forms[0], raw)]
    return named or forms


def _tag(struct: Any, raw: bytes) -> object:
    try:
        # all that stands behind the fault may be no JSON at all
        fields = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        return msgspec.json.decode(fields[struct.__struct_config__.tag_field])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError):
        return None


def _choices(form: Any, structs: Sequence[Any], name: str) -> list[str]:
    """Return the words that a field may have; none when it may have any."""
    if name == structs[0].__struct_config__.tag_field:
        return [one.__struct_config__.tag for one in get_args(form)]
    fields = (field for struct in structs for field in msgspec.structs.fields(struct))
    possible = next((field.type for field in fields if field.name == name), None)
    return [word for one in get_args(possible) or (possible,) for word in _words(one)]


def _fields(structs: Sequence[Any]) -> list[str]:
    tag = structs[0].__struct_config__.tag_field
    names = [field.name for struct in structs for field in msgspec.structs.fields(struct)]
    return [*dict.fromkeys([tag, *names] if tag else names)]


def _words(possible: Any) -> list[str]:
    if get_origin(possible) is Literal:
        return [*get_args(possible)]
    is_enum = isinstance(possible, type) and issubclass(possible, Enum)
    return [str(word) for word in possible] if is_enum else []
