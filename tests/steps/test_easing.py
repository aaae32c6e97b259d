"""A scan takes less in one go while memory is short, and comes to the same."""

from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

import media
from household import Household
from shelfd.core.operations import State
from shelfd.core.settings import Scan
from shelfd.steps import scan, visit

SHARE = 1 / 16
FILES = scan.BATCH_FILES


@pytest.fixture
def home(tmp_path: Path) -> Household:
    """A household with one song in each of many directories, and as many in one."""
    home = Household(tmp_path)
    home.current.settings = msgspec.structs.replace(home.current.settings, scan=Scan())
    first = media.mp3(tmp_path / "song.mp3", artist="Ann", title="One").read_bytes()
    for number in range(FILES):
        for path in (f"Many/{number:03}/1.mp3", f"One/{number:03}.mp3"):
            (home.library / "music" / path).parent.mkdir(parents=True, exist_ok=True)
            (home.library / "music" / path).write_bytes(first + bytes([number]))
    return home


def written(home: Household) -> list[int]:
    """Scan, and return how many files each transaction brought."""
    rows = [0]
    home.db.committed.append(
        lambda: rows.append(home.db.read().execute("SELECT count(*) FROM files").fetchone()[0])
    )
    operation = home.scan("music", recursive=True)
    assert operation.state is State.COMPLETED
    assert operation.result
    assert operation.result["added"] == rows[-1] == 2 * FILES
    return [after - before for before, after in pairwise(rows) if after > before]


def test_with_memory_batches_are_whole(home: Household) -> None:
    assert max(written(home)) == FILES


def test_without_they_are_a_part_of_that_even_in_one_large_directory(home: Household) -> None:
    home.share = SHARE

    assert max(written(home)) <= max(FILES, visit.MOST_FILES) * SHARE


def test_a_sweep_compares_less_in_one_go_and_finds_the_same(home: Household) -> None:
    home.scan("music", recursive=True)
    home.share = SHARE
    (home.library / "music/Many/007/1.mp3").unlink()

    operation = home.scan("music", recursive=True)

    assert operation.result
    assert (operation.result["missing"], operation.result["directories"]) == (1, FILES + 3)
