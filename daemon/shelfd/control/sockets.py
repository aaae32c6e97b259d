"""What the server listens on: a Unix socket that replaces nothing of somebody else's, and an address."""

import errno
import grp
import os
import socket
import stat
from collections.abc import Iterable
from contextlib import suppress

import structlog

from shelfd.control.peers import CREDENTIALS
from shelfd.core.address import Address
from shelfd.core.errors import BrokenError, ConflictError, UsageError
from shelfd.core.paths import printable

LONGEST = 107  # bytes that sockaddr_un has room for
PROBE_S = 1.0  # a daemon that is alive accepts at once
GROUP_ONLY, EVERYBODY = 0o660, 0o666
"""Modes: whom the kernel lets connect."""
LASTING = {
    errno.EADDRINUSE: "`ss -ltnp sport = :{port}` says which program listens there; end it, or set http.listen to"
    " another port",
    errno.EACCES: "ports below 1024 are for root: set http.listen to a higher one",
    errno.EAFNOSUPPORT: "this machine, or its sandbox, has none of this kind: set http.listen to another",
}
"""What to do about an address that will be none in a minute either."""

log = structlog.get_logger()


class Listener(socket.socket):
    """A listening socket that takes its file with it when it is closed."""

    def __init__(self, path: bytes) -> None:
        """Be bound to nothing yet; `take` does that."""
        super().__init__(socket.AF_UNIX, socket.SOCK_STREAM)
        self._path = path
        self._inode: tuple[int, int] | None = None

    def take(self, group: str, mode: int) -> None:
        """Make the file, give it to the group, and listen."""
        # so that the file is born closed: who connects before the group is set is none of it
        os.fchmod(self.fileno(), 0o600)
        self.bind(self._path)
        self.listen()  # at once: who sees the file is to be answered, not refused
        self._inode = _inode(self._path)
        _give(self._path, group)
        os.chmod(self._path, mode)

    def close(self) -> None:
        """Remove the file if it is still this socket's, and close."""
        # first the file: while this still listens, nobody else takes its place
        if self._inode is not None and _inode(self._path) == self._inode:
            with suppress(FileNotFoundError):
                os.unlink(self._path)
        self._inode = None
        super().close()


def bind(path: bytes, group: str, mode: int = GROUP_ONLY) -> Listener:
    """Return a listening socket at `path`; ConflictError when a daemon answers there already."""
    if len(path) > LONGEST:
        raise UsageError(
            f"{printable(path)}: too long for a socket: {len(path)} bytes, {LONGEST} are possible",
            code="socket_path_too_long",
            hint="set daemon.socket to a shorter path",
        )
    listener = Listener(path)
    try:
        _make_room(path)
        listener.take(group, mode)
    except OSError as error:
        listener.close()
        raise _cannot(path, error) from error
    except ConflictError:
        listener.close()
        raise
    return listener


def listen(address: Address) -> socket.socket:
    """Return a socket that listens on an address; UsageError or BrokenError when it is not to be had."""
    family = socket.AF_INET6 if address.ip.version == 6 else socket.AF_INET
    listener = None
    try:
        # with getaddrinfo, since only it knows the number of the network card in `fe80::1%eth0`
        flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        [found] = socket.getaddrinfo(
            str(address.ip), address.port, family, socket.SOCK_STREAM, flags=flags
        )
        listener = socket.socket(family, socket.SOCK_STREAM)
        # connections that ended with the last daemon are kept by the kernel for a minute
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(found[4])
        listener.listen()
    except OSError as error:
        if listener is not None:
            listener.close()
        raise _cannot_listen(address, error) from error
    return listener


def groups(listeners: Iterable[socket.socket]) -> dict[object, int]:
    """Return for the address of each Unix socket the group of its file; one without a file has none."""
    found: dict[object, int] = {}
    for listener in listeners:
        name = listener.getsockname()
        if listener.family == socket.AF_UNIX and isinstance(name, str):
            with suppress(OSError):
                found[name] = os.stat(name).st_gid
    return found


def _cannot_listen(address: Address, error: OSError) -> BrokenError | UsageError:
    what = f"http.listen: {address}: {error.strerror}"
    if error.errno in LASTING and not isinstance(error, socket.gaierror):
        hint = LASTING[error.errno].format(port=address.port)
        code = "address_in_use" if error.errno == errno.EADDRINUSE else "cannot_listen"
        return UsageError(what, code=code, hint=hint)
    # a network card may come up later than shelfd, and the service tries these again
    hint = "`ip address` says which addresses this machine has"
    return BrokenError(what, code="cannot_listen", hint=hint)


def _make_room(path: bytes) -> None:
    """Remove what a daemon that is gone has left."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise ConflictError(
            f"{printable(path)}: something else is there, not a socket",
            code="not_a_socket",
            hint="move it away, or set daemon.socket to another path",
        )
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(PROBE_S)
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            os.unlink(path)
            return
        except TimeoutError:
            pass  # it listens, but is too busy to accept
        raise _in_use(path, probe)


def _in_use(path: bytes, probe: socket.socket) -> ConflictError:
    credentials = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
    pid, _uid, _gid = CREDENTIALS.unpack(credentials)
    who = f"process {pid}" if pid > 0 else "a process"
    return ConflictError(
        f"{printable(path)}: {who} listens on it already",
        code="socket_in_use",
        hint="stop that one first, or set daemon.socket to another path",
    )


def _give(path: bytes, group: str) -> None:
    """Let the group in; without that only those of the daemon's own group."""
    try:
        number = grp.getgrnam(group).gr_gid
        os.chown(path, -1, number)
    except KeyError:
        why = "there is no such group"
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EINVAL):
            raise
        # EINVAL: it is none of the groups of this user namespace
        why = "the daemon is not in it"
    else:
        return
    log.info("the socket keeps the daemon's own group", socket=path, group=group, reason=why)


def _cannot(path: bytes, error: OSError) -> BrokenError | UsageError:
    what = f"{printable(path)}: the socket cannot be made"
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return UsageError(
            f"{what}: its directory is not there",
            code="no_socket_directory",
            hint=f"mkdir {printable(os.path.dirname(path))}",
        )
    return BrokenError(
        f"{what}: {os.strerror(error.errno or 0)}",
        code="socket_unusable",
        hint="the daemon's user must be able to write to the directory; or set daemon.socket to another path",
    )


def _inode(path: bytes) -> tuple[int, int] | None:
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
