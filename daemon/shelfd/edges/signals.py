"""The signals that tell the daemon to stop or to reload, as something to wait for."""

import select
import signal
import socket

STOP = frozenset({signal.SIGTERM, signal.SIGINT})
RELOAD = frozenset({signal.SIGHUP})


class Signals:
    """Waits for signals in the main thread, without waking up for anything else."""

    def __init__(self) -> None:
        """Take over the signals of the process."""
        self._read, self._write = socket.socketpair()
        self._write.settimeout(0)
        signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        for number in STOP | RELOAD:
            # a handler, since what is ignored or blocked would be inherited by child processes
            signal.signal(number, _noted)

    def wait(self, seconds: float | None) -> set[signal.Signals]:
        """Return the signals that came; an empty set after so many seconds without one."""
        ready, _, _ = select.select([self._read], [], [], seconds)
        return {signal.Signals(number) for number in self._read.recv(64)} if ready else set()


def _noted(_number: int, _frame: object) -> None:
    """Leave it to the wake-up descriptor."""
