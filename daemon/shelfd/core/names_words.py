"""Where a title ends: what release groups and libraries write around it in one path component."""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

LONGEST = 255
"""Bytes of a component that are looked at; no file system here keeps longer names."""


class Component(NamedTuple):
    """One path component without what is certain not to be its title."""

    text: str
    ids: dict[str, str]
    edition: str | None
    group: bool
    """A release group stood in brackets before it, as is the custom for anime."""


def component(raw: str) -> Component:
    """Take ids, edition, web address and leading release group off one path component."""
    text = unicodedata.normalize("NFC", cut(raw, LONGEST))
    ids: dict[str, str] = {}
    for found in _ID.finditer(text):
        ids.setdefault(_PROVIDERS.get(found[1].lower(), found[1].lower()), found[2])
    bare = _IMDB.search(text)
    if bare:
        ids.setdefault("imdb", bare[0].lower())
    labelled = _EDITION_LABEL.search(text)
    for noise in (_ID, _IMDB_BRACKETED, _EDITION_LABEL):
        text = noise.sub(" ", text)
    text = re.sub(r"^\(\d{1,2}\)\s*(?=\w)", "", _ADDRESS.sub("", text.strip()))
    rest = _GROUP.sub("", text)
    edition = labelled[1].strip() if labelled else None
    if re.search(r"\w", rest) is None:
        return Component(text, ids, edition, group=False)
    return Component(rest, ids, edition, group=rest != text)


def cut(text: str, limit: int) -> str:
    """Return at most `limit` bytes of UTF-8 of `text`, never half a character."""
    return text.encode("utf-8", "replace")[:limit].decode("utf-8", "ignore")


def spaced(text: str) -> str:
    """Return `text` with blanks where a release writes dots or underscores; initials keep their dots."""
    text = text.replace("_", " ")
    if " " not in text.strip(" -") or text.count(".") > 2 * text.count(" "):
        text = _INITIALS.sub(lambda found: found[0].replace(".", "\0"), text)
        text = text.replace(".", " ").replace("\0", ".")
    return re.sub(r"\s+", " ", text).strip()


def title(text: str) -> str:
    """Return the title that `text` starts with, empty when there is none."""
    head = before_junk(text)
    clean = _trim(spaced(_BRACKETED.sub(" ", head)) or spaced(head))
    return _shorter(clean, _FLAG) if head != text else clean


def title_before_year(text: str) -> str:
    """Return the title that stands before a year; of flags only an edition can stand in between."""
    return _shorter(title(text), _EDITION_AT_END)


def before_junk(text: str) -> str:
    """Return what stands before the first word that is about the file and not about the work."""
    found = JUNK.search(text)
    return text[: found.start()] if found else text


def flags_then_junk(text: str) -> bool:
    """Say whether nothing but words about the file follows: `.Extended.Cut.German.1080p.BluRay`."""
    head = before_junk(text)
    return head != text and _shorter(f"X {_trim(spaced(head))}", _FLAG) in ("X", "X ")


def edition(text: str) -> str | None:
    """Return the version of a movie that `text`, what follows its title, names."""
    found = _EDITION.search(spaced(text))
    return re.sub(r"(?i)director'?s", "Director's", found[0].title()) if found else None


def named(directories: Sequence[str]) -> list[str]:
    """Return the directories from the first on that names a work and does not merely sort files."""
    names = list(directories)
    while names and key(names[0]) in CATEGORIES:
        names.pop(0)
    return names


def key(text: str | None) -> str:
    """Return what is left of a title when spelling, case and separators do not count."""
    folded = unicodedata.normalize("NFKD", text or "").casefold().replace("&", " and ")
    kept = "".join(
        char for char in folded if not unicodedata.combining(char) and char not in "'\u2019"
    )
    return " ".join(re.sub(r"[\W_]+", " ", kept).split())


def gibberish(text: str) -> bool:
    """Say whether `text` is a hash or another name made by a program, so that it tells nothing."""
    word = re.sub(r"[\W_]+", "", text)
    if re.fullmatch(r"(?i)[0-9a-f]{16,}", word):
        return True
    changes = len(re.findall(r"[a-z][A-Z0-9]|[0-9][A-Za-z]", word))
    return (
        len(text.split()) == 1 and "." not in text and len(word) >= 12 and changes * 4 >= len(word)
    )


