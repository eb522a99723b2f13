"""syncfs(2): waits until everything written to one file system is on its disk."""

from __future__ import annotations

import ctypes
import os
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["sync_file_system"]


def sync_file_system(descriptor: int) -> None:
    """Wait until the file system that an open file is on has everything on its disk.

    Args:
        descriptor: The file, or a directory.

    Raises:
        OSError: Something could not be written.
    """
    if _call()(descriptor) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


@cache
def _call() -> Callable[..., int]:
    function = ctypes.CDLL(None, use_errno=True).syncfs
    function.restype = ctypes.c_int
    return function
