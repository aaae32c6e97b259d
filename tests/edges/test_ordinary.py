"""The short ways to what is in ordinary audio files say what mutagen says, or leave the file to it."""

import importlib
import os
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import covers
import media
from shelfd.core.media import Reading, Stream
from shelfd.edges import fingerprint, tags
from shelfd.edges.guard import guarded

MAKERS: dict[str, Callable[..., Path]] = {
    "a.mp3": media.mp3,
    "a.flac": media.flac,
    "a.opus": media.opus,
    "a.ogg": media.vorbis,
    "a.m4a": media.m4b,
}
SAID = {
    "title": "Sjón",
    "artist": "An Artist",
    "albumartist": "Various",
    "album": "An Album",
    "track": "3/12",
    "disc": "1/2",
    "date": "2001-02-03",
    "genre": "Jazz",
    "composer": "A Composer",
    "musicbrainz_albumid": "0af1",
}
by_mutagen = guarded(tags.thorough)

Atom = tuple[bytes, list[tuple[int, bytes]]]
"""Name, and how each value is written, and the value."""

NAMES = (
    b"\xa9nam \xa9ART aART \xa9alb \xa9day \xa9gen \xa9wrt \xa9com \xa9mvn \xa9mvi tvsn tves tmpo stik cpil"
    b" trkn disk gnre covr pgap plID rtng \xa9too xxxx meta"
).split()
VALUES = st.one_of(
    st.sampled_from(
        [
            b"A",
            "Sjón".encode(),
            b"1",
            b"\0",
            b"\1",
            b"\0\7",
            b"\0\0\0\5",
            bytes(5),
            b"\0\0\0\2\0\7\0\0",
            b"\0\0\0\2\0\7",
            b"2001-02-03",
        ]
    ),
    st.binary(max_size=9),
)
ATOMS = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.lists(st.tuples(st.sampled_from([0, 1, 13, 14, 21, 1 << 24]), VALUES), max_size=3),
    ),
    max_size=8,
)


def is_ordinary(path: Path) -> bool:
    return tags.read(bytes(path)).fingerprint is not None  # which mutagen does not make


def agree(path: Path) -> bool:
    """Check that both ways say the same, and return whether there were both."""
    reading = tags.read(bytes(path))
    if reading.fingerprint is not None:
        assert reading.fingerprint == fingerprint.of(bytes(path))
    assert replace(reading, fingerprint=None) == by_mutagen(bytes(path))
    return reading.fingerprint is not None


def boxed(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, name) + content


def atom(name: bytes, values: list[tuple[int, bytes]]) -> bytes:
    data = [boxed(b"data", struct.pack(">II", flags, 0) + value) for flags, value in values]
    return boxed(name, b"".join(data))


def freeform(name: bytes, *values: bytes) -> bytes:
    head = boxed(b"mean", bytes(4) + b"com.apple.iTunes") + boxed(b"name", bytes(4) + name)
    data = [boxed(b"data", struct.pack(">II", 1, 0) + value) for value in values]
    return boxed(b"----", head + b"".join(data))


def tagged(path: Path, items: bytes, beside: bytes = b"") -> Path:
    """Write an M4A with this list of tags, and with boxes beside what says where they are."""
    content = media.m4b(path).read_bytes()
    start = content.index(b"moov") - 4
    end = start + int.from_bytes(content[start : start + 4], "big")
    movie = content[start + 8 : end]
    place = 0
    kept = b""
    while place < len(movie):
        size = int.from_bytes(movie[place : place + 4], "big")
        if movie[place + 4 : place + 8] != b"udta":
            kept += movie[place : place + size]
        place += size
    meta = boxed(b"meta", bytes(4) + boxed(b"ilst", items))
    path.write_bytes(
        content[:start] + boxed(b"moov", kept + boxed(b"udta", meta + beside)) + content[end:]
    )
    return path


@pytest.mark.parametrize("name", MAKERS)
def test_an_ordinary_file_is_read_the_short_way(name: str, tmp_path: Path) -> None:
    path = MAKERS[name](tmp_path / name, **SAID)

    assert is_ordinary(path)
    assert agree(path)
    assert tags.read(bytes(path)).tags == SAID | {
        "track": "3",
        "tracktotal": "12",
        "disc": "1",
        "disctotal": "2",
    }


