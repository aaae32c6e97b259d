"""What the files of a drop tell of one another: the discs and the artist of an album, the year of a show, the parts of a book."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec.structs import replace

from shelfd.core import drops
from shelfd.core.cue import Cue
from shelfd.core.identity import Identity
from shelfd.core.media import AUDIO, Reading
from shelfd.core.names_music import disc_of, without_disc
from shelfd.core.names_words import key
from shelfd.core.paths import RelPath, guessed, name, parent, suffix
from shelfd.core.paths import identity as spelled
from shelfd.core.sidecars import natural
from shelfd.core.tagged import VARIOUS, tagged, tells_album_artist, various

Identities = dict[RelPath, Identity]

MAIN_ARTIST = 2 / 3
"""An artist of so many of an album's tracks is that of the album; else there are various."""
SURE = 0.85
_NO_CUE = Cue()
_NO_CUES: Mapping[RelPath, Cue] = {}


def completed(
    found: Mapping[RelPath, Identity],
    readings: Mapping[RelPath, Reading],
    cues: Mapping[RelPath, Cue],
    images: Collection[RelPath],
) -> Identities:
    """Return the identities of a drop's files again, each with what the others tell of it."""
    result = dict(found)
    result |= _of_shows(result)
    sheets = {path: _sheet_of(path, cues) or _NO_CUE for path in images}
    result |= _with_sheets(result, readings, sheets)
    result |= _filled(result, readings)
    result |= _of_mixed(result, readings, images)
    result |= _of_albums(result, readings)
    return result


def home(path: RelPath) -> RelPath:
    """Return the directory of the album or the book that a file of it lies in: the one above its discs."""
    above = parent(path)
    return parent(above) if disc_of(guessed(name(above))) is not None else above


def parts(paths: Iterable[tuple[RelPath, Identity]]) -> dict[RelPath, int | None]:
    """Return which part of its audiobook each file is; a book in one file has no parts."""
    books: dict[tuple[str, str], list[tuple[RelPath, Identity]]] = defaultdict(list)
    for path, identity in paths:
        books[identity.author, identity.album or identity.title].append((path, identity))
    numbers: dict[RelPath, int | None] = {}
    for files in books.values():
        told = [identity.part for _path, identity in files]
        clear = None not in told and len(set(told)) == len(told)
        for order, (path, identity) in enumerate(sorted(files, key=_order), 1):
            own = identity.part if clear else order
            numbers[path] = own if len(files) > 1 else None
    return numbers


def images(files: Iterable[RelPath], cues: Mapping[RelPath, Cue] = _NO_CUES) -> frozenset[RelPath]:
    """Return the files of sound that are whole discs, whose tracks only their cue sheets tell.

    A sheet is named after its disc, `Album.cue` or `Album.flac.cue`, or names it, and no file of sound beside them
    has none.
    """
    files = list(files)
    sound = [path for path in files if suffix(path) in AUDIO]
    sheets = {_key(parent(path), name(path)[:-4]) for path in files if suffix(path) == ".cue"}
    sheets |= {one for path, cue in cues.items() for one in _meant(path, cue)}
    without = {parent(path) for path in sound if sheets.isdisjoint(_called(path))}
    return frozenset(path for path in sound if sheets and parent(path) not in without)


def _meant(path: RelPath, cue: Cue) -> frozenset[tuple[RelPath, str]]:
    """Return how the whole disc is called that a sheet names, also without its extension, since it may be encoded since."""
    if len(cue.files) != 1 or cue.tracks < 2:
        return frozenset()
    file = cue.files[0].encode("utf-8", "replace")
    return frozenset((_key(parent(path), file), _key(parent(path), drops.stem(file))))


def _called(path: RelPath) -> frozenset[tuple[RelPath, str]]:
    """Return how a sheet would be called after a file of sound: with its extension, or without."""
    own = name(path)
    return frozenset((_key(parent(path), own), _key(parent(path), drops.stem(own))))


def _key(directory: RelPath, file: bytes) -> tuple[RelPath, str]:
    return directory, spelled(file)


