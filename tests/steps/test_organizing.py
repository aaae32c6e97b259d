"""A library that is arranged anew: nothing is lost, a second time there is nothing to do, an undo gives all of it back."""

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import media
from household import Household
from shelfd.core.operations import Kind, Operation, State, Step
from shelfd.core.paths import TOP, Place, RelPath
from shelfd.store import operations, queries
from stopping import Killed, StoppingDisk
from trees import names, plant, tree

FILM = "film"
SONG = "song"

DIRECTORIES = {
    "music": ["", "a", "Ann", "ann", "Ann/Some", "Ann/some", "Ann/Some/Disc 2", "x/CD1", "x/CD2"]
    + ["x/CD2/Scans", "Bob - Al", "Ann/Al", "Ann/.hidden", "Ann/@eaDir"],
    "movies": ["", "Heat (1995)", "heat.1995.1080p", "Alien (1979)", "flat", "flat/more"]
    + ["Heat (1995)/Trailers", "heat.1995.1080p/Subs", "Heat (1995)/CD1", "heat.1995.1080p/Sample"],
    "shows": ["", "Show", "show (2010)", "Show/Season 1", "Show/Season 01", "Show/Specials"]
    + ["Show/Season 1/Subs", "Show.S02.1080p", "Other Show (2001)/S01", "Show/Extras"],
}
NAMES = {
    "music": ["1.mp3", "01 One.mp3", "02 Two.mp3", "Two.mp3", "x.mp3", "cover.jpg", "notes.txt"]
    + [".DS_Store", "album.nfo", "x.cue", "x.lrc", "booklet.pdf"],
    "movies": ["Heat (1995).mkv", "heat.1995.1080p.mkv", "Alien (1979).mkv", "movie.mkv", "1.mkv"]
    + ["Heat (1995).en.srt", "heat.1995.1080p.srt", "en.srt", "poster.jpg", "movie.nfo", "readme.txt"]
    + ["trailer.mkv", "Heat (1995)-trailer.mkv", "Thumbs.db", "heat-sample.mkv"],
    "shows": ["Show S01E01.mkv", "show.1x02.mkv", "Show (2010) S01E02.mkv", "e03.mkv", "S02E01.mkv"]
    + ["Show S01E01.en.srt", "tvshow.nfo", "poster.jpg", "Other.Show.2001.S01E05.mkv", "S00E01.mkv"]
    + ["season01-poster.jpg", "list.m3u"],
}


def songs() -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries(
        {"title": st.sampled_from(["One", "Two"]), "track": st.sampled_from(["1", "2"])},
        optional={
            "artist": st.sampled_from(["Ann", "ANN", "Bob"]),
            "album": st.sampled_from(["Some", "Al", "Some (Disc 2)"]),
        },
    )


@st.composite
def libraries(draw: st.DrawFn) -> tuple[str, dict[str, dict[str, str]]]:
    """A kind, and files with the tags of those that are songs."""
    kind = draw(st.sampled_from(sorted(NAMES)))
    path = st.tuples(st.sampled_from(DIRECTORIES[kind]), st.sampled_from(NAMES[kind]))
    found = draw(st.dictionaries(path.map(lambda parts: "/".join(filter(None, parts))), songs()))
    return kind, found


def write(path: Path, tags: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    match path.suffix:
        case ".mp3":
            media.mp3(path, comment=str(path), **tags)
        case ".mkv":
            media.mkv(path, comment=str(path))
        case _:
            path.write_text(str(path))


def contents(top: Path) -> Counter[str]:
    return Counter(
        hashlib.sha256(Path(directory, name).read_bytes()).hexdigest()
        for directory, _below, files in os.walk(top)
        for name in files
    )


def organize(household: Household, kind: str, path: bytes = b"", **options: object) -> Operation:
    place = Place(kind, RelPath(path))
    return household.ask(Kind.IMPORT, Step.PLAN, place, organize=True, **options)


def undo(household: Household, number: int) -> Operation:
    place = household.operation(number).place
    return household.ask(Kind.UNDO, Step.UNDO, place, operation=number, organize=True)


def result(operation: Operation) -> dict[str, object]:
    assert operation.result is not None, operation.error
    return dict(operation.result)


def reasons(operation: Operation) -> str:
    return str(result(operation)["stays"])


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(libraries())
def test_nothing_is_lost_a_second_time_nothing_moves_and_an_undo_gives_it_all_back(
    library: tuple[str, dict[str, dict[str, str]]],
) -> None:
    kind, files = library
    with tempfile.TemporaryDirectory() as directory:
        household = Household(Path(directory))
        top = household.library / kind
        for path, tags in files.items():
            write(top / path, tags)
        household.look()
        before, there = tree(top), contents(top)

        done = organize(household, kind)
        again = organize(household, kind, dry_run=True)

        assert done.state is State.COMPLETED, done.error
        assert contents(top) == there
        assert (result(again)["moves"], household.open_steps()) == (0, 0), tree(top)
        assert household.scan(kind, recursive=True).result == result(household.scan(kind)) | {
            "directories": result(household.scan(kind, recursive=True))["directories"]
        }
        if result(done)["moves"]:
            assert undo(household, done.id).state is State.COMPLETED
        assert tree(top) == before
        household.close()
