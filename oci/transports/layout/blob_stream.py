"""A stream over a file, or over a stretch of one: unverified bytes, read into the caller's buffer."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Self

from . import disk

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType


class BlobStream:
    """Reads a stretch of an open file.

    Args:
        handle: The file, open for reading; the stream closes it.
        path: Its name, for error messages.
        start: Where to begin, in bytes from the beginning of the file.
        length: Bytes to deliver at most.
    """

    def __init__(self, handle: int, path: Path, *, start: int, length: int) -> None:
        self._path = path
        self._rest = length
        # An unbuffered file reads straight into the caller's buffer, with the interpreter's lock released.
        self._file = open(handle, "rb", buffering=0)  # noqa: SIM115 - closed by `close`
        os.lseek(handle, start, os.SEEK_SET)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill part of the buffer and return how many bytes; 0 at the end.

        Raises:
            StorageError: The system refused.
        """
        if not self._rest:
            return 0
        with disk.storage_errors("read", self._path):
            count = self._file.readinto(buffer[: self._rest]) or 0
        self._rest -= count
        return count

    def close(self) -> None:
        """Close the file; safe to call more than once."""
        self._rest = 0
        self._file.close()
