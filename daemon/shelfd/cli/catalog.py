"""`shelfd find`, `shelfd show`: the catalog."""

import click

from shelfd.cli import options
from shelfd.cli.client import Client, Value
from shelfd.cli.documented import Query
from shelfd.cli.text import (
    across,
    bold,
    clock,
    count,
    playing_time,
    quiet,
    say,
    say_json,
    size,
    state,
    table,
)
from shelfd.core.errors import NotFoundError

KINDS = ("movie", "show", "episode", "album", "track", "audiobook", "book")
CHILDREN = 500

LIST_FIELDS = {
    "items": "[items]; see `shelfd show --help`; without children, files, and with the parent's id only",
    "next": "null, or where a next page begins (`after` in the API)",
}
FIELDS = {
    "id": "kept when files move",
    "kind": "movie, show, episode, album, track, audiobook, book",
    "title, year, season, episodes, date, artist, album, disc, track, author, series, sequence, narrator": "what is known",
    "ids": "{PROVIDER: id}",
    "state": "present, missing",
    "root": "name of the library",
    "path": "its directory, or its file when it is one; when not UTF-8, percent-encoded in path_bytes, too",
    "added_at": "RFC 3339 in UTC",
    "parent": "the show of an episode, the album of a track: an item",
    "children": "how many items are part of it",
    "files": "[{path, size (bytes), mtime_ns, hash (XXH3-128, known when shelfd copied or verified it),"
    " verified_at (when it was last as that says, or null), damaged_at (when it was not), format, duration_s,"
    " tags {NAME: text}, streams [{type, codec, profile, language (ISO 639-2/T), bit_rate (bits a second),"
    " bit_depth, width, height, pixel_format, frame_rate, hdr (Dolby Vision, HDR10, HLG), channels,"
    " channel_layout, sample_rate, default, forced}], chapters [{start_s, title}],"
    " cover {hash (XXH3-128), size (bytes), mime}, playback {plays, reasons} (of a video, when the settings say"
    " what players can do), error (why it cannot be read), missing_since}]",
}


@click.command(cls=Query, fields=LIST_FIELDS, short_help="Search the catalog.")
@click.argument("query", nargs=-1, required=True)
@click.option("--kind", type=click.Choice(KINDS), help="Only items of this kind.")
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(1, 500),
    default=100,
    show_default=True,
    help="No more than these.",
)
@options.query
def find(query: tuple[str, ...], kind: str | None, limit: int, *, as_json: bool) -> None:
    """Find items that have all words of QUERY in title, date, artist, album, author, series or narrator, the nearest first.

    A part of a word will do.
    Exit code 4 when there is none.
    """
    words = " ".join(query).encode("utf-8", "surrogateescape")
    reply = options.reader().get(options.address("/v1/items", q=words, kind=kind, limit=limit))
    items = reply.value["items"]
    if as_json:
        say_json(reply.raw)
    for line in () if as_json else table(_rows(items), indent="", cut=(2, 4), most=across()):
        say(line)
    if reply.value["next"] is not None and not as_json:
        say(quiet("there are more: say more words, or --limit"))
    if not items:
        raise NotFoundError(
            f"{' '.join(query)}: the catalog has nothing of this name",
            code="no_such_item",
            hint="`shelfd scan` brings the catalog up to date",
        )


@click.command(cls=Query, fields=FIELDS, short_help="Show an item of the catalog.")
@click.argument("number", metavar="ITEM", type=int)
@options.query
def show(number: int, *, as_json: bool) -> None:
    """Show the item with this id; `shelfd find` names ids."""
    client = options.reader()
    reply = client.get(f"/v1/items/{number}")
    if as_json:
        say_json(reply.raw)
    else:
        _show(client, reply.value)


def _rows(items: list[Value]) -> list[list[str]]:
    return [
        [str(item["id"]), item["kind"], named(item), _gone(item), item["path"]] for item in items
    ]


def _order(item: Value) -> tuple[int, str, list[object]]:
    numbers = [
        item.get("season", 0),
        item.get("date", ""),
        *item.get("episodes", []),
        item.get("disc", 0),
        item.get("track", 0),
    ]
    return KINDS.index(item["kind"]), item["path"] if item["kind"] != "track" else "", numbers


def _gone(item: Value) -> str:
    return "" if item["state"] == "present" else state(item["state"])


def named(item: Value) -> str:
    """Return what people call an item."""
    title = item["title"]
    if item["kind"] == "episode":
        return f"{_episode(item)} {title}".strip()
    if item["kind"] == "track":
        return f"{item['track']:02} {title}" if "track" in item else title
    by = item.get("artist") or item.get("author")
    year = f" ({item['year']})" if "year" in item else ""
    return f"{by}: {title}{year}" if by else f"{title}{year}"


def _episode(item: Value) -> str:
    numbers = "".join(f"E{number:02}" for number in item["episodes"])
    return f"S{item['season']:02}{numbers}" if "season" in item else numbers or item.get("date", "")


def _show(client: Client, item: Value) -> None:
    say(f"{bold(named(item))}  {item['kind']} {item['id']} {_gone(item)}".rstrip())
    for line in table(_facts(item)):
        say(line)
    for file in item["files"]:
        _show_file(file)
    if item["children"]:
        say()
        page = client.get(options.address("/v1/items", parent=item["id"], limit=CHILDREN)).value
        rows = [row[:4] for row in _rows(sorted(page["items"], key=_order))]
        for line in table(rows, cut=(2,), most=across()):
            say(line)
    if item["children"] > CHILDREN:
        say(quiet(f"  and {item['children'] - CHILDREN} more"))


def _facts(item: Value) -> list[list[str]]:
    part_of = item.get("parent")
    facts = {
        "part of": f"{named(part_of)} ({part_of['kind']} {part_of['id']})" if part_of else "",
        "series": " ".join(item[name] for name in ("series", "sequence") if name in item),
        "artist": item.get("artist", "") if item["kind"] == "track" else "",
        "narrator": item.get("narrator", ""),
        "ids": ", ".join(f"{provider} {number}" for provider, number in item["ids"].items()),
        "library": item["root"],
        "path": item["path"],
        "added": clock(item["added_at"]),
    }
    return [[quiet(name), value] for name, value in facts.items() if value]


def _show_file(file: Value) -> None:
    say()
    damaged = f", {state('damaged')}" if "damaged_at" in file else ""
    missing = (
        f", {state('missing')} since {clock(file['missing_since'])}"
        if "missing_since" in file
        else ""
    )
    length = f", {playing_time(file['duration_s'])}" if file["duration_s"] is not None else ""
    say(f"  {file['path']}")
    say(
        f"    {file['format'] or file.get('error', 'unread')}, {size(file['size'])}{length}{missing}{damaged}"
    )
    for stream in file["streams"]:
        say(f"    {_stream(stream)}")
    for reason in file.get("playback", {}).get("reasons", ()):
        say(f"    does not play as it is: {reason}")
    if file["chapters"]:
        say(f"    {count(len(file['chapters']), 'chapter')}")


def _stream(stream: Value) -> str:
    width = (
        f"{stream['width']}x{stream['height']}" if "width" in stream and "height" in stream else ""
    )
    channels = count(stream["channels"], "channel") if "channels" in stream else ""
    marks = " ".join(mark for mark in ("default", "forced") if stream.get(mark))
    said = (
        stream["type"],
        stream.get("codec", ""),
        stream.get("language", ""),
        width,
        stream.get("hdr", ""),
        channels,
        marks,
    )
    return " ".join(word for word in said if word)
