"""What books say of themselves, and the traps in their archives."""

import os
import zipfile
from pathlib import Path

import pytest

import media
from shelfd.core.media import Reading
from shelfd.edges import books


def test_a_book_with_a_series(tmp_path: Path) -> None:
    path = media.epub(tmp_path / "a.epub", "Mort & Co.", "Terry Pratchett", "Discworld", "4.0")

    assert books.read(bytes(path)) == Reading(
        format="epub",
        tags={
            "title": "Mort & Co.",
            "author": "Terry Pratchett",
            "series": "Discworld",
            "sequence": "4",
        },
    )


def test_a_book_of_edition_3_refines_what_it_says(tmp_path: Path) -> None:
    path = media.epub_of(
        tmp_path / "a.epub",
        """
        <dc:title id="t2">A Subtitle</dc:title>
        <meta refines="#t2" property="title-type">subtitle</meta>
        <dc:title id="t1">A Title</dc:title>
        <meta refines="#t1" property="title-type">main</meta>
        <dc:creator id="c1">A Painter</dc:creator>
        <meta refines="#c1" property="role" scheme="marc:relators">ill</meta>
        <dc:creator id="c2">One Author</dc:creator>
        <dc:creator id="c3">Another
            Author</dc:creator>
        <meta refines="#c3" property="role">aut</meta>
        <meta id="s0" property="belongs-to-collection">A Set</meta>
        <meta refines="#s0" property="collection-type">set</meta>
        <meta id="s1" property="belongs-to-collection">A Series</meta>
        <meta refines="#s1" property="collection-type">series</meta>
        <meta refines="#s1" property="group-position">2.5</meta>
        """,
    )

    assert books.read(bytes(path)).tags == {
        "title": "A Title",
        "author": "One Author; Another Author",
        "series": "A Series",
        "sequence": "2.5",
    }


def test_dates_languages_publishers_and_numbers(tmp_path: Path) -> None:
    path = media.epub_of(
        tmp_path / "a.epub",
        """
        <dc:date opf:event="modification">2020-01-01</dc:date>
        <dc:date opf:event="publication">1987-11-12T00:00:00+00:00</dc:date>
        <dc:language>en</dc:language>
        <dc:publisher>Gollancz</dc:publisher>
        <dc:identifier opf:scheme="uuid">123e4567-e89b-12d3-a456-426614174000</dc:identifier>
        <dc:identifier opf:scheme="MOBI-ASIN">B000W93CDS</dc:identifier>
        <dc:identifier>urn:isbn:978-0-575-04171-9</dc:identifier>
        """,
    )

    assert books.read(bytes(path)).tags == {
        "date": "1987-11-12",
        "language": "en",
        "publisher": "Gollancz",
        "asin": "B000W93CDS",
        "isbn": "9780575041719",
    }


def test_the_year_101_is_no_date(tmp_path: Path) -> None:
    path = media.epub_of(tmp_path / "a.epub", "<dc:date>0101-01-01T00:00:00+00:00</dc:date>")

    assert books.read(bytes(path)).tags == {}


def test_when_nobody_is_an_author_all_creators_are(tmp_path: Path) -> None:
    path = media.epub_of(tmp_path / "a.epub", '<dc:creator opf:role="edt">An Editor</dc:creator>')

    assert books.read(bytes(path)).tags == {"author": "An Editor"}


def test_an_old_book_may_name_its_document_type(tmp_path: Path) -> None:
    doctype = '<!DOCTYPE package PUBLIC "+//ISBN 0-9673008-1-9//DTD OEB 1.2 Package//EN" "oeb.dtd">'
    path = media.epub_of(tmp_path / "a.epub", "<dc:title>A Title</dc:title>", doctype)

    assert books.read(bytes(path)).tags == {"title": "A Title"}


def test_entities_are_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE package [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    path = media.epub_of(tmp_path / "a.epub", "<dc:title>&b;</dc:title>", bomb)

    assert books.read(bytes(path)).error == "its metadata defines entities, as XML bombs do"


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = media.epub_of(tmp_path / "a.epub", " " * 20_000_000)

    assert path.stat().st_size < 50_000
    assert books.read(bytes(path)).error == "its metadata is larger than that of any book"


def test_an_archive_without_a_package_is_no_book(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.epub", "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")

    assert books.read(bytes(tmp_path / "a.epub")).error == "no metadata of a book in it"


def test_metadata_that_is_no_xml_is_an_error(tmp_path: Path) -> None:
    path = media.epub_of(tmp_path / "a.epub", "<dc:title>")

    assert books.read(bytes(path)).error == "its metadata is no XML"


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.pdf", b"%PDF-1.7\n", "pdf"),
        ("a.pdf", b"\xef\xbb\xbf%PDF-1.4\n", "pdf"),
        ("a.mobi", b"A Title".ljust(60, b"\0") + b"BOOKMOBI", "mobi"),
        ("a.azw3", b"A Title".ljust(60, b"\0") + b"BOOKMOBI", "mobi"),
        ("a.cbz", b"PK\x03\x04", "cbz"),
        ("a.cbr", b"Rar!\x1a\x07\x01\x00", "cbr"),
        ("a.cb7", b"7z\xbc\xaf\x27\x1c\x00\x04", "cb7"),
        ("a.cbr", b"PK\x03\x04", "cbz"),
    ],
)
def test_other_books_are_known_by_their_first_bytes(
    name: str, content: bytes, found: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)

    assert books.read(bytes(tmp_path / name)) == Reading(format=found)


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("a.epub", b"%PDF-1.7\n", "no EPUB in it"),
        ("a.epub", b"", "it is empty"),
        ("a.pdf", b"<html>Not found</html>", "no PDF in it"),
        ("a.mobi", b"PK\x03\x04", "no MOBI in it"),
        ("a.cbz", b"%PDF-1.7\n", "no CBZ in it"),
    ],
)
def test_what_is_not_what_it_is_called_is_an_error(
    name: str, content: bytes, error: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)

    assert books.read(bytes(tmp_path / name)).error == error


def test_only_a_regular_file_is_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.epub")

    assert books.read(bytes(tmp_path / "pipe.epub")).error == "it is not a regular file"
