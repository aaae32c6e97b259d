"""How far an operation is: told at most once a second, only growing, never nothing, and in the end all."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

import media
from household import Household, JumpingClock
from shelfd.core.operations import Kind, Operation, State, Step
from shelfd.steps.turns import REPORT_S
from shelfd.store import events


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Household]:
    with closing(Household(tmp_path)) as home:
        yield home


class SlowClock(JumpingClock):
    """A while goes by whenever somebody asks."""

    def monotonic(self) -> float:
        self.now += 0.3
        return self.now


def slowly(home: Household) -> None:
    scan = msgspec.structs.replace(
        home.current.settings.scan, checkpoint_directories=1, checkpoint_s=0.001
    )
    home.current.settings = msgspec.structs.replace(home.current.settings, scan=scan)
    home.clock = SlowClock(home.clock.now)
    home.close()
    home.open()


def told(home: Household, operation: Operation) -> Sequence[tuple[float, Any]]:
    """Return when progress was told, and what."""
    found = events.after(home.db.read(), 0, operation.id, limit=10_000)
    return [(each.at, msgspec.json.decode(each.data)) for each in found if each.event == "progress"]


def require_order(progress: Sequence[tuple[float, Any]]) -> None:
    assert len(progress) > 2
    done = [each["done"] for _at, each in progress]
    assert done == sorted(done)
    assert all(0 < each["done"] <= each["total"] for _at, each in progress)
    assert done[-1] == progress[-1][1]["total"]
    # the last one closes the work, whenever that is
    moments = [at for at, _each in progress][:-1]
    assert all(later - at >= REPORT_S for at, later in itertools.pairwise(moments))


def test_a_scan_tells_how_far_it_is(home: Household) -> None:
    for number in range(20):
        path = home.library / f"music/Artist/{number:02}/01.mp3"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"no sound")
    slowly(home)

    scan = home.scan("music", recursive=True)

    assert scan.state is State.COMPLETED
    require_order(told(home, scan))


def test_an_import_tells_how_far_it_is(home: Household) -> None:
    album = home.inbox / "Album"
    album.mkdir()
    for number in range(1, 13):
        named = {"artist": "Ann", "album": "Some", "title": f"Song {number}", "track": f"{number}"}
        media.mp3(album / f"{number:02}.mp3", **named)
    slowly(home)

    filed = home.ask(Kind.IMPORT, Step.PLAN, home.place(b"Album"))

    assert filed.state is State.COMPLETED, filed.error
    require_order(told(home, filed))
