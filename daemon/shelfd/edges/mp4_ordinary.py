"""The tags and the sound of ordinary M4A files, in a third of the time that mutagen takes for them.

What is not ordinary here, from a box that is larger than the one around it to AAC in a rarer profile, is left to
mutagen. So is each fault: what it makes of the file is what counts.
"""

import struct
from collections.abc import Iterator

from shelfd.core.media import Cover
from shelfd.edges.beginning import Beginning, Content, NotOrdinaryError, Sound
from shelfd.edges.picture import LARGE, hashed
from shelfd.edges.pictures_boxes import MIMES
from shelfd.edges.tags_forms import ATOMS, PLACES

Boxes = list[tuple[bytes, int, int, "Boxes"]]
"""Name, start of the content, end, and the boxes in it, in the order of the file."""

CONTAINERS = frozenset(b"ilst mdia meta minf moof moov stbl traf trak udta".split())
"""What mutagen looks into, and where it takes each fault for one of the file."""

BESIDE = frozenset((b"ftyp", b"mdat", b"free", b"wide", b"skip"))
"""What stands beside the one box that says all."""

DEEPEST = 8
"""Levels; a tag is on the fifth."""

INTEGERS = frozenset(("tvsn", "tves", "tmpo", "\xa9mvi", "stik"))
INTEGER_BYTES = (1, 2, 3, 4, 8)
TEXT, INTEGER = 1, 21
"""How a value is written, by the number that stands before it."""

RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
"""Hz, by the number that AAC has for them."""

MOST_DOUBLED = 24_000
"""Hz; AAC that says no more than that may have twice as many, if it does not say that it has not."""

MOST_SAID = 7
"""The number that stands for eight channels; up to six, it is the number of channels itself."""

LOW_COMPLEXITY = 2
MPEG4_AUDIO, AUDIO_STREAM = 0x40, 5
NO_BANDS_ADDED = b"\x56\xe5"
"""The mark behind which it stands that bands were added to the sound; not so when the next bit is 0."""

head_of = struct.Struct(">I4s").unpack_from
numbers_at = struct.Struct(">2I").unpack_from
places_at = struct.Struct(">2H").unpack_from
sample_at = struct.Struct(">16x2H4xI").unpack_from
alac_at = struct.Struct(">4xBB3xB6xII").unpack_from


def read(file: Beginning) -> Content:
    """Return what is in the file; NotOrdinaryError, IndexError, ValueError or struct.error to ask mutagen."""
    data = _movie(file)
    boxes = _boxes(data, 0, len(data), DEEPEST)
    sound = _sound(data, boxes)
    about = _inside(boxes, b"udta")
    if any(box[0] == b"chpl" for box in about):
        raise NotOrdinaryError
    pairs, cover = _tags(data, _inside(_inside(about, b"meta"), b"ilst"))
    return Content("mp4", sound, pairs, cover)


def _movie(file: Beginning) -> bytes:
    """Return the content of the box that says all."""
    place, found = 0, b""
    while place < file.size:
        size, name = head_of(file.part(place, place + 8))
        if size == 1 and name == b"mdat":
            size = int.from_bytes(file.part(place + 8, place + 16), "big") - 8
            place += 8
        if size < 8 or place + size > file.size:
            raise NotOrdinaryError
        if name == b"moov":
            if found or size > LARGE:
                raise NotOrdinaryError
            found = file.part(place + 8, place + size)
        elif name not in BESIDE:
            raise NotOrdinaryError
        place += size
    return found


def _boxes(data: bytes, place: int, end: int, levels: int) -> Boxes:
    found: Boxes = []
    if not levels:
        raise NotOrdinaryError
    while place < end:
        size, name = head_of(data, place)
        body, over = place + 8, place + size
        if size < 8 or over > end:
            raise NotOrdinaryError
        inside: Boxes = []
        if name in CONTAINERS:
            first = body + 4 * (name == b"meta")
            if first > over:
                raise NotOrdinaryError
            inside = _boxes(data, first, over, levels - 1)
        found.append((name, body, over, inside))
        place = over
    return found


def _box(boxes: Boxes, wanted: bytes) -> tuple[bytes, int, int, Boxes]:
    for box in boxes:
        if box[0] == wanted:
            return box
    raise NotOrdinaryError


def _inside(boxes: Boxes, wanted: bytes) -> Boxes:
    """Return what is in the first box of this name; nothing when there is none."""
    return next((box[3] for box in boxes if box[0] == wanted), [])


def _sound(data: bytes, boxes: Boxes) -> Sound:
    for name, _, _, track in boxes:
        if name != b"trak":
            continue
        media = _box(track, b"mdia")[3]
        _, start, end, _ = _box(media, b"hdlr")
        if data[start:end][8:12] == b"soun":
            break
    else:
        raise NotOrdinaryError
    _, start, end, _ = _box(media, b"mdhd")
    if data[start] or end - start < 20:
        raise NotOrdinaryError
    unit, length = numbers_at(data, start + 12)
    if not unit:
        raise NotOrdinaryError
    _, start, end, _ = _box(_box(_box(media, b"minf")[3], b"stbl")[3], b"stsd")
    return _entry(data[start:end])._replace(seconds=float(length) / unit)


