"""Which book the names of an e-book or an audiobook and of its directories mean."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from shelfd.core.names_junk import LANGUAGE
from shelfd.core.names_music import album, disc_of, plain
from shelfd.core.names_words import YEAR, component, key, named, spaced
from shelfd.core.parsed import Parsed


class Book(NamedTuple):
    """What one name says of a book; the authors' names stand before it or above it."""

    title: str
    subtitle: str | None = None
    author: str | None = None
    series: str | None = None
    sequence: str | None = None
    year: int | None = None
    narrator: str | None = None
    asin: str | None = None


class Told(NamedTuple):
    """A book with how sure it is, and by which rule."""

    book: Book
    confidence: float
    rule: str


def book(directories: Sequence[str], stem: str) -> Parsed:
    """Read `Author/Title/file`, `Author/Title`, and a file name alone, where author and title may be swapped."""
    names = named(directories)
    told = (
        _alone(stem)
        if not names
        else _in_author(names[-1], stem)
        if len(names) == 1
        else _in_title(names, stem)
    )
    return _parsed("book", told)


def audiobook(directories: Sequence[str], stem: str) -> Parsed:
    """Read `Author/[Series/]Title/01.mp3`, `Author/Title.m4b`, `Author - Title/01.mp3` and a file name alone."""
    names = named(directories)
    disc = disc_of(names[-1]) if names else None
    if disc is not None:
        names = names[:-1]
    number = _part(stem)
    if len(names) >= 2:
        told = _in_title(names, stem)
    elif not names:
        told = _alone(stem)
    elif number is None and key(stem) not in key(names[0]):
        told = _in_author(names[0], stem)
    else:
        told = _alone(names[0])
    return _parsed("audiobook", told, part=number, disc=disc)


def title_directory(names: Sequence[str], kind: str) -> Parsed:
    """Read the directory of a book, or a release, and those above it; `kind` is `book` or `audiobook`."""
    names = [_RELEASED.sub(_year_alone, name) for name in named(names) or list(names)]
    if len(names) > 1:
        return _parsed(kind, _in_title(names, names[-1]))
    if not _MUSIC.search(names[0]):
        return _parsed(kind, _alone(names[0]))
    release = album(names)
    found = Book(release.album or "", author=release.artist, year=release.year)
    return _parsed(kind, Told(found, release.confidence, release.rule))


def _year_alone(found: re.Match[str]) -> str:
    return f" ({found['year']})" if found["year"] else ""


def _in_title(names: Sequence[str], stem: str) -> Told:
    """Read a file in the directory of its book, which lies in its series or with its author."""
    title = _book(names[-1], author_first=False)
    author, series = (names[-3], names[-2]) if len(names) >= 3 else (names[-2], title.series)
    agrees = _part(stem) is not None or _same(title.title, stem)
    found = title._replace(author=spaced(author), series=spaced(series) if series else None)
    rule = "Author/Series/Title" if len(names) >= 3 else "Author/Title"
    detailed = (
        len(names) >= 3
        or title.year
        or title.sequence
        or title.narrator
        or _same(title.title, stem)
    )
    confidence = 0.6 if not agrees else 0.8 if detailed else 0.7
    return Told(found, confidence, f"{rule} in the directory names")


def _in_author(author: str, stem: str) -> Told:
    """Read a file in the directory of its author, or in one that names author and title."""
    named = _book(stem, author_first=True)
    if named.author and key(named.author) == key(author):
        return Told(named, 0.8, "Author/Author - Title")
    if named.author and key(named.title) == key(author):
        return Told(
            named._replace(author=named.title, title=named.author), 0.8, "Author/Title - Author"
        )
    folder = _book(author, author_first=True)
    if folder.author and _same(folder.title, stem):
        return Told(folder, 0.6, "Author - Title in the directory name")
    return Told(
        _book(stem, author_first=False)._replace(author=spaced(author)),
        0.6,
        "what may be Author/Title",
    )


def _alone(text: str) -> Told:
    """Read one name that says everything; which side of the dash is the author is a guess."""
    found = _BY.fullmatch(component(text).text)
    if found and " - " not in text:
        return Told(
            _book(found[1], author_first=False)._replace(author=found[2].strip()),
            0.5,
            "Title by Author",
        )
    named = _book(text, author_first=True)
    if named.author:
        return Told(
            named, 0.6 if named.sequence or named.narrator else 0.5, "what may be Author - Title"
        )
    return Told(named, 0.3 if named.title else 0.0, "a title without an author")


def _book(raw: str, *, author_first: bool) -> Book:
    """Read `[Author - ][Series 1 - ][Book 1 - ][1994 - ]Title[ - Volume 1][ (1994)] {Narrator} [ASIN]`."""
    asin, dated = _ASIN.search(raw), _YEAR_IN_BRACKETS.search(raw)
    placed = _PLACED.search(raw)
    raw = _PLACED.sub(" ", raw)
    narrator = _NARRATOR.search(raw) or _READ_BY.search(raw)
    text = spaced(_AROUND.sub(" ", _YEAR_IN_BRACKETS.sub(" - ", raw.strip(), count=1)))
    parts = [part.strip(" -") for part in _DASH.split(text) if part.strip(" -.")]
    book = Book(title="", year=int(dated[1]) if dated else None)
    kept: list[str] = []
    for at, part in enumerate(parts):
        read = _counted(part, at, len(parts), named=bool(kept))
        kept.append(read.pop("title", ""))
        book = book._replace(
            **{name: value for name, value in read.items() if not getattr(book, name)}
        )
    kept = [part for part in kept if part]
    author = kept.pop(0) if author_first and len(kept) > 1 else None
    if placed:
        book = book._replace(series=placed[1].strip(), sequence=placed[2])
    return book._replace(
        title=kept[0] if kept else "",
        subtitle=" - ".join(kept[1:]) or None,
        author=author,
        sequence=re.sub(r"^0+(?=\d)", "", book.sequence) if book.sequence else None,
        narrator=narrator[1].strip() if narrator else None,
        asin=asin[1] if asin else None,
    )


