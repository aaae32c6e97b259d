"""`shelfd hold`, `shelfd release`: "I am at work here", and no longer."""

import click

from shelfd.cli import complete, options
from shelfd.cli.documented import Query
from shelfd.cli.text import say, say_json
from shelfd.core.errors import NotFoundError

FIELDS = {
    "id": "of the hold",
    "path": "what is held, with all below it; when it is not UTF-8, percent-encoded in path_bytes, too",
    "held_at": "since when",
}


@click.command(cls=Query, fields=FIELDS, short_help="Let nothing below a path be touched.")
@click.argument("path", shell_complete=complete.paths)
@options.query
def hold(path: str, *, as_json: bool) -> None:
    """Let nothing at PATH or below it be touched until `shelfd release`, as while you are copying there.

    In an inbox nothing is filed from there, in a library nothing is filed to there; what runs already ends.
    PATH need not exist yet.
    """
    reply = options.client().post("/v1/holds", options.in_body(options.absolute(path)))
    if as_json:
        say_json(reply.raw)
    else:
        held = reply.value["path"]
        say(f"{held} is held: nothing there is touched until `shelfd release`")


@click.command(cls=Query, fields=FIELDS, short_help="Let a held path go.")
@click.argument("path", shell_complete=complete.held)
@options.query
def release(path: str, *, as_json: bool) -> None:
    """Hold PATH no longer: what lies there is looked at now."""
    client = options.client()
    wanted = options.absolute(path)
    found = client.get(options.address("/v1/holds", path=wanted)).value["items"]
    if not found:
        raise NotFoundError(
            f"{path}: it is not held", code="not_held", hint="`shelfd status` lists what is"
        )
    reply = client.delete(f"/v1/holds/{found[0]['id']}")
    if as_json:
        say_json(reply.raw)
    else:
        say(f"{reply.value['path']} is released")
