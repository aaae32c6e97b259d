"""Libraries that the settings call otherwise, take for another kind, or leave out, keep what is known of them."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

import media
from household import Household
from shelfd.core import roots
from shelfd.core.operations import Asker, Kind, State, Step, Wish
from shelfd.core.paths import TOP, Place, RelPath
from shelfd.core.settings import Library, LibraryKind
from shelfd.store import checkpoints, drops, holds, operations, queries
from shelfd.store import roots as root_rows


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Household]:
    """A music library of three songs."""
    home = Household(tmp_path)
    for number in range(3):
        path = home.library / f"music/Ann/Some/{number:02}.mp3"
        path.parent.mkdir(parents=True, exist_ok=True)
        media.mp3(path, artist="Ann", album="Some", title=f"Song {number}", track=str(number))
    home.scan("music", recursive=True)
    home.clock.now += 100
    with closing(home):
        yield home


def take(home: Household, *libraries: Library) -> None:
    """Take over settings with these libraries, as a reload does."""
    settings = msgspec.structs.replace(home.current.settings, library=libraries)
    home.current.settings, home.current.roots = settings, roots.of(settings)
    with home.db.transaction() as tx:
        root_rows.put(tx, home.current.roots)


def others(home: Household) -> list[Library]:
    path = music(home).path
    return [each for each in home.current.settings.library if each.path != path]


def music(home: Household, name: str = "music", kind: LibraryKind = "music") -> Library:
    return Library(name=name, path=str(home.library / "music"), kind=kind)


def rows(home: Household, query: str, *values: object) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in home.db.read().execute(query, values)]


def known(home: Household, root: str) -> list[tuple[Any, ...]]:
    """Return what is known of the files of a root, with their items."""
    return rows(
        home,
        "SELECT directories.path, name, files.id, item, items.root, parent, added_at, missing_since"
        " FROM files JOIN directories ON directories.id = directory JOIN items ON items.id = item"
        " WHERE directories.root = ?",
        root,
    )


def test_a_library_of_another_name_is_the_same_library(home: Household) -> None:
    before, marker = known(home, "music"), root_rows.known(home.db.read(), "music")
    take(home, *others(home), music(home, "tunes"))

    scan = home.scan("tunes", recursive=True)

    assert scan.result is not None
    assert (scan.result["added"], scan.result["changed"], scan.result["missing"]) == (0, 0, 0)
    expected = [(*row[:4], "tunes", *row[5:]) for row in before]
    assert known(home, "tunes") == expected
    assert known(home, "music") == []
    assert root_rows.known(home.db.read(), "tunes") == marker
    assert rows(home, "SELECT count(*) FROM roots WHERE name = 'music'") == [(0,)]
    assert rows(home, "PRAGMA foreign_key_check") == []

    take(home, *others(home), music(home))
    assert known(home, "music") == before


def test_what_waits_for_a_library_goes_on_under_its_other_name(home: Household) -> None:
    place = Place("music", RelPath(b"Ann"))
    wish = Wish(kind=Kind.SCAN, step=Step.SCAN, place=place, display="", asker=Asker.WATCH)
    with home.db.transaction() as tx:
        number = operations.enqueue(tx, wish, home.clock.now)
        holds.put(tx, place, home.clock.now)

    take(home, *others(home), music(home, "tunes"))

    renamed = Place("tunes", RelPath(b"Ann"))
    assert holds.of_all(home.db.read())[0].place == renamed
    with home.db.transaction() as tx:
        again = Wish(kind=Kind.SCAN, step=Step.SCAN, place=renamed, display="", asker=Asker.WATCH)
        assert operations.enqueue(tx, again, home.clock.now) == number
    home.work()
    assert home.operation(number).state is State.COMPLETED


def test_an_import_into_a_library_can_be_undone_under_its_other_name(home: Household) -> None:
    media.mp3(home.inbox / "a.mp3", artist="Ben", album="One", title="First", track="1")
    home.settle()
    [imported] = home.imports()
    assert imported.state is State.COMPLETED
    take(home, *others(home), music(home, "tunes"))
    [drop] = drops.of(home.db.read(), "inbox").values()
    assert [verdict.root for verdict in drop.verdicts] == ["tunes"]

    assert home.undo(imported.id).state is State.COMPLETED

    assert (home.inbox / "a.mp3").exists()
    assert not (home.library / "music/Ben").exists()


def test_an_inbox_of_another_name_keeps_its_drops(home: Household) -> None:
    media.mp3(home.inbox / "a.mp3", artist="Ben", album="One", title="First", track="1")
    home.look()
    inbox = msgspec.structs.replace(home.current.settings.inbox[0], name="new")
    home.current.settings = msgspec.structs.replace(home.current.settings, inbox=(inbox,))
    take(home, *home.current.settings.library)

    assert rows(home, "SELECT root, path FROM drops") == [("new", b"a.mp3")]


def test_a_library_at_another_place_under_another_name_is_another_one(home: Household) -> None:
    (home.top / "tunes").mkdir()
    take(home, *others(home), Library(name="tunes", path=str(home.top / "tunes"), kind="music"))

    assert known(home, "tunes") == []
    assert len(known(home, "music")) == 3


def test_names_that_are_swapped_stay_where_they_were(home: Household) -> None:
    before = known(home, "music")
    books = next(each for each in others(home) if each.name == "books")
    rest = [each for each in others(home) if each.name != "books"]
    take(
        home,
        *rest,
        music(home, "books"),
        msgspec.structs.replace(books, name="music"),
    )

    assert known(home, "music") == before


def test_what_has_left_the_settings_is_not_shown_and_is_known_when_it_is_back(
    home: Household,
) -> None:
    reader, before = home.db.read(), known(home, "music")
    [(album,)] = rows(home, "SELECT id FROM items WHERE kind = 'album'")
    [shown] = queries.items(reader, kind="album", after=0, limit=9)
    assert (shown.id, queries.count_children(reader, album)) == (album, 3)
    assert queries.item_counts(reader) == {"album": 1, "track": 3}
    assert queries.root_counts(reader)["music"].files == 3

    take(home, *others(home))

    assert queries.items(reader, kind=None, after=0, limit=9) == []
    assert queries.children(reader, parent=album, after=0, limit=9) == []
    assert queries.count_children(reader, album) == 0
    assert queries.item(reader, album) is None
    assert queries.item_counts(reader) == {}
    assert "music" not in queries.root_counts(reader)

    take(home, *others(home), music(home, "tunes"))
    assert [row[:4] for row in known(home, "tunes")] == [row[:4] for row in before]
    assert queries.item_counts(reader) == {"album": 1, "track": 3}


@pytest.mark.parametrize("quick", [True, False])
def test_a_library_of_another_kind_is_read_anew(
    home: Household,
    quick: bool,  # noqa: FBT001  # a case, not a switch
) -> None:
    take(home, *others(home), music(home, kind="audiobooks"))

    home.scan("music", recursive=True, quick=quick)

    kinds = queries.item_counts(home.db.read())
    assert set(kinds) == {"audiobook"}


def test_a_walk_that_stood_in_a_library_begins_anew_under_its_other_name(home: Household) -> None:
    for number in range(20):
        path = home.library / f"music/Ben {number}/One/1.mp3"
        path.parent.mkdir(parents=True)
        media.mp3(path, artist=f"Ben {number}", album="One", title=f"{number}", track="1")
    with home.db.transaction() as tx:
        wish = Wish(
            kind=Kind.SCAN,
            step=Step.SCAN,
            place=Place("music", TOP),
            display="",
            asker=Asker.SHELFD,
            options={"recursive": True},
        )
        number = operations.enqueue(tx, wish, home.clock.now)
    home.stop_after(2)
    home.work()
    home.close()
    home.open()
    assert checkpoints.load(home.db.read(), number) is not None
    take(home, *others(home), music(home, "tunes"))

    home.work()

    assert home.operation(number).state is State.COMPLETED
    assert len(known(home, "tunes")) == 23
