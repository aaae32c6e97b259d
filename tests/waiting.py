"""Wait for something real to happen, with a deadline instead of a guess."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(condition: Callable[[], T], within: float = 20.0) -> T:
    """Return what `condition` returns as soon as it is true; fail after `within` seconds."""
    deadline = time.monotonic() + within
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"did not come true within {within} s; last: {result!r}")
        threading.Event().wait(0.01)
    return result
