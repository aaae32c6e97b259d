"""No list of the API reads or sorts a whole table, however large that is."""

import re

import pytest

from fakes import rows
from fakes.daemon import Served
from shelfd.control import covers, events, items, operations, why
from shelfd.control.asked import Asked
from shelfd.core.media import Kind as Media
from shelfd.core.operations import Kind, State, Step
from shelfd.core.paths import TOP, Place
from shelfd.core.settings import Library, Settings

SMALL = ("roots", "json_each", "terms")
"""Tables, and what stands for one, that stay small whatever there is."""


def wholly_read(said: str) -> list[str]:
    """Return the parts of a plan that take longer the more rows there are."""
    return [
        line
        for line in said.splitlines()
        if (
            re.match(r"SCAN (?!items_search|item_trigrams|CONSTANT)(\w+)", line)
            and line.split()[1] not in SMALL
        )
        or "TEMP B-TREE" in line
    ]


def plans(served: Served, ask: object) -> list[tuple[str, str]]:
    """Return every statement that a question leads to, with how SQLite executes it."""
    assert callable(ask)
    reader = served.daemon.db.read()
    statements: list[str] = []
    reader.set_trace_callback(statements.append)
    ask()
    reader.set_trace_callback(None)
    asked = [one for one in statements if one.lstrip().upper().startswith("SELECT")]
    # FTS5 asks its own tables
    read = [one for one in asked if "'main'.'items_search_" not in one]
    return [
        (
            one,
            "\n".join(str(row["detail"]) for row in reader.execute(f"EXPLAIN QUERY PLAN {one}")),
        )
        for one in read
    ]


@pytest.fixture
def filled(served: Served) -> Served:
    """A daemon with an album, and two operations of which one has ended."""
    top = served.daemon.movies.parent / "music"
    library = Library(name="music", path=str(top), kind="music")
    served.daemon.take(Settings(library=(*served.daemon.current.settings.library, library)))
    rows.shelve(served.daemon, "movies", Media.MOVIES, b"Dune (2021)/Dune (2021).mkv")
    rows.shelve(served.daemon, "music", Media.MUSIC, b"Ann/Some/01 One.mp3")
    for _ in range(2):
        rows.enqueue(served.daemon, Kind.SCAN, Step.SCAN, Place("movies", TOP))
    rows.complete(served.daemon, rows.run(served.daemon))
    return served


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"kind": "movie"},
        {"parent": "1"},
        {"q": "dune"},
        {"q": "du"},
        {"q": "d"},
        {"q": "dune two a"},
        {"q": "dune", "kind": "movie", "after": "7"},
        {"after": "5", "kind": "movie", "limit": "500"},
    ],
    ids=repr,
)
def test_a_page_of_items(filled: Served, query: dict[str, str]) -> None:
    asked = Asked(place={}, query=query)

    found = plans(filled, lambda: items.listed(filled.daemon, asked))

    assert found
    assert [(one, said) for one, said in found if wholly_read(said)] == []


@pytest.mark.parametrize("number", [1, 2])
def test_an_item_in_full(filled: Served, number: int) -> None:
    asked = Asked(place={"id": str(number)}, query={})

    found = plans(filled, lambda: items.one(filled.daemon, asked))

    # the files of one item are sorted, and no others
    kept = [said.replace("USE TEMP B-TREE FOR ORDER BY", "") for _one, said in found]
    assert len(kept) >= 3
    assert [said for said in kept if wholly_read(said)] == []


@pytest.mark.parametrize("state", [None, *State])
@pytest.mark.parametrize("kind", [None, *Kind])
def test_a_page_of_operations(filled: Served, state: State | None, kind: Kind | None) -> None:
    named = {"state": state, "kind": kind}
    asked = Asked(place={}, query={name: str(value) for name, value in named.items() if value})

    page, *_rates = plans(filled, lambda: operations.listed(filled.daemon, asked))

    assert wholly_read(page[1]) == []
    # what comes from a few of very many must not be looked for among all
    by = "INTEGER PRIMARY KEY" if state is None and kind is None else "INDEX operations_by_"
    assert f"SEARCH operations USING {by}" in page[1]


@pytest.mark.parametrize(
    "more", [{}, {"state": "completed"}, {"kind": "import"}, {"after": "9"}], ids=repr
)
def test_a_page_of_parts(filled: Served, more: dict[str, str]) -> None:
    asked = Asked(place={}, query={"parent": "1", **more})

    page, *_rates = plans(filled, lambda: operations.listed(filled.daemon, asked))

    assert wholly_read(page[1]) == []
    assert "SEARCH operations USING INDEX children_of_an_operation" in page[1]


@pytest.mark.parametrize("number", [1, 2])
def test_an_operation_in_full(filled: Served, number: int) -> None:
    asked = Asked(place={"id": str(number)}, query={})

    found = plans(filled, lambda: operations.one(filled.daemon, asked))

    assert len(found) >= 3
    assert [(one, said) for one, said in found if wholly_read(said)] == []


@pytest.mark.parametrize("path", ["movies/Dune (2021)", "movies/x.mkv", "inbox/a/b.mkv", "music"])
def test_what_is_known_of_a_path(filled: Served, path: str) -> None:
    asked = Asked(place={}, query={"path": f"{filled.daemon.movies.parent}/{path}"})

    found = plans(filled, lambda: why.why(filled.daemon, asked))

    # of holds there are few, and they are shown in their order
    kept = [(one, said) for one, said in found if "FROM holds" not in one]
    assert [(one, said) for one, said in kept if wholly_read(said)] == []


def test_the_places_of_a_cover(filled: Served) -> None:
    for number in (1, 2, 3):
        found = plans(filled, lambda: covers._sought(filled.daemon, number))  # noqa: B023  # asked at once
        kept = [said.replace("USE TEMP B-TREE FOR ORDER BY", "") for _one, said in found]
        assert [said for said in kept if wholly_read(said)] == []


@pytest.mark.parametrize("operation", [None, 1])
def test_events_that_follow(filled: Served, operation: int | None) -> None:
    bounds, page = plans(filled, lambda: events._batch(filled.daemon, 0, operation))

    assert wholly_read(page[1]) == []
    by = "INTEGER PRIMARY KEY" if operation is None else "INDEX events_of_an_operation"
    assert f"SEARCH events USING {by}" in page[1]
    assert "SEARCH events" in bounds[1]
