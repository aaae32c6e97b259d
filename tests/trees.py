"""Directory trees as literals, both ways: plant one, and read one back."""

import contextlib
import os
import stat
from pathlib import Path
from typing import TypeAlias

Tree: TypeAlias = "dict[str, bytes | Tree]"


def plant(top: Path, tree: Tree) -> None:
    """Make files and directories below `top`."""
    for name, content in tree.items():
        path = top / name
        if isinstance(content, bytes):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        else:
            path.mkdir(parents=True, exist_ok=True)
            plant(path, content)


def tree(top: Path) -> dict[str, str]:
    """Return every file and directory below `top` with mode, time and a digest of the content.

    Directories have their mode and time too; what shelfd keeps for itself (the empty trash) is part of it.
    """
    found = {}
    for directory, below, files in os.walk(top):
        for name in (*below, *files):
            if name.startswith(".shelfd-root"):
                continue  # the marker of a root, which the first look at it writes
            path = os.path.join(directory, name)
            with contextlib.suppress(FileNotFoundError):  # of a tree that is being worked on
                found[os.path.relpath(path, top)] = _described(path)
    return found


def names(top: Path) -> list[str]:
    """Return the files below `top`, hidden ones left out."""
    return sorted(
        relative
        for relative, what in tree(top).items()
        if not what.startswith("dir")
        and not any(part.startswith(".") for part in relative.split("/"))
    )


def _described(path: str) -> str:
    facts = os.lstat(path)
    if stat.S_ISLNK(facts.st_mode):
        return f"link -> {os.readlink(path)}"
    mode = stat.S_IMODE(facts.st_mode)
    if stat.S_ISDIR(facts.st_mode):
        return f"dir {mode:o} {facts.st_mtime_ns}"
    with open(path, "rb") as file:
        data = file.read()
    return f"file {mode:o} {facts.st_mtime_ns} {len(data)} {hash(data):x}"
