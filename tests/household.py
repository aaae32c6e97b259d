"""A whole shelfd without threads, sockets and waiting: real database, real files, real steps, a clock that jumps."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Literal

from msgspec.structs import replace

import inline
from shelfd.app import calendar
from shelfd.core import roots
from shelfd.core.media import Reading
from shelfd.core.operations import Asker, Kind, Operation, Step, Wish
from shelfd.core.paths import Place, RelPath
from shelfd.core.settings import (
    Import,
    Inbox,
    Library,
    LibraryKind,
    Mode,
    Settings,
    Watch,
)
from shelfd.core.settings import Scan as ScanSettings
from shelfd.edges import directories, marker, mounts, templates, trees
from shelfd.edges.contents import Content
from shelfd.edges.copier import Copier
from shelfd.edges.decisions_file import DecisionsFile
from shelfd.edges.disk import Disk
from shelfd.edges.disks import disks
from shelfd.edges.files import Files
from shelfd.edges.idleness import idle
from shelfd.edges.probe_worker import read
from shelfd.edges.reach import Reach
from shelfd.steps.apply import Apply
from shelfd.steps.cleanup import Cleanup
from shelfd.steps.comparing import Comparing
from shelfd.steps.course import Run
from shelfd.steps.look import Look
from shelfd.steps.organize import Organize, or_else
from shelfd.steps.pinning import Pinning
from shelfd.steps.plan import Plan
from shelfd.steps.ports import Base, Current
from shelfd.steps.presence import Presence
from shelfd.steps.recover import Recover
from shelfd.steps.resettle import Resettle
from shelfd.steps.scan import Scan
from shelfd.steps.shelve import Shelve
from shelfd.steps.turns import Hurry
from shelfd.steps.undo import Undo
from shelfd.steps.verify import Verify
from shelfd.steps.visits import Eyes
from shelfd.store import journal, operations
from shelfd.store import roots as root_rows
from shelfd.store.database import Database

KINDS: tuple[LibraryKind, ...] = ("movies", "shows", "music", "audiobooks", "books")


class JumpingClock:
    """Stands still until a test moves it."""

    def __init__(self, now: float) -> None:
        self.now = now

    def wall(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now


class Here:
    """Reads media files in this process: the same readers as in the daemon, without the processes."""

    def __init__(self) -> None:
        self.count = 0

    def warm(self, processes: int = 1) -> None:
        """Be ready, as always."""

    def submit(self, paths: Sequence[bytes]) -> Future[list[Reading]]:
        done: Future[list[Reading]] = Future()
        self.count += len(paths)
        done.set_result([read(path) for path in paths])
        return done


class Household:
    """An inbox, a library of each kind below `top`, and everything that works on them."""

    def __init__(
        self,
        top: Path,
        *,
        mode: Mode = "auto",
        after: Literal["trash", "keep"] = "trash",
        disk: Disk | None = None,
        filing: Import | None = None,
    ) -> None:
        self.top = top
        self.inbox = top / "inbox"
        self.library = top / "library"
        self.inbox.mkdir(exist_ok=True)
        for kind in KINDS:
            (self.library / kind).mkdir(parents=True, exist_ok=True)
        settings = Settings(
            library=tuple(
                Library(name=kind, path=str(self.library / kind), kind=kind) for kind in KINDS
            ),
            inbox=(Inbox(path=str(self.inbox), name="inbox", mode=mode, after=after),),
            watch=Watch(settle_s=5),
            scan=ScanSettings(checkpoint_directories=8),
            import_=replace(filing or Import(), min_free_bytes=0),
        )
        self.current = Current(settings, roots.of(settings))
        self.clock = JumpingClock(1_800_000_000.0)
        self.disk = disk or Disk()
        self.disk.reach = Reach(lambda: self.current.roots.tops)
        self.open()

    def open(self) -> None:
        """Start, or start again, as after whatever ended the one before."""
        self.db = Database(os.fsencode(self.top) + b"/shelfd.db")
        self.base = Base(
            db=self.db, clock=self.clock, current=self.current, render=templates.render
        )
        self.hurry = Hurry()
        files = Files(self.disk, Copier(self.disk, stopping=self.hurry))
        self.reader = Here()
        with self.db.transaction() as tx:
            root_rows.put(tx, self.current.roots)
        self.watched: list[bytes] = []
        self.blind: set[str] = set()
        self.share = 1.0
        self.presence = Presence(self.base, mounts, marker)
        self.pinning = Pinning(self.base, DecisionsFile(os.fsencode(self.top)))
        self.pinning.read_back()
        self.steps = self._steps(files)
        self.runner = inline.running(self.base, self.steps)
        Recover(self.base)()
        for root in self.current.roots:  # so that no later look changes a directory by its marker
            self.presence.look(root)

    def _steps(self, files: Files) -> Mapping[Step, Run]:
        return {
            Step.LOOK: Look(self.base, directories, self.presence, self.watched.append),
            Step.SCAN: Scan(self.base, self.eyes()),
            Step.PLAN: or_else(
                Organize(self.base, (directories, self.reader, mounts), files, self.presence),
                Plan(self.base, directories, files, self.reader, self.presence),
            ),
            Step.APPLY: Apply(self.base, files, self.presence),
            Step.SHELVE: or_else(
                Resettle(self.base, directories), Shelve(self.base, directories, self.pinning)
            ),
            Step.UNDO: Undo(self.base, files),
            Step.VERIFY: Verify(
                self.base, Comparing(self.base, Content), self.presence, disks, idle
            ),
            Step.CLEANUP: Cleanup(self.base, files),
        }

    def eyes(self) -> Eyes:
        """Return what a scan looks with."""
        return Eyes(
            disk=directories,
            trees=trees,
            reader=self.reader,
            presence=self.presence,
            ensure=self.watched.append,
            walked=lambda _root, _directories: None,
            blind=lambda root: root.name in self.blind,
            inside=directories.among(root.path for root in self.current.roots),
            share=lambda: self.share,
        )

    def close(self) -> None:
        self.db.close()

    def look(self) -> None:
        """Do what a start does: look at the inbox, scan the libraries, and all that follows now."""
        calendar.look_at_everything(self.base)
        self.work()

    def settle(self) -> None:
        """Look twice, the quiet time apart, and do all that follows."""
        self.look()
        self.clock.now += 20
        self.work()

    def work(self) -> None:
        """Run all operations that are due."""
        while not self.runner.stopping and self.runner.once():
            pass

    def ask(self, kind: Kind, step: Step, place: Place, **options: object) -> Operation:
        """Do what a person asks for, and return how it ended."""
        display = self.current.roots.display(place)
        wish = Wish(
            kind=kind,
            step=step,
            place=place,
            display=display,
            asker=Asker.PERSON,
            options=options,
        )
        with self.db.transaction() as tx:
            number = operations.enqueue(tx, wish, self.clock.now)
        self.work()
        return self.operation(number)

    def stop_after(self, commits: int) -> None:
        """Let the runner be told to stop after so many commits."""
        left = [commits]

        def count() -> None:
            left[0] -= 1
            if left[0] == 0:
                self.runner.stop()

        self.db.committed.append(count)

    def undo(self, number: int) -> Operation:
        return self.ask(Kind.UNDO, Step.UNDO, self.operation(number).place, operation=number)

    def scan(self, root: str, path: bytes = b"", **options: object) -> Operation:
        return self.ask(Kind.SCAN, Step.SCAN, Place(root, RelPath(path)), **options)

    def place(self, path: bytes) -> Place:
        """Return the place of an entry of the inbox."""
        return Place("inbox", RelPath(path))

    def operation(self, number: int) -> Operation:
        found = operations.one(self.db.read(), number)
        assert found is not None
        return found

    def imports(self) -> list[Operation]:
        return operations.page(self.db.read(), kind=Kind.IMPORT)[::-1]

    def open_steps(self) -> int:
        return sum(
            entry.state in ("planned", "begun")
            for operation in operations.page(self.db.read())
            for entry in journal.of(self.db.read(), operation.id)
        )
