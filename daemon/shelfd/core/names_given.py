"""What a name that somebody gives means: a path or a single name, with an extension or, as a release has it, without."""

import re

from shelfd.core.media import AUDIO, MEDIA, Kind
from shelfd.core.names import parse
from shelfd.core.names_books import title_directory
from shelfd.core.names_music import album
from shelfd.core.names_video import video
from shelfd.core.names_words import LONGEST, cut, gibberish, key
from shelfd.core.parsed import Parsed

MOST_DIRECTORIES = 16
"""Directories of a path that are looked at, those next to the file."""


def read(name: str, kind: Kind | None = None) -> Parsed:
    """Read one name, which need not be that of a file: `Show.S02.1080p.WEB-GRP` is a directory with a season.

    Without an extension and without `kind` its form decides what it is. No text makes this raise.
    """
    parts = components(name)
    if not parts:
        return Parsed(rule="no name")
    stem, dot, extension = parts[-1].rpartition(".")
    # the last word of a release may be that of its sound: `Show.S01E05.WEB-DL.x264.AAC`
    heard = f".{extension.lower()}" in AUDIO and kind in _SEEN and _PICTURE.search(stem)
    if dot and stem and f".{extension.lower()}" in MEDIA and not heard:
        found = parse(parts, kind)
        return _NOTHING if not found.confidence and gibberish(stem) else found
    if _BESIDE.fullmatch(extension):
        parts[-1] = stem or parts[-1]
    return _without_extension([cut(part, LONGEST) for part in parts], kind)


def components(name: str) -> list[str]:
    """Return the directories and the name of a path; a slash between blanks, or in brackets, divides no path."""
    pieces, parts = _SLASH.split(_DATE.sub(r"\1-\2-\3", name)), list[str]()
    for at, piece in enumerate(pieces):
        if parts and _open(parts[-1]) and any(map(_CLOSED.search, pieces[at:])):
            parts[-1] += f" {piece}" if f"{parts[-1]}{piece}".isascii() else f" / {piece}"
        elif parts and at == len(pieces) - 1 and _divides_a_title(parts[-1], piece):
            parts[-1] += f"/{piece}" if f"{parts[-1]}{piece}".isascii() else f" / {piece}"
        else:
            parts.append(piece)
    named = [part for part in parts if part.strip() and not _DRIVE.fullmatch(part)]
    return named[-MOST_DIRECTORIES - 1 :]


def _divides_a_title(before: str, after: str) -> bool:
    """Say whether the slash stands in the title of a release, `[Group] Half 1/2 - 03 [1080p]`, and is no path's."""
    if not (_OF_GROUP.fullmatch(before) and _NUMBER_AND_NOTES.search(after)):
        return False
    return not set(key(before).split()) & set(key(after).split())


def _open(part: str) -> bool:
    return (
        part.count("(") > part.count(")")
        or part.count("[") > part.count("]")
        or part.count("【") > part.count("】")
    )


def _without_extension(parts: list[str], kind: Kind | None) -> Parsed:
    if gibberish(parts[-1]) and len(parts) == 1:
        return _NOTHING
    kind = kind or _meant(parts[-1])
    if kind is Kind.MUSIC:
        return album(parts)
    if kind in (Kind.AUDIOBOOKS, Kind.BOOKS):
        return title_directory(parts, "audiobook" if kind is Kind.AUDIOBOOKS else "book")
    return video(parts[:-1], parts[-1], kind)


def _meant(name: str) -> Kind | None:
    """Return what a name without an extension is by the words about its format; None for a video."""
    for pattern, kind in _FORMATS:
        if pattern.search(name):
            return None if _PICTURE.search(name) else kind
    return None


_NOTHING = Parsed(rule="a name made by a program, which tells nothing")
_DATE = re.compile(r"(?<!\d)(\d{4}|\d{1,2})/(\d{1,2})/(\d{4}|\d\d)(?![\d/])")
_SEEN = (None, Kind.MOVIES, Kind.SHOWS)
_SLASH = re.compile(r"(?<! )[/\\](?! )|[/\\](?=$)|^[/\\]")
_OF_GROUP = re.compile(r"\[[^\[\]]+\][^\[\]()]*[^\W_]")
_NUMBER_AND_NOTES = re.compile(r"^[^\W_][^\[\]()]* - \d{2,4} [\[(].*[\])]$")
_CLOSED = re.compile(r"[)\]】]")
_DRIVE = re.compile(r"[A-Za-z]:|\.{1,2}")
_BESIDE = re.compile(
    r"(?i)srt|ass|ssa|sub|idx|sup|nfo|torrent|nzb|iso|img|ext|strm|rar|zip|7z|xml|txt|jpe?g|png|bif"
)
"""Extensions of what lies beside a work, or holds it."""
_FORMATS = (
    (
        re.compile(
            r"(?i)(?<![^\W_])(?:audio ?books?|hörbuch|un ?abridged|m4b)(?![^\W_])|\[B0[0-9A-Z]{8}\]|\{[A-Z][\w.]+ [A-Z][^{}]*\}|^(?:(?:19|20)\d\d - )?(?:vol\.?|volume|book) \d"
        ),
        Kind.AUDIOBOOKS,
    ),
    (re.compile(r"(?i)(?<![^\W_])(?:e-?books?|epub|mobi|azw3?|pdf|cb[rz7])(?![^\W_])"), Kind.BOOKS),
    (
        re.compile(
            r"(?i)(?<![^\W_])(?:flac|mp3|m4a|alac|ape|wav|vinyl|discography|lossless|\d{2,3} ?kbps|v0|cd(?:s|m|ep|r)|vls)(?![^\W_])|-(?:\dcd|cd|ost|web)-\d{4}-|^[^-.]+[^-. ]-(?:\d{4}-[^-. ][^-.]*|[^-. ][^-.]*-\d{4})-\w+$|\((?:128|192|256|320)\)"
        ),
        Kind.MUSIC,
    ),
)
_PICTURE = re.compile(
    r"(?i)\d{3,4}[pi](?![^\W_])|[xh][. ]?26[45]|hevc|(?<![^\W_])(?:avc|av1|4k|uhd|hd-?(?:cam|rip|ts))(?![^\W_])|xvid|divx|blu-?ray|bd-?rip|dvd|hdtv|web-?(?:dl|rip)|s\d{1,2}e\d|remux|\d{3,4}x\d{3,4}|hi10p?|(?<![^\W_])bd(?![^\W_])|^\[[^\[\]]+\].* - \d{2,4} "
)
