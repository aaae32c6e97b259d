"""Real files are compared with their rows: what is good, what is new, what has changed, what is damaged, what cannot be read."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

import media
from household import Household
from shelfd.app import calendar
from shelfd.core.operations import Asker, Kind, Operation, State, Step
from shelfd.core.paths import TOP, Place, RelPath
from shelfd.core.settings import Scan
from shelfd.edges.contents import CHUNK
from shelfd.store import ends, events, operations, pauses, queries, verified

EVERYTHING = Place("", TOP)
SONGS = 12


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Household]:
    made = Household(tmp_path)
    # each file is a transaction by itself
    made.current.settings = replace(made.current.settings, scan=Scan(checkpoint_s=0.0))
    for number in range(SONGS):
        song(made, number).write_bytes(bytes([number]) * (1000 + number))
    made.scan("music", recursive=True)
    yield made
    made.close()


def song(home: Household, number: int) -> Path:
    directory = home.library / "music" / f"Artist {number:02}" / "Some"
    directory.mkdir(parents=True, exist_ok=True)
    return directory / "01.mp3"


def verify(home: Household, path: Path | None = None) -> Operation:
    home.clock.now += 86_400.0
    if path is None:
        return home.ask(Kind.VERIFY, Step.VERIFY, EVERYTHING)
    below = os.fsencode(path.relative_to(home.library / "music"))
    return home.ask(
        Kind.VERIFY, Step.VERIFY, Place("music", RelPath(b"" if below == b"." else below))
    )


def result(operation: Operation) -> dict[str, object]:
    assert operation.result is not None
    return dict(operation.result)


def names(operation: Operation, sort: str) -> list[dict[str, str]]:
    return msgspec.convert(result(operation)[sort], list[dict[str, str]])


def absent(operation: Operation) -> list[str]:
    return list(msgspec.convert(result(operation)["absent"], dict[str, str]))


def counts(operation: Operation) -> dict[str, object]:
    words = ("verified", "learnt", "changed", "missing", "damaged_files", "unreadable_files")
    return {word: result(operation)[word] for word in words if result(operation)[word]}


def rot(home: Household, path: Path) -> None:
    """Change one byte, and let the catalog hear of all but that: as a disk does it, nothing else has changed.

    The time of the last change of the inode cannot be put back; a scan takes it for that of a new mode.
    """
    was = path.stat()
    with path.open("r+b") as file:
        file.seek(500)
        file.write(b"\xff")
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
    home.scan("music", os.fsencode(path.parent.relative_to(home.library / "music")))


def file_at(home: Household, path: Path) -> queries.File:
    below = RelPath(os.fsencode(path.relative_to(home.library / "music")))
    found = queries.file_at(home.db.read(), "music", below)
    assert found is not None
    return found


def told(home: Household, event: str) -> list[str]:
    return [one.data for one in events.after(home.db.read(), 0) if one.event == event]


def after(home: Household, commits: int, act: Callable[[], None]) -> None:
    left = [commits]

    def count() -> None:
        left[0] -= 1
        if left[0] == 0:
            act()

    home.db.committed.append(count)


def test_what_has_no_hash_gets_one_and_is_compared_from_then_on(home: Household) -> None:
    first = verify(home)

    assert (first.state, counts(first)) == (State.COMPLETED, {"learnt": SONGS})
    size = sum(1000 + number for number in range(SONGS))
    assert (result(first)["files"], result(first)["bytes"]) == (SONGS, size)
    assert (first.done, first.total, first.unit) == (size, size, "bytes")
    again = verify(home)
    assert counts(again) == {"verified": SONGS}
    assert file_at(home, song(home, 3)).verified_at == home.clock.now


def test_another_content_that_nobody_has_written_is_damage_until_it_is_good_again(
    home: Household,
) -> None:
    verify(home)
    bad = song(home, 5)
    good = bad.read_bytes()
    rot(home, bad)

    found = verify(home)

    assert counts(found) == {"verified": SONGS - 1, "damaged_files": 1}
    assert found.state is State.FAILED
    assert found.error is not None
    assert found.error["code"] == "damaged"
    [named] = names(found, "damaged")
    assert named["path"] == str(bad)
    assert len(told(home, "damaged")) == 1
    assert verified.damaged_counts(home.db.read()) == {"music": 1}

    assert counts(verify(home)) == {"verified": SONGS - 1, "damaged_files": 1}
    assert len(told(home, "damaged")) == 1, "it is no news the second time"

    time_ns = bad.stat().st_mtime_ns
    bad.write_bytes(good)
    os.utime(bad, ns=(time_ns, time_ns))
    home.scan("music", recursive=True)
    assert verified.damaged_counts(home.db.read()) == {"music": 1}, "nobody has looked yet"
    assert counts(verify(home)) == {"verified": SONGS}
    assert verified.damaged_counts(home.db.read()) == {}


def test_a_file_from_a_backup_is_compared_with_the_hash_of_the_one_that_it_replaces(
    home: Household,
) -> None:
    verify(home)
    bad = song(home, 5)
    good, times = bad.read_bytes(), bad.stat()
    rot(home, bad)
    verify(home)

    restored = bad.with_name("restored")
    restored.write_bytes(good)
    os.utime(restored, ns=(times.st_atime_ns, times.st_mtime_ns))
    restored.replace(bad)
    home.scan("music", recursive=True)

    assert verified.damaged_counts(home.db.read()) == {}, "it is another one"
    assert counts(verify(home)) == {"verified": SONGS}


def test_what_somebody_has_written_is_scanned_and_its_hash_learnt_anew(home: Household) -> None:
    verify(home)
    changed = song(home, 2)
    changed.write_bytes(b"something else")
    other = song(home, 4)
    other.chmod(0o600)
    touched = song(home, 6)
    rot(home, touched)
    os.utime(touched, ns=(1, 1))

    found = verify(home)

    assert (found.state, counts(found)) == (
        State.COMPLETED,
        {"verified": SONGS - 3, "changed": 3},
    )
    home.work()
    assert file_at(home, changed).size == len(b"something else")
    again = verify(home)
    # of the one whose rights alone were changed, the hash is still known
    assert counts(again) == {"verified": SONGS - 2, "learnt": 2}


def test_what_is_missing_is_counted_and_is_no_fault(home: Household) -> None:
    verify(home)
    song(home, 1).unlink()

    found = verify(home)

    assert (found.state, counts(found)) == (
        State.COMPLETED,
        {"verified": SONGS - 1, "missing": 1},
    )


def test_a_library_that_is_not_there_is_named_and_nothing_in_it_is_missing(home: Household) -> None:
    verify(home)
    (home.library / "music").rename(home.library / "away")

    found = verify(home)

    assert found.state is State.FAILED
    assert found.error is not None
    assert found.error["code"] == "root_absent"
    assert counts(found) == {}
    assert absent(found) == ["music"]


def test_a_library_that_goes_in_the_midst_is_left_out_from_there(home: Household) -> None:
    verify(home)
    after(home, 6, lambda: os.rename(home.library / "music", home.library / "away"))

    found = verify(home)

    assert found.state is State.FAILED
    assert 0 < int(str(result(found)["verified"])) < SONGS
    assert "missing" not in counts(found)
    assert absent(found) == ["music"]


def test_a_path_restricts_it_to_a_directory_or_a_file(home: Household) -> None:
    directory = song(home, 3).parent.parent
    (directory / "02.mp3").write_bytes(b"another")
    home.scan("music", recursive=True)

    assert counts(verify(home, directory)) == {"learnt": 2}
    assert counts(verify(home, song(home, 4))) == {"learnt": 1}
    assert counts(verify(home, song(home, 4))) == {"verified": 1}
    assert counts(verify(home)) == {"learnt": SONGS - 2, "verified": 3}


def test_those_come_first_that_were_not_looked_at_for_the_longest_time(home: Household) -> None:
    verify(home, song(home, 0))
    after(home, 5, lambda: cancel(home))

    cut = verify(home)

    assert cut.state is State.CANCELLED
    assert set(counts(cut)) == {"learnt"}
    number = int(str(result(cut)["learnt"]))
    assert 0 < number < SONGS - 1
    # another one goes on with the rest before it comes to these again
    after(home, SONGS - number, lambda: cancel(home))
    assert set(counts(verify(home))) == {"learnt"}


def cancel(home: Household) -> None:
    with home.db.transaction() as tx:
        for running in operations.running(tx):
            operations.call_off(tx, running.id)


def pause(home: Household) -> None:
    with home.db.transaction() as tx:
        pauses.begin(tx, pauses.Pause("kind", "verify"), 1.0)


@pytest.mark.parametrize("commits", [3, 4, 6, 9, 12])
def test_a_verify_that_was_paused_goes_on_where_it_stood_after_a_restart(
    home: Household, commits: int
) -> None:
    verify(home)
    bad = song(home, 0)
    rot(home, bad)
    after(home, commits, lambda: pause(home))
    paused = verify(home)
    assert paused.state is State.QUEUED
    stood = verified.load(home.db.read(), paused.id)
    assert stood is not None
    assert stood.files < SONGS
    home.close()

    home.open()
    with home.db.transaction() as tx:
        pauses.end(tx, pauses.Pause("kind", "verify"))
    home.work()

    ended = home.operation(paused.id)
    assert counts(ended) == {"verified": SONGS - 1, "damaged_files": 1}
    assert (result(ended)["files"], len(told(home, "damaged"))) == (SONGS, 1)
    assert checkpoints_of(home) == 0


def checkpoints_of(home: Household) -> int:
    found = home.db.read().execute("SELECT count(*) FROM checkpoints").fetchone()
    return int(found[0])


def test_a_large_file_is_read_on_after_it_has_made_room(home: Household) -> None:
    large = song(home, 0)
    large.write_bytes(os.urandom(3 * CHUNK))
    home.scan("music", recursive=True)
    verify(home)
    with home.db.transaction() as tx:
        tx.execute("UPDATE files SET verified_at = 0 WHERE size = ?", (3 * CHUNK,))
    after(home, 3, lambda: pause(home))
    assert verify(home).state is State.QUEUED

    with home.db.transaction() as tx:
        pauses.end(tx, pauses.Pause("kind", "verify"))
    home.work()

    [ended] = operations.page(home.db.read(), kind=Kind.VERIFY, limit=1)
    assert counts(ended) == {"verified": SONGS}


def test_names_of_one_file_are_read_once(home: Household) -> None:
    os.link(song(home, 0), song(home, 0).with_name("02.mp3"))
    home.scan("music", recursive=True)

    found = verify(home)

    assert counts(found) == {"learnt": SONGS + 1}
    assert (
        file_at(home, song(home, 0)).hash == file_at(home, song(home, 0).with_name("02.mp3")).hash
    )


def test_a_moved_file_keeps_its_hash_and_what_was_found_of_it(home: Household) -> None:
    verify(home)
    rot(home, song(home, 7))
    verify(home)
    known = file_at(home, song(home, 7))
    moved = home.library / "music" / "Elsewhere"
    song(home, 7).parent.parent.rename(moved)
    home.scan("music", recursive=True)

    found = file_at(home, moved / "Some" / "01.mp3")

    assert (found.hash, found.verified_at) == (known.hash, known.verified_at)
    assert verified.damaged_counts(home.db.read()) == {"music": 1}


def test_a_clock_that_was_ahead_keeps_no_file_from_being_looked_at(home: Household) -> None:
    home.clock.now += 1e9
    verify(home)
    home.clock.now -= 1e9

    assert counts(verify(home)) == {"verified": SONGS}


def test_what_an_import_has_copied_is_compared_with_what_was_copied(tmp_path: Path) -> None:
    home = Household(tmp_path, mode="copy")
    media.mkv(home.inbox / "Dune (2021).mkv", seconds=1)
    home.settle()
    [film] = (home.library / "movies").rglob("*.mkv")
    was = film.stat()
    with film.open("r+b") as file:
        file.seek(300)
        file.write(b"rot")
    os.utime(film, ns=(was.st_atime_ns, was.st_mtime_ns))
    home.scan("movies", recursive=True)

    found = verify(home)

    assert counts(found) == {"damaged_files": 1}
    [named] = names(found, "damaged")
    assert "not what was filed" in named["reason"]
    home.close()


def test_the_calendar_asks_for_all_libraries_and_damage_does_not_make_it_ask_again(
    home: Household,
) -> None:
    verify(home)
    rot(home, song(home, 5))
    home.clock.now += 86_400.0
    with home.db.transaction() as tx:
        [number] = [
            operations.enqueue(tx, wish, home.clock.now)
            for wish in calendar.wishes(home.base, "verify")
        ]
    home.work()

    ended = home.operation(number)

    assert counts(ended) == {"verified": SONGS - 1, "damaged_files": 1}
    assert (ended.state, ended.asked_by) == (State.FAILED, Asker.SCHEDULE)
    last = ends.last_scheduled(home.db.read(), Kind.VERIFY, full=False)
    assert last == home.clock.now
