"""A settings file that is there and cannot be read: told with what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import InvalidSettings

if TYPE_CHECKING:
    from pathlib import Path


def unreadable(path: Path, error: OSError) -> InvalidSettings:
    """Return what to raise for such a file.

    Args:
        path: The file.
        error: Why it could not be read.
    """
    hint = ""
    if isinstance(error, PermissionError):
        hint = "check the file's permissions"
    elif isinstance(error, IsADirectoryError):
        hint = "name a file"
    reason = error.strerror or "cannot be read"
    return InvalidSettings(f"{path}: {reason}", path=str(path), hint=hint)
