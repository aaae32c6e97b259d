"""What comes after its item was filed: which item of the libraries a file of a drop belongs to, by its names."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from shelfd.core import extras, layout, media, names_music, sidecars, subtitles
from shelfd.core.identity import Identity, identify
from shelfd.core.media import AUDIO, VIDEO, Kind, Reading, Sort
from shelfd.core.names_words import key
from shelfd.core.paths import (
    Place,
    RelPath,
    guessed,
    identity,
    join,
    name,
    parent,
    suffix,
)
from shelfd.core.subtitles import SUBTITLES
from shelfd.core.verdicts import THERE, Verdict
from shelfd.core.works import Known, Work, work

_SEPARATOR = re.compile(r"[ ._-]")
WAITS = "it waits: "
"""How the reasons begin of what stays until its item comes."""
TELLING = media.PICTURE | frozenset((".nfo", ".lrc"))
PARTS = 24
"""So many beginnings of a name are tried."""


class Wanted(NamedTuple):
    """What a file that belongs to nothing says of what it belongs to."""

    kind: str
    """`movie`, `show`, `episode`, `album` or `audiobook`."""
    title: str
    path: RelPath
    """Where what it belongs to would lie."""
    year: int | None = None
    season: int | None = None
    episodes: tuple[int, ...] = ()
    artist: str = ""

    @property
    def called(self) -> str:
        """Return it for people."""
        number = f" S{self.season:02}" if self.season is not None and self.episodes else ""
        number += "".join(f"E{episode:02}" for episode in self.episodes)
        year = f" ({self.year})" if self.year and not number else ""
        by = f" by {self.artist}" if self.artist else ""
        return f"{self.kind} {self.title!r}{by}{number}{year}"


def wanted(path: RelPath, kind: Kind | None) -> list[Wanted]:
    """Return what a file can belong to, by its name and by those of its directories, the likeliest first."""
    of_all = sidecars.is_of_all(path)
    if not _may_come_late(path) or (of_all and not parent(path)):
        return []
    where, names = (_titled(parent(path)), []) if of_all else sidecars.subtitles_of(path)
    if (extra := extras.told(path, with_video=False)) is not None:
        where, names = extra.beside, [extra.named.decode()] if extra.named else []
    above = tuple(guessed(part) for part in where.split(b"/") if part)
    if sidecars.OF_A_SEASON.fullmatch(guessed(name(path))):
        return _of_season(where, above)
    found: list[Wanted] = []
    if kind in (None, Kind.MOVIES, Kind.SHOWS):
        texts = [*reversed(names), *above[-1:]]
        own_first = above if of_all else ()
        for text in (*own_first[-1:], *_bare(texts)):
            if (seen := _seen(where, above, text, kind)) is not None and seen not in found:
                found.append(seen)
    if above and kind in (None, Kind.MUSIC, Kind.AUDIOBOOKS):
        found += _heard(where, above, kind)
    return found


def fitting(wish: Wanted, known: Iterable[Known]) -> list[Known]:
    """Return the items that a file can belong to."""
    return [
        one
        for one in known
        if one.kind == wish.kind
        and key(one.title) == key(wish.title)
        and (wish.year is None or one.year in (None, wish.year) or wish.kind == "album")
        and (not wish.episodes or set(wish.episodes) <= set(one.episodes))
        and (not wish.episodes or wish.season in (None, one.season))
        and (wish.kind != "show" or wish.season is None)
        and (not wish.artist or key(one.artist) == key(wish.artist))
    ]


def works(wish: Wanted, known: Known) -> list[Work]:
    """Return the files of an item as works that would lie where the wish says."""
    kind = {"show": "episode", "album": "track"}.get(known.kind, known.kind)
    files = known.files or (join(known.path, b"all"),)
    return [
        Work(
            path=_beside(wish.path, path),
            root=known.root,
            target=path,
            kind=kind,
            title=known.title,
            season=known.season,
            episodes=known.episodes,
        )
        for path in files
        if _is_text(path)
    ]


def filed(source: RelPath, target: Place, kind: Kind) -> list[Work]:
    """Return a media file that was filed from a place in the inbox as a work; none when it is an extra."""
    if not _is_text(target.path) or extras.home_of(target.path) is not None:
        return []
    said = identify(tuple(guessed(part) for part in target.path.split(b"/")), Reading(), kind)
    found = work(source, said, target.root, target.path)
    return [replace(found, owner=b"")] if said.kind else []


def at_home(
    parts: tuple[str, ...], found: Identity, path: RelPath, works: Sequence[Work]
) -> tuple[str, ...]:
    """Return the place of a file of an album in the directories that the rest of it, among these works, has already."""
    if found.kind != "track" or not found.album or len(parts) <= 2:
        return parts
    album = layout.above_discs(parts[:-1])
    inner = parts[len(album) :]
    homes = {
        home
        for one in works
        if one.kind == "track" and _album_of(one.path) == _album_of(path)
        if (home := layout.above_discs(one.directories)) and _folded(home[-1]) == _folded(album[-1])
    }
    return (*next(iter(homes)), *inner) if len(homes) == 1 else parts


def others_there(
    planned: Iterable[Verdict], settled: Iterable[Verdict]
) -> frozenset[tuple[str, ...]]:
    """Return the targets at which other subtitles lie than those that were to go there, and that so get a number."""
    stay = {one.path for one in settled if one.state == "left" and one.reason.startswith(THERE)}
    return frozenset(
        tuple(one.target.decode().split("/"))
        for one in planned
        if one.path in stay and suffix(RelPath(one.path)) in SUBTITLES
    )


def may_fit(orphan: bytes, titles: Iterable[str]) -> bool:
    """Say whether a file that waits names one of these titles, so that a look at it is worth while."""
    said = f" {key(guessed(orphan).replace('/', ' '))} "
    return any(f" {title} " in said for text in titles if (title := key(text)))


def waits(wish: Wanted, fits: int) -> str:
    """Return why a file stays for which so many items were found."""
    if fits == 0:
        return f"{WAITS}no {wish.called} is in a library yet"
    return f"{WAITS}{fits} files or items of the libraries may be the {wish.called}"


def _album_of(path: RelPath) -> RelPath:
    above = parent(path)
    return parent(above) if names_music.disc_of(guessed(name(above))) is not None else above


def _folded(text: str) -> str:
    return identity(text.encode())


def _seen(where: RelPath, above: tuple[str, ...], text: str, kind: Kind | None) -> Wanted | None:
    """Return the movie or episode that a name means; the shortest beginning of it that means the same is its name."""
    said = _video(above, text, kind)
    if said is None:
        return None
    stops = [found.start() for found in _SEPARATOR.finditer(text)][-PARTS:]
    short = next((text[:at] for at in stops if at and _video(above, text[:at], kind) == said), text)
    path = join(where, f"{short}.mkv".encode())
    if said[0] == "episode" and not said[4]:
        return Wanted("show", said[1], path, said[2], said[3])
    return Wanted(said[0], said[1], path, *said[2:])


def _video(
    above: tuple[str, ...], text: str, kind: Kind | None
) -> tuple[str, str, int | None, int | None, tuple[int, ...]] | None:
    said = identify((*above, f"{text}.mkv"), Reading(), kind)
    title = said.show or said.title if said.kind == "episode" else said.title
    if said.kind not in ("movie", "episode") or not key(title) or said.confidence <= 0:
        return None
    if said.kind == "episode":
        return said.kind, said.show, said.year, said.season, said.episodes
    return said.kind, title, said.year, None, ()


def _bare(texts: Iterable[str]) -> list[str]:
    """Return each text as it is, and before that without the words that tell of subtitles; none that has no others."""
    return [
        form
        for text in texts
        if not subtitles.is_nameless(text)
        for form in dict.fromkeys((subtitles.without(text), text))
    ]


def _titled(where: RelPath) -> RelPath:
    """Return the nearest directory that may be called as what lies in it: none for artwork or subtitles is."""
    while where:
        folder = guessed(name(where)).strip()
        if not (sidecars.ARTWORK.fullmatch(folder) or subtitles.DIRECTORY.fullmatch(folder)):
            break
        where = parent(where)
    return where


def _of_season(where: RelPath, above: tuple[str, ...]) -> list[Wanted]:
    """Return the show that directories mean in which a picture of one of its seasons lies."""
    said = identify((*above, "S01E01.mkv"), Reading(), Kind.SHOWS)
    return [Wanted("show", said.show, join(where, b"S01E01.mkv"), said.year)] if said.show else []


def _heard(where: RelPath, above: tuple[str, ...], kind: Kind | None) -> list[Wanted]:
    """Return the album and the audiobook that directories can mean."""
    found = []
    track = identify((*above, "01 - x.flac"), Reading(), Kind.MUSIC)
    artist = track.album_artist or track.artist
    if kind in (None, Kind.MUSIC) and track.album and artist:
        found.append(Wanted("album", track.album, join(where, b"x.flac"), artist=artist))
    book = identify((*above, "01.m4b"), Reading(), Kind.AUDIOBOOKS)
    if kind in (None, Kind.AUDIOBOOKS) and book.title and book.author:
        found.append(Wanted("audiobook", book.title, join(where, b"x.m4b"), artist=book.author))
    return found


def _may_come_late(path: RelPath) -> bool:
    """Say whether a file is of a sort that comes by itself; what lies about in a directory may be anything."""
    if media.is_media(path) or suffix(path) in SUBTITLES or sidecars.is_of_all(path):
        return True
    return not parent(path) and media.sort(path) is Sort.SIDECAR and suffix(path) in TELLING


def _beside(lies: RelPath, target: RelPath) -> RelPath:
    """Return the path in the inbox that a file of a library would have had, by its kind."""
    ending = suffix(target) if suffix(target) in VIDEO | AUDIO else ""
    return RelPath(lies.rpartition(b".")[0] + ending.encode()) if ending else lies


def _is_text(path: bytes) -> bool:
    try:
        path.decode()
    except UnicodeDecodeError:
        return False
    return True
