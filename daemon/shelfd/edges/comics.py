"""Read what a comic in a zip says of itself: ComicInfo.xml, as ComicRack began it and all comic readers keep it."""

import zipfile
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from shelfd.core.xml_documents import LONGEST, DamagedError, inner, parsed, tag_of, text_of
from shelfd.edges.tag_names import clean, number

INFO = "comicinfo.xml"
LISTS = {"Writer": "author", "Publisher": "publisher"}


def info(path: bytes) -> dict[str, str]:
    """Return the tags of a comic under shelfd's names; none when it says nothing that is understood."""
    try:
        with open(path, "rb") as file, zipfile.ZipFile(file) as archive:
            member = next((name for name in archive.namelist() if name.lower() == INFO), None)
            if member is None:
                return {}
            with archive.open(member) as inside:
                data = inside.read(LONGEST + 1)
        roots = parsed(text_of(data)).roots if len(data) <= LONGEST else []
    # a comic is there to be looked at, whatever is wrong with what describes it
    except (zipfile.BadZipFile, DamagedError, NotImplementedError, RuntimeError, EOFError):
        return {}
    said = {
        name: text for root in roots[:1] for name, value in _said(root) if (text := clean(value))
    }
    if "title" not in said and "series" in said:
        said["title"] = " #".join(said[name] for name in ("series", "sequence") if name in said)
    return said


def _said(root: Element) -> Iterator[tuple[str, str]]:
    texts = {tag_of(child): inner(child) for child in root}
    yield "title", texts.get("Title", "")
    yield "series", texts.get("Series", "")
    yield "sequence", number(texts.get("Number", ""))
    for name, ours in LISTS.items():
        yield ours, "; ".join(one.strip() for one in texts.get(name, "").split(",") if one.strip())
    year = texts.get("Year", "")
    yield "date", year if len(year) == 4 and year.isascii() and year.isdigit() else ""
