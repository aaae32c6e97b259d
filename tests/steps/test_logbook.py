"""What is logged while an operation runs is in its log, at no cost of its own, and nothing else is."""

import json
import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import structlog

import media
from household import Household
from inline import Inline
from shelfd.core.errors import BrokenError, RefusedError
from shelfd.core.lines import FIRST, NEWEST, Level, Line
from shelfd.core.operations import Asker, Kind, Operation, State, Step, Wish
from shelfd.core.paths import TOP, Place, RelPath
from shelfd.edges import logs
from shelfd.steps.course import Course, Run
from shelfd.steps.logbook import Logbook
from shelfd.steps.ports import Base, Turn
from shelfd.steps.ports import Told as Listener
from shelfd.steps.runner import Runner
from shelfd.store import events, lines, operations

log = structlog.get_logger("shelfd.test")


@pytest.fixture(autouse=True)
def configured(tmp_path: Path) -> Iterator[None]:
    """Log as the daemon does, and only what is wrong."""
    handlers, level = logging.root.handlers[:], logging.root.level
    with (tmp_path / "log").open("w") as stream:
        logs.configure("error", "logfmt", stream=stream)
        yield
        logging.captureWarnings(capture=False)
        logging.root.handlers[:], logging.root.level = handlers, level
        structlog.reset_defaults()


class Bound(Inline):
    """Carries out operations inside of their logs, as a worker does."""

    def __init__(
        self, base: Base, course: Callable[[Operation, Turn], None], logbook: Logbook
    ) -> None:
        super().__init__(base, course)
        self.logbook = logbook

    def submit(self, operation: Operation, told: Listener) -> None:
        with self.logbook.bound(operation=operation.id):
            super().submit(operation, told)


class Told(Household):
    """A household whose operations have logs."""

    def open(self) -> None:
        super().open()
        self.logbook = Logbook(self.db, self.clock, logs.bound, logs.heard)
        executor = self.runner._executor
        assert isinstance(executor, Inline)
        self.course = executor._course
        self.run_with(self.course)

    def run_with(self, course: Callable[[Operation, Turn], None]) -> None:
        self.runner = Runner(self.base, Bound(self.base, course, self.logbook), lambda: None)

    def lines(self, number: int) -> list[Line]:
        return lines.page(self.db.read(), number, limit=10_000)

    def messages(self, number: int) -> list[str]:
        return [line.message for line in self.lines(number)]

    def fields(self, number: int, message: str) -> list[dict[str, object]]:
        found = [line for line in self.lines(number) if line.message == message]
        return [json.loads(line.fields) for line in found]

    def all(self) -> list[tuple[object, ...]]:
        return [tuple(row) for row in self.db.read().execute("SELECT * FROM operation_log")]

    def doing(self, step: Run) -> Operation:
        """Run a scan that is this step."""
        self.run_with(Course(self.base, {Step.SCAN: step}))
        return self.scan("music")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Told]:
    (tmp_path / "home").mkdir()
    home = Told(tmp_path / "home")
    yield home
    home.close()


def end(home: Told, operation: Operation) -> None:
    with home.db.transaction() as tx:
        operations.complete(tx, operation.id, {}, home.clock.now)


def test_an_import_tells_what_it_recognised_where_it_went_and_what_it_left(home: Told) -> None:
    drop = home.inbox / "Bob"
    drop.mkdir()
    for number in (1, 2):
        tags = {"artist": "Bob", "album": "Al", "title": f"T{number}", "track": str(number)}
        media.mp3(drop / f"{number}.mp3", **tags)
    (drop / "setup.exe").write_text("x")
    home.settle()
    [done] = home.imports()

    assert home.messages(done.id) == [
        "operation runs",
        "recognised",
        "left in the inbox",
        "filed",
        "filed",
        "operation ended",
    ]
    [recognised] = home.fields(done.id, "recognised")
    assert recognised["files"] == 2
    assert "tags" in str(recognised["reason"])
    assert home.fields(done.id, "left in the inbox")[0]["first"] == "Bob/setup.exe"
    assert home.fields(done.id, "filed")[0] == {
        "source": f"{drop}/1.mp3",
        "target": f"{home.library}/music/Bob/Al/01 T1.mp3",
        "method": "hardlink",
    }


