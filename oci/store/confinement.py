"""What a worker process gives away before it reads a byte of any layer.

Whoever found a way to run code of his own in it would have one connected socket, the layer, the directory,
and few rights: no network, no programs that give rights, no capabilities but those that files take, no more
descriptors than the work needs. Other processes' memory, modules, devices and clocks are out of reach.

It keeps the file system: what is done there is done beneath one descriptor (`oci.layers.tree`).
"""

from __future__ import annotations

import resource
from contextlib import suppress
from typing import Final

from ..layers.tree import OPEN_DIRECTORIES
from ..linux.confinement import keep_capabilities, leave_network, renounce_new_privileges

FILES: Final = OPEN_DIRECTORIES + 128
"""Descriptors: the directories that are kept open, and what else is opened meanwhile."""

_CHOWN: Final = 0
_DAC_OVERRIDE: Final = 1
_FOWNER: Final = 3
_FSETID: Final = 4
_SYS_ADMIN: Final = 21
_MKNOD: Final = 27
_SETFCAP: Final = 31
CAPABILITIES: Final = (_CHOWN, _DAC_OVERRIDE, _FOWNER, _FSETID, _SYS_ADMIN, _MKNOD, _SETFCAP)
"""What files take: owners, modes, set-user-ID bits, devices, attributes (CAP_SYS_ADMIN for ``trusted.*``)."""


def confine() -> None:
    """Give it away, as far as the system lets us; in a process that has no other threads yet.

    Raises:
        OSError: The system refused what anybody may do.
    """
    renounce_new_privileges()
    with suppress(OSError):  # takes a privilege to give up: without it, there is little to lose
        leave_network()
    keep_capabilities(CAPABILITIES)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
