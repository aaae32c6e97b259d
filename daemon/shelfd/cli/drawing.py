"""What is drawn on a terminal and drawn again: bars that say how far something is, and a screen full of lines."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

LONGEST = 40  # columns of a bar


class Bar(NamedTuple):
    """A bar with its share in percent."""

    done: int
    total: int
    """0 when nobody knows."""


class Screen:
    """A terminal, or some lines of it, that show the same thing again and again."""

    def __init__(self, live: Live) -> None:
        """Draw there."""
        self._live = live

    def size(self) -> tuple[int, int]:
        """Return how many columns and lines there are."""
        return self._live.console.size

    def show(self, lines: Sequence[str | Bar]) -> None:
        """Draw these in place of those before; a line that is too long is cut."""
        columns = self._live.console.width
        drawn = Group(*(_line(line, columns) for line in lines))
        self._live.update(drawn, refresh=True)


@contextmanager
def screen() -> Iterator[Screen]:
    """Yield the whole terminal; afterwards it shows what it showed before."""
    with _live(Console(highlight=False), whole=True) as drawn:
        yield drawn


@contextmanager
def meter() -> Iterator[Screen]:
    """Yield some lines of the terminal behind standard error, which are gone afterwards."""
    with _live(Console(highlight=False, stderr=True), whole=False) as drawn:
        yield drawn


@contextmanager
def _live(console: Console, *, whole: bool) -> Iterator[Screen]:
    with Live(
        console=console,
        screen=whole,
        transient=not whole,
        auto_refresh=False,
        # what goes to the other stream has nothing to do with the drawing
        redirect_stdout=False,
        redirect_stderr=False,
    ) as live:
        yield Screen(live)


def _line(line: str | Bar, columns: int) -> RenderableType:
    if isinstance(line, str):
        # the colors come from `shelfd.cli.text`; names have nothing in them that could command a terminal
        return Text.from_ansi(line, no_wrap=True, overflow="ellipsis")
    bar = ProgressBar(
        total=line.total or None, completed=line.done, width=max(min(LONGEST, columns - 12), 1)
    )
    grid = Table.grid(padding=(0, 1))
    grid.add_row("   ", bar, f"{100 * line.done // line.total:3} %" if line.total else "")
    return grid