@pytest.mark.parametrize("name", ["2.4.mp3", "2.3.mp3", "a.flac", "a.m4a"])
def test_so_is_one_with_a_picture(name: str, tmp_path: Path) -> None:
    path = covers.MAKERS[name](tmp_path / name, media.jpeg())

    assert agree(path)
    assert tags.read(bytes(path)).cover is not None


@pytest.mark.parametrize("name", ["2.3.mp3", "a.flac", "a.m4a"])
def test_a_picture_behind_what_is_read_at_once_is_the_same(name: str, tmp_path: Path) -> None:
    large = media.jpeg().ljust(3 * fingerprint.HEAD, b"\1")

    assert agree(covers.MAKERS[name](tmp_path / name, large))


def test_sound_that_loses_nothing_is_read_the_short_way(tmp_path: Path) -> None:
    path = media.alac(tmp_path / "a.m4a")

    assert agree(path)
    (stream,) = tags.read(bytes(path)).streams
    assert replace(stream, bit_rate=None) == Stream(
        type="audio", codec="alac", bit_depth=24, channels=2, sample_rate=44_100
    )


@pytest.mark.parametrize("name", sorted(set(MAKERS) - {"a.mp3"}))
def test_a_file_that_is_something_else_is_left_to_mutagen(name: str, tmp_path: Path) -> None:
    path = media.mp3(tmp_path / "a.mp3", title="T").rename(tmp_path / name)

    assert not agree(path)
    assert tags.read(bytes(path)).tags == {"title": "T"}


@pytest.mark.parametrize(
    "items",
    [
        atom(b"gnre", [(0, b"\0\x12")]),
        atom(b"trkn", [(0, b"\0\0\0\1")]),
        atom(b"\xa9nam", [(0, b"Title")]),
        atom(b"\xa9nam", [(1, b"\xff")]),
        atom(b"cpil", [(21, b"")]),
        boxed(b"covr", b"\0\0\0\1data"),
        boxed(b"----", b"\0\0"),
    ],
)
def test_atoms_that_are_not_ordinary_are_left_to_mutagen(items: bytes, tmp_path: Path) -> None:
    assert not agree(tagged(tmp_path / "a.m4a", items))


def test_an_audiobook_with_chapters_is_left_to_mutagen(tmp_path: Path) -> None:
    chapters = boxed(b"chpl", b"\1\0\0\0\0\0\0\0\1" + bytes(8) + b"\3One")
    path = tagged(tmp_path / "a.m4a", atom(b"\xa9nam", [(1, b"T")]), chapters)

    assert not agree(path)
    assert [chapter.title for chapter in tags.read(bytes(path)).chapters] == ["One"]


def test_atoms_that_come_again_are_put_together(tmp_path: Path) -> None:
    items = [
        atom(b"\xa9com", [(1, b"One")]),
        atom(b"\xa9wrt", [(1, b"Two")]),
        atom(b"\xa9com", [(1, b"Three"), (1, b"Four")]),
        atom(b"cpil", [(21, b"\1"), (21, b"\0")]),
        freeform(b"ARTISTS:narrator", b"A Voice", b"Another"),
        freeform(b"ISBN", b"\xff9780000000002"),
    ]
    path = tagged(tmp_path / "a.m4a", b"".join(items))

    assert agree(path)
    assert tags.read(bytes(path)).tags["composer"] == "One; Three; Four; Two"


@pytest.mark.parametrize(
    ("encoder", "added"),
    [
        (b"LAME3.100", 1856),
        (b"LAME3.99r", 1856),
        (b"LAME3.90a", 1856),
        (b"LAME3.89\0", 0),
        (b"LAME3.9\0\0", 0),
        (b"L3.99r1\0\0", 1856),
        (b"Lavf\0\0\0\0\0", 0),
    ],
)
def test_the_silence_that_an_encoder_added_is_left_out(
    encoder: bytes, added: int, tmp_path: Path
) -> None:
    path = media.mp3(tmp_path / "a.mp3", title="T")
    content = bytearray(path.read_bytes())
    start = max(content.find(b"Info"), content.find(b"Xing"))
    frames = int.from_bytes(content[start + 8 : start + 12], "big")
    place = start + 120
    content[place : place + 24] = encoder + bytes(12) + b"\x24\x05\x00"
    path.write_bytes(content)

    assert agree(path)
    milliseconds = round((frames * 1152 - added) / 44_100 * 1000)
    assert tags.read(bytes(path)).duration_ms == milliseconds


