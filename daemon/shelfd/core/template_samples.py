"""Items with which a template of the settings is tried before it is taken over."""

from collections.abc import Iterator

from msgspec.structs import replace

from shelfd.core.identity import Identity


def samples(kind: str) -> Iterator[Identity]:
    """Yield items of a library of this kind: with all that can be known, without each of it, and with least."""
    full, optional = _SAMPLES[kind]
    plain = Identity(kind=full.kind)
    yield full
    for name in optional:
        yield replace(full, **{name: getattr(plain, name)})
    yield replace(full, **{name: getattr(plain, name) for name in optional})
    if full.kind == "episode":
        yield replace(full, season=None, episodes=(), date="2020-01-31")


def twins(kind: str) -> Iterator[tuple[Identity, Identity]]:
    """Yield pairs of items of which a template must not make the same path."""
    full, optional = _SAMPLES[kind]
    plain = Identity(kind=full.kind)
    least = replace(full, **{name: getattr(plain, name) for name in optional})
    if full.kind == "episode":
        yield least, replace(least, episodes=(9,))
    else:
        yield least, replace(least, title="Ebb")
    if full.kind == "audiobook":
        yield replace(full, part=1), replace(full, part=2)


KINDS = {
    "movies": "movie",
    "shows": "episode",
    "music": "track",
    "audiobooks": "audiobook",
    "books": "book",
}
"""The kind of item that a library of a kind holds."""
_IDS = {"tmdb": "603", "imdb": "tt0133093", "tvdb": "81189"}
_MOVIE = Identity(
    kind="movie", title="The Salt Road", year=2018, edition="Final Cut", part=1, ids=_IDS
)
_EPISODE = Identity(
    kind="episode", show="Harbour", title="Low Tide", year=2011, season=1, episodes=(2, 3), ids=_IDS
)
_TRACK = Identity(
    kind="track", title="Undertow", artist="The Herons", album_artist="The Herons", album="Tidal"
)
_BOOK = Identity(
    kind="book", title="Low Water", author="Ada Finch", series="The Tides", sequence="2", year=1994
)
_SAMPLES = {
    "movies": (_MOVIE, ("year", "edition", "part", "ids")),
    "shows": (_EPISODE, ("year", "title", "ids")),
    "music": (
        replace(_TRACK, track=3, disc=2, discs=2, year=1999),
        ("track", "disc", "discs", "year", "album", "album_artist"),
    ),
    "audiobooks": (
        replace(_BOOK, kind="audiobook", narrator="Tom Pike", asin="B000000001", part=1),
        ("author", "series", "sequence", "year", "narrator", "asin", "part"),
    ),
    "books": (
        replace(_BOOK, isbn="9780000000002"),
        ("author", "series", "sequence", "year", "isbn"),
    ),
}
