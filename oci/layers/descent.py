"""Opening a directory beneath a root: by the kernel, or by a walk where the kernel has no call for it.

The kernel's way is openat2(2) with RESOLVE_IN_ROOT. The walk does the same one component at a time, with
descriptors in hand for all directories above, so that ``..`` is a step back and never a look at the file
system; no link is followed that it has not read itself. Its price is three calls for each component.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import Final, Protocol

from ..linux.openat2 import open_in_root
from .flag import DIRECTORY, PLACE, PLACE_ITSELF

_MAX_LINKS: Final = 40
"""As many as the kernel follows (path_resolution(7))."""

_NO_SUCH_CALL: Final = frozenset({errno.ENOSYS, errno.EPERM})
"""What kernels before 5.6 answer, and seccomp filters that do not know the call."""


class Descent(Protocol):
    """Opens directories beneath a root, links resolved as if the root were the file system's."""

    def __call__(self, root: int, path: str, /) -> int:
        """Return a new descriptor.

        Raises:
            OSError: The path does not lead to a directory, or the system refused.
        """


def by_kernel(root: int, path: str) -> int:
    """Let the kernel resolve a path."""
    return open_in_root(root, path or "/", DIRECTORY)


def by_walk(root: int, path: str) -> int:
    """Resolve a path one component at a time."""
    waiting = _components(path)
    opened = [os.open(".", DIRECTORY | PLACE, dir_fd=root)]
    links = 0
    try:
        while waiting:
            name = waiting.pop()
            if name == "..":
                if len(opened) > 1:
                    os.close(opened.pop())
                continue
            found = os.open(name, PLACE_ITSELF, dir_fd=opened[-1])
            mode = os.fstat(found).st_mode
            if stat.S_ISDIR(mode):
                opened.append(found)
                continue
            try:
                target = os.readlink("", dir_fd=found) if stat.S_ISLNK(mode) else None
            finally:
                os.close(found)
            if target is None:
                raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
            links += 1
            if links > _MAX_LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
            if target.startswith("/"):
                _close(opened[1:])
                del opened[1:]
            waiting += _components(target)
        return os.open(".", DIRECTORY, dir_fd=opened[-1])
    finally:
        _close(opened)


def open_beneath(root: int, path: str) -> int:
    """Open a regular file beneath a root for reading, links resolved as if the root were the file system's.

    Args:
        root: The root's descriptor.
        path: Components without ``.`` and ``..``.

    Returns:
        A new descriptor.

    Raises:
        OSError: There is no such file, or the system refused; EISDIR or ENXIO for what is no regular file.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY
    try:
        descriptor = open_in_root(root, path, flags)
    except OSError as error:
        if error.errno not in _NO_SUCH_CALL:
            raise
        descriptor = _open_by_walk(root, path, flags)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EISDIR, "not a regular file", path)


def _open_by_walk(root: int, path: str, flags: int) -> int:
    for _ in range(_MAX_LINKS):
        above, _, name = path.rpartition("/")
        directory = by_walk(root, above)
        try:
            return os.open(name, flags | os.O_NOFOLLOW, dir_fd=directory)
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
            target = os.readlink(name, dir_fd=directory)
        finally:
            os.close(directory)
        path = target.lstrip("/") if target.startswith("/") else f"{above}/{target}"
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)


def usual_descent(root: int) -> Descent:
    """Return the kernel's way where it has one, else the walk."""
    try:
        os.close(by_kernel(root, ""))
    except OSError as error:
        if error.errno not in _NO_SUCH_CALL:
            raise
        return by_walk
    return by_kernel


def _components(path: str) -> list[str]:
    """Take a path apart, its first component last."""
    return [part for part in reversed(path.split("/")) if part not in {"", "."}]


def _close(descriptors: list[int]) -> None:
    for each in descriptors:
        os.close(each)
