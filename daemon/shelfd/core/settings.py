"""The settings: every key, its type, its default and the sentence that explains it."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from shelfd.core.layout_words import Player
from shelfd.core.safe_names import Names

Seconds = Annotated[float, Meta(ge=0, le=86_400)]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]
Bytes = Annotated[int, Meta(ge=0, le=1 << 62)]
Days = Annotated[int, Meta(ge=0, le=36_500)]
Share = Annotated[float, Meta(ge=0, le=1)]
Path = Annotated[str, Meta(extra={"form": "path"})]
"""From `/`, without `..`."""
SocketPath = Annotated[str, Meta(extra={"form": "socket"})]
"""A path that is short enough for a socket."""
OptionalPath = Annotated[str, Meta(extra={"form": "optional path"})]
"""A path, or empty for none."""
Address = Annotated[str, Meta(extra={"form": "address"})]
"""An IP address and a port, or empty for none."""
Name = Annotated[str, Meta(extra={"form": "name"})]
"""Stands in addresses of the API and in messages; libraries and inboxes share one set of names."""
Cron = Annotated[str, Meta(extra={"form": "cron"})]
"""Minute, hour, day of month, month, day of week; 0 and 7 are Sunday, names are allowed; empty switches off."""

FileMode = Annotated[str, Meta(extra={"form": "file mode"})]
"""Permission bits in octal digits, or empty."""
DirMode = Annotated[str, Meta(extra={"form": "directory mode"})]
Group = Annotated[str, Meta(extra={"form": "group"})]
"""The name or the number of a group, or empty."""

MOST_WORKERS = 64

LibraryKind = Literal["movies", "shows", "music", "audiobooks", "books"]
InboxKind = Literal["auto", "movies", "shows", "music", "audiobooks", "books"]
Others = Literal["nothing", "read"]
Conflict = Literal["skip", "keep-both", "replace-better"]
Mode = Literal["auto", "move", "copy", "hardlink", "reflink", "symlink"]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong with the settings, for the person who wrote them."""

    key: str
    """Where, as a path of keys: `library[1].kind`; rows count from 0."""
    found: str
    """What stands there, as a settings file would say it, or `nothing`."""
    allowed: str
    """What may stand there."""
    suggestion: str = ""
    """What was probably meant; empty when nothing comes close."""
    against: str = ""
    """The other key of a contradiction; empty when the value alone is wrong."""


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table of the settings file."""


class Daemon(Table, frozen=True):
    """The process itself."""

    state_dir: Path = "/var/lib/shelfd"
    """The catalog, the queue and the journal; on a local disk."""
    socket: SocketPath = "/run/shelfd/shelfd.sock"
    socket_group: str = "shelfd"
    """Whose members may use the socket, beside root and the daemon's own user."""
    others: Others = "nothing"
    """What everybody else on this machine may do through it."""
    workers: Annotated[int, Meta(ge=1, le=MOST_WORKERS)] = 4
    """How many operations run side by side at most."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "console", "logfmt", "json"] = "auto"
    memory_budget_bytes: Bytes = 0
    """Memory that shelfd and the readers of files may have before it takes less in one go; 0: what the system allows."""


class Library(Table, frozen=True):
    """A directory tree that a player reads."""

    name: Name
    path: Path
    kind: LibraryKind
    layout: Player = "jellyfin"
    """Whose rules for names and directories it follows."""
    names: Names = "portable"
    """`portable`: names that FAT, exFAT, NTFS and SMB take as well; `unix`: whatever Linux takes."""
    template: str = ""
    """What makes the paths instead: each below `path`, without extension; empty for none."""


class Inbox(Table, frozen=True):
    """A directory into which people and programs drop files."""

    path: Path
    name: Name = ""
    """By default the last part of the path."""
    mode: Mode = "auto"
    kind: InboxKind = "auto"
    after: Literal["trash", "keep"] = "trash"
    """What becomes of the dropped file when a copy of it is filed."""


class Watch(Table, frozen=True):
    """How long to wait before a change is looked at."""

    debounce_s: Seconds = 1.0
    """Quiet time in a directory before it is read."""
    debounce_cap_s: Seconds = 30.0
    """However noisy a directory is, it is read after this time."""
    settle_s: Seconds = 5.0
    """How long a dropped file must stay as it is before it is filed."""
    settle_network_s: Seconds = 30.0
    """The same on a network file system, where other machines write in bursts."""
    budget_share: Share = 0.5
    """How much of fs.inotify.max_user_watches shelfd may take; the coldest directories beyond it are polled."""
    poll_s: Annotated[float, Meta(ge=1, le=86_400)] = 300.0
    """How often directories are compared with what is known of them where inotify does not see all."""
    ignore: tuple[str, ...] = ()
    """Names that are none of shelfd's business, as shell patterns."""


