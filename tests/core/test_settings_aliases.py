"""Directories that show the same files by links or mounts are named, whatever their paths are."""

import pytest

from shelfd.core.settings import Import, Inbox, Library, Settings
from shelfd.core.settings_rules import aliases

MOVIES, DROPS, AWAY = "/srv/movies", "/srv/drops", "/srv/away"
Extent = tuple[str, bytes]
ELSEWHERE: list[Extent] = [("8:9", b"/")]


def named(movies: list[Extent], drops: list[Extent], away: list[Extent]) -> list[str]:
    settings = Settings(
        library=(Library(name="movies", path=MOVIES, kind="movies"),),
        inbox=(Inbox(name="drops", path=DROPS),),
        import_=Import(quarantine=AWAY),
    )
    found = aliases(settings, {MOVIES: movies, DROPS: drops, AWAY: away})
    return [f"{problem.against} {problem.key}" for problem in found]


@pytest.mark.parametrize(
    "drops",
    [
        [("8:1", b"/media/movies")],
        [("8:1", b"/media")],
        [("8:1", b"/")],
        [("8:1", b"/media/movies/Alien (1979)")],
        [("8:2", b"/drops"), ("8:1", b"/media")],
    ],
)
def test_the_same_directory_and_one_within_the_other_are_named(drops: list[Extent]) -> None:
    assert named([("8:1", b"/media/movies")], drops, ELSEWHERE) == ["library[0].path inbox[0].path"]


@pytest.mark.parametrize(
    "drops",
    [
        [("8:1", b"/media/drops")],
        [("8:1", b"/media/movies 2")],
        [("8:2", b"/media/movies")],
        [],
    ],
)
def test_others_are_not(drops: list[Extent]) -> None:
    assert named([("8:1", b"/media/movies")], drops, ELSEWHERE) == []


def test_neither_may_the_quarantine_be_one_of_them() -> None:
    assert named([("8:1", b"/a")], [("8:1", b"/b")], [("8:1", b"/b/c")]) == [
        "inbox[0].path import.quarantine"
    ]
