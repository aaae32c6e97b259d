"""What is dropped and is in a library already, at another place, is there; but not what people want in two places."""

import os
from pathlib import Path

import pytest

import media
from household import Household
from shelfd.core.settings import Conflict, Import
from shelfd.store import drops
from trees import names, plant, tree

TAGS = {"artist": "Ann", "album": "Some", "title": "One", "track": "1"}
FILM = "movies/old/Dune.2021.1080p.mkv"


def with_film(home: Household) -> bytes:
    """Let a film be in the library under a name of its own; return its content."""
    film = home.library / FILM
    film.parent.mkdir()
    media.mkv(film, seconds=1)
    home.scan("movies", recursive=True)
    return film.read_bytes()


@pytest.mark.parametrize("policy", ["skip", "keep-both", "replace-better"])
def test_the_same_film_at_another_place_is_there_already(tmp_path: Path, policy: Conflict) -> None:
    home = Household(tmp_path, filing=Import(conflict=policy))
    content = with_film(home)
    (home.inbox / "Dune (2021).mkv").write_bytes(content)

    home.settle()

    assert names(home.library) == [FILM]
    assert names(home.inbox) == []
    drop = drops.one(home.db.read(), home.place(b"Dune (2021).mkv"))
    assert drop is not None
    assert [one.reason for one in drop.verdicts] == [
        "the same content is there already: old/Dune.2021.1080p.mkv"
    ]


def test_an_undo_gives_it_back(tmp_path: Path) -> None:
    home = Household(tmp_path)
    content = with_film(home)
    (home.inbox / "Dune (2021).mkv").write_bytes(content)
    before = {path: what for path, what in tree(tmp_path).items() if "shelfd.db" not in path}
    home.settle()

    [done] = home.imports()
    home.undo(done.id)

    assert {
        path: what for path, what in tree(tmp_path).items() if "shelfd.db" not in path
    } == before


def test_what_is_named_after_it_goes_beside_it_and_the_rest_stays(tmp_path: Path) -> None:
    home = Household(tmp_path)
    content = with_film(home)
    drop = home.inbox / "Dune (2021)"
    drop.mkdir()
    (drop / "Dune (2021).mkv").write_bytes(content)
    plant(drop, {"Dune (2021).en.srt": b"1\n00:00:01,000 --> 00:00:02,000\nHello\n"})

    home.settle()

    assert names(home.library) == ["movies/old/Dune.2021.1080p.en.srt", FILM]


def test_a_drop_that_is_a_hard_link_of_it_is_there_too(tmp_path: Path) -> None:
    home = Household(tmp_path)
    with_film(home)
    os.link(home.library / FILM, home.inbox / "Dune (2021).mkv")

    home.settle()

    assert names(home.library) == [FILM]
    assert (home.library / FILM).stat().st_nlink == 2, "the other one is in the trash"


def test_another_content_that_begins_the_same_is_another_version(tmp_path: Path) -> None:
    home = Household(tmp_path, filing=Import(conflict="keep-both"))
    film = home.library / FILM
    film.parent.mkdir()
    media.mkv(film, seconds=1)
    content = bytearray(film.read_bytes() + bytes(100_000))
    film.write_bytes(content)
    home.scan("movies", recursive=True)
    content[-1] ^= 1
    (home.inbox / "Dune (2021).mkv").write_bytes(content)

    home.settle()

    assert names(home.library) == ["movies/Dune (2021)/Dune (2021) - 480p.mkv", FILM]


def test_a_track_that_is_on_two_albums_is_filed_in_both(tmp_path: Path) -> None:
    home = Household(tmp_path, filing=Import(auto_accept=0.3))
    song = media.mp3(tmp_path / "song.mp3").read_bytes()
    for album in ("Ann - Some (2001)", "Ann - Hits (2009)"):
        (home.inbox / album).mkdir()
        (home.inbox / album / "03 - One.mp3").write_bytes(song)
        home.settle()

    found = names(home.library)

    assert len(found) == 2, found
    assert any("Some" in name for name in found)
    assert any("Hits" in name for name in found)


def test_a_track_is_there_already_in_a_directory_that_somebody_else_has_named(
    tmp_path: Path,
) -> None:
    home = Household(tmp_path)
    mine = home.library / "music" / "Mine"
    mine.mkdir()
    content = media.mp3(mine / "x.mp3", **TAGS).read_bytes()
    home.scan("music", recursive=True)
    (home.inbox / "one.mp3").write_bytes(content)

    home.settle()

    assert names(home.library) == ["music/Mine/x.mp3"]
    assert names(home.inbox) == []


def test_what_was_lost_from_there_is_filed(tmp_path: Path) -> None:
    home = Household(tmp_path)
    content = with_film(home)
    (home.library / FILM).unlink()
    (home.inbox / "Dune (2021).mkv").write_bytes(content)

    home.settle()

    assert names(home.library) == ["movies/Dune (2021)/Dune (2021).mkv"]
