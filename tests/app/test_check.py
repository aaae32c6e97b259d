"""What is in shelfd's way is found without starting it, and each finding says what to do."""

import errno
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shelfd.app.budget import Budget
from shelfd.app.check import Finding, check, of_clock, of_settings, of_video, told
from shelfd.app.check_roots import Said, of_limits, of_marker, of_sight, of_ways
from shelfd.app.sources import Source
from shelfd.core import roots
from shelfd.core.media import Kind
from shelfd.core.paths import AbsPath
from shelfd.core.presence import Known
from shelfd.core.roots import Root, Roots
from shelfd.core.settings import Settings, Watch
from shelfd.edges import marker as markers
from shelfd.edges import state_dir
from shelfd.edges.abilities import Count, Ways
from shelfd.store import roots as root_rows
from shelfd.store.database import Database
from shelfd.store.schema import SCHEMA

MEMORY = Path("/dev/shm")  # noqa: S108  # another file system than the disk, on nearly every Linux
INBOX = Root(name="inbox", role="inbox", kind=None, path=AbsPath(b"/inbox"))
LIMITS = {"max_user_watches": 1000, "max_user_instances": 128, "max_queued_events": 16_384}
FEW = Count(number=20, complete=True)
HALF = Watch(budget_share=0.5, poll_s=300)
TWO_MOUNTS = Ways(
    refused={"reflink": errno.EOPNOTSUPP, "hardlink": errno.EXDEV, "rename": errno.EXDEV},
    same_device=True,
    same_mount=False,
)
KILLED = """
import os, sys
from shelfd.store import roots as root_rows
from shelfd.store.database import Database
db = Database(os.fsencode(sys.argv[1]))
db.read().execute("SELECT 1 FROM facts").fetchall()
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Directories for a shelfd that has never run."""
    for name in ("inbox", "Movies", "Music", "state", "run"):
        (tmp_path / name).mkdir()
    return tmp_path


def source(house: Path, inbox: str = "", more: str = "") -> Source:
    """Write a settings file for the house, with what is said of its inbox and else, and return it as a source."""
    tables = [f'[daemon]\nstate_dir = "{house}/state"\nsocket = "{house}/run/socket"', more]
    tables += [f'[[inbox]]\npath = "{house}/inbox"\n{inbox}']
    tables += [
        f'[[library]]\nname = "{name}"\npath = "{house}/{name}"\nkind = "{name.lower()}"'
        for name in ("Movies", "Music")
    ]
    file = house / "shelfd.toml"
    file.write_text("\n".join(tables))
    return Source(config=str(file))


def everything(house: Path) -> list[str]:
    return sorted(str(path.relative_to(house)) for path in house.rglob("*"))


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def about(name: str, findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.check == name]


def the(name: str, house: Path) -> Finding:
    """Return the only finding about one thing in the house."""
    [finding] = about(name, check(source(house)))
    return finding


def severities(findings: list[Finding]) -> dict[str, str]:
    """Return what is not well."""
    return {one.check: one.severity for one in findings if one.severity != "ok"}


def the_said(said: Said) -> tuple[str, str, str]:
    [one] = said
    return one


def libraries(*kinds: Kind) -> Roots:
    return Roots(
        Root(name=kind, role="library", kind=kind, path=AbsPath(kind.encode())) for kind in kinds
    )


def test_where_all_is_well_every_finding_says_so_and_nothing_is_left(house: Path) -> None:
    asked = source(house)
    before = everything(house)

    findings = check(asked)

    assert severities(findings) == {}
    # the layers of a container are worth a line of their own
    assert list(dict.fromkeys(finding.check for finding in findings)) == [
        "settings",
        "clock",
        "python",
        "video",
        "state directory",
        "database",
        "socket",
        "Movies",
        "Music",
        "inbox",
        "inbox -> Movies",
        "inbox -> Music",
        "inotify",
    ]
    assert all(finding.fix == "" for finding in findings)
    assert everything(house) == before


def test_wrong_settings_are_told_all_at_once_and_nothing_else(house: Path) -> None:
    asked = source(house, 'mode = "mvoe"\nkind = "films"')

    [finding] = check(asked)

    assert finding.check == "settings"
    assert finding.severity == "fatal"
    assert "inbox[0].mode: found" in finding.message
    assert "inbox[0].kind: found" in finding.message
    assert finding.fix


