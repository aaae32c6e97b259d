"""Cancel, pause and resume at the command line, and how far something is."""

import json

import pytest

from fakes import rows
from fakes.daemon import Served
from fakes.terminal import shelfd, working
from shelfd.cli import wait
from shelfd.core.errors import BrokenError
from shelfd.core.operations import Kind, Operation, Step
from shelfd.core.paths import TOP, Place
from shelfd.steps.ports import Turn
from shelfd.store import operations, pauses

EVERYWHERE = Place("movies", TOP)


def test_what_waits_is_cancelled(served: Served) -> None:
    rows.enqueue(served.daemon, Kind.SCAN, Step.SCAN, EVERYWHERE)

    ran = shelfd(served.path, "cancel", "1")

    assert (ran.code, ran.out) == (0, "operation 1 is cancelled\n")
    assert served.get("/v1/operations/1")["state"] == "cancelled"


def test_what_runs_is_said_to_end_soon(served: Served) -> None:
    rows.enqueue(served.daemon, Kind.SCAN, Step.SCAN, EVERYWHERE)
    rows.run(served.daemon)

    ran = shelfd(served.path, "cancel", "1")
    again = json.loads(shelfd(served.path, "cancel", "1", "--json").out)

    assert ran.out == "operation 1 ends soon; `shelfd operation 1` shows it\n"
    assert (again["id"], again["state"]) == (1, "running")


def test_what_cannot_be_cancelled_fails_and_says_why(served: Served) -> None:
    rows.filed(served.daemon, b"a.mkv", b"A/A.mkv")

    ran = shelfd(served.path, "cancel", "1")

    assert ran.code == 1
    assert ran.err == "shelfd: operation 1: it has ended already, it is completed\n"


def test_a_pause_is_seen_until_it_is_over(served: Served) -> None:
    paused = shelfd(served.path, "pause")
    assert (paused.code, paused.out) == (
        0,
        "the queue: nothing starts; `shelfd resume` lets it go on\n",
    )
    assert pauses.paused(served.daemon.db.read())

    resumed = shelfd(served.path, "resume", "--json")
    assert (resumed.code, resumed.out) == (
        0,
        '{"paused":false,"paused_kinds":[],"paused_roots":[]}\n',
    )
    assert not pauses.paused(served.daemon.db.read())


def test_a_kind_and_a_root_are_paused_by_themselves(served: Served) -> None:
    assert shelfd(served.path, "pause", "--kind", "scan").out == (
        "operations of the kind scan: nothing starts; `shelfd resume --kind scan` lets it go on\n"
    )
    assert shelfd(served.path, "pause", "--root", "movies").code == 0
    assert shelfd(served.path, "resume", "--kind", "scan").out == (
        "operations of the kind scan: what waits starts\n  still paused: movies\n"
    )
    assert pauses.every(served.daemon.db.read()) == [pauses.Pause("root", "movies")]

    unknown = shelfd(served.path, "pause", "--root", "nowhere")
    assert unknown.code == 4
    assert "there is no library or inbox of this name" in unknown.err
    both = shelfd(served.path, "pause", "--root", "movies", "--kind", "scan")
    assert (both.code, both.out) == (2, "")


def test_what_waits_says_what_is_paused(served: Served) -> None:
    number = rows.enqueue(served.daemon, Kind.SCAN, Step.SCAN, EVERYWHERE)
    for what in ([], ["--kind", "scan"], ["--kind", "import"], ["--root", "movies"]):
        assert shelfd(served.path, "pause", *what).code == 0

    said = shelfd(served.path, "operation", str(number)).out

    assert [line.partition(":")[0] for line in said.splitlines()[-3:]] == [
        "  the queue is paused",
        "  operations of the kind scan are paused",
        "  what concerns movies is paused",
    ]


def test_what_has_failed_waits_again(served: Served) -> None:
    number = rows.enqueue(served.daemon, Kind.SCAN, Step.SCAN, Place("movies", TOP))
    rows.run(served.daemon)
    with served.daemon.db.transaction() as tx:
        error = BrokenError("movies: no", code="root_absent")
        operations.fail(tx, number, error, served.daemon.clock.now)

    ran = shelfd(served.path, "retry", str(number))

    assert (
        ran.out == f"operation {number} waits for its turn; `shelfd operation {number}` shows it\n"
    )
    assert shelfd(served.path, "retry", str(number)).code == 1
    assert shelfd(served.path, "retry", "99").code == 4


def test_a_scan_is_quick_or_full_and_not_both(served: Served) -> None:
    both = shelfd(served.path, "scan", "--full", "--quick")
    quick = shelfd(served.path, "scan", "--quick")

    assert (both.code, both.err.splitlines()[0]) == (
        2,
        "shelfd: scan: say either --full or --quick",
    )
    assert quick.code == 0
    assert served.get("/v1/operations/1")["options"] == {"recursive": True, "quick": True}


def test_a_scan_that_was_cancelled_while_it_was_waited_for_says_how_it_goes_on(
    served: Served,
) -> None:
    def cancelled(operation: Operation, _turn: Turn) -> None:
        with served.daemon.db.transaction() as tx:
            operations.cancel(tx, operation.id, served.daemon.clock.now)

    with working(served.daemon, {Step.SCAN: cancelled}):
        ran = shelfd(served.path, "scan", str(served.daemon.movies), "--wait")

    assert (ran.code, ran.err.splitlines()) == (
        1,
        [
            f"shelfd: {served.daemon.movies}: cancelled",
            "hint: asked for again, the same scan goes on where it stood",
        ],
    )


def at(done: int, total: int, unit: str, **pace: float | None) -> dict[str, object]:
    return {"phase": "reading", "done": done, "total": total, "unit": unit, **pace}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (at(0, 1, "directories", rate=None, eta_s=None), "reading 0 of 1 directory"),
        (
            at(5, 500, "directories", rate=40.4, eta_s=12.25),
            "reading 5 of 500 directories, 40 a second, about 12 s left",
        ),
        (
            at(1, 9, "file steps", rate=0.25, eta_s=32.0),
            "reading 1 of 9 file steps, 0.2 a second, about 32 s left",
        ),
        (at(9, 9, "files", rate=3.0, eta_s=0.0), "reading 9 of 9 files, 3 a second"),
        (at(3, 9, "files", rate=0.0, eta_s=None), "reading 3 of 9 files"),
        (
            at(1 << 20, 3 << 30, "bytes", rate=2048.0, eta_s=32.0),
            "reading 1.0 MiB of 3.0 GiB, 2 KiB a second, about 32 s left",
        ),
        (at(1, 2, "file steps"), "reading 1 of 2 file steps"),
    ],
)
def test_how_far_something_is_is_one_sentence(data: dict[str, object], said: str) -> None:
    assert wait.progress(data) == said
