"""What metadata files found beside media say: NFO files of Kodi and Jellyfin, of scene groups, OPF, metadata.json.

Nothing here raises, whatever the bytes are: what cannot be understood says nothing.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree.ElementTree import Element

import msgspec
from msgspec.structs import replace

from shelfd.core.nfo import NFO, Form, Sheet, clean
from shelfd.core.paths import suffix
from shelfd.core.xml_documents import LONGEST, DamagedError, inner, parsed, tag_of, text_of

MOST_ROOTS = 200
"""Of one file; the longest multi-episode files have a dozen."""


def read(path: bytes, data: bytes) -> tuple[Sheet, ...]:
    """Return what a metadata file says: one sheet of each root element, or of the addresses in it."""
    if len(data) > LONGEST:
        return ()
    if suffix(path) == ".json":
        return _audiobook(data)
    return _opf(data) if suffix(path) == ".opf" else _nfo(text_of(data))


def _nfo(text: str) -> tuple[Sheet, ...]:
    try:
        document = parsed(text)
    except DamagedError:
        return _links(text)
    found = [
        _sheet(Form(root.tag.lower()), root)
        for root in document.roots[:MOST_ROOTS]
        if root.tag.lower() in NFO
    ]
    if not found:
        return _links(text)
    behind = _addresses(document.after)
    first = replace(found[0], ids={**behind, **found[0].ids})
    return (first, *found[1:])


def _sheet(form: Form, root: Element) -> Sheet:
    """Return what one root element says; of an element that is there twice the last one counts, as in Jellyfin."""
    said = {
        tag_of(child).lower(): text
        for child in root
        if tag_of(child) and (text := inner(child)[:1000])
    }
    year = _YEAR.match(
        said.get("year")
        or said.get("premiered")
        or said.get("releasedate")
        or said.get("aired", "")
        if form is not Form.EPISODE
        else ""
    )
    day = _DAY.fullmatch(said.get("aired", ""))
    named = said.get("name", "") if form is Form.ARTIST else ""
    return clean(
        Sheet(
            form=form,
            title=named or said.get("title") or said.get("name") or said.get("localtitle", ""),
            year=int(year[0]) if year else None,
            show=said.get("showtitle", ""),
            season=_number(said.get("seasonnumber") or said.get("season", "")),
            episode=_number(said.get("episode", "")),
            date=day[0] if day and form is Form.EPISODE else "",
            artist=said.get("albumartist") or said.get("artist", "") if form is Form.ALBUM else "",
            ids=_ids(form, root, said),
            locked=said.get("lockdata", "").lower() == "true",
        )
    )


def _ids(form: Form, root: Element, said: Mapping[str, str]) -> dict[str, str]:
    """Return the ids of a root element: `uniqueid` counts before the elements of Jellyfin and of old Kodis."""
    pairs = [
        (child.get("type", "").lower(), inner(child))
        for child in root
        if tag_of(child).lower() == "uniqueid"
    ]
    pairs += [(provider, said.get(f"{provider}id", "")) for provider in ("tmdb", "imdb", "tvdb")]
    pairs.append(("imdb", said.get("imdb_id", "")))
    pairs += [("imdb" if form is Form.MOVIE else "tvdb", said.get("id", ""))]
    pairs += [(tag, said.get(tag.replace("_", ""), "")) for tag in MUSICBRAINZ]
    return _valid(pairs)


def _valid(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return, of each provider, the first id that has the form of its ids."""
    found: dict[str, str] = {}
    for provider, value in pairs:
        form = _ID_FORMS.get(provider, _ANY_ID)
        if _PROVIDER.fullmatch(provider) and form.fullmatch(value):
            found.setdefault(provider, value)
    return found


def _links(text: str) -> tuple[Sheet, ...]:
    """Return what addresses tell: all of them in a file of nothing else, only that at IMDb in a scene group's art."""
    ids = _addresses(text)
    if _ADDRESS.sub("", text).strip():
        ids = {provider: value for provider, value in ids.items() if provider == "imdb"}
    if not ids:
        return ()
    is_show = "tvdb" in ids or ("tmdb" in ids and "/tv/" in text)
    is_movie = "tmdb" in ids and not is_show
    form = Form.SHOW if is_show else Form.MOVIE if is_movie else Form.LINKS
    return (Sheet(form=form, ids=ids),)


def _addresses(text: str) -> dict[str, str]:
    """Return the ids in addresses, of each provider only when there is but one."""
    found: dict[str, set[str]] = {}
    for provider, pattern in _AT_PROVIDERS:
        for match in pattern.finditer(text):
            found.setdefault(provider, set()).add(match[1])
    return {provider: ids.pop() for provider, ids in found.items() if len(ids) == 1}


def _opf(data: bytes) -> tuple[Sheet, ...]:
    try:
        roots = parsed(text_of(data)).roots
    except DamagedError:
        return ()
    return tuple(_book(root) for root in roots[:1] if _local(root) == "package")


