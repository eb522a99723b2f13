"""File locks: advisory, held by an open file, gone with the process that held them.

``flock`` belongs to the open file, not to the process, so that it keeps threads apart as well.
Where a system has no ``flock``, a lock keeps nobody out, and there should be one writing process at a time.
"""

from __future__ import annotations

import errno
import os
import time
from typing import TYPE_CHECKING, Final

from .errors import Locked

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from _typeshed import FileDescriptorLike


def _lock_nothing(_handle: FileDescriptorLike, _operation: int, /) -> None:
    pass


try:
    import fcntl
except ImportError:  # Windows
    _AT_ONCE, _flock = 0, _lock_nothing
else:
    _AT_ONCE, _flock = fcntl.LOCK_EX | fcntl.LOCK_NB, fcntl.flock

PATIENCE_S: Final = 60.0
"""Seconds to wait for a lock whose holder shows no progress."""

_FIRST_NAP_S: Final = 0.001
_LONGEST_NAP_S: Final = 0.05

_REFUSED: Final = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)


def try_lock(handle: int) -> bool:
    """Take the exclusive lock of an open file, if it is free.

    Args:
        handle: The file; network file systems want it open for writing.

    Returns:
        False when somebody else holds it.
    """
    try:
        _flock(handle, _AT_ONCE)
    except OSError as error:
        if error.errno in _REFUSED:
            return False
        raise
    return True


def wait_for_lock(
    handle: int,
    path: Path,
    *,
    patience_s: float = PATIENCE_S,
    sleep: Callable[[float], object] = time.sleep,
) -> None:
    """Take the exclusive lock of an open file, waiting as long as its holder gets on.

    A holder gets on when the file grows.

    Args:
        handle: The file.
        path: Its name, for the error.
        patience_s: Seconds without progress after which waiting ends.
        sleep: How to wait; raise from it to give up.

    Raises:
        Locked: The holder made no progress for that long.
    """
    nap_s, seen = _FIRST_NAP_S, -1
    deadline = time.monotonic() + patience_s
    while not try_lock(handle):
        size = os.fstat(handle).st_size
        if size != seen:
            seen, deadline = size, time.monotonic() + patience_s
        elif time.monotonic() > deadline:
            raise Locked(
                f"{path} is locked by another process or thread, without progress for {patience_s:g} s",
                path=str(path),
                hint="wait for the other one to finish, or stop it, and run this again",
            )
        sleep(nap_s)
        nap_s = min(nap_s * 2, _LONGEST_NAP_S)


def open_locked(
    path: Path,
    opener: Callable[[], int],
    *,
    patience_s: float = PATIENCE_S,
    sleep: Callable[[float], object] = time.sleep,
) -> int:
    """Open a file and take its lock, as often as it takes until the file that is locked has the name.

    Args:
        path: Its name.
        opener: Opens it.
        patience_s: Seconds without progress after which waiting ends.
        sleep: How to wait; raise from it to give up.

    Returns:
        The open file; closing it gives the lock back.

    Raises:
        Locked: The holder made no progress for that long.
        OSError: It cannot be opened or locked.
    """
    while True:
        handle = opener()
        try:
            wait_for_lock(handle, path, patience_s=patience_s, sleep=sleep)
            if is_at(handle, path):
                return handle
        except BaseException:
            os.close(handle)
            raise
        # Somebody has replaced or removed the file while we waited: the lock is worth nothing.
        os.close(handle)


def is_at(handle: int, path: Path) -> bool:
    """Tell whether an open file is still the one of that name.

    A lock that was waited for may be the lock of a file that its former holder renamed or removed.
    """
    try:
        return os.path.samestat(os.fstat(handle), os.lstat(path))
    except FileNotFoundError:
        return False
