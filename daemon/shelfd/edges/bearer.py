"""The token that opens the API over TCP: read from its file, and from no file that others may read."""

import os
import re
import shlex
import stat

from shelfd.core.errors import UsageError
from shelfd.core.paths import printable
from shelfd.edges import abilities

CREDENTIAL = b"http-token"
"""What it is called among the credentials of a service, see systemd.exec(5), `LoadCredential=`."""
LEAST = 32  # characters: 128 bits in hexadecimal
MOST = 4096  # bytes; more fits into no request
TOKEN = re.compile(rb"[A-Za-z0-9._~+/-]+=*")
"""What can be sent, see RFC 6750, section 2.1."""
OTHERS = stat.S_IRWXO  # who may write it sets the token, who may read it has it
MAKE = "as root: install -m 600 -o {user} /dev/null {path} && openssl rand -hex 32 >{path}"


def read(token_file: str) -> bytes:
    """Return the token in this file, or without one in the credentials of the service.

    UsageError says why there is none; no error says anything of what the file holds.
    """
    path = os.fsencode(token_file) or _credential()
    if path is None:
        raise UsageError(
            "http.token_file: it is not set, and over TCP nothing is answered without a token",
            code="no_token",
            hint=f"make one and name it; {_make('/etc/shelfd/http-token')}",
        )
    shown = printable(path)
    try:
        content, mode = _content(path)
    except OSError as error:
        raise _unusable(f"{shown}: it cannot be read: {os.strerror(error.errno or 0)}") from error
    if not stat.S_ISREG(mode):
        raise _unusable(f"{shown}: this is no file")
    if mode & OTHERS:
        what = f"{shown}: others may read or change it (its mode is {stat.S_IMODE(mode):04o})"
        raise _unusable(
            what,
            f"chmod o= {shlex.quote(shown)}; and write a new token, since others may know this one",
        )
    return _token(content, shown)


def _token(content: bytes, shown: str) -> bytes:
    token = content.strip()
    if not token:
        raise _unusable(f"{shown}: it is empty", _make(shown))
    if len(token) < LEAST:
        short = f"{shown}: too short: {len(token)} characters, and {LEAST} are the least"
        raise _unusable(short, _make(shown))
    if len(content) > MOST or TOKEN.fullmatch(token) is None:
        raise _unusable(
            f"{shown}: this is no token: one line of letters, digits and -._~+/ is", _make(shown)
        )
    return token


def _content(path: bytes) -> tuple[bytes, int]:
    """Return the beginning of a file, and its mode."""
    # a pipe would keep the daemon waiting for whoever writes into it
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        mode = os.fstat(descriptor).st_mode
        return os.read(descriptor, MOST + 1) if stat.S_ISREG(mode) else b"", mode
    finally:
        os.close(descriptor)


def _credential() -> bytes | None:
    directory = os.environb.get(b"CREDENTIALS_DIRECTORY")
    path = os.path.join(directory, CREDENTIAL) if directory else None
    return path if path is not None and os.path.lexists(path) else None


def _make(shown: str) -> str:
    return MAKE.format(path=shlex.quote(shown), user=abilities.user())


def _unusable(message: str, hint: str = "") -> UsageError:
    return UsageError(
        f"http.token_file: {message}",
        code="token_unusable",
        hint=hint or "name a file that only the daemon's user can read, with a token in it",
    )
