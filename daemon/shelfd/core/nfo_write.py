"""Metadata files as Kodi, Jellyfin and audiobookshelf read them: made anew, or filled in where somebody else made them.

What is there already stays as it is, in its order, with all that is not understood: only what is missing is added.
A file that says `<lockdata>true</lockdata>`, or that is no such file, stays untouched.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement

import msgspec

from shelfd.core.nfo import NFO, Form, Sheet, clean
from shelfd.core.nfo_read import MUSICBRAINZ
from shelfd.core.xml_documents import (
    LONGEST,
    DamagedError,
    Document,
    add,
    inner,
    made,
    parsed,
    tag_of,
    text_of,
    written,
)


class Field(NamedTuple):
    """One element below a root."""

    tag: str
    text: str
    attributes: dict[str, str]


class UntouchedError(Exception):
    """A metadata file is to stay as it is; the text of the error is half a sentence."""


def new(sheets: Sequence[Sheet]) -> bytes:
    """Return a metadata file of these sheets, which are all of one form, or several episodes."""
    cleaned = [clean(sheet) for sheet in sheets]
    if cleaned[0].form is Form.AUDIOBOOK:
        return _audiobook(cleaned[0])
    if cleaned[0].form is Form.BOOK:
        return written(made([_package(cleaned[0])]))
    return written(made([_root(sheet) for sheet in cleaned]))


def merged(data: bytes, sheets: Sequence[Sheet]) -> bytes:
    """Return a metadata file with what it lacks, `data` itself when that is nothing; UntouchedError when it is to stay."""
    if sheets[0].form not in NFO:
        # audiobookshelf and Calibre write theirs from what their owner edits, and know no lock
        raise UntouchedError("its owner's program keeps it")
    if len(data) > LONGEST:
        raise UntouchedError("it is too long")
    try:
        document = parsed(text_of(data))
    except DamagedError as error:
        raise UntouchedError(str(error)) from error
    mine = [root for root in document.roots if root.tag == sheets[0].form]
    if not mine:
        raise UntouchedError(f"there is no {sheets[0].form} in it")
    if any(_is_locked(root) for root in document.roots):
        raise UntouchedError("it is locked")
    changes = [_fill(document, mine, clean(sheet)) for sheet in sheets]
    return written(document) if any(changes) else data


def is_metadata(data: bytes, sheets: Sequence[Sheet]) -> bool:
    """Say whether a file is one of the form of these sheets, and not, say, the art of a scene group."""
    try:
        return any(root.tag == sheets[0].form for root in parsed(text_of(data[:LONGEST])).roots)
    except DamagedError:
        return False


def _is_locked(root: Element) -> bool:
    return any(
        tag_of(child).lower() == "lockdata" and inner(child).lower() == "true" for child in root
    )


def _fill(document: Document, mine: Sequence[Element], sheet: Sheet) -> bool:
    """Add to the root element of this sheet what it lacks, or the whole root; say whether that was anything."""
    root = _same(mine, sheet)
    if root is None:
        last = document.top[-1]
        last.tail = (last.tail or "").rstrip() + "\n"
        document.top.append(made([_root(sheet)]).top[0])
        return True
    changed = False
    for field in _fields(sheet):
        there = [child for child in root if _is(child, field)]
        if any(inner(child) for child in there):
            continue
        changed = True
        if there:
            there[0].text = field.text
        else:
            attributes = dict(field.attributes)
            if _has_default(root):
                attributes.pop("default", None)
            add(root, field.tag, field.text, attributes)
    return changed


def _same(mine: Sequence[Element], sheet: Sheet) -> Element | None:
    """Return the root element that is about the same work; of episodes that with the same numbers."""
    if sheet.form is not Form.EPISODE or sheet.episode is None:
        return mine[0]
    for root in mine:
        numbers = tuple(_number(root, tag) for tag in ("season", "episode"))
        if numbers in ((sheet.season, sheet.episode), (None, sheet.episode)):
            return root
    # one that does not say which it is can only be meant for the one there is
    return mine[0] if len(mine) == 1 and _number(mine[0], "episode") is None else None


def _number(root: Element, tag: str) -> int | None:
    text = next((inner(child) for child in root if child.tag == tag), "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _is(child: Element, field: Field) -> bool:
    if tag_of(child).lower() != field.tag.lower():
        return False
    return field.tag != "uniqueid" or child.get("type", "").lower() == field.attributes["type"]


def _has_default(root: Element) -> bool:
    return any(child.tag == "uniqueid" and child.get("default") == "true" for child in root)


def _root(sheet: Sheet) -> Element:
    root = Element(str(sheet.form))
    for field in _fields(sheet):
        SubElement(root, field.tag, field.attributes).text = field.text
    return root


def _fields(sheet: Sheet) -> Iterator[Field]:
    """Return the elements that say what the sheet does, in the order in which Kodi writes them."""
    named = "name" if sheet.form is Form.ARTIST else "title"
    numbered = "seasonnumber" if sheet.form is Form.SEASON else "season"
    year = sheet.year if sheet.form is not Form.EPISODE else None
    for tag, value in (
        (named, sheet.title),
        ("showtitle", sheet.show),
        ("artist", sheet.artist),
        ("albumartist", sheet.artist),
        (numbered, sheet.season),
        ("episode", sheet.episode),
        ("year", year),
        ("aired", sheet.date),
    ):
        if value not in ("", None):
            yield Field(tag, str(value), {})
    for tag in MUSICBRAINZ:
        if tag in sheet.ids:
            # Kodi spells that of an artist so, and Jellyfin takes any case
            one = "musicBrainzArtistID" if tag == "musicbrainz_artistid" else tag.replace("_", "")
            yield Field(one, sheet.ids[tag], {})
    yield from _unique_ids(sheet)


def _unique_ids(sheet: Sheet) -> Iterator[Field]:
    """Return the ids at providers; the default is the one by which most scrapers look a work up."""
    first = ("tvdb", "tmdb", "imdb") if sheet.form is Form.SHOW else ("tmdb", "imdb", "tvdb")
    rest = sorted(set(sheet.ids) - set(first) - set(MUSICBRAINZ))
    known = [provider for provider in (*first, *rest) if provider in sheet.ids]
    for provider in known:
        default = {"default": "true"} if provider == known[0] else {}
        yield Field("uniqueid", sheet.ids[provider], {"type": provider, **default})


def _package(sheet: Sheet) -> Element:
    """Return an OPF 2 as Calibre writes it, which Jellyfin and audiobookshelf read."""
    package = Element("package", {"xmlns": "http://www.idpf.org/2007/opf", "version": "2.0"})
    spaces = {
        "xmlns:dc": "http://purl.org/dc/elements/1.1/",
        "xmlns:opf": "http://www.idpf.org/2007/opf",
    }
    metadata = SubElement(package, "metadata", spaces)
    for tag, value, attributes in (
        ("dc:title", sheet.title, {}),
        *(("dc:creator", author, {"opf:role": "aut"}) for author in sheet.authors),
        ("dc:date", f"{sheet.year:04}" if sheet.year else "", {}),
        ("dc:identifier", sheet.isbn, {"opf:scheme": "ISBN"}),
        ("dc:identifier", sheet.asin, {"opf:scheme": "ASIN"}),
    ):
        if value:
            SubElement(metadata, tag, attributes).text = value
    if sheet.series:
        SubElement(metadata, "meta", {"name": "calibre:series", "content": sheet.series})
    if sheet.series and sheet.sequence:
        SubElement(metadata, "meta", {"name": "calibre:series_index", "content": sheet.sequence})
    return package


def _audiobook(sheet: Sheet) -> bytes:
    """Return what audiobookshelf reads before tags and names; what is not known is left out, and so left to those."""
    said: dict[str, object] = {
        "title": sheet.title,
        "authors": sheet.authors,
        "narrators": sheet.narrators,
        "series": (_counted(sheet),) if sheet.series else (),
        "publishedYear": f"{sheet.year:04}" if sheet.year else "",
        "isbn": sheet.isbn,
        "asin": sheet.asin,
    }
    known = {key: value for key, value in said.items() if value}
    return msgspec.json.format(msgspec.json.encode(known), indent=2) + b"\n"


def _counted(sheet: Sheet) -> str:
    return f"{sheet.series} #{sheet.sequence}" if sheet.sequence else sheet.series