def _counted(part: str, at: int, count: int, *, named: bool) -> dict[str, Any]:
    """Read one of the parts between dashes: a year, a place in a series, a series with it, or a title."""
    if count > 1 and re.fullmatch(YEAR, part):
        return {"year": int(part)}
    if count > 1 and (
        found := _SEQUENCE.fullmatch(part) or (at == 0 and _BARE_SEQUENCE.fullmatch(part))
    ):
        return {"sequence": found[1]}
    if found := _SEQUENCE_BEFORE.fullmatch(part):
        return {"sequence": found[1], "title": found[2]}
    if named and at < count - 1 and (found := _SERIES.fullmatch(part)):
        return {"series": found[1], "sequence": found[2]}
    return {"title": part}


def _same(title: str, stem: str) -> bool:
    mine, theirs = key(title), key(_AROUND.sub(" ", stem))
    return bool(mine) and bool(theirs) and (mine in theirs or theirs in mine)


def _part(stem: str) -> int | None:
    """Return which of the files of one book this is, None when the name has no such number."""
    for pattern in _PARTS:
        if found := pattern.search(stem.strip()):
            return int(found[1])
    return None


def _parsed(kind: str, told: Told, part: int | None = None, disc: int | None = None) -> Parsed:
    found, title = told.book, plain(told.book.title.strip())
    return Parsed(
        kind=kind,
        title=title or None,
        subtitle=found.subtitle,
        author=found.author,
        series=found.series,
        sequence=found.sequence,
        year=found.year,
        narrator=found.narrator,
        asin=found.asin,
        part=part,
        disc=disc,
        confidence=told.confidence if title else 0.0,
        rule=told.rule if title else "no title in the names",
    )


_MUSIC = re.compile(
    r"(?i)(?<![^\W_])(?:mp3|flac|m4a|v0|\d?cd|\d{2,3} ?kbps)(?![^\W_])|dis[ck]ogra(?:ph|f)|\]-\w+$|[)\],.] (?:19|20)\d\d$|^[^-\s]+-[^-\s]+-\S+$|^[^-]*[^-\s]-(?:[^-\s][^-]*-)?\d{4}-[^-]"
)
"""Words and forms of music releases, which groups that release books use as well."""
_RELEASED = re.compile(
    rf"(?i)[ ._]+(?:\(?(?P<year>{YEAR})\)?[ ._]+)?(?:(?:{LANGUAGE}|retail|scan|comic|proper|repack)[ ._]+)*"
    r"(?:epub|mobi|azw3?|pdf|cb[rz]|e-?book)(?:[ ._]+e-?book)?(?:-\w+)?$"
)
"""What a release says behind the title: `.2012.Retail.EPUB.eBook-GRP`."""
_ASIN = re.compile(r"\[(B[0-9A-Z]{9})\]")
_NARRATOR = re.compile(r"\{([^{}]{2,})\}")
_PLACED = re.compile(r"\(([^()]*[^()\s,]),? #(\d{1,3}(?:\.\d{1,2})?)\)")
"""As libraries of books write it: `Title (Series, #2)`."""
_READ_BY = re.compile(
    r"(?:\[|\((?:read|narrated) by )(?!\w+ (?:Edition|Version))([A-Z][\w.'-]+(?: [A-Z][\w.'-]*){1,3})[\])]\s*$"
)
_YEAR_IN_BRACKETS = re.compile(rf"[\[(]({YEAR})[\])]")
_AROUND = re.compile(
    r"(?i)\{[^{}]*\}|\[[^\[\]]*\]|\((?:un)?abridged\)|\((?:audiobook|hörbuch|epub|mobi|azw3|pdf|retail|v\d[\d.]*|\d{1,6})\)",
)
_BY = re.compile(r"(.+?) by ([^()\[\]]+?)(?: ?[\[(].*)?")
_NUMBER = r"(\d{1,3}(?:\.\d{1,2})?)"
_DASH = re.compile(r"(?:^|\s+)[-\u2013]+(?:\s+|$)")
_BARE_SEQUENCE = re.compile(rf"{_NUMBER}\.?")
_SEQUENCE = re.compile(rf"(?i)(?:vol\.?|volume|book|band|bd\.?|teil|#) ?{_NUMBER}")
_SEQUENCE_BEFORE = re.compile(rf"(?i)(?:(?:vol\.?|volume|book|band) )?{_NUMBER}\. +(\D.*)")
_SERIES = re.compile(rf"(?i)(.*?\D),? (?:(?:vol\.?|volume|book|band) |#)?{_NUMBER}")
_PARTS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?i)\b(?:chapter|kapitel|part|teil|track|ch|pt)[ ._-]?(\d{1,3})\b",
        r"^(\d{1,3})(?=[ ._\-)]|$)",
        r"\((\d{1,3}) ?(?:of|von|/) ?\d{1,3}\)",
        r"[ ._-](\d{2,3})$",
    )
)