def _sheet_of(path: RelPath, cues: Mapping[RelPath, Cue]) -> Cue | None:
    """Return the sheet of a whole disc: that which names it before that which is only called so."""
    beside = [(at, cues[at]) for at in sorted(cues) if parent(at) == parent(path)]
    wanted = _called(path)
    naming = (cue for at, cue in beside if wanted & _meant(at, cue))
    called = (cue for at, cue in beside if _key(parent(at), name(at)[:-4]) in wanted)
    return next(naming, None) or next(called, None)


def _order(file: tuple[RelPath, Identity]) -> tuple[int, list[bytes | int]]:
    path, identity = file
    return identity.disc or disc_of(guessed(name(parent(path)))) or 0, natural(path)


def _of_shows(found: Mapping[RelPath, Identity]) -> Identities:
    """Let all episodes of a show have its year and one spelling, when some of them tell it."""
    shows: dict[str, list[RelPath]] = defaultdict(list)
    for path, identity in found.items():
        if identity.kind == "episode" and identity.show:
            shows[key(identity.show)].append(path)
    result: Identities = {}
    for paths in shows.values():
        years = {year for path in paths if (year := found[path].year) is not None}
        named = _most([found[path].show for path in paths])
        for path in paths:
            year = found[path].year or (min(years) if len(years) == 1 else None)
            result[path] = replace(found[path], show=named, year=year)
    return result


def _with_sheets(
    found: Mapping[RelPath, Identity],
    readings: Mapping[RelPath, Reading],
    sheets: Mapping[RelPath, Cue],
) -> Identities:
    """Let a whole disc in one file be what its tags, its cue sheet, and its directory say of the album, in this order."""
    result: Identities = {}
    for path, identity in found.items():
        if identity.kind != "track" or readings[path].error or path not in sheets:
            continue
        said, sheet = tagged(readings[path].tags), sheets[path]
        if said.album and key(said.album) != key(sheet.title):  # it is the sheet of another disc
            sheet = _NO_CUE
        artist = said.album_artist or sheet.performer or identity.album_artist or identity.artist
        album = said.album or sheet.title or identity.album or identity.title
        many = f" of {sheet.tracks} tracks" if sheet.tracks > 1 else ""
        if artist and album:
            result[path] = replace(
                identity,
                album=album,
                album_artist=various(artist),
                artist=said.artist or artist,
                title=guessed(drops.stem(name(path))),
                year=said.year or sheet.year or identity.year,
                track=None,
                disc=said.disc or sheet.disc or identity.disc,
                confidence=max(identity.confidence, SURE),
                rule=f"a whole disc in one file with its cue sheet{many}",
            )
    return result


def _filled(found: Mapping[RelPath, Identity], readings: Mapping[RelPath, Reading]) -> Identities:
    """Let a file that says neither artist nor album be of the one that all others beside it say."""
    beside: dict[tuple[RelPath, str], list[RelPath]] = defaultdict(list)
    for path, identity in found.items():
        if identity.kind in ("track", "audiobook") and not readings[path].error:
            beside[home(path), identity.kind].append(path)
    result: Identities = {}
    for (_home, kind), paths in beside.items():
        silent = [path for path in paths if not _says_whose(readings[path])]
        telling = [found[path] for path in paths if _says_whose(readings[path])]
        wholes = {_whole(identity) for identity in telling}
        if len(telling) < 2 or len(wholes) != 1 or "" in next(iter(wholes)):
            continue
        for path in silent:
            changed = _like(found[path], telling[0], kind)
            result |= {path: changed} if changed is not None else {}
    return result


def _of_mixed(
    found: Mapping[RelPath, Identity],
    readings: Mapping[RelPath, Reading],
    images: Collection[RelPath],
) -> Identities:
    """Let no track have the name of its directory as its album where the tags of others there name other albums."""
    said = {
        path: tagged(readings[path].tags)
        for path, identity in found.items()
        if identity.kind == "track" and not readings[path].error
    }
    named: dict[RelPath, set[str]] = defaultdict(set)
    for path, tags in said.items():
        if tags.album:
            named[parent(path)].add(key(without_disc(tags.album)[0]))
    return {
        path: replace(found[path], album="", year=tags.year)
        for path, tags in said.items()
        if not tags.album
        and path not in images
        and (others := named[parent(path)])
        and key(without_disc(found[path].album)[0]) not in others
    }


def _says_whose(reading: Reading) -> bool:
    return any(reading.tags.get(tag) for tag in ("artist", "albumartist", "album", "author"))


