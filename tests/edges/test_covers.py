"""A cover is taken out of its file, or from beside it, and nothing else is."""

import os
import tempfile
from pathlib import Path

import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

import covers as files
import media
from shelfd.core.media import Picture, Reading, Sought
from shelfd.edges import covers, probe_worker

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
STEMS = ("poster", "cover")


def hashed(data: bytes) -> str:
    return xxhash.xxh3_128_hexdigest(data)


def beside(directory: Path) -> Picture | Reading:
    return covers.take(Sought(bytes(directory), stems=STEMS))


def inside(path: Path, data: bytes) -> Picture | Reading:
    return covers.take(Sought(bytes(path), hashed(data)))


@pytest.mark.parametrize("name", files.MAKERS)
def test_what_the_catalog_has_the_hash_of_is_found_in_every_format(
    name: str, tmp_path: Path
) -> None:
    path = files.MAKERS[name](tmp_path / name, media.jpeg())
    known = probe_worker.read(bytes(path)).cover
    assert known is not None

    found = covers.take(Sought(bytes(path), known.hash))

    assert found == Picture(media.jpeg(), known.hash, "image/jpeg")


def test_the_attached_picture_of_a_film_is_found(tmp_path: Path) -> None:
    path = files.m4a(tmp_path / "a.m4a", media.jpeg()).rename(tmp_path / "a.mp4")

    assert inside(path, media.jpeg()) == Picture(media.jpeg(), hashed(media.jpeg()), "image/jpeg")


def test_another_picture_than_the_one_that_is_known_is_none(tmp_path: Path) -> None:
    path = files.flac(tmp_path / "a.flac", PNG)

    assert inside(path, media.jpeg()) == Reading(error="its cover is another one by now")


def test_a_picture_that_is_too_large_is_not_taken_into_memory(tmp_path: Path) -> None:
    path = files.huge(tmp_path / "a.mp3", 200 << 20)

    assert inside(path, b"?") == Reading(error="its cover is larger than 16 MiB")


def test_a_file_that_is_gone_is_said(tmp_path: Path) -> None:
    assert inside(tmp_path / "a.flac", b"?") == Reading(error="no such file or directory")


@pytest.mark.parametrize("name", ["a.mp3", "a.mkv"])
def test_a_pipe_hangs_nobody(name: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / name)

    assert inside(tmp_path / name, b"?") == Reading(error="it is not a regular file")


def test_the_best_name_beside_counts_whatever_its_case(tmp_path: Path) -> None:
    (tmp_path / "cover.jpg").write_bytes(media.jpeg())
    (tmp_path / "Poster.PNG").write_bytes(PNG)
    (tmp_path / "poster.txt").write_bytes(PNG)
    (tmp_path / "poster-2.png").write_bytes(media.jpeg())

    assert beside(tmp_path) == Picture(PNG, hashed(PNG), "image/png")


def test_what_is_only_called_a_picture_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "poster.jpg").write_text("<script>")
    (tmp_path / "elsewhere").write_bytes(PNG)
    (tmp_path / "poster.png").symlink_to("elsewhere")
    (tmp_path / "poster.webp").mkdir()
    os.mkfifo(tmp_path / "poster.jpeg")
    assert beside(tmp_path) == Reading(error="poster.webp cannot be read")

    (tmp_path / "cover.jpg").write_bytes(media.jpeg())
    assert beside(tmp_path) == Picture(media.jpeg(), hashed(media.jpeg()), "image/jpeg")


def test_a_picture_beside_can_be_too_large(tmp_path: Path) -> None:
    with (tmp_path / "cover.jpg").open("wb") as file:
        file.write(media.jpeg())
        file.truncate(covers.MOST)
    assert isinstance(beside(tmp_path), Picture)

    with (tmp_path / "cover.jpg").open("r+b") as file:
        file.truncate(covers.MOST + 1)
    assert beside(tmp_path) == Reading(error="cover.jpg is larger than 16 MiB")


@settings(max_examples=100, deadline=None)
@given(
    name=st.sampled_from(sorted(files.MAKERS)),
    damage=st.lists(st.tuples(st.floats(0, 0.999), st.binary(min_size=1, max_size=8)), max_size=8),
    kept=st.floats(0, 1),
)
def test_a_damaged_file_gives_the_picture_or_a_reason(
    name: str, damage: list[tuple[float, bytes]], kept: float
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = files.MAKERS[name](Path(directory, name), media.jpeg())
        content = bytearray(path.read_bytes())
        for place, garbage in damage:
            start = int(place * len(content))
            content[start : start + len(garbage)] = garbage
        path.write_bytes(content[: int(kept * len(content))])

        found = inside(path, media.jpeg())

    assert found == Picture(media.jpeg(), hashed(media.jpeg()), "image/jpeg") or (
        isinstance(found, Reading) and found.error
    )