def test_a_socket_path_that_is_too_long_is_a_wrong_setting(house: Path) -> None:
    [finding] = check(replace(source(house), socket=str(house / ("s" * 107))))

    assert finding.severity == "fatal"
    assert "daemon.socket: found" in finding.message


def test_a_settings_file_that_is_not_there_is_fatal(tmp_path: Path) -> None:
    [finding] = check(Source(config=str(tmp_path / "none.toml")))

    assert (finding.check, finding.severity) == ("settings", "fatal")
    assert "--config" in finding.fix


def test_settings_that_name_no_library_leave_nothing_to_do() -> None:
    severity, message, fix = the_said(of_settings(Settings(), "/etc/shelfd/shelfd.toml"))

    assert severity == "warn"
    assert message.startswith("/etc/shelfd/shelfd.toml: no library is named")
    assert "--library DIR" in fix


def test_findings_have_the_fields_of_the_contract(house: Path) -> None:
    first = msgspec.json.decode(msgspec.json.encode(check(source(house))))[0]

    assert first == {
        "check": "settings",
        "severity": "ok",
        "message": f"{house}/shelfd.toml: libraries: 2, inboxes: 1",
        "fix": "",
    }


def test_a_missing_library_of_the_settings_file_is_a_disk_that_is_not_mounted(house: Path) -> None:
    (house / "Movies").rmdir()

    findings = check(source(house))

    assert severities(findings) == {"Movies": "fatal"}
    [movies] = about("Movies", findings)
    assert movies.message == f"{house}/Movies: list: No such file or directory"
    assert movies.fix == f"mount its disk, or make it: mkdir -p {house}/Movies"
    assert about("inbox -> Movies", findings) == []
    assert about("inbox -> Music", findings) != []


def test_what_flags_name_is_made_at_the_start_and_not_by_the_check(tmp_path: Path) -> None:
    new = tmp_path / "new"
    flags = Source(
        inboxes=(f"{new}/inbox",),
        library=f"{new}/library",
        state=f"{new}/state",
        socket=f"{tmp_path}/socket",
    )

    findings = check(flags)

    assert severities(findings) == {}
    [inbox] = about("inbox", findings)
    assert inbox.message == f"{new}/inbox: the start makes it"
    [state] = about("state directory", findings)
    assert state.message.startswith(f"{new}/state: the first start makes it: ")
    assert list(tmp_path.iterdir()) == []


def test_what_flags_name_below_a_file_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    below = f"{tmp_path}/file/below"

    findings = check(
        Source(inboxes=(below,), library=below + "2", state=below + "3", socket=below + "4")
    )

    wrong = severities(findings)
    assert set(wrong.values()) == {"fatal"}
    assert {"state directory", "socket", "below", "Movies"} <= set(wrong)


def test_a_file_in_place_of_a_directory_stops_no_other_look(house: Path) -> None:
    for name in ("Movies", "inbox", "state"):
        (house / name).rmdir()
        (house / name).write_text("")

    findings = check(source(house))

    assert severities(findings) == {"Movies": "fatal", "inbox": "fatal", "state directory": "fatal"}
    [inbox] = about("inbox", findings)
    assert inbox.message == f"{house}/inbox: list: Not a directory"
    assert inbox.fix == "name a directory in the settings"


def test_a_look_that_stumbles_hides_nothing_of_the_others(house: Path) -> None:
    (house / "state" / "shelfd.db").mkdir()

    findings = check(source(house))

    assert severities(findings) == {"database": "warn"}
    [database] = about("database", findings)
    assert database.message.startswith("it could not be looked at: ")
    assert findings[-1].check == "inotify"


def test_space_that_must_stay_free_and_is_not_is_told_of_each_library(house: Path) -> None:
    asked = source(house, more=f"[import]\nmin_free_bytes = {1 << 60}")

    findings = check(asked)

    assert severities(findings) == {"Movies": "warn", "Music": "warn"}
    assert about("Movies", findings)[-1].fix == "free space there, or lower import.min_free_bytes"


