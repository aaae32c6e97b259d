"""`shelfd check`: what is in shelfd's way, and the way out of it; nothing is started, repaired or left behind."""

import errno
import os
import platform
import shlex
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from shutil import which

import msgspec

from shelfd.app.check_doors import of_http, of_others
from shelfd.app.check_quarantine import of_quarantine
from shelfd.app.check_rights import of_rights
from shelfd.app.check_roots import Said, Severity, of_inotify, of_marker, of_pair, of_root, pairs
from shelfd.app.sources import Source
from shelfd.core import roots
from shelfd.core.errors import UsageError
from shelfd.core.paths import printable
from shelfd.core.roots import Root, Roots
from shelfd.core.settings import Settings
from shelfd.edges import abilities, mounts, video
from shelfd.edges.abilities import size
from shelfd.edges.clock import Clock
from shelfd.store import inspection

YEARS = range(2025, 2100)
STATE_BYTES = 64 << 20  # for the database to grow, and to be copied before a migration
FIXED_SQLITE = (3, 51, 3)  # before it, two writers that both checkpoint can damage a database
DAMAGED = (
    "put back a copy (shelfd.db.before-migration-*, or a backup), or move it away: shelfd then builds"
    " the catalog anew, but forgets its history and can no longer undo"
)


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
        ("socket", lambda: of_others(settings)),
        ("http", lambda: of_http(settings)),
        *((root.name, partial(_of_root, settings, root, source)) for root in everything),
        *((root.name, partial(_marker, root, state)) for root in everything),
        *((name, partial(of_pair, settings, *pair)) for name, pair in pairs(everything).items()),
        ("quarantine", lambda: of_quarantine(settings)),
        ("rights", lambda: of_rights(settings, everything)),
        ("inotify", lambda: of_inotify(settings, everything)),
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


def _found(name: str, look: Callable[[], Said]) -> Iterator[Finding]:
    try:
        for severity, message, fix in look():
            yield Finding(check=name, severity=severity, message=message, fix=fix)
    except Exception as error:  # noqa: BLE001  # what one look stumbles over must not hide what the others find
        message = f"it could not be looked at: {error}"
        yield Finding(check=name, severity="warn", message=message, fix="")


def _of_root(settings: Settings, root: Root, source: Source) -> Said:
    made_at_start = bool(source.inboxes) if root.role == "inbox" else source.library is not None
    return of_root(settings, root, made_at_start=made_at_start)


def _marker(root: Root, state: bytes) -> Said:
    known = inspection.markers(state + b"/shelfd.db")
    if root.name in known and os.path.isdir(root.path):
        yield from of_marker(root, known[root.name])


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
