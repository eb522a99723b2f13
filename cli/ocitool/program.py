"""The program: the options before the command, the lazy list of commands, and what becomes of every failure.

Nothing of `oci` is imported here, and no command's module before it is called: help and completion are made
of the command table alone, and what only a failure needs is imported when there is one.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Final

import click

from .command_table import COMMANDS, SHOWN
from .invocation import Invocation
from .option.command import ParsesSwitches
from .option.program import program_options

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

NAME: Final = "ocitool"
SKOPEO: Final = "skopeo"
"""The other name: a link of this name to the program behaves as skopeo does where the two differ."""
SKOPEO_VERSION: Final = "1.22.0"
"""The version of skopeo whose commands and options are understood."""
COMPLETION_VARIABLE: Final = "_OCITOOL_COMPLETE"
"""Set by the scripts of `ocitool completion` when they ask for words."""
MAX_WIDTH: Final = 100
"""Columns of help, on however wide a terminal."""
_MODULES: Final = {entry.name: entry.module for entry in COMMANDS}


class Program(ParsesSwitches, click.Group):
    """The group of all commands, each of which is imported when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in alphabetical order."""
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command, or return None for a name that is none."""
        module = _MODULES.get(cmd_name)
        if module is None:
            return None
        command = importlib.import_module(f".command.{module}", __package__).command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(entry.name, entry.summary) for entry in SHOWN])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete a command's name from the table, anything else as click does."""
        from click.shell_completion import CompletionItem

        names = [entry for entry in SHOWN if entry.name.startswith(incomplete)]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [CompletionItem(entry.name, help=entry.summary) for entry in names] + options


def _show_version(ctx: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        from oci import __version__

        click.echo(version_line(ctx.obj.name, __version__))
        ctx.exit()


@click.command(
    NAME,
    cls=Program,
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
    subcommand_metavar="COMMAND [ARGS]...",
)
@click.option(
    "-v",
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version.",
)
@click.pass_context
def program(ctx: click.Context) -> None:
    """Inspect, copy and serve OCI images.

    Images are named as skopeo names them: docker://HOST/NAME[:TAG|@DIGEST], oci:DIRECTORY[:NAME],
    oci-archive:FILE[:NAME], docker-archive:FILE[:NAME], docker-daemon:NAME[:TAG], dir:DIRECTORY. A bare
    HOST/NAME:TAG means a registry.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        from .exit_code import ExitCode

        ctx.exit(ExitCode.USAGE)


program.params.extend(program_options())


def version_line(name: str, version: str) -> str:
    """Return what ``--version`` says, which scripts take apart."""
    if name == SKOPEO:
        return f"{SKOPEO} version {SKOPEO_VERSION} ({NAME} {version})"
    return f"{NAME} version {version}"


def run(arguments: list[str], *, name: str = NAME) -> int:
    """Run one command line.

    Args:
        arguments: The arguments behind the program's name.
        name: The name that it was called by.

    Returns:
        The exit code.

    Raises:
        BrokenPipeError: Who reads the standard output went away.
    """
    invocation = Invocation(name)
    instruction = os.environ.get(COMPLETION_VARIABLE)
    try:
        if instruction is not None:
            return _complete(instruction)
        return _call(arguments, invocation)
    except BrokenPipeError:
        raise
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - every failure becomes a line and a code here
        from .failure import report

        return report(error, debug=invocation.debug)


def _call(arguments: list[str], invocation: Invocation) -> int:
    # Not click's main(): it would take care of closed pipes and of interruption in ways of its own.
    try:
        with program.make_context(NAME, arguments, obj=invocation, terminal_width=_width()) as ctx:
            code = program.invoke(ctx)
    except click.exceptions.Exit as end:
        return end.exit_code
    return code if isinstance(code, int) else 0


def _complete(instruction: str) -> int:
    from click.shell_completion import shell_complete

    return shell_complete(program, {}, NAME, COMPLETION_VARIABLE, instruction)


def _width() -> int:
    """Return how wide help may be; what click would find out, without importing shutil."""
    try:
        columns = int(os.environ.get("COLUMNS", "0")) or os.get_terminal_size(1).columns
    except (OSError, ValueError):
        columns = 80
    return max(50, min(columns, MAX_WIDTH) - 2)
