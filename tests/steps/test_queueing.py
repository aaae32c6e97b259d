"""Operations wait for others, are tried again, rest, expire and are put back, with real files."""

import errno
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

import media
from household import Household
from shelfd.core import backoff, rounds
from shelfd.core.errors import BrokenError
from shelfd.core.operations import Asker, Kind, Operation, State, Step, Wish
from shelfd.core.paths import TOP, Place, RelPath
from shelfd.edges.disk import Disk
from shelfd.steps.recover import Recover
from shelfd.store import (
    breakers,
    claims,
    drops,
    events,
    journal,
    operations,
    pauses,
    relations,
    retries,
)
from trees import names, tree

FILED = "music/Ann/Some/01 One.mp3"


def song(path: Path, title: str = "One", track: str = "1") -> None:
    path.parent.mkdir(exist_ok=True)
    media.mp3(path, artist="Ann", album="Some", title=title, track=track)


class FullDisk(Disk):
    """A disk that can be full."""

    full = False

    def rename(self, source: bytes, target: bytes) -> None:
        if self.full and b"library" in target:
            raise OSError(errno.ENOSPC, "No space left on device")
        super().rename(source, target)

    def create(self, path: bytes) -> int:
        if self.full and b"library" in path:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().create(path)


@pytest.fixture
def disk() -> FullDisk:
    return FullDisk()


@pytest.fixture
def home(tmp_path: Path, disk: FullDisk) -> Iterator[Household]:
    made = Household(tmp_path, mode="move", disk=disk)
    yield made
    made.close()


def after(home: Household, commits: int, act: Callable[[], None]) -> None:
    """Let something happen once, after so many commits."""
    left = [commits]

    def count() -> None:
        left[0] -= 1
        if left[0] == 0:
            act()

    home.db.committed.append(count)


def whole_inbox(home: Household, **options: object) -> Operation:
    return home.ask(Kind.IMPORT, Step.PLAN, Place("inbox", TOP), **options)


def test_an_import_of_a_whole_inbox_has_a_part_for_each_drop(home: Household) -> None:
    for number in range(3):
        song(home.inbox / f"{number}.mp3", title=f"T{number}", track=str(number + 1))

    operation = whole_inbox(home)

    assert operation.state is State.COMPLETED
    assert operation.result == {
        "parts": 3,
        "completed": 3,
        "failed": 0,
        "cancelled": 0,
        "others": [],
    }
    assert len(names(home.library)) == 3
    assert {one.parent for one in home.imports()[1:]} == {operation.id}


def test_a_part_that_fails_is_counted_and_stops_no_other(home: Household) -> None:
    song(home.inbox / "one.mp3")
    (home.inbox / "what.bin").write_bytes(b"?" * 100)

    operation = whole_inbox(home)

    assert operation.state is State.FAILED
    assert operation.error is not None
    assert operation.error["code"] == "parts_failed"
    assert operation.result == {
        "parts": 2,
        "completed": 1,
        "failed": 1,
        "cancelled": 0,
        "others": [],
    }
    assert names(home.library) == [FILED]


def test_a_whole_inbox_tells_how_many_of_its_parts_have_ended(home: Household) -> None:
    song(home.inbox / "one.mp3")
    (home.inbox / "what.bin").write_bytes(b"?" * 100)
    song(home.inbox / "two.mp3", title="Two", track="2")

    operation = whole_inbox(home)

    found = events.after(home.db.read(), 0, operation.id)
    told = [msgspec.json.decode(each.data) for each in found if each.event == "progress"]
    assert [(each["phase"], each["done"], each["total"]) for each in told] == [
        ("importing", 1, 3),
        ("importing", 3, 3),
    ]
    assert (operation.done, operation.total) == (3, 3)


def test_an_empty_inbox_has_no_parts(home: Household) -> None:
    operation = whole_inbox(home)

    assert operation.state is State.COMPLETED
    assert operation.result == {
        "parts": 0,
        "completed": 0,
        "failed": 0,
        "cancelled": 0,
        "others": [],
    }


