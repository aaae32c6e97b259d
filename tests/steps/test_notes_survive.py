"""Metadata files are whole, or as they were, after a kill at any moment, like all that is filed."""

import contextlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import media
from household import Household
from shelfd.core.settings import Import, Mode
from stopping import Killed, StoppingDisk
from trees import plant

SHOW = "shows/The Show"
OLD = b"<tvshow>\n  <plot>Kept</plot>\n</tvshow>\n"
DROPPED = b"<episodedetails><title>Pilot</title></episodedetails>"
KILLS: tuple[tuple[Mode, bool], ...] = (
    ("copy", False),
    ("copy", True),
    ("move", False),
    ("move", True),
)
"""How files are filed, and whether the process ends before a change or right after it."""


@pytest.fixture(scope="module")
def dropped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with a metadata file that lacks something, and an episode dropped with one that does, too."""
    top = tmp_path_factory.mktemp("dropped")
    household = Household(top)
    plant(household.library, {f"{SHOW}/tvshow.nfo": OLD})
    media.mkv(household.inbox / "The.Show.S01E01.mkv")
    plant(household.inbox, {"The.Show.S01E01.nfo": DROPPED})
    household.close()
    return top


def contents(top: Path) -> dict[str, bytes]:
    """Return what lies in inbox and library, the trash left out, but not what was left half."""
    return {
        str(path.relative_to(top)): path.read_bytes()
        for part in ("inbox", "library")
        for path in sorted((top / part).rglob("*"))
        if path.is_file() and not {".shelfd-trash", ".shelfd-root"}.intersection(path.parts)
    }


def opened(dropped: Path, top: Path, mode: Mode, disk: StoppingDisk) -> Household:
    shutil.copytree(dropped, top, dirs_exist_ok=True)
    return Household(top, mode=mode, disk=disk, filing=Import(write_nfo=True))


def restart(household: Household) -> None:
    household.disk = StoppingDisk()
    household.open()
    household.settle()
    household.clock.now += 20
    household.work()


def whole_after_each_kill(
    start: Path, top: Path, kill: tuple[Mode, bool], act: Callable[[Household], object]
) -> dict[str, bytes]:
    """Kill before or after each change of files, restart, and require the same end each time; return that end."""
    mode, after = kill
    disk = StoppingDisk()
    household = opened(start, top / "counted", mode, disk)
    act(household)
    end = contents(top / "counted")
    household.close()
    assert disk.count > 5
    for at in range(1, disk.count + 1):
        here = top / str(at)
        household = opened(start, here, mode, StoppingDisk(at, after=after))
        with contextlib.suppress(Killed):
            act(household)
        restart(household)
        assert contents(here) == end, at
        assert household.open_steps() == 0, at
        household.close()
        shutil.rmtree(here)
    return end


@pytest.mark.parametrize("kill", KILLS)
def test_killed_at_each_change_what_is_written_is_whole_after_the_restart(
    kill: tuple[Mode, bool], dropped: Path, tmp_path: Path
) -> None:
    end = whole_after_each_kill(dropped, tmp_path, kill, Household.settle)

    assert sorted(end) == [
        f"library/{SHOW}/Season 01/The Show S01E01 Pilot.mkv",
        f"library/{SHOW}/Season 01/The Show S01E01 Pilot.nfo",
        f"library/{SHOW}/Season 01/season.nfo",
        f"library/{SHOW}/tvshow.nfo",
    ]
    assert b"<plot>Kept</plot>" in end[f"library/{SHOW}/tvshow.nfo"]


@pytest.mark.parametrize("kill", KILLS)
def test_an_undo_killed_at_each_change_brings_back_the_old_ones(
    kill: tuple[Mode, bool], dropped: Path, tmp_path: Path
) -> None:
    household = opened(dropped, tmp_path / "filed", kill[0], StoppingDisk())
    before = contents(tmp_path / "filed")
    household.settle()
    [number] = [operation.id for operation in household.imports()]
    household.close()

    end = whole_after_each_kill(
        tmp_path / "filed", tmp_path, kill, lambda household: household.undo(number)
    )

    assert end == before


class Cached(StoppingDisk):
    """Knows which names and contents a power cut could take now, and looks whenever media get a name."""

    def __init__(self) -> None:
        super().__init__()
        self.loose: set[bytes] = set()
        self.torn: list[bytes] = []
        """What got its name before its content was durable."""
        self.appeared: list[set[bytes]] = []
        """For each of the media, which metadata could be taken when they got their name."""

    def create(self, path: bytes) -> int:
        self.loose.add(path)
        return super().create(path)

    def sync(self, what: int | bytes) -> None:
        if isinstance(what, int):
            self.loose.discard(os.readlink(f"/proc/self/fd/{what}".encode()))
        else:
            names = {path for path in self.loose if os.path.dirname(path) == what}
            self.loose -= {path for path in names if not path.endswith(b".tmp")}
        super().sync(what)

    def rename(self, source: bytes, target: bytes) -> None:
        if target.endswith(b".nfo"):
            if source in self.loose:
                self.torn.append(target)
            self.loose.add(target)
        self.appears(target)
        super().rename(source, target)

    def link(self, source: bytes, target: bytes) -> None:
        self.appears(target)
        super().link(source, target)

    def appears(self, target: bytes) -> None:
        if target.endswith(b".mkv") and b"/library/" in target:
            self.appeared.append({path for path in self.loose if path.endswith(b".nfo")})


@pytest.mark.parametrize("mode", ["copy", "hardlink", "move"])
def test_what_is_written_is_durable_before_its_media_appear(
    mode: Mode, dropped: Path, tmp_path: Path
) -> None:
    disk = Cached()
    household = opened(dropped, tmp_path, mode, disk)

    household.settle()

    assert disk.appeared == [set()]
    assert disk.torn == []
    assert f"library/{SHOW}/Season 01/season.nfo" in contents(tmp_path)
    household.close()


def test_what_somebody_else_writes_meanwhile_stays_and_the_media_are_filed(
    dropped: Path, tmp_path: Path
) -> None:
    class Faster(StoppingDisk):
        """A player writes its own file just before shelfd's gets its name."""

        def rename(self, source: bytes, target: bytes) -> None:
            if target.endswith(b"season.nfo"):
                Path(target.decode()).write_bytes(b"theirs")
            super().rename(source, target)

    household = opened(dropped, tmp_path, "copy", Faster())
    household.settle()

    end = contents(tmp_path)
    assert end[f"library/{SHOW}/Season 01/season.nfo"] == b"theirs"
    assert f"library/{SHOW}/Season 01/The Show S01E01 Pilot.mkv" in end
    [number] = [operation.id for operation in household.imports()]
    assert household.undo(number).state == "completed"
    assert contents(tmp_path)[f"library/{SHOW}/Season 01/season.nfo"] == b"theirs"
    household.close()
