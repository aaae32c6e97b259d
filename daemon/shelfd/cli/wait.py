"""Wait until an operation has ended, and tell how it went."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shelfd.cli import organized, plans, verified
from shelfd.cli.client import Client, Event, Reply, Value
from shelfd.cli.failures import UnreachableError
from shelfd.cli.text import count, draws, duration, quiet, say, say_json, second, size, state, warn
from shelfd.core.errors import ShelfdError

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
    """Tell what was enqueued; with `wait` what became of each, ShelfdError for the first that failed."""
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
        if organized.is_whole(ended.value):
            organized.tell(ended, _parts(client, number), as_json=as_json)
        elif as_json:
            say_json(ended.raw)
        elif failed is None or _tells_all_the_same(ended.value):
            _tell(client, ended.value)
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
    message = without(path, error["message"])
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


def without(path: str, message: str) -> str:
    """Return a message without the name that it begins with, where the path is shown beside it."""
    return message.removeprefix(f"{path.rpartition('/')[2]}: ")


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


def _tell(client: Client, operation: Value) -> None:
    result = operation["result"] or {}
    if "parts" in result:
        _tell_parts(client, operation, result)
    elif operation["options"].get("dry_run"):
        plans.show(operation["path"], result)
    else:
        for line in _ended(operation, result):
            say(line)


def _ended(operation: Value, result: Value) -> Iterator[str]:
    """Yield what an operation has come to."""
    path = operation["path"]
    match operation["kind"]:
        case "import":
            yield from (f"filed {target}" for target in result.get("filed", []))
            if not result.get("filed"):
                yield f"{path}: everything in it was in the library already"
        case "undo":
            yield from (f"put back {back}" for back in result.get("back", []))
        case "verify":
            yield from verified.lines(path, result)
        case _:
            yield f"{path}: {_scanned(result)}"


def _tells_all_the_same(operation: Value) -> bool:
    """Say whether an operation that has failed has come to something that is worth telling."""
    is_verify = operation["kind"] == "verify" and operation["result"] is not None
    return is_verify or _is_dry_run_of_parts(operation)


def _tell_parts(client: Client, operation: Value, result: Value) -> None:
    if _is_dry_run_of_parts(operation):
        for part in _parts(client, operation["id"]):
            _tell_plan(part)
        return
    say(f"{operation['path']}: {count(result['parts'], 'item')} imported")
    if others := result["others"]:
        say(f"more of it is, or was, imported by {_named(others)}; `shelfd operation ID` shows it")


def _parts(client: Client, number: int) -> Iterator[Value]:
    """Yield the parts of an operation, the newest first."""
    after: int | None = 1 << 59
    while after is not None:
        page = client.get(f"/v1/operations?parent={number}&limit=500&after={after}").value
        yield from page["items"]
        after = page["next"]


def _tell_plan(part: Value) -> None:
    if (failed := failure(part)) is None:
        plans.show(part["path"], part["result"])
    else:
        say(failed.message)


def _is_dry_run_of_parts(operation: Value) -> bool:
    return "parts" in (operation["result"] or {}) and bool(operation["options"].get("dry_run"))


def _named(numbers: Sequence[int]) -> str:
    return f"operation{'s' if len(numbers) > 1 else ''} {some(numbers)}"


def _scanned(result: Value) -> str:
    if "drops" in result:
        return f"{count(result['drops'], 'item')} looked at, {result['ready']} to be filed"
    if "absorbed_by" in result:
        return f"operation {result['absorbed_by']} has done that as well"
    if "directories" not in result:
        return "done"
    words = ("added", "changed", "moved", "missing", "unreadable")
    changes = ", ".join(f"{result[word]} {word}" for word in words if result.get(word))
    return f"{count(result['directories'], 'directory')} read, {changes or 'nothing has changed'}"
