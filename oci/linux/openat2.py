"""openat2(2): opens a path whose every component, symbolic links included, is resolved beneath a directory.

The kernel does the resolving, so that no other process can change a component between a check and its use.
Linux 5.6 and newer; a seccomp filter of an old container engine may answer ENOSYS all the same.
"""

from __future__ import annotations

import ctypes
import errno
import os
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["open_in_root"]

_NUMBER: Final = 437
"""The same on all architectures: it came after the numbers were unified."""

_TRIES: Final = 128
"""How often the kernel may say that it could not be sure."""

_RESOLVE_NO_MAGICLINKS: Final = 0x02
_RESOLVE_IN_ROOT: Final = 0x10


class _OpenHow(ctypes.Structure):
    _fields_ = (
        ("flags", ctypes.c_uint64),
        ("mode", ctypes.c_uint64),
        ("resolve", ctypes.c_uint64),
    )


def open_in_root(root: int, path: str, flags: int, mode: int = 0) -> int:
    """Open a path as if a directory were the root of the file system.

    Absolute links and ``..`` stay within; what leads through a magic link of /proc is refused.

    Args:
        root: The directory's descriptor.
        path: The path; leading slashes mean the directory itself.
        flags: Flags of open(2); O_CLOEXEC is added.
        mode: Permission bits of a file that is made.

    Returns:
        A new descriptor.

    Raises:
        OSError: The system refused; ENOSYS where there is no such call.
    """
    how = _OpenHow(flags | os.O_CLOEXEC, mode, _RESOLVE_IN_ROOT | _RESOLVE_NO_MAGICLINKS)
    for _ in range(_TRIES):
        descriptor = _call()(_NUMBER, root, os.fsencode(path), ctypes.byref(how), ctypes.sizeof(how))
        if descriptor >= 0:
            return descriptor
        number = ctypes.get_errno()
        # Something was renamed meanwhile, so that the kernel could not be sure (openat2(2)).
        if number != errno.EAGAIN:
            break
    raise OSError(number, os.strerror(number), path)


@cache
def _call() -> Callable[..., int]:
    function = ctypes.CDLL(None, use_errno=True).syscall
    function.restype = ctypes.c_long
    return function