class Scan(Table, frozen=True):
    """How libraries are read."""

    checkpoint_directories: Count = 200
    checkpoint_s: Seconds = 2.0
    full_schedule: Cron = "0 5 * * sun"
    probe_processes: Annotated[int, Meta(ge=0, le=64)] = 0
    """Processes that read the insides of files; 0 chooses by the number of processors."""
    probe_timeout_s: Seconds = 20.0
    min_size_bytes: Bytes = 1
    max_size_bytes: Bytes = 1 << 62
    symlinks: Literal["skip", "files", "all"] = "files"
    """Which links count for what they lead to; never one that leads out of all libraries and inboxes."""


class Missing(Table, frozen=True):
    """When vanished files are taken for deleted."""

    suspend_share: Share = 0.2
    """A library that loses more than this share of its files at once is suspended,"""
    suspend_files: Count = 50
    """and so is one that loses more files than this."""
    grace_days: Days = 30
    """How long what is known of a missing file is kept."""


class Playback(Table, frozen=True):
    """What the players can play as it is; an empty list allows everything."""

    containers: tuple[str, ...] = ()
    video_codecs: tuple[str, ...] = ()
    audio_codecs: tuple[str, ...] = ()
    pixel_formats: tuple[str, ...] = ()
    max_channels: Annotated[int, Meta(ge=0, le=64)] = 0
    """0 allows any number."""


class Import(Table, frozen=True):
    """How dropped files are filed."""

    auto_accept: Share = 0.8
    """How sure shelfd must be to file without asking."""
    conflict: Conflict = "skip"
    """What becomes of a file whose item is in the library already, in another form."""
    file_mode: FileMode = ""
    """What a file gets in a library; empty: what its source has. A default access list there goes before it."""
    dir_mode: DirMode = ""
    """What a directory gets that is made in a library; empty: what the umask leaves."""
    group: Group = ""
    """What both belong to, by name or number; empty: as the system has it. Set-group-ID directories go before it."""
    min_free_bytes: Bytes = 1 << 30
    trash_days: Days = 30
    write_nfo: bool = False
    """Whether metadata files are written beside what is filed."""
    quarantine: OptionalPath = ""
    """Where refused items are moved; empty: they stay where they are."""


class Queue(Table, frozen=True):
    """In which order operations run, what is done after faults, and what is remembered."""

    aging_s: Annotated[float, Meta(ge=1, le=86_400)] = 300.0
    """Who waits that long is worth one priority more."""
    retries: Annotated[int, Meta(ge=0, le=100)] = 5
    """How often an operation is tried again after a fault that may pass."""
    backoff_s: Annotated[float, Meta(ge=1, le=3600)] = 30.0
    """Until the first of these tries; it doubles with each, up to an hour."""
    keep_history_days: Days = 30


class Schedule(Table, frozen=True):
    """When to do what without being asked."""

    scan: Cron = "30 4 * * *"
    cleanup: Cron = "45 4 * * *"
    verify: Cron = ""


class Http(Table, frozen=True):
    """The API over TCP, beside the socket; only with a token."""

    listen: Address = ""
    """`127.0.0.1:8123`, or `[::1]:8123`; empty switches off."""
    token_file: OptionalPath = ""
    """What is in it opens the API; empty: the credential `http-token` of the service."""


class Settings(Table, frozen=True):
    """Everything, as one value."""

    daemon: Daemon = Daemon()
    library: tuple[Library, ...] = ()
    inbox: tuple[Inbox, ...] = ()
    watch: Watch = Watch()
    scan: Scan = Scan()
    missing: Missing = Missing()
    playback: Playback = Playback()
    import_: Import = msgspec.field(name="import", default=Import())
    queue: Queue = Queue()
    schedule: Schedule = Schedule()
    http: Http = Http()
