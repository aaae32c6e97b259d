"""What systemd is told and what it hands over: sd_notify(3), sd_watchdog_enabled(3), sd_listen_fds(3)."""

import os
import socket
import time
from contextlib import suppress

FIRST_FD = 3
"""SD_LISTEN_FDS_START."""


def ready(status: str) -> None:
    """Say that the start, or a reload, is over."""
    notify("READY=1", f"STATUS={_line(status)}")


def reloading() -> None:
    """Say that the settings are being read again; `ready` ends it."""
    notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")


def stopping() -> None:
    """Say that the end has begun."""
    notify("STOPPING=1")


def status(text: str) -> None:
    """Show one line in `systemctl status`."""
    notify(f"STATUS={_line(text)}")


def alive() -> None:
    """Feed the watchdog."""
    notify("WATCHDOG=1")


def notify(*lines: str) -> None:
    """Send assignments to the service manager; without one, or when it is gone, nothing happens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    name = address.replace("@", "\0", 1) if address.startswith("@") else address
    with (
        suppress(OSError),
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender,
    ):
        sender.connect(name)
        sender.sendall("\n".join(lines).encode("utf-8", "backslashreplace"))


def watchdog_interval() -> float | None:
    """Return after how many seconds without `alive` systemd kills the process, or None when it does not.

    sd_watchdog_enabled(3) advises to say it after half of that.
    """
    period = os.environ.get("WATCHDOG_USEC", "")
    if not period.isdecimal() or not _meant("WATCHDOG_PID", unset=True):
        return None
    return int(period) / 1_000_000 or None


def listen_sockets() -> list[socket.socket]:
    """Take over the sockets that systemd listens on for this process; a second call finds none."""
    count = os.environ.get("LISTEN_FDS", "")
    for_this_process = _meant("LISTEN_PID", unset=False)
    for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
        os.environ.pop(name, None)
    if not for_this_process or not count.isdecimal():
        return []
    sockets = [socket.socket(fileno=fd) for fd in range(FIRST_FD, FIRST_FD + int(count))]
    for listener in sockets:
        listener.set_inheritable(False)
    return sockets


def _meant(variable: str, *, unset: bool) -> bool:
    """Say whether `variable` names this process; children inherit what is meant for their parent."""
    return os.environ.get(variable, str(os.getpid()) if unset else "") == str(os.getpid())


def _line(text: str) -> str:
    """Keep a text from being read as further assignments."""
    return " ".join(text.split())
