"""Wait until an operation has ended, and tell how it went."""

from collections.abc import Sequence

from shelfd.cli import plans
from shelfd.cli.client import Client, Event, Reply, Value
from shelfd.cli.failures import UnreachableError
from shelfd.cli.text import count, duration, say, say_json, transient, warn
from shelfd.core.errors import ShelfdError

LEFT_OFF = "asked for again, the same scan goes on where it stood"


def until_ended(client: Client, number: int) -> Reply:
    """Return an operation once it has ended; meanwhile a terminal shows how far it is."""
    try:
        return _follow(client, number)
    except KeyboardInterrupt:
        transient("")
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


def _follow(client: Client, number: int) -> Reply:
    # the stream first: what ends between the two requests is in it
    with client.events(f"/v1/events?operation={number}") as events:
        latest = client.get(f"/v1/operations/{number}")
        if latest.value["finished_at"] is not None:
            return latest
        transient(_stands(latest.value))
        for event in events:
            if _ends(event):
                transient("")
                return client.get(f"/v1/operations/{number}")
            if event.name == "progress":
                transient(progress(event.data))
    raise UnreachableError(
        f"operation {number}: the daemon stops before it has ended",
        code="daemon_stops",
        hint=f"it goes on at the next start: `shelfd operation {number}` shows it",
    )


def _ends(event: Event) -> bool:
    ends = ("completed", "failed", "cancelled")
    return event.name == "fresh" or (event.name == "operation" and event.data["state"] in ends)


def _stands(operation: Value) -> str:
    return progress(operation["progress"]) if operation["progress"] else operation["state"]


def _tell(operation: Value) -> None:
    result = operation["result"] or {}
    if operation["options"].get("dry_run"):
        plans.show(operation["path"], result)
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
