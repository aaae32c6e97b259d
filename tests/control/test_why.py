"""What is known of one path, from rows to answer."""

import os
from typing import Any
from urllib.parse import quote

import pytest

from fakes import rows
from fakes.daemon import Served
from shelfd.core.identity import Candidate, Identity
from shelfd.core.journal import State
from shelfd.core.media import Kind
from shelfd.core.operations import Kind as Operation
from shelfd.core.operations import Step
from shelfd.core.paths import Place, RelPath
from shelfd.core.plan import Verdict
from shelfd.core.settings import Settings
from shelfd.core.settings import Watch as WatchSettings
from shelfd.store import journal

DUNE = b"Dune (2021)/Dune (2021).mkv"


def why(served: Served, path: object) -> Any:
    return served.get(f"/v1/why?path={quote(os.fsencode(str(path)))}")


def test_a_path_outside_is_unknown(served: Served) -> None:
    assert why(served, "/etc/passwd") == {
        "path": "/etc/passwd",
        "state": "unknown",
        "reason": "it lies in no inbox and in no library of the settings",
        "parsed": {},
        "candidates": [],
        "rule": None,
        "target": None,
        "operation": None,
    }


def test_a_root_is_itself(served: Served) -> None:
    assert why(served, served.daemon.inbox)["reason"] == "this is the inbox inbox itself"
    assert why(served, f"{served.daemon.movies}/")["reason"] == "this is the library movies itself"


def test_what_settles_says_why_it_waits(served: Served) -> None:
    rows.drop(served.daemon, b"Dune.2021")

    known = why(served, served.daemon.inbox / "Dune.2021" / "dune.mkv")

    assert (known["state"], known["reason"]) == ("settling", "it has just appeared")
    assert known["root"] == "inbox"


def test_a_sidecar_is_part_of_the_drop_that_it_is_named_after(served: Served) -> None:
    rows.drop(served.daemon, b"Dune.mkv", "refused", "not sure enough")

    assert why(served, served.daemon.inbox / "Dune.en.srt")["state"] == "refused"


def test_a_verdict_is_told_with_all_that_led_to_it(served: Served) -> None:
    number = rows.filed(served.daemon, b"Dune.2021.mkv", DUNE)
    candidate = Candidate(
        source="names", title="Dune", year=2021, score=0.9, reasons=("title and year",)
    )
    identity = Identity(
        kind="movie", title="Dune", year=2021, confidence=0.9, candidates=(candidate,)
    )
    verdict = Verdict(
        path=b"Dune.2021.mkv",
        state="file",
        rule="title and year",
        identity=identity,
        root="movies",
        target=DUNE,
    )
    rows.judge(served.daemon, verdict, number)

    assert why(served, served.daemon.inbox / "Dune.2021.mkv") == {
        "path": f"{served.daemon.inbox}/Dune.2021.mkv",
        "root": "inbox",
        "state": "imported",
        "reason": "it was filed",
        "parsed": {"kind": "movie", "title": "Dune", "year": 2021, "confidence": 0.9},
        "candidates": [
            {
                "source": "names",
                "title": "Dune",
                "year": 2021,
                "score": 0.9,
                "reasons": ["title and year"],
            }
        ],
        "rule": "title and year",
        "target": f"{served.daemon.movies}/Dune (2021)/Dune (2021).mkv",
        "operation": number,
    }


def test_what_shelfd_has_filed_says_from_where_and_when(served: Served) -> None:
    number = rows.filed(served.daemon, b"Dune.2021.mkv", DUNE)
    rows.shelve(served.daemon, "movies", Kind.MOVIES, DUNE)

    known = why(served, served.daemon.movies / os.fsdecode(DUNE))

    assert (known["state"], known["reason"]) == ("filed", f"operation {number} filed it here")
    assert known["source"] == f"{served.daemon.inbox}/Dune.2021.mkv"
    assert known["filed_at"] == "2026-11-21T12:00:00.000Z"
    assert (known["rule"], known["item"], known["operation"]) == ("title and year", 1, number)


def test_what_was_filed_is_remembered_when_the_drop_is_forgotten(served: Served) -> None:
    number = rows.filed(served.daemon, b"Dune.2021.mkv", DUNE)
    with served.daemon.db.transaction() as tx:
        tx.execute("DELETE FROM drops")

    known = why(served, served.daemon.inbox / "Dune.2021.mkv")

    assert (known["state"], known["operation"]) == ("imported", number)
    assert known["target"] == f"{served.daemon.movies}/Dune (2021)/Dune (2021).mkv"


