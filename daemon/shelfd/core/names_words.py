"""Where a title ends: what release groups and libraries write around it in one path component."""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from shelfd.core.names_junk import BEFORE_YEAR, EDITION, EDITION_AT_END, FLAG, JUNK, LEADING_JUNK
from shelfd.core.names_script import bracketed, latin

LONGEST = 255
"""Bytes of a component that are looked at; no file system here keeps longer names."""


class Component(NamedTuple):
    """One path component without what is certain not to be its title."""

    text: str
    ids: dict[str, str]
    edition: str | None
    group: str
    """What stood in brackets before it, as is the custom of those who release anime; empty for nothing."""


def component(raw: str) -> Component:
    """Take ids, edition, web address and leading release group off one path component."""
    text = _LONG_GAP.sub(" ", unicodedata.normalize("NFC", cut(raw, LONGEST)))
    text = re.sub(r"[^\S ]", " ", text).replace("\uff0f", " / ")
    text = _WIDE_DASH.sub("-", text.replace("\uff08", "(").replace("\uff09", ")"))
    text = _UNDERSCORE.sub(" ", text if text.isascii() else text.replace(" _ ", " / "))
    text = text.replace("+", " ") if _PLUS_FOR_BLANK.fullmatch(text) else text
    text = _without_tag(text)
    text = _DASHED.sub(" - ", text)
    ids: dict[str, str] = {}
    for found in _ID.finditer(text):
        ids.setdefault(_PROVIDERS.get(found[1].lower(), found[1].lower()), found[2])
    bare = _IMDB.search(text)
    if bare:
        ids.setdefault("imdb", bare[0].lower())
    labelled = _EDITION_LABEL.search(text)
    for noise in (_ID, _IMDB_BRACKETED, _EDITION_LABEL):
        text = noise.sub(" ", text)
    text = _CHECKSUM.sub("[]", text)
    text = re.sub(r"(?i)^\((?:CD|disc ?)?\d{1,2}\)\s*(?=\w)", "", _ADDRESS.sub("", text.strip()))
    text = _ADDRESS_WITHIN.sub(" ", text)
    text = _BEFORE_GROUP.sub("", _SCENE_GROUP.sub("", _LABEL.sub("", text)))
    rest = _LABEL.sub("", _GROUP.sub("", text))
    edition = labelled[1].strip() if labelled else None
    if re.search(r"\w", rest) is None:
        return Component(text, ids, edition, group="")
    return Component(rest, ids, edition, group=text[: len(text) - len(rest)])


def _without_tag(text: str) -> str:
    """Leave out who passed a release on, as it is put behind: `Title.2014.1080p.WEB-GRP[site]`."""
    tag = _TAG_AT_END.search(text)
    if not tag or JUNK.search(tag[0]) or (tag[1] == "]" and not JUNK.search(text[: tag.start()])):
        return text
    return text[: tag.start(2)]


def cut(text: str, limit: int) -> str:
    """Return at most `limit` bytes of UTF-8 of `text`, never half a character."""
    return text.encode("utf-8", "replace")[:limit].decode("utf-8", "ignore")


def spaced(text: str) -> str:
    """Return `text` with blanks where a release writes dots or underscores; initials keep their dots."""
    text = text.replace("_", " ")
    blanks = text.replace(" - ", "").strip(" -").count(" ")
    if not blanks or text.count(".") > 2 * blanks:
        text = _INITIALS.sub(lambda found: found[0].replace(".", "\0") + " ", text)
        text = text.replace(".", " ").replace("\0", ".")
    return re.sub(r"\s+", " ", text).strip()


def title(text: str) -> str:
    """Return the title that `text` starts with, empty when there is none."""
    head = before_junk(text)
    if not _LETTER.search(head) and (led := LEADING_JUNK.match(text)):
        text = text[led.end() :]
        head = before_junk(text)
    head = _first_name(head)
    inside = bracketed(head)
    bare = latin(inside) or latin(_BRACKETED.sub(" ", head)) or head
    clean = _trim(spaced(bare))
    return _shorter(clean, FLAG) if head != text else clean


