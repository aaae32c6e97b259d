"""The file of decisions is never without a copy of what it holds."""

import os
from pathlib import Path

import pytest

from shelfd.core.errors import BrokenError
from shelfd.edges.decisions_file import DecisionsFile


def test_a_damaged_file_stays_until_it_is_replaced(tmp_path: Path) -> None:
    kept = tmp_path / "decisions.jsonl"
    kept.write_bytes(b"what is this\n")
    file = DecisionsFile(os.fsencode(tmp_path))
    (tmp_path / "decisions.jsonl.tmp").mkdir()  # so that it cannot be written

    for _start in range(2):
        assert file.set_aside() == os.fsencode(kept) + b".damaged-1"
        with pytest.raises(BrokenError, match="it cannot be written"):
            file.write([b"{}"])

    assert kept.read_bytes() == b"what is this\n"
    assert not (tmp_path / "decisions.jsonl.damaged-2").exists()

    (tmp_path / "decisions.jsonl.tmp").rmdir()
    file.write([b"{}"])
    assert file.read() == [b"{}"]
    assert (tmp_path / "decisions.jsonl.damaged-1").read_bytes() == b"what is this\n"


def test_one_that_was_damaged_otherwise_before_gets_another_name(tmp_path: Path) -> None:
    file = DecisionsFile(os.fsencode(tmp_path))
    for number in (1, 2):
        (tmp_path / "decisions.jsonl").write_bytes(b"damage %d\n" % number)
        assert file.set_aside().endswith(b".damaged-%d" % number)
