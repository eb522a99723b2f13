"""A stream over a stretch of a file: unverified bytes, read into the caller's buffer."""

from __future__ import annotations

import os
import threading
from io import FileIO
from typing import TYPE_CHECKING

from ...content.closable import Closable
from . import disk

if TYPE_CHECKING:
    from pathlib import Path


class PositionalFile:
    """An open file that any number of threads read at places of their own.

    Args:
        handle: The file, open for reading; `close` closes it.
        path: Its name, for error messages.
    """

    def __init__(self, handle: int, path: Path) -> None:
        self.path = path
        # An unbuffered file reads straight into the caller's buffer, with the interpreter's lock released.
        self._file = FileIO(handle)
        self._turn = threading.Lock()

    def read_into(self, buffer: memoryview, offset: int) -> int:
        """Fill part of a buffer from an offset on, and return how many bytes; 0 at the end.

        Raises:
            StorageError: The system refused.
        """
        with disk.storage_errors("read", self.path):
            if hasattr(os, "preadv"):
                return os.preadv(self._file.fileno(), [buffer], offset)
            with self._turn:
                self._file.seek(offset)
                return self._file.readinto(buffer)

    def read_at(self, offset: int, size: int) -> bytes:
        """Read ``size`` bytes from an offset on, fewer only at the end."""
        buffer = bytearray(size)
        filled = 0
        with memoryview(buffer) as view:
            while filled < size and (count := self.read_into(view[filled:], offset + filled)):
                filled += count
        return bytes(buffer[:filled])

    @property
    def size(self) -> int:
        """The file's size in bytes, as it is now."""
        return os.fstat(self._file.fileno()).st_size

    def fileno(self) -> int:
        """Return the handle."""
        return self._file.fileno()

    def close(self) -> None:
        """Close the file; safe to call more than once."""
        self._file.close()


class StretchStream(Closable):
    """Reads a stretch of a file that somebody else closes.

    Args:
        file: The file.
        start: Where to begin, in bytes from its beginning.
        length: Bytes to deliver at most.
    """

    def __init__(self, file: PositionalFile, start: int, length: int) -> None:
        self._file = file
        self._at = start
        self._end = start + length

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill part of the buffer and return how many bytes; 0 at the end.

        Raises:
            StorageError: The system refused.
        """
        if self._at >= self._end:
            return 0
        count = self._file.read_into(buffer[: self._end - self._at], self._at)
        self._at += count
        return count

    def close(self) -> None:
        """Deliver nothing more."""
        self._at = self._end


class BlobStream(StretchStream):
    """Reads a stretch of a file, and closes the file with itself."""

    def close(self) -> None:
        """Close the file; safe to call more than once."""
        super().close()
        self._file.close()
