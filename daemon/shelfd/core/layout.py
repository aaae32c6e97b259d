"""Where an item belongs in a library: directories and file names as Jellyfin reads them.

Rules that hold for every name made here:
- it is one component that every file system takes: no separators, controls or device names, 255 bytes at most
- no directory has a name that Jellyfin passes over or takes for extras or for one disc of an album
- no file name ends so that Jellyfin takes the file for a trailer, a sample or one part of several
"""

import re
import unicodedata
from typing import NamedTuple

from shelfd.core.identity import Identity
from shelfd.core.media import Sort, sort
from shelfd.core.names_words import cut

STEM = 200
"""Bytes of a file name before its extension; the rest of the 255 is for `.en.forced.srt` and temporary names."""


def target(identity: Identity, extension: str) -> tuple[str, ...]:
    """Return the path below the library's root; `extension` with its dot, as the source has it."""
    ending = re.sub(r"[^.\w]", "", extension.lower())[:16]
    spot = _FORMS[identity.kind](identity)
    directories = [_directory(name) for name in spot.directories]
    return (*directories, _unmistakable(spot.stem) + spot.part + ending)


def beside(media_target: tuple[str, ...], media_name: str, sidecar_name: str) -> tuple[str, ...]:
    """Return where what lies beside a media file goes when that goes to `media_target`.

    A sidecar keeps what follows the media file's stem: `.en.forced.srt`, `-thumb.jpg`. A picture of the whole
    directory keeps its name and goes where its media go: to the movie, the album or the book, and beside
    episodes to the season, whose picture Jellyfin looks for there; a disc has its album's.
    """
    directories = media_target[:-1]
    if sort(sidecar_name.encode("utf-8", "replace")) is Sort.COVER:
        return (*above_discs(directories), safe(sidecar_name.lower()))
    stem, old = media_target[-1].rpartition(".")[0], media_name.rpartition(".")[0]
    named = bool(old) and sidecar_name.lower().startswith(old.lower())
    rest = sidecar_name[len(old) :] if named else f".{sidecar_name}"
    before, dot, ending = rest.rpartition(".")
    ending = safe(f"_{dot}{ending}", 40)[1:]
    room = 255 - len(f"{stem}{ending}".encode())
    return (*directories, stem + safe(f"_{before}", room + 1)[1:] + ending)


def above_discs(directories: tuple[str, ...]) -> tuple[str, ...]:
    """Return the directories of an album's whole, without that of one of its discs."""
    is_disc = len(directories) > 1 and _DISC.fullmatch(directories[-1]) is not None
    return directories[:-1] if is_disc else directories


def safe(component: str, limit: int = 255) -> str:
    """Return `component` as a name that any file system and any player takes, at most `limit` bytes of UTF-8.

    Safe names stay as they are, so that a second call changes nothing.
    """
    text = component.encode("utf-8", "ignore").decode()
    for pattern, replacement in _REPLACED:
        text = pattern.sub(replacement, text)
    text = unicodedata.normalize("NFC", text)
    text = cut(_stripped(text), limit)
    text = _stripped(text) or "_"
    return _DEVICE.sub(r"\1_", text)


def kept(file_name: str) -> str:
    """Return a file's own name, made safe, with its extension."""
    stem, _dot, ending = file_name.rpartition(".")
    return f"{safe(stem, STEM)}.{safe(ending, 16)}"


def _stripped(text: str) -> str:
    return _ENDS.sub("", " ".join(text.split()))


class Spot(NamedTuple):
    """Directories and file name before they are made safe."""

    directories: tuple[str, ...]
    stem: str
    part: str = ""
    """What says on purpose that the file is one part of several."""


def _movie(identity: Identity) -> Spot:
    tail = f" ({identity.year})" if identity.year else ""
    for provider in ("tmdb", "imdb"):
        if provider in identity.ids:
            tail += f" [{provider}id-{identity.ids[provider]}]"
            break
    label = f" - {safe(identity.edition, 60)}" if identity.edition else ""
    name = _fitted(identity.title, tail, STEM - len(label.encode()) - 8)
    name = name if tail else _directory(_unmistakable(name))
    part = f"-part{identity.part}" if identity.part is not None else ""
    return Spot((name,), name + label, part)


def _episode(identity: Identity) -> Spot:
    show = _fitted(identity.show, f" ({identity.year})" if identity.year else "", 120)
    if identity.date:
        season, number = identity.date[:4], f" {identity.date}"
    else:
        season = f"{identity.season or 0:02}"
        number = f" S{season}{_numbers(identity.episodes)}" if identity.episodes else ""
    title = f" {identity.title}" if identity.title else ""
    return Spot((show, f"Season {season}"), f"{show}{number}{title}")


