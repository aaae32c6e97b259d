"""The token of the API over TCP is read from a good file, and from no other."""

import os
from pathlib import Path

import pytest

from shelfd.core.errors import UsageError
from shelfd.edges import bearer

TOKEN = "0123456789abcdef" * 2


def written(path: Path, content: str | bytes, mode: int = 0o600) -> str:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)
    return str(path)


def refused(token_file: str) -> UsageError:
    with pytest.raises(UsageError) as raised:
        bearer.read(token_file)
    return raised.value


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640, 0o660])
def test_a_file_that_others_cannot_read_holds_the_token(tmp_path: Path, mode: int) -> None:
    assert bearer.read(written(tmp_path / "token", f" {TOKEN}\n", mode)) == TOKEN.encode()


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o601, 0o644, 0o666])
def test_a_file_of_others_is_refused_with_its_mode(tmp_path: Path, mode: int) -> None:
    error = refused(written(tmp_path / "token", TOKEN, mode))

    assert f"others may read or change it (its mode is 0{mode:o})" in error.message
    assert error.hint.startswith(f"chmod o= {tmp_path}/token")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "it is empty"),
        (" \n", "it is empty"),
        (TOKEN[:-1], "too short: 31 characters, and 32 are the least"),
        (f"{TOKEN}\n{TOKEN}", "this is no token"),
        (f"{TOKEN} {TOKEN}", "this is no token"),
        (f'{TOKEN}"', "this is no token"),
        (TOKEN.encode() + b"\0", "this is no token"),
        (TOKEN.encode() + b"\xff", "this is no token"),
        ("x" * 5000, "this is no token"),
    ],
)
def test_what_can_be_no_token_is_refused_and_not_told(
    tmp_path: Path, content: str | bytes, why: str
) -> None:
    error = refused(written(tmp_path / "token", content))

    assert error.message.startswith(f"http.token_file: {tmp_path}/token: {why}")
    assert "openssl rand" in error.hint
    assert TOKEN[:8] not in error.message + error.hint


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert refused(f"{tmp_path}/none").message == (
        f"http.token_file: {tmp_path}/none: it cannot be read: No such file or directory"
    )


@pytest.mark.parametrize("kind", ["directory", "pipe"])
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "token"
    if kind == "directory":
        path.mkdir()
    else:
        os.mkfifo(path)

    assert refused(str(path)).message.endswith("this is no file")


def test_without_a_file_the_credential_of_the_service_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert refused("").code == "no_token"

    written(tmp_path / "http-token", TOKEN)

    assert bearer.read("") == TOKEN.encode()


def test_without_a_file_and_a_credential_it_says_how_to_make_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)

    error = refused("")

    assert error.code == "no_token"
    assert "openssl rand -hex 32" in error.hint