def _entry(data: bytes) -> Sound:
    """Return what the list of the ways in which samples are written says in its first entry."""
    version, count = data[0], int.from_bytes(data[4:8], "big")
    size, name = head_of(data, 8)
    channels, _, rate = sample_at(data, 16)
    more, kind = head_of(data, 44)
    inside = data[52 : 44 + more]
    if version or not count or 44 + more > 8 + size or 8 + size > len(data):
        raise NotOrdinaryError
    if name == b"mp4a" and kind == b"esds":
        return _aac(inside, channels, rate >> 16)
    if name == kind == b"alac" and not inside[0]:
        plain, depth, channels, bits, rate = alac_at(inside, 4)
        if not plain:
            return Sound("alac", 0.0, bits, channels, rate, depth)
    raise NotOrdinaryError


def _aac(data: bytes, channels: int, rate: int) -> Sound:
    """Return what nested descriptors say of AAC, beside what the entry says."""
    bits, (one, two, *more) = _configured(data)
    number, said = (one & 7) << 1 | two >> 7, two >> 3 & 15
    if one >> 3 != LOW_COMPLEXITY or two & 3 or not 1 <= said <= MOST_SAID:
        raise NotOrdinaryError
    own = RATES[number]
    if len(more) > 1 and (bytes(more[:2]) != NO_BANDS_ADDED or more[2] & 0x80):
        raise NotOrdinaryError
    if len(more) > 1 or own > MOST_DOUBLED:
        rate = own
    if said > 1:
        channels = 8 if said == MOST_SAID else said
    return Sound("aac", 0.0, bits, channels, rate)


def _configured(data: bytes) -> tuple[int, bytes]:
    """Return the bits a second, and what the decoder is told."""
    _, place = _length(data, 5)
    if data[0] or data[4] != 3 or data[place + 2] & 0xE0 or data[place + 3] != 4:
        raise NotOrdinaryError
    length, place = _length(data, place + 4)
    if data[place] != MPEG4_AUDIO or data[place + 1] >> 2 != AUDIO_STREAM:
        raise NotOrdinaryError
    bits = int.from_bytes(data[place + 9 : place + 13], "big")
    if length == 13 or data[place + 13] != 5:
        raise NotOrdinaryError
    count, place = _length(data, place + 14)
    if len(data) < place + count:
        raise NotOrdinaryError
    return bits, data[place : place + count]


def _length(data: bytes, place: int) -> tuple[int, int]:
    """Return a number in bytes of which the first bit says that there are more, and where it ends."""
    number = 0
    for end in range(place, place + 4):
        number = number << 7 | data[end] & 0x7F
        if not data[end] & 0x80:
            return number, end + 1
    raise NotOrdinaryError


def _tags(data: bytes, items: Boxes) -> tuple[list[tuple[str, str]], Cover | None]:
    """Return names and values, those of one atom together, and the first picture."""
    found: dict[str, list[tuple[str, str]]] = {}
    covers: list[tuple[int, bytes]] = []
    for name, start, end, _ in items:
        key = name.decode("latin-1")
        if key in ATOMS:
            pairs = [(ATOMS[key], text) for text in _texts(key, data, start, end)]
            if key == "cpil":
                found[key] = pairs[-1:] or found.get(key, [])  # the last one counts
                continue
        elif key in PLACES:
            pairs = list(_places(PLACES[key], data, start, end))
        elif name == b"----":
            key, pairs = _freeform(data, start, end)
        elif name == b"covr":
            covers += [value for value in _values(data, start, end) if value[1]]
            continue
        elif name == b"gnre":
            raise NotOrdinaryError  # a number
        else:
            continue
        found.setdefault(key, []).extend(pairs)
    cover = hashed([covers[0][1]], MIMES.get(covers[0][0], "")) if covers else None
    return [pair for pairs in found.values() for pair in pairs], cover


def _values(data: bytes, place: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Yield how each value of an atom is written, and its bytes."""
    while place < end:
        size, name = head_of(data, place)
        if name != b"data" or size < 16 or place + size > end:
            raise NotOrdinaryError
        yield int.from_bytes(data[place + 8 : place + 12], "big"), data[place + 16 : place + size]
        place += size


def _texts(key: str, data: bytes, place: int, end: int) -> Iterator[str]:
    for written, value in _values(data, place, end):
        if key == "cpil":
            if len(value) != 1:
                raise NotOrdinaryError
            yield str(value != b"\0")
        elif key in INTEGERS:
            if written not in (0, INTEGER) or len(value) not in INTEGER_BYTES:
                raise NotOrdinaryError
            yield str(int.from_bytes(value, "big", signed=True))
        elif written == TEXT:
            yield value.decode()
        else:
            raise NotOrdinaryError


def _places(name: str, data: bytes, place: int, end: int) -> Iterator[tuple[str, str]]:
    for _, value in _values(data, place, end):
        number, total = places_at(value, 2)
        if number:
            yield name, f"{number}/{total}"


def _freeform(data: bytes, place: int, end: int) -> tuple[str, list[tuple[str, str]]]:
    """Return the values under a name that a program has thought of, and the key that mutagen has for it."""
    parts = ["----"]
    for wanted in (b"mean", b"name"):
        size, name = head_of(data, place)
        if name != wanted or size < 12 or place + size > end:
            raise NotOrdinaryError
        parts.append(data[place + 12 : place + size].decode("latin-1"))
        place += size
    key = ":".join(parts)
    named = key.rpartition(":")[2]
    return key, [
        (named, value.decode("utf-8", "replace")) for _, value in _values(data, place, end)
    ]
