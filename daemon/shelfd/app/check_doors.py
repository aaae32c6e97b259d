"""`shelfd check`, the ways to the API: may those use the socket who are meant to, and can it be open by TCP."""

import os

from shelfd.app.check_roots import Said, Severity
from shelfd.app.doors import mode
from shelfd.control import sockets
from shelfd.core import address
from shelfd.core.address import Address
from shelfd.core.errors import BrokenError, UsageError
from shelfd.core.paths import printable
from shelfd.core.settings import Settings
from shelfd.edges import abilities, bearer

OTHERS = 0o006  # connecting takes the right to write
CREDENTIALS = "CREDENTIALS_DIRECTORY=/run/credentials/shelfd.service shelfd check"


def of_others(settings: Settings) -> Said:
    """Say whether the mode of a socket that is there keeps somebody out whom `daemon.others` lets in."""
    path = os.fsencode(settings.daemon.socket)
    if abilities.socket_at(path) != "listening":
        return
    found, wanted = os.stat(path).st_mode & 0o777, mode(settings.daemon)
    if wanted & ~found & OTHERS:
        yield (
            "warn",
            f"{printable(path)}: its mode is {found:04o}, which keeps out whom daemon.others lets in",
            f"start shelfd anew; or, where systemd listens: systemctl edit shelfd.socket, SocketMode={wanted:04o}",
        )


def of_http(settings: Settings) -> Said:
    """Say whether the API can be reached by TCP, and by TCP only with a token; nothing when it is not to be."""
    if not settings.http.listen:
        return
    at = address.parse(settings.http.listen)
    try:
        bearer.read(settings.http.token_file)
        yield _reached(at, abilities.holder(os.fsencode(settings.daemon.state_dir) + b"/lock"))
    except (UsageError, BrokenError) as error:
        # what only the service is given can be seen by root
        also = f"; or, where the service has it: {CREDENTIALS}" if error.code == "no_token" else ""
        yield "fatal", error.message, error.hint + also
        return
    if not at.ip.is_loopback:
        yield (
            "warn",
            f"{at}: other machines reach it, and the token goes over the network in the clear",
            "listen on 127.0.0.1, and put a proxy that speaks TLS in front",
        )


def _reached(at: Address, process: str | None) -> tuple[Severity, str, str]:
    """Say whether shelfd can listen there, or does; `process` is its number when it runs."""
    try:
        sockets.listen(at).close()
    except UsageError as error:
        if process is None or error.code != "address_in_use":
            raise
        return "ok", f"{at}: in use, as it must be while shelfd runs (process {process})", ""
    if process is not None:
        message = f"{at}: the shelfd that runs does not listen there (process {process})"
        return "warn", message, "start it anew: systemctl restart shelfd"
    return "ok", f"{at}: it is free, and there is a token", ""