def test_an_old_mp3_that_does_not_count_its_frames_is_read_the_short_way(tmp_path: Path) -> None:
    path = media.mp3(tmp_path / "a.mp3", title="T")
    path.write_bytes(path.read_bytes().replace(b"Info", b"None").replace(b"Xing", b"None"))

    assert agree(path)


@pytest.mark.parametrize("place", [20, 24, 30, 48, 60])
def test_a_flac_with_a_wrong_length_in_it_is_the_same(place: int, tmp_path: Path) -> None:
    path = media.flac(tmp_path / "a.flac", title="T")
    content = bytearray(path.read_bytes())
    content[place] ^= 0x55
    path.write_bytes(content)

    agree(path)


def test_comments_that_go_on_in_another_page_are_left_to_mutagen(tmp_path: Path) -> None:
    assert not agree(media.opus(tmp_path / "a.opus", title="T", comment="x" * 70_000))


def test_comments_with_a_name_that_is_none_are_left_to_mutagen(tmp_path: Path) -> None:
    path = media.opus(tmp_path / "a.opus", title="T", artist="A")
    path.write_bytes(path.read_bytes().replace(b"artist=", b"~rtist="))

    assert not agree(path)


def test_a_file_that_goes_away_is_an_error(tmp_path: Path) -> None:
    assert tags.read(bytes(tmp_path / "a.m4a")) == Reading(error="no such file or directory")


def test_no_file_stays_open(tmp_path: Path) -> None:
    path = media.m4b(tmp_path / "a.m4a", title="T")
    before = os.listdir("/proc/self/fd")
    for content in (path.read_bytes(), path.read_bytes()[:100]):
        path.write_bytes(content)
        tags.read(bytes(path))

    assert os.listdir("/proc/self/fd") == before


@settings(max_examples=200, deadline=None)
@given(atoms=ATOMS, wrong=st.none() | st.tuples(st.integers(0, 200), st.integers(0, 255)))
def test_both_ways_say_the_same_of_any_atoms(
    atoms: list[Atom], wrong: tuple[int, int] | None
) -> None:
    items = bytearray(b"".join(atom(*one) for one in atoms))
    if wrong and wrong[0] < len(items):
        items[wrong[0]] = wrong[1]
    with tempfile.TemporaryDirectory() as directory:
        agree(tagged(Path(directory, "a.m4a"), bytes(items)))


@settings(max_examples=300, deadline=None)
@given(
    name=st.sampled_from(sorted(set(MAKERS) - {"a.mp3"})),
    damage=st.lists(
        st.tuples(st.integers(0, 1200), st.booleans(), st.binary(min_size=1, max_size=6)),
        min_size=1,
        max_size=3,
    ),
)
def test_both_ways_say_the_same_of_a_damaged_file(
    name: str, damage: list[tuple[int, bool, bytes]]
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = MAKERS[name](Path(directory, name), **SAID)
        content = bytearray(path.read_bytes())
        for place, behind, garbage in damage:
            start = max(len(content) - place, 0) if behind else place
            content[start : start + len(garbage)] = garbage
        path.write_bytes(content)

        agree(path)


@settings(max_examples=200, deadline=None)
@given(
    place=st.integers(0, 170),
    garbage=st.binary(min_size=1, max_size=4),
    kept=st.floats(0.01, 1),
)
def test_both_ways_say_the_same_of_the_sound_of_a_damaged_mp3(
    place: int, garbage: bytes, kept: float
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = media.mp3(Path(directory, "a.mp3"), title="T")
        id3: Any = importlib.import_module("mutagen.id3")
        start = id3.ID3(str(path)).size
        content = bytearray(path.read_bytes())
        content[start + place : start + place + len(garbage)] = garbage
        path.write_bytes(content[: start + int(kept * (len(content) - start))])

        agree(path)
