"""Compare one file of a library with its row, in pieces between which others come first."""

from collections.abc import Callable
from typing import Protocol

from shelfd.core import verifying
from shelfd.core.errors import BrokenError, NotFoundError
from shelfd.core.listing import Facts
from shelfd.core.verifying import Found, Row
from shelfd.steps.ports import Base

NAMES = 1000
"""Files with several names, of which the content is kept in mind so that it is read once."""


class Content(Protocol):
    """What is in one file, as far as it was read; see edges.contents."""

    facts: Facts | None
    is_whole: bool

    @property
    def digest(self) -> bytes: ...  # noqa: D102  # see the edge
    def read(self, more: Callable[[int], bool]) -> None: ...  # noqa: D102  # see the edge


class Comparing:
    """Compares files, one after the other; one that was read in part is read on when its turn comes again."""

    def __init__(self, base: Base, content: Callable[[bytes], Content]) -> None:
        """Read files by what `content` makes of their paths."""
        self._base = base
        self._content = content
        # what was read of a large file is not lost when others come first: it may be larger than every pause between them
        self._half: tuple[Row, Content] | None = None
        self._names: dict[Facts, bytes] = {}

    def forget(self) -> None:
        """Forget files with several names: what was read of them was a while ago."""
        self._names.clear()

    def __call__(self, row: Row, more: Callable[[int], bool]) -> Found | None:
        """Return what one file comes to; None when `more` has said that it is to be read on later."""
        key = Facts(*row.facts[:4])
        known = self._names.get(key)
        half, self._half = self._half, None
        if half is not None and half[0] == row:
            content = half[1]
        else:
            content = self._content(self._base.current.roots.absolute(row.place))
        is_cut = False

        def go_on(size: int) -> bool:
            nonlocal is_cut
            is_cut = not more(size)
            same = content.facts is not None and content.facts[:4] == row.facts[:4]
            # another name of what was read a moment ago, or another file than was asked for
            return not is_cut and same and known is None

        try:
            content.read(go_on)
        except NotFoundError:
            return Found(row=row, outcome="missing")
        except BrokenError as error:
            return Found(row=row, outcome="unreadable", reason=error.message)
        if is_cut and not content.is_whole:
            self._half = row, content
            return None
        return self._judged(row, content, known)

    def _judged(self, row: Row, content: Content, known: bytes | None) -> Found:
        facts = content.facts
        if facts is None or facts[:4] != row.facts[:4] or not (content.is_whole or known):
            return Found(row=row, outcome="changed")
        digest = known or content.digest
        if facts.links > 1 and len(self._names) < NAMES:
            self._names[Facts(*row.facts[:4])] = digest
        return Found(row=row, outcome=verifying.outcome(row, facts, digest), hash=digest)
