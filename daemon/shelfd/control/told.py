"""What cannot be read off the code of an answer: how it is called, what it is for, and how it can end."""

from collections.abc import Mapping
from typing import Any

import msgspec

from shelfd.control import events, forms, forms_log, forms_reviews, holds, queue, reviews, wishes

TAGS = {
    "daemon": "How shelfd is doing.",
    "queue": "What it does, did, and will do.",
    "catalog": "What the libraries have.",
    "paths": "Single paths and roots.",
}


class Told(msgspec.Struct, frozen=True):
    """What cannot be read off the code of one operation."""

    id: str
    tag: str
    summary: str
    answers: Mapping[int, tuple[object, ...]]
    """Status -> possible types of the answer; none: events, or nothing for 304; str: plain text; bytes: a picture."""
    refusals: tuple[int, ...] = ()
    """Beyond those of every operation."""
    body: object = None
    """The type of its body."""
    needs_body: bool = False
    streams: bool = False
    """Events are one of its answers, which go on after the one with the id in `Last-Event-ID`."""


TOLD: Mapping[tuple[str, str], Told] = {
    ("GET", "/v1/status"): Told(
        "status",
        "daemon",
        "Is it well, what does it do, what waits and why",
        {200: (forms.Status,)},
    ),
    ("GET", "/v1/health"): Told(
        "health",
        "daemon",
        "Whether it does its work: 503 when it does not yet or no longer",
        {200: (forms.Health,), 503: (forms.Health,)},
    ),
    ("GET", "/v1/openapi.json"): Told(
        "describe", "daemon", "This description", {200: (dict[str, Any],)}
    ),
    ("GET", "/v1/events"): Told(
        "followEvents",
        "queue",
        f"What happens, as server-sent events: {', '.join(events.TOLD)}; `Last-Event-ID` outranks `since`",
        {200: ()},
        (404,),
        streams=True,
    ),
    ("GET", "/metrics"): Told(
        "metrics",
        "daemon",
        "Figures for Prometheus, as text or OpenMetrics by `Accept`",
        {200: (str,)},
    ),
    ("GET", "/v1/operations"): Told(
        "listOperations", "queue", "Operations, newest first", {200: (forms.Operations,)}, (404,)
    ),
    ("POST", "/v1/operations"): Told(
        "createOperation",
        "queue",
        "Ask for a scan, an import, an undo or a verify; an undo with `since` is answered with all ids",
        {202: (forms.Accepted, forms.AcceptedAll)},
        (404, 409),
        wishes.Wanted,
        needs_body=True,
    ),
    ("GET", "/v1/operations/{id}"): Told(
        "getOperation", "queue", "One operation in full", {200: (forms.OperationInFull,)}, (404,)
    ),
    ("GET", "/v1/operations/{id}/log"): Told(
        "getLog",
        "queue",
        "What an operation told of its work, oldest first; with `follow` as server-sent events until it has ended:"
        " line, ended; `Last-Event-ID` outranks `after`",
        {200: (forms_log.Log,)},
        (404,),
        streams=True,
    ),
    ("DELETE", "/v1/operations/{id}"): Told(
        "cancelOperation",
        "queue",
        "Cancel: 200 when it has ended, 202 when it will at its next safe point",
        {200: (forms.Operation,), 202: (forms.Operation,)},
        (404, 409),
    ),
    ("POST", "/v1/operations/{id}/undo"): Told(
        "undoOperation",
        "queue",
        "Put an import back as it was",
        {202: (forms.Accepted,)},
        (404, 409),
        wishes.DryRun,
    ),
    ("POST", "/v1/operations/{id}/retry"): Told(
        "retryOperation",
        "queue",
        "Do what has failed or was cancelled once more, under the same id",
        {202: (forms.Accepted,)},
        (404, 409),
        queue.Nothing,
    ),
    ("POST", "/v1/queue/pause"): Told(
        "pauseQueue",
        "queue",
        "Let nothing start, or nothing of a kind, or nothing that concerns a root",
        {200: (forms.Paused,)},
        (404,),
        queue.What,
    ),
    ("POST", "/v1/queue/resume"): Told(
        "resumeQueue",
        "queue",
        "Let start what waits, or what waits of a kind or a root",
        {200: (forms.Paused,)},
        (404,),
        queue.What,
    ),
    ("POST", "/v1/roots/{name}/confirm"): Told(
        "confirmRoot",
        "paths",
        "Say that a root is right as it is: what vanished is deleted, the disk there is the right one",
        {202: (forms.Accepted,)},
        (404, 409),
        queue.Nothing,
    ),
    ("GET", "/v1/holds"): Told(
        "listHolds",
        "paths",
        "All holds, the oldest first; with a path the one of exactly this path, if there is one",
        {200: (forms.Holds,)},
    ),
    ("POST", "/v1/holds"): Told(
        "hold",
        "paths",
        "Have nothing at or below a path touched; a hold that is there already is answered as it is",
        {201: (forms.Hold,)},
        body=holds.Held,
        needs_body=True,
    ),
    ("DELETE", "/v1/holds/{id}"): Told(
        "release",
        "paths",
        "Release a hold; the answer is what it was",
        {200: (forms.Hold,)},
        (404,),
    ),
    ("GET", "/v1/items"): Told(
        "listItems", "catalog", "Items of the catalog, by id", {200: (forms.Items,)}
    ),
    ("GET", "/v1/items/{id}"): Told(
        "getItem", "catalog", "One item with its files", {200: (forms.ItemInFull,)}, (404,)
    ),
    ("GET", "/v1/items/{id}/cover"): Told(
        "getCover",
        "catalog",
        "Its cover, from a file or from beside it; with the ETag in `If-None-Match` only whether it is another by now",
        {200: (bytes,), 304: ()},
        (404,),
    ),
    ("GET", "/v1/reviews"): Told(
        "listReviews",
        "paths",
        "What people are asked about items that shelfd is not sure of, the oldest first",
        {200: (forms_reviews.Reviews,)},
    ),
    ("GET", "/v1/reviews/{id}"): Told(
        "getReview", "paths", "One review", {200: (forms_reviews.Review,)}, (404,)
    ),
    ("POST", "/v1/reviews/{id}"): Told(
        "decide",
        "paths",
        "Accept a candidate or say what the item is, which imports it; or skip it: the answer is what the review was",
        {200: (forms_reviews.Review,), 202: (forms.Accepted,)},
        (404,),
        reviews.Answer,
        needs_body=True,
    ),
    ("GET", "/v1/why"): Told(
        "why", "paths", "What shelfd knows of an absolute path", {200: (forms.Why,)}, (409,)
    ),
}
