"""What was measured, with what it should be, as a table for people and as JSON for programs."""

import json
import os
import platform
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench import sizes

GROUPS = (
    "First scan",
    "Quick rescan, no change",
    "Normal rescan, no change",
    "One directory changed",
    "Storms",
    "Watches",
    "Start with a catalog",
    "At rest",
    "Memory and the size of the catalog",
    "Answers",
    "Filing",
)
DIGITS = {"ratio": 3, "s": 3, "ms": 1, "MB": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table."""

    group: int
    """1 for the first of GROUPS."""
    what: str
    unit: str
    median: float | None = None
    """None when it could not be measured; then `note` says why."""
    least: float | None = None
    target: float | None = None
    """The median should not be more than this."""
    note: str = ""
    samples: tuple[float, ...] = ()

    @property
    def verdict(self) -> str:
        """Say whether the target was met."""
        if self.median is None:
            return "not measured"
        if self.target is None:
            return ""
        return "met" if self.median <= self.target else "MISSED"


class Table:
    """The figures of one run; written anew whenever one is added, so that a run cut short leaves what it had."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._figures: list[Figure] = []
        self._load = os.getloadavg()[0]

    def part(self, group: int) -> "Part":
        """Return the part of the table for one of GROUPS, 1 for the first."""
        return Part(self, group)

    def samples(self, group: int, what: str) -> tuple[float, ...]:
        """Return what was added under this name before; nothing when it was left out or failed."""
        found = (each for each in self._figures if (each.group, each.what) == (group, what))
        return next((figure.samples for figure in found), ())

    def put(self, figure: Figure) -> None:
        """Take a figure, show it, and write all of them."""
        self._figures.append(figure)
        sys.stdout.write(f"\n{line(figure)}")
        sys.stdout.flush()
        self._file.parent.mkdir(exist_ok=True)
        self._file.write_text(json.dumps(self._content(), indent=1) + "\n")

    def told(self) -> str:
        """Return the table as text."""
        lines = [f"{'':63} {'least':>10} {'median':>10} {'target':>9}"]
        for number, name in enumerate(GROUPS, 1):
            figures = [figure for figure in self._figures if figure.group == number]
            if figures:
                lines += ["", f"{number}. {name}", *(line(figure) for figure in figures)]
        processors, load = os.cpu_count(), os.getloadavg()[0]
        about = f"{processors} processors, load {self._load:.1f} before and {load:.1f} after"
        return "\n".join([*lines, "", about, f"written to {self._file}"])

    def _content(self) -> dict[str, Any]:
        return {
            "machine": {
                "processors": os.cpu_count(),
                "kernel": platform.release(),
                "python": platform.python_version(),
                "load_before": self._load,
                "load_after": os.getloadavg()[0],
            },
            "sizes": {
                name.lower(): value
                for name, value in vars(sizes).items()
                if name.isupper() and isinstance(value, int)
            },
            "figures": [
                {**asdict(figure), "verdict": figure.verdict}
                for figure in sorted(self._figures, key=lambda figure: figure.group)
            ],
        }


class Part:
    """The part of the table for one group of figures."""

    def __init__(self, table: Table, group: int) -> None:
        self._table = table
        self._group = group

    def add(
        self,
        what: str,
        samples: Sequence[float],
        unit: str,
        *,
        target: float | None = None,
        note: str = "",
    ) -> None:
        """Add what was measured once or several times."""
        self._table.put(
            Figure(
                group=self._group,
                what=what,
                unit=unit,
                median=statistics.median(samples),
                least=min(samples),
                target=target,
                note=note,
                samples=tuple(samples),
            )
        )

    def ratio(
        self,
        what: str,
        ours: Sequence[float],
        theirs: Sequence[float],
        *,
        target: float | None = None,
    ) -> None:
        """Add how much of another program's time or memory shelfd takes: of the medians, and of the least."""
        self._table.put(
            Figure(
                group=self._group,
                what=what,
                unit="ratio",
                median=statistics.median(ours) / statistics.median(theirs),
                least=min(ours) / min(theirs),
                target=target,
            )
        )

    def missing(self, what: str, why: str, *, target: float | None = None) -> None:
        """Add what could not be measured, and why."""
        self._table.put(Figure(group=self._group, what=what, unit="", target=target, note=why))


def line(figure: Figure) -> str:
    """Return a figure as one line."""
    digits = DIGITS.get(figure.unit, 2)
    shown = [
        "-" if number is None else f"{number:.{digits}f}"
        for number in (figure.least, figure.median)
    ]
    target = "" if figure.target is None else f"<= {figure.target:g}"
    unit = "" if figure.unit == "ratio" else figure.unit
    rest = ", ".join(filter(None, (figure.verdict, figure.note)))
    what = f"{figure.what} ({unit})" if unit else figure.what
    return f"   {what:60} {shown[0]:>10} {shown[1]:>10} {target:>9}  {rest}".rstrip()
