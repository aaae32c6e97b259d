"""Whoever asks is known by the kernel or by a token, and what they may is decided by the method."""

import asyncio
import errno
import grp
import json
import os
import pwd
import socket
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.responses import Response

from shelfd.control import peers
from shelfd.control.access import Access
from shelfd.control.peers import NOBODY, Peer
from shelfd.core.settings import Others

DOOR = "/run/shelfd/shelfd.sock"
GROUP = 4_000_000_001  # more than a signed number has room for
STRANGER = os.geteuid() + 4_000_000_000
TOKEN = b"0123456789abcdef" * 2
METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) | st.text(
    alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=8
)


def peer(uid: int = STRANGER, *groups: int, door: object = DOOR) -> Peer:
    return Peer(uid=uid, groups=frozenset(groups), door=door)


def answer(
    access: Access, who: Peer | None, method: str = "GET", *authorization: bytes
) -> Response | None:
    headers = [(b"host", b"x"), *((b"authorization", value) for value in authorization)]
    scope = {"type": "http", "state": {"peer": who}, "method": method, "headers": headers}
    return asyncio.run(access.refusal(scope))


def error(response: Response | None) -> dict[str, Any]:
    assert response is not None
    found = json.loads(bytes(response.body))["error"]
    return {"status": response.status_code, **found}


@settings(deadline=None)
@given(METHODS)
def test_root_the_own_user_and_the_group_may_do_everything(method: str) -> None:
    access = Access({DOOR: GROUP}, "nothing")

    for one in (peer(0), peer(os.geteuid()), peer(STRANGER, 5, GROUP)):
        assert answer(access, one, method) is None


@settings(deadline=None)
@given(METHODS, st.sampled_from(["nothing", "read"]))
def test_others_may_at_most_read_whatever_the_method_is(method: str, others: Others) -> None:
    refused = answer(Access({DOOR: GROUP}, others), peer(STRANGER, 5), method)

    if others == "read" and method in ("GET", "HEAD"):
        assert refused is None
    else:
        assert error(refused)["status"] == 403
        assert error(refused)["code"] == "forbidden"


def test_the_group_of_another_socket_opens_nothing() -> None:
    access = Access({DOOR: GROUP, "/other": 7}, "nothing")

    assert answer(access, peer(STRANGER, 7)) is not None
    assert answer(access, peer(STRANGER, 7, door="/other")) is None
    assert answer(access, peer(STRANGER, 7, door=b"\0abstract")) is not None


def test_a_refusal_names_who_asked_who_may_and_the_way_in() -> None:
    user = next(one for one in pwd.getpwall() if one.pw_uid not in (0, os.geteuid(), NOBODY))
    group = next(one for one in grp.getgrall() if one.gr_gid not in (0, NOBODY))

    said = error(answer(Access({DOOR: group.gr_gid}, "read"), peer(user.pw_uid), "POST"))

    assert said["message"] == (
        f"{user.pw_name} (uid {user.pw_uid}): may look, but change nothing: root, the daemon's own user"
        f" and the group {group.gr_name} may"
    )
    assert said["hint"] == (
        f"join its group: `sudo usermod -aG {group.gr_name} {user.pw_name}`, then log in anew; or ask as root"
    )


@pytest.mark.parametrize("group", [{}, {DOOR: 0}, {DOOR: NOBODY}])
def test_nobody_is_sent_into_a_group_that_is_no_way_in(group: dict[object, int]) -> None:
    said = error(answer(Access(group, "nothing"), peer()))

    assert said["hint"] == "ask as root, or as the daemon's own user"
    assert said["message"].startswith(f"uid {STRANGER}: may not ask: root")


def test_a_user_of_another_namespace_is_nobody_even_when_the_daemon_seems_to_be_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: NOBODY)
    access = Access({DOOR: NOBODY}, "nothing")

    assert error(answer(access, peer(NOBODY)))["status"] == 403


def test_the_token_opens_everything() -> None:
    access = Access({}, "nothing", TOKEN)

    for authorization in (b"Bearer " + TOKEN, b"bearer   " + TOKEN + b" "):
        assert answer(access, None, "POST", authorization) is None


@settings(deadline=None)
@given(st.binary(max_size=40).filter(lambda text: text.strip() != TOKEN))
def test_nothing_but_the_token_opens(wrong: bytes) -> None:
    refused = answer(Access({}, "read", TOKEN), None, "GET", b"Bearer " + wrong)

    assert error(refused)["status"] == 401
    assert refused is not None
    assert refused.headers["www-authenticate"] == 'Bearer realm="shelfd", error="invalid_token"'


@pytest.mark.parametrize(
    "authorization",
    [
        (),
        (b"",),
        (b"Bearer",),
        (b"Basic " + TOKEN,),
        (TOKEN,),
        (b"Bearer " + TOKEN, b"Bearer " + TOKEN),
    ],
)
def test_without_a_token_it_is_said_how_to_send_one(authorization: tuple[bytes, ...]) -> None:
    refused = answer(Access({}, "read", TOKEN), None, "GET", *authorization)

    assert error(refused)["code"] == "unauthorized"
    assert "Authorization: Bearer" in error(refused)["hint"]
    assert refused is not None
    assert refused.headers["www-authenticate"].startswith('Bearer realm="shelfd"')
    assert TOKEN not in bytes(refused.body)


def test_where_there_is_no_token_an_empty_one_opens_nothing() -> None:
    for authorization in (b"Bearer ", b"Bearer", b"Bearer x"):
        assert error(answer(Access({}, "read"), None, "GET", authorization))["status"] == 401


def test_a_new_token_takes_the_place_of_the_last() -> None:
    access = Access({}, "nothing", TOKEN)
    access.renew(TOKEN[::-1])

    assert error(answer(access, None, "GET", b"Bearer " + TOKEN))["status"] == 401
    assert answer(access, None, "GET", b"Bearer " + TOKEN[::-1]) is None


def test_the_kernel_tells_user_and_groups_of_a_peer() -> None:
    here, there = socket.socketpair(socket.AF_UNIX)
    with here, there:
        found = peers.of(here)

    assert found is not None
    assert found.uid == os.geteuid()
    assert found.groups == {os.getegid(), *os.getgroups()} - {NOBODY}


class Untold(socket.socket):
    """A socket that does not tell supplementary groups: of an old kernel, or of somebody in very many."""

    def __init__(self, fileno: int, number: int) -> None:
        super().__init__(fileno=fileno)
        self.number = number

    def getsockopt(self, level: int, option: int, size: int = 0, /) -> Any:
        if option == peers.SO_PEERGROUPS:
            raise OSError(self.number, os.strerror(self.number))
        return super().getsockopt(level, option, size)


@pytest.mark.parametrize("number", [errno.ENOPROTOOPT, errno.ERANGE])
def test_where_the_kernel_does_not_tell_groups_the_user_database_does(number: int) -> None:
    here, there = socket.socketpair(socket.AF_UNIX)
    with Untold(here.detach(), number) as untold, there:
        found = peers.of(untold)

    name = pwd.getpwuid(os.geteuid()).pw_name
    assert found is not None
    assert found.groups == {*os.getgrouplist(name, os.getegid())} - {NOBODY}


def test_who_comes_by_another_way_is_not_known() -> None:
    with socket.socket(socket.AF_INET) as other:
        assert peers.of(other) is None
