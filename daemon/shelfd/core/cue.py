"""What a cue sheet says of the disc that it divides into tracks: by whom it is, what it is called, which file it is in.

Nothing here raises, whatever the bytes are: what cannot be understood says nothing.
"""

import codecs
import re

import msgspec

LONGEST = 256 * 1024
"""Bytes; a sheet of 99 tracks with all that it can say of each has a tenth of that."""
MOST_TRACKS = 999
_SAID = 200
"""Characters kept of one value."""


class Cue(msgspec.Struct, frozen=True, kw_only=True):
    """One cue sheet; what it does not say is None or empty."""

    performer: str = ""
    """Of the whole disc."""
    title: str = ""
    year: int | None = None
    disc: int | None = None
    files: tuple[str, ...] = ()
    """The names of the files of sound, without directories."""
    tracks: int = 0


def read(data: bytes) -> Cue | None:
    """Return what a cue sheet says; None when it is none."""
    if len(data) > LONGEST:
        return None
    said: dict[str, str] = {}
    files: list[str] = []
    tracks = 0
    for line in text_of(data).splitlines():
        found = _LINE.fullmatch(line)
        if found is None:
            continue
        word, value = " ".join(found[1].upper().split()), found[2]
        if word == "TRACK":
            tracks = min(tracks + 1, MOST_TRACKS)
        elif word == "FILE":
            files.append(_file(value))
        elif not tracks:  # what follows is said of a track
            said.setdefault(word, _value(value))
    if not files:
        return None
    year, disc = _YEAR.search(said.get("REM DATE", "")), said.get("REM DISCNUMBER", "")
    return Cue(
        performer=_known(said.get("PERFORMER", "")),
        title=_known(said.get("TITLE", "")),
        year=int(year[0]) if year else None,
        disc=int(disc) if _DISC.fullmatch(disc) else None,
        files=tuple(dict.fromkeys(file for file in files[:MOST_TRACKS] if file)),
        tracks=tracks,
    )


def text_of(data: bytes) -> str:
    """Return the text of a sheet: as its mark says, UTF-8, Japanese in Shift JIS, or else Windows-1252."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.removeprefix(mark).decode(encoding, "replace")
    try:
        return data.decode()
    except UnicodeDecodeError:
        pass
    try:
        japanese = data.decode("cp932")
    except UnicodeDecodeError:
        japanese = ""
    # an accent and the letter behind it may look like a single sign
    return japanese if _JAPANESE.search(japanese) else data.decode("cp1252", "replace")


def _file(value: str) -> str:
    quoted = _QUOTED.match(value)
    path = quoted[1] if quoted else value.rpartition(" ")[0] or value
    return re.split(r"[/\\]", _plain(path))[-1].strip()


def _value(value: str) -> str:
    quoted = _QUOTED.match(value)
    return _plain(quoted[1] if quoted else value)


def _known(text: str) -> str:
    return "" if _FILLER.fullmatch(text) else text


def _plain(text: str) -> str:
    return " ".join(_CONTROL.sub(" ", text).split())[:_SAID]


_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LINE = re.compile(
    r"(?i)\s*(PERFORMER|TITLE|FILE|TRACK|REM[ \t]+DATE|REM[ \t]+DISCNUMBER)[ \t]+(\S.*)"
)
_QUOTED = re.compile(r'"([^"]*)"')
_YEAR = re.compile(r"(?<!\d)(?:1[89]|20)\d\d(?!\d)")
_DISC = re.compile(r"0?[1-9]\d?")
_JAPANESE = re.compile(r"[\u3041-\u30ff]|[\u4e00-\u9fff]{2}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
_FILLER = re.compile(r"(?i)unknown(?: (?:artist|album|title))?|untitled|\W*")
