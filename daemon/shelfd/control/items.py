"""The catalog as the API shows it: a page of items, and one in full."""

import msgspec
from starlette.responses import Response

from shelfd.control.answers import InvalidError, answer, moment, page
from shelfd.control.asked import Asked, missing
from shelfd.control.operations import end_of
from shelfd.control.ports import Daemon
from shelfd.core import playback
from shelfd.core.paths import Place, RelPath, printable, searchable
from shelfd.core.roots import Roots
from shelfd.core.settings import Playback
from shelfd.store import queries, searching
from shelfd.store.queries import File, Item

KINDS = ("movie", "show", "episode", "album", "track", "audiobook", "book")
ALWAYS = ("id", "kind", "title", "state", "root")
SOME = (
    "year",
    "season",
    "date",
    "artist",
    "album",
    "disc",
    "track",
    "author",
    "series",
    "sequence",
    "narrator",
    "parent",
)
"""What is left out where it is not known."""
LONGEST_SEARCH = 500  # characters; few titles have half as many


def listed(daemon: Daemon, asked: Asked) -> Response:
    """Return `GET /v1/items`: all words of `q` are in title, date, artist, album, author, series or narrator.

    They come by id; with `q` the nearest first, see searching.search.
    """
    kind, limit, words = asked.choice("kind", KINDS), asked.limit(), _words(asked)
    after, parent = asked.number("after", 0), asked.number("parent", 0)
    reader, roots = daemon.db.read(), daemon.current.roots
    if words and not parent:
        hits = searching.search(reader, words, kind=kind, after=after, limit=limit + 1)
        return page([_shown(hit.item, roots) for hit in hits], limit, [hit.cursor for hit in hits])
    if parent:
        found = queries.children(reader, parent=parent, after=after, limit=limit + 1)
    else:
        found = queries.items(reader, kind=kind, after=after, limit=limit + 1)
    return page([_shown(item, roots) for item in found], limit)


def one(daemon: Daemon, asked: Asked) -> Response:
    """Return `GET /v1/items/{id}`: with its files, and what it is part of."""
    number = asked.id("item")
    reader, roots = daemon.db.read(), daemon.current.roots
    profile = daemon.current.settings.playback
    item = queries.item(reader, number)
    if item is None:
        raise missing("item", number)
    full = _shown(item, roots)
    part_of = None if item.parent is None else queries.item(reader, item.parent)
    if part_of is not None:
        full["parent"] = _shown(part_of, roots)
    full["children"] = queries.count_children(reader, number)
    full["files"] = [_file(file, roots, profile) for file in queries.files_of(reader, number)]
    return answer(full)


def _words(asked: Asked) -> list[str]:
    """Return the folded words of `q`; whatever stands in one is a letter like any other."""
    text = asked.query.get("q", "")
    if len(text) > LONGEST_SEARCH:
        raise InvalidError(
            f"q: it is longer than {LONGEST_SEARCH} characters", code="invalid_parameter"
        )
    said = printable(text.encode("utf-8", "surrogateescape"))
    return searchable(said).split()


def _shown(item: Item, roots: Roots) -> dict[str, object]:
    fields: dict[str, object] = {name: getattr(item, name) for name in ALWAYS}
    fields |= {name: value for name in SOME if (value := getattr(item, name)) is not None}
    if item.kind == "episode":
        fields["episodes"] = item.episodes
    fields |= {"ids": item.ids, "added_at": moment(item.added_at)}
    return fields | end_of(Place(item.root, RelPath(item.path)), roots)


def _file(file: File, roots: Roots, profile: Playback) -> dict[str, object]:
    reading = file.reading
    fields: dict[str, object] = {
        **end_of(Place(file.root, file.path), roots),
        "size": file.size,
        "mtime_ns": file.mtime_ns,
        "hash": None if file.hash is None else file.hash.hex(),
        "verified_at": moment(file.verified_at or None),
        "format": reading.format or None,
        "duration_s": None if reading.duration_ms is None else reading.duration_ms / 1000,
        "tags": reading.tags,
        "streams": msgspec.to_builtins(reading.streams),
        "chapters": [
            {"start_s": chapter.start_ms / 1000, "title": chapter.title}
            for chapter in reading.chapters
        ],
    }
    if reading.cover is not None:
        fields["cover"] = msgspec.to_builtins(reading.cover)
    if (verdict := playback.verdict(reading, profile)) is not None:
        fields["playback"] = {"plays": verdict.plays, "reasons": list(verdict.reasons)}
    if reading.error is not None:
        fields["error"] = reading.error
    if file.damaged_at is not None:
        fields["damaged_at"] = moment(file.damaged_at)
    if file.missing_since is not None:
        fields["missing_since"] = moment(file.missing_since)
    return fields