def _shorter(text: str, ending: re.Pattern[str]) -> str:
    while (shorter := _trim(ending.sub("", text))) != text:
        if key(shorter) in ARTICLES:
            return text
        text = shorter
    return text


def _trim(text: str) -> str:
    text = text.strip(_SEPARATORS)
    for opening, closing in ("()", "[]", "{}"):
        if text.count(opening) > text.count(closing):
            at = text.rindex(opening)
            text = text[:at] if at else text[1:]
        elif text.count(closing) > text.count(opening):
            text = text.replace(closing, " ")
        text = re.sub(rf"\{opening}\s*\{closing}", " ", text)
    text = re.sub(r"\s+", " ", text).strip(_SEPARATORS)
    text = text if _DOT_STAYS.search(text) else text.rstrip(". ")
    return text if _LETTER.search(text) else ""


ARTICLES = frozenset(["", *"a an the das der die el la le les los il lo gli de het".split()])
CATEGORIES = frozenset(
    (
        "tv shows,tv series,new folder,anime,audio,audiobooks,audio books,books,complete,completed,download,downloads,ebooks,films,"
        "flac,hörbücher,inbox,incoming,media,movies,mp3,music,musik,new,serien,series,shows,temp,tmp,tv,unsorted,various,video,videos"
    ).split(","),
)
"""Directories that sort files and do not name a work; as `key` gives them."""

YEAR = r"(?:18[89]|19\d|20[0-3])\d"
"""A year in which a work can have come out."""

_PROVIDERS = {
    "imdbid": "imdb",
    "tmdbid": "tmdb",
    "tvdbid": "tvdb",
    "tvmazeid": "tvmaze",
    "anidbid": "anidb",
}
_ID = re.compile(
    r"(?i)[\[({]\s*((?:imdb|tmdb|tvdb|tvmaze|anidb|anilist|anisearch)(?:id)?)\s*[-=:]\s*(tt\d+|\d+)\s*[\])}]",
)
_IMDB = re.compile(r"(?i)(?<![a-z0-9])tt\d{7,8}(?![a-z0-9])")
_IMDB_BRACKETED = re.compile(r"(?i)[\[({]?(?<![a-z0-9])tt\d{7,8}(?![a-z0-9])[\])}]?")
_EDITION_LABEL = re.compile(r"(?i)\{\s*edition[- ]([^{}]+)\}")
_ADDRESS = re.compile(
    r"(?i)^(?:from\s*)?(?:[\[({【]\s*(?:www?\s?[.,]\s?)?[\w-]+(?:\.[\w-]{2,}){1,3}\s*[\])}】][\s._-]*"
    r"|(?:www?[.,][\w-]+(?:\.[\w-]{2,}){1,3}|[\w-]+\.(?:com|org|net|tv|to|de|ca|info|me|pl|ru))\s+-+\s*)",
)
_GROUP = re.compile(r"(?i)^\s*(?!\[(?:S?\d{1,2})\])(?:\[[^\[\]]{1,80}\]|【[^【】]{1,80}】)[\s._-]*")
_INITIALS = re.compile(r"(?<![^\W_])(?:[^\W\d_]\.){2,}(?:[^\W\d_](?![^\W_]))?")
_LETTER = re.compile(r"[^\W_]")
_SEPARATORS = " -\u2013\u2014_,;:+~/\\|#="
_BRACKETED = re.compile(r"\[[^\[\]]*\]|\{[^{}]*\}|【[^【】]*】")
_DOT_STAYS = re.compile(r"(?:\b\w\.){2,}$|\.\.\.$|\b(?:Bros|Jr|Sr|Dr|St|vs|Vol|No)\.$")

