"""Neither the daemon nor a command loads what only TLS needs."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

from running import Connection, running

LOADED = """
import sys
from shelfd.edges import openssl
openssl.leave_out()
{more}
print("_ssl" in sys.modules)
"""


def libraries(pid: int) -> set[str]:
    """Return the names of the files that a process has mapped."""
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    return {line.split("/")[-1].split(".so")[0] for line in lines if "/" in line}


def test_the_daemon_answers_everything_without_it(tmp_path: Path) -> None:
    with running(tmp_path) as daemon:
        assert daemon.process is not None
        for path in ("/v1/status", "/v1/openapi.json", "/v1/items", "/v1/operations?limit=1"):
            assert daemon.get(path)[0] == 200
        connection = Connection(daemon.socket)
        connection.request("GET", "/metrics")
        assert b"shelfd_state" in connection.getresponse().read()
        connection.close()
        assert json.loads(daemon.shelfd("status", "--json").stdout)["pid"] == daemon.process.pid

        found = libraries(daemon.process.pid)

    assert "libsqlite3" in found
    assert not found & {"libssl", "libcrypto", "_ssl", "_hashlib"}


def run(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_hashes_are_those_that_python_has_itself() -> None:
    known = hashlib.blake2b(b"shelfd", digest_size=16).hexdigest()
    more = f"""
import hashlib
assert hashlib.blake2b(b"shelfd", digest_size=16).hexdigest() == "{known}"
assert hashlib.algorithms_guaranteed <= set(dir(hashlib)), hashlib.algorithms_guaranteed
"""
    assert run(LOADED.format(more=more)) == "False"


def test_who_wants_tls_nevertheless_hears_that_there_is_none() -> None:
    more = """
import ssl
try:
    ssl.create_default_context()
except RuntimeError as error:
    assert str(error) == "shelfd runs without TLS"
else:
    raise AssertionError
"""
    assert run(LOADED.format(more=more)) == "False"


def test_who_has_it_already_keeps_it() -> None:
    code = "import ssl" + LOADED.format(more="ssl.create_default_context()")

    assert run(code) == "True"
