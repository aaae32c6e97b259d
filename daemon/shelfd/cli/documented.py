"""Commands whose help explains their JSON field by field."""

from collections.abc import Mapping
from typing import Any

import click


class Query(click.Command):
    """A command that answers with JSON when asked to."""

    def __init__(self, *args: Any, fields: Mapping[str, str], **extra: Any) -> None:
        """`fields`: name of a field, or of some that belong together, and what it says."""
        super().__init__(*args, **extra)
        self.fields = fields

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # as click has it
        """Write the fields below the options."""
        with formatter.section("JSON"):
            formatter.write_dl([*self.fields.items()])