def _book(package: Element) -> Sheet:
    """Return what an OPF says; prefixes are as the file has them, so elements are known by their local names."""
    said: dict[str, list[Element]] = {}
    for element in package.iter():
        if tag_of(element):
            said.setdefault(_local(element), []).append(element)
    metas = {meta.get("name", ""): meta.get("content", "") for meta in said.get("meta", ())}
    authors = [
        inner(creator)
        for creator in said.get("creator", ())
        if _attribute(creator, "role") in ("", "aut")
    ]
    numbers = {_attribute(one, "scheme").lower(): inner(one) for one in said.get("identifier", ())}
    year = _YEAR.match(inner(said["date"][0]) if "date" in said else "")
    isbn = numbers.get("isbn", "").replace("-", "").upper()
    sequence = metas.get("calibre:series_index", "")
    return clean(
        Sheet(
            form=Form.BOOK,
            title=inner(said["title"][0])[:1000] if "title" in said else "",
            authors=tuple(author[:1000] for author in authors[:20]),
            # Calibre writes the year 101 when it knows none
            year=int(year[0]) if year and int(year[0]) > 101 else None,
            series=metas.get("calibre:series", "")[:1000],
            sequence=_plain(sequence),
            isbn=isbn if _ISBN.fullmatch(isbn) else "",
            asin=next(
                (numbers[one] for one in ("asin", "amazon", "mobi-asin") if one in numbers), ""
            ),
        )
    )


def _audiobook(data: bytes) -> tuple[Sheet, ...]:
    """Return what audiobookshelf's metadata.json says; values of other types than its own say nothing."""
    try:
        said = msgspec.json.decode(data, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ()
    if not isinstance(said.get("title"), str):
        return ()
    counted = _COUNTED.fullmatch(next(iter(_texts(said.get("series"))), ""))
    year = _YEAR.match(str(said.get("publishedYear") or ""))
    return (
        clean(
            Sheet(
                form=Form.AUDIOBOOK,
                title=_text(said, "title"),
                authors=tuple(_texts(said.get("authors"))),
                narrators=tuple(_texts(said.get("narrators"))),
                series=counted[1].strip() if counted else "",
                sequence=_plain((counted[2] or "") if counted else ""),
                year=int(year[0]) if year else None,
                asin=_text(said, "asin"),
                isbn=_text(said, "isbn"),
            )
        ),
    )


def _text(said: Mapping[str, Any], key: str) -> str:
    value = said.get(key)
    return value[:1000] if isinstance(value, str) else ""


def _texts(value: object) -> list[str]:
    return (
        [one[:1000] for one in value[:20] if isinstance(one, str)]
        if isinstance(value, list)
        else []
    )


def _plain(number: str) -> str:
    """Return a place in a series without padding; empty when it is none."""
    found = _SEQUENCE.fullmatch(number.strip())
    return found[1] + (found[2] or "").rstrip("0").rstrip(".") if found else ""


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,5}", text) else None


def _local(element: Element) -> str:
    return element.tag.rpartition(":")[2]


def _attribute(element: Element, name: str) -> str:
    return element.get(f"opf:{name}") or element.get(name) or ""


MUSICBRAINZ = (
    "musicbrainz_albumid",
    "musicbrainz_releasegroupid",
    "musicbrainz_albumartistid",
    "musicbrainz_artistid",
)
_YEAR = re.compile(r"(?!0000)[0-9]{4}(?![0-9])")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SEQUENCE = re.compile(r"0*([0-9]{1,4})(\.[0-9]{1,3})?")
_COUNTED = re.compile(r"(.*?)(?: #([0-9.]+))?", re.DOTALL)
_ISBN = re.compile(r"(?:97[89])?[0-9]{9}[0-9X]")
_PROVIDER = re.compile(r"[a-z][a-z0-9_.-]{0,30}")
_ANY_ID = re.compile(r"[\w.:/-]{1,64}", re.ASCII)
_NUMBER_ID = re.compile(r"[1-9][0-9]{0,9}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ID_FORMS = {
    "imdb": re.compile(r"tt[0-9]{7,10}"),
    "tmdb": _NUMBER_ID,
    "tvdb": _NUMBER_ID,
    **dict.fromkeys(MUSICBRAINZ, _UUID),
}
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")
_AT_PROVIDERS = (
    (
        "imdb",
        re.compile(r"imdb\.[a-z]{2,3}/(?:[a-z]{2}/)?(?:title/|Title\?)(tt[0-9]{7,10})(?![0-9])"),
    ),
    ("tmdb", re.compile(r"(?:themoviedb|tmdb)\.org/(?:movie|tv)/([1-9][0-9]{0,9})(?![0-9])")),
    (
        "tvdb",
        re.compile(
            r"thetvdb\.com/(?:series/|dereferrer/series/|\?(?:[^\s#]{0,80}&)?(?:series)?id=)([1-9][0-9]{0,9})(?![0-9a-z-])"
        ),
    ),
)
