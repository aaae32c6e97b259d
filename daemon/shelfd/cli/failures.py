"""What goes wrong for a person at the command line, and with which exit code."""

import os
import sys

import click

from shelfd.core.errors import NotFoundError, ShelfdError, UsageError

INTERRUPTED = 130

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


def silence() -> None:
    """Let what is still to be written to standard output go nowhere: whoever read it has gone."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
