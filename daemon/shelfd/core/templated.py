"""Paths that a template of the settings makes: what it may name, and what becomes of it.

The template language is not known here; a `Render` is handed in.
"""

from collections.abc import Callable, Mapping

from shelfd.core.errors import BrokenError, RefusedError
from shelfd.core.identity import Identity
from shelfd.core.safe_names import Names, safe

Value = str | int | None
Render = Callable[[str, Mapping[str, Value]], str]
"""Fills a template with values, None for what is not known; RefusedError says why it cannot."""

MOST_COMPONENTS = 10
LONGEST_VALUE = 200
"""Bytes of a title that a template is given."""


def unrendered(template: str, _values: Mapping[str, Value]) -> str:
    """Refuse to fill a template, where nobody has said how."""
    raise BrokenError(f"{template}: there is nothing that fills it", code="no_templates")


def path(identity: Identity, template: str, render: Render, names: Names) -> tuple[str, ...]:
    """Return the directories and the stem below the root; RefusedError when the template says nothing.

    Only a `/` of the template itself separates, none in a title. What is empty is left out.
    """
    text = render(template, values(identity, names))
    parts = [part for part in text.split("/") if part.strip()]
    if not parts:
        raise RefusedError("the template: it makes an empty path", code="template")
    if len(parts) > MOST_COMPONENTS:
        why = f"it makes {len(parts)} directories, and at most {MOST_COMPONENTS} are taken"
        raise RefusedError(f"the template: {why}", code="template")
    return tuple(parts)


def values(identity: Identity, names: Names) -> dict[str, Value]:
    """Return what a template may name for an item of this kind; texts are safe, and None is what is not known."""
    found = {name: _VALUES[name](identity) for name in NAMES[identity.kind]}
    return {
        name: (safe(value, LONGEST_VALUE, names) if value else None)
        if isinstance(value, str)
        else value
        for name, value in found.items()
    }


def _number(identity: Identity) -> str:
    if identity.date or not identity.episodes:
        return identity.date or ""
    first, last = identity.episodes[0], identity.episodes[-1]
    until = f"-E{last:02}" if last != first else ""
    return f"S{identity.season or 0:02}E{first:02}{until}"


def _season(identity: Identity) -> int:
    return int(identity.date[:4]) if identity.date else identity.season or 0


_VALUES: dict[str, Callable[[Identity], Value]] = {
    "title": lambda identity: identity.title,
    "year": lambda identity: identity.year,
    "show": lambda identity: identity.show,
    "season": _season,
    "episode": lambda identity: identity.episodes[0] if identity.episodes else None,
    "number": _number,
    "date": lambda identity: identity.date,
    "artist": lambda identity: identity.artist,
    "album_artist": lambda identity: identity.album_artist or identity.artist,
    "album": lambda identity: identity.album,
    "track": lambda identity: identity.track,
    "disc": lambda identity: identity.disc,
    "discs": lambda identity: identity.discs,
    "author": lambda identity: identity.author,
    "series": lambda identity: identity.series,
    "sequence": lambda identity: identity.sequence,
    "narrator": lambda identity: identity.narrator,
    "asin": lambda identity: identity.asin,
    "isbn": lambda identity: identity.isbn,
    "part": lambda identity: identity.part,
    "edition": lambda identity: identity.edition,
    "tmdb": lambda identity: identity.ids.get("tmdb"),
    "imdb": lambda identity: identity.ids.get("imdb"),
    "tvdb": lambda identity: identity.ids.get("tvdb"),
}
NAMES: dict[str, tuple[str, ...]] = {
    "movie": ("title", "year", "edition", "part", "tmdb", "imdb", "tvdb"),
    "episode": (
        *("show", "year", "season", "episode", "number", "date", "title"),
        *("tvdb", "tmdb", "imdb"),
    ),
    "track": ("album_artist", "artist", "album", "disc", "discs", "track", "title", "year"),
    "audiobook": (*("author", "series", "sequence", "title", "year", "narrator", "asin", "part"),),
    "book": ("author", "series", "sequence", "title", "year", "isbn"),
}
"""What a template may name, by the kind of item."""
