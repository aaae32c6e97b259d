"""Which metadata files belong beside what is filed, and what each says; by where the media go, whatever the layout.

- a film or an episode has one of its own, `<stem>.nfo`, which Kodi, Jellyfin and minidlna all read; of a film whose
  disc is a tree of files it is `movie.nfo`, and a film in parts has one beside the first
- a show, a season, an artist, an album, a book has one in its directory, when that is called after it: in a
  directory that holds other things as well it would be said of all of them
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from shelfd.core import paths
from shelfd.core.identity import Identity
from shelfd.core.names_words import key
from shelfd.core.nfo import Form, Sheet
from shelfd.core.paths import RelPath, join, name, parent
from shelfd.core.plan import Verdict
from shelfd.core.tagged import VARIOUS

WRITTEN = {
    "jellyfin": frozenset(Form) - {Form.LINKS},
    "kodi": frozenset(Form) - {Form.LINKS},
    "audiobookshelf": frozenset({Form.BOOK, Form.AUDIOBOOK}),
}
"""By layout, what its player reads; Plex reads nothing of it, so it gets nothing."""


MOVIE = b"movie.nfo"
"""What Jellyfin's own writer calls that of a film, which it reads before all others."""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A metadata file that belongs beside what is filed."""

    root: str
    path: RelPath
    sheets: tuple[Sheet, ...]
    shared: bool = False
    """It belongs to a directory, and so to all that is ever filed there."""
    instead: RelPath | None = None
    """Another file that serves as well: when it is there, this one is not needed."""


class Home(NamedTuple):
    """Where a file goes, and what is known of it."""

    path: RelPath
    identity: Identity
    tags: Mapping[str, str]


def wanted(
    verdicts: Iterable[Verdict],
    tags: Mapping[RelPath, Mapping[str, str]],
    layouts: Mapping[str, str],
) -> list[Note]:
    """Return the metadata files for what is to be filed, each once; `layouts` are by library, `tags` by source."""
    found: dict[tuple[str, str], Note] = {}
    for verdict in verdicts:
        if verdict.state != "file" or verdict.identity is None or verdict.owner:
            continue
        home = Home(RelPath(verdict.target), verdict.identity, tags.get(RelPath(verdict.path), {}))
        forms = WRITTEN.get(layouts.get(verdict.root, ""), frozenset())
        for path, sheets, shared in _OF[verdict.identity.kind](home):
            if parent(path) and sheets[0].form in forms:
                instead = join(parent(path), MOVIE) if sheets[0].form is Form.MOVIE else None
                note = Note(
                    root=verdict.root, path=path, sheets=sheets, shared=shared, instead=instead
                )
                found.setdefault((note.root, paths.identity(path)), note)
    return list(found.values())


Found = Iterator[tuple[RelPath, tuple[Sheet, ...], bool]]


def _movie(home: Home) -> Found:
    identity = home.identity
    if identity.part not in (None, 1):
        return
    sheet = Sheet(form=Form.MOVIE, title=identity.title, year=identity.year, ids=identity.ids)
    above = parent(home.path)
    if name(above).upper() in (b"VIDEO_TS", b"BDMV", b"STREAM"):
        while name(above).upper() in (b"VIDEO_TS", b"BDMV", b"STREAM"):
            above = parent(above)
        yield join(above, MOVIE), (sheet,), False
    else:
        yield _own(home.path, b".nfo"), (sheet,), False


def _episode(home: Home) -> Found:
    identity, season = home.identity, parent(home.path)
    show = parent(season) if _SEASON.fullmatch(name(season)) else season
    if _called(show, identity.show):
        sheet = Sheet(form=Form.SHOW, title=identity.show, year=identity.year, ids=identity.ids)
        yield join(show, b"tvshow.nfo"), (sheet,), True
    number = identity.season
    if number is None and identity.date:
        number = int(identity.date[:4])
    if season != show and number is not None:
        yield join(season, b"season.nfo"), (Sheet(form=Form.SEASON, season=number),), True
    yield _own(home.path, b".nfo"), tuple(_episodes(identity)), False


def _episodes(identity: Identity) -> Iterator[Sheet]:
    """Return one sheet of each episode in the file; a title that is that of all is numbered, as in `Pilot (1)`."""
    numbers = identity.episodes or (None,)
    own = [part.strip() for part in _AND.split(identity.title)]
    for at, number in enumerate(numbers):
        title = identity.title
        if title and len(numbers) > 1:
            title = own[at] if len(own) == len(numbers) else f"{title} ({at + 1})"
        yield Sheet(
            form=Form.EPISODE,
            title=title,
            show=identity.show,
            season=identity.season,
            episode=number,
            date=identity.date or "",
        )


