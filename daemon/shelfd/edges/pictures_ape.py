"""Find pictures and what else is large in APEv2 tags."""

from typing import BinaryIO

from shelfd.edges.picture import HEAD, LARGE, Inside, Picture
from shelfd.edges.slim import Cut, Run, at

FOOTER = 32
ID3V1 = 128
MOST_ITEMS = 10_000


def ape(file: BinaryIO, size: int) -> Inside:
    """Return what is in the tag at the end of the file, or before an ID3v1 tag there."""
    for end in (size, size - ID3V1):
        footer = at(file, end - FOOTER, FOOTER) if end >= FOOTER else b""
        if footer.startswith(b"APETAGEX"):
            return _items(file, footer, end)
    return Inside()


def _items(file: BinaryIO, footer: bytes, end: int) -> Inside:
    found = Inside()
    said = int.from_bytes(footer[12:16], "little")
    place, stop, cut = end - said, end - FOOTER, 0
    count = int.from_bytes(footer[16:20], "little")
    for _ in range(min(count, MOST_ITEMS)):
        head = at(file, place, 8 + 256) if 0 <= place < stop else b""
        key, zero, _ = head[8:].partition(b"\0")
        value = place + 8 + len(key) + 1
        after = value + int.from_bytes(head[:4], "little")
        if not zero or after > stop:
            break
        if key.lower().startswith(b"cover art"):
            named, _, _ = at(file, value, min(HEAD, after - value)).partition(b"\0")
            run = Run(file, ((value + len(named) + 1, after),))  # behind the name of its file
            found.pictures.append(Picture(run, front=b"front" in key.lower()))
        if after - place > LARGE:
            found.cuts.append(Cut(place, after))
            cut += after - place
        place = after
    if cut:
        numbers = (said - cut, count - len(found.cuts))
        written = b"".join(number.to_bytes(4, "little") for number in numbers)
        found.cuts.append(Cut(end - FOOTER + 12, end - FOOTER + 20, written))
    return found
