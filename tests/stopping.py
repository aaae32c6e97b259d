"""A disk that ends the process, as far as a test can tell, before its n-th change."""

from typing import Any

from shelfd.edges.disk import Disk

CHANGES = "mkdir rmdir unlink link symlink rename create clone write chmod chown set_access_list utime sync".split()


class Killed(BaseException):  # no error: it stands for SIGKILL, so nothing may catch it
    """The process is gone."""


class StoppingDisk(Disk):
    """Counts the changes, and dies instead of making one of them, or right after it."""

    def __init__(self, at: int | None = None, *, after: bool = False) -> None:
        super().__init__()
        self.at = at
        self.after = after
        self.count = 0

    def __getattribute__(self, name: str) -> Any:
        method = super().__getattribute__(name)
        if name not in CHANGES:
            return method

        def counted(*arguments: Any) -> Any:
            self.count += 1
            now = self.count == self.at
            if now and not self.after:
                raise Killed
            result = method(*arguments)
            if now:
                raise Killed
            return result

        return counted
