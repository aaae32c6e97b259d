"""Whatever is wrong with a request, a running daemon says what it is and what would be right, and goes on."""

import contextlib
import json
import os
import pwd
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from running import Running
from shelfd.control import asked

POST = b"POST /v1/operations HTTP/1.1\r\nHost: shelfd\r\n"
LARGE = b" " * (asked.BODY_BYTES + 1)
ENDLESS = b"Content-Length: 10000000000\r\nExpect: 100-continue\r\n\r\n"
LONG = "/" + "x" * 4999


class Readable(Running):
    """A daemon that others may look at."""

    def write(self, settings: str) -> None:
        super().write(settings)
        text = self.config.read_text()
        self.config.write_text(text.replace("[daemon]\n", '[daemon]\nothers = "read"\n', 1))


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    daemon = Readable(tmp_path_factory.mktemp("asked"))
    daemon.run.chmod(0o755)  # so that other users come as far as the socket
    try:
        daemon.start()
        yield daemon
    finally:
        daemon.close()


def said(daemon: Running, request: bytes) -> tuple[int, Any]:
    """Return status and error of the answer to these bytes, after which nothing follows."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(20)
        client.connect(daemon.socket)
        client.sendall(request)
        client.shutdown(socket.SHUT_WR)
        answer = b""
        while part := client.recv(65_536):
            answer += part
    head, _empty, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)["error"]


def posted(body: bytes) -> bytes:
    return POST + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body


def got(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: shelfd\r\nConnection: close\r\n\r\n".encode()


def importing(path: str) -> bytes:
    return posted(json.dumps({"kind": "import", "path": path}).encode())


@pytest.mark.parametrize(
    ("request_", "status", "code", "hint"),
    [
        (posted(LARGE), 413, "too_large", "one thing at a time"),
        (POST + ENDLESS, 413, "too_large", "one thing at a time"),
        (b"GET /v1/sta", 400, "no_http", "whole"),
        (POST + b"Content-Length: 10\r\n\r\n{", 400, "no_http", "whole"),
        (POST + b"X: " + b"x" * 40_000, 431, "too_large", "fewer headers"),
        (b"hello\r\n\r\n", 400, "no_http", "HTTP/1.1"),
        (got("/v1/why?path=/srv/a%00b"), 422, "invalid_path", "no name of a file"),
        (got("/v1/why?path_bytes=/srv/a%2500b"), 422, "invalid_path", "no name of a file"),
        (importing("/srv/a\0b"), 422, "invalid_path", "no name of a file"),
        (got("/v1/why?path=/srv/../etc"), 422, "invalid_path", "realpath"),
        (got("/v1/why?path_bytes=/srv/%252e%252e/etc"), 422, "invalid_path", "realpath"),
        (importing("/srv/.."), 422, "invalid_path", "realpath"),
        (got(f"/v1/why?path={LONG}"), 422, "invalid_path", "a directory above"),
        (importing(LONG), 422, "invalid_path", "a directory above"),
        (importing("inbox/a"), 422, "invalid_path", "such as /srv/"),
        (got("/v1/%00"), 404, "not_found", "openapi.json"),
        (got("/v1/../../etc/passwd"), 404, "not_found", "openapi.json"),
        (got(LONG), 404, "not_found", "openapi.json"),
        (got("/v1/status/"), 404, "not_found", "openapi.json"),
        (got("/v1/items/7/cover"), 404, "no_such_item", ""),
        (got(f"/v1/items/{quote('../1')}"), 404, "not_found", "openapi.json"),
    ],
    ids=repr,
)
def test_it_is_told_what_is_wrong_and_what_would_be_right(
    daemon: Running, request_: bytes, status: int, code: str, hint: str
) -> None:
    found, error = said(daemon, request_)

    assert (found, error["code"]) == (status, code)
    assert error["message"]
    assert hint in error["hint"]
    assert daemon.is_ready()


@contextlib.contextmanager
def being(user: pwd.struct_passwd) -> Iterator[None]:
    """Be another user, in no group."""
    before = os.getgroups()
    os.setgroups([])
    os.setegid(user.pw_gid)
    os.seteuid(user.pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(before)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be other users")
def test_who_may_not_is_told_so_whatever_else_is_wrong(daemon: Running) -> None:
    user = pwd.getpwnam("nobody")
    for request in (posted(b'{"kind": "scan"}'), posted(LARGE), importing("/srv/..")):
        with being(user):
            status, error = said(daemon, request)

        assert (status, error["code"]) == (403, "forbidden")
        assert error["message"].startswith(f"nobody (uid {user.pw_uid}): may look")
        assert error["hint"]
