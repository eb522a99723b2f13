"""Where a new archive goes: a file, which the kernel fills where it can, or a stream of bytes.

What a stream has taken cannot be taken back: it begins when everything that goes into it is there.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Protocol

from ...errors import StorageError
from ..layout import disk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_COPY_BYTES: Final = 32 * 1024 * 1024
_PIECE_BYTES: Final = 1024 * 1024


class Body:
    """Where the bytes of a blob come from.

    Args:
        handle: An open file.
        offset: Where they begin in it.
        size: Their number.
    """

    __slots__ = ("handle", "offset", "size")

    def __init__(self, handle: int, offset: int, size: int) -> None:
        self.handle = handle
        self.offset = offset
        self.size = size


class Output(Protocol):
    """Takes the bytes of an archive in order."""

    def put(self, content: bytes) -> None:
        """Take bytes at hand."""

    def copy(self, body: Body, *, what: str) -> None:
        """Take the bytes of a blob, which stays open; ``what`` it is, for error messages."""

    def end(self) -> None:
        """Take note that this was all, and keep it durably where that means something."""


class FileOutput:
    """A file.

    Args:
        handle: The file, open for writing and empty.
        path: Its name, for error messages.
        checkpoint: Called now and then; raise from it to stop.
    """

    def __init__(self, handle: int, path: Path, *, checkpoint: Callable[[], None]) -> None:
        self._handle = handle
        self._path = path
        self._checkpoint = checkpoint

    def put(self, content: bytes) -> None:
        """Write bytes at hand."""
        with disk.storage_errors("write", self._path):
            disk.write_all(self._handle, content)

    def copy(self, body: Body, *, what: str) -> None:
        """Append a stretch of another file, by the kernel where it can do that."""
        with disk.storage_errors("write", self._path):
            done = 0
            while done < body.size:
                self._checkpoint()
                wanted = min(body.size - done, _COPY_BYTES)
                count = _copy_range(body.handle, self._handle, wanted, body.offset + done)
                if not count:
                    raise _shorter(what, self._path)
                self._write_back(count)
                done += count

    def end(self) -> None:
        """Wait until everything is on the disk."""
        with disk.storage_errors("write", self._path):
            disk.sync_data(self._handle)

    def _write_back(self, count: int) -> None:
        end = os.lseek(self._handle, 0, os.SEEK_CUR)
        disk.start_writing_back(self._handle, end - count, count)


class StreamOutput:
    """A stream.

    Args:
        write: Takes the next bytes, all of them; what it raises goes through.
        path: How the stream is called in messages.
        checkpoint: Called now and then; raise from it to stop.
    """

    def __init__(
        self, write: Callable[[bytes], object], path: Path, *, checkpoint: Callable[[], None]
    ) -> None:
        self._write = write
        self._path = path
        self._checkpoint = checkpoint

    def put(self, content: bytes) -> None:
        """Hand bytes at hand on."""
        self._write(content)

    def copy(self, body: Body, *, what: str) -> None:
        """Hand a stretch of a file on, piece by piece."""
        done = 0
        while done < body.size:
            self._checkpoint()
            with disk.storage_errors("read", self._path):
                os.lseek(body.handle, body.offset + done, os.SEEK_SET)
                piece = os.read(body.handle, min(body.size - done, _PIECE_BYTES))
            if not piece:
                raise _shorter(what, self._path)
            self._write(piece)
            done += len(piece)

    def end(self) -> None:
        """Do nothing: who reads the stream has it."""


def _shorter(what: str, path: Path) -> StorageError:
    return StorageError(f"{what} became shorter while it was copied", path=str(path))


def _copy_range(source: int, target: int, size: int, offset: int) -> int:
    """Append a stretch of a file to another one; return how many bytes were copied, 0 at the end."""
    if hasattr(os, "copy_file_range"):
        try:
            return os.copy_file_range(source, target, size, offset_src=offset)
        except OSError as error:
            if error.errno not in disk.NOT_BY_THE_KERNEL:
                raise
    os.lseek(source, offset, os.SEEK_SET)
    piece = os.read(source, min(size, _PIECE_BYTES))
    disk.write_all(target, piece)
    return len(piece)
