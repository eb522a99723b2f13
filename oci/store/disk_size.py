"""What lies on the disk, in blocks; what has several names is counted once."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

BLOCK_BYTES: Final = 512
"""Bytes of the blocks that stat(2) counts."""


def tree_bytes(path: Path) -> int:
    """Return what a directory and all that is in it take on the disk; what vanishes takes nothing."""
    total = 0
    seen: set[int] = set()
    waiting = [str(path)]
    with suppress(OSError):
        total += path.lstat().st_blocks * BLOCK_BYTES
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    if status.st_nlink > 1 and not entry.is_dir(follow_symlinks=False):
                        if status.st_ino in seen:
                            continue
                        seen.add(status.st_ino)
                    total += status.st_blocks * BLOCK_BYTES
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
    return total