def _track(home: Home) -> Found:
    identity, album = home.identity, parent(home.path)
    if _DISC.fullmatch(name(album)):
        album = parent(album)
    artist = identity.album_artist or identity.artist
    ids = {tag: value for tag, value in home.tags.items() if tag.startswith("musicbrainz_")}
    if identity.album and _called(album, identity.album):
        sheet = Sheet(
            form=Form.ALBUM,
            title=identity.album,
            artist=artist,
            year=identity.year,
            ids={tag: ids[tag] for tag in _OF_ALBUM if _is_one(ids.get(tag, ""))},
        )
        yield join(album, b"album.nfo"), (sheet,), True
    if artist and artist != VARIOUS and _called(parent(album), artist):
        number = ids.get("musicbrainz_albumartistid", "")
        own = {"musicbrainz_artistid": number} if _is_one(number) else {}
        yield (
            join(parent(album), b"artist.nfo"),
            (Sheet(form=Form.ARTIST, title=artist, ids=own),),
            True,
        )


def _audiobook(home: Home) -> Found:
    directory = parent(home.path)
    if _DISC.fullmatch(name(directory)):
        directory = parent(directory)
    if _called(directory, home.identity.title):
        yield join(directory, b"metadata.json"), (_of_book(home, Form.AUDIOBOOK),), True


def _book(home: Home) -> Found:
    directory = parent(home.path)
    sheet = (_of_book(home, Form.BOOK),)
    if _called(directory, home.identity.title):
        yield join(directory, b"metadata.opf"), sheet, True
    else:
        yield _own(home.path, b".opf"), sheet, False


def _of_book(home: Home, form: Form) -> Sheet:
    identity = home.identity
    return Sheet(
        form=form,
        title=identity.title,
        authors=_people(identity.author, home.tags.get("author", "")),
        narrators=_people(identity.narrator, home.tags.get("narrator", "")),
        series=identity.series,
        sequence=identity.sequence,
        year=identity.year,
        asin=identity.asin,
        isbn=identity.isbn,
    )


def _people(known: str, tagged: str) -> tuple[str, ...]:
    """Return people one by one where the tags tell them apart: in a name of two a comma can stand before the first name."""
    several = [one.strip() for one in tagged.split(";") if one.strip()]
    if key(" ".join(several)) == key(known) and several:
        return tuple(several)
    return (known,) if known else ()


def _own(path: RelPath, extension: bytes) -> RelPath:
    stem = name(path).rpartition(b".")[0] or name(path)
    return join(parent(path), stem + extension)


def _called(directory: RelPath, title: str) -> bool:
    """Say whether a directory is called after a work; its name can be shorter, and say more."""
    mine, theirs = key(title)[:40].strip(), key(name(directory).decode("utf-8", "replace"))
    return bool(directory) and (mine in theirs if mine else True)


def _is_one(number: str) -> bool:
    """Say whether there is one id, and not several of several artists."""
    return bool(number) and ";" not in number


def sources(planned: Sequence[Note], verdicts: Iterable[Verdict]) -> dict[RelPath, Verdict]:
    """Return the dropped file that is to be filed where a note belongs, by the note's path."""
    spots = {
        (note.root, paths.identity(path)): note.path
        for note in planned
        for path in (note.instead, note.path)
        if path is not None
    }
    return {
        spots[spot]: verdict
        for verdict in verdicts
        if verdict.state == "file"
        and (spot := (verdict.root, paths.identity(verdict.target))) in spots
    }


_OF = {
    "movie": _movie,
    "episode": _episode,
    "track": _track,
    "audiobook": _audiobook,
    "book": _book,
}
_OF_ALBUM = ("musicbrainz_albumid", "musicbrainz_releasegroupid", "musicbrainz_albumartistid")
_SEASON = re.compile(rb"(?i)(?:season|series|staffel|saison|temporada)\W*\d{1,4}|specials|s\d{1,4}")
_DISC = re.compile(rb"(?i)(?:cd|dis[ck]|digital media|vol(?:ume)?)[ ._-]*\d{1,3}")
_AND = re.compile(r" [+&/] | / ")
