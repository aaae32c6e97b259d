"""Reviews of the running daemon: asked, answered by the command line, kept over a new database, and told as events."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import media
from running import Connection, Running, running
from trees import names
from waiting import eventually

SETTINGS = "[watch]\ndebounce_s = 0.1\nsettle_s = 0.5\n[import]\nmin_free_bytes = 0\n"
FILED = "Movies/Dune (1984)/Dune (1984).mkv"


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as daemon:
        yield daemon


def film(path: Path, number: int = 0) -> None:
    """Write a video that differs from the others."""
    whole = path.parent.parent / f"{path.name}.whole"
    media.mkv(whole)
    with whole.open("ab") as file:
        file.write(b"\0" * number)
    whole.rename(path)


def reviews(daemon: Running) -> list[dict[str, Any]]:
    status, answer = daemon.get("/v1/reviews")
    assert status == 200
    return list(answer["items"])


def library(daemon: Running) -> list[str]:
    return [name for name in names(daemon.library) if not name.endswith(".shelfd-root")]


def test_an_unsure_film_waits_and_is_filed_as_a_person_says(daemon: Running) -> None:
    film(daemon.inbox / "Dune.mkv")
    (daemon.inbox / "Dune.en.srt").write_text("hello")
    film(daemon.inbox / "Alien (1979).mkv", 5)
    eventually(lambda: len(reviews(daemon)) == 1, within=20)
    eventually(lambda: library(daemon) == ["Movies/Alien (1979)/Alien (1979).mkv"], within=20)
    [found] = reviews(daemon)
    why = json.loads(daemon.shelfd("why", str(daemon.inbox / "Dune.mkv"), "--json").stdout)
    assert (why["state"], why["review"]) == ("review", found["id"])
    assert daemon.get("/v1/status")[1]["reviews"] == 1

    said = "kind=movie title=Dune year=1984"
    ran = daemon.shelfd("review", str(found["id"]), "--as", said, "--wait")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert library(daemon)[1:] == ["Movies/Dune (1984)/Dune (1984).en.srt", FILED]
    assert not (daemon.inbox / "Dune.mkv").exists()
    assert reviews(daemon) == []


def test_a_review_survives_a_kill_and_an_answer_given_before_it_is_carried_out(
    daemon: Running,
) -> None:
    film(daemon.inbox / "Dune.mkv")
    eventually(lambda: len(reviews(daemon)) == 1, within=20)
    [before] = reviews(daemon)
    daemon.kill()
    daemon.start()
    assert reviews(daemon) == [before]

    body: dict[str, object] = {"as": {"kind": "movie", "title": "Dune", "year": 1984}}
    assert daemon.post(f"/v1/reviews/{before['id']}", body)[0] == 202
    daemon.kill()
    daemon.start()

    eventually(lambda: library(daemon) == [FILED], within=20)


def test_what_was_decided_holds_for_a_new_database(daemon: Running) -> None:
    film(daemon.inbox / "Dune.mkv")
    film(daemon.inbox / "holiday.mkv", 7)
    eventually(lambda: len(reviews(daemon)) == 2, within=20)
    numbers = {Path(one["path"]).name: str(one["id"]) for one in reviews(daemon)}
    daemon.shelfd("review", numbers["Dune.mkv"], "--as", "title=Dune year=1984", "--wait")
    assert daemon.shelfd("review", numbers["holiday.mkv"], "--skip").returncode == 0
    assert library(daemon) == [FILED]
    daemon.stop()
    for file in (daemon.top / "state").glob("shelfd.db*"):
        file.unlink()
    (daemon.library / FILED).unlink()

    film(daemon.inbox / "something else.mkv")
    daemon.start()

    eventually(lambda: library(daemon) == [FILED], within=20)
    path = daemon.inbox / "holiday.mkv"
    eventually(lambda: daemon.get(f"/v1/why?path={path}")[1]["state"] == "held", within=20)
    assert reviews(daemon) == []


def test_a_review_closes_when_its_file_goes_and_both_are_told(daemon: Running) -> None:
    film(daemon.inbox / "Dune.mkv")
    eventually(lambda: len(reviews(daemon)) == 1, within=20)
    (daemon.inbox / "Dune.mkv").unlink()
    eventually(lambda: reviews(daemon) == [], within=20)

    told = _events(daemon, 2)

    assert [(one["state"], one["path"]) for one in told] == [
        ("open", f"{daemon.inbox}/Dune.mkv"),
        ("closed", f"{daemon.inbox}/Dune.mkv"),
    ]


def _events(daemon: Running, many: int) -> list[dict[str, Any]]:
    """Return the first events of reviews."""
    connection = Connection(daemon.socket)
    connection.request("GET", "/v1/events?since=0")
    answer = connection.getresponse()
    found: list[dict[str, Any]] = []
    name = ""
    while len(found) < many:
        line = answer.readline().decode().strip()
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        if line.startswith("data: ") and name == "review":
            found.append(json.loads(line.removeprefix("data: ")))
    connection.close()
    return found


def test_a_refused_file_goes_to_the_quarantine_and_back(tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    with running(tmp_path, SETTINGS + f'quarantine = "{away}"\n') as daemon:
        (daemon.inbox / "bad.mp3").write_bytes(b"this is no music at all")
        eventually(lambda: names(away) == ["inbox/bad.mp3"], within=20)
        eventually(lambda: daemon.get("/v1/status")[1]["quarantined"] == 1, within=20)
        path = f"{away}/inbox/bad.mp3"
        _status, why = daemon.get(f"/v1/why?path={path}")
        assert (why["state"], why["source"]) == ("refused", f"{daemon.inbox}/bad.mp3")
        assert "it cannot be read" in why["reason"]

        ran = daemon.shelfd("undo", str(why["operation"]), "--wait")

        assert (ran.returncode, ran.stderr) == (0, "")
        assert names(away) == []
        assert (daemon.inbox / "bad.mp3").read_bytes() == b"this is no music at all"


@pytest.mark.parametrize("place", ["inbox/away", "library/Movies/away", ".", "state"])
def test_a_quarantine_that_would_be_scanned_is_refused(tmp_path: Path, place: str) -> None:
    daemon = Running(tmp_path, SETTINGS + f'quarantine = "{(tmp_path / place).resolve()}"\n')
    try:
        ran = daemon.shelfd("check", "--config", str(daemon.config))
    finally:
        daemon.close()

    assert ran.returncode == 1
    assert "import.quarantine" in ran.stdout + ran.stderr


def test_a_dry_run_of_a_decision_shows_its_plan_and_decides_nothing(daemon: Running) -> None:
    film(daemon.inbox / "Dune.mkv")
    eventually(lambda: len(reviews(daemon)) == 1, within=20)
    [before] = reviews(daemon)

    planned = daemon.shelfd("review", str(before["id"]), "--as", "year=1984", "--dry-run")
    skipped = daemon.shelfd("review", str(before["id"]), "--skip", "--dry-run")

    assert (planned.returncode, planned.stderr) == (0, "")
    assert f"becomes {daemon.library}/{FILED}" in planned.stdout
    assert "of a skip there is no plan" in skipped.stderr
    assert reviews(daemon) == [before]
    assert library(daemon) == []
    assert not (daemon.top / "state" / "decisions.jsonl").exists()

    ran = daemon.shelfd("review", str(before["id"]), "--accept", "1", "--wait")
    assert (ran.returncode, library(daemon)) == (0, ["Movies/Dune/Dune.mkv"])