def test_only_the_first_library_of_a_kind_takes_from_an_inbox(house: Path) -> None:
    more = f'[[library]]\nname = "More"\npath = "{house}/More"\nkind = "movies"'
    last = source(house, 'kind = "movies"')
    (house / "shelfd.toml").write_text((house / "shelfd.toml").read_text() + "\n" + more)
    (house / "More").mkdir()

    pairs = [finding.check for finding in check(last) if "->" in finding.check]

    assert pairs == ["inbox -> Movies"]


def test_a_library_on_another_file_system_takes_copies(house: Path) -> None:
    if not MEMORY.is_dir() or MEMORY.stat().st_dev == house.stat().st_dev:
        pytest.skip("there is no second file system here")
    with tempfile.TemporaryDirectory(dir=MEMORY) as elsewhere:
        os.rmdir(house / "Music")
        (house / "Music").symlink_to(elsewhere)

        finding = the("inbox -> Music", house)
        fatal = about("inbox -> Music", check(source(house, 'mode = "hardlink"')))[0]

        assert os.listdir(elsewhere) == []
    assert (finding.severity, finding.fix) == ("ok", "")
    assert finding.message.startswith(
        "a verified copy: takes the space twice until the trash is emptied after 30 days"
    )
    assert fatal.severity == "fatal"
    assert fatal.message.startswith('mode = "hardlink" is impossible: Invalid cross-device link')
    assert fatal.fix == 'set mode = "auto" for this inbox'


def test_a_state_directory_that_is_new_has_no_database_yet(house: Path) -> None:
    assert the("database", house).message.endswith("there is none yet, the first start makes it")


def test_a_database_in_order_is_told_by_its_schema(house: Path) -> None:
    Database(bytes(house / "state" / "shelfd.db")).close()
    before = contents(house / "state")

    finding = the("database", house)

    assert finding.severity == "ok"
    assert finding.message == f"{house}/state/shelfd.db: undamaged, with the schema {max(SCHEMA)}"
    assert contents(house / "state") == before


def test_a_database_is_looked_into_after_a_kill_without_touching_it(house: Path) -> None:
    path = house / "state" / "shelfd.db"
    subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    before = contents(house / "state")
    assert len(before["shelfd.db-wal"]) > len(before["shelfd.db"])

    finding = the("database", house)

    assert finding.message.endswith(f"undamaged, with the schema {max(SCHEMA)}")
    assert contents(house / "state") == before


def test_what_cannot_be_looked_into_without_a_trace_is_left_to_the_next_start(house: Path) -> None:
    path = house / "state" / "shelfd.db"
    subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    (house / "state" / "shelfd.db-shm").unlink()
    before = contents(house / "state")

    finding = the("database", house)

    assert finding.severity == "ok"
    assert finding.message.endswith("the last run left it unmerged; the next start looks into it")
    assert contents(house / "state") == before


def test_the_database_of_a_daemon_that_runs_is_left_to_it(house: Path) -> None:
    descriptor = state_dir.claim(bytes(house / "state"))
    (house / "state" / "shelfd.db").write_text("whatever is being written")

    finding = the("database", house)
    os.close(descriptor)

    assert finding.severity == "ok"
    assert finding.message.endswith(f"the shelfd that runs uses it (process {os.getpid()})")


@pytest.mark.parametrize(
    ("script", "severity", "message"),
    [
        (
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('shelfd', '9999_later', '')",
            "fatal",
            "a newer shelfd wrote it (it has the migration 9999_later)",
        ),
        (
            "DELETE FROM _sqlite_migrations",
            "ok",
            "of an older shelfd; the next start copies and migrates it",
        ),
        ("PRAGMA application_id = 7", "fatal", "it is the database of another program"),
    ],
)
def test_a_database_is_judged_by_who_wrote_it(
    house: Path, script: str, severity: str, message: str
) -> None:
    path = house / "state" / "shelfd.db"
    Database(bytes(path)).close()
    connection = sqlite3.connect(path)
    connection.execute(script)
    connection.commit()
    connection.close()

    finding = the("database", house)

    assert finding.severity == severity
    assert finding.message == f"{path}: {message}"
    assert bool(finding.fix) == (severity == "fatal")


