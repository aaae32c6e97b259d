"""An import, a replacement or an undo that something ends in the midst of it, and what must be found after a restart."""

import hashlib
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import media
from household import Household
from shelfd.core.operations import Kind
from shelfd.core.settings import Import, Mode
from shelfd.edges.disk import Disk
from shelfd.store import operations
from trees import names, tree

TAGS = {"artist": "Ann", "album": "Some", "title": "One", "track": "1"}
UNDOES = frozenset({"undo", "undo of a replacement"})


class Case(NamedTuple):
    """What is interrupted."""

    what: str
    """`import`, `replacement`, `undo` or `undo of a replacement`."""
    mode: Mode
    notes: bool = False
    """Metadata files are written."""
    rights: bool = False
    """Files and directories get a mode."""

    @property
    def filing(self) -> Import:
        """Return the settings for it."""
        modes = ("0640", "0750") if self.rights else ("", "")
        return Import(
            conflict="replace-better",
            write_nfo=self.notes,
            file_mode=modes[0],
            dir_mode=modes[1],
        )

    def household(self, top: Path, disk: Disk | None = None) -> Household:
        """Open the household at `top`, anew or again."""
        return Household(top, mode=self.mode, filing=self.filing, disk=disk)

    def begin(self, top: Path) -> None:
        """Make a household in which it is the next thing that happens."""
        top.mkdir()
        home = self.household(top)
        album = home.inbox / "Album"
        album.mkdir()
        media.mp3(album / "1.mp3", **TAGS)
        (album / "cover.jpg").write_bytes(media.jpeg())
        if self.what != "import":
            home.settle()
        if self.what in ("replacement", "undo of a replacement"):
            media.flac(home.inbox / "one.flac", **TAGS)
        if self.what == "undo of a replacement":
            home.settle()
        home.close()

    def go_on(self, home: Household) -> None:
        """Let it happen."""
        if self.what in UNDOES:
            home.undo(home.imports()[-1].id)
        else:
            home.settle()

    def recover(self, top: Path) -> tuple[Household, bool]:
        """Start again and do all that is left to do; say also whether it had been asked for when it ended."""
        home = self.household(top)
        home.settle()
        home.clock.now += 20
        home.work()
        asked = bool(operations.page(home.db.read(), kind=Kind.UNDO))
        return home, self.what not in UNDOES or asked


def shelved(top: Path) -> dict[str, str]:
    """Return what lies in the library and the inbox, with modes and contents; not what is in a trash."""
    return {
        f"{part}/{name}": _described(top / part / name)
        for part in ("library", "inbox")
        for name in names(top / part)
    }


def unfinished(top: Path, home: Household) -> list[str]:
    """Return what must not be there once all is at rest: temporary files, and steps of the journal that are open."""
    left = [path for path in tree(top) if path.endswith(".tmp")]
    return left + ["open steps of the journal"] * bool(home.open_steps())


@contextmanager
def volume(top: Path, kind: str) -> Iterator[Path]:
    """Mount a new file system, and unmount it whatever is mounted there then."""
    image, point = top / "image", top / "point"
    point.mkdir()
    with image.open("wb") as file:
        file.truncate(512 << 20)
    subprocess.run([f"mkfs.{kind}", "-q", str(image)], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["mount", "-o", "loop", str(image), str(point)], check=True)
    try:
        yield point
    finally:
        subprocess.run(["umount", str(point)], check=True)
        image.unlink()


def _described(path: Path) -> str:
    mode = stat.S_IMODE(path.lstat().st_mode)
    return f"{mode:o} {hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}"
