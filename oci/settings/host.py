"""The one module of the library that reads the host it runs on: environment, user, machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ..frozen import frozen


@frozen(kw_only=True)
class Host:
    """What there is to know of a host before any file is read.

    Args:
        environ: The environment, HOME included.
        root: The root of the file system.
        uid: The user's number, or None where the system has none.
        machine: The platform that images run on here, as ``OS/ARCH``.
    """

    environ: dict[str, str]
    root: Path
    uid: int | None
    machine: str


def read_host() -> Host:
    """Read this host."""
    environ = dict(os.environ)
    if not environ.get("HOME"):
        try:
            environ["HOME"] = str(Path.home())
        except RuntimeError:  # a user without an entry in the password database
            environ.pop("HOME", None)
    if sys.platform == "win32":
        architecture = os.environ.get("PROCESSOR_ARCHITECTURE", "AMD64")
        return Host(environ=environ, root=Path("/"), uid=None, machine=f"windows/{architecture}")
    # On macOS too, containers are Linux.
    return Host(environ=environ, root=Path("/"), uid=os.getuid(), machine=f"linux/{os.uname().machine}")
