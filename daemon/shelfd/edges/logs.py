"""Log records as lines on standard error, one for each, whoever wrote it.

structlog hands over to the standard library's logging, whose one handler formats what libraries say in
the same way. Its loggers keep nothing of the configuration, so `configure` may be called again.
"""

import json
import logging
import os
import re
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Literal, TextIO

import structlog
from structlog.dev import ConsoleRenderer, plain_traceback
from structlog.processors import ExceptionRenderer, JSONRenderer, TimeStamper, format_exc_info
from structlog.stdlib import ProcessorFormatter
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, Processor, WrappedLogger

from shelfd.core.paths import printable

Format = Literal["auto", "console", "logfmt", "json"]

CHATTY = ("apscheduler", "asyncio", "uvicorn", "watchdog")
"""Libraries that tell more than a user of shelfd wants to know."""

SECRET = re.compile(r"(?i)(?:^|[_-])(?:token|password|passwd|key|secret|authorization|cookie)$")
"""Names of values that are not shown; `key_file` names a file and is."""
MASK = "***"

PRIORITIES = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}
"""Levels in syslog's numbers, which the journal takes from the front of a line, see sd-daemon(3)."""


def configure(level: str, format: Format, *, stream: TextIO | None = None) -> None:  # noqa: A002  # as the settings call it
    """Send all records from `level` on (`debug`, `info`, `warning`, `error`) to `stream`, by default standard error.

    `auto` is `console` on a terminal and `logfmt` elsewhere.
    """
    target = stream or sys.stderr
    journal = _is_journal(target)
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        ProcessorFormatter(
            processors=_processors(_chosen(format, target), target, journal=journal)
        ),
    )
    least = logging.getLevelNamesMapping()[level.upper()]
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(least)
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(least, logging.WARNING))
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def bound(**values: object) -> AbstractContextManager[None]:
    """Put `values` on every line that this thread logs inside, for example `operation`."""
    return structlog.contextvars.bound_contextvars(**values)


def _chosen(format: Format, target: TextIO) -> Format:  # noqa: A002  # as the settings call it
    if format != "auto":
        return format
    return "console" if target.isatty() else "logfmt"


def _is_journal(target: TextIO) -> bool:
    """Say whether `target` is what the service manager connected to the journal, as systemd.exec(5) asks."""
    try:
        status = os.fstat(target.fileno())
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def _processors(chosen: Format, target: TextIO, *, journal: bool) -> list[Processor]:
    stamp: list[Processor] = [TimeStamper(fmt="iso", utc=chosen != "console")]
    steps: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        ProcessorFormatter.remove_processors_meta,
        _plain,
    ]
    match chosen:
        case "json":
            shown = ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
            steps += [*stamp, shown, JSONRenderer()]
        case "console":
            colors = target.isatty()
            steps += [
                *stamp,
                _escaped,
                ConsoleRenderer(colors=colors, exception_formatter=plain_traceback),
            ]
        case _:
            # The journal keeps the time of each line itself.
            steps += [*([] if journal else stamp), format_exc_info, _logfmt]
    return [*steps[:-1], _with_priority(steps[-1])] if journal else steps


def _plain(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask secrets, and make bytes and what came from file names into text that can be encoded."""
    return {key: _shown(key, value) for key, value in event.items()}


def _shown(key: str, value: object) -> object:
    shown = value
    match value:
        case _ if SECRET.search(key):
            shown = MASK
        case str():
            shown = value.encode("utf-8", "backslashreplace").decode()
        case bytes():
            shown = printable(value)
        case Mapping():
            shown = {str(name): _shown(str(name), inner) for name, inner in value.items()}
        case list() | tuple() | set() | frozenset() if key != "exc_info":
            shown = [_shown("", inner) for inner in value]
    return shown


def _escaped(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Keep line ends and terminal commands in names from being obeyed."""
    return {
        key: _one_line(value) if isinstance(value, str) else value for key, value in event.items()
    }


def _one_line(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in text)


def _logfmt(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    first = ("timestamp", "level", "event", "operation")
    names = [name for name in first if name in event]
    names += [name for name in event if name not in first]
    return " ".join(f"{_name(name)}={_quoted(event[name])}" for name in names)


def _name(key: str) -> str:
    return re.sub(r"[^\w.-]", "_", key)


def _quoted(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    if text and text.isprintable() and not set(text) & set(' ="'):
        return text
    return _one_line(json.dumps(text, ensure_ascii=False))


def _with_priority(render: Processor) -> Processor:
    def rendered(logger: WrappedLogger, method: str, event: EventDict) -> str:
        priority = PRIORITIES.get(event["level"], PRIORITIES["info"])
        return f"<{priority}>{render(logger, method, event)!s}"

    return rendered