def waits_already(home: Household, *titles: str) -> list[int]:
    """Drop songs that have settled, so that their imports wait; return these."""
    for number, title in enumerate(titles, 1):
        song(home.inbox / f"{title}.mp3", title=title, track=str(number))
    home.look()
    home.clock.now += 20
    with home.db.transaction() as tx:
        pauses.begin(tx, pauses.Pause("kind", Kind.IMPORT), home.clock.now)
    home.work()
    with home.db.transaction() as tx:
        pauses.end(tx, pauses.Pause("kind", Kind.IMPORT))
    return [one.id for one in home.imports()]


def test_what_waits_already_becomes_a_part_of_the_import_of_its_whole_inbox(
    home: Household,
) -> None:
    waiting = waits_already(home, "One", "Two")
    song(home.inbox / "late.mp3", title="Late", track="3")

    operation = whole_inbox(home, mode="copy")

    assert operation.result == {
        "parts": 3,
        "completed": 3,
        "failed": 0,
        "cancelled": 0,
        "others": [],
    }
    assert [one.parent for one in home.imports()] == [
        *(operation.id for _one in waiting),
        None,
        operation.id,
    ]
    adopted = home.operation(waiting[0])
    assert (adopted.asked_by, adopted.options) == ("person", {"mode": "copy"})
    assert len(names(home.library)) == 3


def test_what_is_tried_again_later_is_tried_now_as_a_part(home: Household, disk: FullDisk) -> None:
    [waiting] = waits_already(home, "One")
    disk.full = True
    home.work()
    assert home.operation(waiting).not_before > home.clock.now
    disk.full = False

    operation = whole_inbox(home)

    assert operation.result is not None
    assert (operation.result["parts"], operation.result["completed"]) == (1, 1)
    assert len(names(home.library)) == 1


def test_what_people_have_asked_for_by_itself_is_left_to_that_and_named(home: Household) -> None:
    song(home.inbox / "one.mp3")
    song(home.inbox / "two.mp3", title="Two", track="2")
    now = home.clock.now
    with home.db.transaction() as tx:
        whole = operations.enqueue(tx, wish(Place("inbox", TOP)), now)
        other = operations.enqueue(tx, wish(home.place(b"one.mp3"), waits_for=(whole,)), now)
    home.work()

    ended = home.operation(whole)
    assert ended.result == {
        "parts": 1,
        "completed": 1,
        "failed": 0,
        "cancelled": 0,
        "others": [other],
    }
    assert home.operation(other).parent is None
    assert home.operation(other).state is State.COMPLETED


def test_of_two_that_ask_for_a_whole_inbox_at_once_the_second_is_told_of_the_first(
    home: Household,
) -> None:
    waits_already(home, "One", "Two")
    with home.db.transaction() as tx:
        first, second = (
            operations.enqueue(tx, wish(Place("inbox", TOP)), home.clock.now) for _each in range(2)
        )
    home.work()

    results = [home.operation(number).result for number in (first, second)]
    assert [result and (result["parts"], result["others"]) for result in results] == [
        (2, []),
        (0, [first]),
    ]


def test_what_ended_before_its_inbox_was_asked_for_is_not_named(home: Household) -> None:
    song(home.inbox / "one.mp3")
    home.settle()
    home.clock.now += 1

    operation = whole_inbox(home)

    assert operation.result is not None
    assert (operation.result["parts"], operation.result["others"]) == (0, [])


def test_a_dry_run_of_a_whole_inbox_says_what_would_become_of_what_waits_already(
    home: Household,
) -> None:
    waiting = waits_already(home, "One", "Two")

    operation = whole_inbox(home, dry_run=True)

    assert operation.result == {
        "parts": 2,
        "completed": 2,
        "failed": 0,
        "cancelled": 0,
        "others": [],
    }
    assert [home.operation(number).parent for number in waiting] == [None, None]


