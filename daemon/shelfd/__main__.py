"""The program: the commands that talk to the daemon, and the two that need none."""

import gc
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from shelfd.edges import openssl

openssl.leave_out()  # first: what is imported below would load it

import click  # noqa: E402  # see above

from shelfd.cli import complete  # noqa: E402  # see above
from shelfd.cli.main import cli  # noqa: E402  # see above

F = TypeVar("F", bound=Callable[..., Any])


def sources(function: F) -> F:
    """Add what says where the settings come from, by the names of `app.sources.Source`."""
    file, directory = complete.paths, complete.directories
    for option in (
        click.option("--socket", metavar="PATH", shell_complete=file, help="The control socket."),
        click.option(
            "--state", metavar="DIR", shell_complete=directory, help="Where the database lies."
        ),
        click.option(
            "--library",
            metavar="DIR",
            shell_complete=directory,
            help="Makes Movies Shows Music Audiobooks Books below DIR.",
        ),
        click.option(
            "--inbox",
            "inboxes",
            metavar="DIR",
            shell_complete=directory,
            multiple=True,
            help="A drop folder; may be given more than once.",
        ),
        click.option(
            "--config",
            metavar="FILE",
            shell_complete=file,
            help="Settings file; /etc/shelfd/shelfd.toml if it is there.",
        ),
    ):
        function = option(function)
    return function


@cli.command()
@sources
def run(**said: Any) -> None:
    """Run the daemon in the foreground. Flags alone are enough; they win over the settings file."""
    # structlog would load what the live view draws with, four megabytes that a daemon never uses
    sys.modules.setdefault("rich", None)  # type: ignore[arg-type]  # as the import system documents it
    gc.disable()  # what is loaded now stays
    # the parts of the daemon are loaded by the daemon only: the other commands start in a blink
    from shelfd.app.run import run as live  # noqa: PLC0415  # see above
    from shelfd.app.sources import Source  # noqa: PLC0415  # see above

    gc.enable()
    sys.exit(live(Source(**said)))


@cli.command()
@sources
@click.option("--json", "as_json", is_flag=True, help="A list of {check, severity, message, fix}.")
def check(as_json: bool, **said: Any) -> None:  # noqa: FBT001  # as click has it
    """Look for what is wrong, without a daemon and without leaving a trace; each finding has its fix.

    Exit status 1 when one is fatal.
    """
    import msgspec  # noqa: PLC0415  # see above

    from shelfd.app.check import check as look  # noqa: PLC0415  # see above
    from shelfd.app.check import told  # noqa: PLC0415  # see above
    from shelfd.app.sources import Source  # noqa: PLC0415  # see above

    findings = look(Source(**said))
    click.echo(msgspec.json.format(msgspec.json.encode(findings)) if as_json else told(findings))
    sys.exit(any(finding.severity == "fatal" for finding in findings))


def main() -> None:
    """Run the command line."""
    cli()


if __name__ == "__main__":
    main()