def test_a_name_that_is_no_text_is_in_the_log_with_its_bytes(home: Told) -> None:
    song = media.mp3(home.inbox / "a.mp3", artist="Bob", album="Al", title="T", track="1")
    os.rename(song, os.fsencode(home.inbox) + b"/\xff\x1b.mp3")
    home.settle()
    [done] = home.imports()

    assert "\\xff" in str(home.fields(done.id, "filed")[0]["source"])


def test_a_refused_drop_tells_why(home: Told) -> None:
    (home.inbox / "x.mp3").write_bytes(b"no music")
    home.settle()
    [refused] = home.imports()

    assert refused.state is State.FAILED
    assert "refused" in home.messages(refused.id)


def test_a_drop_that_a_person_is_asked_about_tells_why(home: Told) -> None:
    media.mp3(home.inbox / "x.mp3")
    home.settle()
    [asked] = home.imports()

    assert asked.state is State.COMPLETED
    assert "a person is asked" in home.messages(asked.id)


def test_a_scan_that_a_person_asked_for_tells_what_it_found(home: Told) -> None:
    media.mp3(home.library / "music" / "a.mp3", artist="Bob", album="Al", title="T", track="1")
    done = home.scan("music", recursive=True)

    [scanned] = home.fields(done.id, "scanned")

    assert (scanned["added"], scanned["directories"]) == (1, 1)


def test_a_scan_tells_which_files_cannot_be_read_and_why(home: Told) -> None:
    (home.library / "music" / "broken.mp3").write_bytes(b"no music")
    done = home.scan("music", recursive=True)

    [bad] = home.fields(done.id, "files cannot be read")

    assert (bad["directory"], bad["files"], bad["first"]) == (
        str(home.library / "music"),
        1,
        "broken.mp3",
    )
    assert bad["reason"]


def test_an_undo_tells_what_it_put_back(home: Told) -> None:
    song = media.mp3(home.inbox / "a.mp3", artist="Bob", album="Al", title="T", track="1")
    home.settle()
    done = home.undo(home.imports()[0].id)

    assert home.fields(done.id, "put back") == [{"target": str(song)}]


def test_a_scan_of_a_library_that_is_gone_tells_why_it_failed(home: Told) -> None:
    media.mp3(home.library / "music" / "a.mp3", artist="Bob", album="Al", title="T", track="1")
    home.look()
    shutil.rmtree(home.library / "music")
    failed = home.scan("music", recursive=True)

    assert failed.state is State.FAILED
    assert home.fields(failed.id, "scan failed")[0]["code"] == "root_absent"


def test_a_scan_that_nobody_waits_for_leaves_no_row_and_makes_no_commit(home: Told) -> None:
    home.look()
    assert home.all() == []
    wish = Wish(
        kind=Kind.SCAN, step=Step.SCAN, place=Place("music", TOP), display="", asker=Asker.WATCH
    )

    def commits(*, told: bool) -> int:
        home.run_with(home.course)
        if not told:
            home.db.riders.clear()
        before = home.db.commits
        with home.db.transaction() as tx:
            operations.enqueue(tx, wish, home.clock.now)
        home.work()
        return home.db.commits - before

    assert commits(told=True) == commits(told=False)
    assert home.all() == []


def test_lines_ride_along_with_what_the_step_writes(home: Told) -> None:
    seen: list[list[str]] = []

    def step(operation: Operation, _turn: Turn) -> None:
        log.info("one")
        seen.append(home.messages(operation.id))
        with home.db.transaction() as tx:
            log.info("two")
            events.add(tx, "catalog", {}, home.clock.now)
        seen.append(home.messages(operation.id))
        end(home, operation)

    before = home.db.commits
    done = home.doing(step)

    assert seen == [[], ["one", "two"]]
    assert home.messages(done.id) == ["one", "two"]
    assert home.db.commits - before == 4, "to ask, to claim, and the two of the step"


