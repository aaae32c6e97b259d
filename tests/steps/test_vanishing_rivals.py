"""What is at a target can go while it is compared with what is to come there."""

import os
from collections.abc import Mapping
from pathlib import Path

import media
from household import Household
from shelfd.core.operations import State, Step
from shelfd.core.paths import Place, RelPath
from shelfd.edges import directories
from shelfd.edges.copier import Copier
from shelfd.edges.files import Files
from shelfd.steps.course import Run
from shelfd.steps.versions import Versions
from trees import names, plant


class Vanishing(Files):
    """Somebody takes away what is at the target just before it is read."""

    def same_content(self, one: bytes, other: bytes) -> bool:
        os.unlink(other)
        return super().same_content(one, other)


class Restless(Household):
    """Nothing in its libraries lasts until it is compared."""

    def _steps(self, _files: Files) -> Mapping[Step, Run]:
        self.files = Vanishing(self.disk, Copier(self.disk, stopping=self.hurry))
        return super()._steps(self.files)


def test_a_place_that_becomes_free_while_it_is_compared_is_free(tmp_path: Path) -> None:
    home = Restless(tmp_path)
    plant(home.library, {"movies": {"Dune (1984)": {"Dune (1984).en.srt": b"old"}}})
    plant(home.inbox, {"Dune (1984)": {"Dune (1984).en.srt": b"new"}})
    media.mkv(home.inbox / "Dune (1984)" / "Dune (1984).mkv")

    home.settle()

    assert [one.state for one in home.imports()] == [State.COMPLETED]
    assert names(home.inbox) == []
    filed = home.library / "movies" / "Dune (1984)" / "Dune (1984).en.srt"
    assert filed.read_bytes() == b"new"


def test_what_has_gone_is_neither_the_same_nor_something_else(tmp_path: Path) -> None:
    home = Restless(tmp_path)
    plant(home.library, {"movies": {"a.srt": b"old"}})
    plant(home.inbox, {"a.srt": b"new"})
    versions = Versions(home.base, directories, home.files, home.reader)

    same = versions.same(home.place(b"a.srt"), Place("movies", RelPath(b"a.srt")))

    assert same is None