def test_a_file_that_is_no_database_is_damaged(house: Path) -> None:
    (house / "state" / "shelfd.db").write_text("no database at all\n" * 1000)

    finding = the("database", house)

    assert finding.severity == "fatal"
    assert finding.message.endswith("it is damaged, or cannot be read: file is not a database")
    assert "put back a copy" in finding.fix


def test_damage_deep_in_a_database_is_found(house: Path) -> None:
    path = house / "state" / "shelfd.db"
    Database(bytes(path)).close()
    with path.open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"\xff" * 4096)

    finding = the("database", house)

    assert finding.severity == "fatal"
    assert "it is damaged" in finding.message


def test_a_socket_without_a_directory_cannot_be_made(house: Path) -> None:
    (house / "run").rmdir()

    finding = the("socket", house)

    assert finding.severity == "fatal"
    assert finding.fix == f"systemctl enable --now shelfd.socket, or mkdir {house}/run"


def test_what_a_killed_daemon_left_of_its_socket_is_no_hindrance(house: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(bytes(house / "run" / "socket"))

    finding = the("socket", house)

    assert finding.severity == "ok"
    assert "a shelfd that is gone left it; the next start makes it" in finding.message


def test_a_daemon_that_runs_but_does_not_listen_is_worth_a_warning(house: Path) -> None:
    descriptor = state_dir.claim(bytes(house / "state"))
    finding = the("socket", house)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(bytes(house / "run" / "socket"))
        listener.listen()
        listening = the("socket", house)
    os.close(descriptor)

    assert finding.severity == "warn"
    assert finding.fix == "start it anew: systemctl restart shelfd"
    assert listening.severity == "ok"
    assert listening.message.endswith(f"shelfd (process {os.getpid()}) listens")


def test_a_mode_that_keeps_out_who_is_let_in_is_worth_a_warning(house: Path) -> None:
    asked = source(house)
    file = house / "shelfd.toml"
    file.write_text(file.read_text().replace("[daemon]", '[daemon]\nothers = "read"'))
    path = house / "run" / "socket"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(bytes(path))
        listener.listen()
        path.chmod(0o660)
        [_listens, warning] = about("socket", check(asked))
        path.chmod(0o666)
        [_only] = about("socket", check(asked))

    assert warning.severity == "warn"
    assert warning.message.endswith("mode is 0660, which keeps out whom daemon.others lets in")
    assert "SocketMode=0666" in warning.fix


def test_something_else_in_place_of_the_socket_is_fatal(house: Path) -> None:
    (house / "run" / "socket").write_text("")

    finding = the("socket", house)

    assert finding.severity == "fatal"
    assert finding.message.endswith("something is there that is no socket")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_whoever_asks_in_place_of_the_daemon_is_told_to_ask_as_its_user(house: Path) -> None:
    os.chown(house / "state", 65534, -1)

    warning = about("state directory", check(source(house)))[1]

    assert warning.severity == "warn"
    assert warning.fix == "sudo -u nobody shelfd check"


@pytest.mark.parametrize(
    ("now", "severity", "message"),
    [
        (1_795_000_000.0, "ok", "2026-11-18 11:06 UTC"),
        (0.0, "warn", "it says 1970-01-01, and schedules and the trash go by it"),
        (9e9, "warn", "it says 2255-03-14, and schedules and the trash go by it"),
    ],
)
def test_a_clock_must_show_a_time_that_can_be(now: float, severity: str, message: str) -> None:
    fix = "" if severity == "ok" else "timedatectl set-ntp true"

    assert the_said(of_clock(now)) == (severity, message, fix)


def test_videos_need_one_of_two_readers() -> None:
    music, films = libraries(Kind.MUSIC), libraries(Kind.MUSIC, Kind.MOVIES)

    assert the_said(of_video(films, pyav=True, ffprobe=None))[0] == "ok"
    assert the_said(of_video(films, pyav=False, ffprobe="/usr/bin/ffprobe"))[0] == "warn"
    assert the_said(of_video(music, pyav=False, ffprobe=None))[0] == "warn"
    assert the_said(of_video(films, pyav=False, ffprobe=None))[0] == "fatal"


def test_enough_watches_are_told_with_their_cost() -> None:
    message = (
        "directories to watch: 20 (a watch takes 1.2 KB, all of them about 23 KiB of kernel memory);"
        " shelfd may watch 500, its share (watch.budget_share = 0.5)"
        " of fs.inotify.max_user_watches = 1,000"
    )

    assert the_said(of_limits(LIMITS, HALF, FEW, 0)) == ("ok", message, "")


def test_too_few_watches_come_with_the_line_that_allows_more() -> None:
    severity, message, fix = the_said(of_limits(LIMITS, HALF, Count(number=501, complete=True), 0))

    assert severity == "warn"
    assert message == (
        "500 of 501 directories are watched, the others are compared every 300 s:"
        " shelfd may watch 500, its share (watch.budget_share = 0.5)"
        " of fs.inotify.max_user_watches = 1,000;"
        " a watch takes 1.2 KB, all of them about 587 KiB of kernel memory"
    )
    assert fix == (
        "sysctl -w fs.inotify.max_user_watches=1024"
        " && echo fs.inotify.max_user_watches=1024 >>/etc/sysctl.d/60-shelfd.conf"
    )


def test_a_library_that_could_not_be_counted_to_its_end_says_so() -> None:
    many = Count(number=1_000_000, complete=False)

    _severity, message, fix = the_said(of_limits(LIMITS, HALF, many, 0))

    assert message.startswith("500 of at least 1,000,000 directories are watched, ")
    assert "fs.inotify.max_user_watches=2097152 " in fix


def test_a_share_of_nothing_is_no_matter_of_the_kernel() -> None:
    severity, _message, fix = the_said(of_limits(LIMITS, Watch(budget_share=0), FEW, 0))

    assert (severity, fix) == ("warn", "let watch.budget_share be more than 0")


@given(
    needed=st.integers(1, 10**8),
    share=st.floats(0.1, 1.0),
    allowed=st.none() | st.integers(0, 10**8),
)
def test_what_is_raised_suffices_and_is_more_than_before(
    needed: int, share: float, allowed: int | None
) -> None:
    remedy = Budget(allowed=allowed, share=share, poll_s=300).remedy(needed)

    assert remedy is not None
    name, raised = remedy.split("=")
    assert name == "fs.inotify.max_user_watches"
    assert int(raised) > (allowed or 0)
    assert Budget(allowed=int(raised), share=share, poll_s=300).watches >= needed


def test_no_limit_is_named_that_the_kernel_does_not_take() -> None:
    remedy = Budget(allowed=1000, share=1e-9, poll_s=300).remedy(10_000)

    assert remedy == f"fs.inotify.max_user_watches={(1 << 31) - 1}"


def test_limits_that_a_sandbox_hides_are_no_fault() -> None:
    said = the_said(of_limits(dict.fromkeys(LIMITS), HALF, FEW, 0))

    assert said[0] == "ok"
    assert said[1].endswith("how many are allowed cannot be seen here")


def test_no_instance_of_inotify_is_fatal() -> None:
    severity, message, fix = the_said(of_limits(LIMITS, HALF, FEW, errno.EMFILE))

    assert severity == "fatal"
    assert message.endswith("fs.inotify.max_user_instances is 128 for all programs of a user")
    assert fix.startswith("sysctl -w fs.inotify.max_user_instances=512 && ")


def test_a_short_queue_of_events_is_worth_a_warning() -> None:
    well, warning = of_limits({**LIMITS, "max_queued_events": 1024}, HALF, FEW, 0)

    assert well[0] == "ok"
    assert warning[0] == "warn"
    assert "fs.inotify.max_queued_events=131072 " in warning[2]


def test_the_share_of_the_settings_is_the_one_that_counts(house: Path) -> None:
    asked = source(house, more="[watch]\nbudget_share = 0\npoll_s = 60")

    [inotify] = about("inotify", check(asked))

    assert inotify.severity == "warn"
    assert inotify.message.startswith(
        "0 of 3 directories are watched, the others are compared every 60 s: "
    )


def remember(house: Path, name: str, marker: str | None) -> None:
    """Let the daemon have seen a root, and know it by this marker."""
    db = Database(bytes(house / "state" / "shelfd.db"))
    settings = source(house).read()
    with db.transaction() as tx:
        root_rows.put(tx, roots.of(settings))
        root_rows.remember(tx, name, Known(marker=marker, filesystem="ext4 1 /"))
    db.close()


def warning(house: Path, name: str) -> Finding:
    """Return what is not well about a root."""
    [finding] = [one for one in about(name, check(source(house))) if one.severity == "warn"]
    return finding


def test_a_root_with_the_marker_that_it_is_known_by_is_well(house: Path) -> None:
    remember(house, "Movies", "a" * 32)
    markers.write(bytes(house / "Movies"), "a" * 32)
    before = contents(house / "state")

    assert severities(check(source(house))) == {}
    assert contents(house / "state") == before


def test_a_root_with_the_marker_of_another_is_told_with_both_ways_out(house: Path) -> None:
    remember(house, "Movies", "a" * 32)
    markers.write(bytes(house / "Movies"), "b" * 32)

    movies = warning(house, "Movies")

    assert movies.message == (
        f"{house}/Movies/.shelfd-root: the marker in it is that of another disk or directory:"
        " nothing is filed there or taken for deleted"
    )
    assert movies.fix == ("mount the right disk, or if this one is right: shelfd confirm Movies")


def test_a_marker_that_is_missing_looks_like_a_disk_that_is_not_mounted(house: Path) -> None:
    remember(house, "Movies", "a" * 32)

    movies = warning(house, "Movies")

    assert movies.message.endswith("the marker of this library is missing: is its disk mounted?")


def test_something_in_place_of_the_marker_is_told(house: Path) -> None:
    remember(house, "Movies", "a" * 32)
    (house / "Movies" / ".shelfd-root").write_text("no marker")

    movies = warning(house, "Movies")

    assert movies.message.endswith("this is no marker of shelfd")
    assert movies.fix == "move it away: shelfd then writes one"


def test_a_root_that_took_no_marker_although_it_could_is_no_matter_of_the_check(
    house: Path,
) -> None:
    remember(house, "Movies", None)

    assert severities(check(source(house))) == {}


def test_markers_are_compared_while_the_daemon_has_its_database_open(house: Path) -> None:
    remember(house, "Movies", "a" * 32)
    markers.write(bytes(house / "Movies"), "b" * 32)
    descriptor = state_dir.claim(bytes(house / "state"))
    db = Database(bytes(house / "state" / "shelfd.db"))

    movies = warning(house, "Movies")
    db.close()
    os.close(descriptor)

    assert "of another disk" in movies.message


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can ask as somebody else")
def test_an_inbox_that_takes_no_marker_is_told_with_what_would_let_it() -> None:
    with tempfile.TemporaryDirectory() as public:
        os.chmod(public, 0o711)  # noqa: S103  # so that others find what they may not change
        inbox = Root(name="in", role="inbox", kind=None, path=AbsPath(os.fsencode(public)))
        os.seteuid(65534)
        try:
            [(severity, message, fix)] = of_marker(inbox, None)
        finally:
            os.seteuid(0)

    assert severity == "warn"
    assert message.startswith(f"{public}/.shelfd-root: no marker can be written")
    assert fix.endswith(f"chmod g+rwx {public}")


def test_where_inotify_does_not_see_all_is_told_with_how_often_it_is_compared() -> None:
    kinds = {b"/srv": "ext4", b"/srv/nas": "nfs4", b"/srv/pool": "fuse.mergerfs"}

    nas, pool = of_sight(kinds, HALF)

    assert nas == (
        "warn",
        (
            "/srv/nas: nfs4 does not tell of changes that are made elsewhere:"
            " it is compared every 300 s (watch.poll_s)"
        ),
        "lower watch.poll_s if changes are to be seen sooner",
    )
    assert pool[0] == "warn"
    assert pool[1].startswith("/srv/pool: fuse.mergerfs does not tell of changes that are made ")


@pytest.mark.parametrize("kind", ["overlay", "fuseblk"])
def test_what_changes_on_this_machine_alone_is_compared_and_no_warning(kind: str) -> None:
    severity, message, fix = the_said(of_sight({b"/srv": kind}, HALF))

    assert (severity, fix) == ("ok", "")
    assert "it is compared every 300 s" in message


@pytest.mark.parametrize(
    ("mode", "refused", "severity", "message"),
    [
        ("auto", (), "ok", "a clone: no extra space"),
        ("auto", ("reflink",), "ok", "a hard link: no extra space"),
        ("auto", ("reflink", "hardlink"), "ok", "a verified copy: takes the space twice until "),
        ("move", (), "ok", "a rename: no extra space"),
        ("move", ("rename",), "ok", "a verified copy: takes the space twice until "),
        ("copy", (), "ok", "a verified copy: takes the space twice until "),
        ("symlink", (), "ok", "a symbolic link: no extra space"),
        ("symlink", ("symlink",), "fatal", 'mode = "symlink" is impossible: '),
        ("reflink", ("reflink",), "fatal", 'mode = "reflink" is impossible: '),
    ],
)
def test_the_way_into_a_library_is_what_the_mode_makes_of_what_is_possible(
    mode: str, refused: tuple[str, ...], severity: str, message: str
) -> None:
    ways = Ways(refused=dict.fromkeys(refused, errno.EPERM), same_device=False, same_mount=False)

    said = the_said(of_ways(ways, replace(INBOX, mode=mode), 30))

    assert said[0] == severity
    assert said[1].startswith(message)


def test_what_is_possible_besides_is_told_too() -> None:
    ways = Ways(refused={"reflink": errno.EOPNOTSUPP}, same_device=True, same_mount=True)

    said = the_said(of_ways(ways, INBOX, 30))

    assert said[1].endswith("(possible: hardlink, symlink, rename, copy)")


def test_an_inbox_that_keeps_its_files_has_them_twice_for_ever() -> None:
    ways = Ways(refused={}, same_device=True, same_mount=True)

    said = the_said(of_ways(ways, replace(INBOX, mode="copy", after="keep"), 30))

    assert said[1].startswith("a verified copy: takes the space twice (")


@pytest.mark.parametrize(
    ("mode", "severity"),
    [("auto", "warn"), ("move", "warn"), ("copy", "ok"), ("hardlink", "fatal")],
)
def test_two_mounts_of_one_file_system_are_explained_where_they_cost_something(
    mode: str, severity: str
) -> None:
    said = the_said(of_ways(TWO_MOUNTS, replace(INBOX, mode=mode), 30))

    assert said[0] == severity
    assert ("in two mounts" in said[1]) == (severity != "ok")
    assert ("ReadWritePaths=" in said[2]) == (severity != "ok")


def test_files_of_others_are_copied_where_links_to_them_are_forbidden() -> None:
    ways = Ways(
        refused={"reflink": errno.EOPNOTSUPP},
        same_device=True,
        same_mount=True,
        own_files_only=True,
    )

    assert "but a copy of what shelfd may not write to" in the_said(of_ways(ways, INBOX, 30))[1]


def test_findings_are_told_in_aligned_lines_with_the_fix_below() -> None:
    findings = [
        Finding(check="clock", severity="ok", message="2026-11-18 08:26 UTC", fix=""),
        Finding(check="Movies", severity="warn", message="little space", fix="free some"),
        Finding(check="settings", severity="fatal", message="2 problems\n  a\n  b", fix="look"),
    ]

    assert told(findings) == (
        "ok     clock     2026-11-18 08:26 UTC\n"
        "warn   Movies    little space\n"
        "       fix: free some\n"
        "fatal  settings  2 problems\n"
        "         a\n"
        "         b\n"
        "       fix: look"
    )


def test_nothing_to_tell_is_told_in_no_line() -> None:
    assert told([]) == ""


def test_a_template_is_tried_and_its_mistakes_are_told_with_their_places(house: Path) -> None:
    asked = source(house)
    assert asked.config is not None
    file = Path(asked.config)
    file.write_text(file.read_text() + '\ntemplate = "{{ artist }}/{{ titel }}"')

    [finding] = check(asked)

    assert (finding.check, finding.severity) == ("settings", "fatal")
    assert "library[1].template: found " in finding.message
    assert "there is no titel here, but album_artist, artist, album, disc" in finding.message
    assert "did you mean title? (at line 1, column 17)" in finding.message
