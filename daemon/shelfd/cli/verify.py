"""`shelfd verify`: are the files of the libraries still what they were."""

from typing import TYPE_CHECKING

import click

from shelfd.cli import complete, options, wait
from shelfd.cli.documented import Query
from shelfd.cli.wishes import ID, waiting

if TYPE_CHECKING:
    from shelfd.cli.client import Value

FIELDS = {
    **ID,
    "result.files": "files that were looked at",
    "result.bytes": "bytes that were read and compared",
    "result.verified": "files whose content is that of their hash",
    "result.learnt": "files that had no hash, and have one now",
    "result.changed": "files that somebody has written since; their directories are scanned, their hashes learnt by the next verify",
    "result.missing": "files of the catalog that are not there",
    "result.damaged": "[{path, reason}] of files whose content is another though nobody has written them, 100 at most",
    "result.damaged_files": "how many these are",
    "result.unreadable": "[{path, reason}] of files that cannot be read, 100 at most",
    "result.unreadable_files": "how many these are",
    "result.absent": "{library: reason} of those that are not there",
}


@click.command(cls=Query, fields=FIELDS, short_help="Compare files with the hashes in the catalog.")
@click.argument("path", required=False, shell_complete=complete.paths)
@waiting
@options.conditions
@options.query
def verify(path: str | None, *, as_json: bool, **how: bool) -> None:
    """Read files of the libraries and compare them with their hashes; without PATH all of them.

    PATH is a directory, with all below it, or a file. What differs though nobody has written it is damaged, which the disk,
    the memory or a cable may have done: it is named here, in `shelfd status`, and in the log of the operation. A file
    that has no hash yet gets one, and is compared from then on.
    It fails, with exit code 1 when waited for, if anything is damaged or cannot be read.

    Those files come first that were not compared for the longest time, so that with --deadline, or after `shelfd cancel`,
    the next one goes on with the others. It reads at idle priority, and makes room for what is more urgent.
    """
    content: Value = {"kind": "verify"}
    if path is not None:
        content |= options.in_body(options.absolute(path))
    client = options.client()
    accepted = client.post("/v1/operations", options.conditional(content)).value
    wait.finish(client, [accepted["id"]], wait=how["wait"], as_json=as_json)
