"""Read what an EPUB or a comic says of itself, and check that any other book is what it is called."""

import re
import zipfile
from collections.abc import Iterator
from typing import NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from shelfd.core.media import Reading
from shelfd.core.paths import suffix
from shelfd.edges import comics
from shelfd.edges.guard import UnreadableError, guarded
from shelfd.edges.tag_names import clean, date, number

MOST_OF_A_MEMBER = 4 << 20
"""Bytes; the metadata of a book takes some kilobytes, and what is larger is a zip bomb."""

MAGIC = (
    ("mobi", 60, b"BOOKMOBI"),
    ("cbz", 0, b"PK\x03\x04"),
    ("cbr", 0, b"Rar!\x1a\x07"),
    ("cb7", 0, b"7z\xbc\xaf\x27\x1c"),
)
"""Format, offset and the bytes that are there."""

PDF_HEAD = 1024
"""`%PDF-` must be within so many bytes (ISO 32000, implementation note 13)."""

COMICS = frozenset(("cbz", "cbr", "cb7"))
"""Comic readers go by the content, so a zip that is called `.cbr` is no fault."""

EXPECTED = {
    ".pdf": frozenset(("pdf",)),
    ".mobi": frozenset(("mobi",)),
    ".azw3": frozenset(("mobi",)),
    ".cbz": COMICS,
    ".cbr": COMICS,
    ".cb7": COMICS,
}

ISBN = re.compile(r"(?:urn:)?(?:isbn:?)?((?:97[89])?\d{9}[\dx])", re.IGNORECASE)
ASIN_SCHEMES = frozenset(("amazon", "asin", "mobi-asin"))
NOT_PUBLISHED = frozenset(("conversion", "creation", "modification"))
UNKNOWN_DATE = "0101"
"""The year that Calibre writes when it knows none."""


@guarded
def read(path: bytes) -> Reading:
    """Return the metadata of an EPUB, the mere format of another book; never raises."""
    extension = suffix(path)
    if extension == ".epub":
        return Reading(format="epub", tags=_epub(path))
    with open(path, "rb") as file:
        head = file.read(PDF_HEAD)
    found = [kind for kind, offset, magic in MAGIC if head.startswith(magic, offset)]
    if b"%PDF-" in head:
        found.append("pdf")
    for kind in found:
        if kind in EXPECTED[extension]:
            return Reading(format=kind, tags=comics.info(path) if kind == "cbz" else {})
    raise UnreadableError(f"no {extension[1:].upper()} in it")


def _epub(path: bytes) -> dict[str, str]:
    try:
        with open(path, "rb") as file, zipfile.ZipFile(file) as archive:
            container = _tree(archive, "META-INF/container.xml")
            place = next((found.get("full-path", "") for found in container.iter("rootfile")), "")
            package = _tree(archive, place)
    except zipfile.BadZipFile as fault:
        raise UnreadableError("no EPUB in it") from fault
    except KeyError as missing:
        raise UnreadableError("no metadata of a book in it") from missing
    except expat.ExpatError as fault:
        raise UnreadableError("its metadata is no XML") from fault
    tags: dict[str, str] = {}
    for name, value in _said(package):
        if text := clean(value):
            tags.setdefault(name, text)
    return tags


def _tree(archive: zipfile.ZipFile, member: str) -> Element:
    """Return the member's XML with names and attributes without namespaces, which many books get wrong."""
    with archive.open(member) as file:
        data = file.read(MOST_OF_A_MEMBER + 1)
    if len(data) > MOST_OF_A_MEMBER:
        raise UnreadableError("its metadata is larger than that of any book")
    builder = TreeBuilder()
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: builder.start(
        _local(name), {_local(key): value for key, value in attributes.items()}
    )
    parser.EndElementHandler = lambda name: builder.end(_local(name))
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = _refuse_entities
    parser.Parse(data, True)  # noqa: FBT003  # the standard library gives the argument no name
    return builder.close()


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _refuse_entities(*_: object) -> NoReturn:
    raise UnreadableError("its metadata defines entities, as XML bombs do")


def _said(package: Element) -> Iterator[tuple[str, str]]:
    metas = list(package.iter("meta"))
    refined = {
        (meta.get("refines", "")[1:], meta.get("property", "")): _text(meta)
        for meta in metas
        if meta.get("refines")
    }
    yield "title", _title(package, refined)
    yield "author", "; ".join(_authors(package, refined))
    yield "date", _date(package)
    for name in ("language", "publisher"):
        yield name, next((_text(found) for found in package.iter(name)), "")
    yield from _identifiers(package)
    yield from _series(metas, refined)


def _text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _title(package: Element, refined: dict[tuple[str, str], str]) -> str:
    titles = [(found.get("id", ""), _text(found)) for found in package.iter("title")]
    titles.sort(key=lambda title: refined.get((title[0], "title-type"), "main") != "main")
    return titles[0][1] if titles else ""


def _authors(package: Element, refined: dict[tuple[str, str], str]) -> list[str]:
    """Return the creators that are authors; all creators when none is marked as one."""
    creators = [
        (_text(found), found.get("role") or refined.get((found.get("id", ""), "role"), "aut"))
        for found in package.iter("creator")
    ]
    authors = [name for name, role in creators if role == "aut"]
    return authors or [name for name, _ in creators]


def _date(package: Element) -> str:
    for found in package.iter("date"):
        written = date(_text(found))
        if found.get("event") not in NOT_PUBLISHED and not written.startswith(UNKNOWN_DATE):
            return written
    return ""


def _identifiers(package: Element) -> Iterator[tuple[str, str]]:
    for found in package.iter("identifier"):
        text, scheme = _text(found), found.get("scheme", "").lower()
        book_number = ISBN.fullmatch(text.replace("-", "").replace(" ", ""))
        if scheme in ASIN_SCHEMES:
            yield "asin", text
        elif book_number and (
            scheme == "isbn" or len(book_number[1]) == 13 or "isbn" in text.lower()
        ):
            yield "isbn", book_number[1].upper()


def _series(metas: list[Element], refined: dict[tuple[str, str], str]) -> Iterator[tuple[str, str]]:
    """Return series and place in it, as EPUB 3 says it or, before that, as Calibre does."""
    for meta in metas:
        key = meta.get("id", "")
        if meta.get("name") == "calibre:series":
            yield "series", meta.get("content", "")
        elif meta.get("name") == "calibre:series_index":
            yield "sequence", number(meta.get("content", ""))
        elif (
            meta.get("property") == "belongs-to-collection"
            and refined.get((key, "collection-type"), "series") == "series"
        ):
            yield "series", _text(meta)
            yield "sequence", number(refined.get((key, "group-position"), ""))
