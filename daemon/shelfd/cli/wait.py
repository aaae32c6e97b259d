"""Wait until an operation has ended, and tell how it went."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shelfd.cli import organized, plans, results
from shelfd.cli.client import Client, Event, Reply, Value
from shelfd.cli.failures import UnreachableError
from shelfd.cli.text import count, draws, duration, quiet, say, say_json, second, size, state, warn
from shelfd.core.errors import RefusedError, ShelfdError

if TYPE_CHECKING:
    from shelfd.cli.drawing import Bar

SHOWN = 10  # ids of others in one line
LEFT_OFF = "asked for again, the same scan goes on where it stood"


def until_ended(client: Client, number: int) -> Reply:
    """Return an operation once it has ended; meanwhile a terminal shows how far it is."""
    try:
        with _meter() as show:
            return _follow(client, number, show)
    except KeyboardInterrupt:
        warn(f"operation {number} goes on: `shelfd operation {number}` shows it")
        raise


def finish(client: Client, numbers: Sequence[int], *, wait: bool, as_json: bool) -> None:
    """Tell what was enqueued; with `wait` what became of each.

    Raise ShelfdError for the first that failed, or that has not filed all that it was to file.
    """
    if not wait:
        for number in numbers:
            say(
                f'{{"id":{number}}}'
                if as_json
                else f"operation {number} is queued; `shelfd operation {number}` shows it"
            )
        return
    failures = []
    for number in numbers:
        ended = until_ended(client, number)
        failed = failure(ended.value)
        parts = _parts(client, ended.value)
        if organized.is_whole(ended.value):
            organized.tell(ended, parts, as_json=as_json)
        elif as_json:
            say_json(ended.raw)
        elif failed is None or _has_something_to_show(ended.value):
            _tell(ended.value, parts)
        failed = failed or _shortfall(ended.value, parts)
        failures += [failed] if failed is not None else []
    if failures:
        raise failures[0]


def failure(operation: Value) -> ShelfdError | None:
    """Return why an operation has failed; None when it has not."""
    if operation["state"] == "completed":
        return None
    error = operation["error"] or {
        "code": operation["state"],
        "message": operation["state"],
        "hint": LEFT_OFF if operation["kind"] == "scan" else "",
    }
    path = operation["path"]
    message = results.without(path, error["message"])
    subject = "" if not path or message.startswith(path) else f"{path}: "
    return ShelfdError(f"{subject}{message}", code=error["code"], hint=error["hint"])


def stopped(client: Client, kind: str) -> Iterator[str]:
    """Yield what keeps an operation of this kind from starting, beside others."""
    queue = client.get("/v1/status").value["queue"]
    if queue["paused"]:
        yield "the queue is paused: `shelfd resume` lets it go on"
    if kind in queue["paused_kinds"]:
        yield f"operations of the kind {kind} are paused: `shelfd resume --kind {kind}` lets them go on"
    for root in queue["paused_roots"]:
        yield f"what concerns {root} is paused: `shelfd resume --root {root}` lets it go on"
    for resting in queue["resting"]:
        if resting["kind"] == kind:
            yield f"operations of the kind {kind} rest until {second(resting['until'])}: `shelfd resume` tries at once"


def some(numbers: Sequence[int]) -> str:
    """Return the first of many ids, in words."""
    told = ", ".join(str(number) for number in numbers[:SHOWN])
    return f"{told} and {len(numbers) - SHOWN} more" if len(numbers) > SHOWN else told


def progress(data: Value) -> str:
    """Return how far something is: `reading 120 of 500 directories, 40 a second, about 10 s left`."""
    rate, left = data.get("rate"), data.get("eta_s")
    if data["unit"] == "bytes":
        told = [f"{data['phase']} {size(data['done'])} of {size(data['total'])}"]
        told += [f"{size(rate)} a second"] if rate else []
        return ", ".join([*told, *([f"about {duration(left)} left"] if left else [])])
    return ", ".join(
        [
            f"{data['phase']} {data['done']} of {count(data['total'], _one(data['unit']))}",
            *([f"{rate:.0f} a second" if rate >= 2 else f"{rate:.1f} a second"] if rate else []),
            *([f"about {duration(left)} left"] if left else []),
        ]
    )


def _one(unit: str) -> str:
    """Return the word for one of what is counted: `directory`."""
    return f"{unit[:-3]}y" if unit.endswith("ies") else unit.removesuffix("s")


def drawn(operation: Value) -> "Iterator[str | Bar]":
    """Yield an operation as it is drawn: what it is, how far it is, what it is at."""
    from shelfd.cli.drawing import Bar  # noqa: PLC0415  # who draws has loaded it

    yield f"  {operation['id']} {operation['kind']} {operation['path']}"
    data = operation["progress"]
    # an import of a whole inbox waits itself, while its parts are carried out
    if operation["state"] == "queued" and not (data and data["phase"] == "importing"):
        yield f"    {state('queued')}"
    elif not data:
        yield "    it begins"
    else:
        yield Bar(data["done"], data["total"])
        yield f"    {progress(data)}"
        yield f"    {quiet(data['current'])}"


@contextmanager
def _meter() -> Iterator[Callable[[Value], None]]:
    if not draws(sys.stderr):
        yield lambda _operation: None
        return
    from shelfd.cli import drawing  # noqa: PLC0415  # it takes longer to load than all else

    with drawing.meter() as lines:
        yield lambda operation: lines.show([*drawn(operation)])


def _follow(client: Client, number: int, show: Callable[[Value], None]) -> Reply:
    # the stream first: what ends between the two requests is in it
    with client.events(f"/v1/events?operation={number}") as events:
        latest = client.get(f"/v1/operations/{number}")
        if latest.value["finished_at"] is not None:
            return latest
        if latest.value["state"] == "queued":
            for line in stopped(client, latest.value["kind"]):
                warn(line)
        show(latest.value)
        for event in events:
            if _ends(event):
                return client.get(f"/v1/operations/{number}")
            if event.name == "progress":
                latest.value["progress"] = event.data
            elif event.name == "operation":
                latest.value["state"] = event.data["state"]
            show(latest.value)
    raise UnreachableError(
        f"operation {number}: the daemon stops before it has ended",
        code="daemon_stops",
        hint=f"it goes on at the next start: `shelfd operation {number}` shows it",
    )


def _ends(event: Event) -> bool:
    ends = ("completed", "failed", "cancelled")
    return event.name == "fresh" or (event.name == "operation" and event.data["state"] in ends)


def _tell(operation: Value, parts: Sequence[Value]) -> None:
    result = operation["result"] or {}
    if operation["options"].get("dry_run"):
        for planned in parts if "parts" in result else [operation]:
            _tell_plan(planned)
    elif "parts" in result:
        _tell_parts(operation, parts)
    else:
        for sentence in results.sentences(operation):
            say(sentence)


def _tell_parts(operation: Value, parts: Sequence[Value]) -> None:
    say(f"{operation['path']}: {results.counted(parts) or 'nothing to be filed'}")
    for part in parts:
        if (failed := failure(part)) is not None:
            say(f"  {failed.message}")
        elif told := results.brief(part):
            say(f"  {part['path']}: {told}")
    if others := operation["result"]["others"]:
        say(f"more of it is, or was, imported by {_named(others)}; `shelfd operation ID` shows it")


def _parts(client: Client, operation: Value) -> list[Value]:
    """Return the parts of an import of a whole inbox, the oldest first; none of anything else."""
    found: list[Value] = []
    after: int | None = 1 << 59 if "parts" in (operation["result"] or {}) else None
    while after is not None:
        page = client.get(f"/v1/operations?parent={operation['id']}&limit=500&after={after}").value
        found += page["items"]
        after = page["next"]
    return found[::-1]


def _shortfall(operation: Value, parts: Sequence[Value]) -> ShelfdError | None:
    """Return why not all of what was asked for is done, though it has ended well; None when it is."""
    refused = [part for part in parts if results.shortfall(part) and not results.is_asked(part)]
    if not refused:
        return results.shortfall(operation)
    what = "1 item is" if len(refused) == 1 else f"{len(refused)} items are"
    return RefusedError(
        f"{operation['path']}: {what} not filed, or not whole",
        code="not_filed",
        hint=f"`shelfd operations --parent {operation['id']}` says why",
    )


def _tell_plan(planned: Value) -> None:
    if planned["result"] is not None:
        plans.show(planned["path"], planned["result"])
    elif (failed := failure(planned)) is not None:
        say(failed.message)


def _has_something_to_show(operation: Value) -> bool:
    """Say whether an operation that has failed has come to something all the same: plans, parts, or what it has read."""
    result = operation["result"] or {}
    if operation["kind"] == "verify":
        return bool(result)
    return "parts" in result or ("steps" in result and bool(operation["options"].get("dry_run")))


def _named(numbers: Sequence[int]) -> str:
    return f"operation{'s' if len(numbers) > 1 else ''} {some(numbers)}"