def _whole(identity: Identity) -> tuple[str, str]:
    if identity.kind == "audiobook":
        return key(identity.author), key(identity.title)
    return key(identity.album_artist or identity.artist), key(without_disc(identity.album)[0])


def _like(identity: Identity, other: Identity, kind: str) -> Identity | None:
    confidence = max(identity.confidence, SURE)
    if kind == "audiobook":
        fields = {
            name: getattr(other, name)
            for name in ("title", "author", "series", "sequence", "narrator", "year")
        }
        return replace(
            identity,
            **fields,
            confidence=confidence,
            rule="author and title as the other parts beside it have them",
        )
    if not identity.title or identity.track is None:
        return None
    return replace(
        identity,
        artist=identity.album_artist
        if identity.album_artist not in ("", identity.artist)
        else other.album_artist or other.artist,
        album_artist=other.album_artist,
        album=other.album,
        year=other.year,
        confidence=confidence,
        rule="artist and album as the other tracks beside it have them, number and title in the file name",
    )


def _of_albums(
    found: Mapping[RelPath, Identity], readings: Mapping[RelPath, Reading]
) -> Identities:
    """Let all tracks of an album that lie together have one artist and one spelling, and say on which disc they are."""
    albums: dict[tuple[RelPath, str], list[RelPath]] = defaultdict(list)
    for path, identity in found.items():
        if identity.kind == "track" and identity.album:
            albums[home(path), key(without_disc(identity.album)[0])].append(path)
    result: Identities = {}
    for (_home, album), paths in albums.items():
        if album:
            result |= _of_album({path: found[path] for path in paths}, readings)
    return result


def _of_album(
    tracks: Mapping[RelPath, Identity], readings: Mapping[RelPath, Reading]
) -> Identities:
    discs = _discs(tracks)
    number = max((disc for disc in discs.values() if disc is not None), default=0)
    several = len(set(discs.values()) - {None}) > 1
    plain = {path: without_disc(identity.album)[0] for path, identity in tracks.items()}
    title = _most(list(plain.values()))
    artist = _album_artist(tracks, discs, readings)
    result = {}
    for path, identity in tracks.items():
        own = (
            identity.album_artist
            if tells_album_artist(readings[path].tags) or not artist
            else artist
        )
        result[path] = replace(
            identity,
            album=title,
            album_artist=own,
            disc=discs[path] or identity.disc,
            discs=max(number, identity.discs or 0) if several else identity.discs,
        )
    return result


def _discs(tracks: Mapping[RelPath, Identity]) -> dict[RelPath, int | None]:
    """Return the disc of each track: by its tags, where these tell them apart as well as the directories do."""
    by_directory = {path: disc_of(guessed(name(parent(path)))) for path in tracks}
    told = {
        path: without_disc(identity.album)[1] or identity.disc for path, identity in tracks.items()
    }
    if len(set(by_directory.values()) - {None}) > len(set(told.values()) - {None}):
        return {path: by_directory[path] or told[path] for path in tracks}
    return {path: told[path] or by_directory[path] for path in tracks}


def _album_artist(
    tracks: Mapping[RelPath, Identity],
    discs: Mapping[RelPath, int | None],
    readings: Mapping[RelPath, Reading],
) -> str:
    """Return who the album is filed under: who its tags say, else its only or main artist, else various.

    Empty when these are two albums of one name, as two tracks with one number tell.
    """
    explicit = [
        tracks[path].album_artist for path in tracks if tells_album_artist(readings[path].tags)
    ]
    if explicit:
        return _most(explicit)
    by = {path: one.album_artist or one.artist for path, one in tracks.items()}
    artists = Counter(key(artist) for artist in by.values())
    main, often = artists.most_common(1)[0]
    if often >= MAIN_ARTIST * len(tracks):
        return _most([artist for artist in by.values() if key(artist) == main])
    numbers = [(discs[path], one.track) for path, one in tracks.items() if one.track is not None]
    return VARIOUS if len(set(numbers)) == len(numbers) else ""


def _most(texts: Sequence[str]) -> str:
    """Return what is said most often; of equals the first in their order."""
    counted = Counter(texts)
    return min(counted, key=lambda text: (-counted[text], text)) if counted else ""
