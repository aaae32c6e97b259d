"""The command line as a whole: `cli` with every command that speaks to the daemon."""

import os
import sys
from importlib import import_module
from typing import Any

import click

from shelfd import __version__
from shelfd.cli import failures, options
from shelfd.cli.complete import ASKED
from shelfd.cli.failures import EXIT_CODES, INTERRUPTED
from shelfd.core.errors import ShelfdError
from shelfd.core.nearest import nearest

COMMANDS = {
    "status": "status.status",
    "scan": "wishes.scan",
    "import": "wishes.import_",
    "operations": "operations.operations",
    "operation": "operations.operation",
    "undo": "wishes.undo",
    "verify": "verify.verify",
    "cancel": "queue.cancel",
    "retry": "queue.retry",
    "pause": "queue.pause",
    "resume": "queue.resume",
    "confirm": "confirm.confirm",
    "hold": "holds.hold",
    "release": "holds.release",
    "why": "why.why",
    "parse": "parse.parse",
    "review": "review.review",
    "find": "catalog.find",
    "show": "catalog.show",
    "events": "events.events",
    "completion": "completion.completion",
}
"""In the order of use: where each command is, which is loaded when somebody gives it. The daemon has use for none."""


class Commands(click.Group):
    """A group whose errors and exit codes are those of shelfd."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run one command line, and end the process."""
        _let_every_name_be_written()
        if ASKED in os.environ:
            import_module("shelfd.cli.completion")  # click then answers as that says
        sys.exit(self._run(*args, **{"prog_name": "shelfd", **extra, "standalone_mode": False}))

    def invoke(self, ctx: click.Context) -> Any:
        """Run one command; it ends well when nobody reads on, as with `head`."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            failures.silence()
            return 0

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # as click has it
        """Return the commands in the order of use, not of the alphabet."""
        return [*COMMANDS, *self.commands]

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Return a command by the first of these words; click itself would suggest only what is loaded."""
        known = self.list_commands(ctx)
        unknown = args[0] not in known and not args[0].startswith("-")
        if unknown and not ctx.resilient_parsing:
            meant = nearest(args[0], known)
            ctx.fail(
                f"No such command '{args[0]}'." + (f" Did you mean '{meant}'?" if meant else "")
            )
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command."""
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        module, _, name = COMMANDS[cmd_name].partition(".")
        command: click.Command = getattr(import_module(f"shelfd.cli.{module}"), name)
        return command

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # as click has it
        """Write the exit codes below the commands."""
        with formatter.section("Exit codes"):
            formatter.write_dl([*EXIT_CODES.items()])

    def _run(self, *args: Any, **extra: Any) -> int:
        try:
            code = super().main(*args, **extra)
        except ShelfdError as error:
            return failures.told(error)
        except click.ClickException as error:
            return failures.told(failures.from_click(error))
        except (click.Abort, KeyboardInterrupt):
            return INTERRUPTED
        except OSError as error:
            return failures.told(failures.unwritten(error))
        return code if isinstance(code, int) else 0


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, message="shelfd %(version)s")
@options.socket
@click.pass_context
def cli(context: click.Context) -> None:
    """Keep the media library of a NAS in order.

    Files that are dropped into an inbox are filed into the libraries, where players find them.
    """
    if os.environ.get("NO_COLOR"):
        context.color = False
    if context.invoked_subcommand is None:
        from shelfd.cli.status import short  # noqa: PLC0415  # as with all commands

        short(options.reader())


def _let_every_name_be_written() -> None:
    """Keep a name that the terminal's character set has no letters for from ending the output."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
