"""`shelfd operation ID --log`: what an operation told of its work, and what it tells as it goes on."""

import json
from collections.abc import Iterator

import click

from shelfd.cli import options
from shelfd.cli.client import Client, Value
from shelfd.cli.failures import UnreachableError
from shelfd.cli.text import BAD, QUIET, WAITING, count, quiet, say, second

LEVELS = ("debug", "info", "warning", "error")
COLORS = {"debug": QUIET, "warning": WAITING, "error": BAD}
PAGE = 500
FIELDS = {
    "with --log": "one object a line: {id (counts them; where one is missing, it was left out), at, level (debug, info,"
    " warning, error), message, fields: {what it happened to, why, how}}",
}


def show(number: int, level: str | None, *, follow: bool, as_json: bool) -> None:
    """Write the lines of an operation from a level up; with `follow` until it has ended."""
    client = options.reader()
    target = f"/v1/operations/{number}/log"
    lines = _followed(client, target, number, level) if follow else _kept(client, target, level)
    for line in lines:
        if "message" in line:
            say(json.dumps(line) if as_json else _shown(line))
        elif line["left_out"] and not as_json:
            say(quiet(f"not kept: {count(line['left_out'], 'line')}"))


def _kept(client: Client, target: str, level: str | None) -> Iterator[Value]:
    """Yield every line that there is, and then how many are not."""
    after: int | None = None
    while True:
        page = client.get(options.address(target, level=level, limit=PAGE, after=after)).value
        yield from page["items"]
        after = page["next"]
        if after is None:
            yield {"left_out": page["left_out"]}
            return


def _followed(client: Client, target: str, number: int, level: str | None) -> Iterator[Value]:
    """Yield every line as it comes, and how many are not kept; UnreachableError when the daemon stops before the end."""
    with client.events(options.address(target, level=level, follow="true")) as events:
        for event in events:
            yield event.data
            if event.name == "ended":
                return
    raise UnreachableError(
        f"operation {number}: the daemon stops before it has ended",
        code="daemon_stops",
        hint=f"it goes on at the next start: `shelfd operation {number} --log` shows how",
    )


def _shown(line: Value) -> str:
    level = click.style(f"{line['level']:7}", fg=COLORS.get(line["level"]))
    fields = " ".join(f"{name}={_value(value)}" for name, value in line["fields"].items())
    return f"{quiet(second(line['at']))} {level} {line['message']}  {fields}".rstrip()


def _value(value: object) -> str:
    """Return a value on one line, in quotes where it would otherwise not be clear where it ends."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return json.dumps(text, ensure_ascii=False) if not text or set(text) & set(' ="') else text
