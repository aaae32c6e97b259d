"""What the real command says of an import, planned or done, of which not everything is filed."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

import media
from running import Running, running

PATIENT = "[watch]\ndebounce_s = 0.1\nsettle_s = 3600\n[import]\nmin_free_bytes = 0\n"
"""Nothing is filed but what the test asks for."""


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path, PATIENT) as daemon:
        yield daemon


def film(path: Path) -> Path:
    """Write a video that differs from all others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    media.mkv(path)
    with path.open("ab") as file:
        file.write(os.urandom(16))
    return path


def operation(daemon: Running, number: int) -> dict[str, Any]:
    _status, answer = daemon.get(f"/v1/operations/{number}")
    return dict(answer)


def test_a_dry_run_of_an_inbox_tells_what_would_be_asked_about(daemon: Running) -> None:
    film(daemon.inbox / "Good Film (2001).mkv")
    film(daemon.inbox / "holiday.mkv")

    ran = daemon.shelfd("import", str(daemon.inbox), "--dry-run")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert "  holiday.mkv waits until somebody says what it is\n" in ran.stdout
    assert "    perhaps holiday, 0.50 by its names: a title without a year\n" in ran.stdout
    assert f"becomes {daemon.library}/Movies/Good Film (2001)/Good Film (2001).mkv" in ran.stdout


def test_a_dry_run_of_what_stays_has_a_plan_and_the_reason(daemon: Running) -> None:
    path = film(daemon.inbox / "holiday.mkv")

    ran = daemon.shelfd("import", str(path), "--dry-run")
    as_json = daemon.shelfd("import", str(path), "--dry-run", "--json")

    assert ran.returncode == as_json.returncode == 1
    assert "  holiday.mkv waits until somebody says what it is\n" in ran.stdout
    assert "hint: without --dry-run it is asked what it is: `shelfd review`" in ran.stderr
    result = json.loads(as_json.stdout)["result"]
    [file] = result["files"]
    assert (result["steps"], file["state"]) == ([], "review")
    assert [one["title"] for one in file["candidates"]] == ["holiday"]
    assert daemon.get("/v1/reviews")[1]["items"] == []


def mixed(daemon: Running) -> Path:
    """Drop a film that is clear, one that is not, one that is broken, and a file that is none."""
    top = daemon.inbox / "Mixed"
    film(top / "Good Film (2001).mkv")
    film(top / "holiday.mkv")
    (top / "Bad One (2003).mkv").write_bytes(b"no video" * 100)
    (top / "sums.sfv").write_text("x")
    return top


def test_what_stays_of_a_directory_is_named_beside_what_was_filed(daemon: Running) -> None:
    top = mixed(daemon)

    ran = daemon.shelfd("import", str(top), "--wait")

    assert ran.returncode == 1
    filed, bad, unsure, other = ran.stdout.splitlines()
    assert filed == f"filed {daemon.library}/Movies/Good Film (2001)/Good Film (2001).mkv"
    assert bad.startswith("Mixed/Bad One (2003).mkv stays: it cannot be read: ")
    assert unsure.startswith("Mixed/holiday.mkv waits until somebody says what it is: not sure")
    assert other == "Mixed/sums.sfv stays: it checks a download, and is no part of the work"
    assert ran.stderr == (
        f"shelfd: {top}: 2 files of it are not filed\nhint: `shelfd why {top}` says more\n"
    )


def test_what_waits_for_a_decision_is_told_of_an_import_that_is_over(daemon: Running) -> None:
    path = film(daemon.inbox / "holiday.mkv")
    film(daemon.inbox / "Good Film (2001).mkv")

    ran = daemon.shelfd("import", str(daemon.inbox), "--wait")

    [review] = daemon.get("/v1/reviews")[1]["items"]
    assert (ran.returncode, ran.stderr) == (0, "")
    whole, waits = ran.stdout.splitlines()
    assert whole == f"{daemon.inbox}: 1 filed, 1 waiting for a decision"
    assert waits.startswith(f"  {path}: it stays: not sure enough")
    assert waits.endswith(f"; `shelfd review {review['id']}` decides")
    listed = daemon.shelfd("operations").stdout.splitlines()
    [row] = [line for line in listed if str(path) in line and " import " in line]
    assert "it stays: not sure enough" in row
    assert "it stays: not sure enough" in daemon.shelfd("operation", row.split()[0]).stdout


