"""A terminal of one's own, and a program on it."""

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from fakes.terminal import environment
from waiting import eventually

# whoever runs the tests may have told all below to ignore ^C, as a shell does in the background
SHELFD = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    "from shelfd.__main__ import main; main()"
)
# who opens a terminal first in a session of its own is told of its ^C
ON = 'exec "$@" <>"$TERMINAL" >&0 2>&0'
SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])")


class Tty:
    """What a program writes on a terminal, and the keys that are pressed."""

    def __init__(self, end: int, process: subprocess.Popen[bytes]) -> None:
        self._end = end
        self._process = process
        self._written = bytearray()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def raw(self) -> str:
        """Return all that was written."""
        return bytes(self._written).decode("utf-8", "replace")

    def text(self) -> str:
        """Return all that was written, without what commands the terminal."""
        return SEQUENCE.sub("", self.raw())

    def until(self, words: str) -> None:
        """Wait until this was written."""
        with contextlib.suppress(AssertionError):  # what was written says more
            eventually(lambda: words in self.text() or self._process.poll() is not None)
        assert words in self.text(), self.raw()

    def press(self, keys: bytes) -> None:
        os.write(self._end, keys)

    def tell(self, number: int) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def ended(self) -> int:
        """Return how the program has ended."""
        code = self._process.wait(50)
        self._reader.join()
        return code

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # nobody has the other end any more
            while self._more():
                self._written += os.read(self._end, 65_536)

    def _more(self) -> bool:
        while not select.select([self._end], [], [], 0.1)[0]:
            if self._process.poll() is not None:
                return False
        return True


@contextlib.contextmanager
def program(
    command: Sequence[str], around: Mapping[str, str], columns: int = 120, lines: int = 40
) -> Iterator[Tty]:
    """Run a program on a terminal of this size; `around` goes into its environment."""
    end, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    around = environment(**{"TERM": "xterm", **around, "TERMINAL": os.ttyname(other)})
    try:
        with subprocess.Popen(
            ["sh", "-c", ON, "sh", *command], env=around, start_new_session=True
        ) as process:
            terminal = Tty(end, process)
            try:
                yield terminal
            finally:
                process.kill()
                terminal.ended()
    finally:
        os.close(other)
        os.close(end)


@contextlib.contextmanager
def shelfd(
    socket: Path, *arguments: str, columns: int = 120, lines: int = 40, **more: str
) -> Iterator[Tty]:
    """Run a command of shelfd on a terminal of this size."""
    command = [sys.executable, "-c", SHELFD, *arguments]
    around = {"SHELFD_SOCKET": str(socket), **more}
    with program(command, around, columns, lines) as terminal:
        yield terminal
