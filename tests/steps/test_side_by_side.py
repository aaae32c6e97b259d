"""What runs side by side leaves files and rows as if one had come after the other."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

import pytest
from msgspec.structs import replace

import media
from beside import ask, once_after_commit, working
from household import Household
from shelfd.core import order
from shelfd.core.ignored import TRASH
from shelfd.core.media import Reading
from shelfd.core.operations import Asker, Kind, State, Step, too_late
from shelfd.core.order import Work
from shelfd.core.paths import TOP, Place, RelPath
from shelfd.edges import marker, mounts
from shelfd.steps.presence import Presence
from shelfd.steps.visits import Eyes
from shelfd.store import drops, operations, pauses, retries, roots
from waiting import eventually

MUSIC = pauses.Pause("root", "music")


class Gated(Household):
    """A household in which the first scan that comes to the gate while it is shut waits there, between two directories."""

    def open(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.at_the_gate = threading.Event()
        super().open()

    def eyes(self) -> Eyes:
        return replace(super().eyes(), share=self._pass)

    def _pass(self) -> float:
        if self._is_to_wait():
            self.at_the_gate.set()
            assert self.gate.wait(30)
        return 1.0

    def _is_to_wait(self) -> bool:
        return not self.gate.is_set() and not self.at_the_gate.is_set()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Gated]:
    made = Gated(tmp_path)
    yield made
    made.close()


def drop(
    home: Household, title: str, *, tracks: int = 2, artist: str = "Ann", size: str = ""
) -> None:
    directory = home.inbox / (title + size)
    directory.mkdir()
    for track in range(1, tracks + 1):
        media.mp3(
            directory / f"{track}.mp3",
            artist=artist,
            album=title,
            title=f"{title} {track}",
            track=str(track),
            genre=size or "rock",
        )


def file(home: Household, path: bytes, *, by: Asker = Asker.PERSON) -> int:
    return ask(home, Kind.IMPORT, Step.PLAN, home.place(path), by=by)


def scan(home: Household, path: bytes = b"", **options: bool) -> int:
    return ask(home, Kind.SCAN, Step.SCAN, Place("music", RelPath(path)), **options)


def undo(home: Household, number: int) -> int:
    place = home.operation(number).place
    return ask(home, Kind.UNDO, Step.UNDO, place, operation=number)


def pause(home: Household, what: pauses.Pause = MUSIC) -> None:
    with home.db.transaction() as tx:
        pauses.begin(tx, what, home.clock.now)


def resume(home: Household, what: pauses.Pause = MUSIC) -> None:
    with home.db.transaction() as tx:
        pauses.end(tx, what)


def pause_while(home: Household, number: int, step: Step) -> None:
    """Pause the music as soon as an operation plans for it."""

    def plans() -> bool:
        found = home.operation(number)
        return (found.state, found.step) == (State.RUNNING, step)

    once_after_commit(home, plans, lambda: pause(home))


def files(home: Household, root: str = "library") -> dict[str, bytes]:
    top = home.top / root
    return {
        str(path.relative_to(top)): path.read_bytes()
        for path in sorted(top.rglob("*"))
        if path.is_file() and path.name != ".shelfd-root" and TRASH.decode() not in path.parts
    }


def catalog(home: Household) -> dict[str, tuple[int, bool]]:
    """Return the id of each file of the libraries, and whether it is taken to be there."""
    rows = home.db.read().execute(
        "SELECT root, path, name, files.id AS id, missing_since, unseen FROM files"
        " JOIN directories ON directories.id = files.directory"
    )
    return {
        f"{row['root']}/{(row['path'] + b'/' if row['path'] else b'').decode()}{row['name'].decode()}": (
            row["id"],
            row["missing_since"] is None and row["unseen"] is None,
        )
        for row in rows
    }


def events(home: Household, name: str) -> int:
    row = home.db.read().execute("SELECT count(*) FROM events WHERE event = ?", (name,))
    return int(row.fetchone()[0])


def test_an_import_that_had_to_wait_twice_is_planned_for_the_world_of_then(home: Gated) -> None:
    drop(home, "Some")
    taken = home.library / "music" / first_target(home)
    number = file(home, b"Some")
    for _time in range(2):
        pause_while(home, number, Step.PLAN)
        home.work()
        assert home.operation(number).state is State.QUEUED
        resume(home)
    taken.parent.mkdir(parents=True)
    taken.write_bytes(b"of somebody else")
    home.work()

    ended = home.operation(number)
    assert ended.attempts == 3
    assert ended.state is State.COMPLETED  # that one stays, and the other is filed
    assert b"of somebody else" in files(home).values()
    assert (len(files(home)), len(files(home, "inbox"))) == (2, 1)
    assert home.open_steps() == 0


def first_target(home: Household) -> str:
    """Return where an import would file the first track of the only drop."""
    asked = ask(home, Kind.IMPORT, Step.PLAN, home.place(b"Some"), dry_run=True)
    home.work()
    result = home.operation(asked).result
    assert result is not None
    return min(str(one["target"]) for one in result["files"])  # type: ignore[attr-defined]  # as JSON has it


def test_an_undo_that_had_to_wait_is_refused_as_a_whole_when_the_world_has_changed(
    home: Gated,
) -> None:
    drop(home, "Some", tracks=3)
    done = file(home, b"Some")
    home.work()
    number = undo(home, done)
    pause_while(home, number, Step.UNDO)
    home.work()
    assert home.operation(number).state is State.QUEUED
    last = min((home.library / "music").rglob("*.mp3"))
    last.write_bytes(b"retagged")
    before = files(home), files(home, "inbox")

    resume(home)
    home.work()

    ended = home.operation(number)
    assert ended.error is not None
    assert ended.error["code"] == "world_changed"
    assert (files(home), files(home, "inbox")) == before


def test_the_trash_that_an_other_operation_has_left_empty_is_made_again(home: Gated) -> None:
    drop(home, "Some")
    (home.inbox / TRASH.decode()).mkdir()
    number = file(home, b"Some")

    def is_planned() -> bool:
        found = home.operation(number)
        return (found.state, found.step) == (State.RUNNING, Step.APPLY)

    once_after_commit(home, is_planned, (home.inbox / TRASH.decode()).rmdir)
    home.work()

    ended = home.operation(number)
    assert (ended.state, ended.retries) == (State.COMPLETED, 0)
    assert len(files(home)) == 2
    undone = undo(home, number)
    home.work()
    assert home.operation(undone).state is State.COMPLETED
    assert len(files(home, "inbox")) == 2


class Counted:
    """Markers, of which two are looked for at the same time."""

    def __init__(self) -> None:
        self.both = threading.Barrier(2, timeout=20)
        self.reads = 0
        self.written: list[str] = []
        self._lock = threading.Lock()

    def is_directory(self, path: bytes) -> bool:
        return marker.is_directory(path)

    def is_empty(self, root: bytes) -> bool:
        return marker.is_empty(root)

    def has(self, path: bytes, size: int) -> bool:
        return marker.has(path, size)

    def read(self, root: bytes) -> str | None:
        found = marker.read(root)
        with self._lock:
            self.reads += 1
            together = self.reads <= 2
        if together:
            self.both.wait()
        return found

    def write(self, root: bytes, text: str) -> None:
        self.written.append(text)
        marker.write(root, text)


def test_two_that_see_a_new_root_at_once_write_one_marker(home: Gated) -> None:
    root = home.current.roots.get("music")
    assert root is not None
    (home.library / "music" / ".shelfd-root").unlink()
    with home.db.transaction() as tx:
        tx.execute("UPDATE roots SET marker = NULL, filesystem = NULL WHERE name = 'music'")
    markers = Counted()
    presence = Presence(home.base, mounts, markers)

    def look() -> None:
        presence.look(root)
        home.db.leave()

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    row = home.db.read().execute("SELECT marker FROM roots WHERE name = 'music'").fetchone()
    assert markers.written == [row["marker"]] == [marker.read(root.path)]
    assert presence.look(root).state == "present"


def rock_and_jazz(home: Household) -> None:
    """Scan two neighbouring directories, and then rename most that is in one of them."""
    song = media.mp3(home.top / "song.mp3", title="x").read_bytes()
    for number in range(30):
        directory = home.library / "music" / "Rock" / f"{number:02}"
        directory.mkdir(parents=True)
        (directory / "song.mp3").write_bytes(song + bytes([number]))
    (home.library / "music" / "Jazz").mkdir()
    (home.library / "music" / "Jazz" / "song.mp3").write_bytes(song)
    home.scan("music", recursive=True)
    for number in range(20):
        rock = home.library / "music" / "Rock"
        (rock / f"{number:02}").rename(rock / f"zz {number:02}")


def test_a_scan_judges_nothing_that_another_one_beside_it_may_still_find(home: Gated) -> None:
    rock_and_jazz(home)
    before = {number for number, there in catalog(home).values() if there}
    wide = scan(home, b"Rock", recursive=True, full=True)
    with working(home):
        is_noted = "SELECT 1 FROM files WHERE unseen NOT NULL"
        once_after_commit(
            home,
            lambda: home.db.read().execute(is_noted).fetchone() is not None,
            home.gate.clear,
        )
        assert home.at_the_gate.wait(20)
        missed = home.db.read().execute(is_noted).fetchall()
        beside = scan(home, b"Jazz")
        eventually(lambda: home.operation(beside).finished_at is not None)
        narrow = home.operation(beside)
        home.gate.set()
        eventually(lambda: home.operation(wide).finished_at is not None)

    assert missed
    assert (narrow.state, narrow.result and narrow.result["missing"]) == (State.COMPLETED, 0)
    assert events(home, "suspended") == 0
    after = catalog(home)
    assert {number for number, there in after.values() if there} == before
    assert len(after) == 31


def test_a_library_stays_suspended_while_the_scan_that_missed_its_files_is_to_run_again(
    home: Gated,
) -> None:
    rock_and_jazz(home)
    for path in (home.library / "music" / "Rock").glob("zz *"):
        (path / "song.mp3").unlink()
    missed = home.scan("music", b"Rock", recursive=True)
    assert missed.error is not None
    assert missed.error["code"] == "root_suspended"
    with home.db.transaction() as tx:
        retries.again(tx, missed, home.clock.now)
        tx.execute(
            "UPDATE operations SET not_before = ? WHERE id = ?", (home.clock.now + 1000, missed.id)
        )

    home.scan("music", b"Jazz")

    assert "music" in roots.suspended(home.db.read())
    row = home.db.read().execute("SELECT count(*) FROM files WHERE missing_since NOT NULL")
    assert row.fetchone()[0] == 0


def test_an_undo_takes_nothing_for_missing_that_a_scan_has_not_decided_on(home: Gated) -> None:
    drop(home, "Some")
    (home.library / "music" / "other").mkdir()
    media.mp3(home.library / "music" / "other" / "a.mp3", title="x")
    done = file(home, b"Some")
    home.work()
    home.scan("music", recursive=True)
    other = scan(home, b"other")
    with home.db.transaction() as tx:
        tx.execute("UPDATE files SET unseen = ? WHERE name = CAST('a.mp3' AS BLOB)", (other,))
        operations.fail(tx, other, too_late(), home.clock.now)

    undone = undo(home, done)
    home.work()

    assert home.operation(undone).state is State.COMPLETED
    row = home.db.read().execute("SELECT missing_since, unseen FROM files").fetchone()
    assert tuple(row) == (None, other)


def test_an_import_writes_no_rows_while_a_scan_decides_by_them(home: Gated) -> None:
    drop(home, "Some")
    number = file(home, b"Some")
    with working(home):
        with home.base.deciding:
            eventually(lambda: home.operation(number).step is Step.SHELVE)
            assert catalog(home) == {}
        eventually(lambda: home.operation(number).state is State.COMPLETED)
    assert len(catalog(home)) == 2


def work(number: int, kind: Kind, path: bytes = b"", crashes: int = 0) -> Work:
    place = Place("music", RelPath(path))
    return Work(id=number, kind=kind, priority=5, places=(place,), crashes=crashes)


def test_a_cleanup_that_waits_for_an_import_lets_scans_go_on_and_waits_for_none() -> None:
    cleanup = Work(id=1, kind=Kind.CLEANUP, priority=9, places=(Place("", TOP),))
    wide = work(2, Kind.SCAN)

    assert order.first([cleanup], [wide]) is cleanup
    assert order.first([cleanup], [work(3, Kind.IMPORT)]) is None
    assert order.first([cleanup], [work(3, Kind.UNDO)]) is None
    assert order.first([cleanup, wide], [work(3, Kind.IMPORT, b"a")]) is None
    assert (
        order.first([cleanup, work(4, Kind.SCAN, b"b")], [work(3, Kind.IMPORT, b"a")]) is not None
    )
    assert order.first([cleanup], [work(5, Kind.SCAN, crashes=order.SUSPECT)]) is None


def test_two_imports_of_one_drop_by_two_of_its_names_file_it_once(
    home: Gated, monkeypatch: pytest.MonkeyPatch
) -> None:
    media.mp3(home.inbox / "Some.mp3", artist="Ann", album="Some", title="Some", track="1")
    (home.inbox / "Some.lrc").write_text("[00:01.00] La")
    together, submit = threading.Barrier(2, timeout=20), home.reader.submit

    def read_together(paths: Sequence[bytes]) -> Future[list[Reading]]:
        if home.reader.count < 2:  # files: each of both reads one
            found = submit(paths)
            together.wait()
            return found
        return submit(paths)

    monkeypatch.setattr(home.reader, "submit", read_together)
    numbers = [file(home, b"Some.mp3"), file(home, b"Some.lrc")]
    with working(home) as work:
        work.until_all_is_done()

    states = [home.operation(number).state for number in numbers]
    assert sorted(states) == [State.COMPLETED, State.FAILED]
    filed = numbers[states.index(State.COMPLETED)]
    other = home.operation(numbers[states.index(State.FAILED)])
    assert other.error is not None
    assert (other.error["code"], other.attempts) == ("no_such_drop", 2)
    row = drops.one(home.db.read(), home.place(b"Some.mp3"))
    assert row is not None
    assert (row.state, row.operation) == ("imported", filed)
    assert len(files(home)) == 2
