"""How shelfd is doing, in lines: what `shelfd status` writes, and what it shows live."""

from collections.abc import Iterator

from shelfd.cli.client import Value
from shelfd.cli.results import without
from shelfd.cli.text import ago, bold, clock, count, number, quiet, size, state, table
from shelfd.cli.wait import progress

IN_SIGHT = ("watching", "polling")


def whole(now: Value, shown: int, most: int) -> list[str]:
    """Return all that an answer of `/v1/status` tells.

    `shown`: how many of those that wait in the inboxes; `most`: columns of the terminal, 0 for any number.
    """
    return [*head(now), *running(now, most), *rest(now, shown, most), "", *sums(now, most)]


def head(now: Value) -> list[str]:
    """Return whether it is well, and what is wrong."""
    lines = [f"{bold(_headline(now))}, pid {now['pid']}, {size(now['memory_bytes'])}"]
    for check in now["checks"]:
        lines.append(f"  {state(check['severity'])} {check['check']}: {check['message']}")
        lines.append(f"       {quiet(check['fix'])}")
    if now["watch"].get("fault"):
        lines.append(f"  {state('warn')} watching: {now['watch']['fault']}")
    return lines


def running(now: Value, most: int) -> list[str]:
    """Return what runs, and how far it is."""
    return _section("running", [_operation(one) for one in now["running"]], (2, 3), most)


def rest(now: Value, shown: int, most: int) -> list[str]:
    """Return what waits and why, how the roots are, and what is held."""
    holds = [[hold["path"], f"since {clock(hold['held_at'])}"] for hold in now["holds"]]
    roots = now["roots"]
    return [
        *_section("in the inboxes", [*map(_waiting, now["settling"][:shown])], (1, 3), most),
        *_more(len(now["settling"]) - shown),
        *_section(
            "libraries", [_library(r) for r in roots if r["role"] == "library"], (3, 4), most
        ),
        *_section("inboxes", [_inbox(r) for r in roots if r["role"] == "inbox"], (3, 4), most),
        *_section("held", holds, (0,), most),
    ]


def sums(now: Value, most: int) -> list[str]:
    """Return how much there is: in the catalog, in the queue, of watches, and what comes by itself."""
    return table(_sums(now), indent="", cut=(1,), most=most)


def _headline(now: Value) -> str:
    return f"shelfd {now['version']} is {state(now['state'])} since {clock(now['since'])}"


def _section(title: str, rows: list[list[str]], cut: tuple[int, ...], most: int) -> list[str]:
    return ["", bold(title), *table(rows, cut=cut, most=most)] if rows else []


def _more(many: int) -> Iterator[str]:
    if many > 0:
        yield f"  and {number(many)} more"


def _library(root: Value) -> list[str]:
    files = f"{count(root['files'], 'file')} in {count(root['directories'], 'directory')}"
    missing = f", {number(root['missing'])} missing" if root["missing"] else ""
    scanned = f"scanned {clock(root['last_scan_at'])}" if root["last_scan_at"] else "never scanned"
    counts = f"{files}{missing}, {scanned}"
    # what is away has no counts that can be trusted; of what is compared now and then they can
    told = [counts] if root["state"] in IN_SIGHT else []
    what = "; ".join([*told, *filter(None, [root["reason"]])])
    return [root["name"], root["kind"], state(root["state"]), root["path"], what]


def _inbox(root: Value) -> list[str]:
    return [root["name"], root["kind"], state(root["state"]), root["path"], root["reason"]]


def _operation(operation: Value) -> list[str]:
    how = progress(operation["progress"]) if operation["progress"] else ""
    return [str(operation["id"]), operation["kind"], operation["path"], how]


def _waiting(drop: Value) -> list[str]:
    return [
        state(drop["state"]),
        drop["path"],
        size(drop["bytes"]),
        f"{without(drop['path'], drop['reason'])} ({ago(drop['since'])})",
    ]


def _sums(now: Value) -> list[list[str]]:
    catalog, queue = now["catalog"], now["queue"]
    items = ", ".join(_items(kind, many) for kind, many in catalog["items"].items()) or "empty"
    files = f"{count(catalog['files'], 'file')}, {size(catalog['bytes'])}"
    missing = f", {number(catalog['missing'])} missing" if catalog["missing"] else ""
    sums = [[bold("catalog"), f"{items}; {files}{missing}"], *_unsure(now)]
    states = [f"{queue[word]} {word}" for word in ("running", "queued") if queue[word]]
    failed = (
        f"; {queue['failed']} failed or refused: `shelfd operations --state failed`"
        if queue["failed"]
        else ""
    )
    stopped = [*queue["paused_kinds"], *queue["paused_roots"]]
    what = f" ({', '.join(stopped)})" if stopped and not queue["paused"] else ""
    paused = f"{state('paused')}{what}, `shelfd resume` lets it go on; "
    paused = paused if stopped or queue["paused"] else ""
    following = queue["next"]
    after = (
        f"; next is {following['id']} {following['kind']} {following['path']}" if following else ""
    )
    for resting in queue.get("resting", []):
        why = f"{resting['failures']} failed one after the other: {resting['error']['message']}"
        sums.append([bold(resting["kind"]), f"rests until {clock(resting['until'])}; {why}"])
    sums.append([bold("queue"), paused + (", ".join(states) or "nothing to do") + after + failed])
    sums.append([bold("watching"), _watching(now["watch"])])
    due = [f"{name.replace('_', ' ')} {clock(when)}" for name, when in now["schedule"].items()]
    return [*sums, [bold("schedule"), ", ".join(due)]] if due else sums


def _unsure(now: Value) -> Iterator[list[str]]:
    """Yield what waits for people; nothing when nothing does."""
    asked, refused = now["reviews"], now["quarantined"]
    waits = f"{count(asked, 'item')} to decide about: `shelfd review`" if asked else ""
    told = "; ".join(filter(None, [waits, f"{number(refused)} refused" if refused else ""]))
    if told:
        yield [bold("review"), told]


def _watching(watch: Value) -> str:
    most = "" if watch["budget"] is None else f" of {number(watch['budget'])} that may be"
    return f"{count(watch['watches'], 'directory')}{most}"


def _items(kind: str, many: int) -> str:
    return count(many, kind)
