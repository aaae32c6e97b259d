"""Which work of a drop a file belongs to that is none itself, and where it goes with it."""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from shelfd.core import layout, media, subtitles
from shelfd.core.identity import Identity, identify
from shelfd.core.media import Reading, Sort
from shelfd.core.names_words import key
from shelfd.core.paths import RelPath, guessed, name, parent, suffix
from shelfd.core.subtitles import SUBTITLES, Told
from shelfd.core.works import (
    ALL,
    HEARD,
    READ,
    SEEN,
    Work,
    Works,
    filed,
    home,
    is_one_item,
    names_itself,
    stem,
)

OF_AN_ALBUM = frozenset(".accurip .cue .json .log .m3u .m3u8 .opf .nfo .pdf .xml".split())
"""What describes a directory of sound as a whole, however it is called."""
OF_A_WHOLE = re.compile(
    r"(?i)metadata\.(?:json|opf)|content\.opf|(?:desc|reader)\.txt|(?:movie|album|artist|season|tvshow)\.nfo"
)
"""Names that players look for in the directory of an item."""
OF_A_SEASON = re.compile(r"(?i)season(?:\d{1,4}|-specials|-all)(?:-[a-z]+)?\.(?:jpe?g|png|webp)")
"""Pictures of a season that players look for in the directory of its show."""
ARTWORK = re.compile(r"(?i)art(?:work)?s?|booklets?|covers?|scans?|images?")
_NUMBERS = re.compile(rb"([0-9]+)")


class Joined(NamedTuple):
    """What a file belongs to, and the place that it has there."""

    work: Work
    target: tuple[str, ...]
    told: Told | None = None
    """For subtitles: what else is said of them; `target` then lacks it, and ends with the extension."""
    named: bool = False
    """It is called as its work."""


def joined(path: RelPath, works: Works) -> Joined | None:
    """Return what a file belongs to; None when it belongs to none of these works, or to no certain one."""
    sort = media.sort(path)
    if sort is Sort.OTHER:
        return None
    if suffix(path) in SUBTITLES:
        return _subtitle(path, works)
    if sort is not Sort.COVER and (owner := works.called(path)) is not None:
        own = guessed(name(path))
        target = () if owner.stays else layout.beside(owner.names, guessed(name(owner.path)), own)
        return Joined(owner, target, named=True)
    return _of_a_whole(path, works)


def numbered(
    found: Iterable[tuple[RelPath, Joined]], there: Collection[tuple[str, ...]] = ()
) -> dict[RelPath, tuple[str, ...]]:
    """Return the target of each file; subtitles of one video that say the same are told apart by a number.

    Those that are called as their video come first, the others in the order of their names. What is one pair, as
    `.idx` and `.sub`, has one number. `there` are targets at which other subtitles lie.
    """
    targets = {path: joined.target for path, joined in found if joined.told is None}
    spoken = [(path, joined) for path, joined in found if joined.told is not None]
    sets: dict[tuple[object, ...], list[tuple[RelPath, Joined]]] = {}
    for path, one in sorted(spoken, key=lambda pair: (not pair[1].named, natural(pair[0]))):
        sets.setdefault((parent(path), stem(path), one.work.path, one.told), []).append((path, one))
    taken = set(there)
    for pair in sets.values():
        number = 1
        while any(_spoken(one, number) in taken for _path, one in pair):
            number += 1
        for path, one in pair:
            targets[path] = _spoken(one, number)
            taken.add(targets[path])
    return targets


def natural(path: bytes) -> list[bytes | int]:
    """Return the key by which people sort names: 2 before 10."""
    return [int(part) if at % 2 else part.lower() for at, part in enumerate(_NUMBERS.split(path))]


def is_of_all(path: RelPath) -> bool:
    """Say whether a file says nothing by its own name, as it is about all that it lies with."""
    own = guessed(name(path))
    known = OF_A_WHOLE.fullmatch(own) or OF_A_SEASON.fullmatch(own)
    return media.sort(path) is Sort.COVER or known is not None


def is_artwork(path: RelPath) -> bool:
    """Say whether a file is a picture in a directory that people keep scans of covers and booklets in."""
    folder = guessed(name(parent(path))).strip()
    return suffix(path) in media.PICTURE and ARTWORK.fullmatch(folder) is not None


def subtitles_of(path: RelPath) -> tuple[RelPath, list[str]]:
    """Return the directory in which the video of a subtitle lies, and the names from there on, its own stem last."""
    parts = path.split(b"/")
    names = [guessed(part) for part in parts]
    for depth, part in enumerate(names[:-1]):
        if subtitles.DIRECTORY.fullmatch(part.strip()):
            inner = [*names[depth + 1 : -1], guessed(stem(path))]
            return RelPath(b"/".join(parts[:depth])), inner
    return parent(path), [guessed(stem(path))]


