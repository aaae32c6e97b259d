"""The file in which decisions of people outlive the database: lines, replaced as a whole."""

import os
from collections.abc import Sequence

from shelfd.core.errors import BrokenError
from shelfd.core.paths import printable

NAME = b"decisions.jsonl"


class DecisionsFile:
    """The file of one state directory; each method raises BrokenError when the disk does not do it."""

    def __init__(self, state_dir: bytes) -> None:
        """Name the file; it need not be there."""
        self._path = os.path.join(state_dir, NAME)

    def read(self) -> list[bytes]:
        """Return its lines, empty ones left out; none when it is not there."""
        try:
            with open(self._path, "rb") as file:
                return [line for line in file.read().split(b"\n") if line.strip()]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._broken("read", error) from error

    def write(self, lines: Sequence[bytes]) -> None:
        """Replace it by these lines, so that at any moment it is the old one or the new one, and durable."""
        grown = self._path + b".tmp"
        try:
            descriptor = os.open(grown, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o640)
            with open(descriptor, "wb") as file:
                file.writelines(line + b"\n" for line in lines)
                file.flush()
                os.fsync(descriptor)
            os.replace(grown, self._path)
            self._keep_name()
        except OSError as error:
            raise self._broken("written", error) from error

    def set_aside(self) -> bytes:
        """Keep it, damaged as it is, under another name as well, which is returned; until it is replaced, it stays."""
        number = 1
        try:
            with open(self._path, "rb") as file:
                content = file.read()
            while os.path.lexists(aside := b"%b.damaged-%d" % (self._path, number)):
                if _holds(aside, content):
                    return aside  # what followed has failed before
                number += 1
            with open(aside, "xb") as copy:
                copy.write(content)
                copy.flush()
                os.fsync(copy.fileno())
            self._keep_name()
        except OSError as error:
            raise self._broken("kept", error) from error
        return aside

    def _keep_name(self) -> None:
        above = os.open(os.path.dirname(self._path), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(above)
        finally:
            os.close(above)

    def _broken(self, what: str, error: OSError) -> BrokenError:
        return BrokenError(
            f"{printable(self._path)}: it cannot be {what}: {os.strerror(error.errno or 0)}",
            code="decisions_file",
            hint="look after the disk of daemon.state_dir; nothing was decided",
        )


def _holds(path: bytes, content: bytes) -> bool:
    if not os.path.isfile(path):
        return False
    with open(path, "rb") as file:
        return file.read(len(content) + 1) == content