def _first_name(text: str) -> str:
    """Leave out the other names of a work, which `AKA` stands before; of two scripts keep the Latin one."""
    names = [name for name in _ALSO_KNOWN_AS.split(text) if _LETTER.search(name)]
    if len(names) < 2 or _ALSO_KNOWN_AS.match(text):
        return text
    return next((name for name in names if latin(name) == name and name.isascii()), names[0])


def title_before_year(text: str) -> str:
    """Return the title that stands before a year; of flags only an edition can stand in between."""
    clean = title(text)
    return _shorter(clean, EDITION_AT_END if clean.isupper() else BEFORE_YEAR)


def before_junk(text: str) -> str:
    """Return what stands before the first word that is about the file and not about the work."""
    found = JUNK.search(text)
    return text[: found.start()] if found else text


def flags_then_junk(text: str) -> bool:
    """Say whether nothing but words about the file follows: `.Extended.Cut.German.1080p.BluRay`."""
    head = before_junk(text)
    return head != text and _shorter(f"X {_trim(spaced(head))}", FLAG) in ("X", "X ")


def edition(text: str) -> str | None:
    """Return the version of a movie that `text`, what follows its title, names."""
    found = EDITION.search(spaced(text))
    return re.sub(r"(?i)director'?s", "Director's", found[0].title()) if found else None


def edition_by_form(text: str) -> str | None:
    """Return a version that nobody knows by its words, from what follows title and year: `Black and Chrome Edition`."""
    for found in _NAMED_EDITION.finditer(spaced(text)):
        words = found[0].split()
        while FLAG.fullmatch(f" {words[0]}") or JUNK.fullmatch(words[0]):
            words.pop(0)
        if len(words) > 1:
            return " ".join(words)
    return None


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
    if re.fullmatch(r"(?i)[0-9a-f]{16,}", re.sub(r"[\W_]+", "", text)) or _CODES.fullmatch(text):
        return True
    words = text.split()
    long = sum(map(len, words)) >= 12
    return long and "." not in text and all(_scrambled(word) for word in words)


def _scrambled(word: str) -> bool:
    """Say whether letters of both cases and digits take turns, as in no word that people write."""
    if len(re.split("[_-]+", word)) > 2 or _NUMBERED.search(word):
        return False
    word = re.sub(r"[\W_]+", "", word)
    turns = len(re.findall(r"[a-z][A-Z0-9]|[0-9][A-Za-z]", word))
    return len(word) >= 10 and turns * (5 if len(word) >= 24 else 4) >= len(word)


def _shorter(text: str, ending: re.Pattern[str]) -> str:
    while (shorter := _trim(ending.sub("", text))) != text:
        if key(shorter) in ARTICLES:
            return text
        text = shorter
    return text


