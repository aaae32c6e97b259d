"""An import and a scan come to the same items, and these are what the plan of the import took the files for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import media
from household import Household
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
        home.scan(root, recursive=True, full=True)
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
