"""Wait until an operation has ended, and tell how it went."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shelfd.cli import plans
from shelfd.cli.client import Client, Event, Reply, Value
from shelfd.cli.failures import UnreachableError
from shelfd.cli.text import count, draws, duration, quiet, say, say_json, size, state, warn
from shelfd.core.errors import ShelfdError

if TYPE_CHECKING:
    from shelfd.cli.drawing import Bar

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
        if as_json:
            say_json(ended.raw)
        elif failed is None:
            _tell(ended.value)
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


def _tell(operation: Value) -> None:
    result = operation["result"] or {}
    if operation["options"].get("dry_run"):
        plans.show(operation["path"], result)
    elif "parts" in result:
        say(f"{operation['path']}: {count(result['parts'], 'item')} imported")
    elif operation["kind"] == "import":
        for target in result.get("filed", []):
            say(f"filed {target}")
        if not result.get("filed"):
            say(f"{operation['path']}: everything in it was in the library already")
    elif operation["kind"] == "undo":
        for path in result.get("back", []):
            say(f"put back {path}")
    else:
        say(f"{operation['path']}: {_scanned(result)}")


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
