"""The command line as a process of its own, and a worker that runs what it asks for."""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import inline
from fakes.daemon import Daemon
from shelfd.core.operations import Step
from shelfd.steps.course import Run
from shelfd.steps.ports import Base

PROGRAM = [sys.executable, "-m", "shelfd"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a command has written, and how it ended."""

    code: int
    out: str
    err: str


def environment(**more: str) -> dict[str, str]:
    """Return what a command of a test finds around it: nothing of whoever runs the tests."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return {**kept, "TZ": "UTC", "LANG": "C.UTF-8", **more}


def shelfd(socket: Path, *arguments: str | bytes, where: Path | None = None, **more: str) -> Ran:
    """Run a command against a socket."""
    found = subprocess.run(
        [*PROGRAM, *arguments],
        capture_output=True,
        check=False,
        cwd=where,
        env=environment(SHELFD_SOCKET=str(socket), **more),
        timeout=50,
    )
    return Ran(code=found.returncode, out=found.stdout.decode(), err=found.stderr.decode())


@contextlib.contextmanager
def working(daemon: Daemon, steps: Mapping[Step, Run]) -> Iterator[None]:
    """Let these steps run whatever is in the queue."""
    base = Base(db=daemon.db, clock=daemon.clock, current=daemon.current)
    runner = inline.running(base, steps)
    thread = threading.Thread(target=runner.run)
    thread.start()
    try:
        yield
    finally:
        runner.stop()
        thread.join()
