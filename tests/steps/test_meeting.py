"""Two drops of one work that are planned at the same time are filed one after the other, each in view of the other."""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path

import pytest

import media
from beside import ask, working
from household import Here, Household
from shelfd.core.media import Reading
from shelfd.core.operations import Kind, Step
from shelfd.edges.files import Files
from shelfd.steps.course import Run
from trees import names


class Together(Here):
    """Reads nothing before two plans want to read."""

    def __init__(self) -> None:
        super().__init__()
        self._both = threading.Barrier(2)
        self._waits = 2

    def submit(self, paths: Sequence[bytes]) -> Future[list[Reading]]:
        """Wait for the other one, the first time."""
        if self._waits:
            self._waits -= 1
            self._both.wait(20)
        return super().submit(paths)


class Pair(Household):
    """A household in which two imports are planned side by side."""

    def _steps(self, files: Files) -> Mapping[Step, Run]:
        self.reader = Together()
        return super()._steps(files)


@pytest.mark.parametrize(
    ("dropped", "filed", "directories"),
    [
        (("Night Train (2010).mkv", "NIGHT TRAIN (2010).mp4"), 1, "movies"),
        (("Gamma.Show.2011.S01E01.mkv", "Gamma.Show.S01E02.mkv"), 2, "shows"),
        (("Gamma.Show.S01E01.mkv", "Gamma.Show.S01E01.The.Start.mkv"), 1, "shows"),
    ],
)
def test_one_work_that_comes_twice_at_once_is_in_one_directory(
    tmp_path: Path, dropped: Sequence[str], filed: int, directories: str
) -> None:
    home = Pair(tmp_path)
    for number, name in enumerate(dropped):
        made = media.mp4 if name.endswith(".mp4") else media.mkv
        with made(home.inbox / name).open("ab") as file:
            file.write(b"\0" * number)
        ask(home, Kind.IMPORT, Step.PLAN, home.place(name.encode()))

    with working(home) as work:
        work.until_all_is_done()

    assert (
        len([path for path in (home.library / directories).iterdir() if path.name[0] != "."]) == 1
    )
    assert len(names(home.library)) == filed
    assert len(names(home.inbox)) == 2 - filed
    assert home.open_steps() == 0
    home.close()


def test_two_spellings_of_one_artist_are_one_directory(tmp_path: Path) -> None:
    home = Pair(tmp_path)
    for artist, album in (("Ann Band", "First"), ("ANN BAND", "Second")):
        tags = {"artist": artist, "album": album, "title": album, "track": "1"}
        media.mp3(home.inbox / f"{album}.mp3", **tags)
        ask(home, Kind.IMPORT, Step.PLAN, home.place(f"{album}.mp3".encode()))

    with working(home) as work:
        work.until_all_is_done()

    assert len({name.split("/")[1] for name in names(home.library)}) == 1
    assert len(names(home.library)) == 2
    home.close()
