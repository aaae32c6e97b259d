"""The installed program with a player of its own for each library, and with templates."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import media
from running import PROGRAM, Running
from trees import names
from waiting import eventually

OF = {
    "movies": 'layout = "plex"',
    "shows": 'layout = "kodi"\nnames = "unix"',
    "audiobooks": 'layout = "audiobookshelf"',
    "music": 'template = """\n{{ album_artist|first|upper }}/{{ album_artist }}/\n'
    '{% if track %}{{ \'%02d\' % track }} - {% endif %}{{ title }}\n"""',
}


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Running]:
    daemon = Running(tmp_path)
    write(daemon, OF)
    yield daemon
    daemon.close()


def write(daemon: Running, rows: dict[str, str]) -> None:
    """Write the settings with what is said of each kind of library."""
    daemon.write("")
    text = daemon.config.read_text()
    for kind, more in rows.items():
        text = text.replace(f'kind = "{kind}"\n', f'kind = "{kind}"\n{more}\n')
    daemon.config.write_text(text)


def drop(daemon: Running) -> None:
    media.mkv(daemon.inbox / "Ebb.2018.German.1080p.BluRay.x264-GRP.mkv")
    (daemon.inbox / "Ebb.2018.German.1080p.BluRay.x264-GRP.en.srt").write_text("1\n")
    media.mkv(daemon.inbox / "Who.Knows.S01E02E03.Why.720p.HDTV.x264-GRP.mkv")
    media.mp3(daemon.inbox / "a.mp3", artist="Ann/Bob", album="Some", title="../One", track="1")
    book = daemon.inbox / "Low Water"
    book.mkdir()
    for part in (1, 2):
        tags = {"author": "Ada Finch", "album": "Low Water", "date": "1994", "narrator": "Tom"}
        media.mp3(book / f"{part}.mp3", genre="Audiobook", track=str(part), **tags)


def test_each_library_has_the_names_of_its_player(daemon: Running) -> None:
    daemon.start()
    drop(daemon)
    eventually(lambda: len(names(daemon.library)) == 6, within=30)

    assert names(daemon.library) == [
        "Audiobooks/Ada Finch/1994 - Low Water {Tom}/01 - Low Water.mp3",
        "Audiobooks/Ada Finch/1994 - Low Water {Tom}/02 - Low Water.mp3",
        "Movies/Ebb (2018)/Ebb (2018).en.srt",
        "Movies/Ebb (2018)/Ebb (2018).mkv",
        "Music/A/Ann-Bob/01 - One.mp3",
        "Shows/Who Knows/Season 01/Who Knows S01E02E03 Why.mkv",
    ]


def test_a_template_that_is_wrong_keeps_the_daemon_from_starting(daemon: Running) -> None:
    write(daemon, {"movies": 'template = "{{ title }} ({{ year }})"'})

    done = subprocess.run(
        [*PROGRAM, "run", "--config", str(daemon.config)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "library[0].template" in done.stderr
    assert "year is not known of it (at line 1, column 17; write it between" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_template_that_is_wrong_at_a_reload_leaves_the_old_one_in_force(
    daemon: Running,
) -> None:
    daemon.start()
    write(daemon, {**OF, "movies": 'template = "{{ titel }}"'})
    assert daemon.process is not None
    daemon.process.send_signal(signal.SIGHUP)
    eventually(lambda: "the settings were not taken over" in daemon.log.read_text())
    media.mkv(daemon.inbox / "Ebb.2018.German.1080p.BluRay.x264-GRP.mkv")
    eventually(lambda: names(daemon.library) == ["Movies/Ebb (2018)/Ebb (2018).mkv"], within=30)
