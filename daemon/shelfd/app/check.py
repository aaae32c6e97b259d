"""`shelfd check`: what is in shelfd's way, and the way out of it; nothing is started, repaired or left behind."""

import errno
import os
import platform
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from shutil import which
from typing import Literal

import msgspec

from shelfd.app.sources import Source
from shelfd.core import roots
from shelfd.core.errors import UsageError
from shelfd.core.paths import printable
from shelfd.core.roots import Root, Roots
from shelfd.core.settings import Settings
from shelfd.edges import abilities, mounts, video
from shelfd.edges.abilities import Count, Ways, size
from shelfd.edges.clock import Clock
from shelfd.edges.files import METHODS
from shelfd.store import inspection

YEARS = range(2025, 2100)
STATE_BYTES = 64 << 20  # for the database to grow, and to be copied before a migration
COUNTING_S = 5.0  # a disk that has to wake up first must not keep a person waiting
WATCH_BYTES = 1200  # that a watch takes of the kernel's memory
DEFAULT_QUEUED = 16_384  # events; what the kernel itself begins with
FIXED_SQLITE = (3, 51, 3)  # before it, two writers that both checkpoint can damage a database
LIMITS = {"max_user_watches": 1 << 20, "max_user_instances": 512, "max_queued_events": 131_072}
"""The limits of inotify, and what to raise them to."""
WAYS = {"reflink": "clone", "hardlink": "hard link", "symlink": "symbolic link", "rename": "rename"}
"""What will bring a file into a library, for people."""
OTHERS_FILES = ", but a copy of what shelfd may not write to: fs.protected_hardlinks"
TWO_MOUNTS = "because both lie on one file system but in two mounts, between which nothing is renamed or linked"
ONE_MOUNT = (
    "let one mount hold both: with systemd, name a directory above them in ReadWritePaths=, not each of them"
    " (systemctl edit shelfd); in a container, mount that directory as one volume"
)
DAMAGED = (
    "put back a copy (shelfd.db.before-migration-*, or a backup), or move it away: shelfd then builds"
    " the catalog anew, but forgets its history and can no longer undo"
)

Severity = Literal["ok", "warn", "fatal"]
Said = Iterator[tuple[Severity, str, str]]
"""What a look found: each with its severity, its message and its fix."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What came out of looking at one thing."""

    check: str
    """The thing: `settings`, `inotify`, the name of a library or an inbox, `inbox -> Movies`."""
    severity: Severity
    """`fatal`: shelfd does not start, or cannot do what the settings ask; `warn`: it does, but not well."""
    message: str
    fix: str
    """What to do; empty when there is nothing to be done."""


def check(source: Source) -> list[Finding]:
    """Return what was found, settings first; when they cannot be read there is nothing else to look at."""
    try:
        settings = source.read()
    except UsageError as error:
        return [Finding(check="settings", severity="fatal", message=error.message, fix=error.hint)]
    state = os.fsencode(settings.daemon.state_dir)
    everything = roots.of(settings)
    looks: list[tuple[str, Callable[[], Said]]] = [
        ("settings", lambda: of_settings(settings, source.name)),
        ("clock", lambda: of_clock(Clock().wall())),
        ("python", _python),
        ("video", lambda: of_video(everything, pyav=video.HAVE_PYAV, ffprobe=which("ffprobe"))),
        ("state directory", lambda: _state_directory(state)),
        ("database", lambda: _database(state)),
        ("socket", lambda: _socket(settings, state)),
        *((root.name, partial(_root, settings, root, source)) for root in everything),
        *((name, partial(_pair, settings, *pair)) for name, pair in _pairs(everything).items()),
        ("inotify", lambda: _inotify(everything)),
    ]
    return [finding for name, look in looks for finding in _found(name, look)]


def told(findings: Sequence[Finding]) -> str:
    """Return the findings for a person: a line for each, and one below it for its fix."""
    width = max((len(one.check) for one in findings), default=0)
    lines = []
    for one in findings:
        message = one.message.replace("\n", "\n" + " " * 7)
        lines.append(f"{one.severity:<5}  {one.check:<{width}}  {message}")
        lines += [f"{' ' * 7}fix: {one.fix}"] if one.fix else []
    return "\n".join(lines)