def _spoken(one: Joined, number: int) -> tuple[str, ...]:
    told = one.told or Told()
    media_name, ending = one.work.names[-1], one.target[-1]
    text = f"{media_name.rpartition('.')[0]}{told.text(number)}{ending}"
    return layout.beside(one.work.names, media_name, text)


def _subtitle(path: RelPath, works: Works) -> Joined | None:
    where, names = subtitles_of(path)
    videos = works.near(where, SEEN)
    owner = _called(names, videos) or _only(where, names, _but_strays(videos))
    if owner is None or owner.stays:
        return None if owner is None else Joined(owner, ())
    ending = (*owner.names[:-1], suffix(path))
    called = guessed(stem(owner.path)).lower()
    own = names[-1]
    title = key(owner.title).split()
    named = own.lower().startswith(called)
    told = subtitles.behind(own[len(called) :]) if named else subtitles.among(own, title)
    for outer in reversed(names[:-1]):
        rest = outer[len(called) :] if outer.lower().startswith(called) else outer
        told = subtitles.joined(told, subtitles.among(rest, title))
    return Joined(owner, ending, told, named=named and len(names) == 1)


def _called(names: Sequence[str], videos: Sequence[Work]) -> Work | None:
    """Return the video with the longest name that one of these names begins with, the innermost first."""
    for text in reversed(names):
        raw = text.lower().encode()
        fits = [
            one
            for one in videos
            if raw == (called := stem(one.path).lower())
            or raw.startswith((called + b".", called + b"-", called + b"_", called + b" "))
        ]
        if fits:
            return max(fits, key=lambda one: len(stem(one.path)))
    return None


def _only(where: RelPath, names: Sequence[str], videos: Sequence[Work]) -> Work | None:
    """Return the only video among these that names do not speak against: of an episode they tell the number."""
    above = tuple(guessed(part) for part in where.split(b"/") if part)
    for text in reversed(names):
        said = identify((*above, f"{text}.mkv"), Reading())
        if said.confidence <= 0 or not (said.episodes or said.year):
            continue
        fits = [one for one in videos if _fits(one, said)]
        return fits[0] if len(fits) == 1 else None
    return videos[0] if len(videos) == 1 else None


def _but_strays(videos: Sequence[Work]) -> list[Work]:
    """Leave out what stays, and is only by its directory taken for a film that another one of these surely is."""
    films = {one.year or key(one.title) for one in filed(videos) if one.kind == "movie"}
    return [
        one
        for one in videos
        if not one.stays
        or one.kind != "movie"
        or (one.year or key(one.title)) not in films
        or names_itself(one.path, one.title, one.year)
    ]


def _fits(one: Work, said: Identity) -> bool:
    if said.kind == "episode" and one.kind == "episode":
        return set(said.episodes) <= set(one.episodes) and said.season in (None, one.season)
    if said.kind == "movie" and one.kind == "movie":
        return one.year in (None, said.year) or key(one.title) == key(said.title)
    return said.kind == "movie"


def _of_a_whole(path: RelPath, works: Works) -> Joined | None:
    """Let a picture or a description go to the directory of the item that it lies with."""
    where = parent(path)
    if is_artwork(path) and not works.near(where, ALL):
        return _at_home(path, works.near(parent(where), HEARD), guessed(name(where)), album=True)
    if is_of_all(path):
        groups = (filed(works.near(where, kinds)) for kinds in (SEEN, HEARD, READ))
        group = next((group for group in groups if group), [])
        return _at_home(path, group, album=media.sort(path) is Sort.COVER)
    sound = filed(works.near(where, HEARD))
    if sound and suffix(path) in OF_AN_ALBUM:
        return _at_home(path, sound)
    alone = works.near(where, SEEN | READ)
    if suffix(path) in (".nfo", ".opf") and len(alone) == 1 and not alone[0].stays:
        media_name = alone[0].names[-1]
        target = (*alone[0].directories, media_name.rpartition(".")[0] + suffix(path))
        return Joined(alone[0], target)
    return None


def _at_home(
    path: RelPath, works: Sequence[Work], folder: str = "", *, album: bool = False
) -> Joined | None:
    """Return the place of a file in the directory that these works have in common."""
    works = filed(works)
    if not is_one_item(works):
        return None
    directories = home(works)
    own = guessed(name(path))
    if own.lower() in ("tvshow.nfo", "artist.nfo") or OF_A_SEASON.fullmatch(own):
        directories = directories[:1]
    if album:
        directories = layout.above_discs(directories)
    if not directories:
        return None
    if OF_A_SEASON.fullmatch(own) or (media.sort(path) is Sort.COVER and not folder):
        own = own.lower()  # as players look for it
    inner = (layout.safe(folder),) if folder else ()
    owner = min(works, key=lambda one: (not one.owner, one.path))
    return Joined(owner, (*directories, *inner, layout.kept(own)))