def test_what_became_a_part_and_is_cancelled_with_the_whole_settles_again(home: Household) -> None:
    waits_already(home, "One")
    with home.db.transaction() as tx:
        number = operations.enqueue(tx, wish(Place("inbox", TOP)), home.clock.now)
    assert home.runner.once()

    with home.db.transaction() as tx:
        operations.cancel(tx, number, home.clock.now)

    [drop] = drops.of(home.db.read(), "inbox").values()
    assert drop.state == "settling"
    home.settle()
    assert len(names(home.library)) == 1


def test_a_dry_run_of_a_whole_inbox_moves_nothing(home: Household) -> None:
    song(home.inbox / "one.mp3")

    assert whole_inbox(home, dry_run=True).state is State.COMPLETED

    assert names(home.inbox) == ["one.mp3"]
    assert names(home.library) == []


def test_parts_are_cancelled_with_what_they_are_parts_of(home: Household) -> None:
    for number in range(3):
        song(home.inbox / f"{number}.mp3", title=f"T{number}", track=str(number + 1))
    with home.db.transaction() as tx:
        number = operations.enqueue(tx, wish(Place("inbox", TOP)), home.clock.now)
    assert home.runner.once()
    parts = relations.awaited(home.db.read(), number)
    assert len(parts) == 3

    with home.db.transaction() as tx:
        operations.cancel(tx, number, home.clock.now)

    assert {home.operation(part).state for part in parts} == {State.CANCELLED}
    assert not home.runner.once()
    assert names(home.library) == []


def wish(place: Place, asker: Asker = Asker.PERSON, **how: object) -> Wish:
    return Wish(
        kind=Kind.IMPORT,
        step=Step.PLAN,
        place=place,
        display="/inbox",
        asker=asker,
        **how,  # type: ignore[arg-type]  # fields of a wish
    )


def test_what_waits_for_another_starts_when_that_has_ended_well(home: Household) -> None:
    song(home.inbox / "one.mp3")
    song(home.inbox / "two.mp3", title="Two", track="2")
    with home.db.transaction() as tx:
        pauses.begin(tx, pauses.Pause("root", "nowhere"), 1.0)
        first = operations.enqueue(tx, wish(home.place(b"two.mp3")), home.clock.now)
        follower = wish(home.place(b"one.mp3"), waits_for=(first,), priority=1)
        second = operations.enqueue(tx, follower, home.clock.now)
    assert relations.awaited(home.db.read(), second) == [first]

    home.work()

    began = [home.operation(number).started_at for number in (first, second)]
    assert [home.operation(number).state for number in (first, second)] == [State.COMPLETED] * 2
    assert began == sorted(began, key=lambda at: at or 0.0)
    assert operations.history(home.db.read(), first)[-1][1] == "completed"


def test_what_waits_for_something_that_fails_fails_and_so_does_what_waits_for_that(
    home: Household,
) -> None:
    with home.db.transaction() as tx:
        numbers = [operations.enqueue(tx, wish(home.place(b"gone")), home.clock.now)]
        for _ in range(2):
            later = wish(home.place(b"gone"), waits_for=(numbers[-1],))
            numbers.append(operations.enqueue(tx, later, home.clock.now))

    home.work()

    codes = [(home.operation(number).error or {})["code"] for number in numbers]
    assert codes == ["no_such_drop", "dependency_failed", "dependency_failed"]


def test_a_chain_may_be_longer_than_calls_are_deep(home: Household) -> None:
    with home.db.transaction() as tx:
        numbers = [operations.enqueue(tx, wish(home.place(b"gone")), home.clock.now)]
        for _ in range(400):
            later = wish(home.place(b"gone"), waits_for=(numbers[-1],))
            numbers.append(operations.enqueue(tx, later, home.clock.now))

    home.work()

    assert operations.counts(home.db.read())["failed"] == len(numbers)


