"""`shelfd confirm` says that a root is right as it is."""

from fakes.daemon import Served
from fakes.terminal import shelfd, working
from shelfd.core.operations import Operation, Step
from shelfd.steps.ports import Turn
from shelfd.store import operations, roots


def test_it_tells_the_number_of_the_scan(served: Served) -> None:
    with served.daemon.db.transaction() as tx:
        roots.suspend(tx, "movies", "it is empty, though files are known in it")

    ran = shelfd(served.path, "confirm", "movies")

    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "operation 1 is queued; `shelfd operation 1` shows it\n"
    assert roots.suspended(served.daemon.db.read()) == {}


def test_it_can_be_waited_for(served: Served) -> None:
    def found(operation: Operation, _turn: Turn) -> None:
        assert operation.options.get("confirmed") is True
        with served.daemon.db.transaction() as tx:
            result = {"directories": 1, "added": 0, "changed": 0, "missing": 7, "unreadable": 0}
            operations.complete(tx, operation.id, result, served.daemon.clock.now)

    with working(served.daemon, {Step.SCAN: found}):
        ran = shelfd(served.path, "confirm", "movies", "--wait")

    assert (ran.code, ran.err) == (0, "")
    assert "7 missing" in ran.out


def test_a_name_that_no_root_has_is_not_found(served: Served) -> None:
    ran = shelfd(served.path, "confirm", "a b?c")

    assert ran.code == 4
    assert "no library and no inbox of this name" in ran.err
    assert "hint: `shelfd status`" in ran.err


def test_a_path_in_place_of_a_name_is_told(served: Served) -> None:
    ran = shelfd(served.path, "confirm", str(served.daemon.movies))

    assert ran.code == 2
    assert "this is a path" in ran.err


def test_a_root_whose_disk_is_away_fails(served: Served) -> None:
    served.daemon.movies.rmdir()

    ran = shelfd(served.path, "confirm", "movies")

    assert ran.code == 1
    assert "is its disk mounted?" in ran.err