def test_lines_outlive_a_transaction_that_was_rolled_back(home: Told) -> None:
    def step(operation: Operation, _turn: Turn) -> None:
        log.info("one")
        with suppress(ZeroDivisionError), home.db.transaction() as tx:
            events.add(tx, "catalog", {}, home.clock.now)
            log.info("two")
            raise ZeroDivisionError
        end(home, operation)

    assert home.messages(home.doing(step).id) == ["one", "two"]


def test_a_transaction_that_changes_nothing_waits_for_no_disk_because_of_lines(home: Told) -> None:
    def step(operation: Operation, _turn: Turn) -> None:
        log.info("one")
        with home.db.transaction():
            pass
        assert home.messages(operation.id) == []
        end(home, operation)

    assert home.messages(home.doing(step).id) == ["one"]


def test_what_a_failing_operation_logged_is_there_with_its_fault(home: Told) -> None:
    def step(_operation: Operation, _turn: Turn) -> None:
        log.info("before")
        raise ValueError("no such thing")

    failed = home.doing(step)

    assert home.messages(failed.id) == ["before", "a fault in shelfd", "operation failed"]
    [fault] = home.fields(failed.id, "a fault in shelfd")
    assert fault == {"exception": "ValueError: no such thing"}, "and no traceback"
    assert not home.logbook.is_open(failed.id)


def test_a_process_that_dies_leaves_what_was_written_with_its_last_commit(home: Told) -> None:
    class Killed(BaseException):
        pass

    def step(_operation: Operation, _turn: Turn) -> None:
        log.info("kept")
        with home.db.transaction() as tx:
            events.add(tx, "catalog", {}, home.clock.now)
        log.info("lost")
        home.logbook._logs.clear()  # as the memory of a killed process
        raise Killed

    with pytest.raises(Killed):
        home.doing(step)

    assert [row[4] for row in home.all()] == ["kept"]


def test_a_later_run_goes_on_with_the_log(home: Told) -> None:
    def stops(operation: Operation, _turn: Turn) -> None:
        log.info(f"run {operation.attempts}")
        with home.db.transaction() as tx:
            if operation.attempts < 3:
                operations.requeue(tx, operation.id, home.clock.now)
            else:
                operations.complete(tx, operation.id, {}, home.clock.now)

    done = home.doing(stops)

    assert [(line.id, line.message) for line in home.lines(done.id)] == [
        (1, "run 1"),
        (2, "run 2"),
        (3, "run 3"),
    ]


def test_levels_of_rows_do_not_depend_on_that_of_the_log_but_for_debug(home: Told) -> None:
    def step(operation: Operation, _turn: Turn) -> None:
        for name in ("debug", "info", "warning", "error", "critical"):
            getattr(log, name)(name)
        end(home, operation)

    quiet = home.doing(step)
    logs.configure("debug", "logfmt", stream=logging.root.handlers[0].stream)  # type: ignore[attr-defined]  # a StreamHandler
    loud = home.doing(step)

    levels = [line.level for line in home.lines(quiet.id)]
    assert levels == [Level.INFO, Level.WARNING, Level.ERROR, Level.ERROR]
    assert "debug" in home.messages(loud.id)


def test_secrets_are_masked_and_nothing_that_is_logged_is_a_fault(home: Told) -> None:
    class Spiteful:
        def __str__(self) -> str:
            raise RuntimeError("no")

        __repr__ = __str__

    def step(operation: Operation, _turn: Turn) -> None:
        log.info("asked", token="hunter2", inner={"password": b"hunter2"})  # noqa: S106  # what must not be seen
        log.info("odd \udcff", value=float("nan"), name="\udcff", number=1 << 80)
        log.info("spiteful", value=Spiteful())
        log.info("%s of %d", "one", 2)
        end(home, operation)

    done = home.doing(step)

    assert done.state is State.COMPLETED
    assert "hunter2" not in str([(line.message, line.fields) for line in home.lines(done.id)])
    assert {"asked", "odd \\udcff", "one of 2"} <= set(home.messages(done.id))


