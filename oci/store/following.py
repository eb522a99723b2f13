"""Reading a blob while it is being written: what is there, then a wait until there is more.

The writer rings a pipe after each write. It never waits: a pipe that is full has been rung often enough.
Whoever reads sees the file's own length, and the pipe's end when the writer is gone.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self

from ..errors import SizeMismatch, StorageError

if TYPE_CHECKING:
    from types import TracebackType

_RINGS_AT_ONCE: Final = 65536


class FollowedFile:
    """The bytes of a file that grows to a size that is known; digests are the caller's affair.

    Args:
        file: The file's descriptor; it is closed.
        bell: The reading end of the pipe, which is closed; None for a file that is complete.
        size: The bytes that the file is to have.
        where: What it is, for error messages.
    """

    def __init__(self, file: int, bell: int | None, size: int, *, where: str) -> None:
        self._file = file
        self._bell = bell
        self._size = size
        self._where = where
        self._offset = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)
        if self._bell is not None:
            os.close(self._bell)

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill at least one byte of the buffer and return how many; 0 at the end.

        Raises:
            StorageError: The writer gave up.
            SizeMismatch: The file is complete and has another size.
        """
        while self._offset < self._size:
            count = os.preadv(self._file, [buffer], self._offset)
            if count:
                self._offset += count
                return count
            if self._bell is None:
                raise SizeMismatch(expected=self._size, actual=self._offset, where=self._where)
            # What has been rung for is looked at before the end of the pipe means anything.
            if not os.read(self._bell, _RINGS_AT_ONCE) and os.fstat(self._file).st_size <= self._offset:
                raise StorageError(f"{self._where}: nobody writes it any more", path="")
        return 0


class Bell:
    """The writing end of the pipe, and the reading end until somebody takes it."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._reading, self._writing = os.pipe()
        os.set_blocking(self._writing, False)

    def take(self) -> int | None:
        """Hand over the reading end; None where nothing more comes."""
        with self._turn:
            if self._reading < 0:
                return None
            reading, self._reading = self._reading, -1
            return reading

    def ring(self) -> None:
        """Say that there is more; safe when nobody listens."""
        with suppress(OSError):
            os.write(self._writing, b".")

    def close(self) -> None:
        """Say that nothing more comes; safe to call more than once."""
        with self._turn:
            for end in (self._reading, self._writing):
                if end >= 0:
                    os.close(end)
            self._reading = self._writing = -1
