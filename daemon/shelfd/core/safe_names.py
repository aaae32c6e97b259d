"""One name that the target file system and every player take: no separators, no controls, 255 bytes at most."""

import re
import unicodedata
from typing import Literal

from shelfd.core.names_words import cut

Names = Literal["portable", "unix"]
"""`portable`: also for FAT, exFAT, NTFS and SMB; `unix`: whatever Linux takes and a player does not take for a path."""

STEM = 200
"""Bytes of a file name before its extension; the rest of the 255 is for `.en.forced.srt` and temporary names."""


def safe(component: str, limit: int = 255, names: Names = "portable") -> str:
    """Return `component` as a name that the file system and any player take, at most `limit` bytes of UTF-8.

    Safe names stay as they are, so that a second call changes nothing.
    """
    text = component.encode("utf-8", "ignore").decode()
    for pattern, replacement in _REPLACED[names]:
        text = pattern.sub(replacement, text)
    text = unicodedata.normalize("NFC", text)
    text = cut(_stripped(text, names), limit)
    text = _stripped(text, names) or "_"
    return _DEVICE.sub(r"\1_", text) if names == "portable" else text


def fitted(title: str, tail: str, limit: int, names: Names = "portable") -> str:
    """Return title and tail, the title cut so that both fit into `limit` bytes; the tail is safe already."""
    return safe(title, max(1, limit - len(tail.encode())), names) + tail


def _stripped(text: str, names: Names) -> str:
    text = " ".join(text.split())
    text = _NO_LETTER_BEFORE_OR_AFTER.sub("", text)
    return _ENDS[names].sub("", text)


_INVISIBLE = (
    (
        r"[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb]",
        "",
    ),
    (r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " "),
)
_PATHS = (
    (r"\s+[/\\]+\s*|[/\\]+\s+", " - "),
    (r"(?<=\w)[/\\]+(?=\w)", "-"),
    (r"[/\\]", ""),
)
_FORBIDDEN = (
    (r"\s+[:/\\|]+\s*|[:/\\|]+\s+", " - "),
    (r"(?<=\w)[:/\\|*]+(?=\w)", "-"),
    (r'"', "'"),
    (r"[<>?*:/\\|]", ""),
)
_REPLACED: dict[Names, tuple[tuple[re.Pattern[str], str], ...]] = {
    "portable": tuple((re.compile(one), other) for one, other in _INVISIBLE + _FORBIDDEN),
    "unix": tuple((re.compile(one), other) for one, other in _INVISIBLE + _PATHS),
}
_NO_LETTER_BEFORE_OR_AFTER = re.compile(r"(?<!\S)[\u200c\u200d]+|[\u200c\u200d]+(?!\S)")
"""Joiners that join nothing; within a word they are part of it, and of many emoji."""
_ENDS: dict[Names, re.Pattern[str]] = {
    "portable": re.compile(r"^(?:[ .]|- )+|(?:[ .]| -)+$"),
    "unix": re.compile(r"^(?:[ .]|- )+|(?: | -)+$"),
}
_DEVICE = re.compile(
    r"(?i)^((?:CON|PRN|AUX|NUL|COM[0-9\xb9\xb2\xb3]|LPT[0-9\xb9\xb2\xb3]|CONIN\$|CONOUT\$))(?=\s*(?:\.|$))",
)