@pytest.mark.parametrize("commits", range(1, 12))
def test_a_part_that_has_moved_files_and_waits_puts_them_back_when_the_whole_is_cancelled(
    home: Household, commits: int
) -> None:
    song(home.inbox / "Album/one.mp3")
    song(home.inbox / "Album/two.mp3", title="Two", track="2")
    before = tree(home.inbox)
    with home.db.transaction() as tx:
        number = operations.enqueue(tx, wish(Place("inbox", TOP)), home.clock.now)
    assert home.runner.once()
    pause = pauses.Pause("kind", Kind.IMPORT)

    def begin() -> None:
        with home.db.transaction() as tx:
            pauses.begin(tx, pause, home.clock.now)

    after(home, commits, begin)
    home.work()
    with home.db.transaction() as tx:
        if home.operation(number).finished_at is None:
            operations.cancel(tx, number, home.clock.now)
        pauses.end(tx, pause)
    home.work()

    assert home.open_steps() == 0
    [part] = [one for one in home.imports() if one.parent is not None]
    if part.state is State.COMPLETED:
        assert len(names(home.library)) == 2
        return
    assert part.state is State.CANCELLED
    assert tree(home.inbox) == before
    assert names(home.library) == []


def test_a_full_disk_is_tried_again_later_and_later_until_there_is_room(
    home: Household, disk: FullDisk
) -> None:
    song(home.inbox / "one.mp3")
    disk.full = True
    waits = []
    operation = home.ask(Kind.IMPORT, Step.PLAN, home.place(b"one.mp3"))
    for tries in range(1, 4):
        assert (operation.state, operation.retries) == (State.QUEUED, tries)
        assert operation.fault is not None
        waits.append(operation.not_before - home.clock.now)
        assert names(home.inbox) == ["one.mp3"]
        home.clock.now = operation.not_before
        home.work()
        operation = home.operation(operation.id)
    base = home.current.settings.queue.backoff_s
    assert [base / 2 * 2**n <= wait <= base * 2**n for n, wait in enumerate(waits)] == [True] * 3

    disk.full = False
    home.clock.now = operation.not_before
    home.work()

    assert home.operation(operation.id).state is State.COMPLETED
    assert names(home.library) == [FILED]


def test_after_so_many_tries_it_has_failed(home: Household, disk: FullDisk) -> None:
    song(home.inbox / "one.mp3")
    disk.full = True
    operation = home.ask(Kind.IMPORT, Step.PLAN, home.place(b"one.mp3"))
    for _ in range(home.current.settings.queue.retries):
        home.clock.now = home.operation(operation.id).not_before
        home.work()

    ended = home.operation(operation.id)
    assert ended.state is State.FAILED
    assert ended.retries == home.current.settings.queue.retries
    assert names(home.inbox) == ["one.mp3"]
    assert home.open_steps() == 0

    disk.full = False
    with home.db.transaction() as tx:
        journal.forget(tx, operation.id)
        retries.again(tx, ended, home.clock.now)
    home.work()
    assert home.operation(operation.id).state is State.COMPLETED
    assert names(home.library) == [FILED]


def test_a_kind_that_fails_again_and_again_rests_then_one_tries_then_all_go_on(
    home: Household, disk: FullDisk
) -> None:
    for number in range(8):
        song(home.inbox / f"{number}.mp3", title=f"T{number}", track=str(number + 1))
    disk.full = True
    for number in range(8):
        home.ask(Kind.IMPORT, Step.PLAN, home.place(b"%d.mp3" % number))
    [resting] = breakers.resting(home.db.read())
    assert (resting.kind, resting.failures) == (Kind.IMPORT, backoff.FAILURES)
    assert [one.attempts for one in home.imports()] == [1] * 5 + [0] * 3

    told = [json.loads(one.data) for one in events.after(home.db.read(), 0) if one.event == "queue"]
    assert told == [
        {"paused": False, "paused_kinds": [], "paused_roots": [], "resting": ["import"]}
    ]

    assert resting.until is not None
    home.clock.now = resting.until
    assert home.runner.once()  # the probe, which fails as well
    [again] = breakers.resting(home.db.read())
    assert again.rest_s == 2 * resting.rest_s
    assert not home.runner.once()

    disk.full = False
    for _ in range(8):
        home.clock.now += 1000
        home.work()
    assert breakers.resting(home.db.read()) == []
    told = [json.loads(one.data) for one in events.after(home.db.read(), 0) if one.event == "queue"]
    assert [one["resting"] for one in told] == [["import"], ["import"], []]
    assert {one.state for one in home.imports()} == {State.COMPLETED}
    assert len(names(home.library)) == 8


