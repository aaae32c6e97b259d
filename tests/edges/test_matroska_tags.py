"""Tags of real Matroska files that are about the whole, the show or the season, and what shelfd calls them."""

from pathlib import Path

import pytest

import media
from shelfd.edges import video

TAGS = b"\x12\x54\xc3\x67"
ROOM = 2000
"""Bytes kept free in the file for the tags of a test."""


def element(number: bytes, content: bytes) -> bytes:
    """Return an EBML element, its size written in four bytes."""
    return number + (0x10000000 | len(content)).to_bytes(4, "big") + content


def tag(about: bytes, name: bytes, value: bytes) -> bytes:
    """Return a tag of what is named `about`: `COLLECTION`, `SEASON`, `EPISODE`, `MOVIE`."""
    level = {b"COLLECTION": 70, b"SEASON": 60}.get(about, 50)
    targets = element(b"\x68\xca", bytes([level])) + element(b"\x63\xca", about)
    simple = element(b"\x45\xa3", name) + element(b"\x44\x87", value)
    return element(b"\x73\x73", element(b"\x63\xc0", targets) + element(b"\x67\xc8", simple))


def tagged(path: Path, *tags: tuple[bytes, bytes, bytes]) -> bytes:
    """Write a film by FFmpeg, and in the place of its tags these, as mkvmerge and tinyMediaManager have them."""
    media.mkv(path, comment="x" * ROOM)
    whole = path.read_bytes()
    at = whole.index(TAGS, whole.index(TAGS) + 1)  # the first is where it is said where they are
    length = next(count for count in range(1, 9) if whole[at + 4] >> (8 - count))
    size = int.from_bytes(whole[at + 4 : at + 4 + length], "big") & ((1 << 7 * length) - 1)
    end = at + 4 + length + size
    mine = element(TAGS, b"".join(tag(*one) for one in tags))
    void = b"\xec" + (0x10000000 | end - at - len(mine) - 5).to_bytes(4, "big")
    path.write_bytes(whole[:at] + (mine + void).ljust(end - at, b"\0") + whole[end:])
    return bytes(path)


def test_an_episode_tells_its_show_its_season_and_its_number(tmp_path: Path) -> None:
    path = tagged(
        tmp_path / "a.mkv",
        (b"COLLECTION", b"TITLE", b"Some Show"),
        (b"COLLECTION", b"TMDB", b"tv/1399"),
        (b"SEASON", b"PART_NUMBER", b"2"),
        (b"EPISODE", b"PART_NUMBER", b"03"),
        (b"EPISODE", b"TITLE", b"The One"),
        (b"EPISODE", b"IMDB", b"tt1480055"),
    )

    assert video.read(path).tags == {
        "show": "Some Show",
        "collection_tmdb": "tv/1399",
        "season": "2",
        "episode": "3",
        "title": "The One",
    }


@pytest.mark.parametrize("about", [b"MOVIE", b"COLLECTION"])
def test_a_film_tells_its_ids(tmp_path: Path, about: bytes) -> None:
    path = tagged(
        tmp_path / "a.mkv", (about, b"TMDB", b"movie/348"), (about, b"IMDB", b"tt0078748")
    )

    before = "" if about == b"MOVIE" else "collection_"
    assert video.read(path).tags == {f"{before}tmdb": "movie/348", f"{before}imdb": "tt0078748"}


def test_the_tags_that_ffmpeg_writes_itself_are_about_the_whole(tmp_path: Path) -> None:
    path = media.mkv(tmp_path / "a.mkv", TVDB2="movies/5", TMDB="movie/348", title="Alien")

    assert video.read(bytes(path)).tags == {
        "title": "Alien",
        "tvdb": "movies/5",
        "tmdb": "movie/348",
    }
