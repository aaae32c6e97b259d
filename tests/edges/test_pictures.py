"""Covers of all formats: found, hashed, and kept out of memory where they are large."""

import io
import random
import tempfile
from pathlib import Path

import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

import covers
import media
from shelfd.core.media import Cover
from shelfd.edges import pictures, tags
from shelfd.edges.picture import LARGE
from shelfd.edges.slim import Cut, Slim

LARGE_PICTURE = b"\xff\xd8\xff\xe0" + random.Random(1).randbytes(3 * LARGE // 2 + 1)  # noqa: S311  # any bytes
HELD_BACK = sorted(set(covers.MAKERS) - {"a.wma", "unsynchronised.mp3"})
"""What large pictures are cut out of; the others take them into memory, or do without."""


def of(picture: bytes) -> Cover:
    return Cover(hash=xxhash.xxh3_128_hexdigest(picture), size=len(picture), mime="image/jpeg")


@pytest.mark.parametrize("name", covers.MAKERS)
def test_the_front_cover_is_known_by_its_hash(name: str, tmp_path: Path) -> None:
    reading = tags.read(bytes(covers.MAKERS[name](tmp_path / name, media.jpeg())))

    assert (reading.error, reading.cover) == (None, of(media.jpeg()))
    assert reading.tags == {"title": "T"}


@pytest.mark.parametrize("name", HELD_BACK)
def test_a_large_cover_is_hashed_and_the_rest_read_without_it(name: str, tmp_path: Path) -> None:
    small = tags.read(bytes(covers.MAKERS[name](tmp_path / name, media.jpeg())))

    path = covers.MAKERS[name](tmp_path / name, LARGE_PICTURE)
    reading = tags.read(bytes(path))

    assert (reading.error, reading.cover) == (None, of(LARGE_PICTURE))
    assert (reading.tags, reading.duration_ms) == (small.tags, small.duration_ms)
    with path.open("rb") as file:
        inside = pictures.look(file, path.stat().st_size)
    assert sum(cut.end - cut.start for cut in inside.cuts) > LARGE


def test_a_large_unsynchronised_tag_says_its_text_alone(tmp_path: Path) -> None:
    reading = tags.read(bytes(covers.unsynchronised(tmp_path / "a.mp3", LARGE_PICTURE)))

    assert (reading.error, reading.cover, reading.tags) == (None, None, {"title": "T"})


def test_a_file_without_a_picture_has_no_cover(tmp_path: Path) -> None:
    assert tags.read(bytes(media.flac(tmp_path / "a.flac", title="T"))).cover is None


def test_a_picture_that_was_cut_off_is_what_is_left_of_it(tmp_path: Path) -> None:
    path = covers.m4a(tmp_path / "a.m4a", media.jpeg())
    path.write_bytes(path.read_bytes().replace(media.jpeg(), b"", 1))

    assert tags.read(bytes(path)).cover is None


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from(sorted(covers.MAKERS)),
    damage=st.lists(st.tuples(st.floats(0, 0.999), st.binary(min_size=1, max_size=8)), max_size=8),
    kept=st.floats(0, 1),
)
def test_no_damage_keeps_it_from_coming_to_an_end(
    name: str, damage: list[tuple[float, bytes]], kept: float
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        content = bytearray(covers.MAKERS[name](Path(directory, name), media.jpeg()).read_bytes())
    for place, garbage in damage:
        start = int(place * len(content))
        content[start : start + len(garbage)] = garbage
    del content[int(kept * len(content)) :]

    inside = pictures.look(io.BytesIO(content), len(content))

    for before, after in zip(sorted(inside.cuts), sorted(inside.cuts)[1:], strict=False):
        assert before.end <= after.start


@settings(deadline=None)
@given(
    content=st.binary(max_size=64),
    edges=st.lists(st.integers(0, 64), min_size=2, max_size=8, unique=True),
    instead=st.binary(max_size=5),
    reads=st.lists(st.tuples(st.integers(0, 70), st.integers(0, 70))),
)
def test_a_slim_file_is_one_with_its_ranges_replaced(
    content: bytes, edges: list[int], instead: bytes, reads: list[tuple[int, int]]
) -> None:
    places = sorted(min(edge, len(content)) for edge in edges)
    cuts = [Cut(start, end, instead) for start, end in zip(places[::2], places[1::2], strict=False)]
    wanted = content
    for cut in reversed(cuts):
        wanted = wanted[: cut.start] + instead + wanted[cut.end :]
    with tempfile.TemporaryFile() as file:
        file.write(content)
        plain, slim = io.BytesIO(wanted), Slim(file, len(content), cuts)
        buffered = io.BufferedReader(slim)

        assert buffered.seek(0, io.SEEK_END) == len(wanted)
        for place, count in reads:
            plain.seek(place)
            buffered.seek(place)
            assert buffered.read(count) == plain.read(count)
    with pytest.raises(OSError, match="Invalid"):
        slim.seek(-1)
