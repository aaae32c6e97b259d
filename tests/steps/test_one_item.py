"""An import and a scan come to the same items, and these are what the plan of the import took the files for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

import media
from household import Household
from shelfd.core.settings import Import
from shelfd.store import queries, searching
from trees import names

FIELDS = "kind path title year season episodes artist album disc track author series sequence narrator date ids state".split()


def song(path: Path, title: str, track: int, **tags: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    media.mp3(path, title=title, track=str(track), **tags)


def items(home: Household, kind: str = "") -> list[Mapping[str, Any]]:
    found = queries.items(home.db.read(), kind=kind or None, after=0, limit=1000)
    return [{name: getattr(item, name) for name in FIELDS} for item in found]


def of_kind(home: Household, kind: str) -> list[Mapping[str, Any]]:
    return [item for item in items(home) if item["kind"] == kind and item["state"] == "present"]


def settle(home: Household) -> None:
    home.settle()
    home.clock.now += 20
    home.work()


def scanned(home: Household) -> None:
    """Scan everything anew, and demand that the catalog was right before."""
    before = items(home)
    for root in ("music", "shows", "movies", "audiobooks", "books"):
        found = home.scan(root, recursive=True, full=True).result
        assert found is not None
        assert (found["added"], found["changed"], found["moved"]) == (0, 0, 0)
    assert items(home) == before


def test_a_compilation_that_does_not_call_itself_one_is_one_album(tmp_path: Path) -> None:
    home = Household(tmp_path)
    for number, artist in enumerate(("Ann", "Bob", "Cat", "Dan"), 1):
        path = home.inbox / "Now Hits 7" / f"0{number} x.mp3"
        song(path, f"Hit {number}", number, artist=artist, album="Now Hits 7")
    settle(home)

    assert len(names(home.library / "music" / "Various Artists" / "Now Hits 7")) == 4
    (album,) = of_kind(home, "album")
    assert (album["title"], album["artist"]) == ("Now Hits 7", "Various Artists")
    assert album["path"] == b"Various Artists/Now Hits 7"
    scanned(home)


def test_an_album_with_a_guest_is_one_album_of_its_main_artist(tmp_path: Path) -> None:
    home = Household(tmp_path)
    for number, artist in enumerate(("Lead", "Guest", "Lead", "Lead"), 1):
        path = home.inbox / "Dom Album" / f"0{number} x.mp3"
        song(path, f"Song {number}", number, artist=artist, album="Dom Album")
    settle(home)

    (album,) = of_kind(home, "album")
    assert (album["title"], album["artist"], album["path"]) == (
        "Dom Album",
        "Lead",
        b"Lead/Dom Album",
    )
    scanned(home)


@pytest.mark.parametrize("spelled", ["Two Sides", "Two Sides (Disc {})"])
def test_an_album_over_discs_lies_above_them_and_has_their_numbers(
    tmp_path: Path, spelled: str
) -> None:
    home = Household(tmp_path)
    for disc in (1, 2):
        for number in (1, 2):
            path = home.inbox / "Ann - Two Sides" / f"CD{disc}" / f"0{number} x.mp3"
            title = f"Song {disc}{number}"
            song(path, title, number, artist="Ann", album=spelled.format(disc))
    settle(home)

    assert names(home.library / "music") == [
        f"Ann/Two Sides/Disc {disc}/0{number} Song {disc}{number}.mp3"
        for disc in (1, 2)
        for number in (1, 2)
    ]
    (album,) = of_kind(home, "album")
    assert (album["title"], album["path"]) == ("Two Sides", b"Ann/Two Sides")
    assert sorted(track["disc"] for track in of_kind(home, "track")) == [1, 1, 2, 2]
    scanned(home)


def test_a_track_of_no_album_is_of_none_in_the_catalog_either(tmp_path: Path) -> None:
    home = Household(tmp_path)
    song(home.inbox / "rips" / "x.mp3", "Two", 2, artist="Ann", album="Some")
    media.mp3(home.inbox / "rips" / "y.mp3", title="One", artist="Bob")
    settle(home)

    assert names(home.library / "music") == ["Ann/Some/02 Two.mp3", "Bob/Singles/One.mp3"]
    assert [album["title"] for album in of_kind(home, "album")] == ["Some"]
    assert {track["title"]: track["album"] for track in of_kind(home, "track")} == {
        "One": None,
        "Two": "Some",
    }
    scanned(home)


def test_an_episode_that_counts_by_days_has_its_day(tmp_path: Path) -> None:
    home = Household(tmp_path)
    media.mkv(home.inbox / "The.Late.Hour.2024.03.05.Guest.Name.720p.WEB.mkv")
    settle(home)

    (episode,) = of_kind(home, "episode")
    assert (episode["date"], episode["title"]) == ("2024-03-05", "Guest Name")
    assert (episode["season"], episode["sequence"]) == (None, None)
    (hit,) = searching.search(home.db.read(), ["2024-03-05"], kind=None, after=0, limit=9)
    assert hit.item.date == "2024-03-05"
    scanned(home)


def book(path: Path, **tags: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    media.mp3(path, **tags)


FULL: Mapping[str, Any] = {
    "title": "Low Water",
    "author": "Ada Finch",
    "series": "The Tides",
    "sequence": "2",
    "narrator": "Tom Reed",
    "year": 1994,
    "ids": {"asin": "B00ABCDEFG", "isbn": "9780000000002"},
}
OPF = """<package xmlns="http://www.idpf.org/2007/opf"><metadata
 xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Low Water</dc:title>
