"""shelfd as a service of a real systemd, in a sandbox, as a user of its own."""

import shlex
from collections.abc import Iterator

import pytest

from system.box.machine import Machine
from waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

SETTINGS = """
[[library]]
name = "Music"
path = "/srv/media/Music"
kind = "music"

[[inbox]]
path = "/srv/media/inbox"

[watch]
debounce_s = 0.1
settle_s = 0.2
"""
ASK = "curl --silent --show-error --fail --max-time 20 --unix-socket /run/shelfd/shelfd.sock"
HEALTH = f"{ASK} http://shelfd/v1/health"
SONG = (
    "ffmpeg -v error -y -f lavfi -i sine=duration=2 -metadata artist=Nobody -metadata album='First Try'"
    " -metadata title=Hello -metadata track=1 /root/hello.mp3"
)
CLEAN = """
systemctl stop shelfd.socket shelfd.service
systemctl reset-failed
rm -rf /srv/media /var/lib/shelfd /run/shelfd /etc/systemd/system/shelfd.service.d
systemctl daemon-reload
journalctl --rotate --vacuum-time=1s
install -d -o shelfd -g shelfd /srv/media /srv/media/Music /srv/media/inbox
"""


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    with Machine() as machine:
        machine.run(
            "systemd-sysusers; systemd-tmpfiles --create /usr/lib/tmpfiles.d/shelfd.conf",
        )
        machine.run(SONG)
        yield machine


@pytest.fixture
def service(machine: Machine) -> Machine:
    """The machine with nothing filed and the socket listening."""
    machine.try_(CLEAN)
    configure(machine, SETTINGS)
    machine.run("systemctl start shelfd.socket")
    return machine


def configure(machine: Machine, settings: str) -> None:
    machine.run(f"printf %s {shlex.quote(settings)} >/etc/shelfd/shelfd.toml")


def started(machine: Machine) -> str:
    """Start the service and return its process id."""
    machine.run("systemctl start shelfd.service")
    return machine.property("MainPID")


def watchdog(machine: Machine, period: str) -> None:
    machine.run(
        "mkdir -p /etc/systemd/system/shelfd.service.d;"
        f" printf '[Service]\\nWatchdogSec={period}\\nRestartSec=100ms\\n'"
        " >/etc/systemd/system/shelfd.service.d/watchdog.conf; systemctl daemon-reload",
    )


def filed(machine: Machine, name: str) -> str:
    """Drop the song under `name` and return where it was filed."""
    machine.run("rm -rf /srv/media/Music/*")
    machine.run(f"install -o shelfd -g shelfd /root/hello.mp3 /srv/media/inbox/{name}.mp3")
    return machine.until("find /srv/media/Music -name '*.mp3' | grep .")


def journal(machine: Machine) -> str:
    return machine.run("journalctl --unit=shelfd.service --output=cat --no-pager")


def test_the_first_question_starts_the_service(service: Machine) -> None:
    assert service.property("ActiveState") == "inactive"

    service.until(HEALTH)

    eventually(lambda: service.property("ActiveState") == "active")
    assert service.property("StatusText") != ""
    assert service.run("stat --format='%a %U %G' /run/shelfd/shelfd.sock") == "660 shelfd shelfd"


def test_a_dropped_song_is_filed_by_the_user_of_the_service(service: Machine) -> None:
    started(service)

    song = filed(service, "hello")

    assert "/Nobody/" in song
    assert service.run(f"stat --format=%U:%G {shlex.quote(song)}") == "shelfd:shelfd"
    service.until("! ls /srv/media/inbox/*.mp3")


def test_those_who_read_media_step_back_for_others_and_have_only_so_much_memory(
    service: Machine,
) -> None:
    process = started(service)

    filed(service, "read")
    reader = service.until(f"pgrep --parent {process} --full probe_worker | head -n 1 | grep .")

    own, lent = (int(service.run(f"ps -o ni= -p {number}")) for number in (process, reader))
    assert lent == min(own + 15, 19)
    assert service.run(f"ionice -p {reader}") == "idle"
    allowed = f"awk '/^Max address space/ {{print $4}}' /proc/{reader}/limits"
    assert service.run(allowed).isdigit()


def test_the_rest_of_the_machine_is_out_of_reach(service: Machine) -> None:
    process = started(service)

    assert service.property("ProtectSystem") == "strict"
    within = f"nsenter --target {process} --mount"
    for place in ("/etc", "/usr", "/opt/shelfd", "/srv"):
        assert service.try_(f"{within} touch {place}/x")[0] != 0, place
    assert service.run(f"{within} ls /root /home") == "/home:\n\n/root:"


def test_a_killed_service_comes_back_and_goes_on(service: Machine) -> None:
    process = started(service)

    service.run(f"kill -KILL {process}")

    service.until(HEALTH)
    service.until("test $(systemctl show --property=NRestarts --value shelfd.service) = 1")
    assert service.property("MainPID") != process
    assert filed(service, "after-the-kill")


def test_a_hanging_service_is_ended_and_started_again(service: Machine) -> None:
    watchdog(service, "3s")
    process = started(service)

    service.run(f"kill -STOP {process}")

    service.until("test $(systemctl show --property=NRestarts --value shelfd.service) = 1")
    service.until(HEALTH)
    assert "Watchdog timeout" in journal(service)


