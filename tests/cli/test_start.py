"""What a command, and the daemon, load before they do anything."""

import subprocess
import sys

from fakes.terminal import environment

HEAVY = (
    "asyncio",
    "msgspec",
    "rich",
    "sqlite3",
    "sqlite_utils",
    "starlette",
    "structlog",
    "uvicorn",
    "watchdog",
)

SELDOM = ("dateutil", "mutagen", "pluggy", "prometheus_client", "sqlite_utils", "wsgiref")
"""What the daemon needs in few of its lives, or in processes of its own."""


def loaded(module: str, among: tuple[str, ...]) -> str:
    """Return which of these are loaded once a module is."""
    code = f"import sys, {module}; print(*[name for name in {among} if name in sys.modules])"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment()
    )
    return found.stdout.strip()


def test_nothing_heavy_is_loaded_for_a_question() -> None:
    assert loaded("shelfd.__main__", HEAVY) == ""


def test_the_daemon_does_not_begin_with_what_it_seldom_needs() -> None:
    assert loaded("shelfd.app.run", SELDOM) == ""
