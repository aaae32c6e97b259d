"""One living `probe_worker`, as the process that started it sees it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence

import msgspec

from shelfd.core.errors import BrokenError
from shelfd.core.media import Picture, Reading, Sought

START_S = 30.0
"""A machine under load takes long to start Python, which is no file's fault."""

DEATH_S = 5.0
"""A process that waits for a dead disk does not die at once; then it is left to the kernel."""

NONE_BEGUN = bytes(4)

encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(list[Reading | Picture]).decode


class LostError(Exception):
    """The process hung or died while it was asked; it is gone now."""

    def __init__(self, why: str, place: int | None) -> None:
        super().__init__(why)
        self.why = why
        """Half a sentence for `Reading.error`."""
        self.place = place
        """Index of the path that it was reading; None when it had not begun with any."""


UNDEAD: list[subprocess.Popen[bytes]] = []
"""Those that were killed in the midst of waiting for a disk that does not answer: they end when it does."""


class ProbeProcess:
    """A process that is asked one list of paths at a time, always by the same thread."""

    def __init__(self, *, timeout_s: float, memory_bytes: int) -> None:
        """Start it and wait until it is ready; BrokenError when it does not get there."""
        self._timeout_s = timeout_s
        self._lock = threading.Lock()  # once it was waited for, its id can be somebody else's
        with contextlib.ExitStack() as files:
            self._place = os.memfd_create("shelfd-probe-place")
            files.callback(os.close, self._place)
            ours, theirs = socket.socketpair()
            self._socket = files.enter_context(ours)
            self._answers = files.enter_context(ours.makefile("rb"))
            with theirs:
                self._process = _started(theirs, self._place, memory_bytes)
            self._files = files.pop_all()
        ours.settimeout(START_S)
        try:
            self._receive()
        except (OSError, EOFError) as fault:
            fate = self._fate(fault)
            self.end()
            raise _broken(fate or f"was not ready after {START_S:g} s") from fault
        ours.settimeout(timeout_s)

    @property
    def pid(self) -> int:
        """Return its process id, which is free for others once it has ended."""
        return self._process.pid

    def ask(self, paths: Sequence[bytes | Sought]) -> Iterator[list[Reading | Picture]]:
        """Yield the answers in the order of `paths`, some at a time; LostError when it is gone."""
        os.pwrite(self._place, NONE_BEGUN, 0)
        question = encode(paths)
        missing = len(paths)
        try:
            self._socket.sendall(len(question).to_bytes(4, "big") + question)
            while missing:
                readings = self._receive()
                missing -= len(readings)
                yield readings
        except (OSError, EOFError) as fault:
            raise self._lost(fault) from fault

    def kill(self) -> None:
        """End it from another thread; the one that is asking gets a LostError."""
        with self._lock:
            if self._process.returncode is None:
                os.killpg(self._process.pid, signal.SIGKILL)  # with the ffprobe it may have started

    def end(self) -> None:
        """End it and close all that belongs to it."""
        self.kill()
        self._wait()
        self._files.close()

    def _receive(self) -> list[Reading | Picture]:
        length = self._answers.read(4)
        if len(length) < 4:
            raise EOFError
        return decode(self._answers.read(int.from_bytes(length, "big")))

    def _lost(self, fault: Exception) -> LostError:
        """Return what has happened, after the end of the process."""
        fate = self._fate(fault)
        begun = int.from_bytes(os.pread(self._place, len(NONE_BEGUN), 0), "big")
        self.end()
        why = (
            f"the reader {fate} on it"
            if fate
            else f"reading it took longer than {self._timeout_s:g} s"
        )
        return LostError(why, begun - 1 if begun else None)

    def _fate(self, fault: Exception) -> str:
        """Return how the process died by itself; empty when it only takes too long."""
        if isinstance(fault, TimeoutError):
            return ""
        self._wait()
        status = self._process.returncode or 0
        return f"died of signal {-status}" if status < 0 else f"ended with status {status}"

    def _wait(self) -> None:
        with self._lock:
            try:
                self._process.wait(DEATH_S)
            except subprocess.TimeoutExpired:
                UNDEAD.append(self._process)


def _started(channel: socket.socket, place: int, memory_bytes: int) -> subprocess.Popen[bytes]:
    UNDEAD[:] = [process for process in UNDEAD if process.poll() is None]
    module = ["-I", "-m", "shelfd.edges.probe_worker", str(memory_bytes), str(place)]
    try:
        return subprocess.Popen(  # noqa: S603  # the command is our own
            [sys.executable, *module],
            stdin=channel.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(place,),
            cwd="/",
            # so that ^C in a terminal reaches the daemon alone; of its session, since niceness counts within
            # one only where each has its own share: sched(7), autogroup
            process_group=0,
        )
    except OSError as refusal:
        raise _broken(f"was refused: {refusal.strerror}") from refusal


def _broken(why: str) -> BrokenError:
    return BrokenError(
        f"the reader of media files does not start: it {why}",
        code="reader_does_not_start",
        hint=f"see what `{sys.executable} -I -c 'import shelfd.edges.probe_worker'` says",
    )
