"""syncfs(2): waits until everything written to one file system is on its disk."""

from __future__ import annotations

from .library import check, library

__all__ = ["sync_file_system"]


def sync_file_system(descriptor: int) -> None:
    """Wait until the file system that an open file is on has everything on its disk.

    Args:
        descriptor: The file, or a directory.

    Raises:
        OSError: Something could not be written.
    """
    check(library().syncfs(descriptor))
