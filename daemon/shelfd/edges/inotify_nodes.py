"""Directories as names in other directories, so that a hundred thousand of them are small.

No path is kept, and what is below a directory is found without looking at all others.
"""

import os


class Node:
    """A directory: watched, or with something watched below it."""

    __slots__ = ("above", "below", "name", "wd")

    def __init__(self, name: bytes, above: "Node | None" = None) -> None:
        self.name = name
        self.above = self if above is None else above
        self.below: dict[bytes, Node] | None = None
        self.wd = 0
        """The number of its watch; 0 when it has none."""


class Root(Node):
    """A directory to hear everything below of; its name is its whole path."""

    __slots__ = ("cold", "ended", "inode", "keep", "lost", "refused", "stale", "start", "watched")

    def __init__(self, path: bytes, *, keep: bool) -> None:
        """`keep`: nothing below it is given up to make room."""
        super().__init__(path)
        self.start = os.path.join(path, b"")
        """What every path below it begins with."""
        self.keep = keep
        self.watched = 0
        """Directories that have a watch."""
        self.cold = 0
        """Directories that have none because there was no room."""
        self.refused: set[bytes] = set()
        """Directories that exist but cannot be watched."""
        self.inode: tuple[int, int] | None = None
        self.lost = ""
        """Why nothing is heard of it any more, as half a sentence."""
        self.stale = False
        """Events were lost, and with them perhaps where a directory went."""
        self.ended = False
        """It gets no watch any more."""

    def holds(self, path: bytes) -> bool:
        """Say whether `path` is this directory or below it."""
        return path == self.name or path.startswith(self.start)


def climb(node: Node) -> tuple[Root, bytes]:
    """Return the root of a directory, and its path."""
    names = []
    while not isinstance(node, Root):
        names.append(node.name)
        node = node.above
    return node, node.start + b"/".join(reversed(names)) if names else node.name


def find(root: Root, path: bytes) -> Node | None:
    """Return the directory of this path, which is in `root`; None when it is not known."""
    node: Node | None = root
    if path != root.name:
        for name in path[len(root.start) :].split(b"/"):
            if node is None or node.below is None:
                return None
            node = node.below.get(name)
    return node


def make(root: Root, path: bytes) -> Node:
    """Return the directory of this path, with those that it is in, as new ones if need be."""
    node: Node = root
    if path != root.name:
        for name in path[len(root.start) :].split(b"/"):
            if node.below is None:
                node.below = {}
            below = node.below.get(name)
            if below is None:
                below = node.below[name] = Node(name, node)
            node = below
    return node


def below(root: Root, path: bytes) -> list[bytes]:
    """Return the paths of the directories that are known directly in this one."""
    node = find(root, path)
    names = [] if node is None else list(node.below or ())  # at once: another thread may add some
    start = os.path.join(path, b"")
    return [start + name for name in names]


def tidy(node: Node) -> None:
    """Forget a directory that has no watch, and has none below it; likewise those that it is in."""
    while not node.wd and not node.below and node.above is not node:
        _cut(node)
        node = node.above


def graft(root: Root, old: bytes, new: bytes) -> None:
    """Give a directory and all below it another path, unless something is known by that one."""
    node = find(root, old)
    if node is None or node is root or find(root, new) is not None:
        return
    before, above, name = node.above, make(root, os.path.dirname(new)), os.path.basename(new)
    _cut(node)
    node.name, node.above = name, above
    above.below = above.below or {}
    above.below[name] = node
    tidy(before)


def adopt(root: Root, before: Root) -> None:
    """Let a root take over all that is known below another one of the same path."""
    root.below, before.below = before.below, None
    for node in (root.below or {}).values():
        node.above = root
    root.watched, before.watched = before.watched, 0
    root.wd, before.wd = before.wd, 0


def _cut(node: Node) -> None:
    if node.above.below and node.above.below.get(node.name) is node:
        del node.above.below[node.name]
        node.above.below = node.above.below or None
