"""The daemon's socket, as functions: one request, or the stream of events."""

import errno
import grp
import json
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any, NamedTuple

from shelfd.cli.failures import UnreachableError
from shelfd.core.errors import ConflictError, NotFoundError, ShelfdError, UsageError

SYSTEM_SOCKET = "/run/shelfd/shelfd.sock"
SOCKET = "shelfd.socket"
"""Under this name a command line remembers what stands behind --socket."""
ANSWER_S = 30.0
READ_S = 10.0  # of who only wants to see something
SIGN_OF_LIFE_S = 45.0  # the stream has one every 15 s

LOOK = (
    "it is stopped, stuck or very busy: `systemctl status shelfd` and `journalctl -u shelfd` say how it is,"
    " `systemctl restart shelfd` begins anew"
)

Value = dict[str, Any]
"""A JSON object."""


class Reply(NamedTuple):
    """An answer: as it came, and what it says."""

    raw: bytes
    value: Value
    """Without characters that would command a terminal: names of files may have any."""


class Event(NamedTuple):
    """One event of the stream."""

    id: int
    name: str
    data: Value


class Client:
    """Asks the daemon behind one socket."""

    def __init__(self, path: str, patience_s: float = ANSWER_S) -> None:
        """Ask there; an answer may take so many seconds."""
        self.path = path
        self._patience_s = patience_s

    def get(self, target: str) -> Reply:
        """Return the answer to a question."""
        return self._ask("GET", target)

    def post(self, target: str, content: Value) -> Reply:
        """Return the answer to a wish."""
        return self._ask("POST", target, json.dumps(content).encode())

    def delete(self, target: str) -> Reply:
        """Return the answer to a wish that something be no more."""
        return self._ask("DELETE", target)

    @contextmanager
    def events(self, target: str) -> Iterator[Iterator[Event]]:
        """Yield the events of a stream as they come; they end when the daemon does."""
        connection = _Connection(self.path, SIGN_OF_LIFE_S)
        try:
            with self._explained(self._silent()):
                connection.request("GET", target)
                response = connection.getresponse()
                if response.status != 200:
                    raise _refused(response.status, response.read())
            yield self._stream(response)
        finally:
            connection.close()

    def _ask(self, method: str, target: str, body: bytes | None = None) -> Reply:
        connection = _Connection(self.path, self._patience_s)
        try:
            with self._explained(self._late(method)):
                connection.request(method, target, body)
                response = connection.getresponse()
                raw = response.read()
        finally:
            connection.close()
        if response.status >= 400:
            raise _refused(response.status, raw)
        return Reply(raw.rstrip(b"\n"), _decoded(raw))

    def _stream(self, response: HTTPResponse) -> Iterator[Event]:
        fields: dict[str, str] = {}
        while line := self._line(response):
            if line == b"\n" and fields:
                data = _decoded(fields["data"].encode())
                yield Event(int(fields["id"]), fields["event"], data)
                fields = {}
            name, _colon, value = line.decode().rstrip("\n").partition(": ")
            if name:
                fields[name] = value

    def _line(self, response: HTTPResponse) -> bytes:
        with self._explained(self._silent()):
            return response.readline()

    def _silent(self) -> UnreachableError:
        what = f"{self.path}: the daemon gives no sign of life"
        return UnreachableError(what, code="no_answer", hint=LOOK)

    def _late(self, method: str) -> UnreachableError:
        what = (
            f"{self.path}: the daemon is there, but has not answered within {self._patience_s:g} s"
        )
        # a wish that was sent may be read when it goes on
        hint = "" if method == "GET" else "; it may do what was asked for when it goes on"
        return UnreachableError(what, code="no_answer", hint=f"{LOOK}{hint}")

    @contextmanager
    def _explained(self, silence: UnreachableError) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            raise silence from error
        except HTTPException as error:
            raise UnreachableError(
                f"{self.path}: the daemon ended while it was answering",
                code="cut_off",
                hint="`journalctl -u shelfd` says why",
            ) from error
        except OSError as error:
            raise _unreachable(self.path, error) from error


def chosen(said: str | None) -> str:
    """Return where the socket is: as said, as `$SHELFD_SOCKET` says, the system's, or that of one's own session."""
    said = said or os.environ.get("SHELFD_SOCKET")
    if said:
        return said
    session = os.environ.get("XDG_RUNTIME_DIR")
    own = f"{session}/shelfd.sock" if session else SYSTEM_SOCKET
    return own if not os.path.exists(SYSTEM_SOCKET) and os.path.exists(own) else SYSTEM_SOCKET


class _Connection(HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("shelfd", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        """Connect to the path, whatever the host is called."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _refused(status: int, raw: bytes) -> ShelfdError:
    error = _decoded(raw).get("error", {})
    kinds: dict[int, type[ShelfdError]] = {
        **dict.fromkeys((400, 413, 422), UsageError),
        # as when the kernel keeps somebody from the socket
        403: UnreachableError,
        404: NotFoundError,
    }
    return kinds.get(status, ConflictError)(
        error.get("message", f"the daemon answers with {status}"),
        code=error.get("code", "unknown"),
        hint=error.get("hint", ""),
    )


def _unreachable(path: str, error: OSError) -> ShelfdError:
    """Say whether the socket is absent, refused or forbidden, and what to do."""
    if error.errno is None:  # longer than an address can be
        return UsageError(f"--socket: {error}", code="usage", hint="107 bytes are possible")
    if error.errno == errno.ENOENT:
        return UnreachableError(
            f"{path}: no daemon: there is no such socket",
            code="socket_absent",
            hint="start it: `systemctl start shelfd`, or `shelfd run`; if its socket is another, say --socket",
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return UnreachableError(
            f"{path}: you may not use this socket",
            code="socket_forbidden",
            hint=_way_in(path),
        )
    if not _is_socket(path):
        return UnreachableError(
            f"{path}: this is not a socket",
            code="no_socket",
            hint="say --socket, or set SHELFD_SOCKET",
        )
    return UnreachableError(
        f"{path}: no daemon answers: {os.strerror(error.errno)}",
        code="socket_refused",
        hint="it does not run, or is stuck: `systemctl status shelfd`, `journalctl -u shelfd`",
    )


def _way_in(path: str) -> str:
    try:
        group = grp.getgrgid(os.stat(path).st_gid).gr_name
    except (OSError, KeyError):
        group = "shelfd"
    if group == "root":
        return "ask as root, with sudo"
    return f"join its group: `sudo usermod -aG {group} $USER`, then log in anew"


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(os.stat(path).st_mode)
    except OSError:
        return True  # it went away meanwhile


def _decoded(raw: bytes) -> Value:
    try:
        value = json.loads(raw)
    except ValueError:
        value = None
    return harmless(value) if isinstance(value, dict) else {}


def harmless(value: Any) -> Any:
    """Return a value of JSON without the characters by which a name could write elsewhere on a terminal."""
    match value:
        case str():
            return value if value.isprintable() else "".join(map(_visible, value))
        case dict():
            return {key: harmless(inner) for key, inner in value.items()}
        case list():
            return [harmless(inner) for inner in value]
        case _:
            return value


def _visible(char: str) -> str:
    return char if char.isprintable() else f"\\x{ord(char):02x}"
