"""A real Kodi, in namespaces of its own: takes a library in, and prints as JSON what it makes of it.

`kodi.py HOME LIBRARY` in `unshare --net --mount --pid --fork --kill-child --mount-proc`.
"""

import contextlib
import http.client
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

from waiting import eventually

PORT = 18_080
SETTINGS = f"""<advancedsettings version="1.0">
  <setting id="services.webserver">true</setting>
  <setting id="services.webserverport">{PORT}</setting>
  <setting id="services.webserverauthentication">false</setting>
  <setting id="services.webserverssl">false</setting>
  <setting id="services.upnp">false</setting>
  <setting id="services.zeroconf">false</setting>
  <setting id="general.addonupdates">2</setting>
</advancedsettings>
"""
SOURCE = '<source><name>{0}</name><path pathversion="1">{1}/</path></source>'
# without a sound card Kodi never finishes starting
SILENCE = "pcm.!default { type null }\nctl.!default { type null }\n"
ROW = """INSERT INTO path (strPath, strContent, strScraper, scanRecursive, useFolderNames, noUpdate, exclude, strSettings)
VALUES (?, ?, 'metadata.local', ?, ?, 0, 0, '')"""
ASKED = {
    "movies": ("VideoLibrary.GetMovies", "title year file uniqueid"),
    "shows": ("VideoLibrary.GetTVShows", "title year uniqueid"),
    "episodes": (
        "VideoLibrary.GetEpisodes",
        "title showtitle season episode file uniqueid firstaired",
    ),
    "songs": ("AudioLibrary.GetSongs", "title artist album track year"),
}


def ask(method: str, **parameters: object) -> Any:
    """Return what Kodi answers to one call."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
    call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
    connection.request("POST", "/jsonrpc", json.dumps(call), {"Content-Type": "application/json"})
    return json.loads(connection.getresponse().read())["result"]


def is_up() -> bool:
    with contextlib.suppress(OSError, http.client.HTTPException):
        return bool(ask("JSONRPC.Ping") == "pong")
    return False


def is_idle() -> bool:
    scanning = ask(
        "XBMC.GetInfoBooleans",
        booleans=["Library.IsScanningVideo", "Library.IsScanningMusic"],
    )
    return not any(scanning.values())


def prepare(home: Path, library: Path) -> None:
    """Write Kodi's settings, and make a network, which its web server needs beside the loopback."""
    data = home / ".kodi" / "userdata"
    data.mkdir(parents=True)
    (data / "advancedsettings.xml").write_text(SETTINGS)
    video = "".join(SOURCE.format(kind, library / kind) for kind in ("movies", "shows"))
    music = SOURCE.format("music", library / "music")
    (data / "sources.xml").write_text(
        f"<sources><video>{video}</video><music>{music}</music></sources>"
    )
    (home / ".asoundrc").write_text(SILENCE)
    for line in (
        "ip link set lo up",
        "ip link add v0 type veth peer name v1",
        "ip address add 10.77.0.1/24 dev v0",
        "ip link set v0 up",
        "ip link set v1 up",
        "mount -t tmpfs tmpfs /tmp/.X11-unix",
    ):
        subprocess.run(line.split(), check=True)


def display(home: Path) -> str:
    """Start an X server without a screen, and return its name."""
    reads, writes = os.pipe()
    with (home / "xvfb.log").open("wb") as log:
        subprocess.Popen(
            ["Xvfb", "-displayfd", str(writes), "-screen", "0", "640x480x24", "-nolisten", "tcp"],
            pass_fds=[writes],
            stdout=log,
            stderr=log,
        )
    os.close(writes)
    with os.fdopen(reads) as said:
        return ":" + said.readline().strip()


def take_in(home: Path, library: Path) -> None:
    """Tell Kodi where films and shows are, and let it look at all."""
    [database] = (home / ".kodi/userdata/Database").glob("MyVideos*.db")
    with contextlib.closing(sqlite3.connect(database, timeout=10)) as connection, connection:
        connection.execute(ROW, (f"{library}/movies/", "movies", 2_147_483_647, 1))
        connection.execute(ROW, (f"{library}/shows/", "tvshows", 0, 0))
    eventually(lambda: looked("VideoLibrary", "GetMovies", library), 30)
    eventually(lambda: looked("AudioLibrary", "GetSongs", library / "music"), 30)


def looked(kind: str, lists: str, directory: Path) -> bool:
    """Let Kodi look, and say whether it lists anything then; just started it takes directories for absent."""
    # of sources of music that are only in its settings it knows nothing
    where = {"directory": f"{directory}/"} if kind == "AudioLibrary" else {}
    ask(f"{kind}.Scan", showdialogs=False, **where)
    eventually(is_idle, 30)
    found: dict[str, object] = ask(f"{kind}.{lists}")
    return any(isinstance(value, list) and value for value in found.values())


def main() -> None:
    home, library = Path(sys.argv[1]), Path(sys.argv[2])
    os.makedirs("/tmp/.X11-unix", exist_ok=True)  # noqa: S108  # where X wants it
    prepare(home, library)
    (home / "run").mkdir(mode=0o700)
    os.environ.update(
        HOME=str(home),
        XDG_RUNTIME_DIR=str(home / "run"),
        LIBGL_ALWAYS_SOFTWARE="1",
        DISPLAY=display(home),
    )
    with (home / "kodi.log").open("wb") as log:
        subprocess.Popen(
            ["kodi", "--windowing=x11", "--audio-backend=alsa"], stdout=log, stderr=log
        )
    eventually(is_up, 60)
    take_in(home, library)
    for name, (method, properties) in ASKED.items():
        found = ask(method, properties=properties.split())
        listed = next((value for value in found.values() if isinstance(value, list)), [])
        sys.stdout.write(json.dumps({name: listed}) + "\n")


if __name__ == "__main__":
    main()