def test_what_lies_in_the_quarantine_was_not_in_the_library_already(tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    with running(tmp_path, f'{PATIENT}quarantine = "{away}"\n') as daemon:
        path = daemon.inbox / "bad.mp3"
        path.write_bytes(b"this is no music at all")

        ran = daemon.shelfd("import", str(path), "--wait")
        (daemon.inbox / "worse.mp3").write_bytes(b"this is no music either")
        all_of_it = daemon.shelfd("import", str(daemon.inbox), "--wait")

        assert (ran.returncode, ran.stdout) == (1, "")
        assert ran.stderr.startswith(f"shelfd: {path}: it cannot be read: ")
        assert f"it lies in the quarantine: {away}/inbox/bad.mp3\n" in ran.stderr
        assert all_of_it.returncode == 1
        assert all_of_it.stdout.startswith(f"{daemon.inbox}: 1 refused\n")
        assert f"{daemon.inbox}: 1 item is not filed, or not whole" in all_of_it.stderr
        listed = daemon.shelfd("operations", "--kind", "import").stdout.splitlines()
        assert all("it lies in the quarantine: " in line for line in listed if ".mp3" in line)


def test_what_is_there_already_is_told_with_what_stays_beside_it(daemon: Running) -> None:
    path = film(daemon.inbox / "Mixed" / "Good Film (2001).mkv")
    daemon.shelfd("import", str(path.parent), "--mode", "copy", "--wait")
    film(path.parent / "holiday.mkv")
    there = daemon.library / "Movies" / "Good Film (2001)" / "Good Film (2001).mkv"
    path.write_bytes(there.read_bytes())

    ran = daemon.shelfd("import", str(path.parent), "--wait")

    assert ran.returncode == 1
    assert "everything" not in ran.stdout
    assert "Mixed/Good Film (2001).mkv was in the library already" in ran.stdout
    assert "Mixed/holiday.mkv waits until somebody says what it is" in ran.stdout


def test_an_undo_says_what_it_removes(daemon: Running) -> None:
    path = film(daemon.inbox / "Good Film (2001).mkv")
    there = daemon.library / "Movies" / "Good Film (2001)" / "Good Film (2001).mkv"
    asked = json.loads(
        daemon.shelfd("import", str(path), "--mode", "copy", "--wait", "--json").stdout
    )

    ran = daemon.shelfd("undo", str(asked["id"]), "--wait")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert f"removed {there}, which was put there\n" in ran.stdout


def test_that_more_is_filed_than_was_named_is_said(daemon: Running) -> None:
    path = film(daemon.inbox / "Two" / "Good Film (2001).mkv")
    film(daemon.inbox / "Two" / "Other Film (2002).mkv")

    ran = daemon.shelfd("import", str(path), "--wait")

    assert ran.returncode == 0
    whole = f"{daemon.inbox}/Two: all of it is looked at, since it was dropped together\n"
    assert ran.stderr == whole
    assert ran.stdout.count("filed ") == 2


def why(daemon: Running, path: Path) -> dict[str, Any]:
    _status, answer = daemon.get(f"/v1/why?path={quote(str(path))}")
    return dict(answer)


def test_why_remembers_of_each_filed_file_what_led_to_it(daemon: Running) -> None:
    top = mixed(daemon)
    daemon.shelfd("import", str(top), "--wait")
    # what stayed is judged again, and the drop is by now what is left of it
    daemon.shelfd("import", str(top), "--wait")
    filed = daemon.library / "Movies" / "Good Film (2001)" / "Good Film (2001).mkv"

    here, gone = why(daemon, filed), why(daemon, top / "Good Film (2001).mkv")

    assert (here["state"], gone["state"]) == ("filed", "imported")
    assert gone["target"] == str(filed)
    for known in (here, gone):
        assert (known["parsed"]["title"], known["parsed"]["year"]) == ("Good Film", 2001)
        assert [one["title"] for one in known["candidates"]] == ["Good Film"]
        assert known["rule"].startswith("Title (Year) in the file name")
    assert why(daemon, top / "holiday.mkv")["state"] == "review"
    told = daemon.shelfd("why", str(top / "Bad One (2003).mkv")).stdout.splitlines()
    assert [line.split() for line in told if "taken for" in line] == [["taken", "for", "movie"]]


def test_why_and_status_agree_on_what_waits_or_is_unwanted(daemon: Running) -> None:
    reasons = {
        "Nowhere (2001).en.srt": "it waits: no movie 'Nowhere' (2001) is in a library yet",
        "virus.exe": "it is a program",
    }
    for name in reasons:
        (daemon.inbox / name).write_text("x")
        ran = daemon.shelfd("import", str(daemon.inbox / name), "--wait")
        assert (ran.returncode, "more clearly" in ran.stderr) == (1, False)

    _status, status = daemon.get("/v1/status")

    for name, reason in reasons.items():
        known = why(daemon, daemon.inbox / name)
        assert (known["state"], known["reason"]) == ("refused", reason)
    assert {one["state"] for one in status["settling"]} == {"refused"}


def test_what_a_copy_left_in_the_trash_was_filed(daemon: Running) -> None:
    path = film(daemon.inbox / "Two" / "Good Film (2001).mkv")
    daemon.shelfd("import", str(path.parent), "--mode", "copy", "--wait")

    known = why(daemon, path)

    assert known["state"] == "imported"
    assert known["target"] == f"{daemon.library}/Movies/Good Film (2001)/Good Film (2001).mkv"


def test_a_file_whose_history_is_forgotten_is_told_as_it_is_read(daemon: Running) -> None:
    filed = daemon.library / "Movies" / "Good Film (2001)" / "Good Film (2001).mkv"
    film(filed)
    daemon.shelfd("scan", str(filed.parent), "--wait")

    known = why(daemon, filed)

    assert known["reason"] == "it is in the catalog, and nothing is remembered of how it came here"
    assert (known["state"], known["parsed"]["title"]) == ("unknown", "Good Film")
    assert [one["title"] for one in known["candidates"]] == ["Good Film"]
    assert known["rule"].startswith("Title (Year) in the file name")
