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
from shelfd.core.errors import ShelfdError
from shelfd.core.operations import Kind, Operation, Progress, State, Step
from shelfd.edges.copier import Copier
from shelfd.edges.disk import CHUNK, Disk
from shelfd.steps.turns import REPORT_S, Hurry, OneTurn
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


def test_a_copy_tells_how_far_it_is_in_bytes(tmp_path: Path) -> None:
    hurry = Hurry()
    told: list[Progress] = []

    class Told:
        def progressed(self, _operation: Operation, progress: Progress) -> None:
            told.append(progress)

        def ended(self, _operation: Operation, error: ShelfdError | None) -> None:
            raise AssertionError(error)

    (tmp_path / "source").write_bytes(b"x" * (CHUNK * 4))
    with closing(Household(tmp_path)) as home:
        slowly(home)
        turn = OneTurn(home.scan("music"), Told(), home.clock.monotonic)
        hurry.follow(turn)
        copier = Copier(Disk(), handled=hurry.handled)
        before = Progress(phase="filing", done=CHUNK, total=CHUNK * 5, unit="bytes")
        turn.copies(turn.operation, before)
        top = bytes(tmp_path)
        copier.copy(top + b"/source", top + b"/target", top + b"/.new", clone=False)

    done = [progress.done for progress in told]
    assert len(done) > 1
    assert done == sorted(done)
    assert all(CHUNK < each <= CHUNK * 5 for each in done)
    assert {progress.total for progress in told} == {CHUNK * 5}
