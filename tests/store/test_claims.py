"""Whatever is asked for, paused, cancelled, put back and interrupted: what runs, may run, and nothing else does."""

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec.structs import replace

from queueing import AGING_S, Course, Job, check, random_jobs
from shelfd.core.errors import BrokenError
from shelfd.core.media import Kind as Media
from shelfd.core.operations import MOVES, Asker, Kind, Operation, State, Step, Wish, priority
from shelfd.core.order import AT_ONCE, SUSPECT, TURN_S
from shelfd.core.paths import AbsPath, Place, RelPath
from shelfd.core.roots import Root, Roots
from shelfd.core.settings import Settings
from shelfd.core.walk import Walk
from shelfd.steps.ports import Base, Current
from shelfd.steps.recover import Recover
from shelfd.store import (
    checkpoints,
    claims,
    operations,
    outdated,
    pauses,
    ranks,
    relations,
    renamed,
    retries,
    roots,
    unwanted,
)
from shelfd.store.database import Database, Tx

QUEUES = 400
BEGIN = 1000.0
LATER = BEGIN + 10_000.0
LIBRARIES = ("music", "movies")
STEPS = {
    Kind.SCAN: Step.SCAN,
    Kind.IMPORT: Step.PLAN,
    Kind.UNDO: Step.UNDO,
    Kind.VERIFY: Step.VERIFY,
    Kind.CLEANUP: Step.CLEANUP,
}
NO = BrokenError("disk: full", code="no_space")

PATHS = st.sampled_from([b"", b"a", b"a/b", b"a/b/c", b"ab", b"b"]).map(RelPath)
ROOTS = st.sampled_from(["music", "music", "movies", "inbox"])


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = Database(os.fsencode(tmp_path / "shelfd.db"))
    know_roots(database)
    yield database
    database.close()


def know_roots(db: Database) -> None:
    known = [
        Root(name=name, path=AbsPath(b"/" + name.encode()), role="library", kind=Media.MUSIC)
        for name in LIBRARIES
    ]
    inbox = Root(name="inbox", path=AbsPath(b"/inbox"), role="inbox", kind=None)
    with db.transaction() as tx:
        roots.put(tx, Roots((*known, inbox)))


class Rows:
    """The rows of a database, as the queue of a course; all in one transaction, which is faster."""

    def __init__(self, tx: Tx) -> None:
        self.tx = tx
        ranks.age(tx, AGING_S)

    def add(self, job: Job, now: float) -> int:
        wanted = wish(job.kind, job.place.root, job.place.path, urgency=job.priority)
        return operations.enqueue(self.tx, wanted, BEGIN + now)

    def claim(self, now: float) -> int | None:
        found = claims.claim(self.tx, BEGIN + now)
        fits(self.tx)
        return None if found is None else found.id

    def carry_out(self, number: int, places: Sequence[Place], now: float) -> bool:
        claims.carry_out(self.tx, number, frozenset(places), BEGIN + now)
        fits(self.tx)
        found = operations.one(self.tx, number)
        return found is not None and found.state is State.RUNNING

    def makes_room(self, number: int, now: float, *, is_free: bool) -> bool:
        return claims.makes_room(self.tx, number, BEGIN + now, is_free=is_free)

    def put_back(self, number: int, now: float) -> None:
        operations.requeue(self.tx, number, BEGIN + now)

    def end(self, number: int, now: float) -> None:
        operations.complete(self.tx, number, {}, BEGIN + now)

    def rank(self, number: int) -> tuple[float, int]:
        row = self.tx.execute("SELECT rank FROM operations WHERE id = ?", (number,)).fetchone()
        return row[0], number


def wish(
    kind: Kind,
    root: str,
    path: bytes = b"",
    asker: Asker = Asker.PERSON,
    urgency: int | None = None,
) -> Wish:
    return Wish(
        kind=kind,
        step=STEPS[kind],
        place=Place(root, RelPath(path)),
        display="",
        asker=asker,
        options={"recursive": True} if kind is Kind.SCAN else {},
        priority=urgency,
    )


