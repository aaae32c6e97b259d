"""What may be asked for, and what becomes of it in the queue."""

import os
from typing import Any

import pytest

from fakes import rows
from fakes.daemon import NOON, Served
from shelfd.core.journal import State as FileState
from shelfd.core.media import Kind as Media
from shelfd.core.operations import Kind, Operation, State, Step
from shelfd.core.paths import TOP, Place, RelPath
from shelfd.core.walk import Walk
from shelfd.store import checkpoints, journal, operations


def wish(served: Served, **content: object) -> tuple[int, Any]:
    return served.ask("POST", "/v1/operations", content)


def accepted(served: Served, **content: object) -> Operation:
    status, answer = wish(served, **content)
    assert status == 202, answer
    found = operations.one(served.daemon.db.read(), answer["id"])
    assert found is not None
    return found


def code(served: Served, **content: object) -> tuple[int, str]:
    status, answer = wish(served, **content)
    return status, answer["error"]["code"]


def test_a_scan_without_a_path_reads_all_libraries_and_looks_at_the_inboxes(
    served: Served,
) -> None:
    scan = accepted(served, kind="scan")
    look = operations.one(served.daemon.db.read(), scan.id + 1)

    assert (scan.step, scan.place, scan.display) == (Step.SCAN, Place("", TOP), "all libraries")
    assert (scan.options, scan.asked_by) == ({"recursive": True}, "person")
    assert look is not None
    assert (look.step, look.place, look.asked_by) == (Step.LOOK, Place("inbox", TOP), "shelfd")


def test_a_scan_of_everything_twice_looks_at_the_inboxes_once(served: Served) -> None:
    accepted(served, kind="scan")
    accepted(served, kind="scan", full=True)

    assert [one["id"] for one in served.get("/v1/operations")["items"]] == [3, 2, 1]


def test_a_scan_of_a_directory_reads_exactly_this_one(served: Served) -> None:
    (served.daemon.movies / "A (2000)").mkdir()

    scan = accepted(served, kind="scan", path=f"{served.daemon.movies}/A (2000)/")

    assert (scan.step, scan.place) == (Step.SCAN, Place("movies", RelPath(b"A (2000)")))
    assert scan.options == {}


def test_a_scan_takes_its_options_along(served: Served) -> None:
    scan = accepted(served, kind="scan", path=str(served.daemon.movies), recursive=True, full=True)

    assert scan.options == {"recursive": True, "full": True}


@pytest.mark.parametrize("place", ["everything", "movies"])
def test_a_quick_scan_is_one_of_directories_alone(served: Served, place: str) -> None:
    path = {} if place == "everything" else {"path": str(served.daemon.movies), "recursive": True}

    scan = accepted(served, kind="scan", quick=True, **path)

    assert scan.options == {"recursive": True, "quick": True}


def test_a_scan_is_not_full_and_quick(served: Served) -> None:
    assert code(served, kind="scan", full=True, quick=True) == (422, "invalid_body")


def test_a_scan_that_was_cancelled_is_answered_with_its_old_id(served: Served) -> None:
    scan = accepted(served, kind="scan", full=True)
    assert rows.run(served.daemon) == scan.id
    with served.daemon.db.transaction() as tx:
        checkpoints.save(tx, scan.id, Walk.over([], recursive=True), NOON)
        operations.cancel(tx, scan.id, NOON)

    again = accepted(served, kind="scan", quick=True)

    assert (again.id, again.state) == (scan.id, State.QUEUED)
    assert again.options == {"recursive": True, "full": True}


def test_a_scan_in_an_inbox_is_a_look_that_gives_the_refused_another_chance(
    served: Served,
) -> None:
    (served.daemon.inbox / "a.mkv").touch()

    scan = accepted(served, kind="scan", path=f"{served.daemon.inbox}/a.mkv")

    assert (scan.step, scan.place) == (Step.LOOK, Place("inbox", RelPath(b"a.mkv")))
    assert scan.options == {"again": True}


def test_a_scan_of_a_file_reads_the_directory_that_it_is_or_was_in(served: Served) -> None:
    (served.daemon.movies / "A").mkdir()
    (served.daemon.movies / "A" / "a.mkv").touch()
    rows.shelve(served.daemon, "movies", Media.MOVIES, b"B (2001)/gone.mkv")

    there = accepted(served, kind="scan", path=f"{served.daemon.movies}/A/a.mkv")
    gone = accepted(served, kind="scan", path=f"{served.daemon.movies}/B (2001)/gone.mkv")

    assert there.place == Place("movies", RelPath(b"A"))
    assert gone.place == Place("movies", RelPath(b"B (2001)"))


def test_a_scan_of_a_directory_that_has_gone_finds_that_out(served: Served) -> None:
    rows.shelve(served.daemon, "movies", Media.MOVIES, b"B (2001)/gone.mkv")

    scan = accepted(served, kind="scan", path=f"{served.daemon.movies}/B (2001)")

    assert scan.place == Place("movies", RelPath(b"B (2001)"))