def of_settings(settings: Settings, name: str) -> Said:
    """Say what the settings name, in a file or on the command line."""
    if not settings.library:
        fix = "name some in /etc/shelfd/shelfd.toml, or with --inbox DIR and --library DIR"
        yield "warn", f"{name}: no library is named, so there is nothing to do", fix
    else:
        counts = f"libraries: {len(settings.library)}, inboxes: {len(settings.inbox)}"
        yield "ok", f"{name}: {counts}", ""


def of_clock(now: float) -> Said:
    """Say whether `now`, in Unix seconds, can be true."""
    moment = datetime.fromtimestamp(now, UTC)
    if moment.year in YEARS:
        yield "ok", f"{moment:%Y-%m-%d %H:%M} UTC", ""
    else:
        message = f"it says {moment:%Y-%m-%d}, and schedules and the trash go by it"
        yield "warn", message, "timedatectl set-ntp true"


def of_video(everything: Roots, *, pyav: bool, ffprobe: str | None) -> Said:
    """Say what reads the insides of videos."""
    if pyav:
        yield "ok", "read by PyAV", ""
    elif ffprobe is not None:
        message = f"PyAV is missing; {ffprobe} is used, which takes a hundred times as long"
        yield "warn", message, "pip install av"
    else:
        needed = any(root.kind in ("movies", "shows") for root in everything)
        message = "neither PyAV nor ffprobe is there: no video can be read, and none is filed"
        yield "fatal" if needed else "warn", message, "install ffmpeg, or: pip install av"


def of_limits(limits: Mapping[str, int | None], count: Count, refused: int) -> Said:
    """Say whether inotify suffices: its limits, the directories there are, why it refuses (errno(3), 0: it does not)."""
    watches, queued = limits["max_user_watches"], limits["max_queued_events"]
    many = f"directories to watch: {'' if count.complete else 'at least '}{count.number}"
    cost = f"1.2 KB of kernel memory each: {size(WATCH_BYTES * count.number)}"
    if refused:
        limit = f"max_user_instances is {limits['max_user_instances']} for all programs of a user"
        message = f"no change can be heard: {os.strerror(refused)}: fs.inotify.{limit}"
        yield "fatal", message, _raise("max_user_instances")
    elif watches is None:
        yield "ok", f"{many} ({cost}); how many are allowed cannot be seen here", ""
    elif count.number > 0.9 * watches:  # other programs use some as well
        limit = f"fs.inotify.max_user_watches is {watches} for all programs of a user"
        message = f"{many} ({cost}), and {limit}: scans alone see changes in the rest"
        yield "warn", message, _raise("max_user_watches", count.number)
    else:
        yield "ok", f"{many} of {watches} ({cost})", ""
    if queued is not None and queued < DEFAULT_QUEUED:
        message = f"fs.inotify.max_queued_events is {queued}: many files at once take extra scans"
        yield "warn", message, _raise("max_queued_events")


def of_ways(ways: Ways, inbox: Root, trash_days: int) -> Said:
    """Say how files will get from an inbox into a library."""
    methods = ("rename", "copy") if inbox.mode == "move" else METHODS[inbox.mode]
    way = next((method for method in methods if method not in ways.refused), "")
    able = f"possible: {', '.join([*(one for one in WAYS if one not in ways.refused), 'copy'])}"
    because = f", {TWO_MOUNTS}" if ways.two_mounts and inbox.mode != "copy" else ""
    if way == "copy":
        until = f" until the trash is emptied after {trash_days} days"
        until = "" if inbox.after == "keep" and inbox.mode != "move" else until
        message = f"a verified copy: takes the space twice{until} ({able}){because}"
        yield "warn" if because else "ok", message, ONE_MOUNT if because else ""
    elif way:
        note = OTHERS_FILES if way == "hardlink" and ways.own_files_only else ""
        yield "ok", f"a {WAYS[way]}: no extra space{note} ({able})", ""
    else:
        why = f"{os.strerror(ways.refused[methods[-1]])} ({able})"
        fix = ONE_MOUNT if because else 'set mode = "auto" for this inbox'
        yield "fatal", f'mode = "{inbox.mode}" is impossible: {why}{because}', fix


