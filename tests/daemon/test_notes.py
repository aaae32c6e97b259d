"""The installed program writes metadata files beside what it files, says so, and takes them back with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import media
from running import Running, running
from trees import names, plant
from waiting import eventually

SETTINGS = (
    "[watch]\ndebounce_s = 0.1\nsettle_s = 0.5\n[import]\nmin_free_bytes = 0\nwrite_nfo = true\n"
)
SHOW = "Shows/The Show"
FILED = [
    f"{SHOW}/Season 01/The Show S01E02-E03 Double.mkv",
    f"{SHOW}/Season 01/The Show S01E02-E03 Double.nfo",
    f"{SHOW}/Season 01/season.nfo",
    f"{SHOW}/tvshow.nfo",
]


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path, SETTINGS) as daemon:
        yield daemon


def test_what_is_dropped_has_its_metadata_until_it_is_undone(daemon: Running) -> None:
    plant(daemon.library, {f"{SHOW}/tvshow.nfo": b"<tvshow><plot>Mine</plot></tvshow>"})
    media.mkv(daemon.inbox / "The.Show.S01E02E03.Double.720p.HDTV.x264-GRP.mkv")

    eventually(lambda: names(daemon.library) == FILED, within=30)
    eventually(daemon.quiet)

    assert b"<plot>Mine</plot>" in (daemon.library / SHOW / "tvshow.nfo").read_bytes()
    assert b"<title>The Show</title>" in (daemon.library / SHOW / "tvshow.nfo").read_bytes()
    assert (daemon.library / FILED[1]).read_bytes().count(b"<episodedetails>") == 2
    _, found = daemon.get("/v1/operations?kind=import")
    [operation] = found["items"]
    targets = [path.removeprefix(f"{daemon.library}/") for path in operation["result"]["filed"]]
    assert sorted(targets) == FILED

    undone = daemon.shelfd("undo", str(operation["id"]), "--wait")

    assert undone.returncode == 0, undone.stderr
    assert names(daemon.library) == [f"{SHOW}/tvshow.nfo"]
    assert (daemon.library / SHOW / "tvshow.nfo").read_bytes() == (
        b"<tvshow><plot>Mine</plot></tvshow>"
    )
    assert names(daemon.inbox) == ["The.Show.S01E02E03.Double.720p.HDTV.x264-GRP.mkv"]


def test_a_dry_run_names_what_would_be_written(daemon: Running) -> None:
    media.mkv(daemon.inbox / "The.Show.S01E02E03.Double.720p.HDTV.x264-GRP.mkv")
    eventually(lambda: names(daemon.library) == FILED, within=30)
    eventually(daemon.quiet)
    _, found = daemon.get("/v1/operations?kind=import")

    back = daemon.shelfd("undo", str(found["items"][0]["id"]), "--dry-run", "--wait")
    assert daemon.shelfd("undo", str(found["items"][0]["id"]), "--wait").returncode == 0
    path = daemon.inbox / "The.Show.S01E02E03.Double.720p.HDTV.x264-GRP.mkv"
    there = daemon.shelfd("import", str(path), "--dry-run", "--wait")

    assert there.returncode == 0, there.stderr
    for name in FILED[1:]:
        assert f"write {daemon.library}/{name}" in there.stdout
        assert f"remove {daemon.library}/{name}, unless it was changed" in back.stdout


def test_what_a_metadata_file_proves_is_told(daemon: Running) -> None:
    (daemon.inbox / "x").mkdir()
    plant(
        daemon.inbox,
        {
            "x/ab.nfo": b"<movie><title>The Matrix</title><year>1999</year><id>tt0133093</id></movie>"
        },
    )
    media.mkv(daemon.inbox / "x" / "ab.mkv")
    stem = "Movies/The Matrix (1999) [imdbid-tt0133093]/The Matrix (1999) [imdbid-tt0133093]"

    eventually(lambda: names(daemon.library) == [f"{stem}.mkv", f"{stem}.nfo"], within=30)
    eventually(daemon.quiet)

    _, why = daemon.get(f"/v1/why?path={daemon.inbox}/x/ab.mkv")
    assert why["rule"] == "ab.nfo beside it says so"
    assert why["candidates"][0]["source"] == "nfo"
    assert why["candidates"][0]["reasons"] == ["ab.nfo: The Matrix, imdb tt0133093"]
