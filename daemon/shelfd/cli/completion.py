"""`shelfd completion`: what a shell must know to complete the words of a command line."""

import re

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
)

from shelfd.cli.complete import ASKED

SPECIAL = re.compile(r"[^\w@%+:,./=-]")


class Bash(BashComplete):
    """As click does it, but what it suggests is one word, and means itself, whatever is in it."""

    def format_completion(self, item: CompletionItem[str]) -> str:
        """Return a suggestion as the script reads it."""
        # the script's `read` takes one backslash away, the command line the other
        quoted = SPECIAL.sub(r"\\\\\g<0>", item.value) if item.type == "plain" else item.value
        return f"{item.type},{quoted}"


add_completion_class(Bash)
KINDS: dict[str, type[ShellComplete]] = {"bash": Bash, "zsh": ZshComplete, "fish": FishComplete}


INSTALL = """\b
bash: shelfd completion bash >/etc/bash_completion.d/shelfd
      or in ~/.bashrc: eval "$(shelfd completion bash)"
zsh:  shelfd completion zsh >/usr/local/share/zsh/site-functions/_shelfd
      or in ~/.zshrc, behind compinit: eval "$(shelfd completion zsh)"
fish: shelfd completion fish >~/.config/fish/completions/shelfd.fish
"""


@click.command(short_help="Print what completes commands in a shell.", epilog=INSTALL)
@click.argument("shell", type=click.Choice([*KINDS]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script by which SHELL completes commands, options and values when Tab is pressed."""
    script = KINDS[shell](context.find_root().command, {}, "shelfd", ASKED)
    click.echo(script.source(), nl=False)