def places(tx: Tx, row: Mapping[str, Any]) -> set[tuple[str, bytes]]:
    """Return what an operation has to do with, as its rows say it."""
    if row["root"] == "" and row["kind"] in ("scan", "verify"):
        return {(name, b"") for name in LIBRARIES}
    more = tx.execute("SELECT root, path FROM operation_places WHERE operation = ?", (row["id"],))
    return {(row["root"], row["path"]), *((root, path) for root, path in more)}


def taken(tx: Tx, row: Mapping[str, Any]) -> set[tuple[str, bytes]]:
    """Return where an operation is alone; a verify only reads."""
    return set() if row["kind"] == "verify" else places(tx, row)


def overlap(one: tuple[str, bytes], other: tuple[str, bytes]) -> bool:
    shorter, longer = sorted((one[1], other[1]), key=len)
    return one[0] == other[0] and (not shorter or (longer + b"/").startswith(shorter + b"/"))


def can_meet(tx: Tx, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    alone = [row for row in (one, other) if row["crashes"] >= SUSPECT]
    kinds = {one["kind"], other["kind"]}
    if "cleanup" in kinds and not alone:
        return not kinds & {"scan", "verify"}
    return bool(alone) or any(overlap(a, b) for a in taken(tx, one) for b in taken(tx, other))


def rows(tx: Tx, where: str) -> list[dict[str, Any]]:
    found = tx.execute(f"SELECT * FROM operations WHERE {where}").fetchall()  # noqa: S608  # a constant
    return [dict(row) for row in found]


def fits(tx: Tx) -> None:
    """No two that run can meet, and there are no more of a kind than there may be."""
    running = rows(tx, "state = 'running'")
    for at, one in enumerate(running):
        assert not any(can_meet(tx, one, other) for other in running[:at]), running
    for kind, number in Counter(row["kind"] for row in running).items():
        assert number <= AT_ONCE[Kind(kind)]


def test_the_rows_keep_the_bound_that_the_rules_keep(db: Database) -> None:
    for seed in range(QUEUES):
        chance = random.Random(seed)  # noqa: S311  # the same queues each time
        with db.transaction(durable=False) as tx:
            course = Course(Rows(tx), random_jobs(chance, 16), chance.randint(1, 4))
            course.run()
            try:
                check(course)
            except AssertionError as error:
                raise AssertionError(f"seed {seed}") from error
            tx.execute("DELETE FROM operations")


def enqueue(db: Database, wanted: Wish, now: float = BEGIN) -> int:
    with db.transaction() as tx:
        return operations.enqueue(tx, wanted, now)


def claim(db: Database, now: float = BEGIN) -> int | None:
    with db.transaction() as tx:
        taken = claims.claim(tx, now)
    return None if taken is None else taken.id


def state(db: Database, number: int) -> State:
    found = operations.one(db.read(), number)
    assert found is not None
    return found.state


def test_a_clock_that_was_ahead_puts_nothing_behind_all_that_comes(db: Database) -> None:
    early = enqueue(db, wish(Kind.SCAN, "music", urgency=1), BEGIN + 1e9)
    with db.transaction() as tx:
        retries.not_later_than(tx, BEGIN + 100.0, BEGIN)
    enqueue(db, wish(Kind.SCAN, "music", urgency=1), BEGIN + 1.0)

    assert claim(db, BEGIN + 2.0) == early


def test_what_others_wait_for_is_not_over_before_its_work_is_done(db: Database) -> None:
    narrow = enqueue(db, wish(Kind.SCAN, "music", b"a", Asker.WATCH))
    after = enqueue(db, replace(wish(Kind.IMPORT, "inbox"), waits_for=(narrow,)))

    enqueue(db, wish(Kind.SCAN, "music", b"", Asker.SCHEDULE))

    assert state(db, narrow) is State.QUEUED
    assert claim(db) == narrow
    same = enqueue(db, wish(Kind.SCAN, "music", b"a", Asker.WATCH))
    with db.transaction() as tx:
        operations.requeue(tx, narrow, BEGIN)
    assert (state(db, narrow), state(db, same)) == (State.QUEUED, State.QUEUED)
    assert claim(db) == narrow
    with db.transaction() as tx:
        operations.complete(tx, narrow, {}, BEGIN)
    assert claim(db) == after


def test_a_scan_that_has_waited_long_has_its_turn_before_it_makes_room(db: Database) -> None:
    old = enqueue(db, wish(Kind.SCAN, "music", urgency=8), BEGIN)
    assert claim(db, LATER) == old
    urgent = enqueue(db, wish(Kind.IMPORT, "music", b"a", urgency=2), LATER)
    reader = db.read()

    assert not claims.makes_room(reader, old, LATER + 1.0, is_free=True)
    # the runner looks again at that time
    assert claims.outlook(reader, LATER + 1.0).next_moment == LATER + TURN_S
    assert claims.makes_room(reader, old, LATER + TURN_S, is_free=True)
    with db.transaction() as tx:
        operations.requeue(tx, old, LATER + TURN_S)
    assert claim(db, LATER + TURN_S) == urgent


def test_a_scan_that_is_put_back_early_keeps_its_place(db: Database) -> None:
    old = enqueue(db, wish(Kind.SCAN, "music", urgency=8), BEGIN)
    assert claim(db, LATER) == old
    enqueue(db, wish(Kind.IMPORT, "music", b"a", urgency=2), LATER)

    with db.transaction() as tx:
        operations.requeue(tx, old, LATER + 1.0)

    assert claim(db, LATER + 1.0) == old


class Queue(RuleBasedStateMachine):
    """All that can happen to a queue, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = TemporaryDirectory()
        self.db = Database(os.fsencode(self.directory.name) + b"/shelfd.db")
        know_roots(self.db)
        self.now = BEGIN

    def teardown(self) -> None:
        self.db.close()
        self.directory.cleanup()

    def wall(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now

    def some(self, number: int, where: str) -> Operation | None:
        """Return one of those of which this is true."""
        found = rows(self.db.read(), where)
        return operations.of_row(found[number % len(found)]) if found else None

    @rule(
        kind=st.sampled_from([*Kind, Kind.SCAN, Kind.SCAN]),
        place=st.tuples(ROOTS, PATHS),
        asker=st.sampled_from(Asker),
        later=st.sampled_from([0.0, 0.0, 50.0]),
        options=st.sampled_from([{"recursive": True}, {}, {"full": True, "recursive": True}]),
    )
    def somebody_asks(
        self,
        kind: Kind,
        place: tuple[str, RelPath],
        asker: Asker,
        later: float,
        options: dict[str, object],
    ) -> None:
        wanted = replace(
            wish(kind, *place, asker),
            not_before=self.now + later if later else 0.0,
            options=options if kind is Kind.SCAN else {},
        )
        before = {row["id"]: row for row in rows(self.db.read(), "state = 'queued'")}
        with self.db.transaction() as tx:
            number = operations.enqueue(tx, wanted, self.now)
            self.is_absorbed_well(tx, wanted, number, before)

    def is_absorbed_well(
        self, tx: Tx, wanted: Wish, number: int, before: Mapping[int, dict[str, Any]]
    ) -> None:
        """What takes over the work of others looks at all of it, and is as urgent as the first of them."""
        [found] = rows(tx, f"id = {number}")
        assert found["state"] == "queued"
        assert found["priority"] <= priority(wanted.kind, wanted.asker)
        assert found["rank"] <= max(self.now, wanted.not_before) + 300.0 * (
            priority(wanted.kind, wanted.asker)
        )
        inside = (wanted.place.root, bytes(wanted.place.path))
        assert any(within(inside, outer) for outer in places(tx, found)), found
        for row in rows(tx, f"state = 'completed' AND result = '{{\"absorbed_by\":{number}}}'"):
            if row["id"] in before:
                assert found["priority"] <= before[row["id"]]["priority"]
                assert found["rank"] <= before[row["id"]]["rank"]
                assert row["asked_by"] != "person"
                assert within((row["root"], row["path"]), inside)

    @rule(number=st.integers(0, 99), place=st.tuples(ROOTS, PATHS), kind=st.sampled_from(Kind))
    def somebody_asks_for_what_follows(
        self, number: int, place: tuple[str, RelPath], kind: Kind
    ) -> None:
        others = rows(self.db.read(), "state IN ('queued', 'running', 'completed')")
        chosen = tuple(row["id"] for row in others[number % 7 :: 3][:2])
        wanted = replace(wish(kind, *place, Asker.WATCH), waits_for=chosen)
        with self.db.transaction() as tx:
            operations.enqueue(tx, wanted, self.now)

    @rule(
        place=st.tuples(ROOTS, PATHS), kind=st.sampled_from(Kind), soon=st.sampled_from([1.0, 60.0])
    )
    def somebody_asks_in_time(self, place: tuple[str, RelPath], kind: Kind, soon: float) -> None:
        wanted = replace(wish(kind, *place, Asker.SCHEDULE), deadline=self.now + soon)
        with self.db.transaction() as tx:
            operations.enqueue(tx, wanted, self.now)

    @rule(number=st.integers(0, 99), place=st.tuples(ROOTS, PATHS))
    def one_has_parts(self, number: int, place: tuple[str, RelPath]) -> None:
        parent = self.some(number, "state = 'running'")
        if parent is not None:
            with self.db.transaction() as tx:
                for part in range(2):
                    wanted = wish(Kind.SCAN, place[0], place[1] + b"/%d" % part, Asker.SHELFD)
                    operations.enqueue(tx, replace(wanted, parent=parent.id), self.now)
                operations.requeue(tx, parent.id, self.now)

    @rule(seconds=st.sampled_from([0.5, 5.0, TURN_S, 100.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(most=st.integers(1, 4))
    def the_next_start(self, most: int) -> None:
        for _ in range(most):
            reader = self.db.read()
            expected = self.next_one(reader)
            with self.db.transaction() as tx:
                taken = claims.claim(tx, self.now)
            assert (None if taken is None else taken.id) == expected

    def next_one(self, tx: Tx) -> int | None:
        """Return what is to start next, found without the queries of claims."""
        running = rows(tx, "state = 'running'")
        ahead: list[dict[str, Any]] = []
        for row in sorted(rows(tx, "state = 'queued'"), key=lambda row: (row["rank"], row["id"])):
            if not self.is_ready(tx, row):
                continue
            beside = sum(other["kind"] == row["kind"] for other in running)
            meets = any(can_meet(tx, row, other) for other in (*running, *ahead))
            if beside < AT_ONCE[Kind(row["kind"])] and not meets:
                return int(row["id"])
            ahead.append(row)
        return None

    def is_ready(self, tx: Tx, row: Mapping[str, Any]) -> bool:
        paused = set(pauses.every(tx))
        roots_of_it = {pauses.Pause("root", root) for root, _path in places(tx, row)}
        waits = tx.execute(
            "SELECT waits_for FROM operation_waits WHERE operation = ?", (row["id"],)
        )
        others = [found for (number,) in waits for found in rows(tx, f"id = {number}")]
        parts = rows(tx, f"parent = {row['id']}")
        return (
            row["not_before"] <= self.now
            and not paused & {pauses.Pause(), pauses.Pause("kind", row["kind"]), *roots_of_it}
            and all(other["state"] == "completed" for other in others)
            and all(part["finished_at"] is not None for part in parts)
        )

    @rule(number=st.integers(0, 99), at=st.sets(st.tuples(ROOTS, PATHS), max_size=3))
    def one_knows_where_it_files(self, number: int, at: set[tuple[str, RelPath]]) -> None:
        found = self.some(number, "state = 'running' AND kind IN ('import', 'undo')")
        if found is not None:
            wanted = frozenset(Place(root, path) for root, path in at)
            with self.db.transaction() as tx:
                claims.carry_out(tx, found.id, wanted, self.now)

    @rule(
        number=st.integers(0, 99), how=st.sampled_from(["well", "well", "badly", "put off", "room"])
    )
    def one_ends(self, number: int, how: str) -> None:
        found = self.some(number, "state = 'running'")
        if found is None:
            return
        with self.db.transaction() as tx:
            match how:
                case "well":
                    operations.complete(tx, found.id, {}, self.now)
                case "badly":
                    operations.fail(tx, found.id, NO, self.now)
                case "put off":
                    retries.put_off(tx, found.id, NO, self.now, self.now + 30.0)
                case _:
                    self.make_room(tx, found)

    def make_room(self, tx: Tx, found: Operation) -> None:
        if found.kind is Kind.SCAN:
            walk = Walk.over([(found.root, found.path)], recursive=True)
            checkpoints.save(tx, found.id, walk, self.now)
        operations.requeue(tx, found.id, self.now)

    @rule(number=st.integers(0, 99))
    def somebody_cancels(self, number: int) -> None:
        found = self.some(number, "state IN ('queued', 'running')")
        if found is not None:
            with self.db.transaction() as tx:
                if found.state is State.QUEUED:
                    operations.cancel(tx, found.id, self.now)
                else:
                    operations.call_off(tx, found.id)

    @rule(number=st.integers(0, 99))
    def somebody_tries_again(self, number: int) -> None:
        found = self.some(number, "state IN ('failed', 'cancelled')")
        if found is not None and not relations.awaited(self.db.read(), found.id):
            with self.db.transaction() as tx:
                retries.again(tx, found, self.now)

    @rule(
        pause=st.sampled_from(
            [pauses.Pause(), pauses.Pause("kind", "scan"), pauses.Pause("root", "music")]
        )
    )
    def somebody_pauses_or_resumes(self, pause: pauses.Pause) -> None:
        with self.db.transaction() as tx:
            if not pauses.begin(tx, pause, self.now):
                pauses.end(tx, pause)

    @rule()
    def it_is_late(self) -> None:
        with self.db.transaction() as tx:
            unwanted.expire(tx, self.now)

    @rule()
    def it_crashes(self) -> None:
        self.db.close()
        self.db = Database(os.fsencode(self.directory.name) + b"/shelfd.db")
        current = Current(Settings(), Roots([]))
        Recover(Base(db=self.db, clock=self, current=current))()
        assert rows(self.db.read(), "state = 'running'") == []

    @rule(ago=st.sampled_from([0.0, 10.0, 100.0]))
    def the_past_is_forgotten(self, ago: float) -> None:
        with self.db.transaction() as tx:
            outdated.forget_before(tx, self.now - ago)

    @invariant()
    def what_runs_fits_together(self) -> None:
        fits(self.db.read())

    @invariant()
    def every_move_is_legal_and_in_order(self) -> None:
        now: dict[int, str] = {}
        history = "SELECT operation, was, became FROM operation_history ORDER BY id"
        for number, was, became in self.db.read().execute(history):
            assert now.get(number) == was
            assert was is None or (State(was), State(became)) in MOVES
            now[number] = became
        assert now == {row["id"]: row["state"] for row in rows(self.db.read(), "TRUE")}

    @invariant()
    def of_the_same_one_waits(self) -> None:
        waiting = rows(self.db.read(), "state = 'queued' AND unique_key IS NOT NULL")
        assert max(Counter(row["unique_key"] for row in waiting).values(), default=1) == 1

    @invariant()
    def nothing_is_behind_where_it_belongs(self) -> None:
        for row in rows(self.db.read(), "state = 'queued'"):
            assert row["rank"] <= max(self.now, row["not_before"]) + row["priority"] * 300.0


def within(inner: tuple[str, bytes], outer: tuple[str, bytes]) -> bool:
    return overlap(inner, outer) and len(inner[1]) >= len(outer[1])


TestQueue = Queue.TestCase
TestQueue.settings = settings(deadline=None, max_examples=40, stateful_step_count=50)


def effort(tx: Tx, ask: Callable[[], object]) -> int:
    """Return how many instructions SQLite needs for an answer."""
    done = 0

    def count() -> int:
        nonlocal done
        done += 1
        return 0

    tx.set_progress_handler(count, 1)
    ask()
    tx.set_progress_handler(None, 1)
    return done


def test_a_look_at_the_queue_costs_the_same_however_much_waits_or_has_run(db: Database) -> None:
    def look() -> None:
        claims.outlook(db.read(), LATER)
        unwanted.overdue(db.read(), LATER)

    def fill(scans: int) -> None:
        with db.transaction() as tx:
            for number in range(scans):
                asked = wish(Kind.SCAN, "music", b"%d" % number)
                operations.enqueue(tx, asked, BEGIN)
            for _ in range(scans // 2):
                operation = claims.claim(tx, BEGIN)
                assert operation is not None
                operations.complete(tx, operation.id, {}, BEGIN)
            pauses.begin(tx, pauses.Pause(), BEGIN)

    fill(4)
    look()
    few = effort(db.read(), look)
    with db.transaction() as tx:
        pauses.end(tx, pauses.Pause())
    fill(400)

    assert effort(db.read(), look) <= few + 20


def test_while_all_is_paused_nothing_is_due(db: Database) -> None:
    with db.transaction() as tx:
        operations.enqueue(tx, wish(Kind.SCAN, "music"), BEGIN)
    assert claims.outlook(db.read(), LATER).is_due

    with db.transaction() as tx:
        pauses.begin(tx, pauses.Pause(), BEGIN)

    assert not claims.outlook(db.read(), LATER).is_due


def organizing(db: Database, parts: int, ended: int) -> int:
    """Let so many parts wait of one whole, each with a library to itself, of which the first have ended and the next runs."""
    with db.transaction() as tx:
        whole = operations.enqueue(tx, wish(Kind.IMPORT, "music", b""), BEGIN)
        for number in range(parts):
            part = replace(wish(Kind.IMPORT, "music", b"%d" % number), parent=whole)
            renamed.stand_alone(tx, operations.enqueue(tx, part, BEGIN), "music")
        for _ in range(ended):
            operation = claims.claim(tx, BEGIN)
            assert operation is not None
            operations.complete(tx, operation.id, {}, BEGIN)
        assert claims.claim(tx, BEGIN) is not None
    return whole


@pytest.mark.parametrize(("parts", "ended"), [(400, 0), (400, 396)])
def test_the_next_of_many_parts_costs_little_however_many_wait_or_have_ended(
    db: Database, parts: int, ended: int
) -> None:
    organizing(db, parts, ended)
    reader = db.read()

    instructions = effort(reader, lambda: claims.chosen(reader, BEGIN))

    assert instructions <= 2_000 + 20 * (parts - ended)


def test_what_waits_elsewhere_starts_beside_the_parts_of_a_whole(db: Database) -> None:
    organizing(db, 20, 3)
    with db.transaction() as tx:
        elsewhere = operations.enqueue(tx, wish(Kind.IMPORT, "inbox", b"x"), LATER)
        inside = operations.enqueue(tx, wish(Kind.IMPORT, "music", b"x"), LATER)

    with db.transaction() as tx:
        first, second = claims.claim(tx, LATER), claims.claim(tx, LATER)

    assert first is not None
    assert (first.id, second) == (elsewhere, None)
    assert inside


def test_the_whole_comes_after_the_last_of_its_parts_in_whatever_order_they_end(
    db: Database,
) -> None:
    whole = organizing(db, 3, 0)
    with db.transaction() as tx:
        first, *others = relations.open_parts(tx, whole)
        for part in others:
            operations.cancel(tx, part, BEGIN)
        assert claims.claim(tx, BEGIN) is None
        operations.complete(tx, first, {}, BEGIN)
        operation = claims.claim(tx, BEGIN)

    assert operation is not None
    assert operation.id == whole
