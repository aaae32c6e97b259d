"""What comics say of themselves, and what is wrong with some of them."""

import zipfile
from pathlib import Path

import pytest

from shelfd.core.identity import identify
from shelfd.edges import books

SAID = b"""<?xml version="1.0"?>
<ComicInfo xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <Title></Title><Series>Saga of Tides</Series><Number>02</Number><Year>2013</Year>
  <Writer>Ann Ink, Ben Brush</Writer><Publisher>Image</Publisher>
</ComicInfo>"""


def comic(path: Path, info: bytes | None, name: str = "ComicInfo.xml") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("001.jpg", b"page")
        if info is not None:
            archive.writestr(name, info)
    return path


def test_a_comic_says_its_series_and_its_place_in_it(tmp_path: Path) -> None:
    reading = books.read(bytes(comic(tmp_path / "x.cbz", SAID, "comicinfo.XML")))

    assert reading.error is None
    assert reading.tags == {
        "title": "Saga of Tides #2",
        "series": "Saga of Tides",
        "sequence": "2",
        "author": "Ann Ink; Ben Brush",
        "publisher": "Image",
        "date": "2013",
    }
    identity = identify(["x.cbz"], reading)
    assert (identity.title, identity.author, identity.year) == (
        "Saga of Tides #2",
        "Ann Ink, Ben Brush",
        2013,
    )
    assert identity.confidence >= 0.9


def test_series_and_number_are_enough_without_a_writer(tmp_path: Path) -> None:
    said = SAID.replace(b"<Writer>Ann Ink, Ben Brush</Writer>", b"")
    reading = books.read(bytes(comic(tmp_path / "x.cbz", said)))
    identity = identify(["Saga 002 (2013).cbz"], reading)

    assert (identity.title, identity.series, identity.sequence, identity.author) == (
        "Saga of Tides #2",
        "Saga of Tides",
        "2",
        "",
    )
    assert identity.confidence == 0.9
    half = books.read(bytes(comic(tmp_path / "y.cbz", said.replace(b"<Number>02</Number>", b""))))
    assert identify(["Saga 002 (2013).cbz"], half).confidence < 0.8


@pytest.mark.parametrize(
    "info",
    [
        None,
        b"",
        b"no XML",
        b"<ComicInfo><Title>torn",
        b"<ComicInfo>" + b"<a>" * 200_000,
        b" " * (64 << 20) + b"<ComicInfo/>",
        b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><ComicInfo><Title>&b;</Title></ComicInfo>",
    ],
    ids=["none", "empty", "text", "torn", "deep", "bomb", "entity"],
)
def test_a_comic_is_a_comic_whatever_is_wrong_with_what_describes_it(
    tmp_path: Path, info: bytes | None
) -> None:
    reading = books.read(bytes(comic(tmp_path / "x.cbz", info)))

    assert (reading.format, reading.tags, reading.error) == ("cbz", {}, None)


def test_a_damaged_zip_is_still_a_comic(tmp_path: Path) -> None:
    path = comic(tmp_path / "x.cbz", SAID)
    path.write_bytes(path.read_bytes()[:100])

    assert books.read(bytes(path)).format == "cbz"
