"""The settings file on disk: its reading, and its mistakes put into words."""

import os
import tomllib
from collections.abc import Iterable

from shelfd.core.errors import UsageError
from shelfd.core.paths import printable
from shelfd.core.settings import Problem


def load(path: bytes | str) -> dict[str, object]:
    """Return what the TOML file says; UsageError when it cannot be read or is no TOML."""
    shown = printable(os.fsencode(path))
    try:
        with open(path, "rb") as file:
            text = file.read().decode("utf-8-sig")
        return tomllib.loads(text)
    except OSError as error:
        raise UsageError(
            f"{shown}: cannot read the settings: {error.strerror}",
            code="settings_unreadable",
            hint="name another file with --config, or give --inbox, --library and --state",
        ) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        column = error.start - error.object.rfind(b"\n", 0, error.start)
        raise UsageError(
            f"{shown}: not UTF-8 (at line {line}, column {column})",
            code="settings_syntax",
            hint="save the file as UTF-8",
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            f"{shown}: not TOML: {error}",
            code="settings_syntax",
            hint="texts stand in quotes, a table begins with [its name]",
        ) from error


def report(problems: Iterable[Problem], source: str) -> str:
    """Return all problems for a person, one in a line below a heading; `source` names the file or the flags."""
    lines = [_line(problem) for problem in problems]
    heading = f"{source}: {len(lines)} problem{'s' if len(lines) != 1 else ''} in the settings"
    return "\n".join([heading, *lines])


def _line(problem: Problem) -> str:
    meant = f"; did you mean {problem.suggestion}?" if problem.suggestion else ""
    return f"  {problem.key}: found {problem.found}, allowed is {problem.allowed}{meant}"
