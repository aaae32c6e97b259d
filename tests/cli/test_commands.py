"""What the commands say, and how they end."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from fakes import rows, tty
from fakes.daemon import Daemon, Served
from fakes.terminal import PROGRAM, environment, shelfd, working
from shelfd.core.condition import RootState
from shelfd.core.errors import RefusedError
from shelfd.core.media import Kind as Media
from shelfd.core.operations import Kind, Operation, Progress, Step
from shelfd.core.paths import TOP, Place, RelPath
from shelfd.core.settings import Library, Settings
from shelfd.steps.course import Run
from shelfd.steps.ports import Turn
from shelfd.store import operations

DUNE = b"Dune (2021)/Dune (2021).mkv"


def ends_with(daemon: Daemon, **result: object) -> Run:
    """Return a step that completes with this result, after some progress."""

    def step(operation: Operation, turn: Turn) -> None:
        half = Progress(phase="reading", done=1, total=2, unit="directories")
        turn.report(operation, half)
        with daemon.db.transaction() as tx:
            operations.complete(tx, operation.id, result, daemon.clock.now)

    return step


def refuses(_operation: Operation, _turn: Turn) -> None:
    raise RefusedError("a.mkv: not sure enough", code="refused", hint="name it more clearly")


def lines(text: str) -> list[str]:
    return text.splitlines()


def test_status_shows_roots_and_what_waits_and_why(served: Served) -> None:
    rows.shelve(served.daemon, "movies", Media.MOVIES, DUNE)
    rows.drop(served.daemon, b"a.mkv", "refused", "a.mkv: not sure enough")
    served.daemon.wrong = [
        {"check": "movies", "severity": "warn", "message": "it is full", "fix": "make room"}
    ]

    ran = shelfd(served.path, "status")

    assert (ran.code, ran.err) == (0, "")
    assert "  warn movies: it is full" in ran.out
    assert "       make room" in ran.out
    assert f"  movies  movies  watching  {served.daemon.movies}  1 file in 1 directory" in ran.out
    assert f"  refused  {served.daemon.inbox}/a.mkv  700.0 MiB  not sure enough (" in ran.out
    assert "catalog   1 movie; 1 file, 1000 bytes" in ran.out
    assert "queue     nothing to do" in ran.out


def test_status_as_json_is_what_the_api_says(served: Served) -> None:
    ran = shelfd(served.path, "status", "--json")

    assert json.loads(ran.out) == served.get("/v1/status")


def test_a_root_that_is_away_says_so_in_place_of_its_counts(served: Served) -> None:
    served.daemon.root_words["movies"] = RootState("absent", "is its disk mounted?", 0)

    out = shelfd(served.path, "status").out

    assert f"  absent  {served.daemon.movies}  is its disk mounted?\n" in out


def test_a_root_that_is_polled_has_its_counts_and_says_why(served: Served) -> None:
    rows.shelve(served.daemon, "movies", Media.MOVIES, DUNE)
    rows.shelve(served.daemon, "movies", Media.MOVIES, b"A.mkv")
    rows.lose(served.daemon, "movies", b"A.mkv")
    served.daemon.root_words["movies"] = RootState("polling", "nfs4 does not tell", 2)

    out = shelfd(served.path, "status").out

    counts = "1 file in 2 directories, 1 missing, never scanned"
    assert f"{served.daemon.movies}  {counts}; nfs4 does not tell\n" in out
    assert "catalog   1 movie; 1 file, 1000 bytes, 1 missing\n" in out
    assert "watching  2 directories of 512 that may be\n" in out


def test_a_scan_that_runs_is_shown_with_what_is_left_of_it(served: Served) -> None:
    number = rows.enqueue(served.daemon, Kind.SCAN, Step.SCAN, Place("movies", TOP), recursive=True)
    rows.run(served.daemon)
    half = Progress(phase="reading", done=20, total=50, unit="directories", rate=10.0)
    with served.daemon.db.transaction() as tx:
        operations.progress(tx, number, half, served.daemon.clock.now)

    out = shelfd(served.path, "status").out

    assert "reading 20 of 50 directories, 10 a second, about 3 s left\n" in out


def test_a_queue_that_is_paused_and_what_is_held_are_shown_with_the_way_out(served: Served) -> None:
    album = served.daemon.inbox / "Album"
    shelfd(served.path, "hold", str(album))
    shelfd(served.path, "pause")

    out = shelfd(served.path, "status").out

    assert "paused, `shelfd resume` lets it go on" in out
    assert f"\nheld\n  {album}  since " in out


def test_a_scan_tells_its_number_and_returns(served: Served) -> None:
    ran = shelfd(served.path, "scan")

    assert (ran.code, ran.out) == (0, "operation 1 is queued; `shelfd operation 1` shows it\n")


def test_a_scan_that_is_waited_for_tells_what_it_found(served: Served) -> None:
    found = ends_with(served.daemon, directories=2, added=3, changed=0, missing=1, unreadable=0)
    with working(served.daemon, {Step.SCAN: found, Step.LOOK: ends_with(served.daemon)}):
        ran = shelfd(served.path, "scan", "--wait")

    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "all libraries: 2 directories read, 3 added, 1 missing\n"


def test_a_relative_path_is_taken_from_where_one_stands(served: Served) -> None:
    (served.daemon.movies / "Dune").mkdir()

    ran = shelfd(served.path, "scan", "./x/../Dune/", where=served.daemon.movies)

    assert ran.code == 0
    assert served.get("/v1/operations/1")["path"] == f"{served.daemon.movies}/Dune"


def test_an_import_of_a_name_that_is_not_utf8(served: Served) -> None:
    name = b"caf\xe9.mkv"
    (served.daemon.inbox / os.fsdecode(name)).touch()

    ran = shelfd(served.path, "import", os.fsencode(served.daemon.inbox) + b"/" + name)

    assert ran.code == 0
    assert served.get("/v1/operations/1")["path_bytes"].endswith("/caf%E9.mkv")


def test_an_import_that_is_waited_for_tells_where_everything_is(served: Served) -> None:
    (served.daemon.inbox / "a.mkv").touch()
    with working(served.daemon, {Step.PLAN: ends_with(served.daemon, filed=["/m/A/A.mkv"])}):
        ran = shelfd(served.path, "import", f"{served.daemon.inbox}/a.mkv", "--wait")

    assert (ran.code, ran.out) == (0, "filed /m/A/A.mkv\n")


def test_an_import_that_is_refused_fails_and_says_why(served: Served) -> None:
    (served.daemon.inbox / "a.mkv").touch()
    with working(served.daemon, {Step.PLAN: refuses}):
        ran = shelfd(served.path, "import", f"{served.daemon.inbox}/a.mkv", "--wait")

    assert (ran.code, ran.out) == (1, "")
    assert lines(ran.err) == [
        f"shelfd: {served.daemon.inbox}/a.mkv: not sure enough",
        "hint: name it more clearly",
    ]


def test_a_dry_run_shows_the_plan(served: Served) -> None:
    inbox, movies = served.daemon.inbox, served.daemon.movies
    (inbox / "dune.mkv").touch()
    plan = ends_with(
        served.daemon,
        steps=[
            {"action": "mkdir", "target": f"{movies}/Dune (2021)"},
            {
                "action": "place",
                "source": f"{inbox}/dune.mkv",
                "target": f"{movies}/Dune (2021)/Dune (2021).mkv",
            },
            {
                "action": "move",
                "source": f"{inbox}/dune.mkv",
                "target": f"{inbox}/.shelfd-trash/1/dune.mkv",
            },
        ],
        files=[
            {"path": "dune.mkv", "state": "file", "reason": "a rule", "target": DUNE.decode()},
            {"path": "dune.doc", "state": "left", "reason": "no media", "target": ""},
        ],
    )
    with working(served.daemon, {Step.PLAN: plan}):
        ran = shelfd(served.path, "import", f"{inbox}/dune.mkv", "--dry-run")

    assert ran.code == 0
    assert lines(ran.out) == [
        f"{inbox}/dune.mkv",
        "  dune.mkv",
        f"    becomes {movies}/Dune (2021)/Dune (2021).mkv",
        "    a rule",
        "  dune.doc stays",
        "    no media",
        "in 3 steps, none of which was done:",
        f"  make directory {movies}/Dune (2021)",
        f"  put {movies}/Dune (2021)/Dune (2021).mkv",
        f"  move {inbox}/dune.mkv to the trash",
    ]


def test_an_import_of_nothing_is_not_found(served: Served) -> None:
    ran = shelfd(served.path, "import", f"{served.daemon.inbox}/a.mkv")

    assert (ran.code, lines(ran.err)) == (
        4,
        [
            f"shelfd: {served.daemon.inbox}/a.mkv: there is no such file or directory",
            (
                "hint: look at its spelling, upper and lower case too; it is a path as the daemon sees it,"
                " which may run in a container"
            ),
        ],
    )


def test_an_undo_tells_what_is_back(served: Served) -> None:
    number = rows.filed(served.daemon, b"a.mkv", b"A/A.mkv")
    with working(served.daemon, {Step.UNDO: ends_with(served.daemon, back=["/in/a.mkv"])}):
        ran = shelfd(served.path, "undo", str(number), "--wait")

    assert (ran.code, ran.out) == (0, "put back /in/a.mkv\n")


def test_an_undo_since_undoes_each(served: Served) -> None:
    for name in (b"a", b"b"):
        rows.filed(served.daemon, name + b".mkv", name + b"/" + name + b".mkv")

    ran = shelfd(served.path, "undo", "--since", "2026-11-20", "--json")

    assert (ran.code, lines(ran.out)) == (0, ['{"id":3}', '{"id":4}'])


def test_what_cannot_be_undone_fails(served: Served) -> None:
    shelfd(served.path, "scan")

    ran = shelfd(served.path, "undo", "1")

    assert ran.code == 1
    assert lines(ran.err)[0] == "shelfd: operation 1: it is no import but of kind scan"


def test_the_daemon_that_stops_does_not_end_the_wait_well(served: Served) -> None:
    def stops(operation: Operation, turn: Turn) -> None:
        served.server.close()
        ends_with(served.daemon)(operation, turn)

    with working(served.daemon, {Step.SCAN: stops, Step.LOOK: ends_with(served.daemon)}):
        ran = shelfd(served.path, "scan", "--wait")

    assert ran.code == 3


def test_operations_are_listed_with_the_newest_first(served: Served) -> None:
    place = Place("movies", TOP)
    for _ in range(3):
        rows.enqueue(served.daemon, Kind.SCAN, Step.SCAN, place)

    ran = shelfd(served.path, "operations", "--limit", "2")

    assert [line.split()[:3] for line in lines(ran.out)[:2]] == [
        ["3", "scan", "queued"],
        ["2", "scan", "queued"],
    ]
    assert lines(ran.out)[2] == "there are more: --limit"
    assert shelfd(served.path, "operations", "--state", "failed").out == ""


def test_the_parts_of_an_operation_are_listed_alone(served: Served) -> None:
    whole = rows.enqueue(served.daemon, Kind.IMPORT, Step.PLAN, Place("inbox", TOP))
    parts = [rows.part(served.daemon, whole, name) for name in (b"a", b"b")]

    out = shelfd(served.path, "operations", "--parent", str(whole)).out

    assert [line.split()[0] for line in out.splitlines()] == [str(part) for part in parts[::-1]]


def test_an_operation_is_shown_with_what_it_did(served: Served) -> None:
    number = rows.filed(served.daemon, b"a.mkv", b"A/A.mkv")

    ran = shelfd(served.path, "operation", str(number))

    assert lines(ran.out)[0] == f"operation {number}: import {served.daemon.inbox}/a.mkv"
    assert f"  done     put {served.daemon.movies}/A/A.mkv" in ran.out
    assert f"`shelfd undo {number}` puts it back" in ran.out


def test_an_operation_that_never_was_is_not_found(served: Served) -> None:
    ran = shelfd(served.path, "operation", "99")

    assert (ran.code, ran.err) == (
        4,
        (
            "shelfd: operation 99: there is none of this id\n"
            "hint: `shelfd operations` lists them; those that ended long ago are forgotten\n"
        ),
    )


def test_why_tells_the_rule_and_the_target(served: Served) -> None:
    number = rows.filed(served.daemon, b"dune.mkv", DUNE)

    ran = shelfd(served.path, "why", f"{served.daemon.inbox}/dune.mkv")

    assert lines(ran.out) == [
        f"{served.daemon.inbox}/dune.mkv",
        "  imported: it was filed",
        "  rule       title and year",
        f"  target     {served.daemon.movies}/Dune (2021)/Dune (2021).mkv",
        f"  operation  {number}",
    ]


def test_names_cannot_command_the_terminal(served: Served) -> None:
    rows.drop(served.daemon, b"evil\n\x1b[31m.mkv")

    ran = shelfd(served.path, "status")

    assert "evil\\x0a\\x1b[31m.mkv" in ran.out
    assert "\x1b" not in ran.out


def test_names_that_the_terminal_has_no_letters_for_do_not_end_the_output(served: Served) -> None:
    rows.drop(served.daemon, "Брат.mkv".encode())

    ran = shelfd(served.path, "status", PYTHONIOENCODING="latin-1")

    assert ran.code == 0
    assert "\\u0411\\u0440\\u0430\\u0442.mkv" in ran.out


def test_find_and_show_go_hand_in_hand(served: Served) -> None:
    rows.shelve(served.daemon, "movies", Media.MOVIES, DUNE)

    found = shelfd(served.path, "find", "dune")
    shown = shelfd(served.path, "show", "1")

    assert found.out == f"1  movie  Dune (2021)  {served.daemon.movies}/Dune (2021)\n"
    assert lines(shown.out)[0] == "Dune (2021)  movie 1"
    assert f"  {served.daemon.movies}/Dune (2021)/Dune (2021).mkv" in lines(shown.out)
    assert "    matroska, 1000 bytes, 2:35:00" in lines(shown.out)
    assert "    video hevc 3840x2160" in lines(shown.out)
    assert "    audio eac3 eng 6 channels default" in lines(shown.out)
    assert "    2 chapters" in lines(shown.out)


def test_a_show_lists_its_episodes_in_order(served: Served) -> None:
    library = Library(name="shows", path=str(served.daemon.movies), kind="shows")
    served.daemon.take(Settings(library=(library,)))
    for number in (2, 10, 1):
        path = b"Dark/Season 01/Dark S01E%02d.mkv" % number
        rows.shelve(served.daemon, "shows", Media.SHOWS, path)
    show = served.get("/v1/items?kind=show")["items"][0]["id"]

    ran = shelfd(served.path, "show", str(show))

    assert [line.split()[2] for line in lines(ran.out)[-3:]] == ["S01E01", "S01E02", "S01E10"]


def test_a_show_that_counts_by_days_lists_its_episodes_by_them(served: Served) -> None:
    library = Library(name="shows", path=str(served.daemon.movies), kind="shows")
    served.daemon.take(Settings(library=(library,)))
    for day in (b"2024-03-05", b"2023-12-31"):
        path = b"Late/Season %s/Late - %s - Guest.mkv" % (day[:4], day)
        rows.shelve(served.daemon, "shows", Media.SHOWS, path)
    show = served.get("/v1/items?kind=show")["items"][0]["id"]

    ran = shelfd(served.path, "show", str(show))

    assert [line.split()[2:4] for line in lines(ran.out)[-2:]] == [
        ["2023-12-31", "Guest"],
        ["2024-03-05", "Guest"],
    ]


def test_what_the_catalog_does_not_have_is_not_found(served: Served) -> None:
    ran = shelfd(served.path, "find", "no", "such", "film")

    assert (ran.code, ran.out) == (4, "")
    assert lines(ran.err)[0] == "shelfd: no such film: the catalog has nothing of this name"
    assert shelfd(served.path, "find", "nothing", "--json").out == '{"items":[],"next":null}\n'


def followed(served: Served, *arguments: str, number: int) -> list[str]:
    """Return the first lines of the event stream."""
    command = [*PROGRAM, "--socket", str(served.path), "events", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment()) as process:
        assert process.stdout is not None
        found = [process.stdout.readline().decode() for _ in range(number)]
        process.terminate()
    return found


def test_events_are_one_line_each(served: Served) -> None:
    rows.drop(served.daemon, b"a.mkv", "refused", "a.mkv: not sure enough")
    rows.enqueue(served.daemon, Kind.SCAN, Step.SCAN, Place("movies", TOP))

    drop, operation = followed(served, "--since", "0", number=2)

    assert drop.endswith(f" refused {served.daemon.inbox}/a.mkv: not sure enough\n")
    assert operation.endswith(f" operation 1 queued: scan {served.daemon.movies}\n")


def test_events_as_json_have_number_name_and_data(served: Served) -> None:
    rows.drop(served.daemon, b"a.mkv")

    event = json.loads(followed(served, "--since", "0", "--json", number=1)[0])

    assert (event["id"], event["event"]) == (1, "drop")
    assert event["data"]["path"] == f"{served.daemon.inbox}/a.mkv"


def test_an_operation_on_everything_has_no_path_of_its_own(served: Served) -> None:
    shelfd(served.path, "scan")

    assert "all libraries" in shelfd(served.path, "operations").out
    assert served.daemon.current.roots.locate(b"all libraries") is None


def test_paths_are_not_resolved_through_links(served: Served, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere.mkv"
    target.touch()
    (served.daemon.inbox / "a.mkv").symlink_to(target)

    ran = shelfd(served.path, "import", "a.mkv", where=served.daemon.inbox)

    assert ran.code == 0
    found = operations.one(served.daemon.db.read(), 1)
    assert found is not None
    assert found.place == Place("inbox", RelPath(b"a.mkv"))


@pytest.mark.parametrize("command", ["status", "operations"])
def test_json_is_one_line(served: Served, command: str) -> None:
    assert len(lines(shelfd(served.path, command, "--json").out)) == 1


def test_a_table_fits_the_terminal_and_cuts_names_but_not_ids(served: Served) -> None:
    name = b"/".join([b"A very long name of a directory"] * 4)
    for _ in range(2):
        rows.enqueue(served.daemon, Kind.IMPORT, Step.PLAN, Place("inbox", RelPath(name)))
    rows.drop(served.daemon, name)

    for command in (["operations"], ["status"], ["find", "dune"]):
        with tty.shelfd(served.path, *command, columns=70) as terminal:
            terminal.ended()
        assert max(map(len, lines(terminal.text()))) <= 70, command
    with tty.shelfd(served.path, "operations", columns=70) as terminal:
        terminal.ended()
    assert [line.split()[0] for line in lines(terminal.text())] == ["2", "1"]
    assert lines(terminal.text())[0].endswith("/A very long name of a directory")
