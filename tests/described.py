"""Hold answers to the description of the API: their status, their form, and no field that does not stand there."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import jsonschema_rs

from shelfd.control.api import description

FAILURE = "#/components/schemas/Failure"


@cache
def document() -> Any:
    """Return the description as it is served."""
    return json.loads(description("0"))


@cache
def strict() -> Any:
    """Return the description, but with no field allowed that it does not have."""
    closed = json.loads(description("0"))
    for schema in closed["components"]["schemas"].values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return closed


def operation(method: str, target: str) -> Mapping[str, Any] | None:
    """Return what is said of a request; None when there is nothing of this name or no such method."""
    path = target.partition("?")[0]
    method = "get" if method == "HEAD" else method.lower()
    for template, methods in document()["paths"].items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path):
            return dict(methods).get(method)
    return None


def schema(method: str, target: str, status: int) -> Mapping[str, Any]:
    """Return the schema of an answer; KeyError when an answer of this status is not described."""
    described = operation(method, target)
    if described is None:
        assert status in (404, 405), status
        return {"$ref": FAILURE}
    answer = described["responses"][str(status)]
    if "$ref" in answer:
        answer = document()["components"]["responses"][str(status)]
    return dict(answer["content"]["application/json"]["schema"])


def require(method: str, target: str, status: int, content: object) -> None:
    """Fail unless an answer is as it is described."""
    form = {**schema(method, target, status), "components": strict()["components"]}
    validator = jsonschema_rs.Draft202012Validator(form, validate_formats=True)
    problems = [
        f"{error.instance_path}: {error.message}" for error in validator.iter_errors(content)
    ]
    assert not problems, (method, target, status, problems)


def fields(form: Mapping[str, Any], content: object) -> Iterator[tuple[str, str]]:
    """Yield each field that is in an answer, with the name of the schema that has it."""
    if "$ref" in form:
        name = form["$ref"].rpartition("/")[2]
        found = document()["components"]["schemas"][name]
        if isinstance(content, dict):
            for key in content:
                yield name, key
                yield from fields(found.get("properties", {}).get(key, {}), content[key])
    for possible in form.get("anyOf", ()):
        if content is not None:
            yield from fields(possible, content)
    if isinstance(content, list):
        for one in content:
            yield from fields(form.get("items", {}), one)