def test_what_was_taken_back_is_no_longer_filed(served: Served) -> None:
    number = rows.filed(served.daemon, b"Dune.2021.mkv", DUNE)
    with served.daemon.db.transaction() as tx:
        journal.move(tx, journal.of(tx, number)[0], State.REVERSED)

    known = why(served, served.daemon.movies / os.fsdecode(DUNE))

    assert known["state"] == "unknown"
    assert known["reason"] == "there is nothing of this name, and none is remembered"


def test_what_a_scan_has_found_is_in_the_catalog_only(served: Served) -> None:
    rows.shelve(served.daemon, "movies", Kind.MOVIES, DUNE)

    file = why(served, served.daemon.movies / os.fsdecode(DUNE))
    directory = why(served, served.daemon.movies / "Dune (2021)")

    assert (file["state"], file["item"]) == ("unknown", 1)
    assert file["reason"] == "it is in the catalog, but shelfd did not put it there"
    assert directory["reason"] == (
        "a directory of the library; the catalog has 1 of the files in it and below"
    )


def test_what_is_missing_says_since_when(served: Served) -> None:
    rows.shelve(served.daemon, "movies", Kind.MOVIES, DUNE)
    rows.lose(served.daemon, "movies", DUNE)

    known = why(served, served.daemon.movies / os.fsdecode(DUNE))

    assert known["reason"].endswith("; it is missing now")
    assert known["missing_since"] == "2026-11-21T12:00:00.000Z"


def test_what_is_there_but_not_seen_yet_is_told_from_what_is_not_there(served: Served) -> None:
    (served.daemon.inbox / "new.mkv").touch()

    there = why(served, served.daemon.inbox / "new.mkv")
    nothing = why(served, served.daemon.inbox / "never.mkv")

    assert there["reason"] == "it is there, but a look has not come by yet"
    assert nothing["reason"] == "there is nothing of this name, and none is remembered"


def test_names_that_are_passed_over_say_by_which_rule(served: Served) -> None:
    settings = served.daemon.current.settings
    served.daemon.take(
        Settings(
            library=settings.library, inbox=settings.inbox, watch=WatchSettings(ignore=("*.bak",))
        )
    )

    assert why(served, served.daemon.inbox / ".hidden")["state"] == "ignored"
    assert why(served, served.daemon.movies / "a.bak")["reason"] == "watch.ignore has '*.bak'"


def test_an_inbox_whose_disk_is_away_suspends_what_waits_in_it(served: Served) -> None:
    rows.drop(served.daemon, b"a.mkv")
    served.daemon.root_words["inbox"] = ("absent", "is its disk mounted?", 0)

    known = why(served, served.daemon.inbox / "a.mkv")

    assert known["state"] == "suspended"
    assert known["reason"] == "inbox is absent: is its disk mounted?"


def test_an_operation_that_works_on_it_is_named(served: Served) -> None:
    place = Place("inbox", RelPath(b"a.mkv"))
    number = rows.filed(served.daemon, b"a.mkv", b"A/A.mkv")
    undo = rows.enqueue(served.daemon, Operation.UNDO, Step.UNDO, place, operation=number)
    with served.daemon.db.transaction() as tx:
        journal.plan(tx, undo, [entry.step for entry in journal.of(tx, number)])

    known = why(served, served.daemon.movies / "A" / "A.mkv")

    assert (known["state"], known["reason"]) == ("queued", f"operation {undo} puts it back")


@pytest.mark.parametrize("query", ["path={inbox}/caf%E9", "path_bytes={inbox}/caf%25E9"])
def test_a_name_that_is_not_utf8_can_be_asked_for_both_ways(served: Served, query: str) -> None:
    rows.drop(served.daemon, b"caf\xe9")

    known = served.get(f"/v1/why?{query.format(inbox=served.daemon.inbox)}")

    assert known["state"] == "settling"
    assert known["path"] == f"{served.daemon.inbox}/caf\\xe9"
    assert known["path_bytes"] == f"{served.daemon.inbox}/caf%E9"


@pytest.mark.parametrize(
    "query", ["", "path=", "path=relative", "path=/a/../b", "path=/%00", "path=/" + "x" * 4096]
)
def test_a_path_must_be_one(served: Served, query: str) -> None:
    status, content = served.ask("GET", f"/v1/why?{query}")

    assert (status, content["error"]["code"]) == (422, "invalid_path")


def test_the_longest_path_fits_into_an_address(served: Served) -> None:
    path = "/" + "%E9" * 4095

    assert served.get(f"/v1/why?path={path}")["state"] == "unknown"
