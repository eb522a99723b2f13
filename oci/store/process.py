"""Which process something belongs to: its number alone is given away again, and nothing after a restart.

A process is told by its number, the moment it began (proc(5), ``starttime``), the boot it belongs to, and the
PID namespace that the number is of.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Final

from ..frozen import frozen

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_START_FIELD: Final = 22 - 3
"""Where ``starttime`` stands among the fields behind the command's name, which may hold anything."""


@frozen
class ProcessIdentity:
    """One process, told apart from all others there ever are on this host.

    Args:
        pid: Its number.
        start_ticks: When it began, in clock ticks since the boot.
        boot_id: The boot.
        namespace: The PID namespace that the number is of, as ``/proc/self/ns/pid`` names it.
    """

    pid: int
    start_ticks: int
    boot_id: str
    namespace: str

    @classmethod
    def own(cls) -> ProcessIdentity:
        """Return the identity of this process."""
        pid = os.getpid()
        return cls(pid, _start_ticks(pid) or 0, boot_id(), _namespace())

    @property
    def may_be_alive(self) -> bool:
        """Tell whether the process may still run: what cannot be seen from here counts as alive."""
        if self.boot_id != boot_id():
            return False
        if self.namespace != _namespace():
            return True
        return _start_ticks(self.pid) == self.start_ticks


@cache
def boot_id() -> str:
    """Return what tells this boot from all others."""
    return _BOOT_ID.read_text(encoding="ascii").strip()


def _namespace() -> str:
    return str(Path("/proc/self/ns/pid").readlink())


def _start_ticks(pid: int) -> int | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    # A zombie holds nothing any more.
    return None if fields[0] in {"Z", "X"} else int(fields[_START_FIELD])
