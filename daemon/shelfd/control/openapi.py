"""The description of the API in OpenAPI 3.1: routes as they are answered, forms as their types say.

Loaded when somebody first asks for it: at rest the daemon has use for none of this.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from shelfd.control import asked, covers, forms, holds, items, lines, protocol, wishes
from shelfd.control.told import TAGS, TOLD, Told
from shelfd.core.identity import Identity
from shelfd.core.lines import Level
from shelfd.core.operations import Kind, State

Queries = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Route -> method -> what may stand in its query."""
Json = dict[str, Any]

REFERENCE = "#/components/schemas/{name}"
STREAM = "text/event-stream"
METRICS = ("text/plain", "application/openmetrics-text")
TEXT: Json = {"type": "string"}
BYTES: Json = {"type": "string", "contentEncoding": "base64"}
"""What msgspec makes of bytes."""
ABOUT = f"""
Every answer is JSON on one line, but for the event stream, the metrics and covers. What goes wrong has a status that fits and
`{{"error": {{"code", "message", "hint"}}}}`. GET can be HEAD everywhere. Another method is answered with 405 and
`Allow`, another address with 404, a parameter that has no meaning, or stands there twice, with 422.
What is no HTTP is answered with 400, headers that are too long with 431, a request that is not whole within
{protocol.REQUEST_S:g} seconds with 408, and then the connection ends. A path that is not UTF-8 travels percent-encoded
in `path_bytes` beside a printable `path`, and either may be given. Fields may be added to answers.
"""
REFUSALS = {
    401: "By TCP only: the token is missing, or another one.",
    403: "Who asks may not do this; see `daemon.others`.",
    400: "It makes no sense: the body is no JSON, or the path lies in no library and no inbox.",
    404: "There is no such thing.",
    408: "The body did not come in time.",
    409: "The thing is there, but not in a state in which this can be done.",
    413: f"The body is longer than {asked.BODY_BYTES} bytes.",
    415: "The body is of another type than JSON.",
    422: "A value in it is not allowed, or a parameter has no meaning here.",
    500: "A fault in shelfd.",
    503: "A disk or the database does not answer as it must, or there are too many streams of events.",
}
ALWAYS = (401, 403, 422, 500, 503)
WITH_A_BODY = (400, 408, 413, 415)

PATH: Json = {
    "type": "string",
    "pattern": "^/",
    "maxLength": asked.PATH_BYTES,
    "description": "An absolute path, without `..` and null bytes in it.",
}
ENCODED: Json = {
    "type": "string",
    "description": "Instead of `path`: the bytes of an absolute path, percent-encoded.",
}
PARAMETERS: Mapping[str, Json] = {
    "after": {
        "type": "integer",
        "minimum": 0,
        "maximum": asked.LARGEST,
        "description": "The `next` of the page before.",
    },
    "follow": {
        "enum": [*lines.YES_OR_NO],
        "default": "false",
        "description": "Answer with events, which end when the operation does; `limit` does not count then.",
    },
    "level": {
        "enum": [*Level],
        "default": Level.DEBUG,
        "description": "Only what matters this much or more.",
    },
    "limit": {
        "type": "integer",
        "minimum": 1,
        "maximum": asked.LONGEST_PAGE,
        "default": asked.PAGE,
        "description": "How many there are in a page.",
    },
    "operation": {
        "type": "integer",
        "minimum": 0,
        "maximum": asked.LARGEST,
        "description": "Only what concerns this operation; 0 for all.",
    },
    "path": PATH,
    "path_bytes": ENCODED,
    "q": {
        "type": "string",
        "maxLength": items.LONGEST_SEARCH,
        "description": "Parts of words that names must have in them; the nearest come first.",
    },
    "since": {
        "type": "integer",
        "minimum": 0,
        "maximum": asked.LARGEST,
        "description": "Replay what followed the event with this id; without it only what happens from now on.",
    },
    "state": {"enum": [*State]},
    "/v1/items kind": {"enum": [*items.KINDS]},
    "/v1/items parent": {
        "type": "integer",
        "minimum": 0,
        "maximum": asked.LARGEST,
        "description": "Only what is part of this item; `kind` and `q` do not count then.",
    },
    "/v1/operations kind": {"enum": [*Kind]},
    "/v1/operations parent": {
        "type": "integer",
        "minimum": 0,
        "maximum": asked.LARGEST,
        "description": "Only the parts of this operation.",
    },
    "{id}": {"type": "integer", "minimum": 1, "maximum": asked.LARGEST},
    "{name}": {"type": "string", "description": "Of a library or an inbox."},
}
LAST_EVENT_ID: Json = {
    "name": "Last-Event-ID",
    "in": "header",
    "required": False,
    "schema": {"type": "integer", "minimum": 0, "maximum": asked.LARGEST},
}