<dc:creator>Ada Finch</dc:creator><dc:identifier scheme="ISBN">9780000000002</dc:identifier>
<meta name="calibre:series" content="The Tides"/></metadata></package>"""
SAID = {
    "title": "Low Water",
    "authors": ["Ada Finch"],
    "narrators": ["Tom Reed"],
    "series": ["The Tides #2"],
    "publishedYear": "1994",
    "asin": "B00ABCDEFG",
    "isbn": "9780000000002",
}


def known(item: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: item[name] for name in FULL}


def test_an_audiobook_keeps_what_its_tags_say(tmp_path: Path) -> None:
    home = Household(tmp_path)
    tags = {"album": "Low Water", "author": "Ada Finch", "series": "The Tides", "series-part": "2"}
    more = {"narrator": "Tom Reed", "date": "1994", "asin": "B00ABCDEFG", "isbn": "9780000000002"}
    book(home.inbox / "x" / "x.mp3", **tags, **more)
    settle(home)

    assert [known(item) for item in of_kind(home, "audiobook")] == [FULL]
    scanned(home)


@pytest.mark.parametrize("discs", [False, True])
def test_an_audiobook_has_what_the_metadata_file_beside_it_says(
    tmp_path: Path, *, discs: bool
) -> None:
    home = Household(tmp_path, filing=Import(write_nfo=False))
    top = home.inbox / "Low Water"
    for number in (1, 2):
        directory = top / f"CD{number}" if discs else top
        tags = {"album": "Low Water", "author": "Ada Finch", "genre": "Audiobook"}
        book(directory / f"0{number}.mp3", title=f"Chapter {number}", track=str(number), **tags)
    (top / "metadata.json").write_bytes(msgspec.json.encode(SAID))
    settle(home)

    assert "audiobooks/Ada Finch/The Tides/Low Water/metadata.json" in names(home.library)
    (item,) = of_kind(home, "audiobook")
    assert known(item) == FULL
    assert item["path"] == b"Ada Finch/The Tides/Low Water"
    scanned(home)


def test_a_scan_of_everything_counts_as_changed_what_is_other_than_the_rows_say(
    tmp_path: Path,
) -> None:
    home = Household(tmp_path)
    shelf = home.library / "audiobooks" / "Ada Finch"
    for title in ("Low Water", "Deep Water"):
        book(shelf / title / "01.mp3", album=title, author="Ada Finch")
    home.scan("audiobooks", recursive=True)
    scanned(home)
    (shelf / "Low Water" / "metadata.json").write_bytes(msgspec.json.encode(SAID))

    found = home.scan("audiobooks", recursive=True, full=True).result

    assert found is not None
    assert (found["added"], found["changed"]) == (0, 1)
    heard = {item["title"]: item["series"] for item in of_kind(home, "audiobook")}
    assert heard == {"Low Water": "The Tides", "Deep Water": None}
    scanned(home)


def test_a_scan_reads_what_metadata_files_and_directories_say_of_books(tmp_path: Path) -> None:
    home = Household(tmp_path)
    shelf = home.library / "audiobooks" / "Ada Finch"
    told = "Vol 2 - 1994 - Low Water [B00ABCDEFG] {Tom Reed}"
    book(shelf / "The Tides" / told / "01.mp3", album="Low Water", author="Ada Finch")
    for disc in (1, 2):
        book(shelf / "Deep Water" / f"CD{disc}" / "01.mp3", album="Deep Water", author="Ada Finch")
    (shelf / "Deep Water" / "metadata.json").write_bytes(
        msgspec.json.encode({**SAID, "title": "Deep Water"})
    )
    books = home.library / "books" / "Ada Finch"
    for title in ("Low Water", "Deep Water"):
        (books / title).mkdir(parents=True)
        media.epub(books / title / f"{title}.epub", title=title, author="Ada Finch")
    (books / "Low Water" / "metadata.opf").write_text(OPF)
    for root in ("audiobooks", "books"):
        home.scan(root, recursive=True)

    heard = {item["title"]: known(item) for item in of_kind(home, "audiobook")}
    assert heard == {
        "Low Water": {**FULL, "ids": {"asin": "B00ABCDEFG"}},
        "Deep Water": {**FULL, "title": "Deep Water"},
    }
    read = {item["title"]: (item["series"], item["ids"]) for item in of_kind(home, "book")}
    assert read == {
        "Low Water": ("The Tides", {"isbn": "9780000000002"}),
        "Deep Water": (None, {}),
    }
    scanned(home)


def test_a_booklet_beside_an_audiobook_is_filed_with_it_and_no_item(tmp_path: Path) -> None:
    home = Household(tmp_path)
    tags = {"album": "Low Water", "author": "Ada Finch", "genre": "Audiobook"}
    book(home.inbox / "x" / "x.mp3", **tags)
    (home.inbox / "x" / "booklet.pdf").write_bytes(b"%PDF-1.4\n")
    settle(home)

    assert names(home.library) == [
        "audiobooks/Ada Finch/Low Water/Low Water.mp3",
        "audiobooks/Ada Finch/Low Water/booklet.pdf",
    ]
    assert [item["kind"] for item in items(home)] == ["audiobook"]
    scanned(home)
