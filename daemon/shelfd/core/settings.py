"""The settings: every key, its type, its default and the sentence that explains it."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Seconds = Annotated[float, Meta(ge=0, le=86_400)]
Count = Annotated[int, Meta(ge=1)]
Bytes = Annotated[int, Meta(ge=0)]
Days = Annotated[int, Meta(ge=0, le=36_500)]
Share = Annotated[float, Meta(ge=0, le=1)]
Cron = str
"""Minute, hour, day of month, month, day of week; 0 and 7 are Sunday, names are allowed; empty switches off."""

LibraryKind = Literal["movies", "shows", "music", "audiobooks", "books"]
InboxKind = Literal["auto", "movies", "shows", "music", "audiobooks", "books"]
Mode = Literal["auto", "move", "copy", "hardlink", "reflink", "symlink"]


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table of the settings file."""


class Daemon(Table, frozen=True):
    """The process itself."""

    state_dir: str = "/var/lib/shelfd"
    socket: str = "/run/shelfd/shelfd.sock"
    socket_group: str = "shelfd"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "console", "logfmt", "json"] = "auto"


class Library(Table, frozen=True):
    """A directory tree that a player reads."""

    name: str
    path: str
    kind: LibraryKind
    layout: Literal["jellyfin"] = "jellyfin"


class Inbox(Table, frozen=True):
    """A directory into which people and programs drop files."""

    path: str
    name: str = ""
    """By default the last part of the path."""
    mode: Mode = "auto"
    kind: InboxKind = "auto"
    after: Literal["trash", "keep"] = "trash"


class Watch(Table, frozen=True):
    """How long to wait before a change is looked at."""

    debounce_s: Seconds = 1.0
    debounce_cap_s: Seconds = 30.0
    settle_s: Seconds = 5.0
    ignore: tuple[str, ...] = ()


class Scan(Table, frozen=True):
    """How libraries are read."""

    checkpoint_directories: Count = 200
    checkpoint_s: Seconds = 2.0
    full_schedule: Cron = "0 5 * * sun"
    probe_processes: Annotated[int, Meta(ge=0, le=64)] = 0
    probe_timeout_s: Seconds = 20.0
    min_size_bytes: Bytes = 1


class Import(Table, frozen=True):
    """How dropped files are filed."""

    auto_accept: Share = 0.8
    min_free_bytes: Bytes = 1 << 30
    trash_days: Days = 30


class Queue(Table, frozen=True):
    """What is remembered of operations."""

    keep_history_days: Days = 30


class Schedule(Table, frozen=True):
    """When to do what without being asked."""

    scan: Cron = "30 4 * * *"
    cleanup: Cron = "45 4 * * *"


class Settings(Table, frozen=True):
    """Everything, as one value."""

    daemon: Daemon = Daemon()
    library: tuple[Library, ...] = ()
    inbox: tuple[Inbox, ...] = ()
    watch: Watch = Watch()
    scan: Scan = Scan()
    import_: Import = msgspec.field(name="import", default=Import())
    queue: Queue = Queue()
    schedule: Schedule = Schedule()