IF_NONE_MATCH: Json = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "schema": TEXT,
}


def document(version: str, queries: Queries) -> bytes:
    """Return the description of these routes as JSON; KeyError when one of them cannot be described."""
    schemas, components = _schemas()
    paths: dict[str, Json] = {}
    for path, methods in queries.items():
        for method, names in methods.items():
            operation = _operation(TOLD[method, path], path, names, schemas)
            paths.setdefault(path, {})[method.lower()] = operation
    return msgspec.json.encode(
        {
            "openapi": "3.1.1",
            "info": {
                "title": "shelfd",
                "version": version,
                "description": ABOUT.strip(),
                "license": {"name": "GPL-3.0-or-later", "identifier": "GPL-3.0-or-later"},
            },
            "servers": [{"url": "http://shelfd", "description": "the Unix socket"}],
            "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
            "paths": paths,
            "components": {
                "schemas": components,
                "responses": {
                    str(status): _answer(text, [schemas[forms.Failure]])
                    for status, text in REFUSALS.items()
                },
            },
        }
    )


def _schemas() -> tuple[dict[object, Json], dict[str, Json]]:
    """Return the schema of each type that is answered or taken, and those that they refer to."""
    types: list[object] = [forms.Failure]
    for told in TOLD.values():
        types += [form for possible in told.answers.values() for form in possible]
        types += [told.body] if told.body is not None else []
    found, components = msgspec.json.schema_components(types, ref_template=REFERENCE)
    _as_shown(components)
    return dict(zip(types, found, strict=True)), components


def _as_shown(components: Mapping[str, Json]) -> None:
    """Say of two types what is known of their values beyond their fields."""
    identity = components[Identity.__name__]
    # these stand beside it, and of what was not judged there is nothing
    identity["properties"] = {
        name: schema
        for name, schema in identity["properties"].items()
        if name not in ("candidates", "rule")
    }
    del identity["required"]
    for body in (wishes.Scan, wishes.Import, holds.Held):
        components[body.__name__]["properties"] |= {"path": PATH, "path_bytes": ENCODED}
    everything = PATH | {
        "pattern": "^(/|$)",
        "description": "Without it all libraries and inboxes.",
    }
    components[wishes.Scan.__name__]["properties"]["path"] = everything


def _operation(
    told: Told, path: str, names: tuple[str, ...], schemas: Mapping[object, Json]
) -> Json:
    refusals = {*ALWAYS, *told.refusals, *(WITH_A_BODY if told.body else ())} - {*told.answers}
    answers = {
        str(status): _answer("Done.", [schemas[form] for form in possible])
        if status != 304
        else {"description": "It is still the one that the client has."}
        for status, possible in told.answers.items()
    }
    if told.streams:
        answers["200"] = _streamed(answers["200"])
    answers |= {
        str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted(refusals)
    }
    operation: Json = {
        "operationId": told.id,
        "summary": told.summary,
        "tags": [told.tag],
        "parameters": [*_parameters(path, names), *([LAST_EVENT_ID] if told.streams else [])],
        "responses": answers,
    }
    if told.body is not None:
        operation["requestBody"] = {
            "required": told.needs_body,
            "content": {"application/json": {"schema": schemas[told.body]}},
        }
    return operation


def _parameters(path: str, names: tuple[str, ...]) -> Iterator[Json]:
    for name in re.findall(r"{(\w+)}", path):
        schema = PARAMETERS[f"{{{name}}}"]
        yield {"name": name, "in": "path", "required": True, "schema": schema}
    for name in names:
        schema = PARAMETERS.get(f"{path} {name}") or PARAMETERS[name]
        yield {"name": name, "in": "query", "required": False, "schema": schema}
    if path.endswith("/cover"):
        yield IF_NONE_MATCH


def _answer(text: str, possible: list[Json]) -> Json:
    if not possible:
        return _streamed({"description": text, "content": {}})
    if possible == [TEXT]:
        return {"description": text, "content": {kind: {"schema": TEXT} for kind in METRICS}}
    if possible == [BYTES]:
        return {"description": text, "content": {kind: {} for kind in covers.TYPES}}
    schema = possible[0] if len(possible) == 1 else {"anyOf": possible}
    return {"description": text, "content": {"application/json": {"schema": schema}}}


def _streamed(answer: Json) -> Json:
    """Return an answer that can be events as well."""
    return {**answer, "content": {**answer["content"], STREAM: {"schema": {"type": "string"}}}}
