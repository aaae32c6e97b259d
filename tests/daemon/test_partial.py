"""One file of a dropped directory that is not whole keeps none of the others, over the real socket."""

import os
from pathlib import Path

import media
from running import running
from trees import names
from waiting import eventually


def test_the_others_of_an_album_are_filed_and_an_import_of_it_files_what_has_holes(
    tmp_path: Path,
) -> None:
    with running(tmp_path) as daemon:
        album = tmp_path / "Album"
        album.mkdir()
        for number in (1, 2):
            media.mp3(
                album / f"{number}.mp3",
                artist="Ann",
                album="Some",
                title=f"T{number}",
                track=str(number),
            )
        os.truncate(album / "2.mp3", (album / "2.mp3").stat().st_size + 5_000_000)
        album.rename(daemon.inbox / "Album")

        eventually(lambda: names(daemon.inbox) == ["Album/2.mp3"], within=60)
        assert len([name for name in names(daemon.library) if name.endswith(".mp3")]) == 1

        ran = daemon.shelfd("import", str(daemon.inbox / "Album"), "--wait")

        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert names(daemon.inbox) == []
