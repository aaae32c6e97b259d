"""The cover of an item, over a real socket."""

from concurrent.futures import Future
from contextlib import closing
from http.client import HTTPMessage
from pathlib import Path
from threading import Thread

import pytest
import xxhash

import covers
import media
from fakes import rows
from fakes.daemon import Connection, Served
from shelfd.core.media import Kind, Picture, Reading
from shelfd.core.settings import Library, Settings
from shelfd.edges import probe_worker
from waiting import eventually

SONG = b"Ann/Some/01 One.mp3"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def got(
    served: Served, number: int, method: str = "GET", **headers: str
) -> tuple[int, HTTPMessage, bytes]:
    with closing(Connection(served.path)) as connection:
        connection.request(method, f"/v1/items/{number}/cover", headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def asked_for(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> list[Future[list[Picture | Reading]]]:
    """From now on no picture is read; what is asked for grows in the list, to be answered by the test."""
    asked: list[Future[list[Picture | Reading]]] = []

    def picture(_sought: object) -> Future[list[Picture | Reading]]:
        asked.append(Future())
        return asked[-1]

    monkeypatch.setattr(served.daemon, "picture", picture)
    return asked


@pytest.fixture
def music(served: Served) -> Path:
    """A library with a song that has a cover inside; the song is item 2, its album 1."""
    top = served.daemon.movies.parent / "music"
    served.daemon.take(Settings(library=(Library(name="music", path=str(top), kind="music"),)))
    song = top / SONG.decode()
    song.parent.mkdir(parents=True)
    covers.mp3(song, media.jpeg())
    reading = probe_worker.read(bytes(song))
    reading.tags.update(title="One", artist="Ann", album="Some", track="1")
    rows.shelve(served.daemon, "music", Kind.MUSIC, SONG, reading)
    return top


@pytest.mark.parametrize("number", [1, 2])
def test_a_song_and_its_album_have_the_picture_in_the_file(
    served: Served, music: Path, number: int
) -> None:
    assert music.is_dir()

    status, headers, body = got(served, number)

    assert (status, body) == (200, media.jpeg())
    assert headers["content-type"] == "image/jpeg"
    assert headers["etag"] == f'"{xxhash.xxh3_128_hexdigest(media.jpeg())}"'
    assert headers["x-content-type-options"] == "nosniff"


def test_the_hash_is_that_of_the_catalog(served: Served, music: Path) -> None:
    assert music.is_dir()
    [file] = served.get("/v1/items/2")["files"]

    assert got(served, 2)[1]["etag"] == f'"{file["cover"]["hash"]}"'


def test_the_album_has_the_picture_beside_before_any_inside(served: Served, music: Path) -> None:
    (music / "Ann" / "Some" / "folder.png").write_bytes(PNG)

    assert got(served, 1)[2] == PNG
    assert got(served, 2)[2] == media.jpeg()
    assert got(served, 1)[1]["content-type"] == "image/png"


@pytest.mark.parametrize("said", ["{}", "W/{}", '"0", {}', "*"])
def test_who_has_it_is_told_so(served: Served, music: Path, said: str) -> None:
    assert music.is_dir()
    tag = got(served, 2)[1]["etag"]

    status, headers, body = got(served, 2, **{"If-None-Match": said.format(tag)})

    assert (status, headers["etag"], body) == (304, tag, b"")


def test_who_has_another_gets_it(served: Served, music: Path) -> None:
    assert music.is_dir()

    assert got(served, 2, **{"If-None-Match": '"00"'})[2] == media.jpeg()


def test_its_head_says_how_large_it_is(served: Served, music: Path) -> None:
    assert music.is_dir()

    status, headers, body = got(served, 2, "HEAD")

    assert (status, int(headers["content-length"]), body) == (200, len(media.jpeg()), b"")


def test_a_file_that_has_changed_meanwhile_is_said(served: Served, music: Path) -> None:
    covers.mp3(music / SONG.decode(), PNG)

    status, content = served.ask("GET", "/v1/items/2/cover")

    assert (status, content["error"]["code"]) == (404, "cover_gone")
    assert content["error"]["message"] == (
        f"item 2: its cover cannot be had: {music}/{SONG.decode()}: its cover is another one by now"
    )
    assert "shelfd scan" in content["error"]["hint"]


def test_what_has_none_says_how_it_could_have_one(served: Served) -> None:
    path = b"Dune (2021)/Dune (2021).mkv"
    rows.shelve(served.daemon, "movies", Kind.MOVIES, path)

    status, content = served.ask("GET", "/v1/items/1/cover")
    assert (status, content["error"]["code"]) == (404, "no_cover")

    (served.daemon.movies / "Dune (2021)").mkdir()
    (served.daemon.movies / "Dune (2021)" / "poster.jpg").write_bytes(media.jpeg())
    assert got(served, 1)[2] == media.jpeg()


def test_covers_of_one_root_are_read_one_after_the_other(
    served: Served, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert music.is_dir()
    asked = asked_for(served, monkeypatch)
    answers: list[bytes] = []
    clients = [Thread(target=lambda: answers.append(got(served, 2)[2])) for _ in range(3)]
    for client in clients:
        client.start()
    eventually(lambda: len(served.server._uvicorn.server_state.tasks) == 3)
    eventually(lambda: len(asked) == 1)  # so that it is not the one who goes who is asked for first
    with closing(Connection(served.path)) as gone:
        gone.request("GET", "/v1/items/2/cover")
        eventually(lambda: len(served.server._uvicorn.server_state.tasks) == 4)
    eventually(lambda: len(served.server._uvicorn.server_state.connections) == 3)

    for number in range(3):
        eventually(lambda: len(asked) == number + 1)  # noqa: B023  # it is asked at once
        asked[number].set_result([Picture(b"%d" % number, "00", "image/png")])
    for client in clients:
        client.join()

    assert sorted(answers) == [b"0", b"1", b"2"]
    assert len(asked) == 3, "for whom has gone nothing is read"


def test_the_end_of_the_daemon_does_not_wait_for_a_disk_and_is_no_fault(
    served: Served,
    music: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert music.is_dir()
    asked = asked_for(served, monkeypatch)
    with closing(Connection(served.path)) as connection:
        connection.request("GET", "/v1/items/2/cover")
        eventually(lambda: asked)
        served.server.close()

    assert not served.server.is_alive()
    assert not caplog.records
    assert "Traceback" not in "".join(capsys.readouterr())


@pytest.mark.parametrize("number", ["9", "x", "%00", "9" * 30])
def test_what_is_no_item_has_no_cover(served: Served, number: str) -> None:
    status, content = served.ask("GET", f"/v1/items/{number}/cover")

    assert (status, content["error"]["code"]) == (404, "no_such_item")


def test_nothing_can_stand_in_its_query(served: Served) -> None:
    assert served.ask("GET", "/v1/items/1/cover?size=9")[0] == 422