def test_a_flood_is_cut_in_the_middle(home: Told) -> None:
    def step(operation: Operation, _turn: Turn) -> None:
        for number in range(3000):
            log.info(str(number))
            if number % 700 == 0:
                with home.db.transaction() as tx:
                    events.add(tx, "catalog", {}, home.clock.now)
        end(home, operation)

    done = home.doing(step)

    kept = [*range(FIRST), *range(3000 - NEWEST, 3000)]
    assert home.messages(done.id) == [str(number) for number in kept]
    assert lines.left_out(home.db.read(), done.id) == 3000 - FIRST - NEWEST


def test_operations_side_by_side_have_logs_of_their_own(home: Told) -> None:
    meet = threading.Barrier(2)
    with home.db.transaction() as tx:
        numbers = [
            operations.enqueue(
                tx,
                Wish(
                    kind=Kind.SCAN,
                    step=Step.SCAN,
                    place=Place("music", RelPath(b"")),
                    display="",
                    asker=Asker.PERSON,
                ),
                home.clock.now,
            )
            for _ in range(2)
        ]

    def work(number: int) -> None:
        with home.logbook.bound(operation=number):
            for round_ in range(50):
                meet.wait()
                log.info(f"{number}", round=round_)
                with home.db.transaction(durable=False) as tx:
                    events.add(tx, "catalog", {}, home.clock.now)

    workers = [threading.Thread(target=work, args=(number,)) for number in numbers]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    for number in numbers:
        assert [line.id for line in home.lines(number)] == [*range(1, 51)]
        assert set(home.messages(number)) == {str(number)}
        assert [field["round"] for field in home.fields(number, str(number))] == [*range(50)]


def test_who_takes_up_an_operation_that_was_just_put_back_goes_on_with_its_log(home: Told) -> None:
    wish = Wish(
        kind=Kind.SCAN, step=Step.SCAN, place=Place("music", TOP), display="", asker=Asker.PERSON
    )
    with home.db.transaction() as tx:
        number = operations.enqueue(tx, wish, home.clock.now)

    with home.logbook.bound(operation=number):
        log.info("first")
        with home.logbook.bound(operation=number):
            with home.db.transaction() as tx:
                events.add(tx, "catalog", {}, home.clock.now)
            log.info("second")
        assert home.logbook.is_open(number)
        log.info("third")

    assert [(line.id, line.message) for line in home.lines(number)] == [
        (1, "first"),
        (2, "second"),
        (3, "third"),
    ]
    assert not home.logbook.is_open(number)


def test_a_database_that_fails_takes_the_log_with_it_and_nothing_else(
    home: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise BrokenError("full", code="database_unusable")

    def step(operation: Operation, _turn: Turn) -> None:
        end(home, operation)
        log.info("lost")
        monkeypatch.setattr(lines, "add", full)

    done = home.doing(step)
    monkeypatch.undo()

    assert done.state is State.COMPLETED
    assert home.messages(done.id) == []
    assert not home.logbook.is_open(done.id)


def test_the_cleanup_forgets_logs_with_their_operations(home: Told) -> None:
    refusal = RefusedError("no", code="refused")

    def refuses(_operation: Operation, _turn: Turn) -> None:
        raise refusal

    failed = home.doing(refuses)
    assert home.messages(failed.id) == ["operation failed"]
    home.run_with(home.course)
    home.clock.now += 31 * 86_400
    home.ask(Kind.CLEANUP, Step.CLEANUP, Place("", TOP))

    assert home.messages(failed.id) == []
