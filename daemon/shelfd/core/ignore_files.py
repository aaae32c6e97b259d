"""What the ignore files of a library say: `.ignore`, `.ndignore`, `.plexignore` and `.nomedia`."""

from collections.abc import Mapping
from typing import ClassVar

import msgspec

from shelfd.core import gitignore
from shelfd.core.gitignore import Pattern
from shelfd.core.paths import RelPath, ancestors, join, printable, within

NOMEDIA = b".nomedia"
"""Hides the directory that it is in, whatever it contains."""
NAMES = (b".ignore", b".ndignore", b".plexignore", NOMEDIA)
"""The names of ignore files; where a directory has several, the later ones win."""
LIMIT = 1 << 16
"""Bytes; a longer ignore file is no list that a person wrote."""


class _Layer(msgspec.Struct, frozen=True):
    """The patterns of one file, for what lies below its directory."""

    file: RelPath
    directory: RelPath
    patterns: tuple[Pattern, ...]

    def below(self, path: RelPath) -> str:
        """Return a path as the patterns see it: from the file's directory, as text."""
        start = len(self.directory) + 1 if self.directory else 0
        return path[start:].decode("utf-8", "surrogateescape")

    def decides(self, path: RelPath, *, directory: bool) -> int | None:
        """Return the index of the last pattern that fits a path; None without."""
        text = self.below(path)
        for index in range(len(self.patterns) - 1, -1, -1):
            pattern = self.patterns[index]
            if (directory or not pattern.only_directories) and pattern.matches.fullmatch(text):
                return index
        return None

    def takes_back(self, directory: RelPath, after: int) -> bool:
        """Say whether a pattern after this index takes back something below `directory`."""
        parts = self.below(directory).split("/")
        return any(
            not pattern.excludes and pattern.way and pattern.leads_below(parts)
            for pattern in self.patterns[after + 1 :]
        )


class Rules(msgspec.Struct, frozen=True):
    """What is passed over in one directory and below it; never changed, so that directories can share it."""

    layers: tuple[_Layer, ...] = ()
    hidden: str | None = None
    """Why the directory is passed over as a whole, as half a sentence; None when it is not."""
    refused: Mapping[RelPath, str] | None = None
    """Files of this directory of which a line is no pattern, with the last such line and what is wrong."""
    unread: bool = False
    """Some ignore file cannot be read at present; once it can, there will be rules."""
    opens: bool = False
    """Some line takes back what may lie in a directory that is passed over."""
    none: ClassVar["Rules"]
    """No ignore file anywhere above."""

    def __bool__(self) -> bool:
        """Say whether there is any rule, or will be."""
        return bool(self.layers) or self.hidden is not None or self.unread

    def under(self, directory: RelPath, files: Mapping[bytes, bytes]) -> "Rules":
        """Return the rules in `directory`, which is below the directory of these, given its ignore files by name.

        An empty file, or one with nothing but comments, hides the directory, and so does any `.nomedia`.
        """
        layers = list(self.layers)
        refused: dict[RelPath, str] = {}
        for name in NAMES:
            if name not in files:
                continue
            file = join(directory, name)
            if name == NOMEDIA:
                return Rules(hidden=f"there is {printable(file)}")
            lines = _lines(files[name])
            if not lines:
                return Rules(hidden=f"there is {printable(file)}, and it is empty")
            layers.append(_Layer(file, directory, _patterns(file, lines, refused)))
        opens = any(
            pattern.way and not pattern.excludes for one in layers for pattern in one.patterns
        )
        return Rules(tuple(layers), None, refused, self.unread, opens)

    def reason(self, path: RelPath, *, directory: bool) -> str | None:
        """Return why something in this directory is passed over, as half a sentence; None when it is not.

        A directory in which a later line takes something back by its path is not passed over, but all else
        in it is.
        """
        if self.hidden is not None or not self.layers:
            return self.hidden
        found = self._decision(path, directory=directory)
        if self.opens:
            found = self._inherited(path, found)
        if found is None:
            return None
        position, index = found
        pattern = self.layers[position].patterns[index]
        if not pattern.excludes or (directory and self._takes_back(path, position, index)):
            return None
        line = printable(pattern.line.encode("utf-8", "surrogateescape"))
        return f"{printable(self.layers[position].file)} has '{line}'"

    def _decision(self, path: RelPath, *, directory: bool) -> tuple[int, int] | None:
        """Return which layer, and which of its patterns, decides on a path itself; None without."""
        for position in range(len(self.layers) - 1, -1, -1):
            layer = self.layers[position]
            if path != layer.directory and within(path, layer.directory):
                index = layer.decides(path, directory=directory)
                if index is not None:
                    return position, index
        return None

    def _inherited(self, path: RelPath, own: tuple[int, int] | None) -> tuple[int, int] | None:
        """Return what decides on a path in view of the directories above it, one of which may be passed over."""
        found: tuple[int, int] | None = None
        above = [self._decision(one, directory=True) for one in reversed(ancestors(path))]
        for decision in (*above, own):
            if decision is None:
                continue
            pattern = self.layers[decision[0]].patterns[decision[1]]
            # taken back only where the way to it is named, later than it was passed over
            named = found is not None and bool(pattern.way) and decision > found
            if pattern.excludes or named or not self._excludes(found):
                found = decision
        return found

    def _excludes(self, decision: tuple[int, int] | None) -> bool:
        return decision is not None and self.layers[decision[0]].patterns[decision[1]].excludes

    def _takes_back(self, path: RelPath, position: int, index: int) -> bool:
        """Say whether a line that follows this one takes back something below a directory."""
        later = self.layers[position + 1 :]
        return self.layers[position].takes_back(path, index) or any(
            layer.takes_back(path, -1) for layer in later
        )


Rules.none = Rules()


def _lines(content: bytes) -> list[str]:
    """Return the lines that say something."""
    text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    return [line for line in lines if line.strip() and not line.startswith("#")]


def _patterns(file: RelPath, lines: list[str], refused: dict[RelPath, str]) -> tuple[Pattern, ...]:
    """Return the lines as patterns; one that is none is as if it were not there, and is told in `refused`."""
    patterns = []
    for line in lines:
        try:
            patterns.append(gitignore.parse(line))
        except ValueError as error:
            shown = printable(line.encode("utf-8", "surrogateescape"))
            refused[file] = f"'{shown}': {error}"
    return tuple(patterns)
