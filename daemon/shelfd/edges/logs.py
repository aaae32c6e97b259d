"""Log records as lines on standard error, one for each, whoever wrote it.

structlog hands over to the standard library's logging, whose one handler formats what libraries say in
the same way. Its loggers keep nothing of the configuration, so `configure` may be called again.
"""

import json
import logging
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from contextvars import ContextVar
from typing import Literal, TextIO

import structlog
from structlog.dev import ConsoleRenderer, plain_traceback
from structlog.processors import ExceptionRenderer, JSONRenderer, TimeStamper, format_exc_info
from structlog.stdlib import ProcessorFormatter
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, Processor, WrappedLogger

from shelfd.core.lines import LEVELS, Level
from shelfd.core.paths import printable

Hear = Callable[[Level, str, Mapping[str, object]], None]
"""Takes the level, the message and the fields of a line."""
_hear: ContextVar[Hear | None] = ContextVar("hear", default=None)
WITHOUT = frozenset({"event", "exc_info", "stack_info", "stacklevel", "extra", "positional_args"})
"""Keys of a record that are no fields of it."""

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
        processors=[
            _overheard,
            structlog.stdlib.filter_by_level,
            ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def bound(**values: object) -> AbstractContextManager[None]:
    """Put `values` on every line that this thread logs inside, for example `operation`."""
    return structlog.contextvars.bound_contextvars(**values)


@contextmanager
def heard(hear: Hear) -> Iterator[None]:
    """Hand over every line from `info` on that this thread logs inside, whatever the level; `debug` when it is that.

    What it has of values is for people: secrets masked, bytes as text. Nothing that `hear` raises gets any further.
    """
    token = _hear.set(hear)
    try:
        yield
    finally:
        _hear.reset(token)


def _overheard(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    hear = _hear.get()
    if hear is not None:
        # whoever logs something must not fail because of that
        with suppress(Exception):
            level = LEVELS.get(method, Level.INFO)
            if level is not Level.DEBUG or logger.isEnabledFor(logging.DEBUG):
                fields = {key: _shown(key, event[key]) for key in event if key not in WITHOUT}
                hear(level, _message(event), fields | _exception(event.get("exc_info")))
    return event


def _message(event: EventDict) -> str:
    text = event.get("event", "")
    values = event.get("positional_args", ())
    return str(_shown("event", text % values if values else text))


def _exception(found: object) -> dict[str, object]:
    """Return what an exception says of itself; where it comes from is told by the journal only."""
    error = found if isinstance(found, BaseException) else sys.exc_info()[1] if found else None
    return {} if error is None else {"exception": _shown("", f"{type(error).__name__}: {error}")}


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
