"""Why a file of a drop that is nothing to play stays where it is."""

import re

from shelfd.core import ignored, media
from shelfd.core.media import PICTURE, Sort
from shelfd.core.paths import RelPath, guessed, name, suffix

SAMPLE = "a sample, not the work itself"
ALONE = "there is no media file beside it that it belongs to"

_BY_EXTENSION = {
    ".nzb .torrent .magnet": "it says where to download from, and is no part of the work",
    ".sfv .md5 .sha1 .sha256 .ffp .par2 .srr .srs": "it checks a download, and is no part of the work",
    ".url .lnk .website .webloc .desktop .html .htm .mht": "it leads to a web site",
    ".exe .com .bat .cmd .scr .msi .vbs .js .ps1 .jar .apk .dll .sh": "it is a program",
    ".iso .img .nrg .mdf .mds .ccd": "it is the image of a disc, which players do not read: unpack it",
}
_REASONS = {
    extension: reason for said, reason in _BY_EXTENSION.items() for extension in said.split()
}
_PROOF = re.compile(r"(?i)(?:^|[-_. ])proof$")
_ADVERTISEMENT = re.compile(
    r"(?i)(?:^|[^a-z0-9])www?[._ -]+[\w-]+[._ -]+\w{2,}|^\W*(?:rarbg|ettv|eztv|yify|yts|tgx|torrentgalaxy)\b"
    r"|^\W*(?:[\w-]+\.)?[\w-]+\.(?:com|org|net|info|to|lt|mx|ag|am|rs|cc|xyz|site)\W*$"
    r"|(?:torrent )?downloaded from|visit (?:us|our)|do[ _-]not[ _-]mirror"
)
_CARRIER = PICTURE | frozenset((".txt", ".nfo", ".gif", ".html"))


def reason(path: RelPath) -> str:
    """Return why it stays, as half a sentence."""
    if (mark := ignored.unfinished(name(path))) is not None:
        return f"its name says that a program is still writing it ({mark})"
    return (
        worthless(path)
        or advertising(path)
        or ("it is no file that a player reads" if media.sort(path) is Sort.OTHER else ALONE)
    )


def worthless(path: RelPath) -> str:
    """Return why a file belongs to no work, whatever it is called like; empty when it may belong to one."""
    extension, stem = suffix(path), _stem(path)
    if extension in _REASONS:
        return _REASONS[extension]
    above = {guessed(part).strip().lower() for part in path.split(b"/")[:-1]}
    if extension in PICTURE and (_PROOF.search(stem) or not above.isdisjoint(("proof", "proofs"))):
        return "a proof of where a release comes from, and no part of the work"
    return "it lies with a sample" if not above.isdisjoint(("sample", "samples")) else ""


def advertising(path: RelPath) -> str:
    """Return that a file is an advertisement, by its name; empty when it is none."""
    if suffix(path) in _CARRIER and _ADVERTISEMENT.search(_stem(path)):
        return "it is an advertisement"
    return ""


def _stem(path: RelPath) -> str:
    return guessed(name(path).rpartition(b".")[0] or name(path))