def test_a_watchdog_that_is_fed_does_not_bite(service: Machine) -> None:
    watchdog(service, "1s")
    process = started(service)
    fed = int(service.property("WatchdogTimestampMonotonic"))

    shown = "systemctl show --property=WatchdogTimestampMonotonic --value shelfd.service"
    service.until(f"test $({shown}) -gt {fed + 4_000_000}")

    assert service.property("MainPID") == process


def test_new_settings_are_in_force_after_a_reload(service: Machine) -> None:
    process = started(service)
    service.run("install -d -o shelfd -g shelfd /srv/media/second")
    configure(service, SETTINGS + '\n[[inbox]]\npath = "/srv/media/second"\n')

    service.run("systemctl reload shelfd.service")

    service.until(f"{ASK} http://shelfd/v1/status | grep second")
    assert service.property("MainPID") == process


def test_a_reload_of_bad_settings_changes_nothing_and_says_so(service: Machine) -> None:
    process = started(service)
    configure(service, SETTINGS + "\n[watsch]\n")

    service.run("systemctl reload shelfd.service")

    service.until("journalctl --unit=shelfd.service | grep watsch")
    service.run(HEALTH)
    assert service.property("MainPID") == process
    assert filed(service, "still-here")


def test_bad_settings_at_the_start_are_not_tried_again(service: Machine) -> None:
    configure(service, SETTINGS + "\n[watsch]\n")

    assert service.try_("systemctl start shelfd.service")[0] != 0

    assert service.property("ExecMainStatus") == "2"
    assert service.property("NRestarts") == "0"
    assert "watsch" in journal(service)


def test_the_journal_knows_how_serious_a_line_is_and_is_told_no_time_twice(
    service: Machine,
) -> None:
    started(service)
    configure(service, SETTINGS + "\n[watsch]\n")
    service.run("systemctl reload shelfd.service")

    service.until("journalctl --unit=shelfd.service --priority=warning --output=cat | grep watsch")
    assert "timestamp=" not in journal(service)


def test_a_stopped_service_leaves_in_time_and_without_complaint(service: Machine) -> None:
    started(service)
    filed(service, "hello")

    service.run("timeout 10 systemctl stop shelfd.service")

    assert service.property("Result") == "success"
    assert "Traceback" not in journal(service)
    assert service.run("ls /run/shelfd/shelfd.sock")


def test_a_question_revives_a_stopped_service(service: Machine) -> None:
    started(service)
    service.run("systemctl stop shelfd.service")

    service.run("/opt/shelfd/bin/shelfd status")

    # it answers before all that it watches is watched
    eventually(lambda: service.property("ActiveState") == "active")


def test_users_outside_the_group_may_look_when_socket_and_settings_say_so(
    service: Machine,
) -> None:
    configure(service, SETTINGS + '\n[daemon]\nothers = "read"\n')
    service.run(
        "mkdir -p /etc/systemd/system/shelfd.socket.d;"
        " printf '[Socket]\\nSocketMode=0666\\n' >/etc/systemd/system/shelfd.socket.d/others.conf;"
        " systemctl daemon-reload; systemctl restart shelfd.socket"
    )
    service.until(HEALTH)
    as_other = "setpriv --reuid=daemon --regid=daemon"
    try:
        service.run(f"{as_other} --clear-groups /opt/shelfd/bin/shelfd status")
        refused, said = service.try_(f"{as_other} --clear-groups /opt/shelfd/bin/shelfd pause")
        assert refused == 3
        assert "sudo usermod -aG shelfd daemon" in said
        service.run(f"{as_other} --groups=shelfd /opt/shelfd/bin/shelfd pause")
        service.run("/opt/shelfd/bin/shelfd resume")
    finally:
        service.run("rm -r /etc/systemd/system/shelfd.socket.d; systemctl daemon-reload")


def test_by_tcp_the_service_answers_those_who_have_its_credential(service: Machine) -> None:
    configure(service, SETTINGS + '\n[http]\nlisten = "127.0.0.1:8123"\n')
    assert service.try_("systemctl start shelfd.service")[0] != 0
    assert service.property("ExecMainStatus") == "2"
    service.run(
        "(umask 077; head -c 32 /dev/urandom | sha256sum | cut -d ' ' -f 1 >/etc/shelfd/http-token);"
        " mkdir -p /etc/systemd/system/shelfd.service.d;"
        " printf '[Service]\\nLoadCredential=http-token:/etc/shelfd/http-token\\nIPAddressDeny=any\\n"
        "IPAddressAllow=localhost\\n' >/etc/systemd/system/shelfd.service.d/tcp.conf;"
        " systemctl daemon-reload; systemctl reset-failed"
    )
    started(service)
    ask = "curl --silent --show-error --fail --max-time 20 http://127.0.0.1:8123/v1/health"

    assert service.try_(ask)[0] != 0
    service.until(f'{ask} --header "Authorization: Bearer $(cat /etc/shelfd/http-token)"')
    service.run("rm /etc/shelfd/http-token")
