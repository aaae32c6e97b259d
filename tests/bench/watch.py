"""How fast shelfd's own watcher plants its watches: a program beside watch.c. Prints how many, and the seconds.

Its arguments are the directory and, if a list of all below it is to be given as at a start with a catalog, `known`.
"""

import os
import sys
import time

from shelfd.edges.inotify import Heard, Watcher


def main() -> None:
    top = os.fsencode(sys.argv[1])
    known = below(top) if sys.argv[2:] == ["known"] else []
    heard: list[Heard] = []
    watcher = Watcher(heard.append, lambda: 1 << 30)
    began = time.perf_counter()
    watcher.watch(top, known)
    took = time.perf_counter() - began
    sys.stdout.write(f"{watcher.hearing(top).watched} {took:.6f}\n")
    watcher.close()


def below(top: bytes) -> list[bytes]:
    return [directory for directory, _below, _files in os.walk(top) if directory != top]


if __name__ == "__main__":
    main()