def test_a_kind_rests_longer_when_the_probe_is_one_that_has_failed_before(
    home: Household, disk: FullDisk
) -> None:
    disk.full = True
    for number in range(backoff.FAILURES):
        song(home.inbox / f"{number}.mp3", title=f"T{number}", track=str(number + 1))
        home.ask(Kind.IMPORT, Step.PLAN, home.place(b"%d.mp3" % number))
    [resting] = breakers.resting(home.db.read())
    assert resting.until is not None

    home.clock.now = resting.until
    home.work()

    assert sorted(one.attempts for one in home.imports()) == [1] * (backoff.FAILURES - 1) + [2]
    [again] = breakers.resting(home.db.read())
    assert again.rest_s == 2 * resting.rest_s


def test_what_had_begun_before_a_kind_rests_makes_it_rest_no_longer(home: Household) -> None:
    error = {"code": "no_space", "message": "full", "hint": ""}
    with home.db.transaction() as tx:
        rests = [breakers.failed(tx, Kind.IMPORT, error, 1.0) for _ in range(7)]

    assert rests == [0.0] * 4 + [backoff.REST_S, 0.0, 0.0]
    [resting] = breakers.resting(home.db.read())
    assert resting.rest_s == backoff.REST_S


def test_what_crashes_the_process_each_time_is_given_up(home: Household) -> None:
    song(home.inbox / "one.mp3")
    with home.db.transaction() as tx:
        number = operations.enqueue(tx, wish(home.place(b"one.mp3")), home.clock.now)
    for crash in range(1, backoff.CRASHES + 1):
        with home.db.transaction() as tx:
            tx.execute("UPDATE operations SET state = 'running' WHERE id = ?", (number,))
        Recover(home.base)()
        assert home.operation(number).crashes in (crash, 0)

    ended = home.operation(number)
    assert ended.state is State.FAILED
    assert ended.error is not None
    assert ended.error["code"] == "crashed"
    assert not home.runner.once()


def test_what_had_moved_files_in_each_crash_puts_them_back(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "MOST", 1)
    song(home.inbox / "Album/one.mp3")
    song(home.inbox / "Album/two.mp3", title="Two", track="2")
    before = tree(home.inbox)
    with home.db.transaction() as tx:
        number = operations.enqueue(tx, wish(home.place(b"Album")), home.clock.now)
    home.stop_after(8)
    home.work()
    assert home.operation(number).step is Step.APPLY
    home.close()
    home.open()
    for _ in range(backoff.CRASHES):
        with home.db.transaction() as tx:
            tx.execute("UPDATE operations SET state = 'running' WHERE id = ?", (number,))
        Recover(home.base)()

    home.work()

    ended = home.operation(number)
    assert ended.state is State.FAILED
    assert ended.error is not None
    assert ended.error["code"] == "crashed"
    assert tree(home.inbox) == before
    assert names(home.library) == []
    assert home.open_steps() == 0


@pytest.mark.parametrize("commits", range(1, 16))
def test_an_import_that_is_cancelled_anywhere_is_whole_in_one_place(
    home: Household, commits: int
) -> None:
    song(home.inbox / "Album/one.mp3")
    song(home.inbox / "Album/two.mp3", title="Two", track="2")
    before = tree(home.inbox)

    def cancel() -> None:
        with home.db.transaction() as tx:
            for running in operations.running(tx):
                operations.call_off(tx, running.id)

    after(home, commits, cancel)
    operation = home.ask(Kind.IMPORT, Step.PLAN, home.place(b"Album"))

    assert home.open_steps() == 0
    if operation.state is State.COMPLETED:
        assert len(names(home.library)) == 2
        assert names(home.inbox) == []
        return
    assert operation.state is State.CANCELLED
    assert tree(home.inbox) == before
    assert names(home.library) == []
    drop = drops.one(home.db.read(), home.place(b"Album"))
    assert drop is None or drop.state in ("held", "settling")


