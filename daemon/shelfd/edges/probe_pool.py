"""Read media files in a few processes, which are there only while there is something to read."""

import contextlib
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

import msgspec

from shelfd.core.errors import BrokenError
from shelfd.core.media import Picture, Reading, Sought
from shelfd.core.paths import printable
from shelfd.core.pressure import part
from shelfd.edges.probe_process import LostError, ProbeProcess

CHUNK = 64
"""Files in one question to a process: asking costs about as much as reading one."""


class ProbePool:
    """Threads with a process each: as many as the backlog wants, none after a while of rest."""

    def __init__(
        self,
        *,
        processes: int,
        timeout_s: float,
        memory_bytes: int = 1 << 30,
        idle_s: float = 10.0,
    ) -> None:
        """Make a pool of at most `processes`, which may take `timeout_s` and `memory_bytes` for a file."""
        self._most = self._allowed = processes
        self._timeout_s = timeout_s
        self._memory_bytes = memory_bytes
        self._idle_s = idle_s
        self._changed = threading.Condition()  # guards all below
        self._waiting: deque[_Chunk] = deque()
        self._threads: set[threading.Thread] = set()
        self._processes: dict[int, ProbeProcess] = {}  # by the thread that owns it
        self._serving = 0
        self._spare = 0  # of those that serve: not busy with a chunk
        self._closed = False

    @property
    def pids(self) -> list[int]:
        """The ids of the processes that are alive now."""
        with self._changed:
            return [process.pid for process in self._processes.values()]

    def submit(self, paths: Sequence[bytes | Sought], *, urgent: bool = False) -> Future[list[Any]]:
        """Have files read, given by absolute paths; the Readings come in the same order.

        In place of a path can be asked for a cover, and then comes a Picture, or a Reading whose `error` says why not.
        What is urgent goes before all that waits. A file that kills its reader or takes too long costs one Reading
        with an `error`; a cover that does so is a BrokenError out of the Future.
        BrokenError when the pool is closed; out of the Future, when no process can be started.
        """
        job = _Job(paths)
        with self._changed:
            if self._closed:
                raise _closed()
            add = self._waiting.extendleft if urgent else self._waiting.extend
            add(job.chunks)
            self._have_spare(-(-sum(len(chunk.paths) for chunk in self._waiting) // CHUNK))
            self._changed.notify(len(job.chunks))
        return job.future

    def warm(self, processes: int = 1) -> None:
        """Have so many processes, at most as many as there may be, ahead of need; returns at once."""
        with self._changed:
            while self._serving < min(processes, self._allowed) and not self._closed:
                self._have_spare(self._spare + 1)

    def ease(self, share: float) -> None:
        """Have at most this share of the processes from now on, at least one; those that are too many end after their chunk."""
        with self._changed:
            self._allowed = part(self._most, share)
            self._changed.notify_all()

    def close(self) -> None:
        """End all processes; a Future that is not done then ends with a BrokenError."""
        with self._changed:
            self._closed = True
            for process in self._processes.values():
                process.kill()
            for chunk in self._waiting:
                chunk.job.fail(_closed())
            self._waiting.clear()
            self._changed.notify_all()
            threads = self._threads - {threading.current_thread()}
        for thread in threads:
            thread.join()

    def _have_spare(self, wanted: int) -> None:
        while self._spare < wanted and self._serving < self._allowed:
            thread = threading.Thread(target=self._serve, name="shelfd-probe", daemon=True)
            self._threads.add(thread)
            self._serving += 1
            self._spare += 1
            thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(BrokenError):  # the next chunk will meet it again, and tell
            self._process()
        while chunk := self._next():
            try:
                chunk.job.finish(chunk, self._read(chunk.paths))
            except Exception as fault:  # noqa: BLE001  # who waits for the Future must hear of anything
                chunk.job.fail(fault)
            with self._changed:
                self._spare += 1
        self._drop()
        with self._changed:
            self._threads.discard(threading.current_thread())

    def _next(self) -> "_Chunk | None":
        """Return what to read next; None when there was nothing for a while, or when there are too many of its kind."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._waiting or self._closed or self._serving > self._allowed, self._idle_s
            )
            self._spare -= 1
            if self._waiting and self._serving <= self._allowed:
                return self._waiting.popleft()
            self._serving -= 1
            return None

    def _read(self, paths: Sequence[bytes | Sought]) -> list[Reading | Picture]:
        readings: dict[int, Reading | Picture] = {}
        refused = False
        while missing := [place for place in range(len(paths)) if place not in readings]:
            places = iter(missing)
            try:
                for batch in self._process().ask([paths[place] for place in missing]):
                    readings.update((next(places), reading) for reading in batch)
            except LostError as lost:
                self._drop()
                if lost.place is not None:
                    place = missing[lost.place]
                    readings[place] = _without(paths[place], lost)
                elif refused:
                    raise _broken() from lost
                refused = lost.place is None
        return [readings[place] for place in range(len(paths))]

    def _process(self) -> ProbeProcess:
        """Return the process of this thread, which is started when there is none."""
        me = threading.get_ident()
        if me not in self._processes:
            fresh = ProbeProcess(timeout_s=self._timeout_s, memory_bytes=self._memory_bytes)
            with self._changed:
                self._processes[me] = fresh
        if self._closed:
            raise _closed()
        return self._processes[me]

    def _drop(self) -> None:
        with self._changed:
            process = self._processes.pop(threading.get_ident(), None)
        if process:
            process.end()


class _Job:
    """The files of one `submit`, in chunks, and what has come back of them."""

    def __init__(self, paths: Sequence[bytes | Sought]) -> None:
        self.future: Future[list[Any]] = Future()  # a Reading for each path
        self.future.set_running_or_notify_cancel()
        size = -(-len(paths) // max(1, -(-len(paths) // CHUNK)))
        starts = range(0, len(paths), size or 1)
        self.chunks = [_Chunk(self, start, paths[start : start + size]) for start in starts]
        self._lock = threading.Lock()
        self._done: dict[int, list[Reading | Picture]] = {}
        self._over = not paths
        if not paths:
            self.future.set_result([])

    def finish(self, chunk: "_Chunk", readings: list[Reading | Picture]) -> None:
        """Take what came back of a chunk; the last one makes the Future done."""
        self._done[chunk.start] = readings
        if len(self._done) == len(self.chunks) and self._first_to_end():
            self.future.set_result([one for _, part in sorted(self._done.items()) for one in part])

    def fail(self, fault: Exception) -> None:
        """Give up: one missing chunk leaves nothing that could be returned."""
        if self._first_to_end():
            self.future.set_exception(fault)

    def _first_to_end(self) -> bool:
        with self._lock:
            first, self._over = not self._over, True
        return first


class _Chunk(msgspec.Struct, frozen=True, eq=False):
    """Neighbouring files of a job, for one question."""

    job: _Job
    start: int
    """Index of the first of them in the job."""
    paths: Sequence[bytes | Sought]


def _without(asked: bytes | Sought, lost: LostError) -> Reading:
    """Return what is known of a file that cost its reader; BrokenError when somebody waits for a cover."""
    if isinstance(asked, bytes):
        return Reading(error=lost.why)
    # it may be the disk, and to look at the next place would take as long
    raise BrokenError(
        f"{printable(asked.path)}: its cover cannot be had: {lost.why}",
        code="cover_unreadable",
        hint="see whether the disk answers, and ask again",
    )


def _closed() -> BrokenError:
    return BrokenError("the readers of media files have been stopped", code="readers_stopped")


def _broken() -> BrokenError:
    return BrokenError(
        "the readers of media files die before they begin to read", code="readers_die"
    )
