"""Where an item belongs in a library: directories and file names as its player reads them, or as a template says.

Rules that hold for every name made here:
- it is one component that the file system takes: no separators, controls or device names, 255 bytes at most
- no directory has a name that players pass over or take for extras or for one disc of an album
- no file name ends so that players take the file for a trailer, a sample or one part of several
"""

import re

import msgspec

from shelfd.core import layout_audio, layout_video, templated
from shelfd.core import layout_words as words
from shelfd.core.identity import Identity
from shelfd.core.layout_video import Spot
from shelfd.core.layout_words import Player
from shelfd.core.media import Sort, sort
from shelfd.core.safe_names import STEM, Names, safe
from shelfd.core.templated import Render, unrendered

__all__ = ["Layout", "beside", "safe", "target"]


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """How the names of one library are made."""

    player: Player = "jellyfin"
    names: Names = "portable"
    template: str = ""
    """What makes the path below the root instead of the player's rules; empty for none."""
    render: Render = unrendered


def target(identity: Identity, extension: str, layout: Layout | None = None) -> tuple[str, ...]:
    """Return the path below the library's root; `extension` with its dot, as the source has it.

    RefusedError when a template says nothing for this item.
    """
    layout = layout or Layout()
    names = layout.names
    ending = re.sub(r"[^.\w]", "", extension.lower())[:16]
    if layout.template:
        path = templated.path(identity, layout.template, layout.render, names)
        spot = Spot(path[:-1], path[-1])
    else:
        spot = _FORMS[identity.kind](identity, layout.player, names)
    directories = [words.directory(name, names) for name in spot.directories]
    # with a template it is its business to say that a file is one part of several
    meant = bool(layout.template) and identity.part is not None
    stem = words.stem(spot.stem, names, parts=meant)
    return (*directories, stem + spot.part + ending)


def beside(
    media_target: tuple[str, ...], media_name: str, sidecar_name: str, names: Names = "portable"
) -> tuple[str, ...]:
    """Return where what lies beside a media file goes when that goes to `media_target`.

    A sidecar keeps what follows the media file's stem: `.en.forced.srt`, `-thumb.jpg`. A picture of the whole
    directory keeps its name and goes where its media go: to the movie, the album or the book, and beside
    episodes to the season, whose picture Jellyfin looks for there; a disc has its album's.
    """
    directories = media_target[:-1]
    if sort(sidecar_name.encode("utf-8", "replace")) is Sort.COVER:
        return (*above_discs(directories), safe(sidecar_name.lower(), names=names))
    stem, old = media_target[-1].rpartition(".")[0], media_name.rpartition(".")[0]
    named = bool(old) and sidecar_name.lower().startswith(old.lower())
    rest = sidecar_name[len(old) :] if named else f".{sidecar_name}"
    before, dot, ending = rest.rpartition(".")
    ending = safe(f"_{dot}{ending}", 40, names)[1:]
    room = 255 - len(f"{stem}{ending}".encode())
    return (*directories, stem + safe(f"_{before}", room + 1, names)[1:] + ending)


def above_discs(directories: tuple[str, ...]) -> tuple[str, ...]:
    """Return the directories of an album's whole, without that of one of its discs."""
    is_disc = len(directories) > 1 and _DISC.fullmatch(directories[-1]) is not None
    return directories[:-1] if is_disc else directories


def kept(file_name: str, names: Names = "portable") -> str:
    """Return a file's own name, made safe, with its extension."""
    stem, _dot, ending = file_name.rpartition(".")
    return f"{safe(stem, STEM, names)}.{safe(ending, 16, names)}"


_FORMS = {
    "movie": layout_video.movie,
    "episode": layout_video.episode,
    "track": layout_audio.track,
    "audiobook": layout_audio.audiobook,
    "book": layout_audio.book,
}
_DISC = re.compile(r"Disc \d+")
