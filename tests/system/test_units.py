"""The unit files, as systemd judges them."""

import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.system

UNITS = Path(__file__).parents[2] / "systemd"
EXPOSURE = 20
"""In tenths: 10.0 is everything, services of a distribution have about 9."""


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units in a place of their own, with a program that exists."""
    for name in ("shelfd.service", "shelfd.socket"):
        shutil.copy(UNITS / name, tmp_path)
    service = tmp_path / "shelfd.service"
    text = service.read_text()
    assert "ExecStart=/opt/shelfd/bin/shelfd run " in text
    service.write_text(text.replace("/opt/shelfd/bin/shelfd run ", "/bin/true run "))
    return tmp_path


def judged(*command: str | Path) -> str:
    ended = subprocess.run(
        ["systemd-analyze", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


def test_systemd_understands_every_line(units: Path) -> None:
    said = judged("verify", units / "shelfd.service", units / "shelfd.socket")

    assert said == ""


def test_the_service_reaches_little_of_the_machine(units: Path) -> None:
    judged(
        "security",
        "--no-pager",
        "--offline=true",
        f"--threshold={EXPOSURE}",
        units / "shelfd.service",
    )


def test_the_user_and_the_directory_of_settings_can_be_made(tmp_path: Path) -> None:
    for program, name in (("systemd-sysusers", "sysusers"), ("systemd-tmpfiles", "tmpfiles")):
        (tmp_path / "etc").mkdir(exist_ok=True)
        subprocess.run(
            [
                program,
                *(["--create"] if name == "tmpfiles" else []),
                f"--root={tmp_path}",
                UNITS / f"shelfd.{name}.conf",
            ],
            check=True,
        )

    assert (tmp_path / "etc" / "passwd").read_text().startswith("shelfd:x:")
    assert (tmp_path / "etc" / "group").read_text().startswith("shelfd:x:")
    assert (tmp_path / "etc" / "shelfd").is_dir()