def _trim(text: str) -> str:
    text = text.strip(_SEPARATORS)
    for opening, closing in ("()", "[]", "{}"):
        while text.count(opening) > text.count(closing):
            at = text.rindex(opening)
            text = text[:at].rstrip(_SEPARATORS) if at else text[1:]
        if text.count(closing) > text.count(opening):
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
_NAMED_EDITION = re.compile(
    r"(?<![^\s\[({-])(?:[A-Z][\w'&]* (?:(?:and|of|the|&) ){0,2}){1,5}(?:Edition|Cut)(?![^\W_])"
)
_CHECKSUM = re.compile(r"(?i)(?<=.)(?:\[(?=\d*[A-F])[0-9A-F]{8}\]|\((?=\d*[A-F])[0-9A-F]{8}\))")
"""`[32E03F96]`, in which one could read a number."""
_EDITION_LABEL = re.compile(r"(?i)\{\s*edition[- ]([^{}]+)\}")
_ADDRESS = re.compile(
    r"(?i)^(?:from\s*)?(?:[\[({【]\s*(?!\d+\.\d+\]|[^\[\]]*\d[ex]\d)(?:www?\s?[.,]\s?)?[\w-]+(?:\.[\w-]{2,}){1,3}\s*[\])}】][\s._-]*"
    r"|(?:www?[., ][\w-]+(?:[. ][\w-]{2,}){1,3}|[\w-]+\.(?:(?:com|org|net|co)(?:\.[a-z]{2})?|tv|to|de|ca|info|me|pl|ru))\s+-+\s*"
    rf"|(?:www\.[\w-]+\.[a-z]{{2,4}}[\s.]+|[\w-]+\.(?:com|org|net|info)\s+)(?=[^\W\d_])(?!{JUNK.pattern}))",
)
_ADDRESS_WITHIN = re.compile(
    r"(?i)[\[({]?\s*(?<![^\W_])www\.[\w-]+\.[a-z]{2,4}(?![^\W_])\s*[\])}]?"
)
_LABEL = re.compile(
    r"(?i)^(?:\[?(?:hd|sd|uhd)?[ _]?\d{3,4}p\]?[ _]?:|\d{6}(?=[ .]\S*[^\W\d])|★?[\d一二三四五六七八九十]{1,3}月新番★?)[ _.]*"
)
_SCENE_GROUP = re.compile(
    r"^(?:(?=[^\W\d_]*[a-z][A-Z])(?!Mc|Mac|De|La|Di)[A-Za-z]{2,10}|[a-z0-9]{2,10}(?=-the\.)|[b-df-hj-np-tv-xz]{3,8})-(?=[A-Za-z0-9]+[.])",
)
"""`FoV-Show.Name.S01E01`, `ulshd-the.right.stuff.1983`: a group that writes its name first."""
_GROUP = re.compile(
    r"(?i)^\s*(?!\[(?:(?:S?\d{1,2}|\d{1,2}\.\d\d)\]|S\d{1,2}E\d))(?:\[[^\[\]]{1,80}\]|【[^【】]{1,80}】"
    r"|\((?=[^()\s]*[^\W\d_])[^()\s]{2,20}\)(?= ?[^\W_(].* - \d{2,4}(?![^\W_])))[\s._-]*"
)
_BEFORE_GROUP = re.compile(r"^\w{1,12}[ .](?=\[[^\[\]]{2,40}\][ _.]?[^\W_][^\[\]]* - \d)")
"""Who posted it, or its place in a list: `37 [Group] Show - 37`."""
_LONG_GAP = re.compile(r"[\s._-]{12,}")
_UNDERSCORE = re.compile(r"(?<!\d)_|_(?!\d)")
_PLUS_FOR_BLANK = re.compile(r"[^\s._+]+(?:\+[^\s._+]+){2,}")
"""As a web address writes blanks: `Show+Episode+3`."""
_TAG_AT_END = re.compile(r"([^\W_]|\])(\[[A-Za-z]{2,8}\])$")
_WIDE_DASH = re.compile(r"(?<=\d)[\uff5e\u301c\u2014](?=[Ee]?\d)")
_DASHED = re.compile(r"(?<=[^\s._-])[._]+-[._]+(?=[^\s._-])")
_INITIALS = re.compile(r"(?<![^\W_])(?:[^\W\d_]\.){2,}(?:[^\W\d_](?![^\W_]))?")
_CODES = re.compile(r"(?:(?=[a-z]*\d|[A-Z]*\d)[0-9A-Za-z]{6,}-){2,}(?=[A-Za-z]*\d)[0-9A-Za-z]{6,}")
"""`XD607ebb-BRc59935-5155473f`"""
_ALSO_KNOWN_AS = re.compile(r"(?:^|[ ._]+)(?:AKA|[Aa]\.[Kk]\.[Aa])(?:[ ._]+|\.$)")
_NUMBERED = re.compile(r"(?i)(?<![^\W_])S\d\d?E\d\d(?!\d)")
_LETTER = re.compile(r"[^\W_]")
_SEPARATORS = " -\u2013\u2014_,;:+~/\\|#="
_BRACKETED = re.compile(
    r"(?!(?<=[^\W\d_] )\[[^\W\d_]{5,}\] [^\W\d_]{2})\[[^\[\]]*\]|\{[^{}]*\}|【[^【】]*】"
)
_DOT_STAYS = re.compile(r"(?:\b\w\.){2,}$|\.\.\.$|\b(?:Bros|Jr|Sr|Dr|St|vs|Vol|No)\.$")
