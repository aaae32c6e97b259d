"""A library that is given another path while an import is half done: it waits, and files nothing twice."""

import contextlib
from pathlib import Path

from msgspec.structs import replace

import media
from household import Household
from shelfd.core import roots
from shelfd.core.operations import State
from shelfd.edges.disk import Disk
from shelfd.edges.reach import Reach
from shelfd.store import operations
from stopping import Killed
from trees import names

ALBUM = ["music/Ann/Some/01 One.mp3", "music/Ann/Some/02 Two.mp3"]


class DyingDisk(Disk):
    """Ends the process when the first copy begins; after that, steps are done one by one; then before the second song."""

    copies = 0

    def create(self, path: bytes) -> int:
        self.copies += 1
        if self.copies in (1, 3):
            raise Killed
        return super().create(path)


def half_done(top: Path) -> Household:
    """Return a household that is not open, after a crash between the two songs of an album."""
    home = Household(top, mode="copy", disk=DyingDisk())
    for number, title in enumerate(("One", "Two"), 1):
        (home.inbox / "album").mkdir(exist_ok=True)
        path = home.inbox / f"album/{number}.mp3"
        media.mp3(path, artist="Ann", album="Some", title=title, track=str(number))
    with contextlib.suppress(Killed):
        home.settle()
    home.close()
    home.open()
    with contextlib.suppress(Killed):
        home.work()
    assert names(home.library) == ALBUM[:1]
    home.close()
    home.disk = Disk()
    home.disk.reach = Reach(lambda: home.current.roots.tops)
    return home


def lies_at(home: Household, path: Path) -> None:
    """Give the music library another path."""
    settings = home.current.settings
    libraries = tuple(
        replace(one, path=str(path)) if one.name == "music" else one for one in settings.library
    )
    home.current.settings = replace(settings, library=libraries)
    home.current.roots = roots.of(home.current.settings)


def elsewhere(home: Household) -> None:
    """Start anew with an empty directory for the library."""
    (home.library / "other").mkdir()
    lies_at(home, home.library / "other")
    home.open()


def test_what_was_filed_in_part_is_not_filed_anew_in_an_empty_directory(tmp_path: Path) -> None:
    home = half_done(tmp_path)
    elsewhere(home)
    home.work()
    [operation] = home.imports()
    assert operation.state is State.QUEUED
    assert names(home.library) == ALBUM[:1]

    lies_at(home, home.library / "music")
    [library] = [root for root in home.current.roots if root.name == "music"]
    home.presence.look(library, confirmed=True)  # `shelfd confirm music`
    home.clock.now += 3600
    home.work()

    assert names(home.library) == ALBUM
    assert home.operation(operation.id).state is State.COMPLETED


def test_such_an_import_can_be_cancelled(tmp_path: Path) -> None:
    home = half_done(tmp_path)
    elsewhere(home)
    home.work()
    [operation] = home.imports()
    with home.db.transaction() as tx:
        operations.call_off(tx, operation.id)

    home.clock.now += 3600
    home.work()

    assert home.operation(operation.id).state is not State.QUEUED
    assert sorted(path.name for path in (home.inbox / "album").iterdir()) == ["1.mp3", "2.mp3"]