def _found(name: str, look: Callable[[], Said]) -> Iterator[Finding]:
    try:
        for severity, message, fix in look():
            yield Finding(check=name, severity=severity, message=message, fix=fix)
    except Exception as error:  # noqa: BLE001  # what one look stumbles over must not hide what the others find
        message = f"it could not be looked at: {error}"
        yield Finding(check=name, severity="warn", message=message, fix="")


def _python() -> Said:
    sqlite = inspection.engine()
    old = tuple(int(part) for part in sqlite.split(".")) < FIXED_SQLITE
    note = ": let no other program write to the database while shelfd runs" if old else ""
    yield "ok", f"Python {platform.python_version()}, SQLite {sqlite}{note}", ""


def _state_directory(path: bytes) -> Said:
    here = abilities.existing(path)
    shown, kind, free = printable(path), mounts.file_system(here), abilities.free_bytes(here)
    refused = abilities.refusal(path) if here == path else abilities.refusal_to_make(path)
    owner, user = abilities.owner(here), abilities.user()
    other = here == path and owner != user
    if mounts.is_network(kind):
        message = f"{shown}: it lies on {kind}, on which a database is not safe"
        yield "fatal", message, "set daemon.state_dir to a directory on a local disk"
    elif refused is not None and not other:
        missing = here != path and refused.number == errno.EACCES
        make = f"install -d -o {user} -m 750 {shlex.quote(shown)}"
        yield "fatal", f"{shown}: {refused.why}", make if missing else refused.fix
    elif refused is None:
        first = "" if here == path else "the first start makes it: "
        yield "ok", f"{shown}: {first}{kind}, {size(free)} free", ""
    if other:
        message = f"{shown}: it belongs to {owner}, and {user} asks, who may do more, or less"
        yield "fatal" if refused else "warn", message, f"sudo -u {owner} shelfd check"
    if free < STATE_BYTES:
        message = f"{shown}: only {size(free)} are free, and the database must be able to grow"
        yield "warn", message, "free space there, or set daemon.state_dir to another disk"


def _database(state: bytes) -> Said:
    path, lock = state + b"/shelfd.db", state + b"/lock"
    shown, user = printable(path), abilities.user()
    found: list[tuple[Severity, str, str]] = []
    if not abilities.length(path):
        found = [("ok", f"{shown}: there is none yet, the first start makes it", "")]
    elif not os.access(path, os.R_OK | os.W_OK, effective_ids=True):
        fix = f"chown --reference={shlex.quote(printable(state))} {shlex.quote(shown)}*"
        found = [("fatal", f"{shown}: {user} cannot write to it", fix)]
    elif abilities.holder(lock) is None:
        found = list(_content(path, shown))
    # asked last: what a shelfd writes that started meanwhile looks like damage
    if (process := abilities.holder(lock)) is None:
        yield from found
    else:
        yield "ok", f"{shown}: the shelfd that runs uses it (process {process})", ""


def _content(path: bytes, shown: str) -> Said:
    state, detail = inspection.inspect(path)
    said: dict[str, tuple[Severity, str, str]] = {
        "unmerged": ("ok", "the last run left it unmerged; the next start looks into it", ""),
        "empty": ("ok", "it is empty, the first start fills it", ""),
        "foreign": (
            "fatal",
            "it is the database of another program",
            "set daemon.state_dir to a directory of shelfd's own",
        ),
        "newer": (
            "fatal",
            f"a newer shelfd wrote it (it has the migration {detail})",
            "install that version or a later one",
        ),
        "older": ("ok", "of an older shelfd; the next start copies and migrates it", ""),
        "sound": ("ok", f"undamaged, with the schema {detail}", ""),
        "damaged": ("fatal", f"it is damaged, or cannot be read: {detail}", DAMAGED),
    }
    severity, message, fix = said[state]
    yield severity, f"{shown}: {message}", fix


