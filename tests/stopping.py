"""A disk that ends the process, as far as a test can tell, before its n-th change."""

from typing import Any

from shelfd.edges.disk import Disk

CHANGES = (
    "mkdir rmdir unlink link symlink rename create clone write chmod utime sync sync_directory".split()
)


class Killed(BaseException):  # noqa: N818  # no error: it stands for SIGKILL, so nothing may catch it
    """The process is gone."""


class StoppingDisk(Disk):
    """Counts the changes, and dies instead of making one of them."""

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        self.count = 0

    def __getattribute__(self, name: str) -> Any:
        if name in CHANGES:
            self.count += 1
            if self.count == self.at:
                raise Killed
        return super().__getattribute__(name)
