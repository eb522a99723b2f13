"""Writers: one blob on its way into a blob store.

The bytes lie in a partial file that is named after the digest, so that a later run finds it, and that is
locked while somebody writes it. What an earlier run left is hashed again from the disk; the digest at the end
covers every byte, whoever wrote it. The file takes its final name only after that.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from ...content import Check
from ...errors import DigestMismatch, SizeMismatch, Unsupported
from . import disk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from _typeshed import ReadableBuffer

    from ...spec import Descriptor

WRITE_BACK_BYTES: Final = 8 * 1024 * 1024
"""Bytes between two requests to begin writing to the disk."""

_READ_BYTES: Final = 1024 * 1024


class BlobWriter:
    """Writes a partial file, and makes a blob of it.

    Args:
        descriptor: What the blob must be.
        partial: The partial file.
        handle: The partial file, open for reading and writing and locked; the writer closes it.
        place: Gives the finished file its final name, durably.
        where: The store, for error messages.
    """

    verified_here = True

    def __init__(
        self, descriptor: Descriptor, partial: Path, handle: int, place: Callable[[Path], None], *, where: str
    ) -> None:
        self._descriptor = descriptor
        self._partial = partial
        self._handle: int | None = handle
        self._place = place
        self._check = Check(descriptor, where=where)
        self._where = where
        self._written_back = 0
        self._resume(handle)

    @property
    def offset(self) -> int:
        """Bytes that are in place; more than 0 at the beginning when an earlier run left some."""
        return self._check.seen

    def write(self, data: ReadableBuffer, /) -> None:
        """Store and hash the next bytes.

        Raises:
            SizeMismatch: They are more than the descriptor promises.
            StorageError: The disk is full, or will not be written.
        """
        handle = self._open_handle()
        self._check.update(data)
        with disk.storage_errors("write", self._partial):
            disk.write_all(handle, data)
            pending = self._check.seen - self._written_back
            if pending >= WRITE_BACK_BYTES:
                disk.start_writing_back(handle, self._written_back, pending)
                self._written_back = self._check.seen

    def recover(self) -> None:
        """Refuse: a file does not break in a way that one could recover from."""
        raise Unsupported("a writer into a file has nothing to recover from")

    def ticket(self) -> None:
        """Return nothing: `BlobStore.ingest` finds the partial file by its digest."""
        return

    def commit(self) -> None:
        """Verify, and give the file its final name.

        Raises:
            SizeMismatch: Bytes are missing; the writer can still be continued, suspended or aborted.
            DigestMismatch: These are other bytes, and they have been removed. If `offset` was not 0 at the
                beginning, what an earlier run left may be at fault: a new ingest begins from nothing.
            StorageError: The system refused; the writer can still be suspended or aborted.
        """
        handle = self._open_handle()
        try:
            self._check.finish()
        except DigestMismatch:
            self.abort()
            raise
        with disk.storage_errors("store", self._partial):
            disk.sync_data(handle)
            self._place(self._partial)
        self._release()

    def suspend(self) -> None:
        """Leave the partial file for a later run, unless it is empty."""
        if self.offset == 0:
            self.abort()
        self._release()

    def abort(self) -> None:
        """Remove the partial file; safe to call in any state."""
        if self._handle is None:
            return
        with suppress(OSError):
            self._partial.unlink()
        self._release()

    def _resume(self, handle: int) -> None:
        with disk.storage_errors("read", self._partial):
            if os.fstat(handle).st_size <= self._descriptor.size and self._hash_again(handle):
                return
            os.ftruncate(handle, 0)
            os.lseek(handle, 0, os.SEEK_SET)
        self._check = Check(self._descriptor, where=self._where)

    def _hash_again(self, handle: int) -> bool:
        with (
            open(handle, "rb", buffering=0, closefd=False) as file,
            memoryview(bytearray(min(_READ_BYTES, self._descriptor.size or 1))) as buffer,
        ):
            while count := file.readinto(buffer):
                self._check.update(buffer[:count])
        if self._check.seen < self._descriptor.size:
            return True
        try:
            self._check.finish()
        except DigestMismatch:
            return False
        return True

    def _open_handle(self) -> int:
        if self._handle is None:
            raise ValueError(f"{self._where}: this writer has ended")
        return self._handle

    def _release(self) -> None:
        # The lock goes with the handle.
        if self._handle is not None:
            handle, self._handle = self._handle, None
            os.close(handle)


class FinishedWriter:
    """The writer of a blob that another writer completed while this one waited for it.

    Args:
        descriptor: The blob.
        where: The store, for error messages.
    """

    verified_here = False

    def __init__(self, descriptor: Descriptor, *, where: str) -> None:
        self._size = descriptor.size
        self._where = where

    @property
    def offset(self) -> int:
        """The blob's size: everything is in place."""
        return self._size

    def write(self, data: ReadableBuffer, /) -> None:
        """Refuse any further byte."""
        excess = memoryview(data).nbytes
        if excess:
            raise SizeMismatch(expected=self._size, actual=self._size + excess, where=self._where)

    def recover(self) -> None:
        """Refuse: there is nothing to recover."""
        raise Unsupported("a finished blob has nothing to recover from")

    def ticket(self) -> None:
        """Return nothing: there is nothing to continue."""
        return

    def commit(self) -> None:
        """Do nothing: the blob is there."""

    def suspend(self) -> None:
        """Do nothing: the blob is there."""

    def abort(self) -> None:
        """Do nothing: the blob belongs to the writer that completed it."""