def test_what_nobody_wants_any_more_fails_and_what_moves_files_goes_on(home: Household) -> None:
    song(home.inbox / "one.mp3")
    with home.db.transaction() as tx:
        pauses.begin(tx, pauses.Pause(), home.clock.now)
        number = operations.enqueue(
            tx, wish(home.place(b"one.mp3"), deadline=home.clock.now + 10), home.clock.now
        )
    home.clock.now += 11
    home.runner.look_around()

    ended = home.operation(number)
    assert (ended.state, (ended.error or {})["code"]) == (State.FAILED, "deadline_passed")
    assert names(home.inbox) == ["one.mp3"]


def test_the_deadline_of_a_whole_inbox_cuts_off_no_part_that_moves_files(home: Household) -> None:
    song(home.inbox / "one.mp3")
    song(home.inbox / "two.mp3", title="Two", track="2")
    late = home.clock.now + 10
    with home.db.transaction() as tx:
        whole = operations.enqueue(tx, wish(Place("inbox", TOP), deadline=late), home.clock.now)
    assert home.runner.once()  # it has its parts now
    with home.db.transaction() as tx:
        part = claims.claim(tx, home.clock.now)
        assert part is not None
        operations.advance(tx, part.id, Step.APPLY)

    home.clock.now = late + 1
    home.runner.look_around()

    assert home.operation(part.id).state is State.RUNNING
    assert home.operation(whole).state is State.QUEUED
    [other] = [one for one in home.imports() if one.id not in (whole, part.id)]
    assert (other.state, (other.error or {})["code"]) == (State.FAILED, "deadline_passed")

    with home.db.transaction() as tx:
        operations.complete(tx, part.id, {}, home.clock.now)
    home.work()
    ended = home.operation(whole)
    assert (ended.state, (ended.error or {})["code"]) == (State.FAILED, "parts_failed")
    assert {"parts": 2, "completed": 1, "failed": 1}.items() <= (ended.result or {}).items()


def test_what_a_person_has_imported_by_itself_was_not_for_nothing_what_waited_for_it(
    home: Household,
) -> None:
    song(home.inbox / "one.mp3")
    place = home.place(b"one.mp3")
    with home.db.transaction() as tx:
        queued = operations.enqueue(tx, wish(place, asker=Asker.SHELFD), home.clock.now)
        asked = operations.enqueue(tx, wish(place), home.clock.now)
    home.work()

    assert home.operation(asked).state is State.COMPLETED
    assert home.operation(queued).state is State.COMPLETED
    assert home.operation(queued).result == {"absorbed_by": asked}


def test_where_nobody_has_imported_anything_there_is_nothing_to_import(home: Household) -> None:
    song(home.inbox / "one.mp3")
    home.ask(Kind.IMPORT, Step.PLAN, home.place(b"one.mp3"))
    home.clock.now += 1
    with home.db.transaction() as tx:
        number = operations.enqueue(
            tx, wish(home.place(b"one.mp3"), asker=Asker.SHELFD), home.clock.now
        )
    home.work()

    assert (home.operation(number).error or {})["code"] == "no_such_drop"


def test_a_scan_that_is_too_late_ends_at_its_next_safe_point(home: Household) -> None:
    for number in range(30):
        song(home.library / "music" / f"{number:02}" / "01.mp3", title=f"T{number}")

    def pass_time() -> None:
        home.clock.now += 60
        with home.db.transaction() as tx:  # so that the runner looks around
            pauses.begin(tx, pauses.Pause("root", "nowhere"), home.clock.now)

    after(home, 4, pass_time)
    with home.db.transaction() as tx:
        late = Wish(
            kind=Kind.SCAN,
            step=Step.SCAN,
            place=Place("music", TOP),
            display="/music",
            asker=Asker.PERSON,
            options={"recursive": True},
            deadline=home.clock.now + 30,
        )
        number = operations.enqueue(tx, late, home.clock.now)
    home.work()

    ended = home.operation(number)
    assert (ended.state, (ended.error or {})["code"]) == (State.FAILED, "deadline_passed")


