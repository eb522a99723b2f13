"""skopeo's commands and options beside ours: the one table of them, in skopeo.tsv.

The documentation is written from it, tests compare it with the options that exist, and whoever uses one that
is not here is told why.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

DATA: Final = Path(__file__).with_name("skopeo.tsv")
WHOLE: Final = "-"
"""Stands for the program where a command is named, and for a command as a whole where an option is."""

_STATE: Final = re.compile(r"same|different|refused|later:[0-9]+")


class Row(NamedTuple):
    """A command or an option of skopeo's."""

    command: str
    option: str
    state: str
    """``same``, ``different``, ``refused`` or ``later``."""
    ours: tuple[str, ...]
    """What to say instead, where it is not the same."""
    note: str


@cache
def rows() -> tuple[Row, ...]:
    """Read the table.

    Raises:
        ValueError: A line is none.
    """
    found = []
    for line in DATA.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        command, option, state, ours, note = line.split("\t")
        if not _STATE.fullmatch(state):
            raise ValueError(f"{DATA}: {state!r} is no state")
        found.append(Row(command, option, state.partition(":")[0], tuple(ours.split()), note))
    return tuple(found)


def explanation(command: str, option: str) -> str:
    """Say why something of skopeo's is not here, and what there is instead; empty for what it never had.

    Args:
        command: The command.
        option: The option, or `WHOLE` for the command itself.
    """
    found = {(row.command, row.option): row for row in rows()}
    row = found.get((command, option)) or found.get((WHOLE, option))
    if row is None or row.state in {"same", "different"}:
        return ""
    when = "skopeo has it, ocitool does not yet" if row.state == "later" else "not in ocitool"
    instead = f" (instead: {' '.join(row.ours)})" if row.ours else ""
    return f"{when}: {row.note}{instead}"
