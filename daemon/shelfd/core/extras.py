"""Which videos are extras of a movie or a show, and in which directory players look for them."""

import re
from typing import NamedTuple

from shelfd.core.layout import safe
from shelfd.core.media import AUDIO, VIDEO
from shelfd.core.names_words import key
from shelfd.core.paths import RelPath, guessed, name, parent, suffix

CERTAIN = {
    "trailer": "Trailers",
    "trailers": "Trailers",
    "featurette": "Featurettes",
    "featurettes": "Featurettes",
    "behind the scenes": "Behind The Scenes",
    "making of": "Behind The Scenes",
    "deleted scene": "Deleted Scenes",
    "deleted scenes": "Deleted Scenes",
    "extra": "Extras",
    "extras": "Extras",
    "special features": "Extras",
    "bonus features": "Extras",
    "bonus material": "Extras",
}
"""What people call directories of extras, in the words of `key`, and what players read."""
WITHIN = {
    "interview": "Interviews",
    "interviews": "Interviews",
    "scenes": "Scenes",
    "shorts": "Shorts",
    "clips": "Clips",
    "bonus": "Extras",
    "other": "Other",
    "others": "Other",
    "theme music": "theme-music",
    "backdrops": "backdrops",
}
"""The same, but at the top of an inbox these may as well sort films."""
SUFFIXES = {
    "trailer": "Trailers",
    "scene": "Scenes",
    "clip": "Clips",
    "interview": "Interviews",
    "behindthescenes": "Behind The Scenes",
    "deleted": "Deleted Scenes",
    "deletedscene": "Deleted Scenes",
    "featurette": "Featurettes",
    "short": "Shorts",
    "other": "Other",
    "extra": "Extras",
}
_SUFFIX = re.compile(
    rf"(?i)^(?P<name>.*)(?:[-_.]|- )(?P<what>trailer)\d?$|^(?P<other>.*)-(?P<kind>{'|'.join(SUFFIXES)})\d?$"
)
_ALONE = re.compile(r"(?i)trailer\d?")
_SAMPLE = re.compile(r"(?i)^sample(?:$|[-_.])|[-_.]sample$")
_SAMPLES = re.compile(r"(?i)samples?|proofs?")
STEM = 200
"""Bytes of a name before its extension."""


class Extra(NamedTuple):
    """What is known of an extra before it is known to what it belongs."""

    beside: RelPath
    """The directory of the drop in which its movie or show is looked for."""
    folder: str
    """The directory that it goes to, beside its movie; empty for a theme that lies there itself."""
    named: bytes = b""
    """How the work would be called whose name it bears, where it does."""
    whole: bool = False
    """It is one of the whole show, not of a season."""


def told(path: RelPath, *, with_video: bool) -> Extra | None:
    """Return what an extra is by its names; None when it is none. `with_video`: its drop has videos that are none."""
    kind, parts = suffix(path), path.split(b"/")
    if kind in VIDEO or (kind in AUDIO and with_video):
        depths = [depth for depth, raw in enumerate(parts[:-1]) if _folder(raw, depth)]
        folder = _folder(parts[depths[-1]], depths[-1]) if depths else ""
        if folder and (kind in VIDEO or folder == "theme-music"):
            above = RelPath(b"/".join(parts[: depths[0]]))
            return Extra(above, folder, whole=folder in ("theme-music", "backdrops"))
    stem = guessed(name(path).rpartition(b".")[0])
    if kind in AUDIO:
        theme = with_video and stem.lower() == "theme"
        return Extra(parent(path), "", whole=True) if theme else None
    return _named(path, stem) if kind in VIDEO else None


def _named(path: RelPath, stem: str) -> Extra | None:
    if _ALONE.fullmatch(stem):
        return Extra(parent(path), "Trailers")
    found = _SUFFIX.fullmatch(stem)
    if found is None:
        return None
    said = (found["what"] or found["kind"]).lower()
    before = (found["name"] if found["what"] else found["other"]).rstrip(" ")
    return Extra(parent(path), SUFFIXES[said], named=before.encode())


def _folder(raw: bytes, depth: int) -> str:
    words = key(guessed(raw))
    return CERTAIN.get(words) or (WITHIN.get(words, "") if depth else "")


def is_sample(path: RelPath) -> bool:
    """Say whether a video is only a sample of one, by its name or that of a directory."""
    if suffix(path) not in VIDEO:
        return False
    stem = guessed(name(path).rpartition(b".")[0])
    return bool(_SAMPLE.search(stem)) or any(
        _SAMPLES.fullmatch(guessed(raw)) for raw in path.split(b"/")[:-1]
    )


def target(home: tuple[str, ...], found: Extra, path: RelPath, number: int) -> tuple[str, ...]:
    """Return where an extra goes when its movie or show is at home there; `number` tells it from others of its name."""
    stem, _dot, _ending = guessed(name(path)).rpartition(".")
    count = f" {number}" if number > 1 else ""
    folder = (found.folder,) if found.folder else ()
    return (*home, *folder, safe(stem, STEM) + count + suffix(path))


def home_of(path: RelPath) -> RelPath | None:
    """Return the directory of the movie or show that a video of a library is an extra of; None when it is none."""
    above = parent(path)
    if suffix(path) not in VIDEO or not above:
        return None
    if parent(above) and _folder(name(above), 1):
        return parent(above)
    stem = guessed(name(path).rpartition(b".")[0])
    return above if _SUFFIX.fullmatch(stem) or _ALONE.fullmatch(stem) else None
