"""Where music, audiobooks and books belong, as Jellyfin, Plex, Kodi and Audiobookshelf read the names."""

import re

from shelfd.core import layout_words as words
from shelfd.core.identity import Identity
from shelfd.core.layout_video import Spot
from shelfd.core.layout_words import Player
from shelfd.core.safe_names import Names, fitted, safe

SINGLES = "Singles"
"""Where the tracks of an artist lie that are of no album."""


def track(identity: Identity, player: Player, names: Names) -> Spot:
    """Return directories for artist and album, and for each disc where there are several."""
    artist = identity.album_artist or identity.artist or "Unknown Artist"
    if not identity.album:
        return Spot((artist, SINGLES), identity.title)
    disc = identity.disc if (identity.discs or identity.disc or 1) > 1 else None
    album = (artist, words.not_a_disc(identity.album, names))
    number = f"{identity.track:02}" if identity.track is not None else ""
    if player == "plex":
        number = f"{disc}{number}" if disc and number else number
        return Spot(album, " - ".join(part for part in (number, identity.title) if part))
    discs = (f"Disc {disc}",) if disc else ()
    return Spot((*album, *discs), f"{number} {identity.title}" if number else identity.title)


def audiobook(identity: Identity, player: Player, names: Names) -> Spot:
    """Return a directory of its own for the book, below its author and its series."""
    between = " " if player in ("jellyfin", "kodi") else " - "
    number = f"{identity.part:02}{between}" if identity.part is not None else ""
    if player == "audiobookshelf":
        return Spot(_shelf(identity, names), f"{number}{identity.title}")
    # to Plex it is music: an artist and an album
    above = (identity.author, "" if player == "plex" else identity.series)
    directories = (*(name for name in above if name), words.not_a_disc(identity.title, names))
    return Spot(directories, f"{number}{identity.title}")


def book(identity: Identity, player: Player, names: Names) -> Spot:
    """Return a directory of its own for the book, below its author."""
    if player == "audiobookshelf":
        return Spot(_shelf(identity, names), identity.title)
    above = (identity.author,) if identity.author else ()
    return Spot((*above, identity.title), identity.title)


def _shelf(identity: Identity, names: Names) -> tuple[str, ...]:
    """Return `Author/Series/Vol 1 - 1994 - Title [ASIN] {Narrator}`: what is known of it.

    Without an author there is no series, which would be taken for one.
    """
    series = identity.series if identity.author else ""
    sequence = _SEQUENCE.fullmatch(identity.sequence.strip()) if series else None
    front = f"Vol {float(sequence[0]):g} - " if sequence else ""
    year = f"{identity.year} - " if identity.year and 999 < identity.year < 10_000 else ""
    back = f" [{identity.asin.upper()}]" if _ASIN.fullmatch(identity.asin.upper()) else ""
    if (
        narrator := safe(_BRACKETS.sub("", identity.narrator), 60, names)
        if identity.narrator
        else ""
    ):
        back += f" {{{narrator}}}"
    title = safe(_BRACKETS.sub("", identity.title), names=names)
    title = title if year else _YEAR.sub("#", title)
    if series and not sequence:
        parts = title.split(" - ")
        title = " - ".join(
            f"#{part}" if _LIKE_A_SEQUENCE.fullmatch(part) else part for part in parts
        )
    title = title if front + year else _LIKE_A_DISC.sub(r"\1 #", title)
    above = (name for name in (identity.author, series) if name)
    return (*above, fitted(front + year + title, back, 255, names))


_SEQUENCE = re.compile(r"\d{1,3}(?:\.\d{1,2})?")
_LIKE_A_SEQUENCE = re.compile(
    r"(?i)(?:vol\.? |volume |book )?\d{0,3}(?:\.\d{1,2})?\.?|(?:vol\.? |volume |book )\d{0,3}(?:\.\d{1,2})?\.? .*"
    r"|\d{0,3}(?:\.\d{1,2})?\. .*"
)
_YEAR = re.compile(r"^(?=\(?\d{4}\)? +-)")
_LIKE_A_DISC = re.compile(r"(?i)^(cd|dis[ck])\s*(?=\d{1,3}$)")
_ASIN = re.compile(r"[A-Z0-9]{10}")
_BRACKETS = re.compile(r"[\[\]{}]")
