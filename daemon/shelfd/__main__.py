"""The program: the commands that talk to the daemon, and the two that need none."""

import sys

import click

from shelfd.cli.main import cli


@cli.command()
@click.option(
    "--config", metavar="FILE", help="Settings file; /etc/shelfd/shelfd.toml if it is there."
)
@click.option(
    "--inbox",
    "inboxes",
    metavar="DIR",
    multiple=True,
    help="A drop folder; may be given more than once.",
)
@click.option(
    "--library", metavar="DIR", help="Makes Movies Shows Music Audiobooks Books below DIR."
)
@click.option("--state", metavar="DIR", help="Where the database lies.")
@click.option("--socket", metavar="PATH", help="The control socket.")
def run(
    config: str | None,
    inboxes: tuple[str, ...],
    library: str | None,
    state: str | None,
    socket: str | None,
) -> None:
    """Run the daemon in the foreground. Flags alone are enough; they win over the settings file."""
    # the parts of the daemon are loaded by the daemon only: the other commands start in a blink
    from shelfd.app.run import run as live  # noqa: PLC0415  # see above
    from shelfd.app.sources import Source  # noqa: PLC0415  # see above

    source = Source(config=config, inboxes=inboxes, library=library, state=state, socket=socket)
    sys.exit(live(source))


def main() -> None:
    """Run the command line."""
    cli()


if __name__ == "__main__":
    main()
