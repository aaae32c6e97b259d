"""Log lines as they leave the process."""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path

import pytest

HEAD = """
import logging, structlog
from shelfd.edges.logs import bound, configure
log = structlog.get_logger("shelfd.scan")
"""
FAILING = """
def fail():
    password_in_a_variable = "hunter" + "2"
    raise RuntimeError("disk is on fire")
try:
    fail()
except RuntimeError:
    log.exception("scan failed")
"""


def run(code: str, env: Mapping[str, str] | None = None, file: Path | None = None) -> list[str]:
    """Return the lines that `code` leaves on standard error, which is `file` when it is given."""
    with file.open("wb") if file else nullcontext(subprocess.PIPE) as stderr:
        ended = subprocess.run(
            [sys.executable, "-c", HEAD + code],
            env={**os.environ, "JOURNAL_STREAM": "", **(env or {})},
            stdout=subprocess.PIPE,
            stderr=stderr,
            check=True,
        )
    assert ended.stdout == b""
    return (file.read_bytes() if file else ended.stderr).decode("utf-8").splitlines()


def untimed(line: str) -> str:
    """Return the line without its time, which has to be there."""
    rest, count = re.subn(r"^timestamp=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z ", "", line)
    assert count == 1
    return rest


def test_a_record_is_one_line_of_keys_and_values() -> None:
    (line,) = run(
        'configure("info", "auto"); log.info("filed", path=b"/srv/a b", files=3, ok=True)'
    )

    assert (
        untimed(line) == 'level=info event=filed path="/srv/a b" files=3 ok=true logger=shelfd.scan'
    )


def test_a_record_below_the_level_is_not_written() -> None:
    lines = run('configure("warning", "logfmt"); log.info("quiet"); log.warning("loud")')

    assert [untimed(line) for line in lines] == ["level=warning event=loud logger=shelfd.scan"]


def test_the_level_can_be_changed_while_loggers_are_in_use() -> None:
    lines = run(
        'configure("warning", "logfmt"); log.info("quiet");configure("info", "json"); log.info("now")',
    )

    assert [json.loads(line)["event"] for line in lines] == ["now"]


def test_libraries_write_through_the_same_handler() -> None:
    (line,) = run('configure("info", "auto"); logging.getLogger("lib").error("no %s", "luck")')

    assert untimed(line) == 'level=error event="no luck" logger=lib'


@pytest.mark.parametrize("library", ["apscheduler.scheduler", "uvicorn.error", "watchdog"])
def test_chatty_libraries_are_heard_from_warnings_on(library: str) -> None:
    lines = run(
        f'configure("debug", "auto"); lib = logging.getLogger("{library}");'
        ' lib.info("tick"); lib.warning("late")',
    )

    assert [untimed(line) for line in lines] == [f"level=warning event=late logger={library}"]


def test_a_warning_of_a_library_is_not_louder_than_the_level() -> None:
    assert run('configure("error", "auto"); logging.getLogger("watchdog").warning("late")') == []


@pytest.mark.parametrize("style", ["logfmt", "console", "json"])
def test_what_is_in_a_name_cannot_make_a_second_line_nor_command_the_terminal(style: str) -> None:
    (line,) = run(
        f'configure("info", "{style}")\n'
        'log.info("x\\ny", a="1\\n2\\r3\\u20284\\x1b[31m", b=b"\\n\\xff", c=["\\n\\x1b"], d={"e": "\\n"})',
    )

    assert "\x1b" not in line
    assert "\u2028" not in line


@pytest.mark.parametrize("style", ["logfmt", "console", "json"])
def test_a_name_that_is_no_text_is_shown_with_its_bytes(style: str) -> None:
    (line,) = run(
        f'configure("info", "{style}"); log.info("caf\\udce9", path=b"/srv/\\xe9.mp3")',
    )

    assert "udce9" in line
    assert "xe9.mp3" in line


def test_json_is_one_object_for_each_line_with_its_operation() -> None:
    (line,) = run(
        'configure("info", "json")\nwith bound(operation="01J"):\n    log.info("filed", path="/srv/ä")',
    )
    record = json.loads(line)

    assert record.pop("timestamp").endswith("Z")
    assert record == {
        "event": "filed",
        "level": "info",
        "logger": "shelfd.scan",
        "operation": "01J",
        "path": "/srv/ä",
    }