def _numbers(episodes: tuple[int, ...]) -> str:
    """Return `E01`, `E01-E03` for a run, `E01E07` for any other."""
    first, last = episodes[0], episodes[-1]
    if len(episodes) > 1 and episodes == tuple(range(first, last + 1)):
        return f"E{first:02}-E{last:02}"
    return "".join(f"E{number:02}" for number in episodes[:16])


def _track(identity: Identity) -> Spot:
    artist = identity.album_artist or identity.artist or "Unknown Artist"
    if not identity.album:
        return Spot((artist, "Singles"), identity.title)
    several = (identity.discs or identity.disc or 1) > 1
    discs = (f"Disc {identity.disc}",) if several and identity.disc else ()
    number = f"{identity.track:02} " if identity.track is not None else ""
    return Spot((artist, _not_a_disc(identity.album), *discs), f"{number}{identity.title}")


def _audiobook(identity: Identity) -> Spot:
    above = tuple(name for name in (identity.author, identity.series) if name)
    number = f"{identity.part:02} " if identity.part is not None else ""
    return Spot((*above, _not_a_disc(identity.title)), f"{number}{identity.title}")


def _book(identity: Identity) -> Spot:
    above = (identity.author,) if identity.author else ()
    return Spot((*above, identity.title), identity.title)


_FORMS = {
    "movie": _movie,
    "episode": _episode,
    "track": _track,
    "audiobook": _audiobook,
    "book": _book,
}


def _fitted(title: str, tail: str, limit: int) -> str:
    """Return title and tail, the title cut so that both fit into `limit` bytes."""
    return safe(title, max(1, limit - len(tail.encode()))) + tail


def _directory(name: str) -> str:
    name = safe(name)
    return f"{name}_" if _PASSED_OVER.fullmatch(name) else name


def _not_a_disc(name: str) -> str:
    """Return an album's name so that it does not begin like the directory of one disc: `Vol #3`."""
    return _LIKE_A_DISC.sub(r"\1 #", safe(name), count=1)


def _unmistakable(stem: str) -> str:
    """Return a stem that does not end like that of an extra, a sample or a part: `Part #1`."""
    stem = safe(stem, STEM)
    while (changed := _LIKE_AN_EXTRA.sub(r" \1", stem)) != stem:
        stem = safe(changed, STEM)
    stem = _LIKE_A_PART.sub(r"\1 #\2", stem)
    return f"{stem}_" if _EXTRA_BY_NAME.fullmatch(stem) else stem


_REPLACED = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"[\u200b\u202a-\u202e\u2066-\u2069\ufeff]", ""),
        (r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " "),
        (r"\s+[:/\\|]+\s*|[:/\\|]+\s+", " - "),
        (r"(?<=\w)[:/\\|*]+(?=\w)", "-"),
        (r'"', "'"),
        (r"[<>?*:/\\|]", ""),
    )
)
_ENDS = re.compile(r"^(?:[ .]|- )+|(?:[ .]| -)+$")
_DEVICE = re.compile(
    r"(?i)^((?:CON|PRN|AUX|NUL|COM[0-9\xb9\xb2\xb3]|LPT[0-9\xb9\xb2\xb3]|CONIN\$|CONOUT\$))(?=\s*(?:\.|$))",
)
_DISC = re.compile(r"Disc \d+")
_PASSED_OVER = re.compile(
    r"(?i)behind the scenes|deleted scenes|interviews?|scenes?|samples?|shorts?|featurettes?|clips?|others?|extras?"
    r"|trailers?|theme-music|backdrops|subs|metadata|extrafanart|extrathumbs|plex versions|video_ts|audio_ts|bdmv"
    r"|lost\+found|@eadir|#recycle|\$recycle\.bin|system volume information|.*\.trickplay",
)
_LIKE_A_DISC = re.compile(r"(?i)^(cd|digital media|dis[ck]|vol(?:ume)?|part|act)[-.()\s]*(?=\d)")
_LIKE_AN_EXTRA = re.compile(
    r"(?i)(?:[\s._-]*[._-]\s?)(trailer|sample|scene|clip|interview|behindthescenes|deleted(?:scene)?|featurette|short|other|extra)$",
)
_LIKE_A_PART = re.compile(
    r"(?i)(?<![^\W_])([(\[]?(?:cd|dvd|part|pt|dis[ck]))[ _.-]*(\d+|[a-d])(?=[)\]]?$)"
)
_EXTRA_BY_NAME = re.compile(r"(?i)trailer|sample|theme")
