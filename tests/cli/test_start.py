"""What a command loads before it does anything."""

import subprocess
import sys

from fakes.terminal import environment

HEAVY = (
    "asyncio",
    "msgspec",
    "sqlite3",
    "sqlite_utils",
    "starlette",
    "structlog",
    "uvicorn",
    "watchdog",
)


def test_nothing_heavy_is_loaded_for_a_question() -> None:
    code = f"import sys, shelfd.__main__; print([name for name in {HEAVY} if name in sys.modules])"

    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment()
    )

    assert found.stdout == "[]\n"