def test_the_operation_is_on_every_line_inside_and_on_none_after() -> None:
    lines = run(
        'configure("info", "auto")\n'
        'with bound(operation="01J"):\n'
        '    log.info("mine"); logging.getLogger("lib").warning("mine too")\n'
        'log.info("not mine")',
    )

    assert ["operation=01J" in line for line in lines] == [True, True, False]


@pytest.mark.parametrize("style", ["logfmt", "console", "json"])
def test_a_secret_is_masked_by_the_name_of_its_key(style: str) -> None:
    (line,) = run(
        f'configure("info", "{style}"); log.info("asked", token="hunter2", api_key="hunter2",'
        ' Password="hunter2", client_secret=b"hunter2", headers={"Authorization": "hunter2"},'
        ' key_file="/etc/shelfd/key", monkey="banana")',
    )

    assert "hunter2" not in line
    assert "/etc/shelfd/key" in line
    assert "banana" in line


@pytest.mark.parametrize("style", ["logfmt", "console", "json"])
def test_a_traceback_shows_no_variables(style: str) -> None:
    text = "\n".join(run(f'configure("info", "{style}")' + FAILING))

    assert "disk is on fire" in text
    assert "hunter2" not in text


def test_a_traceback_is_part_of_the_line() -> None:
    (line,) = run('configure("info", "auto")' + FAILING)

    assert 'exception="Traceback (most recent call last):\\n' in line


def test_warnings_of_python_are_records() -> None:
    (line,) = run('configure("info", "auto"); import warnings; warnings.warn("old way")')

    assert "level=warning" in line
    assert "old way" in line


def test_in_the_journal_a_line_begins_with_its_priority_and_has_no_time(tmp_path: Path) -> None:
    file = tmp_path / "journal"
    file.touch()
    status = file.stat()
    lines = run(
        'configure("debug", "auto")\nfor level in ("debug", "info", "warning", "error", "critical"):\n'
        "    getattr(log, level)(level)",
        env={"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"},
        file=file,
    )

    assert lines == [
        f"<{priority}>level={level} event={level} logger=shelfd.scan"
        for priority, level in [
            (7, "debug"),
            (6, "info"),
            (4, "warning"),
            (3, "error"),
            (2, "critical"),
        ]
    ]


def test_who_listens_hears_every_line_inside_whatever_the_level_of_the_log() -> None:
    (line,) = run(
        'from shelfd.edges.logs import heard\nconfigure("error", "json")\nfound = []\n'
        "with heard(lambda level, message, fields: found.append([str(level), message, fields])):\n"
        '    log.debug("a"); log.info("b", path=b"/\\xff", token="t"); log.warning("c %d", 1)\n'
        'log.warning("d"); log.error("all", found=found)',
    )

    assert json.loads(line)["found"] == [
        ["info", "b", {"path": "/\\xff", "token": "***"}],
        ["warning", "c 1", {}],
    ]


def test_an_ear_that_fails_is_no_fault_of_who_logs() -> None:
    lines = run(
        'from shelfd.edges.logs import heard\nconfigure("info", "json")\n'
        'with heard(lambda level, message, fields: 1 / 0):\n    log.info("a")',
    )

    assert len(lines) == 1


def test_the_journal_of_somebody_else_is_not_ours(tmp_path: Path) -> None:
    (line,) = run(
        'configure("info", "auto"); log.info("filed")',
        env={"JOURNAL_STREAM": "8:42"},
        file=tmp_path / "log",
    )

    assert untimed(line) == "level=info event=filed logger=shelfd.scan"


def test_on_a_terminal_lines_are_for_people() -> None:
    ours, theirs = pty.openpty()
    code = 'configure("info", "auto"); log.info("filed", files=3)'
    subprocess.run([sys.executable, "-c", HEAD + code], stderr=theirs, check=True)
    os.close(theirs)
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        line = terminal.read(1000)

    assert b"\x1b[" in line, "in colour"
    assert b"level=" not in line
    assert b"filed" in line
