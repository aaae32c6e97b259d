"""`shelfd check`: what is in shelfd's way, and the way out, found without starting, changing or repairing anything."""

import errno
import os
import platform
import shlex
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from importlib import resources
from typing import Literal
from urllib.parse import quote

import msgspec

from shelfd.app.sources import Source
from shelfd.core import roots
from shelfd.core.errors import UsageError
from shelfd.core.paths import printable
from shelfd.core.roots import Root
from shelfd.core.settings import Settings
from shelfd.edges import abilities, mounts, video
from shelfd.edges.abilities import Count, Refusal, Ways
from shelfd.edges.clock import Clock
from shelfd.edges.files import METHODS
from shelfd.store.database import APPLICATION_ID, Tx

STATE_BYTES = 64 << 20  # room to grow for the database, beside the copy made before it is migrated
WATCH_BYTES = 1200  # what a watch takes of the kernel's memory
COUNTING_S = 5.0  # a disk that has to wake up first must not keep a person waiting
MOST_DIRECTORIES = 1_000_000
FIXED_SQLITE = (3, 51, 3)
"""Before, two connections that both write and checkpoint could damage a database; shelfd has one that does."""
INOTIFY = {"max_user_watches": 1 << 20, "max_user_instances": 512, "max_queued_events": 131_072}
"""What the limits are raised to; the first one further where that is too few."""
LEAST_QUEUED = 16_384  # the kernel's own default
YEARS = range(2025, 2100)
ERRNO = {number: name for number, name in errno.errorcode.items()}
"""The names of errno(3)."""

TAKEN = {
    "reflink": "a clone (reflink): no extra space",
    "hardlink": "a hard link: no extra space",
    "symlink": "a symbolic link: no extra space, as long as the inbox keeps the file",
    "rename": "a rename: no extra space",
}
"""How files will get into a library, for people."""
ONE_MOUNT = (
    "let both be reached by one mount: with systemd, name one directory above them in ReadWritePaths="
    " (`systemctl edit shelfd`); in a container, mount that as one volume"
)


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at."""

    check: str
    """What it was: `settings`, `inotify`, the name of a library or an inbox, `inbox -> Movies`."""
    severity: Literal["ok", "warn", "fatal"]
    """`fatal`: shelfd does not start, or cannot do what the settings ask; `warn`: it works, but not well."""
    message: str
    fix: str = ""
    """What to do, where there is something."""


Look = Callable[[], Iterator[Finding]]


def check(source: Source) -> list[Finding]:
    """Return what is found, in the order in which it matters; settings that cannot be read are all that is."""
    try:
        settings = source.read()
    except UsageError as error:
        return [_fatal("settings", error.message, error.hint)]
    looks: list[tuple[str, Look]] = [
        ("settings", partial(_settings, settings, source.name)),
        ("clock", lambda: of_clock(Clock().wall())),
        ("python", _python),
        ("video", partial(_video, settings)),
        ("state directory", partial(_state_directory, settings)),
        ("database", partial(_database, settings)),
        ("socket", partial(_socket, settings)),
    ]
    ...
    return [finding for name, look in looks for finding in _found(name, look)]
