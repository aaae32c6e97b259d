"""What the memory of a process looks like, as glibc and Python themselves tell it."""

import ctypes
import subprocess
import sys

import pytest

GLIBC = hasattr(ctypes.CDLL(None), "malloc_stats")


def told(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )


@pytest.mark.skipif(not GLIBC, reason="only glibc has a heap for each thread")
def test_threads_share_one_heap() -> None:
    script = """
import ctypes, threading
from shelfd.edges import memory
memory.spare()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
threads = [threading.Thread(target=libc.malloc, args=(1000,)) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc.malloc_stats()
"""
    assert told(script).stderr.count("Arena ") == 1


def test_what_is_kept_is_not_looked_through_again() -> None:
    script = """
import gc
from shelfd.edges import memory
memory.keep()
print(gc.get_freeze_count() > 1000, len(gc.get_objects()) < 1000)
memory.give_back()
print(gc.get_freeze_count() > 1000)
"""
    assert told(script).stdout.split() == ["True", "True", "True"]
