"""What the real command says of an import, planned or done, of which not everything is filed."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
