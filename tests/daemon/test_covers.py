"""A running daemon shows covers of what lies in its libraries, as its readers find them."""

import contextlib
import os
from pathlib import Path

import covers
import media
from running import Connection, Running, running
from waiting import eventually

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def got(daemon: Running, number: int, tag: str = "") -> tuple[int, str, bytes]:
    """Return status, ETag and body of the answer for the cover of an item."""
    with contextlib.closing(Connection(daemon.socket)) as connection:
        connection.request("GET", f"/v1/items/{number}/cover", headers={"If-None-Match": tag})
        answer = connection.getresponse()
        return answer.status, answer.headers["etag"] or "", answer.read()


def items(daemon: Running, kind: str) -> list[int]:
    return [item["id"] for item in daemon.get(f"/v1/items?kind={kind}")[1]["items"]]


def test_covers_are_read_anew_each_time(tmp_path: Path) -> None:
    film = tmp_path / "library" / "Movies" / "A Film (2019)"
    film.mkdir(parents=True)
    media.mkv(film / "A Film (2019).mkv")
    song = tmp_path / "library" / "Music" / "Song.mp3"
    song.parent.mkdir()
    covers.mp3(song, media.jpeg())
    with running(tmp_path) as daemon:
        eventually(lambda: items(daemon, "movie") and items(daemon, "track"))
        [movie], [track] = items(daemon, "movie"), items(daemon, "track")

        status, tag, body = got(daemon, track)
        assert (status, body) == (200, media.jpeg())
        assert got(daemon, track, tag) == (304, tag, b"")
        assert got(daemon, movie)[0] == 404

        (film / "poster.jpg").write_bytes(media.jpeg())
        assert got(daemon, movie) == (200, tag, media.jpeg())

        eventually(daemon.quiet)
        covers.mp3(song, PNG)
        os.utime(song, (1, 1))
        eventually(lambda: got(daemon, track)[2] == PNG)

        song.unlink()
        assert got(daemon, track)[0] == 404
