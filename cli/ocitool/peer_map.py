"""The commands and options of skopeo and podman beside ours: one table for each, in a file of its own.

The documentation is written from them, tests compare them with the options that exist, and whoever uses
one that is not here is told why.
"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

WHOLE: Final = "-"
"""Stands for the program where a command is named, and for a command as a whole where an option is."""

_STATE: Final = re.compile(r"same|different|refused|later:[0-9]+")


class Row(NamedTuple):
    """A command or an option of a peer's."""

    command: str
    option: str
    state: str
    """``same``, ``different``, ``refused`` or ``later``."""
    ours: tuple[str, ...]
    """What to say instead, where it is not the same: options, or a command."""
    note: str


class PeerMap:
    """The table of one peer.

    Args:
        peer: Its name, and that of the file.
    """

    def __init__(self, peer: str) -> None:
        self.peer = peer
        self.data = Path(__file__).with_name(f"{peer}.tsv")

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The table.

        Raises:
            ValueError: A line is none.
        """
        found = []
        for line in self.data.read_text(encoding="utf-8").splitlines():
            if line.startswith("#"):
                continue
            command, option, state, ours, note = line.split("\t")
            if not _STATE.fullmatch(state):
                raise ValueError(f"{self.data}: {state!r} is no state")
            said = (ours,) if option == WHOLE and ours else tuple(ours.split())
            found.append(Row(command, option, state.partition(":")[0], said, note))
        return tuple(found)

    def explanation(self, command: str, option: str) -> str:
        """Say why something of the peer's is not here; empty for what is, and for what it never had.

        Args:
            command: Our command.
            option: The option, or `WHOLE` for the command itself.
        """
        theirs = {row.command for row in self.rows if row.option == WHOLE and row.ours == (command,)}
        for names in ({command, *theirs}, {WHOLE}):
            for row in self.rows:
                if row.command in names and row.option == option:
                    return self._said(row)
        return ""

    def _said(self, row: Row) -> str:
        if row.state in {"same", "different"}:
            return ""
        when = f"{self.peer} has it, ocitool does not yet" if row.state == "later" else "not in ocitool"
        instead = f" (instead: {' '.join(row.ours)})" if row.ours else ""
        return f"{when}: {row.note}{instead}"


SKOPEO: Final = PeerMap("skopeo")
PODMAN: Final = PeerMap("podman")


def explanation(command: str, option: str) -> str:
    """Say the same of the first peer that has something to say; see `PeerMap.explanation`."""
    return SKOPEO.explanation(command, option) or PODMAN.explanation(command, option)
