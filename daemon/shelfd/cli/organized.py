"""What `shelfd import --organize` would do, or has done, in words and as JSON."""

import json
from collections.abc import Iterable, Iterator

from shelfd.cli.client import Reply, Value
from shelfd.cli.text import bold, count, quiet, say, say_json


def is_whole(operation: Value) -> bool:
    """Say whether an operation arranges a library, and is not only a part of one that does, or puts it back."""
    organizes = operation["kind"] == "import" and operation["options"].get("organize")
    return bool(organizes) and operation["parent"] is None and operation["result"] is not None


def tell(ended: Reply, parts: Iterable[Value], *, as_json: bool) -> None:
    """Write what becomes of each item, what stays and why, and the sums; as JSON all that a dry run's parts tell in one."""
    operation = ended.value
    is_dry = bool(operation["options"].get("dry_run"))
    if as_json:
        say_json(_in_one(operation, parts) if is_dry else ended.raw)
        return
    result = operation["result"]
    for item in _items(parts) if is_dry else ():
        for line in _moved(item):
            say(line)
    for one in result["stays"]:
        say(f"{bold(one['path'])} stays")
        say(quiet(f"  {one['reason']}"))
    if (more := result["left"] - len(result["stays"])) > 0:
        say(quiet(f"and {count(more, 'item')} more that stay"))
    say(f"{operation['path']}: {_sums(operation, is_dry=is_dry)}")


def _in_one(operation: Value, parts: Iterable[Value]) -> bytes:
    result = {**operation["result"], "items": list(_items(parts))}
    return json.dumps({**operation, "result": result}, ensure_ascii=False).encode()


def _items(parts: Iterable[Value]) -> Iterator[Value]:
    """Yield the items of a dry run, in the order in which they would move."""
    for part in sorted(parts, key=lambda part: int(part["id"])):
        yield from (part["result"] or {}).get("items", [])


def _moved(item: Value) -> Iterator[str]:
    yield bold(item["path"])
    yield f"  becomes {item['target']}"
    yield quiet(f"  {item['reason']}")
    if len(item["moves"]) == 1 and item["target"].endswith(f"/{item['moves'][0]['target']}"):
        return
    for move in item["moves"]:
        yield f"    {move['source']} -> {move['target']}"


def _sums(operation: Value, *, is_dry: bool) -> str:
    result = operation["result"]
    moves = result["moves"] if is_dry else result["completed"]
    verb = "would move" if is_dry else "moved"
    told = [f"{count(moves, 'item')} {verb}"]
    told[0] += f" ({count(result['files'], 'file')})" if is_dry or moves == result["moves"] else ""
    told += [f"{result['right']} right already", f"{result['left']} left as they are"]
    if failed := result["failed"] + result["cancelled"]:
        told.append(f"{failed} could not be moved")
    return ", ".join(told) + (": nothing was done" if is_dry else "")
