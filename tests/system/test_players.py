"""Real players list what shelfd has filed, as what it is: other people's readers of names, tags and metadata files."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from html import unescape
from pathlib import Path
from typing import Any

import pytest

import media
from household import Household
from shelfd.core.settings import Import
from trees import plant
from waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

HERE = Path(__file__).parent
ALONE = "unshare --net --mount --pid --fork --kill-child --mount-proc --propagation private".split()
SPLIT = b"<movie><title>Am\xc3\xa9lie &amp; Co</title><year>2001</year><uniqueid type='imdb'>tt0211915</uniqueid></movie>"
FILMS = ("The.Matrix.1999.{tmdb-603}.1080p.BluRay.x264-GRP.mkv", "Plain Film (2020).mkv")
EPISODES = (
    "The.Show.S01E01.Pilot.720p.HDTV.x264-GRP.mkv",
    "The.Show.S01E02E03.Double.720p.HDTV.x264-GRP.mkv",
    "The.Show.S00E01.Special.720p.HDTV.x264-GRP.mkv",
    "Other.Show.S02E05.720p.HDTV.x264-GRP.mkv",
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that shelfd has made of what was dropped."""
    house = Household(tmp_path_factory.mktemp("house"), filing=Import(write_nfo=True))
    for name in (*FILMS, *EPISODES):
        media.mkv(house.inbox / name)
    (house.inbox / "amelie-hd").mkdir()
    media.mkv(house.inbox / "amelie-hd" / "amlie.mkv")
    plant(house.inbox, {"amelie-hd/amlie.nfo": SPLIT})
    for number, title in enumerate(("Opening", "Närby"), 1):
        media.mp3(
            house.inbox / f"{number}.mp3",
            artist="Some Artist",
            albumartist="Some Artist",
            album="First Album",
            title=title,
            track=str(number),
            date="2001",
        )
    house.settle()
    assert sorted(path.name for path in house.inbox.iterdir()) == [".shelfd-root", ".shelfd-trash"]
    house.close()
    return house.library


@pytest.fixture(scope="module")
def kodi(library: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Kodi lists."""
    home = tmp_path_factory.mktemp("kodi")
    run = subprocess.run(
        [*ALONE, sys.executable, str(HERE / "players" / "kodi.py"), str(home), str(library)],
        check=False,
        env={**os.environ, "PYTHONPATH": str(HERE.parent)},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert run.returncode == 0, run.stderr
    listed: dict[str, Any] = {}
    for line in run.stdout.splitlines():
        listed |= json.loads(line)
    return listed


def test_kodi_lists_films_with_the_ids_that_shelfd_knows(kodi: dict[str, Any]) -> None:
    found = {(one["title"], one["year"]): one.get("uniqueid") for one in kodi["movies"]}

    assert found.keys() == {("The Matrix", 1999), ("Plain Film", 2020), ("Amélie & Co", 2001)}
    assert found["The Matrix", 1999] == {"tmdb": "603"}
    assert found["Amélie & Co", 2001] == {"imdb": "tt0211915"}


def test_kodi_lists_both_episodes_of_a_file(kodi: dict[str, Any]) -> None:
    found = sorted(
        (one["showtitle"], one["season"], one["episode"], one["title"]) for one in kodi["episodes"]
    )

    assert found == [
        ("Other Show", 2, 5, ""),
        ("The Show", 0, 1, "Special"),
        ("The Show", 1, 1, "Pilot"),
        ("The Show", 1, 2, "Double (1)"),
        ("The Show", 1, 3, "Double (2)"),
    ]
    assert sorted(one["title"] for one in kodi["shows"]) == ["Other Show", "The Show"]


def test_kodi_lists_music_by_its_tags(kodi: dict[str, Any]) -> None:
    found = sorted(
        (one["track"], one["title"], one["album"], one["artist"]) for one in kodi["songs"]
    )

    assert found == [
        (1, "Opening", "First Album", ["Some Artist"]),
        (2, "Närby", "First Album", ["Some Artist"]),
    ]


MPD = """
music_directory "{library}/music"
db_file "{top}/db"
state_file "{top}/state"
pid_file "{top}/pid"
bind_to_address "{top}/s"
zeroconf_enabled "no"
audio_output {{
  type "null"
  name "n"
}}
"""


def test_mpd_lists_music_by_its_tags(library: Path, tmp_path: Path) -> None:
    (tmp_path / "mpd.conf").write_text(MPD.format(library=library, top=tmp_path))
    daemon = subprocess.Popen(["mpd", "--no-daemon", "--stderr", str(tmp_path / "mpd.conf")])
    try:
        eventually((tmp_path / "s").exists)
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(tmp_path / "s"))
            stream = connection.makefile("rw")
            assert stream.readline().startswith("OK MPD")

            def said(command: str) -> list[str]:
                stream.write(command + "\n")
                stream.flush()
                return list(iter(lambda: stream.readline().strip(), "OK"))

            said("update")
            eventually(lambda: not [line for line in said("status") if "updating_db" in line])
            found = [line.split(": ", 1) for line in said("listallinfo")]
    finally:
        daemon.terminate()
        daemon.wait()

    assert [value for name, value in found if name == "Title"] == ["Opening", "Närby"]
    assert {value for name, value in found if name == "AlbumArtist"} == {"Some Artist"}
    assert {value for name, value in found if name == "Album"} == {"First Album"}


DLNA = """
port=8200
media_dir=V,{library}/movies
media_dir=V,{library}/shows
media_dir=A,{library}/music
db_dir={top}/db
log_dir={top}
inotify=no
network_interface=v0
"""
NETWORK = "ip link set lo up; ip link add v0 type veth peer name v1; ip address add 10.77.0.1/24 dev v0; ip link set v0 up"


def test_minidlna_lists_films_and_music_under_their_titles(library: Path, tmp_path: Path) -> None:
    (tmp_path / "dlna.conf").write_text(DLNA.format(library=library, top=tmp_path))
    run = f"{NETWORK}; exec minidlnad -S -R -f {tmp_path}/dlna.conf -P {tmp_path}/pid"
    daemon = subprocess.Popen([*ALONE, "sh", "-c", run], stdout=subprocess.DEVNULL)

    def titles() -> set[str]:
        try:
            with closing(sqlite3.connect(f"file:{tmp_path}/db/files.db?mode=ro", uri=True)) as rows:
                found = rows.execute("SELECT title FROM details WHERE mime IS NOT NULL")
                # it keeps them as the XML inside the XML that it answers with
                return {unescape(unescape(row[0])) for row in found if row[0]}
        except sqlite3.OperationalError:
            return set()  # it is still being made

    wanted = {"The Matrix", "Plain Film", "Amélie & Co", "Opening", "Närby"}
    try:
        eventually(lambda: wanted <= titles(), 30)
    finally:
        daemon.kill()
        daemon.wait()
