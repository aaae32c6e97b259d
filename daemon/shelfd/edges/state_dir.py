"""The daemon's own directory: made, fit for a database, and used by one daemon only."""

import fcntl
import os

from shelfd.core.errors import BrokenError, ConflictError
from shelfd.core.paths import printable
from shelfd.edges import mounts


def claim(path: bytes) -> int:
    """Make the directory if need be, and lock it; return the descriptor that holds the lock until the process ends."""
    shown = printable(path)
    try:
        os.makedirs(path, mode=0o750, exist_ok=True)
        descriptor = os.open(
            os.path.join(path, b"lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
    except OSError as error:
        raise BrokenError(
            f"{shown}: it cannot be used: {os.strerror(error.errno or 0)}",
            code="state_dir_unusable",
            hint="make the directory and give it to the daemon's user, or set daemon.state_dir",
        ) from error
    kind = mounts.file_system(path)
    if mounts.is_network(kind):
        os.close(descriptor)
        raise BrokenError(
            f"{shown}: it lies on {kind}, on which a database is not safe",
            code="state_dir_on_network",
            hint="set daemon.state_dir to a directory on a local disk",
        )
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
        os.close(descriptor)
        raise ConflictError(
            f"{shown}: another shelfd is using it (process {holder or 'unknown'})",
            code="already_running",
            hint="end that one first, or give this one its own --state",
        ) from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
    return descriptor
