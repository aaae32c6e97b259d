"""What is known of one path, from rows to answer."""

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from fakes import rows
from fakes.daemon import Served
from shelfd.core.condition import RootState
from shelfd.core.identity import Candidate, Identity
from shelfd.core.journal import State
from shelfd.core.media import Kind
from shelfd.core.operations import Kind as Operation
from shelfd.core.operations import Step
from shelfd.core.paths import Place, RelPath
from shelfd.core.plan import Verdict
from shelfd.core.settings import Scan, Settings
from shelfd.core.settings import Watch as WatchSettings
from shelfd.store import journal

DUNE = b"Dune (2021)/Dune (2021).mkv"
IN_CATALOG = "it is in the catalog, and nothing is remembered of how it came here"
GONE = "all of its 2 files are gone at once"


def why(served: Served, path: object) -> Any:
    return served.get(f"/v1/why?path={quote(os.fsencode(str(path)))}")


def put(served: Served, path: bytes, content: bytes = b"x") -> Path:
    """Write a file of the library."""
    file = served.daemon.movies / os.fsdecode(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def ignored(served: Served, path: Path) -> str:
    """Return why a path is passed over."""
    known = why(served, path)
    assert known["state"] == "ignored", known
    return str(known["reason"])


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

    known = why(served, put(served, DUNE))

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

    file = why(served, put(served, DUNE))
    directory = why(served, served.daemon.movies / "Dune (2021)")

    assert (file["state"], file["item"]) == ("unknown", 1)
    assert file["reason"] == IN_CATALOG
    assert directory["reason"] == (
        "a directory of the library; the catalog has 1 of the files in it and below;"
        " it is of the movie 'Dune'"
    )
    assert directory["item"] == 1


def test_what_is_missing_says_since_when_and_how_long_it_is_remembered(served: Served) -> None:
    rows.shelve(served.daemon, "movies", Kind.MOVIES, DUNE)
    rows.lose(served.daemon, "movies", DUNE)

    known = why(served, served.daemon.movies / os.fsdecode(DUNE))

    since, until = "2026-11-2[12] ..:..", "2026-12-2[12] ..:.."  # wherever this machine is
    told = f"; it is missing since {since}, and known until {until}, should it come back"
    assert re.fullmatch(IN_CATALOG + told, known["reason"])
    assert known["missing_since"] == "2026-11-21T12:00:00.000Z"
    assert known["kept_until"] == "2026-12-21T12:00:00.000Z"


def test_a_file_that_vanished_since_the_last_scan_is_left_to_the_next(served: Served) -> None:
    rows.shelve(served.daemon, "movies", Kind.MOVIES, DUNE)

    known = why(served, served.daemon.movies / os.fsdecode(DUNE))

    assert known["state"] == "unknown"
    assert known["reason"] == f"{IN_CATALOG}; it is not there, and the next scan judges that"


def test_the_files_of_a_suspended_library_are_out_of_sight(served: Served) -> None:
    rows.shelve(served.daemon, "movies", Kind.MOVIES, DUNE)
    rows.shelve(served.daemon, "movies", Kind.MOVIES, b"A.mkv")
    there = put(served, b"A.mkv")
    served.daemon.root_words["movies"] = RootState("suspended", GONE, 0)

    known = why(served, served.daemon.movies / os.fsdecode(DUNE))

    assert known["state"] == "suspended"
    assert known["reason"] == (
        "it is out of sight, and not taken for deleted; movies is suspended: "
        f"{GONE}; if it is really gone: `shelfd confirm movies`"
    )
    assert known["item"]
    assert why(served, there)["reason"] == IN_CATALOG
    assert why(served, served.daemon.movies / "never.mkv")["state"] == "suspended"


def test_what_shelfd_filed_in_a_library_that_is_away_is_out_of_sight_too(served: Served) -> None:
    number = rows.filed(served.daemon, b"Dune.2021.mkv", DUNE)
    rows.shelve(served.daemon, "movies", Kind.MOVIES, DUNE)
    served.daemon.root_words["movies"] = RootState("absent", "is its disk mounted?", 0)

    known = why(served, served.daemon.movies / os.fsdecode(DUNE))

    assert (known["state"], known["operation"]) == ("suspended", number)
    assert known["reason"].endswith("; movies is absent: is its disk mounted?")


def test_what_is_missing_stays_so_while_its_library_is_suspended(served: Served) -> None:
    rows.shelve(served.daemon, "movies", Kind.MOVIES, DUNE)
    rows.lose(served.daemon, "movies", DUNE)
    served.daemon.root_words["movies"] = RootState("suspended", GONE, 0)

    known = why(served, served.daemon.movies / os.fsdecode(DUNE))

    assert (known["state"], known["missing_since"]) == ("unknown", "2026-11-21T12:00:00.000Z")


def test_an_ignore_file_is_named_with_the_line_that_decided(served: Served) -> None:
    put(served, b"Extras/.ignore", b"*.sample.mkv\n")
    put(served, b"Home/.nomedia", b"")

    assert ignored(served, put(served, b"Extras/a.sample.mkv")) == (
        "Extras/.ignore has '*.sample.mkv'"
    )
    assert ignored(served, put(served, b"Home/a.mkv")) == "there is Home/.nomedia"
    assert ignored(served, put(served, b"a.mkv.part")) == ".part marks what is still being written"
    assert ignored(served, put(served, b"@eaDir/a.mkv")) == "@eaDir: it belongs to the system"
    assert ignored(served, served.daemon.movies / "Home") == "there is Home/.nomedia"


def test_a_library_that_is_hidden_as_a_whole_says_so(served: Served) -> None:
    put(served, b".nomedia", b"")

    assert ignored(served, served.daemon.movies) == "there is .nomedia"


def test_what_the_catalog_has_and_is_passed_over_from_now_on_is_ignored(served: Served) -> None:
    rows.shelve(served.daemon, "movies", Kind.MOVIES, DUNE)
    put(served, b"Dune (2021)/.ignore", b"")

    known = why(served, put(served, DUNE))

    assert (known["state"], known["item"]) == ("ignored", 1)
    assert known["reason"] == "there is Dune (2021)/.ignore, and it is empty"


def test_a_file_that_no_scan_takes_says_why(served: Served, tmp_path: Path) -> None:
    settings = served.daemon.current.settings
    scan = Scan(min_size_bytes=2, max_size_bytes=3)
    served.daemon.take(Settings(library=settings.library, inbox=settings.inbox, scan=scan))
    (tmp_path / "elsewhere").mkdir()
    movies = served.daemon.movies
    (movies / "out").symlink_to(tmp_path / "elsewhere" / "a.mkv")
    (movies / "none.mkv").symlink_to("nowhere")
    (movies / "linked").symlink_to(movies / "Film")
    os.mkfifo(movies / "pipe.mkv")
    (tmp_path / "elsewhere" / "a.mkv").touch()
    put(served, b"Film/a.mkv", b"xx")

    reasons = {
        name: ignored(served, movies / name)
        for name in ("out", "none.mkv", "pipe.mkv", "linked", "linked/a.mkv")
    }

    assert ignored(served, put(served, b"one.mkv")) == "its size is 1, and scan.min_size_bytes is 2"
    assert ignored(served, put(served, b"four.mkv", b"xxxx")).endswith("scan.max_size_bytes is 3")
    assert ignored(served, put(served, b"two.jpg", b"xx")) == (
        "the items of a library of movies are not made of files that end like this"
    )
    linked = 'it is a link to a directory, and scan.symlinks would have to be "all"'
    assert reasons == {
        "out": "it is a link out of the libraries",
        "none.mkv": "it is a broken link",
        "pipe.mkv": "it is a pipe",
        "linked": linked,
        "linked/a.mkv": f"linked: {linked}",
    }
    assert why(served, movies / "Film" / "a.mkv")["state"] == "unknown"


def test_links_are_passed_over_where_the_settings_say_so(served: Served) -> None:
    settings = served.daemon.current.settings
    scan = Scan(symlinks="skip")
    served.daemon.take(Settings(library=settings.library, inbox=settings.inbox, scan=scan))
    link = served.daemon.movies / "b.mkv"
    link.symlink_to(put(served, b"a.mkv"))

    assert ignored(served, link) == 'it is a symbolic link, and scan.symlinks is "skip"'


def test_the_word_of_a_sender_is_told_as_one(served: Served) -> None:
    (served.daemon.inbox / "Album").mkdir()

    whole = ignored(served, served.daemon.inbox / "Album" / ".ready")
    file = ignored(served, served.daemon.inbox / "a.mkv.ready")

    assert whole == "by it a sender says that all in its directory is complete"
    assert file == "by it a sender says that a.mkv is complete"


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
    served.daemon.root_words["inbox"] = RootState("absent", "is its disk mounted?", 0)

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