def _socket(settings: Settings, state: bytes) -> Said:
    path = os.fsencode(settings.daemon.socket)
    shown, above = printable(path), os.path.dirname(path)
    seen, process = abilities.socket_at(path), abilities.holder(state + b"/lock")
    if seen == "other":
        fix = "move it away, or set daemon.socket to another path"
        yield "fatal", f"{shown}: something is there that is no socket", fix
    elif seen == "listening":
        who = f"shelfd (process {process})" if process else "a program, such as systemd for shelfd,"
        yield "ok", f"{shown}: {who} listens", ""
        if not os.access(path, os.W_OK, effective_ids=True):
            group, user = settings.daemon.socket_group, abilities.user()
            yield "warn", f"{shown}: {user} may not use it", f"usermod -aG {group} {user}"
    elif process is not None:
        message = f"{shown}: the shelfd that runs does not listen there (process {process})"
        yield "warn", message, "start it anew: systemctl restart shelfd"
    elif (refused := abilities.refusal(above)) is not None:
        make = f"systemctl enable --now shelfd.socket, or mkdir {shlex.quote(printable(above))}"
        fix = make if refused.number == errno.ENOENT else refused.fix
        yield "fatal", f"{shown}: it cannot be made: {refused.why}", fix
    else:
        left = "a shelfd that is gone left it" if seen == "stale" else "nothing is there"
        yield "ok", f"{shown}: {left}; the next start makes it", ""


def _root(settings: Settings, root: Root, source: Source) -> Said:
    shown, refused = printable(root.path), abilities.refusal(root.path)
    made_at_start = bool(source.inboxes) if root.role == "inbox" else source.library is not None
    if refused is not None and refused.number == errno.ENOENT and made_at_start:
        refused = abilities.refusal_to_make(root.path)
        if refused is None:
            yield "ok", f"{shown}: the start makes it", ""
            return
    trashes = root.after == "trash" and root.mode != "symlink"
    changes = root.role == "library" or root.mode == "move" or trashes
    if refused is not None and (changes or refused.call in ("list", "mkdir")):
        yield "fatal", f"{shown}: {refused.why}", refused.fix
        return
    kind, free = mounts.file_system(root.path), abilities.free_bytes(root.path)
    able = "writable" if refused is None else "readable, which is enough here"
    yield "ok", f"{shown}: {able}, {kind}, {size(free)} free", ""
    if mounts.is_network(kind) and kind != "fuseblk":
        message = f"{shown}: on {kind}, scans alone see the changes that other machines make"
        yield "warn", message, "let schedule.scan come as often as they should be seen"
    least = settings.import_.min_free_bytes
    if root.role == "library" and free < least:
        message = f"{shown}: {size(free)} are free, and no copy may leave less than {size(least)}"
        yield "warn", message, "free space there, or lower import.min_free_bytes"


def _pairs(everything: Roots) -> dict[str, tuple[Root, Root]]:
    """Return each inbox with each library that takes from it: of the libraries of a kind, the first."""
    inboxes = [root for root in everything if root.role == "inbox"]
    takers = [root for root in everything if root.name in everything.libraries().values()]
    pairs = [(one, to) for one in inboxes for to in takers if one.kind in (None, to.kind)]
    return {f"{one.name} -> {to.name}": (one, to) for one, to in pairs}


def _pair(settings: Settings, inbox: Root, library: Root) -> Said:
    if os.path.isdir(inbox.path) and os.path.isdir(library.path):
        ways = abilities.ways(inbox.path, library.path)
        yield from of_ways(ways, inbox, settings.import_.trash_days)


def _inotify(everything: Roots) -> Said:
    limits = {name: abilities.limit(f"fs/inotify/{name}") for name in LIMITS}
    there = [root.path for root in everything if os.path.isdir(root.path)]
    count = abilities.count_directories(there, COUNTING_S)
    return of_limits(limits, count, abilities.inotify_refused())


def _raise(name: str, least: int = 0) -> str:
    value = max(LIMITS[name], 1 << (2 * least).bit_length())
    return f"echo fs.inotify.{name}={value} >>/etc/sysctl.d/60-shelfd.conf && sysctl --system"
