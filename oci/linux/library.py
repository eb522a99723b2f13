"""The C library, and what its calls answer when they fail."""

from __future__ import annotations

import ctypes
import os
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["check", "library"]


@cache
def library() -> ctypes.CDLL:
    """Return the library."""
    return ctypes.CDLL(None, use_errno=True)


def check(result: int, path: Path | None = None) -> None:
    """Raise what a call left in ``errno``, if it failed.

    Args:
        result: What the call returned; 0 is well.
        path: What it was about.

    Raises:
        OSError: It failed.
    """
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), *([] if path is None else [str(path)]))
