"""The short way to the text of an ID3 tag says what mutagen says, or leaves it to mutagen."""

import importlib
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import media
from shelfd.edges import tags

TEXT_FRAMES = "TIT2 TPE1 TPE2 TALB TRCK TPOS TDRC TCON TCMP TCOM TPUB TLAN TBPM TSOP".split()
VALUES = st.sampled_from(
    [
        "A",
        "Sjón",
        "日本",
        "Rock",
        "1/12",
        "2001-02-03",
        "2005",
        "0302",
        "",
        " x ",
        "(17)",
        "3",
        "CR",
    ]
)
FRAMES = st.dictionaries(
    st.sampled_from(TEXT_FRAMES),
    st.tuples(st.integers(0, 3), st.lists(VALUES, min_size=1, max_size=2)),
)
USUAL = {"TIT2": (3, ["One"]), "TPE1": (1, ["Sjón"]), "TDRC": (0, ["2001"]), "TCON": (3, ["Folk"])}


def written(
    path: Path, frames: dict[str, tuple[int, list[str]]], version: int = 4, v1: int = 0
) -> Path:
    """Write an MP3 with these frames: by name, the encoding and the values."""
    media.mp3(path)
    id3: Any = importlib.import_module("mutagen.id3")
    tag = id3.ID3()
    for name, (encoding, texts) in frames.items():
        latin = all(ord(letter) < 256 for text in texts for letter in text)
        tag.add(id3.Frames[name](encoding=encoding if latin else encoding or 3, text=texts))
    if "TDRC" not in frames:
        tag.add(id3.TYER(encoding=0, text=["2005"]))
        tag.add(id3.TDAT(encoding=0, text=["0302"]))
    tag.add(id3.TXXX(encoding=3, desc="MusicBrainz Album Id", text=["a1"]))
    tag.add(id3.COMM(encoding=1, lang="eng", desc="", text=["Said"]))
    tag.add(id3.COMM(encoding=0, lang="eng", desc="iTunNORM", text=["0000"]))
    tag.add(id3.UFID(owner="http://musicbrainz.org", data=b"8b88"))
    if version == 3:
        tag.update_to_v23()
    tag.save(str(path), v2_version=version, v1=v1)
    return path


def is_ordinary(path: Path) -> bool:
    return tags.read(bytes(path)).fingerprint is not None  # which mutagen does not make


@pytest.mark.parametrize("version", [3, 4])
def test_a_usual_tag_is_read_the_short_way(version: int, tmp_path: Path) -> None:
    path = written(tmp_path / "a.mp3", USUAL, version)

    assert is_ordinary(path)
    assert tags.read(bytes(path)).tags == {
        "title": "One",
        "artist": "Sjón",
        "date": "2001",
        "genre": "Folk",
        "comment": "Said",
        "musicbrainz_trackid": "8b88",
        "musicbrainz_albumid": "a1",
    }


def test_what_an_older_tag_at_the_end_could_add_is_left_to_mutagen(tmp_path: Path) -> None:
    every = USUAL | {"TALB": (3, ["Album"]), "TRCK": (3, ["1"])}

    assert is_ordinary(written(tmp_path / "a.mp3", every, v1=2))
    assert not is_ordinary(written(tmp_path / "a.mp3", USUAL, v1=2))


@pytest.mark.parametrize(("version", "ordinary"), [(3, True), (4, False)])
def test_a_year_of_old_beside_an_older_tag_is_left_to_mutagen(
    version: int, tmp_path: Path, *, ordinary: bool
) -> None:
    every = {name: (0, [name]) for name in ("TIT2", "TPE1", "TALB", "TRCK", "TCON")}

    assert is_ordinary(written(tmp_path / "a.mp3", every, version, v1=2)) is ordinary


@pytest.mark.parametrize("genre", ["(17)", "17", "CR"])
def test_a_genre_that_must_be_looked_up_is_left_to_mutagen(genre: str, tmp_path: Path) -> None:
    assert not is_ordinary(written(tmp_path / "a.mp3", {"TCON": (3, [genre])}))


@pytest.mark.parametrize(("place", "byte"), [(3, 2), (5, 0x80), (6, 0x80), (19, 2), (14, 0xFF)])
def test_what_is_not_ordinary_is_left_to_mutagen(place: int, byte: int, tmp_path: Path) -> None:
    path = written(tmp_path / "a.mp3", USUAL)
    content = bytearray(path.read_bytes())
    content[place] = byte
    path.write_bytes(content)

    assert not is_ordinary(path)


@settings(max_examples=150, deadline=None)
@example(
    frames={name: (0, ["Folk"]) for name in ("TIT2", "TPE1", "TALB", "TRCK", "TCON")},
    version=4,
    v1=2,
)
@given(frames=FRAMES, version=st.sampled_from([3, 4]), v1=st.sampled_from([0, 2]))
def test_both_ways_say_the_same(
    frames: dict[str, tuple[int, list[str]]], version: int, v1: int
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = written(Path(directory, "a.mp3"), frames, version, v1)
        aside = Path(directory, "a.aac")  # by this name the whole is left to mutagen
        aside.write_bytes(path.read_bytes())

        assert tags.read(bytes(path)).tags == tags.read(bytes(aside)).tags
