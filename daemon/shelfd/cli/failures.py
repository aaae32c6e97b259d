"""What goes wrong for a person at the command line, and with which exit code."""

import errno
import os
import sys

import click

from shelfd.core.errors import BrokenError, NotFoundError, ShelfdError, UsageError

INTERRUPTED = 130
UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""What a disk answers that does not take what is written to it."""

EXIT_CODES = {
    "0": "done",
    "1": "the request failed: the operation failed, or the item was refused",
    "2": "wrong usage, or settings that make no sense",
    "3": "the daemon cannot be reached, or does not let you do this",
    "4": "what was named does not exist",
    "130": "interrupted",
}


class UnreachableError(ShelfdError):
    """There is no daemon to ask, or it does not answer, or not to you."""


def exit_code(error: ShelfdError) -> int:
    """Return what the process ends with."""
    match error:
        case UsageError():
            return 2
        case UnreachableError():
            return 3
        case NotFoundError():
            return 4
        case _:
            return 1


def told(error: ShelfdError) -> int:
    """Write an error to standard error, and return the exit code."""
    click.echo(f"{click.style('shelfd:', fg='red')} {error.message}", err=True)
    if error.hint:
        click.echo(f"{click.style('hint:', fg='cyan')} {error.hint}", err=True)
    return exit_code(error)


def from_click(error: click.ClickException) -> UsageError:
    """Return what click found wrong with the command line, in shelfd's form."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command_path if context is not None else "shelfd"
    subject = command.partition(" ")[2]
    what = error.format_message().removesuffix(".")
    what = what[:1].lower() + what[1:]
    return UsageError(
        f"{subject}: {what}" if subject else what, code="usage", hint=f"{command} --help"
    )


def unwritten(error: OSError) -> BrokenError:
    """Return that the output could not be written; an error that says something else is raised again."""
    if error.errno not in UNWRITABLE or error.filename is not None:
        raise error
    silence()
    return BrokenError(
        f"output: it cannot be written: {os.strerror(error.errno)}",
        code="output",
        hint="make room where it goes to, or send it elsewhere",
    )


def silence() -> None:
    """Let what is still to be written to standard output go nowhere: whoever read it has gone."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
