"""mount(2), umount2(2) and unshare(2): what Python 3.11 does not have.

Names of layers are looked up from a directory of the caller's choice, in a thread that has a working
directory of its own: so that as many as possible fit into the one page that a mount's options may have.
"""

from __future__ import annotations

import ctypes
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .library import check, library

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["bind_read_only", "is_mount_point", "mount_overlay", "unmount"]

_CLONE_FS: Final = 0x200
_READ_ONLY: Final = 0x1
_REMOUNT: Final = 0x20
_NO_SET_ID: Final = 0x2
_NO_DEVICES: Final = 0x4
_BIND: Final = 0x1000
_DETACH: Final = 0x2
_GUARDED: Final = _READ_ONLY | _NO_SET_ID | _NO_DEVICES


def mount_overlay(
    target: Path, directory: Path, names: Sequence[str], *, options: Sequence[str] = ()
) -> None:
    """Show directories as one, read-only.

    Args:
        target: Where.
        directory: What they lie in.
        names: Their names, the topmost first; two at least.
        options: Further options of overlayfs.

    Raises:
        OSError: The system refused.
    """
    data = ",".join((f"lowerdir={':'.join(names)}", *options))

    def mount() -> None:
        check(library().unshare(_CLONE_FS), directory)
        os.chdir(directory)
        _mount("overlay", target, "overlay", _GUARDED, data)

    _in_a_thread(mount)


def bind_read_only(source: Path, target: Path) -> None:
    """Show a directory in a second place, read-only.

    Raises:
        OSError: The system refused.
    """
    _mount(str(source), target, "", _BIND, "")
    try:
        _mount("", target, "", _BIND | _REMOUNT | _GUARDED, "")
    except OSError:
        unmount(target)
        raise


def unmount(target: Path) -> None:
    """Take away what is mounted on a directory; whoever still uses it keeps it until then.

    Raises:
        OSError: Nothing is, or the system refused.
    """
    check(library().umount2(os.fsencode(target), _DETACH), target)


def is_mount_point(path: Path) -> bool:
    """Tell whether something is mounted on a directory, as this process sees it."""
    escaped = (
        str(path).replace("\\", "\\134").replace(" ", "\\040").replace("\t", "\\011").replace("\n", "\\012")
    )
    lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    return any(line.split(" ")[4] == escaped for line in lines)


def _mount(source: str, target: Path, kind: str, flags: int, data: str) -> None:
    texts = (os.fsencode(source), os.fsencode(target), kind.encode())
    check(library().mount(*texts, ctypes.c_ulong(flags), os.fsencode(data)), target)


def _in_a_thread(work: Callable[[], None]) -> None:
    """Run something in a thread of its own, whose attributes end with it."""
    failures: list[OSError] = []

    def run() -> None:
        try:
            work()
        except OSError as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
