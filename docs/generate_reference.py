"""Writes the reference pages that follow from the code: commands, exit codes, progress, peers' options.

    python docs/generate_reference.py            writes docs/reference/*.md
    python docs/generate_reference.py --check    fails when they are not what the code says

A command's options are listed as help has them, with those that help hides: they exist for scripts.
Those of the program are listed once; every command takes them too.
"""

from __future__ import annotations

import sys
from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ocitool.command_table import COMMANDS
from ocitool.exit_code import ExitCode
from ocitool.option.program import is_of_program
from ocitool.peer_map import PODMAN, SKOPEO, WHOLE
from ocitool.program import NAME, program
from ocitool.progress.json_lines import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ocitool.peer_map import PeerMap, Row

FOLDER = Path(__file__).resolve().parent / "reference"
COMMAND_PREFACE = f"""\
`{NAME} [OPTIONS] COMMAND [ARGS]...`. Data goes to stdout, everything else to stderr; see
[exit codes](exit-codes.md) and [progress](progress.md). Switches take every spelling: `--all`,
`--no-all`, `--all=true`, `--all=false`.

"""
PROGRESS_PREFACE = """\
Each line on stderr is a JSON object with `event` and `time_s` (seconds since the start), and the
members below. Members may be added in later versions, never removed. Lines that do not begin with
`{` are for people: remarks and errors.

"""
STATES = {"same": "the same", "different": "different", "refused": "not here", "later": "not yet"}
PEER_PREFACE = """\
{what}, {total} in all: {summary}. What is not here is refused with exit code 64, never
ignored. Options of the program are taken behind a command as well.

"""
PEERS = {
    "skopeo": "All of skopeo 1.22 and newer",
    "podman": "All commands of podman 4.3 and newer, and the options of those that are about images",
}
NOTICE = "<!-- Written by docs/generate_reference.py. -->\n\n"


def pages() -> dict[str, str]:
    """Return every page by its file name."""
    return {
        "cli.md": command_page(),
        "exit-codes.md": exit_code_page(),
        "progress.md": progress_page(),
        "skopeo.md": peer_page(SKOPEO),
        "podman.md": peer_page(PODMAN),
    }


def command_page() -> str:
    """Return the page of all commands."""
    parts = [
        NOTICE,
        f"# Command line of {NAME}\n\n",
        COMMAND_PREFACE,
    ]
    top = program.make_context(NAME, [COMMANDS[0].name])
    parts += ["## Before the command\n\n", options_table(program, top)]
    for entry in COMMANDS:
        command = program.get_command(top, entry.name)
        assert command is not None
        ctx = click.Context(command, parent=top, info_name=entry.name)
        parts.append(command_section(command, ctx))
        if isinstance(command, click.Group):
            parts += [
                command_section(inner, click.Context(inner, parent=ctx, info_name=name))
                for name, inner in command.commands.items()
            ]
    return "".join(parts)


def command_section(command: click.Command, ctx: click.Context) -> str:
    """Return what is to be said about one command."""
    usage = " ".join([ctx.command_path, *command.collect_usage_pieces(ctx)])
    paragraphs = [" ".join(text.split()) for text in (command.help or "").split("\n\n")]
    described = "\n\n".join(paragraphs)
    return f"## {ctx.command_path.partition(' ')[2]}\n\n    {usage}\n\n{described}\n\n" + options_table(
        command, ctx
    )


def options_table(command: click.Command, ctx: click.Context) -> str:
    """Return the options of a command as a table."""
    rows = []
    for parameter in command.get_params(ctx):
        if isinstance(parameter, click.Option) and (ctx.parent is None or not is_of_program(parameter)):
            was_hidden, parameter.hidden = parameter.hidden, False
            record = parameter.get_help_record(ctx)
            parameter.hidden = was_hidden
            assert record is not None
            rows.append((f"`{cell(record[0])}`", cell(record[1])))
    return table(("option", "what it does"), rows)


def exit_code_page() -> str:
    """Return the page of the exit codes."""
    rows = [(str(code.value), f"`{code.name}`", cell(code.meaning)) for code in ExitCode]
    return f"{NOTICE}# Exit codes\n\n0, 1 and 2 mean what they mean to skopeo.\n\n" + table(
        ("code", "name", "meaning"), rows
    )


def progress_page() -> str:
    """Return the page of the lines of ``--progress json``."""
    parts = [
        NOTICE,
        "# Lines of `--progress json`\n\n",
        PROGRESS_PREFACE,
    ]
    for event, members in SCHEMA.items():
        rows = [(f"`{name}`", cell(text)) for name, text in members.items()]
        parts += [f"## {event}\n\n", table(("member", "type and meaning"), rows)]
    return "".join(parts)


def peer_page(peer: PeerMap) -> str:
    """Return the page of a peer's commands and options."""
    counts = Counter(row.state for row in peer.rows)
    summary = ", ".join(f"{counts[state]} {text}" for state, text in STATES.items())
    preface = PEER_PREFACE.format(what=PEERS[peer.peer], total=len(peer.rows), summary=summary)
    parts = [NOTICE, f"# {peer.peer}'s commands and options\n\n", preface]
    for command, group in groupby(peer.rows, key=lambda row: row.command):
        title = "Before the command" if command == WHOLE else command
        parts.append(f"## {title}\n\n" + table((peer.peer, "ocitool", "note"), peer_lines(group)))
    return "".join(parts)


def peer_lines(group: Iterable[Row]) -> list[tuple[str, ...]]:
    """Return the lines of one command; options of which the same is to be said share one."""
    said: dict[tuple[str, str], list[str]] = {}
    for row in group:
        ours = ", ".join(f"`{name}`" for name in row.ours) if row.ours != (row.option,) else ""
        here = ", ".join(filter(None, (STATES[row.state], ours)))
        name = f"{row.command} ..." if row.option == WHOLE else row.option
        said.setdefault((here, row.note), []).append(f"`{name}`")
    return [(", ".join(names), here, cell(note)) for (here, note), names in said.items()]


def cell(text: str) -> str:
    """Return text that can stand in a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a table, with an empty line after it."""
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines) + "\n"


def main() -> int:
    """Write the pages, or compare them."""
    drifted = []
    for name, text in pages().items():
        path = FOLDER / name
        text = text.rstrip("\n") + "\n"
        if "--check" in sys.argv[1:]:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                drifted.append(name)
        else:
            FOLDER.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for name in drifted:
        print(f"docs/reference/{name} is not what the code says: run python docs/generate_reference.py")
    return 1 if drifted else 0


if __name__ == "__main__":
    sys.exit(main())