def test_a_look_at_what_has_gone_finds_that_out(served: Served) -> None:
    rows.drop(served.daemon, b"a.mkv")

    scan = accepted(served, kind="scan", path=f"{served.daemon.inbox}/a.mkv")

    assert scan.place == Place("inbox", RelPath(b"a.mkv"))


def test_a_scan_of_what_never_was_is_a_404(served: Served) -> None:
    for root in (served.daemon.movies, served.daemon.inbox):
        assert code(served, kind="scan", path=f"{root}/typo") == (404, "no_such_path")


@pytest.mark.parametrize("path", ["/", "/etc", "/movies"])
def test_a_scan_outside_is_refused(served: Served, path: str) -> None:
    assert code(served, kind="scan", path=path) == (400, "not_in_a_root")


@pytest.mark.parametrize(
    "path", ["movies", "./x", "/a/../b", "/a\0b", "/" + "x" * 4096], ids=lambda path: path[:8]
)
def test_a_path_must_be_one(served: Served, path: str) -> None:
    assert code(served, kind="scan", path=path) == (422, "invalid_path")


def test_a_path_through_a_link_is_the_same_place(served: Served) -> None:
    link = served.daemon.movies.parent / "link"
    link.symlink_to(served.daemon.movies)
    (served.daemon.movies / "A").mkdir()

    assert accepted(served, kind="scan", path=f"{link}/A").place == Place("movies", RelPath(b"A"))


def test_an_import_is_of_what_lies_in_an_inbox(served: Served) -> None:
    (served.daemon.inbox / "a.mkv").touch()

    found = accepted(served, kind="import", path=f"{served.daemon.inbox}/a.mkv")

    assert (found.kind, found.step) == (Kind.IMPORT, Step.PLAN)
    assert found.place == Place("inbox", RelPath(b"a.mkv"))
    assert (found.display, found.options) == (f"{served.daemon.inbox}/a.mkv", {})


def test_an_import_takes_its_options_along(served: Served) -> None:
    (served.daemon.inbox / "a.mkv").touch()
    path = f"{served.daemon.inbox}/a.mkv"

    found = accepted(served, kind="import", path=path, mode="copy", dry_run=True)

    assert found.options == {"mode": "copy", "dry_run": True}


def test_an_import_of_a_file_in_a_directory_is_one_of_the_whole_directory(served: Served) -> None:
    (served.daemon.inbox / "Album").mkdir()
    (served.daemon.inbox / "Album" / "01.mp3").touch()

    found = accepted(served, kind="import", path=f"{served.daemon.inbox}/Album/01.mp3")

    assert found.place == Place("inbox", RelPath(b"Album"))
    assert found.display == f"{served.daemon.inbox}/Album"


def test_an_import_of_a_name_that_is_not_utf8(served: Served) -> None:
    (served.daemon.inbox / os.fsdecode(b"caf\xe9.mkv")).touch()

    found = accepted(served, kind="import", path_bytes=f"{served.daemon.inbox}/caf%E9.mkv")

    assert found.place == Place("inbox", RelPath(b"caf\xe9.mkv"))


def test_an_import_of_nothing_is_a_404(served: Served) -> None:
    assert code(served, kind="import", path=f"{served.daemon.inbox}/a.mkv") == (404, "no_such_path")


def test_an_import_through_a_file_is_a_404(served: Served) -> None:
    (served.daemon.inbox / "a.mkv").touch()

    status = code(served, kind="import", path=f"{served.daemon.inbox}/a.mkv/b.mkv")

    assert status == (404, "no_such_path")


def test_an_import_from_elsewhere_is_refused(served: Served) -> None:
    for path in (served.daemon.movies, "/etc/passwd"):
        assert code(served, kind="import", path=str(path)) == (400, "not_in_an_inbox")


def test_a_whole_inbox_can_be_imported(served: Served) -> None:
    operation = accepted(served, kind="import", path=str(served.daemon.inbox))

    assert operation.place == Place("inbox", TOP)


def test_what_is_to_follow_another_says_so_until_it_starts(served: Served) -> None:
    first = accepted(served, kind="scan", path=str(served.daemon.movies))
    second = accepted(
        served,
        kind="scan",
        path=str(served.daemon.movies),
        waits_for=[first.id, first.id],
        deadline_s=60,
    )

    shown = served.get(f"/v1/operations/{second.id}")
    assert (shown["waits_for"], shown["deadline"]) == ([first.id], "2026-11-21T12:01:00.000Z")
    assert rows.run(served.daemon) == first.id
    rows.complete(served.daemon, first.id)
    assert served.get(f"/v1/operations/{second.id}")["waits_for"] == []
    assert rows.run(served.daemon) == second.id


