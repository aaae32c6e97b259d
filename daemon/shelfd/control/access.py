"""Who may do what: decided for each request in one place, by its method, before anybody knows its route."""

import asyncio
import grp
import hmac
import os
import pwd
import shlex
from collections.abc import Mapping, Sequence

from starlette.responses import Response
from starlette.types import Scope

from shelfd.control.answers import refusal
from shelfd.control.peers import NOBODY, Peer
from shelfd.core.settings import Others

READING = frozenset({"GET", "HEAD"})
"""Every other method counts as one that changes something, also those that no route has yet."""
CHALLENGE = 'Bearer realm="shelfd"'


class Access:
    """The server asks it before the application hears of a request."""

    def __init__(self, groups: Mapping[object, int], others: Others, token: bytes = b"") -> None:
        """Let in root, the daemon's own user, `groups`: by socket address the group for it, and who has the token.

        Without a token nobody gets in by TCP; all others may read, or nothing.
        """
        self._groups = groups
        self._others = others
        self._token = token
        self._own = frozenset({0, os.geteuid()}) - {NOBODY}

    def renew(self, token: bytes) -> None:
        """Let another token open the API, and the last one no longer; from any thread."""
        self._token = token

    async def refusal(self, scope: Scope) -> Response | None:
        """Return what to answer to somebody who may not do this; None to somebody who may."""
        peer: Peer | None = scope["state"]["peer"]
        if peer is None:
            return self._without_token(scope["headers"])
        if self._may(peer, scope["method"]):
            return None
        # in a thread: names may have to come from a server
        return await asyncio.to_thread(self._forbidden, peer)

    def _may(self, peer: Peer, method: str) -> bool:
        if peer.uid in self._own or self._groups.get(peer.door) in peer.groups:
            return True
        return self._others == "read" and method in READING

    def _without_token(self, headers: Sequence[tuple[bytes, bytes]]) -> Response | None:
        """Return why a request over TCP is not answered, also those for health and for routes that do not exist.

        The token alone decides. So `Host` and `Origin` need no look: a page in somebody's browser, under
        whatever name it reaches this address, has no token to send, and without CORS headers may not send one.
        """
        given = [value for name, value in headers if name == b"authorization"]
        scheme, _, token = given[0].partition(b" ") if len(given) == 1 else (b"", b"", b"")
        if scheme.lower() != b"bearer":
            return _unauthorized("a token is needed here", CHALLENGE)
        if self._token and hmac.compare_digest(token.strip(), self._token):
            return None
        return _unauthorized("this is not the token", f'{CHALLENGE}, error="invalid_token"')

    def _forbidden(self, peer: Peer) -> Response:
        user = _user(peer.uid)
        who = f"{user} (uid {peer.uid})" if user else f"uid {peer.uid}"
        may = "may look, but change nothing" if self._others == "read" else "may not ask"
        gid = self._groups.get(peer.door)
        group = None if gid in (None, NOBODY) else _group(gid)
        allowed = f"root, the daemon's own user{f' and the group {group}' if group else ''} may"
        hint = "ask as root, or as the daemon's own user"
        if group and gid and user and peer.uid != NOBODY:
            join = f"sudo usermod -aG {shlex.quote(group)} {shlex.quote(user)}"
            hint = f"join its group: `{join}`, then log in anew; or ask as root"
        return refusal(403, "forbidden", f"{who}: {may}: {allowed}", hint)


def _unauthorized(what: str, challenge: str) -> Response:
    response = refusal(
        401,
        "unauthorized",
        f"authorization: {what}",
        "send `Authorization: Bearer TOKEN`, with what is in the file http.token_file",
    )
    response.headers["www-authenticate"] = challenge
    return response


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return ""


def _group(number: int | None) -> str:
    try:
        return "" if number is None else grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
