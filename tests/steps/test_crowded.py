"""Imports, undos, scans and moves all at once: every file is there once, and the catalog has each by its own row."""

import random
from pathlib import Path

import pytest

import media
from beside import ask, working
from household import Household
from shelfd.core.operations import Kind, State, Step
from shelfd.core.paths import Place, RelPath
from shelfd.store import operations
from waiting import eventually


def drop(home: Household, name: str, artist: str, album: str, mark: str) -> None:
    directory = home.inbox / name
    directory.mkdir()
    for track in range(1, 4):
        media.mp3(
            directory / f"{track}.mp3",
            artist=artist,
            album=album,
            title=f"{album} {track}",
            track=str(track),
            genre=mark,
        )


def prepare(home: Household) -> None:
    """Drop albums of which some share a new directory, and two are the same."""
    for number in range(6):
        drop(home, f"drop {number}", f"Artist {number % 2}", f"Album {number}", "rock")
    drop(home, "again", "Artist 0", "Album 0", "jazz")
    song = media.mp3(home.top / "song.mp3", title="x").read_bytes()
    for number in range(30):
        directory = home.library / "music" / "Old" / f"{number:02}"
        directory.mkdir(parents=True)
        (directory / "song.mp3").write_bytes(song + bytes([number]))
    home.scan("music", recursive=True)


def on_disk(home: Household) -> dict[str, bytes]:
    return {
        str(path.relative_to(home.top)): path.read_bytes()
        for top in (home.library, home.inbox)
        for path in top.rglob("*.mp3")
        if ".shelfd-trash" not in path.parts
    }


def in_catalog(home: Household) -> list[str]:
    rows = home.db.read().execute(
        "SELECT root, path, name FROM files JOIN directories ON directories.id = files.directory"
        " WHERE missing_since IS NULL"
    )
    return sorted(
        f"library/{row['root']}/{row['path'].decode()}/{row['name'].decode()}" for row in rows
    )


def all_at_once(home: Household, chance: random.Random) -> None:
    """Import all drops while directories are renamed and scanned, and imports undone."""
    names = ["again", *(f"drop {number}" for number in range(6))]
    chance.shuffle(names)
    imports = []
    old = home.library / "music" / "Old"
    with working(home) as work:
        for name in names:
            imports.append(ask(home, Kind.IMPORT, Step.PLAN, home.place(name.encode())))
            number = chance.randrange(30)
            if (moved := old / f"{number:02}").is_dir():
                moved.rename(old / f"new {number:02}")
            path = chance.choice([b"", b"Old", b"Artist 0", b"Artist 1", b"Old/03"])
            scan(home, path, recursive=chance.random() < 0.5, full=chance.random() < 0.3)
            if chance.random() < 0.6:
                undo(home, chance.choice(imports))
        work.until_all_is_done()


@pytest.mark.parametrize("seed", range(6))
def test_whatever_runs_at_once_each_file_is_there_once_and_has_one_row(
    tmp_path: Path, seed: int
) -> None:
    home = Household(tmp_path, mode="move")
    prepare(home)
    before = sorted(on_disk(home).values())
    ids = old_ids(home)
    all_at_once(home, random.Random(seed))  # noqa: S311  # no secret
    scan(home, b"", recursive=True)
    home.work()

    assert sorted(on_disk(home).values()) == before
    assert in_catalog(home) == sorted(path for path in on_disk(home) if path.startswith("library/"))
    assert old_ids(home) == ids
    assert home.open_steps() == 0
    ended = [one for one in operations.page(home.db.read()) if one.state is State.FAILED]
    assert {one.error["code"] for one in ended if one.error} <= {
        "no_such_path",
        "refused",
        "nothing_to_undo",
    }
    home.close()


def old_ids(home: Household) -> set[int]:
    rows = home.db.read().execute(
        "SELECT files.id FROM files JOIN directories ON directories.id = files.directory"
        " WHERE path >= CAST('Old/' AS BLOB) AND path < CAST('Old0' AS BLOB) AND missing_since IS NULL"
    )
    return {row[0] for row in rows}


def scan(home: Household, path: bytes, **options: bool) -> int:
    return ask(home, Kind.SCAN, Step.SCAN, Place("music", RelPath(path)), **options)


def undo(home: Household, number: int) -> None:
    """Undo an import as soon as it has ended."""
    eventually(lambda: home.operation(number).finished_at is not None)
    place = home.operation(number).place
    ask(home, Kind.UNDO, Step.UNDO, place, operation=number)
