"""What scripts and services rely on is there under the names that were promised to them."""

import msgspec
import pytest

import described
from fakes.daemon import Served
from shelfd.control import forms

FIELDS = {
    forms.Status: "reviews quarantined version state since pid roots watch queue running settling catalog memory_bytes checks",
    forms.Root: "name role kind path state reason watches directories files last_scan_at",
    forms.Check: "check severity message fix",
    forms.Catalog: "items files bytes missing",
    forms.Operation: "id kind path state priority created_at started_at finished_at attempts not_before"
    " progress error result",
    forms.Progress: "phase done total unit rate eta_s current",
    forms.Error: "code message hint",
    forms.Item: "id kind title year season episodes artist album disc track author series sequence narrator"
    " ids state root path added_at parent",
    forms.ItemInFull: "id kind title files parent",
    forms.File: "path size mtime_ns hash format duration_s streams chapters tags",
    forms.Why: "path state reason parsed candidates rule target operation",
    forms.Items: "items next",
    forms.Operations: "items next",
    forms.Holds: "items next",
}
ROUTES = {
    "/v1/status": {"get"},
    "/v1/health": {"get"},
    "/metrics": {"get"},
    "/v1/operations": {"get", "post"},
    "/v1/operations/{id}": {"get", "delete"},
    "/v1/operations/{id}/undo": {"post"},
    "/v1/queue/pause": {"post"},
    "/v1/queue/resume": {"post"},
    "/v1/events": {"get"},
    "/v1/items": {"get"},
    "/v1/items/{id}": {"get"},
    "/v1/items/{id}/cover": {"get"},
    "/v1/why": {"get"},
    "/v1/reviews": {"get"},
    "/v1/reviews/{id}": {"post"},
    "/v1/holds": {"post"},
    "/v1/holds/{id}": {"delete"},
    "/v1/roots/{name}/confirm": {"post"},
    "/v1/openapi.json": {"get"},
}


@pytest.mark.parametrize("form", FIELDS, ids=lambda form: form.__name__)
def test_an_answer_has_the_fields_that_were_promised(form: type[msgspec.Struct]) -> None:
    named = {field.encode_name for field in msgspec.structs.fields(form)}

    assert {*FIELDS[form].split()} <= named


@pytest.mark.parametrize("path", ROUTES)
def test_a_route_that_was_promised_is_there(path: str) -> None:
    assert ROUTES[path] <= {*described.document()["paths"][path]}


@pytest.mark.parametrize("path", ["targets/a", "webhooks/radarr"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_what_is_not_there_yet_is_no_stub(served: Served, method: str, path: str) -> None:
    assert served.ask(method, f"/v1/{path}")[0] == 404
