"""A daemon for the commands to speak to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.daemon import Served, serving


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as running:
        yield running
