"""What a dropped file is, as far as its name and the names of its directories tell."""

from collections.abc import Sequence

from shelfd.core.media import AUDIO, BOOK, VIDEO, Kind
from shelfd.core.names_books import audiobook, book
from shelfd.core.names_comics import EXTENSIONS, comic
from shelfd.core.names_music import track
from shelfd.core.names_video import video
from shelfd.core.names_words import LONGEST, cut
from shelfd.core.parsed import Parsed

__all__ = ["Parsed", "parse"]


def parse(parts: Sequence[str], kind: Kind | None = None) -> Parsed:
    """Read the names of one file: its directories below the inbox, then its own name with extension.

    `kind` says what it is expected to be; None leaves that to the extension. Of each component 255 bytes are
    read, and no text makes this raise.
    """
    if not parts:
        return Parsed(rule="no name")
    directories = [cut(part, LONGEST) for part in parts[:-1] if part.strip()]
    stem, dot, extension = parts[-1].rpartition(".")
    stem, extension = (
        (cut(stem, LONGEST), f".{extension.lower()}") if dot else (cut(parts[-1], LONGEST), "")
    )
    if extension in VIDEO and kind in (None, Kind.MOVIES, Kind.SHOWS):
        return video(directories, stem, kind)
    if extension in AUDIO and kind in (None, Kind.MUSIC, Kind.AUDIOBOOKS):
        spoken = kind is Kind.AUDIOBOOKS or (kind is None and extension == ".m4b")
        return audiobook(directories, stem) if spoken else track(directories, stem)
    if extension in BOOK and kind in (None, Kind.BOOKS):
        issue = comic(directories, stem) if extension in EXTENSIONS else None
        return issue or book(directories, stem)
    wanted = f"{kind.value} are expected here" if kind else "neither video nor audio nor a book"
    return Parsed(rule=f"{extension or 'no extension'}: {wanted}")
