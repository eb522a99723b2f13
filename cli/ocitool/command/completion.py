"""``ocitool completion``: the script that makes a shell complete ocitool's commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from ..option.command import Command
from ..output import text_bytes, write

_NAME = "ocitool"


@click.command("completion", cls=Command)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script of a shell.

    bash: source <(ocitool completion bash), in ~/.bashrc.

    zsh: source <(ocitool completion zsh), in ~/.zshrc.

    fish: ocitool completion fish > ~/.config/fish/completions/ocitool.fish, once.
    """
    kind = get_completion_class(shell)
    assert kind is not None
    complete = kind(click.Command(_NAME), {}, _NAME, f"_{_NAME.upper()}_COMPLETE")
    # Not source(): for bash that runs bash first, to look at its version.
    write(text_bytes(f"{complete.source_template % complete.source_vars()}\n"))