def test_nothing_follows_what_never_was_or_has_not_ended_well(served: Served) -> None:
    path = str(served.daemon.movies)
    assert code(served, kind="scan", path=path, waits_for=[9]) == (404, "no_such_operation")
    first = accepted(served, kind="scan", path=path)
    assert served.ask("DELETE", f"/v1/operations/{first.id}")[0] == 200

    wanted = code(served, kind="scan", path=path, waits_for=[first.id])

    assert wanted == (409, "dependency_failed")


@pytest.mark.parametrize(
    "wrong",
    [{"deadline_s": 0}, {"deadline_s": "soon"}, {"waits_for": [0]}, {"waits_for": [1] * 101}],
)
def test_a_deadline_and_what_comes_first_have_limits(served: Served, wrong: dict[str, Any]) -> None:
    assert code(served, kind="scan", **wrong) == (422, "invalid_body")


def test_an_import_needs_a_path(served: Served) -> None:
    assert code(served, kind="import") == (422, "invalid_path")


def test_an_undo_works_on_the_drop_that_the_import_has_filed(served: Served) -> None:
    number = rows.filed(served.daemon, b"a.mkv", b"A (2000)/A (2000).mkv")

    status, answer = served.ask("POST", f"/v1/operations/{number}/undo", {"dry_run": True})

    undo = operations.one(served.daemon.db.read(), answer["id"])
    assert (status, undo is not None) == (202, True)
    assert undo is not None
    assert (undo.kind, undo.step, undo.place) == (
        Kind.UNDO,
        Step.UNDO,
        Place("inbox", RelPath(b"a.mkv")),
    )
    assert undo.options == {"operation": number, "dry_run": True}


def test_an_undo_needs_no_body(served: Served) -> None:
    number = rows.filed(served.daemon, b"a.mkv", b"A (2000)/A (2000).mkv")

    assert served.ask("POST", f"/v1/operations/{number}/undo")[0] == 202


def test_an_undo_can_be_asked_for_like_all_others(served: Served) -> None:
    number = rows.filed(served.daemon, b"a.mkv", b"A (2000)/A (2000).mkv")

    assert accepted(served, kind="undo", operation=number).options == {"operation": number}


def test_what_is_being_undone_is_not_undone_again_but_may_be_tried(served: Served) -> None:
    number = rows.filed(served.daemon, b"a.mkv", b"A (2000)/A (2000).mkv")
    accepted(served, kind="undo", operation=number, dry_run=True)
    accepted(served, kind="undo", operation=number)

    assert code(served, kind="undo", operation=number) == (409, "being_undone")


def test_a_scan_is_not_undone(served: Served) -> None:
    number = accepted(served, kind="scan").id

    assert code(served, kind="undo", operation=number) == (409, "not_an_import")


def test_an_import_that_waits_is_not_undone(served: Served) -> None:
    (served.daemon.inbox / "a.mkv").touch()
    number = accepted(served, kind="import", path=f"{served.daemon.inbox}/a.mkv").id

    assert code(served, kind="undo", operation=number) == (409, "not_ended")


@pytest.mark.parametrize("state", [FileState.REVERSED, FileState.PURGED])
def test_an_import_whose_steps_cannot_be_taken_back_is_not_undone(
    served: Served, state: FileState
) -> None:
    number = rows.filed(served.daemon, b"a.mkv", b"A (2000)/A (2000).mkv")
    with served.daemon.db.transaction() as tx:
        journal.move(tx, journal.of(tx, number)[0], state)

    assert code(served, kind="undo", operation=number) == (409, "nothing_to_undo")


def test_an_operation_that_never_was_is_not_undone(served: Served) -> None:
    assert code(served, kind="undo", operation=99) == (404, "no_such_operation")
    assert served.ask("POST", "/v1/operations/x/undo")[0] == 404


def test_an_undo_since_takes_the_latest_end_first(served: Served) -> None:
    numbers = []
    for hour, name in enumerate((b"a", b"b", b"c")):
        served.daemon.clock.now = NOON + 3600 * hour
        numbers.append(rows.filed(served.daemon, name + b".mkv", name + b"/" + name + b".mkv"))

    status, answer = wish(served, kind="undo", since="2026-11-21T12:30:00Z")

    undone = [operations.one(served.daemon.db.read(), number) for number in answer["ids"]]
    assert status == 202
    assert [undo.options["operation"] for undo in undone if undo] == numbers[:0:-1]


@pytest.mark.parametrize("since", ["2026-11-21T12:30:00Z", "2026-11-21T13:30:00+01:00"])
def test_an_undo_since_finds_nothing_after_the_last_end(served: Served, since: str) -> None:
    rows.filed(served.daemon, b"a.mkv", b"A/A.mkv")

    assert code(served, kind="undo", since=since) == (409, "nothing_to_undo")


@pytest.mark.parametrize(
    "content",
    [{}, {"operation": 1, "since": "2026-11-21T12:30:00Z"}, {"since": "2026-11-21T12:30:00"}],
)
def test_an_undo_says_what(served: Served, content: dict[str, object]) -> None:
    assert code(served, kind="undo", **content) == (422, "invalid_body")
