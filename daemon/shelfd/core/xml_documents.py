"""XML as people and players leave it beside media: bytes to elements and back, whatever the bytes are.

Rules that hold for all of it:
- no document type and no entity is taken, so that nothing grows while it is read and nothing is fetched
- several root elements in one file, and text such as an address behind them, are as Kodi writes them
- what is not understood, comments too, is kept in its place when the document is written again
"""

import re
from collections.abc import Callable
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement, TreeBuilder, indent, tostring
from xml.parsers import expat

from shelfd.core.paths import guessed

LONGEST = 1 << 20
"""Bytes of a document that is read at all; those of players take some kilobytes."""
DEEPEST = 64
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


class DamagedError(Exception):
    """The text is no XML that is understood; the text of the error is half a sentence."""


class Document(NamedTuple):
    """Elements, and what stands behind the last of them."""

    top: Element
    """Made up: its children are the root elements of the file, with the comments between them."""
    after: str
    """Text, as it is: an address, or nothing."""

    @property
    def roots(self) -> list[Element]:
        """Return the root elements, in their order."""
        return [child for child in self.top if tag_of(child)]


def text_of(data: bytes) -> str:
    """Return the text that these bytes are, by mark, by what is declared, or else by what they can be; never raises."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace").lstrip("\ufeff")
    declared = _DECLARED.match(data)
    name = declared[1].decode("ascii").lower() if declared else ""
    if _KNOWN.fullmatch(name):
        try:
            return data.decode(name)
        except (UnicodeDecodeError, LookupError):
            pass  # it is declared wrong, as by tools that write one encoding and name another
    return guessed(data)


def parsed(text: str) -> Document:
    """Return the elements of a text; DamagedError when it holds none, or is no well-formed XML."""
    text = _PROLOGUE.sub("", text, count=1)
    start = text.find("<")
    if start < 0 or text[:start].strip():
        raise DamagedError("it does not begin with an element")
    end = _end(text)
    body = _DECLARATIONS.sub("", text[start:end])
    if _TYPE.search(body):
        raise DamagedError("it has a document type, as XML bombs do")
    top = _tree(f"<top>{body}</top>")
    document = Document(top, text[end:])
    if not document.roots:
        raise DamagedError("there is no element in it")
    return document


def written(document: Document) -> bytes:
    """Return the document as bytes."""
    body = "".join(tostring(child, "unicode") for child in document.top)
    # else a carriage return that was meant would be read as the end of a line
    text = body.rstrip().replace("\r", "&#13;") + (document.after or "\n")
    return (DECLARATION + text.lstrip()).encode()


def made(roots: list[Element]) -> Document:
    """Return a document of these root elements, each child on a line of its own."""
    top = Element("top")
    for root in roots:
        indent(root)
        root.tail = "\n"
        top.append(root)
    return Document(top, "\n")


def tag_of(element: Element) -> str:
    """Return the name of an element as it is written; empty for a comment."""
    tag: object = element.tag  # of a comment it is a function
    return tag if isinstance(tag, str) else ""


def add(parent: Element, tag: str, text: str, attributes: dict[str, str]) -> None:
    """Append a child, on a line like those before it."""
    last = parent[-1] if len(parent) else None
    child = SubElement(parent, tag, attributes)
    child.text = text
    if last is None:
        before, parent.text = parent.text, "\n  "
        child.tail = before if before and not before.strip() else "\n"
    else:
        child.tail = last.tail
        last.tail = parent.text if parent.text and not parent.text.strip() else "\n  "


def inner(element: Element) -> str:
    """Return the text of an element and all in it, on one line."""
    return " ".join("".join(element.itertext()).split())


def allowed(text: str) -> str:
    """Return text on one line that XML can hold: without control characters and halves of characters."""
    return " ".join(_FORBIDDEN.sub(" ", text).split())


def _end(text: str) -> int:
    """Return where the last element ends."""
    close = text.rfind("</")
    closed = text.find(">", close) + 1 if close >= 0 else 0
    end = max(closed, text.rfind("/>") + 2)
    if end < 2:
        raise DamagedError("no element in it is closed")
    return end


def _tree(text: str) -> Element:
    builder = TreeBuilder(insert_comments=True, insert_pis=True)
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    depth = _Depth(builder.start)
    parser.StartElementHandler = depth.start
    parser.EndElementHandler = depth.ends(builder.end)
    parser.CharacterDataHandler = builder.data
    parser.CommentHandler = builder.comment
    parser.ProcessingInstructionHandler = builder.pi
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)  # noqa: FBT003  # the standard library gives the argument no name
    except expat.ExpatError as error:
        raise DamagedError(f"it is no well-formed XML ({expat.ErrorString(error.code)})") from error
    return builder.close()


class _Depth:
    """Counts how deep elements lie in each other: what lies too deep cannot be written again."""

    def __init__(self, begin: Callable[[str, dict[str, str]], object]) -> None:
        self._begin = begin
        self._depth = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take an element; DamagedError when it lies too deep."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise DamagedError(f"its elements lie more than {DEEPEST} deep")
        self._begin(tag, attributes)

    def ends(self, end: Callable[[str], object]) -> Callable[[str], None]:
        """Return what takes the end of an element."""

        def ended(tag: str) -> None:
            self._depth -= 1
            end(tag)

        return ended


_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"<\0?\0", "utf-16-le"),
    (b"\0<\0?", "utf-16-be"),
)
_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,20})["']""")
_KNOWN = re.compile(
    r"utf-?8|us-ascii|iso-8859-\d{1,2}|(?:windows-|cp)125\d|koi8-[ru]|gb(?:k|2312|18030)|big5|shift_jis|euc-(?:jp|kr)"
)
_PROLOGUE = re.compile(r"\A\s*<\?xml\b[^>]*\?>")
_DECLARATIONS = re.compile(r"<\?xml\s[^>]*\?>")
_TYPE = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