@pytest.mark.parametrize(
    "pause",
    [pauses.Pause("kind", "import"), pauses.Pause("root", "inbox"), pauses.Pause("root", "music")],
)
def test_what_is_paused_waits_and_others_go_on(home: Household, pause: pauses.Pause) -> None:
    song(home.inbox / "one.mp3")
    (home.library / "movies" / "A (2020)").mkdir()
    with home.db.transaction() as tx:
        pauses.begin(tx, pause, home.clock.now)

    operation = home.ask(Kind.IMPORT, Step.PLAN, home.place(b"one.mp3"))
    other = home.scan("movies", recursive=True)

    assert operation.state is State.QUEUED
    assert other.state is State.COMPLETED
    assert names(home.library) == []
    with home.db.transaction() as tx:
        pauses.end(tx, pause)
    home.work()
    assert home.operation(operation.id).state is State.COMPLETED
    assert names(home.library) == [FILED]


def test_a_scan_of_all_libraries_waits_for_the_one_that_is_paused(home: Household) -> None:
    with home.db.transaction() as tx:
        pauses.begin(tx, pauses.Pause("root", "music"), home.clock.now)

    assert home.scan("", recursive=True).state is State.QUEUED
    assert home.scan("shows", recursive=True).state is State.COMPLETED


def test_an_error_of_its_own_is_not_tried_again(home: Household) -> None:
    (home.inbox / "what.bin").write_bytes(b"?" * 100)

    operation = home.ask(Kind.IMPORT, Step.PLAN, home.place(b"what.bin"))

    assert (operation.state, operation.retries) == (State.FAILED, 0)
    assert breakers.one(home.db.read(), Kind.IMPORT) is None


def test_a_wider_scan_that_waits_takes_over_what_is_narrower_and_as_urgent_as_that(
    home: Household,
) -> None:
    def enqueue(path: bytes, asker: Asker, **options: object) -> int:
        place = Place("music", RelPath(path))
        scan = Wish(
            kind=Kind.SCAN,
            step=Step.SCAN,
            place=place,
            display="/music",
            asker=asker,
            options=options,
        )
        with home.db.transaction() as tx:
            return operations.enqueue(tx, scan, home.clock.now)

    narrow = [enqueue(path, Asker.WATCH) for path in (b"Ann", b"Bob/Some")]
    mine = enqueue(b"Ann", Asker.PERSON)
    wide = enqueue(b"", Asker.SCHEDULE, recursive=True)

    ended = [home.operation(number) for number in narrow]
    assert [one.state for one in ended] == [State.COMPLETED] * 2
    assert [one.result for one in ended] == [{"absorbed_by": wide}] * 2
    assert home.operation(mine).state is State.QUEUED
    assert home.operation(wide).priority == 5

    assert enqueue(b"Carl", Asker.WATCH) == wide
    assert enqueue(b"Carl", Asker.WATCH, full=True) != wide
    home.work()
    assert home.operation(mine).state is State.COMPLETED


def test_a_fault_of_the_world_is_told_in_the_row(home: Household) -> None:
    error = BrokenError("/m: no", code="disk_error", hint="look")
    with home.db.transaction() as tx:
        number = operations.enqueue(tx, wish(home.place(b"x")), home.clock.now)
        tx.execute("UPDATE operations SET state = 'running'")
        retries.put_off(tx, number, error, home.clock.now, home.clock.now + 60)

    found = home.operation(number)
    assert found.fault == {"code": "disk_error", "message": "/m: no", "hint": "look"}
    assert (found.retries, found.not_before) == (1, home.clock.now + 60)
    assert found.error is None
