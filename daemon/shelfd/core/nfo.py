"""What a metadata file beside media says of one work, whatever form the file has."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from shelfd.core.paths import suffix
from shelfd.core.xml_documents import allowed


class Form(StrEnum):
    """What kind of metadata file it is; the values of the first six are root elements of NFO files."""

    MOVIE = "movie"
    SHOW = "tvshow"
    SEASON = "season"
    EPISODE = "episodedetails"
    ARTIST = "artist"
    ALBUM = "album"
    BOOK = "opf"
    AUDIOBOOK = "metadata.json"
    LINKS = "links"  #: only addresses of the work at providers


NFO = frozenset({Form.MOVIE, Form.SHOW, Form.SEASON, Form.EPISODE, Form.ARTIST, Form.ALBUM})


class Sheet(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One work as a metadata file describes it; what the file does not say is None or empty."""

    form: Form
    title: str = ""
    """Of the movie, the show, the episode, the album, the book; of an artist the name."""
    year: int | None = None
    show: str = ""
    season: int | None = None
    episode: int | None = None
    date: str = ""
    """The day of broadcast, `yyyy-mm-dd`."""
    artist: str = ""
    """Of an album."""
    authors: tuple[str, ...] = ()
    series: str = ""
    sequence: str = ""
    narrators: tuple[str, ...] = ()
    asin: str = ""
    isbn: str = ""
    ids: Mapping[str, str] = {}
    """Provider to id: `tmdb imdb tvdb`, and the `musicbrainz_*` under the names of tags."""
    locked: bool = False
    """Its owner wants nobody to change it."""


def clean(sheet: Sheet) -> Sheet:
    """Return the sheet with texts that every form can hold: one line each, no control characters."""
    texts = {
        field: allowed(value)
        for field in ("title", "show", "artist", "series", "sequence", "asin", "isbn", "date")
        if (value := getattr(sheet, field))
    }
    people = {
        field: tuple(text for one in getattr(sheet, field) if (text := allowed(one)))
        for field in ("authors", "narrators")
    }
    ids = {provider: text for provider, value in sheet.ids.items() if (text := allowed(value))}
    return msgspec.structs.replace(sheet, **texts, **people, ids=ids)


def is_note(path: bytes) -> bool:
    """Say whether a file is by its name one that describes media: `.nfo`, `.opf`, `metadata.json`."""
    last = path.rpartition(b"/")[2].lower()
    return suffix(last) in (".nfo", ".opf") or last == b"metadata.json"
