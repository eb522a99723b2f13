"""Archives that cannot be read in place are written to a temporary file first: compressed ones, and pipes.

The file has no name where the system allows that, so that not even a killed process leaves it behind.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from ...compression import DETECTION_BYTES, detect, expanded
from ...errors import LimitExceeded
from ..layout import disk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MAX_SPOOL_BYTES: Final = 64 * 1024**3
"""Bytes that an archive may expand to."""


def spooled(
    read: Callable[[int], bytes],
    *,
    where: str,
    scratch: Path | None,
    max_bytes: int = MAX_SPOOL_BYTES,
    checkpoint: Callable[[], None],
) -> int:
    """Write an archive, expanded, to a temporary file.

    Args:
        read: Reads up to as many bytes as asked for; nothing only at the end.
        where: The archive, for error messages.
        scratch: Where the file goes; None for the system's usual place.
        max_bytes: The most that it may have.
        checkpoint: Called for every piece; raise from it to stop.

    Returns:
        The file, open for reading.

    Raises:
        InvalidDocument: The compressed data is damaged or cut off.
        LimitExceeded: There is more than ``max_bytes``.
        StorageError: The system refused.
        Unsupported: The compression is not supported.
    """
    head = _head(read)
    source = _Prefixed(head, read)
    total = 0
    with disk.nameless_file(scratch) as file:
        for piece in expanded(source.read, detect(head), where=where):
            checkpoint()
            total += len(piece)
            if total > max_bytes:
                raise LimitExceeded(limit="spool_bytes", allowed=max_bytes, where=where)
            with disk.storage_errors("write a temporary copy to", disk.scratch_directory(scratch)):
                disk.write_all(file.fileno(), piece)
        return os.dup(file.fileno())


def _head(read: Callable[[int], bytes]) -> bytes:
    head = b""
    while len(head) < DETECTION_BYTES and (piece := read(DETECTION_BYTES - len(head))):
        head += piece
    return head


class _Prefixed:
    """Reads bytes that were taken off the beginning once more."""

    def __init__(self, head: bytes, read: Callable[[int], bytes]) -> None:
        self._head = head
        self._read = read

    def read(self, size: int) -> bytes:
        head, self._head = self._head, b""
        return head or self._read(size)
