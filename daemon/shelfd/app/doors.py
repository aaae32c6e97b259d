"""The sockets by which the API is reached: taken over from systemd or made, and who may do what through them."""

import os
import socket
from contextlib import ExitStack
from ipaddress import ip_address

import structlog

from shelfd.control import sockets
from shelfd.control.access import Access
from shelfd.core import address
from shelfd.core.errors import UsageError
from shelfd.core.settings import Daemon, Http, Settings
from shelfd.edges import bearer, systemd

log = structlog.get_logger()


class Doors:
    """All sockets of the API."""

    def __init__(self, settings: Settings) -> None:
        """Listen; UsageError or BrokenError says why that is impossible, and then no socket is left."""
        given = systemd.listen_sockets()
        local = [door for door in given if door.family == socket.AF_UNIX]
        remote = [door for door in given if door.family != socket.AF_UNIX]
        # systemd can listen for shelfd by TCP as well: that takes a token no less
        self._open = bool(remote or settings.http.listen)
        token = bearer.read(settings.http.token_file) if self._open else b""
        with ExitStack() as undoing:
            for door in given:
                undoing.enter_context(door)
            if not remote and settings.http.listen:
                remote = [_remote(settings.http)]
                undoing.enter_context(remote[0])
            if not local:
                local = [_local(settings.daemon)]
            undoing.pop_all()
        self.sockets = [*local, *remote]
        self.access = Access(sockets.groups(local), settings.daemon.others, token)
        for door in remote:
            ip, port, *_more = door.getsockname()
            at = address.Address(ip_address(ip), port)
            log.info("the API is open by TCP to those who have the token", address=str(at))

    def renew(self, settings: Settings) -> None:
        """Read the token anew; while it cannot be had the last one stays in force, and the log says why."""
        if self._open:
            try:
                self.access.renew(bearer.read(settings.http.token_file))
            except UsageError as error:
                log.warning("the token for TCP was not taken over", reason=error.message)


def mode(daemon: Daemon) -> int:
    """Return the mode of the socket: the kernel lets connect whoever may do anything at all."""
    return sockets.GROUP_ONLY if daemon.others == "nothing" else sockets.EVERYBODY


def _local(daemon: Daemon) -> socket.socket:
    return sockets.bind(os.fsencode(daemon.socket), daemon.socket_group, mode(daemon))


def _remote(http: Http) -> socket.socket:
    return sockets.listen(address.parse(http.listen))
