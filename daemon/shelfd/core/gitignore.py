"""Patterns in the syntax of gitignore(5), matched in a time that no pattern can blow up."""

import re
from fnmatch import fnmatchcase

import msgspec

DEEP = 2
"""How many `**` a pattern may have before its last component; each multiplies the time by the length of a path."""
CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": r"\x21-\x7e",
    "lower": "a-z",
    "print": r"\x20-\x7e",
    "punct": r"\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e",
    "space": r"\t-\r ",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}
_BRACKET = re.compile(
    r"\[(?P<no>[!^]?)(?P<set>\]?(?:\[:[a-z]+:\]|\\.|[^\]\\])*)\]",
    re.DOTALL,
)
_MEMBER = re.compile(
    r"\[:(?P<class>[a-z]+):\]|(?P<low>\\.|.)(?:-(?P<high>\\.|(?!\[:).))?",
    re.DOTALL,
)
_TRAILING = re.compile(r"(?<!\\) +\Z")
_UP_TO_HERE = "(?:.*/)?"


class Pattern(msgspec.Struct, frozen=True):
    """One line of an ignore file."""

    line: str
    excludes: bool
    """False: it takes back what an earlier line passes over."""
    only_directories: bool
    way: tuple[str, ...]
    """The components of the path that it names from the file's directory; empty when it names none."""
    matches: re.Pattern[str]
    """Of a whole path below the file's directory."""

    def leads_below(self, parts: list[str]) -> bool:
        """Say whether what it names may lie below the directory with these components."""
        if len(self.way) <= len(parts):
            return "**" in self.way
        for pattern, part in zip(self.way, parts, strict=False):
            if pattern == "**" or "\\" in pattern:
                return True
            if not fnmatchcase(part, pattern):
                return False
        return True


def parse(line: str) -> Pattern:
    """Return what a line without its end says; ValueError when it is no pattern, or too costly a one."""
    text = _TRAILING.sub("", line)
    excludes = not text.startswith("!")
    bare = text if excludes else text[1:]
    only_directories = bare.endswith("/")
    parts = bare.removesuffix("/").split("/")
    anchored = len(parts) > 1
    parts = parts[1:] if anchored and not parts[0] else parts
    if "" in parts:
        raise ValueError("a component is empty")
    if sum(part == "**" for part in parts[:-1]) > DEEP:
        raise ValueError(f"it has more than {DEEP} times **")
    return Pattern(
        line=text,
        excludes=excludes,
        only_directories=only_directories,
        way=tuple(parts) if anchored and parts[0] != "**" else (),
        matches=re.compile(("" if anchored else _UP_TO_HERE) + _path(parts), re.DOTALL),
    )


def _path(parts: list[str]) -> str:
    """Return components as a regular expression."""
    *above, last = parts
    ways = (_UP_TO_HERE if part == "**" else _component(part) + "/" for part in above)
    return "".join(ways) + (".+" if last == "**" else _component(last))


def _component(pattern: str) -> str:
    """Return a component as a regular expression; ValueError when it is none."""
    first, *others = _pieces(pattern)
    if not others:
        return first
    *inner, last = others
    # the first place where a piece fits leaves most to the next ones, so no other has to be tried
    found = "".join(f"(?>[^/]*?{piece})" for piece in inner if piece)
    return f"(?=[^/]){first}{found}[^/]*{last}"


def _pieces(pattern: str) -> list[str]:
    """Return what stands between the stars of a component, as regular expressions."""
    pieces = [""]
    at = 0
    while at < len(pattern):
        if pattern[at] == "*":
            pieces.append("")
            at += 1
        else:
            piece, at = _piece(pattern, at)
            pieces[-1] += piece
    return pieces


def _piece(pattern: str, at: int) -> tuple[str, int]:
    """Return what stands for one character there, as a regular expression, and where it ends."""
    char = pattern[at]
    if char == "?":
        return "[^/]", at + 1
    if char == "[":
        bracket = _BRACKET.match(pattern, at)
        if bracket is None:
            raise ValueError("a bracket is not closed")
        return _set(bracket["set"], negated=bool(bracket["no"])), bracket.end()
    if char == "\\":
        if at + 1 == len(pattern):
            raise ValueError("nothing follows the last backslash")
        return re.escape(pattern[at + 1]), at + 2
    return re.escape(char), at + 1


def _set(members: str, *, negated: bool) -> str:
    """Return the inside of brackets as a regular expression that never matches `/`."""
    inside = "".join(_member(found) for found in _MEMBER.finditer(members))
    if negated:
        return f"[^/{inside}]"
    if not inside:
        raise ValueError("there is nothing in the brackets")
    return f"(?!/)[{inside}]"


def _member(found: re.Match[str]) -> str:
    if found["class"] is not None:
        if found["class"] not in CLASSES:
            raise ValueError(f"there is no class {found['class']}")
        return CLASSES[found["class"]]
    low = found["low"][-1]
    high = low if found["high"] is None else found["high"][-1]
    # one that runs backwards is its beginning
    return f"{re.escape(low)}-{re.escape(max(low, high))}"
