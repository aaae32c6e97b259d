"""Cue sheets of a drop: a hostile or damaged one keeps nothing from being filed."""

from pathlib import Path

import pytest

import media
from household import Household
from shelfd.core.cue import LONGEST
from trees import names, plant


@pytest.mark.parametrize(
    "sheet",
    [
        b"\0" * 5000,
        b'FILE "' * 30_000,
        b'FILE "../../../../etc/passwd" WAVE\nTRACK 01 AUDIO\nTRACK 02 AUDIO\n',
        b'TITLE "\x1b[2J/../.." \nFILE "x.flac" WAVE\n' + b"TRACK 1 AUDIO\n" * 5000,
        b" " * (LONGEST + 1),
    ],
)
def test_a_hostile_sheet_changes_nothing_but_perhaps_a_title(tmp_path: Path, sheet: bytes) -> None:
    home = Household(tmp_path)
    (home.inbox / "rip").mkdir()
    media.flac(home.inbox / "rip/x.flac", artist="Ann", album="Some", title="Live", track="1")
    plant(home.inbox, {"rip": {"rip.cue": sheet}})

    home.settle()

    filed = names(home.library)
    assert len(filed) == 2
    assert all(path.startswith("music/Ann/Some/") for path in filed)
    assert names(home.inbox) == []


def test_a_sheet_that_is_no_file_is_passed_over(tmp_path: Path) -> None:
    home = Household(tmp_path)
    (home.inbox / "rip").mkdir()
    media.flac(home.inbox / "rip/x.flac", artist="Ann", album="Some", title="Live", track="1")
    (home.inbox / "rip/rip.cue").symlink_to(tmp_path / "nowhere")

    home.settle()

    assert names(home.library) == ["music/Ann/Some/01 Live.flac"]