_EDGE, _END = r"(?<![^\W_])", r"(?![^\W_])"
JUNK = re.compile(
    _EDGE
    + r"(?i:(?:m|hd)?(?:360|480|540|576|720|1080|1440|2160|4320)[pi]\d{0,2}(?:hd|p?24|p?25)?|\d{3,4} ?[x\xd7*] ?\d{3,4}p?|4k|uhd|ultra-?hd"
    r"|(?:full-?)?(?:bd|br|hd|web|dvd|vhs|tv|sat|dth|ppv|vod|dsr|cam|micro)-?(?:dl)?-?(?:rip|remux|mux)(?:mux|per)?|blu-?ray\w{0,6}|bd(?:25|50|1080p?)|remux"
    r"|web-?(?:dl|cap|hd)(?:rip|mux)?|(?:u?hd|pd|sd|a?hd)tv|ahdtv|dtvrip|hd-?(?:dvd|ts|tc|cam)|dvd(?:[-. ]?(?:r|scr|5|9|full))?|full ?dvd|bdscr"
    r"|dsr|telesync|telecine|screener|dvb|[xh][. ]?26[45](?:-\w+)?|x\.?vid|div[. ]?x(?:\d[.\d]*)?|hevc\d*|avc(?:hd)?|av1|vc-?1|mpe?g-?2"
    r"|(?:8|10|12)-?bits?|hi10p?|aac(?:-?lc|\d(?:\.\d)?)?|e?ac-?3d?(?:\.?\d\.\d)?|dts(?:-?(?:hd|es|x|ma))*(?:\d\.\d)?|dd[p+]?[ .]?\d[. ]\d|ddp\w*"
    r"|true-?hd|(?:dolby|atmos)\w*|flac(?:x?\d[.\d]*)?|hdr(?:10\+?|\d*)|truefrench|vost(?:fr|a)|fastsub|subfrench|readnfo|read\.nfo|nfo-?fix|(?:ntsc|pal)(?=[ .]dvd)"
    r"|ova-?rip|\d{3,5} ?(?:mb|kbps)|\d\.\d+ ?gb|half-?(?:ou|sbs)|h-?(?:sbs|ou)|vr[. ]?(?:180|360)"
    r")" + _END,
)

_EDITION_WORDS = (
    r"extended(?: director'?s)?(?: (?:cut|edition|version))?|director'?s (?:cut|edition)|(?:final|assembly|alternative) cut"
    r"|theatrical(?: (?:cut|release|version))?|unrated(?: (?:cut|edition))?|uncut|uncensored|redux|open matte|imax(?: edition)?"
    r"|remastered|colorized|criterion(?: (?:collection|edition))?|fan ?edit"
    r"|(?:special|collector'?s|ultimate|limited|deluxe|diamond|signature|platinum|(?:\d\d(?:st|nd|rd|th) )?anniversary) edition"
)
_EDITION = re.compile(rf"(?i)(?<!\w)(?:{_EDITION_WORDS})(?!\w)")
_EDITION_AT_END = re.compile(
    rf"[ (\[-]+(?:(?i:(?:{_EDITION_WORDS})(?: (?:german|french|english|italian|spanish))?)|OM|DC|CUSTOM)[)\]]?$",
)
_FLAG = re.compile(
    r"[ ,+&/(\[-]+(?:(?i:proper|repack\d?|rerip|internal|limited|hybrid|upscaled?|complete(?: (?:series|season|collection))?|stv"
    r"|festival|fhd|retail|batch|3d|dual(?:[ -]audio)?|multi(?:[ -]?(?:audio|subs?|lang))?|dubbed|subbed|subs?|[em]subs?"
    r"|french|german|english|spanish|italian|ita|eng|esp|castellano|latino|russian|rus|hindi|tamil|telugu|malayalam|japanese"
    r"|korean|chinese|swedish|norwegian|danish|finnish|dutch|polish|portuguese|nordic|turkish|flemish|pt-br|v[2-4]"
    rf"|{_EDITION_WORDS})|DL|ML|V[FO][FQI]?|REAL|LiNE|LINE|DC|OM|HC|HQ|SDR|SBS|WS|Custom|AMZN|NF|DSNP|HMAX|MAX|ATVP|HULU|iP|PCOK|PMTP"
    r"|STAN|CR|HBO|iT|WEB|Web|TS|TC|CAM|HDR|DV|R[56]|CD\d?|DVD\d?|BD|PL)[)\]]?$",
)
