"""What the kernel says of memory, in files of its own form, and on this machine."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shelfd.core.pressure import Facts, Limit, Stall
from shelfd.edges import pressure

MIB = 1 << 20
PSI = "some avg10={} avg60=1.00 avg300=2.00 total=1234\nfull avg10={} avg60=0.50 avg300=0.10 total=99\n"
STAT = f"anon {90 * MIB}\nfile {60 * MIB}\ninactive_file {40 * MIB}\nactive_file {15 * MIB}\nslab_reclaimable {5 * MIB}\n"
SERVICE = "0::/system.slice/shelfd.service\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    put(tmp_path / "proc/self", {"cgroup": SERVICE})
    (tmp_path / "cgroup").mkdir()
    return tmp_path


def put(directory: Path, contents: dict[str, str]) -> None:
    """Make a directory with files."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (directory / name).write_text(content)


def facts(place: Path) -> Facts:
    return pressure.facts(os.fsencode(place / "proc"), os.fsencode(place / "cgroup"))


def test_limits_hold_of_the_own_group_and_of_those_above_it(place: Path) -> None:
    service = {
        "cgroup.type": "domain\n",
        "memory.max": f"{200 * MIB}\n",
        "memory.high": f"{150 * MIB}\n",
        "memory.current": f"{160 * MIB}\n",
        "memory.stat": STAT,
    }
    slice_ = {
        "cgroup.type": "domain\n",
        "memory.max": "max\n",
        "memory.high": f"{1000 * MIB}\n",
        "memory.current": f"{300 * MIB}\n",
        "memory.stat": "",
    }
    put(place / "cgroup/system.slice", slice_)
    put(place / "cgroup/system.slice/shelfd.service", service)

    used = 100 * MIB  # without files that can be read again
    name = "/system.slice/shelfd.service"
    assert facts(place).limits == (
        Limit(what=f"memory.max of {name}", used=used, allowed=200 * MIB),
        Limit(what=f"memory.high of {name}", used=used, allowed=150 * MIB),
        Limit(what="memory.high of /system.slice", used=300 * MIB, allowed=1000 * MIB),
    )


def test_waits_are_those_of_the_machine_and_of_each_group(place: Path) -> None:
    group = {"cgroup.type": "domain\n", "memory.pressure": PSI.format("31.50", "12.25")}
    put(place / "cgroup/system.slice/shelfd.service", group)
    put(place / "cgroup", {"memory.pressure": PSI.format("1.00", "0.50")})
    put(place / "proc/pressure", {"memory": PSI.format("1.00", "0.50")})

    assert facts(place).stalls == (
        Stall(where="the machine", some=1.0, full=0.5),
        Stall(where="/system.slice/shelfd.service", some=31.5, full=12.25),
    )


@pytest.mark.parametrize("path", ["/", "/docker/1234", "/../other.service"])
def test_a_container_sees_its_own_group_at_the_top(place: Path, path: str) -> None:
    (place / "proc/self/cgroup").write_text(f"0::{path}\n")
    group = {
        "cgroup.type": "domain\n",
        "memory.max": f"{64 * MIB}\n",
        "memory.current": f"{32 * MIB}\n",
        "memory.pressure": PSI.format("7.00", "3.00"),
    }
    put(place / "cgroup", group)

    assert facts(place) == Facts(
        limits=(Limit(what="memory.max of this container", used=32 * MIB, allowed=64 * MIB),),
        stalls=(Stall(where="this container", some=7.0, full=3.0),),
    )


def test_version_1_has_limits_too(place: Path) -> None:
    (place / "proc/self/cgroup").write_text(
        "11:name=systemd:/init.scope\n9:cpu,cpuacct:/\n4:memory:/shelfd\n0::/\n"
    )
    unlimited = {
        "memory.limit_in_bytes": "9223372036854771712\n",
        "memory.usage_in_bytes": f"{9000 * MIB}\n",
    }
    limited = {
        "memory.limit_in_bytes": f"{100 * MIB}\n",
        "memory.usage_in_bytes": f"{95 * MIB}\n",
        "memory.stat": f"cache 1\ntotal_inactive_file {20 * MIB}\ntotal_active_file {5 * MIB}\n",
    }
    put(place / "cgroup/memory", unlimited)
    put(place / "cgroup/memory/shelfd", limited)
    (place / "cgroup/unified").mkdir()

    assert facts(place).limits == (
        Limit(what="memory.limit_in_bytes of /shelfd", used=70 * MIB, allowed=100 * MIB),
    )


def test_what_is_not_there_is_no_fact(tmp_path: Path) -> None:
    assert facts(tmp_path) == Facts()


@given(
    contents=st.lists(
        st.one_of(
            st.binary(max_size=60),
            st.sampled_from(
                [
                    b"max",
                    b"0",
                    b"-1",
                    b"nan",
                    b"1e9",
                    b"0:://",
                    b"0:://x",
                    b"some avg10=x",
                    b"some\n\nfull ",
                ]
            ),
        ),
        min_size=7,
        max_size=7,
    )
)
@settings(deadline=None, max_examples=50)
def test_nonsense_is_no_fact_and_no_error(
    contents: list[bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = tmp_path_factory.mktemp("nonsense")
    names = [
        "cgroup/memory.max",
        "cgroup/memory.high",
        "cgroup/memory.current",
        "cgroup/memory.stat",
        "cgroup/memory.pressure",
        "proc/pressure/memory",
        "proc/self/cgroup",
    ]
    for name, content in zip(names, contents, strict=True):
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    assert all(one.allowed > 0 for one in facts(place).limits)


def test_the_memory_of_children_counts_without_what_they_share(place: Path) -> None:
    page = os.sysconf("SC_PAGE_SIZE")
    statm = {"self": "900 100 20 1 0 50 0\n", "7": "900 90 60 1 0 50 0\n", "8": "no\n"}
    for process, content in statm.items():
        put(place / "proc" / process, {"statm": content})

    found = pressure.resident([7, 8, 9], os.fsencode(place / "proc"))

    assert found == (100 + 30) * page


def test_this_process_has_memory() -> None:
    few = pressure.resident()

    assert few > 4 * MIB
    assert pressure.resident([os.getpid()]) > few


def test_this_machine_is_understood() -> None:
    found = pressure.facts()

    assert all(one.used >= 0 and 0 < one.allowed < pressure.UNLIMITED for one in found.limits)
    assert all(0 <= one.full <= 100 and 0 <= one.some <= 100 for one in found.stalls)
    assert ("the machine" in [one.where for one in found.stalls]) == os.path.exists(
        "/proc/pressure/memory"
    )
