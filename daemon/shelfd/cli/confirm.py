"""`shelfd confirm`: what vanished from a root is really gone."""

from urllib.parse import quote

import click

from shelfd.cli import complete, options
from shelfd.cli.documented import Query
from shelfd.cli.wait import finish
from shelfd.cli.wishes import ID, waiting
from shelfd.core.errors import UsageError


@click.command(cls=Query, fields=ID, short_help="Say that what vanished is really gone.")
@click.argument("root", shell_complete=complete.roots)
@waiting
@options.query
def confirm(root: str, *, wait: bool, as_json: bool) -> None:
    """Say that the library or inbox named ROOT is right as it is now.

    Where another disk lies than before, it is the right one; what vanished is really gone: a scan takes
    it for deleted. `shelfd status` shows which are suspended, and why.
    """
    if "/" in root:
        raise UsageError(
            f"{root}: this is a path, and ROOT a name",
            code="usage",
            hint="`shelfd status` shows the names",
        )
    accepted = options.client().post(f"/v1/roots/{quote(root, safe='')}/confirm", {}).value
    finish(options.client(), [accepted["id"]], wait=wait, as_json=as_json)
